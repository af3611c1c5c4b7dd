"""Commands about shelters: which are open, full or closed; say it for one, or for many by a table."""

from __future__ import annotations

import csv
import io
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated
from zoneinfo import ZoneInfo

import typer
from rich.console import Console
from rich.table import Column, Table

from app.inspect_commands import DataOption, JsonOption, SiteOption, in_json, local_time, looking, printable
from app.settings import Settings, read_settings
from app.wiring import read_site
from core.errors import YukimoriError
from core.shelter_words import STATUS_WORDS, refusal_of, status_of
from core.shelters import ShelterState, ShelterStatus
from core.times import format_rfc3339, parse_rfc3339, utc_now

if TYPE_CHECKING:
    from gis.shelter_sites import ShelterSite

shelters_app = typer.Typer(help="Shelters: which are open, full, closed; say so.", no_args_is_help=True)
PANEL = "What staff says"
FORMULA = ("=", "+", "-", "@", "\t", "\r")
HEADINGS = ("id", "名称", "種別", "状態", "人数", "定員", "備考")

ByOption = Annotated[str, typer.Option("--by", help="Who says it, for the record; never shown to the public.")]
DryRunOption = Annotated[bool, typer.Option("--dry-run", help="Only look what would be said.")]


def add_to(app: typer.Typer) -> None:
    """Add these commands to the command line."""
    app.add_typer(shelters_app, name="shelters", rich_help_panel=PANEL)


@shelters_app.command("list")
def shelters_list(
    site: SiteOption = None,
    data: DataOption = None,
    as_json: JsonOption = False,
    as_csv: Annotated[
        bool, typer.Option("--csv", help="Print the table that `shelters load` reads, to be filled in.")
    ] = False,
) -> None:
    """Every published shelter with what was last said of it; no state means that nobody ever said one.

    Example: yukimori shelters list --csv > shelters.csv
    """
    sites = _published(read_settings(site, data))
    with looking(site, data) as (store, registry):
        states = store.shelters.latest(registry.site)
    if as_json:
        for one in sites:
            print(in_json(_as_dict(one, states.get(one.id))))
        return
    if as_csv:
        print(_as_csv(sites, states), end="")
        return
    table = Table(Column("id", no_wrap=True), "name", "state", "people", "capacity", "as of", "by")
    for one in sites:
        state = states.get(one.id)
        told = ("not known", "", "", "", "") if state is None else _cells(state)
        table.add_row(one.id, printable(one.name), *told)
    Console().print(table)
    counted = [sum(state.status is status for state in states.values()) for status in ShelterStatus]
    print(f"{counted[0]} open, {counted[1]} full, {counted[2]} closed, of {len(sites)} shelters")


@shelters_app.command("set")
def shelters_set(
    shelter: Annotated[str, typer.Argument(help="共通ID, or the name where only one shelter has it.")],
    status: Annotated[str, typer.Argument(help="open, full or closed (開設, 満員, 閉鎖).")],
    *,
    people: Annotated[int | None, typer.Option("--people", help="How many people are in it.")] = None,
    capacity: Annotated[int | None, typer.Option("--capacity", help="How many it can take.")] = None,
    note: Annotated[str, typer.Option("--note", help="A remark for the public, in Japanese.")] = "",
    note_en: Annotated[str, typer.Option("--note-en", help="The remark in English.")] = "",
    at: Annotated[str | None, typer.Option("--at", help="When it was true, RFC 3339; left out: now.")] = None,
    by: ByOption = "command line",
    dry_run: DryRunOption = False,
    site: SiteOption = None,
    data: DataOption = None,
) -> None:
    """Say the state of one shelter; the public map and list show it at once.

    Example: yukimori shelters set 尾花沢小学校 open --people 12
    """
    from app.shelter_file import find_site

    settings = read_settings(site, data)
    found = find_site(_published(settings), shelter)
    meant = status_of(status)
    if isinstance(found, str):
        raise typer.BadParameter(found, param_hint="SHELTER")
    if meant is None:
        raise typer.BadParameter(f"{status!r} is none of open, full, closed (開設, 満員, 閉鎖)", param_hint="STATUS")
    now = utc_now()
    state = ShelterState(
        shelter=found.id,
        status=meant,
        people=people,
        capacity=capacity,
        note_ja=note,
        note_en=note_en,
        at=_instant(at, now),
        by=by,
    )
    refused = refusal_of(state, now, read_site(settings).limits.future_sensor)
    if refused is not None:
        raise typer.BadParameter(refused)
    _say([state], {found.id: found}, now, site=site, data=data, dry_run=dry_run)


