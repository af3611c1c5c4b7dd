"""The command about exposure: what of the town lies in which hazard class, in the terminal and as files."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from app.layer_commands import SITE, DataOption, JsonOption, SiteOption
from app.settings import read_settings, writable_folder
from app.wiring import read_site
from core.times import utc_now

if TYPE_CHECKING:
    from gis.exposure.model import Assessment, HazardTable, Target


def add_to(app: typer.Typer) -> None:
    """Add the command to the command line."""
    app.command(rich_help_panel=SITE)(exposure)


def exposure(
    site: SiteOption = None,
    data: DataOption = None,
    out: Annotated[Path | None, typer.Option("--out", help="Also write CSV, GeoPackage and JSON there.")] = None,
    staff: Annotated[bool, typer.Option("--staff", help="Count the layers only staff may see too.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Count shelters, facilities, roads, fields and persons in each hazard class (防災アセスメント).

    The layers are brought up to date first. Example: yukimori exposure --staff --out assessment
    """
    from gis import publish_layers, read_catalogue
    from gis.exposure.derived import assessed
    from gis.exposure.document import document_text
    from gis.exposure.publish import reckon, write_assessment

    settings = read_settings(site, data)
    town = read_site(settings)
    public, staffs = settings.public / "layers", settings.staff / "layers"
    publish_layers(town, public, staffs)
    layers = {folder: assessed(read_catalogue(folder)) for folder in ((public, staffs) if staff else (public,))}
    assessment, overlay = reckon(town, layers, now=utc_now())
    if out is not None:
        write_assessment(assessment, overlay, writable_folder(out))
    if as_json:
        print(document_text(assessment), end="")
    else:
        _print(assessment)


def _print(assessment: Assessment) -> None:
    console = Console()
    if not console.is_terminal:
        console = Console(width=_WIDE)
    if not assessment.hazards or not assessment.targets:
        console.print("nothing to count: no hazard layer, or no layer of shelters, facilities, roads … is published")
        return
    for table in assessment.hazards:
        console.print(_table(table, assessment.targets))
    console.print("評価されていない区域: 想定・指定がないだけで、安全という意味ではありません。人口は推計です。")
    console.print(
        "Not assessed does not mean safe. Persons are an estimate. Figures of different tables must not be added."
    )


_WIDE = 160
"""Columns where the output goes to a file or another program."""


def _table(table: HazardTable, targets: tuple[Target, ...]) -> Table:
    from maps.exposure_page import UNITS, amount
    from maps.layers import without_mark

    shown = Table(title=escape(f"{table.source.title_ja}  {table.source.date}"), title_justify="left")
    shown.add_column("区分", overflow="fold")
    for target in targets:
        title = escape(without_mark(target.source.title_ja))
        shown.add_column(f"{title}\n({UNITS[target.form]})", justify="right", overflow="fold")
    for row in table.rows:
        figures = [row.figure(target.source.id).value for target in targets]
        cells = [amount(target.form, value) if value else "–" for target, value in zip(targets, figures, strict=True)]
        shown.add_row(escape(row.label_ja), *cells, end_section=row is table.rows[-1])
    shown.add_row("計", *(amount(target.form, target.total) for target in targets))
    return shown
