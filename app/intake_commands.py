"""Commands about the way messages took: numbers that never arrived, clocks that are wrong."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from app.inspect_commands import LOOK, DataOption, JsonOption, SiteOption, in_json, local_time, looking, printable
from app.settings import read_settings
from app.wiring import read_site
from config.model import Site
from core.times import format_rfc3339, utc_now
from store.intake import DeviceClock
from store.numbering import Gap

DaysOption = Annotated[
    int | None, typer.Option("--days", help="Only gaps noticed in the last so many days.", min=1, max=10_000)
]


def add_to(app: typer.Typer) -> None:
    """Add these commands to the command line."""
    app.command("gaps", rich_help_panel=LOOK)(gaps)
    app.command("clocks", rich_help_panel=LOOK)(clocks)


def gaps(
    site: SiteOption = None, days: DaysOption = None, data: DataOption = None, as_json: JsonOption = False
) -> None:
    """Messages that never arrived, told by the numbers devices give them; those filled since are not listed.

    Only of devices that number their messages: LoRaWAN frames, and the native form with "seq".

    Example: yukimori gaps --days 7
    """
    since = None if days is None else utc_now() - timedelta(days=days)
    with looking(site, data) as (store, registry):
        found = store.intake.gaps(registry.site, since)
        forgotten = store.intake.gaps_forgotten(registry.site)
    if as_json:
        for gap in found:
            print(in_json(_gap_as_dict(gap)))
        return
    table = Table("device", "from", "to", "lost", "after", "before", "noticed")
    for gap in found:
        table.add_row(
            printable(gap.device),
            str(gap.first),
            str(gap.last),
            str(gap.count),
            local_time(gap.before_at),
            local_time(gap.after_at),
            local_time(gap.noticed_at),
        )
    Console().print(table)
    print(f"{sum(gap.count for gap in found)} messages lost in {len(found)} gaps")
    for device, count in forgotten.items():
        print(f"{printable(device)}: {count} older gaps are no longer kept, there were too many")


def clocks(site: SiteOption = None, data: DataOption = None, as_json: JsonOption = False) -> None:
    """Devices whose times were refused as ahead of now or impossible, and what to enter in the site folder.

    Example: yukimori clocks
    """
    checked = read_site(read_settings(site))
    with looking(site, data) as (store, registry):
        found = store.intake.clocks(registry.site)
    if as_json:
        for clock in found:
            print(in_json(_clock_as_dict(clock, checked)))
        return
    table = Table("device", "refused", "last", "clock is")
    table.add_column("what to do", overflow="fold")
    for clock in found:
        row = (str(clock.count), local_time(clock.last_at), _skew_in_words(clock), _advice(clock, checked))
        table.add_row(printable(clock.device), *row)
    Console().print(table)


def _gap_as_dict(gap: Gap) -> dict[str, object]:
    return {
        "device": gap.device,
        "from": gap.first,
        "to": gap.last,
        "count": gap.count,
        "after": format_rfc3339(gap.before_at),
        "before": format_rfc3339(gap.after_at),
        "noticed_at": format_rfc3339(gap.noticed_at),
    }


def _clock_as_dict(clock: DeviceClock, site: Site) -> dict[str, object]:
    offset = clock.proposed_offset
    return {
        "device": clock.device,
        "refused": clock.count,
        "skew_s": clock.skew.total_seconds(),
        "lowest_skew_s": clock.low.total_seconds(),
        "highest_skew_s": clock.high.total_seconds(),
        "first_at": format_rfc3339(clock.first_at),
        "last_at": format_rfc3339(clock.last_at),
        "steady": clock.steady,
        "file": _file(clock, site),
        "clock_offset": None if offset is None else _cell(offset),
    }


def _advice(clock: DeviceClock, site: Site) -> str:
    offset = clock.proposed_offset
    if offset is not None:
        return f"set the clock; or {_file(clock, site)}, column clock_offset: {_cell(offset)}"
    if clock.never_set:
        return 'it was never set: set it, or let the device send "at": null'
    return "set the clock; so far it does not stand off steadily enough for a clock_offset"


def _file(clock: DeviceClock, site: Site) -> str | None:
    """The site file that names the device; None where none does any more."""
    if any(stream.device == clock.device for stream in site.datastreams):
        return "datastreams.csv"
    return "vehicles.csv" if any(vehicle.device == clock.device for vehicle in site.vehicles) else None


def _skew_in_words(clock: DeviceClock) -> str:
    return f"{abs(timedelta(seconds=round(clock.skew.total_seconds())))} {'ahead' if clock.skew > timedelta(0) else 'behind'}"


def _cell(offset: timedelta) -> str:
    """An offset as the site files write it; a spreadsheet would take a sign in front for a formula."""
    seconds = round(offset.total_seconds())
    return f"{seconds}s" if seconds >= 0 else f"minus {-seconds}s"
