"""The configuration of a production broker (Mosquitto 2) made from a site folder.

Every device gets a user of its own that may publish below its own topic and do nothing else; LoRaWAN
devices speak through their network server, which gets one user for its branch; the collector may read the
site's sources and write nothing but the watchdog's beat. The evaluator may write the topics of the site's
channels of kind ``mqtt`` and read nothing, exercises have a user of their own for theirs, and whoever listens to such
a channel (a sign, a siren) gets one that may only read it. There is no anonymous access, no plain listener and no
default password: passwords are drawn here, once, and kept in ``credentials.csv`` for the people who set the devices up.
"""

from __future__ import annotations

import base64
import csv
import hashlib
import os
import secrets
import stat
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from paho.mqtt.client import topic_matches_sub

from config.model import ChannelConfig, Site
from core.errors import StartError
from core.watchdog import beat_topic
from ingest.watchdog import watched

COLLECTOR_USER = "yukimori-collector"
EVALUATOR_USER = "yukimori-evaluator"
EXERCISE_USER = "yukimori-exercise"
LISTENER = "yukimori-listener-"
"""What the user that listens to a channel is called by, before the channel's id."""
CREDENTIALS_FILE = "credentials.csv"
PASSWORD_BYTES = 24

# Mosquitto's password file, format 7: PBKDF2-HMAC-SHA512 with 12 bytes of salt (mosquitto_passwd, 2.0).
_ITERATIONS = 10_000
_SALT_BYTES = 12

_NETWORK_SERVERS = {"chirpstack": "application/#", "ttn": "v3/#"}

CONFIG_TEMPLATE = """\
# Made by `yukimori broker-config` for {site}. Make it again rather than edit it.
per_listener_settings false
allow_anonymous false
password_file {folder}/passwords
acl_file {folder}/acl

listener {port} {bind}
cafile {certificates}/ca.crt
certfile {certificates}/server.crt
keyfile {certificates}/server.key
tls_version tlsv1.2

# A collector that is away for a night finds everything again: nothing is dropped from its queue, and what
# the broker has acknowledged and kept on disk (every ten seconds, and when it ends) survives its restart.
persistence true
persistence_location {data}/
autosave_interval 10
max_queued_messages 0
max_inflight_messages 2000
persistent_client_expiration 14d

# Above the payload limit of the collector, so that too large messages are seen and set aside by it.
max_packet_size 1048576
log_dest stderr
log_type error
log_type warning
log_type notice
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class BrokerFolders:
    """Where the broker will find its files: on this machine, or inside its container."""

    folder: str = "/mosquitto/config"
    certificates: str = "/mosquitto/certificates"
    data: str = "/mosquitto/data"


@dataclass(frozen=True, slots=True)
class Access:
    """A user of the broker and the topics it may write and read."""

    user: str
    writes: tuple[str, ...]
    reads: tuple[str, ...]


def access_list(site: Site) -> list[Access]:
    """Who may do what: the collector first, then who writes to and listens on channels, network servers, one user a device.

    Raises StartError where somebody else could write what a sign or a siren believes, or the collector would read it.
    """
    codecs = {source.codec for source in site.sources}
    servers = [Access(name, (_NETWORK_SERVERS[name],), ()) for name in sorted(codecs & _NETWORK_SERVERS.keys())]
    behind_servers = {stream.device for stream in site.datastreams if stream.model is not None}
    behind_servers |= {vehicle.device for vehicle in site.vehicles if vehicle.model is not None}
    devices = [_device_access(site.id, device) for device in sorted(site.devices - behind_servers)]
    # The collector's process is the watchdog's device as well: the one thing it may write.
    beats = (beat_topic(site.id),) if site.people.watchdog else ()
    collector = Access(COLLECTOR_USER, beats, tuple(source.topic for source in watched(site).sources))
    others = [collector, *servers, *devices]
    channels = [channel for channel in site.channels if channel.kind == "mqtt" and _topic(channel)]
    for channel in channels:
        _refuse_other_writers(channel, others)
    return [collector, *_channel_accesses(channels), *servers, *devices]


def _channel_accesses(channels: list[ChannelConfig]) -> list[Access]:
    """One user that writes what is in earnest, one that writes exercises, and one a channel that listens."""
    writers = [
        Access(user, tuple(dict.fromkeys(_topic(channel) for channel in channels if channel.exercise is exercise)), ())
        for user, exercise in ((EVALUATOR_USER, False), (EXERCISE_USER, True))
    ]
    listeners = [Access(LISTENER + channel.id, (), (_topic(channel),)) for channel in channels]
    return [*(writer for writer in writers if writer.writes), *listeners]


def _refuse_other_writers(channel: ChannelConfig, others: list[Access]) -> None:
    for access in others:
        does = "write" if any(topic_matches_sub(allowed, _topic(channel)) for allowed in access.writes) else ""
        does = does or ("read" if any(topic_matches_sub(allowed, _topic(channel)) for allowed in access.reads) else "")
        if does:
            raise StartError(
                f"the topic {_topic(channel)!r} of the channel {channel.id!r} is one that {access.user!r} may {does}",
                hint="give the channel a topic that no device and no source has",
            )


def _topic(channel: ChannelConfig) -> str:
    return str(channel.settings.get("topic", ""))


def _device_access(site: str, device: str) -> Access:
    # OwnTracks names a device user/device; a native device id is a single topic level.
    if "/" in device:
        return Access(device, (f"owntracks/{device}", f"owntracks/{device}/#"), ())
    return Access(device, (f"yukimori/{site}/{device}/#",), ())


def acl_text(accesses: list[Access]) -> str:
    """The access list in Mosquitto's words. What is not named is refused."""
    lines = ["# Made by `yukimori broker-config`. A topic that is not listed is refused."]
    for access in accesses:
        lines += ["", f"user {access.user}"]
        lines += [f"topic write {topic}" for topic in access.writes]
        lines += [f"topic read {topic}" for topic in access.reads]
    return "\n".join(lines) + "\n"


