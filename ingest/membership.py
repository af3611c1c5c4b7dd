"""Several collectors for one site: who is which member, what it subscribes to, under which name.

Members share the topics of the site by MQTT's shared subscription (MQTT 5.0, section 4.8.2): the broker gives each
message to one of them. Member 1 has the name of a collector that is alone, so that going from one to several and back
leaves no session behind that nobody reads.
"""

from __future__ import annotations

import hashlib
import hmac
import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import paho.mqtt.client as mqtt
from paho.mqtt.enums import CallbackAPIVersion

from config.model import Site
from core.broker_address import BrokerAddress
from core.errors import StartError
from store import Store
from store.members import Hold

log = logging.getLogger(__name__)

PROCESS = "collect"
MOST_MEMBERS = 64
PROBE_S = 10.0
PLACE_PATIENCE_S = 3.0
RELEASE_PATIENCE_S = 20.0
MISSES = 9
_ASK_AGAIN_S = 0.2


@dataclass(frozen=True, slots=True)
class Member:
    """Member ``number`` of ``of``; the only one of a site that has one collector is 1 of 1.

    ``secret`` is what no device knows, the same for all members: the collectors' password at the broker. Mosquitto lets
    any user join a group whose name it knows, counts it as a member, and throws away what it may not read.
    """

    number: int = 1
    of: int = 1
    secret: str = field(default="", repr=False)

    def checked(self) -> Member:
        """Itself; raises StartError where there can be no such member."""
        if 1 <= self.number <= self.of <= MOST_MEMBERS:
            return self
        raise StartError(
            f"there is no member {self.number} of {self.of}",
            hint=f"members are counted from 1, and there are at most {MOST_MEMBERS}: --member 2 --of 3",
        )

    @property
    def name(self) -> str:
        """As it stands in the table of processes."""
        return str(self.number)

    @property
    def subject(self) -> str:
        """As incidents name it."""
        return f"{PROCESS}/{self.number}"

    def client_id(self, site: str) -> str:
        """Its name at the broker. The point is in no site's id: no member of one has the name of another site's."""
        return f"yukimori-{PROCESS}-{site}" + (f".{self.number}" if self.number > 1 else "")

    def filters(self, site: Site) -> list[str]:
        """What it subscribes to: the topics of the site as they are where it is alone, else its share of them.

        The broker sends what is retained to no shared subscription. So member 1 listens to the states of devices
        (``…/status``, the one thing that is meant to be retained) by itself too.
        """
        topics = [source.topic for source in site.sources]
        if self.of == 1:
            return topics
        group = self._group(site.id)
        shared = [topic if topic.startswith("$share/") else f"$share/{group}/{topic}" for topic in topics]
        return [*shared, *(_status_topics(site) if self.number == 1 else [])]

    def _group(self, site: str) -> str:
        """A name that cannot be guessed where there is a secret, and does not tell it."""
        if not self.secret:
            return f"yukimori-{site}"
        tag = hmac.new(self.secret.encode(), f"shared subscription of {site}".encode(), hashlib.sha256)
        return f"yukimori-{site}-{tag.hexdigest()[:24]}"

    def state(self, site: Site) -> dict[str, Any]:
        """What the others must know of it: what it holds at the broker."""
        return {"of": self.of, "topics": self.filters(site)}


def _status_topics(site: Site) -> list[str]:
    """Of each source in Yukimori's own form the part that is statuses."""
    own = [source.topic for source in site.sources if source.codec == "yukimori"]
    return list(dict.fromkeys(topic for topic in map(_status_topic, own) if topic))


def _status_topic(topic: str) -> str:
    """What of ``yukimori/<site>/<device>/<kind>`` a filter lets through that is a status; empty where nothing."""
    levels = topic.split("/")
    if levels[-1] == "#":
        levels = [*levels[:-1], "+", "+", "+", "+"][:4]
    if len(levels) != 4 or levels[3] not in ("+", "status"):
        return ""
    return "/".join([*levels[:3], "status"])


