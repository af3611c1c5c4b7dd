"""Checks rules against the stations they watch and against each other."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta

from config.fields import Table
from config.mistakes import shown, suggest
from config.rule_ladders import check_ladders, height_at
from config.rule_plan import Rule, RuleClass, RuleKind
from core.levels import Level, threshold_of
from core.model import Datastream, Station

Placed = tuple[Table, Rule]


def check_rules(
    rules: Sequence[Placed], stations: Sequence[Station], streams: Sequence[Datastream], speed: float = 1.0
) -> None:
    """Note what rules say of stations that are not there, and what can never fire.

    ``speed`` is how much faster than life the site's demonstration goes by: its gauges report so much more often.
    """
    measuring: dict[str, set[str]] = {station.id: set() for station in stations if station.id}
    for stream in streams:
        measuring.setdefault(stream.station, set()).add(stream.quantity)
    for table, rule in rules:
        _check_named(table, rule, measuring)
        watched = watched_by(rule, stations, streams)
        if rule.quantity and not any(rule.quantity in found for found in measuring.values()):
            table.warn("quantity", f"no station measures {rule.quantity}: the rule never fires")
        elif table.sound and not watched:
            table.warn(
                "", "no station fits what the rule selects: it never fires", "look at stations, rivers, keepers …"
            )
        elif table.sound:
            _warn_of_idle_levels(table, rule, watched)
            _warn_of_short_holds(table, rule, watched, speed)
            _warn_of_few(table, rule, watched)
            if rule.kind is RuleKind.LEVEL:
                check_ladders(table, rule, watched)


def watched_by(rule: Rule, stations: Sequence[Station], streams: Sequence[Datastream]) -> list[Datastream]:
    """The datastreams a rule is about, by its selectors; of a blockage rule those of its pairs."""
    by_id = {station.id: station for station in stations}
    ends = {end for pair in rule.pairs for end in pair}
    named = ends if rule.kind is RuleKind.BLOCKAGE else rule.stations

    def fits(stream: Datastream) -> bool:
        station = by_id.get(stream.station)
        return (
            stream.quantity == rule.quantity
            and (not named or stream.station in named)
            and (not rule.station_kinds or (station is not None and station.kind in rule.station_kinds))
            and (not rule.rivers or (station is not None and station.river in rule.rivers))
            and (not rule.keepers or (station is not None and station.keeper in rule.keepers))
        )

    return [stream for stream in streams if fits(stream)]


def _check_named(table: Table, rule: Rule, measuring: Mapping[str, set[str]]) -> None:
    places = [("stations", station) for station in sorted(rule.stations)]
    places += [(f"pairs[{number}]", end) for number, pair in enumerate(rule.pairs, start=1) for end in pair if end]
    for key, station in places:
        if station not in measuring:
            table.mistake(key, f"there is no station {shown(station)}", suggest(station, measuring))
        elif rule.quantity and rule.quantity not in measuring[station]:
            had = ", ".join(sorted(measuring[station])) or "nothing"
            table.mistake(key, f"{shown(station)} does not measure {rule.quantity}", f"it measures {had}")


def _warn_of_idle_levels(table: Table, rule: Rule, watched: Sequence[Datastream]) -> None:
    """Warn of a level that takes the station's own threshold where no station of the rule has one."""
    for number, rung in enumerate(rule.levels, start=1):
        heights = [height_at(rule, rung, stream) for stream in watched]
        if rule.kind is RuleKind.LEVEL and rung.level and rung.raise_at is None and not any(_known(heights)):
            hint = "fill the column in datastreams.csv, or write raise_at"
            table.warn(f"levels[{number}]", f"no station has a threshold for {rung.level.slug}: it never fires", hint)
    toward = rule.toward or Level.NORMAL
    if toward and not any(_known([threshold_of(toward, stream.thresholds) for stream in watched])):
        table.warn("toward", f"no station has a threshold for {toward.slug}: it never fires", "")


def _known(heights: Sequence[float | None]) -> list[bool]:
    return [height is not None for height in heights]


def _warn_of_short_holds(table: Table, rule: Rule, watched: Sequence[Datastream], speed: float) -> None:
    """A hold shorter than the interval of every gauge is over with its second reading, whatever it says."""
    shortest = min((stream.expected_interval for stream in watched), default=timedelta(0)) / speed
    for number, rung in enumerate(rule.levels, start=1):
        if timedelta(0) < rung.hold < shortest and rule.kind is not RuleKind.MISSING:
            message = f"is shorter than the interval of its gauges ({shortest.total_seconds():g} s)"
            table.warn(f"levels[{number}].hold", message, "two readings are needed in any case")


def _warn_of_few(table: Table, rule: Rule, watched: Sequence[Datastream]) -> None:
    needed = rule.confirmation.needed if rule.confirmation else 0
    if len(watched) < needed:
        message = f"{needed} stations are needed and {len(watched)} are watched: nothing is ever confirmed"
        table.warn("confirm.needed", message, "add stations, or need fewer")


def check_inhibitions(rules: Sequence[Placed]) -> None:
    """Note rules that mute what is not there, that mute each other in a circle, or health that would mute a measurement."""
    known = {rule.id: rule for _, rule in rules if rule.id}
    for table, rule in rules:
        for muted in sorted(rule.inhibits):
            if muted not in known:
                table.mistake("inhibits", f"there is no rule {shown(muted)}", suggest(muted, known))
            elif rule.rule_class is RuleClass.HEALTH and known[muted].rule_class is RuleClass.MEASUREMENT:
                hint = "silence of a gauge must not hide what was measured"
                table.mistake("inhibits", f"{shown(muted)} is about something measured", hint)
        circle = _circle_from(rule, known)
        if circle:
            table.mistake("inhibits", f"the rules mute each other: {' → '.join(circle)}", "break the circle")


def _circle_from(rule: Rule, known: Mapping[str, Rule]) -> list[str]:
    """The way from a rule back to itself, told by the one of the circle whose id comes first; empty where there is none."""
    ways = [[rule.id, muted] for muted in sorted(rule.inhibits) if muted != rule.id]
    seen: set[str] = set()
    while ways:
        way = ways.pop(0)
        if way[-1] == rule.id:
            return way if rule.id == min(way) else []
        if way[-1] not in seen and way[-1] in known:
            seen.add(way[-1])
            ways += [[*way, muted] for muted in sorted(known[way[-1]].inhibits)]
    return []
