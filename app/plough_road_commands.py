"""Commands about cleared roads, below ``yukimori ploughs``: what is clear, who is behind, where snow piles up again, checks."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated
from zoneinfo import ZoneInfo

import typer
from rich.console import Console
from rich.table import Column, Table

from app.inspect_commands import DataOption, JsonOption, SiteOption, in_json, local_time, looking, printable
from app.settings import read_settings
from app.wiring import read_site
from core.csv_text import csv_bytes
from core.errors import YukimoriError
from core.times import parse_rfc3339, utc_now

if TYPE_CHECKING:
    from gis.ploughs.desk_tables import Table as Sheet
    from gis.ploughs.promise import Promise
    from gis.ploughs.proposals import Proposal
    from gis.ploughs.situation import Situation, Situations
    from gis.ploughs.storm import Storm

EXIT_FOUND = 1
LONGEST_SPAN = timedelta(days=7)

CsvOption = Annotated[bool, typer.Option("--csv", help="Print the table as CSV for a spreadsheet (UTF-8 with BOM).")]
AtOption = Annotated[
    str | None, typer.Option("--at", help="As it was known at this time, RFC 3339; left out: now.", show_default=False)
]


class Grouping(StrEnum):
    """What totals are put together by."""

    ALL = "all"
    CLASS = "class"
    CONTRACTOR = "contractor"
    DISTRICT = "district"


def add_to(ploughs: typer.Typer) -> None:
    """Add these commands to the group."""
    ploughs.command("coverage")(coverage)
    ploughs.command("behind")(behind)
    ploughs.command("second-pass")(second_pass)
    ploughs.command("proposals")(proposals)


def coverage(
    by: Annotated[Grouping, typer.Option("--by", help="Add up by this.")] = Grouping.CLASS,
    since: Annotated[
        str, typer.Option("--since", help="From when on work counts: window, order, storm, or an RFC 3339 time.")
    ] = "window",
    at: AtOption = None,
    site: SiteOption = None,
    data: DataOption = None,
    as_json: JsonOption = False,
    as_csv: CsvOption = False,
) -> None:
    """How much of the roads is clear, by length; with --json or --csv every road.

    Example: yukimori ploughs coverage --by contractor --since order
    """
    from gis.ploughs.desk_documents import coverage_document, totals_of
    from gis.ploughs.desk_tables import coverage_table
    from gis.ploughs.totals import By

    with _desk(site, data, at) as desk:
        found = desk.read(since)
    if as_csv:
        return _print_csv(coverage_table(found, desk.zone))
    if as_json:
        return print(in_json(coverage_document(found, By(by.value))))
    table = Table(
        Column(by.value, overflow="fold", min_width=10),
        *(Column(name, justify="right", no_wrap=True) for name in _TOTALS),
        box=None,
    )
    for each in totals_of(found, By(by.value)):
        percent = "" if each.percent is None else f"{each.percent:.1f} %"
        lengths = (f"{metres / 1000:.1f} km" for metres in (each.length_m, each.cleared_m, each.worked_m))
        counts = (str(number) for number in (each.roads, each.late, each.no_record, each.drawn_lengths))
        table.add_row(printable(each.key) or "(none)", percent, *lengths, *counts)
    Console().print(table)
    return print(_of_when(found))


def behind(
    at: AtOption = None,
    site: SiteOption = None,
    data: DataOption = None,
    as_json: JsonOption = False,
    as_csv: CsvOption = False,
) -> None:
    """The roads that are late, will be late, or of which nobody can say. Exit code 1 where any is late or will be.

    Example: yukimori ploughs behind --json
    """
    from gis.ploughs.desk_documents import behind_document
    from gis.ploughs.desk_tables import behind_table
    from gis.ploughs.desk_words import PROGRESS
    from gis.ploughs.promise import Progress
    from gis.ploughs.promise import behind as listed

    with _desk(site, data, at) as desk:
        found = desk.read("window")
    rows = listed(found.promises)
    if as_csv:
        _print_csv(behind_table(found, desk.zone))
    elif as_json:
        print(in_json(behind_document(found)))
    else:
        table = Table(*(Column(name, overflow="fold") for name in _BEHIND), box=None)
        for each in rows:
            road = found.network.roads[each.road]
            deadline, forecast = (_to_the_minute(moment) for moment in (each.deadline, each.forecast))
            left = f"{each.left_m:.0f} m"
            cells = (each.road, printable(road.name), PROGRESS[each.progress][1], deadline, left, forecast)
            table.add_row(*cells, _basis(each))
        Console().print(table if rows else _nothing_behind(found))
    if any(each.progress is not Progress.OPEN for each in rows):
        raise typer.Exit(EXIT_FOUND)


def second_pass(
    at: AtOption = None,
    site: SiteOption = None,
    data: DataOption = None,
    as_json: JsonOption = False,
    as_csv: CsvOption = False,
) -> None:
    """The roads on which more snow fell since they were cleared than the town lets lie. Exit code 1 where there are any.

    Example: yukimori ploughs second-pass --csv > second-pass.csv
    """
    from gis.ploughs.desk_documents import second_pass_document
    from gis.ploughs.desk_tables import second_pass_table
    from gis.ploughs.desk_words import NEED
    from gis.ploughs.snow_since import Need, second_passes

    with _desk(site, data, at) as desk:
        found = desk.read("window")
    rows = second_passes(found.snow)
    if as_csv:
        _print_csv(second_pass_table(found, desk.zone))
    elif as_json:
        print(in_json(second_pass_document(found)))
    else:
        table = Table(*(Column(name, overflow="fold") for name in _SECOND), box=None)
        for each in rows:
            snow = f"{each.fallen_cm:.1f} cm ({each.low_cm:.1f}–{each.high_cm:.1f})"
            gauges = ", ".join(printable(told.near.gauge.name_ja) for told in each.told)
            cells = (each.road, printable(found.network.roads[each.road].name), NEED[each.need][1])
            table.add_row(*cells, _to_the_minute(each.since), snow, f"{each.threshold_cm:g} cm", gauges)
        unknown = sum(each.need is Need.UNKNOWN for each in found.snow.values())
        Console().print(table if rows else "no road is known to need another pass")
        print(f"{len(rows)} of {len(found.snow)} roads; of {unknown} it is not known")
    if rows:
        raise typer.Exit(EXIT_FOUND)


def proposals(
    at: AtOption = None,
    site: SiteOption = None,
    data: DataOption = None,
    as_json: JsonOption = False,
    as_csv: CsvOption = False,
) -> None:
    """What was measured at the newest check time of each class, and whether it calls for an order. A person gives it.

    Example: yukimori ploughs proposals
    """
    from gis.ploughs.desk_documents import proposals_document
    from gis.ploughs.desk_tables import proposal_table

    with _desk(site, data, at) as desk:
        found, storm = desk.situations.proposals(desk.now), desk.situations.storm(desk.now)
    if as_csv:
        return _print_csv(proposal_table(found, desk.zone))
    if as_json:
        return print(in_json(proposals_document(found, storm, desk.now)))
    _print_proposals(found)
    return print(_storm_words(storm))


@dataclass(frozen=True, slots=True)
class _Desk:
    """What a question is asked of: the readers of the site, and the instant it is about."""

    situations: Situations
    zone: ZoneInfo
    now: datetime

    def read(self, since: str) -> Situation:
        return self.situations.read(self.now, self._begun(since))

    def _begun(self, since: str) -> datetime | None:
        if since == "window":
            return None
        if since == "order":
            standing = self.situations.standing(self.now)
            if not standing:
                raise YukimoriError("no order stands", hint="`yukimori ploughs order list` shows what was ordered")
            return standing[0].at
        if since == "storm":
            storm = self.situations.storm(self.now)
            if storm is None:
                raise YukimoriError("no gauge saw new snow in the last three days")
            return storm.began_at
        at = instant_of(since, "--since")
        if not self.now - LONGEST_SPAN <= at < self.now:
            raise typer.BadParameter(f"lies before now, at most {LONGEST_SPAN.days} days", param_hint="--since")
        return at


@contextmanager
def _desk(site: Path | None, data: Path | None, at: str | None) -> Iterator[_Desk]:
    from gis.ploughs.situation import Situations

    now = utc_now()
    asked = now if at is None else instant_of(at, "--at")
    if asked > now:
        raise typer.BadParameter("lies in the future", param_hint="--at")
    checked = read_site(read_settings(site, data))
    with looking(site, data) as (store, registry):
        yield _Desk(Situations(checked, registry, store), ZoneInfo(checked.time_zone), asked)


def instant_of(text: str, option: str) -> datetime:
    """The instant an option names; BadParameter where it names none."""
    try:
        return parse_rfc3339(text)
    except ValueError as error:
        raise typer.BadParameter(f"{text!r} is no RFC 3339 time with offset", param_hint=option) from error


_BEHIND = ("road", "name", "state", "deadline", "left", "forecast", "rests on")
_SECOND = ("road", "name", "needed", "cleared", "snow since", "limit", "gauges")
_TOTALS = ("clear", "length", "cleared", "worked", "roads", "late", "no record", "as drawn")


def _of_when(found: Situation) -> str:
    orders = ", ".join(order.id for order in found.orders) or "none"
    return f"work since {local_time(found.since)}; standing orders: {orders}\n{_storm_words(found.storm)}"


def _storm_words(storm: Storm | None) -> str:
    if storm is None:
        return "no gauge saw new snow in the last three days"
    began = f"{'began' if storm.certain else 'began at the latest'} {local_time(storm.began_at)}"
    return f"snowfall {began}, last new snow {local_time(storm.last_at)} ({', '.join(storm.stations)})"


def _nothing_behind(found: Situation) -> str:
    return "every road that was ordered is clear or on course" if found.orders else "no order stands"


def _print_csv(sheet: Sheet) -> None:
    print(csv_bytes(sheet.head, sheet.rows).decode(), end="")


def _print_proposals(found: Sequence[Proposal]) -> None:
    from gis.ploughs.desk_words import CHECK, LEFT_OUT

    table = Table(
        "class", "check", Column("result", overflow="fold"), "new snow", Column("gauges", overflow="fold"), box=None
    )
    for each in found:
        gauges = (
            f"{printable(one.name_ja)} {LEFT_OUT[one.why][1] if one.why is not None else f'{one.fallen_cm} cm'}"
            for one in each.gauges
        )
        measured = "not known" if each.measured_cm is None else f"{each.measured_cm:g} cm"
        snow = f"{measured} of {each.threshold_cm:g}"
        table.add_row(each.code, _to_the_minute(each.checked_at), CHECK[each.result][1], snow, "; ".join(gauges))
    Console().print(table)


def _basis(promise: Promise) -> str:
    """What the forecast of a road rests on."""
    pace = promise.pace
    if pace is None:
        return "no work of its ploughs in the last hour"
    speed = f"{len(pace.vehicles)} at {pace.metres_per_hour / 1000:.1f} km/h since {local_time(pace.since)[6:11]}"
    return f"{speed}, {promise.crew_left_m / 1000:.1f} km left"


def _to_the_minute(at: datetime | None) -> str:
    return "" if at is None else local_time(at)[:-3]