def require_shared_subscriptions(address: BrokerAddress, wait_s: float = PROBE_S) -> None:
    """Ask the broker whether it shares messages among members; raises StartError where it does not.

    A broker that is away is left to those who connect to it. A broker that speaks no MQTT 5 knows nothing of shared
    subscriptions that could be relied on: the embedded one hands them out, but never takes one back.
    """
    answered = threading.Event()
    words: list[Any] = []

    def on_connect(_client: mqtt.Client, _data: Any, _flags: Any, reason: Any, properties: Any) -> None:
        words.append((reason, properties))
        answered.set()

    client = mqtt.Client(CallbackAPIVersion.VERSION2, protocol=mqtt.MQTTv5, reconnect_on_failure=False)
    if address.username is not None:
        client.username_pw_set(address.username, address.password)
    if address.tls:
        client.tls_set(ca_certs=address.ca_file)
    client.on_connect = on_connect
    client.on_disconnect = lambda *_: answered.set()
    try:
        client.connect(address.host, address.port)
    except (OSError, ValueError):
        return
    client.loop_start()
    answered.wait(wait_s)
    client.disconnect()
    client.loop_stop()
    client.on_connect = client.on_disconnect = None
    if not words or _lacks_sharing(*words[0]):
        raise StartError(
            f"the MQTT broker at {address} offers no shared subscriptions, so several members cannot share its messages",
            hint="use Mosquitto 2 (docs/deploy.md), or one collector: leave --member and --of away",
        )


def _lacks_sharing(reason: Any, properties: Any) -> bool:
    if reason.is_failure:
        return str(reason) == "Unsupported protocol version"  # who is not let in hears it from the session
    return getattr(properties, "SharedSubscriptionAvailable", 1) == 0


class PlaceTakenError(StartError):
    """Another collector works under this member's number."""


class Place:
    """The place of a member among the collectors of a site, held by a lock of the database while it works."""

    def __init__(self, member: Member, site_name: str, wait: Callable[[float], bool]) -> None:
        """``wait`` waits so many seconds, and says whether we are to stop."""
        self.member, self._site_name, self._wait = member, site_name, wait
        self._hold: Hold | None = None
        self._misses = 0

    def enter(self, store: Store, site: int) -> None:
        """Take the place, and wait until nobody looks after our session any more.

        A predecessor that has just ended is given a moment. Raises PlaceTakenError where another has the place,
        StoreError where the database is away.
        """
        self.leave()
        self._hold = store.members.membership(site, self.member.number)
        if not self._patiently(self._hold, PLACE_PATIENCE_S):
            self.leave()
            raise self._taken()
        session = store.members.adoption(site, self.member.number)
        try:
            if not self._patiently(session, RELEASE_PATIENCE_S):
                log.warning("another member does not let go of our session; we take it")
        finally:
            session.close()

    def ensure(self) -> None:
        """Still have it, or take it anew where the connection was lost; to be called every few seconds.

        The server may hold our former connection for a living one; only who has it longer than that is another.
        Raises as ``enter`` does.
        """
        if self._hold is None or self._hold.take():
            self._misses = 0
            return
        self._misses += 1
        if self._misses >= MISSES:
            raise self._taken()

    def leave(self) -> None:
        """Let another have it."""
        if self._hold is not None:
            self._hold.close()
            self._hold = None

    def _patiently(self, hold: Hold, patience_s: float) -> bool:
        for _ in range(round(patience_s / _ASK_AGAIN_S)):
            if hold.take():
                return True
            if self._wait(_ASK_AGAIN_S):
                return False
        return hold.take()

    def _taken(self) -> PlaceTakenError:
        return PlaceTakenError(
            f"another collector works as member {self.member.number} of {self._site_name}",
            hint="stop it, or give this one a number of its own: --member 2 --of 2",
        )
