"""Commands about the warnings of the Meteorological Agency: what is in force, and what a telegram says."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Column, Table

from app.inspect_commands import DataOption, JsonOption, SiteOption, in_json, local_time, looking, printable
from app.settings import read_settings
from app.wiring import read_site
from core.errors import DecodeError
from core.times import format_rfc3339, utc_now
from core.weather_warnings import WeatherWarning

PANEL = "Alerts"

warnings_app = typer.Typer(
    help="Warnings of the Meteorological Agency: what is in force, what a telegram says.", no_args_is_help=True
)


def add_to(app: typer.Typer) -> None:
    """Add these commands to the command line."""
    app.add_typer(warnings_app, name="warnings", rich_help_panel=PANEL)


@warnings_app.command("list")
def warnings_list(site: SiteOption = None, data: DataOption = None, as_json: JsonOption = False) -> None:
    """What is in force for the town's areas, when it was looked last, and what became of the telegrams that came.

    Example: yukimori warnings list --json
    """
    with looking(site, data) as (store, registry):
        standing, look = store.warnings.standing(registry.site), store.warnings.look(registry.site)
        counts, refused = store.warnings.counts(registry.site), store.warnings.refused(registry.site, most=10)
    if as_json:
        for warning in standing:
            print(in_json(_as_dict(warning)))
        return
    _print(standing)
    if look is None:
        print("Nobody ever looked for telegrams: name a source under [jma] in site.toml and let `evaluate` run.")
        return
    read = "never" if look.read_at is None else local_time(look.read_at)
    newest = "none yet" if look.newest_at is None else local_time(look.newest_at)
    print(f"last read: {read}; newest telegram that counts: {newest}{f'; {look.error}' if look.error else ''}")
    print("telegrams: " + (", ".join(f"{n} {v} {t}".rstrip() for (v, t), n in counts.items()) or "none"))
    for one in refused:
        print(f"set aside: {printable(one.name)} ({one.reason}): {printable(one.detail)}")


@warnings_app.command("read")
def warnings_read(
    file: Annotated[Path, typer.Argument(help="A telegram (XML).", exists=True, dir_okay=False)],
    site: SiteOption = None,
    as_json: JsonOption = False,
) -> None:
    """What one telegram says for the town's areas. Nothing is stored. Exit code 1 where it cannot be read.

    Example: yukimori warnings read 20260115_VPWW60_060000.xml
    """
    from alerts.jma.round import verdict
    from alerts.jma.standing import warnings_in_force
    from alerts.jma.telegram import read_telegram

    checked, now = read_site(read_settings(site)), utc_now()
    areas = checked.jma.areas if checked.jma else (f"{checked.code}00",)
    try:
        telegram = read_telegram(file.read_bytes(), now, f"/{file.name}")
    except DecodeError as error:
        typer.echo(f"{file}: {error.reason}: {error}", err=True)
        raise typer.Exit(1) from error
    found = list(warnings_in_force([telegram], areas, telegram.report_at))
    if as_json:
        about = {
            "type": telegram.type,
            "title": telegram.title,
            "status": telegram.status,
            "info_type": telegram.info_type,
            "office": telegram.office,
            "report_at": format_rfc3339(telegram.report_at),
            "verdict": verdict(telegram, areas),
        }
        print(in_json({**about, "warnings": [_as_dict(warning) for warning in found]}))
        return
    print(
        f"{telegram.type or 'unknown type'} {telegram.title} {telegram.info_type} ({telegram.status}), {telegram.office}"
    )
    print(f"of {local_time(telegram.report_at)}; {_meanings()[verdict(telegram, areas)]}")
    _print(found)


def _meanings() -> dict[str, str]:
    return {
        "live": "it counts",
        "drill": "a drill or test: it changes nothing",
        "elsewhere": "it is about other areas",
        "unknown": "nobody reads such a telegram yet: it is kept and counted",
    }


def _print(warnings: list[WeatherWarning]) -> None:
    table = Table("grade", Column("warning", no_wrap=True), "area", "issued", "office")
    for one in warnings:
        name = printable(one.name if one.known else f"その他（コード {one.code or '–'}） {one.name}")
        place = printable(" ".join(part for part in (one.subject, one.area_name) if part))
        table.add_row(one.grade.slug, name, place, local_time(one.issued_at), printable(one.office))
    if warnings:
        Console().print(table)
    else:
        print("no warnings for these areas")


def _as_dict(one: WeatherWarning) -> dict[str, Any]:
    return {
        "type": one.type,
        "area": one.area,
        "area_name": one.area_name,
        "code": one.code,
        "name": one.name,
        "known": one.known,
        "hazard": one.hazard.value,
        "grade": one.grade.slug,
        "level": one.level,
        "status": one.status,
        "subject": one.subject,
        "issued_at": format_rfc3339(one.issued_at),
        "until": format_rfc3339(one.until) if one.until else None,
        "office": one.office,
    }