@shelters_app.command("load")
def shelters_load(
    file: Annotated[Path, typer.Argument(help="Table (CSV, UTF-8 or Shift_JIS).", exists=True, dir_okay=False)],
    by: ByOption = "command line",
    dry_run: DryRunOption = False,
    site: SiteOption = None,
    data: DataOption = None,
) -> None:
    """Say the state of many shelters by a table: all of it, or with a mistake in it nothing. Exit code 1 for mistakes.

    Columns: id (共通ID) or name (名称); status (状態): 開設, 満員, 閉鎖, blank for nothing to say; where wanted people
    (人数), capacity (定員), note (備考), note_en, at (日時).

    Example: yukimori shelters load shelters.csv --dry-run
    """
    from app.shelter_file import Saying, read_shelter_file

    settings = read_settings(site, data)
    checked, sites, now = read_site(settings), _published(settings), utc_now()
    zone = ZoneInfo(checked.time_zone)
    saying = Saying(by=by, at=now, now=now, ahead=checked.limits.future_sensor, zone=zone)
    read = read_shelter_file(file.read_bytes(), sites, saying)
    if read.mistakes:
        typer.echo(f"{file}: {len(read.mistakes)} mistakes, nothing was said", err=True)
        for mistake in read.mistakes:
            typer.echo(f"  {mistake}", err=True)
        raise typer.Exit(1)
    _say(read.states, {one.id: one for one in sites}, now, site=site, data=data, dry_run=dry_run)


def _say(
    states: list[ShelterState],
    sites: dict[str, ShelterSite],
    now: datetime,
    *,
    site: Path | None,
    data: Path | None,
    dry_run: bool,
) -> None:
    with looking(site, data) as (store, registry):
        noted = 0 if dry_run else store.shelters.say(registry.site, states, now)
        standing = store.shelters.latest(registry.site)
    for state in states:
        print(
            f"{state.shelter} {sites[state.shelter].name}: {_in_words(state)}{_overruled(state, standing, dry_run=dry_run)}"
        )
    print(f"{len(states)} would be said, nothing was" if dry_run else f"{noted} said")


def _overruled(state: ShelterState, standing: dict[str, ShelterState], *, dry_run: bool) -> str:
    stands = standing.get(state.shelter)
    if stands is None or stands == state or (dry_run and stands.at <= state.at):
        return ""
    return f" (kept in the record; later word: {stands.status.value}, {local_time(stands.at)})"


def _in_words(state: ShelterState) -> str:
    people = "" if state.people is None else f", {state.people} people"
    capacity = "" if state.capacity is None else f" of {state.capacity}"
    return f"{state.status.value}{people}{capacity}"


def _published(settings: Settings) -> list[ShelterSite]:
    from gis.shelter_sites import read_shelter_sites

    folder = settings.public / "layers"
    sites = read_shelter_sites(folder)
    if not sites:
        raise YukimoriError(
            f"looking for shelters: none are published in {folder}",
            hint="let `yukimori publish` or `yukimori run` publish a layer of kind shelters first; name its --data",
        )
    return sites


def _instant(text: str | None, now: datetime) -> datetime:
    if text is None:
        return now
    try:
        return parse_rfc3339(text)
    except ValueError as error:
        raise typer.BadParameter(f"{text!r} is no RFC 3339 time with offset", param_hint="--at") from error


def _cells(state: ShelterState) -> tuple[str, ...]:
    numbers = ("" if number is None else str(number) for number in (state.people, state.capacity))
    return (state.status.value, *numbers, local_time(state.at), printable(state.by))


def _as_dict(site: ShelterSite, state: ShelterState | None) -> dict[str, object]:
    told = None
    if state is not None:
        told = {
            "status": state.status.value,
            "people": state.people,
            "capacity": state.capacity,
            "note_ja": state.note_ja,
            "note_en": state.note_en,
            "at": format_rfc3339(state.at),
            "by": state.by,
        }
    return {"id": site.id, "name": site.name, "kind_ja": site.kind_ja, "layer": site.layer, "state": told}


def _as_csv(sites: list[ShelterSite], states: dict[str, ShelterState]) -> str:
    """The table, with the mark that lets a spreadsheet read it as UTF-8; the time is left out: what is loaded is said anew."""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(HEADINGS)
    for site in sites:
        state = states.get(site.id)
        told: tuple[object, ...] = ("", "", "", "")
        if state is not None:
            told = (STATUS_WORDS[state.status][0], state.people, state.capacity, _no_formula(state.note_ja))
        writer.writerow((site.id, _no_formula(site.name), site.kind_ja, *told))
    return "\ufeff" + text.getvalue()


def _no_formula(text: str) -> str:
    """A spreadsheet takes such a beginning for a formula."""
    return f"'{text}" if text.startswith(FORMULA) else text
