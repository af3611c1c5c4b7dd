"""Silent devices, put down to as few causes as possible: what fell silent together on one way is one trouble.

A common cause must fit all devices on its way: the newest word that came by it must be no later than what each silent
device's own rhythm allows. One device that is heard when the others had long been due shows that the way works.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple

from core.model import DeviceId

DEVICE_SILENT = "device-silent"
GATEWAY_SILENT = "gateway-silent"
CARRIER_SILENT = "carrier-silent"
TOWN_SILENT = "town-silent"
SILENT_KINDS = (DEVICE_SILENT, GATEWAY_SILENT, CARRIER_SILENT, TOWN_SILENT)

OVERDUE_AT = 1.5
"""After so many intervals a device is overdue: not silent yet, but it may well share the fate of one that is."""

TOGETHER_WITHIN = 2.0
"""A device fell silent together with others where so many of its intervals lie between its last word and theirs at most:
one for its rhythm, one for a message that was lost on the air."""

SIMILAR = 2.0
"""A silent device waits for the verdict on those whose interval is at most so many times its own."""


class Way(NamedTuple):
    """What several devices have in common on their way here; ``kind`` is that of the trouble it makes."""

    kind: str
    name: str

    @classmethod
    def gateway(cls, name: str) -> Way:
        """A LoRaWAN gateway."""
        return cls(GATEWAY_SILENT, name)

    @classmethod
    def carrier(cls, name: str) -> Way:
        """A mobile carrier or a leased line."""
        return cls(CARRIER_SILENT, name)


TOWN = Way(TOWN_SILENT, "")


@dataclass(frozen=True, slots=True, kw_only=True)
class Silence:
    """How long a device that was heard before has not been heard.

    ``waited`` counts from its last word, or from when it could be heard again if that is later. ``known`` says that it
    was missing before and has not been heard since, ``grouped`` that it was so together with others: where that is over, it
    is given the time to be heard too.
    """

    device: DeviceId
    heard_at: datetime
    expected: timedelta
    allowed: timedelta
    waited: timedelta
    known: bool = False
    grouped: bool = False
    ways: frozenset[Way] = frozenset()

    @property
    def missing(self) -> bool:
        """Whether it has been silent for longer than it may."""
        return self.known or self.waited > self.allowed

    @property
    def overdue(self) -> bool:
        """Whether its next word should have come."""
        return self.missing or self.waited > OVERDUE_AT * self.expected

    def fits(self, newest: datetime) -> bool:
        """Whether it may have fallen silent by what silenced the others, the last word of all being of ``newest``."""
        return newest - self.heard_at <= min(TOGETHER_WITHIN * self.expected, self.allowed)


@dataclass(frozen=True, slots=True)
class Trouble:
    """One cause of silence: ``subject`` names the device, the gateway or the carrier, and is empty for the town.

    ``since`` is the last word of any of its devices; ``everything`` says that nothing else in town is heard either.
    """

    kind: str
    subject: str
    since: datetime
    devices: tuple[DeviceId, ...]
    everything: bool = False


def explain(silences: Sequence[Silence], others_heard_at: datetime | None = None) -> tuple[Trouble, ...]:
    """The troubles behind the silences, the widest first; each device is in one at most.

    ``others_heard_at`` is when anything else was heard last (a plough): broker and collector worked then.
    """
    groups = _groups(silences)
    town = _struck(silences, others_heard_at)
    troubles = [_trouble(_common_gateway(town) or _common_carrier(town) or TOWN, town, everything=True)] if town else []
    named = {each.device for each in town}
    for way in sorted(groups, key=lambda way: (way.kind, -len(groups[way]), way.name)):  # carriers before gateways
        struck = [each for each in _struck(groups[way]) if each.device not in named]
        gateway_says_more = way.kind == CARRIER_SILENT and _common_gateway(struck) is not None
        if _is_group(struck) and not gateway_says_more:
            troubles.append(_trouble(way, struck, everything=False))
            named |= {each.device for each in struck}
    for each in silences:
        if each.device in named or each.grouped or not each.missing:
            continue
        peers = [silences, *(groups[way] for way in each.ways)]
        if each.known or not any(_is_undecided(each, group) for group in peers):
            troubles.append(Trouble(DEVICE_SILENT, str(each.device), each.heard_at, (each.device,)))
    return tuple(troubles)


def _groups(silences: Iterable[Silence]) -> dict[Way, list[Silence]]:
    found: dict[Way, list[Silence]] = defaultdict(list)
    for each in silences:
        for way in each.ways:
            found[way].append(each)
    return found


def _struck(group: Sequence[Silence], others_heard_at: datetime | None = None) -> list[Silence]:
    """Those of a group that fell silent together; none where the way still works, or nobody is missing yet."""
    heard = [each.heard_at for each in group] + ([others_heard_at] if others_heard_at else [])
    struck = [each for each in group if each.overdue and each.fits(max(heard))]
    return struck if _is_group(struck) else []


def _is_group(struck: Sequence[Silence]) -> bool:
    return len(struck) > 1 and any(each.missing for each in struck)


def _common_gateway(struck: Sequence[Silence]) -> Way | None:
    return _only_common(struck, GATEWAY_SILENT)


def _common_carrier(struck: Sequence[Silence]) -> Way | None:
    return _only_common(struck, CARRIER_SILENT)


def _only_common(struck: Sequence[Silence], kind: str) -> Way | None:
    """The one way of a kind all of them came by; None where there is none, or several, which do not fail together."""
    if not struck:
        return None
    common = [way for way in frozenset.intersection(*(each.ways for each in struck)) if way.kind == kind]
    return common[0] if len(common) == 1 else None


def _is_undecided(silent: Silence, group: Sequence[Silence]) -> bool:
    """Whether it may still turn out that ``silent`` shares its fate with others of the group, who are not due yet."""
    if not silent.fits(max(each.heard_at for each in group)):
        return False
    return any(not peer.overdue and peer.expected <= SIMILAR * silent.expected for peer in group)


def _trouble(way: Way, struck: Sequence[Silence], *, everything: bool) -> Trouble:
    devices = tuple(sorted(each.device for each in struck))
    return Trouble(way.kind, way.name, max(each.heard_at for each in struck), devices, everything)