def hashed_password(password: str, salt: bytes) -> str:
    """The password as Mosquitto keeps it: ``$7$iterations$salt$hash``."""
    digest = hashlib.pbkdf2_hmac("sha512", password.encode(), salt, _ITERATIONS, 64)
    encode: Callable[[bytes], str] = lambda data: base64.b64encode(data).decode()  # noqa: E731
    return f"$7${_ITERATIONS}${encode(salt)}${encode(digest)}"


def write_broker_config(
    site: Site,
    out: Path,
    *,
    folders: BrokerFolders | None = None,
    port: int = 8883,
    bind: str = "",
    random_bytes: Callable[[int], bytes] = secrets.token_bytes,
) -> dict[str, str]:
    """Write ``mosquitto.conf``, ``acl``, ``passwords`` and ``credentials.csv``; returns user → password.

    Users that are already in ``credentials.csv`` keep their password; users of devices that are gone are
    dropped. Raises StartError where the folder cannot be written, or as ``access_list`` does.
    """
    folders = folders or BrokerFolders()
    accesses = access_list(site)
    try:
        out.mkdir(parents=True, exist_ok=True)
        known = _read_credentials(out / CREDENTIALS_FILE)
        passwords = {access.user: known.get(access.user) or _new_password(random_bytes) for access in accesses}
        hashed = [f"{user}:{hashed_password(word, random_bytes(_SALT_BYTES))}" for user, word in passwords.items()]
        _write_private(out / CREDENTIALS_FILE, _credentials_text(passwords), 0o600)
        _write_private(out / "passwords", "\n".join(hashed) + "\n", 0o600)
        _write_private(out / "acl", acl_text(accesses), 0o600)
        conf = CONFIG_TEMPLATE.format(
            site=site.id,
            port=port,
            bind=bind,
            folder=folders.folder,
            certificates=folders.certificates,
            data=folders.data,
        )
        _write_private(out / "mosquitto.conf", conf, 0o644)
    except OSError as error:
        raise StartError(
            f"the broker configuration cannot be written to {out} ({error.strerror or error})",
            hint="name a folder you may write with --out DIR",
        ) from error
    return passwords


def _new_password(random_bytes: Callable[[int], bytes]) -> str:
    return base64.urlsafe_b64encode(random_bytes(PASSWORD_BYTES)).decode().rstrip("=")


def _read_credentials(path: Path) -> Mapping[str, str]:
    if not path.exists():
        return {}
    with path.open(encoding="utf-8", newline="") as file:
        return {row["user"]: row["password"] for row in csv.DictReader(file)}


def _credentials_text(passwords: Mapping[str, str]) -> str:
    return "user,password\n" + "".join(f"{user},{password}\n" for user, password in passwords.items())


def _write_private(path: Path, text: str, mode: int) -> None:
    """Write a file whole or not at all, never readable by others for a moment."""
    new = path.with_name(path.name + ".new")
    descriptor = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, stat.S_IMODE(mode))
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text)
    new.chmod(mode)
    new.replace(path)
