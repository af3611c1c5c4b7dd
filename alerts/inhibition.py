"""Who is not told because something else says it already: the same station's other rule, or the outage behind silent devices.

A rule stands for another only as long as it is as grave: a danger is never hidden by a caution. Health never mutes a
measurement of 警戒 or more, nothing mutes itself, and what is not told itself mutes nothing: of a chain or a circle at least
one is always told.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from uuid import UUID

from alerts.dispatch_matters import Matter
from core.levels import Level

_OUTAGES = frozenset({"gateway-silent", "carrier-silent", "town-silent"})
_EVERYTHING = frozenset({"broker-away", "collector-away", "database-away"})
_DEVICE_SILENT = "device-silent"


def inhibited(matters: Sequence[Matter], muted: Collection[UUID] = ()) -> dict[UUID, UUID]:
    """What is not told now, with what says it instead. ``muted`` are those not told for other reasons."""
    inhibitors = _inhibitors(matters)
    ranked = sorted((each for each in matters if each.id in inhibitors), key=_rank)
    waiting, found = {each.id: each for each in ranked}, dict[UUID, UUID]()
    while waiting:
        free = (each for each in waiting.values() if waiting.keys().isdisjoint(inhibitors[each.id]))
        target = next(free, None) or next(iter(waiting.values()))
        effective = [one for one in inhibitors[target.id] if one not in found and one not in muted | waiting.keys()]
        if effective:
            found[target.id] = effective[0]
        del waiting[target.id]
    return found


def _rank(matter: Matter) -> tuple[int, str]:
    """In a circle the highest is told."""
    return -matter.level, str(matter.id)


def _inhibitors(matters: Sequence[Matter]) -> Mapping[UUID, list[UUID]]:
    found: dict[UUID, list[UUID]] = defaultdict(list)
    by_rule, by_device, single = _indexed(matters)
    for source in matters:
        if not source.firing:
            continue
        targets: Iterable[Matter] = ()
        if source.station is not None and source.inhibits:
            named = [each for rule in sorted(source.inhibits) for each in by_rule.get((rule, source.station.id), ())]
            targets = [each for each in named if each.level <= source.level]
        elif source.incident in _EVERYTHING:
            targets = [each for each in matters if _is_silence(each)]
        elif source.incident in _OUTAGES:
            targets = {each.id: each for device in source.devices for each in by_device.get(device, ())}.values()
        elif source.missing:
            targets = [each for device in source.devices for each in single.get(device, ())]
        for target in targets:
            if _may(source, target):
                found[target.id].append(source.id)
    return found


def _indexed(
    matters: Sequence[Matter],
) -> tuple[Mapping[tuple[str, str], list[Matter]], Mapping[str, list[Matter]], Mapping[str, list[Matter]]]:
    """By rule and station, silences by device, incidents of a single device by device."""
    by_rule: dict[tuple[str, str], list[Matter]] = defaultdict(list)
    by_device: dict[str, list[Matter]] = defaultdict(list)
    single: dict[str, list[Matter]] = defaultdict(list)
    for matter in matters:
        if matter.station is not None:
            by_rule[matter.rule, matter.station.id].append(matter)
        if _is_silence(matter):
            for device in matter.devices:
                by_device[device].append(matter)
                if matter.incident == _DEVICE_SILENT:
                    single[device].append(matter)
    return by_rule, by_device, single


def _is_silence(matter: Matter) -> bool:
    """Whether it says that a device is silent."""
    return matter.missing or matter.incident == _DEVICE_SILENT or matter.news == "data_lost"


def _may(source: Matter, target: Matter) -> bool:
    if source.id == target.id:
        return False
    return target.health or not source.health or target.level < Level.WARNING
