"""The command that lists the devices: who is heard, who is not, and what is behind it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer
from rich.console import Console
from rich.table import Table

from app.inspect_commands import LOOK, DataOption, JsonOption, SiteOption, in_json, local_time, looking, printable
from app.settings import read_settings
from app.wiring import read_site
from core.times import utc_now

if TYPE_CHECKING:
    from datetime import datetime, timedelta

    from ingest.liveness_round import Look


def add_to(app: typer.Typer) -> None:
    """Add this command to the command line."""
    app.command("liveness", rich_help_panel=LOOK)(liveness)


def liveness(site: SiteOption = None, data: DataOption = None, as_json: JsonOption = False) -> None:
    """The devices of the stations: when each was heard last, how long it may be silent, how it is; and open incidents.

    Example: yukimori liveness
    """
    from ingest.liveness_json import look_as_dict
    from ingest.liveness_round import look

    now = utc_now()
    with looking(site, data) as (store, registry):
        seen = look(read_site(read_settings(site, data)), registry, store, now)
    if as_json:
        print(in_json(look_as_dict(seen, now)))
    else:
        _print(seen, now, Console(soft_wrap=True, highlight=False))


def _print(seen: Look, now: datetime, console: Console) -> None:
    table = Table("device", "station", "state", "heard", "age", "expected", "silent after", "gateways", "carrier")
    for life in seen.life.devices:
        heard = "never" if life.heard_at is None else local_time(life.heard_at)
        age = "" if life.heard_at is None else _span(now - life.heard_at)
        words = (life.device, " ".join(life.stations), life.state.value, heard, age)
        way = (" ".join(life.gateways), life.carrier)
        table.add_row(*map(printable, (*words, _span(life.expected), _span(life.allowed), *way)))
    console.print(table)
    if not seen.collecting.works:
        console.print(f"Nothing can be said of silent devices: collecting does not work ({seen.collecting.why}).")
    for each in seen.incidents:
        devices = ", ".join(map(str, each.detail.get("devices", [])))
        words_of_it = f"{each.kind} {each.subject} since {local_time(each.opened_at)}"
        console.print(printable(f"{words_of_it}: {devices}" if devices else words_of_it))
    if not seen.incidents:
        console.print("No open incident of devices.")


def _span(span: timedelta) -> str:
    """A span in the unit that keeps it short."""
    seconds = max(0, int(span.total_seconds()))
    if seconds < 120:
        return f"{seconds} s"
    minutes = seconds // 60
    return f"{minutes} min" if minutes < 120 else f"{minutes // 60} h"
