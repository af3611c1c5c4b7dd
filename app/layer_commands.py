"""Commands about the layers of a site: bring a file in, list them, publish them."""

from __future__ import annotations

import json
import shlex
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.markup import escape

from app.settings import read_settings
from app.wiring import read_site
from core.times import utc_now

if TYPE_CHECKING:
    from gis.intake.importing import ImportOutcome
    from gis.intake.record import ImportRecord

SITE = "A site folder"

SiteOption = Annotated[Path | None, typer.Option("--site", help="Site folder (default config/example).")]
DataOption = Annotated[Path | None, typer.Option("--data", help="Data folder (default var/<site>).")]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON for scripts.")]

layers_app = typer.Typer(help="The layers of a site: import, list, build.", no_args_is_help=True)


def add_to(app: typer.Typer) -> None:
    """Add these commands to the command line."""
    app.add_typer(layers_app, name="layers", rich_help_panel=SITE)


@layers_app.command("import")
def layers_import(  # noqa: PLR0917 - typer makes options of them
    file: Annotated[
        Path, typer.Argument(help="Shapefile in a zip, GeoJSON, GeoPackage, FlatGeobuf, KML, KMZ, GML or CSV.")
    ],
    site: SiteOption = None,
    layer_id: Annotated[str | None, typer.Option("--id", help="Id of the layer (default: from the file name).")] = None,
    kind: Annotated[str | None, typer.Option("--kind", help="What it is (default: recognised by properties).")] = None,
    title_ja: Annotated[str | None, typer.Option("--title-ja", help="Title in Japanese.")] = None,
    title_en: Annotated[str | None, typer.Option("--title-en", help="Title in English.")] = None,
    licence: Annotated[str | None, typer.Option("--licence", help="Licence of the data.")] = None,
    credit: Annotated[str | None, typer.Option("--credit", help="Whom to name with it, as they ask for it.")] = None,
    source_url: Annotated[str | None, typer.Option("--source-url", help="Where it can be fetched.")] = None,
    date: Annotated[str | None, typer.Option("--date", help="Date of the data, as printed on the map.")] = None,
    access: Annotated[str | None, typer.Option("--access", help="Who may see it: public or staff.")] = None,
    department: Annotated[str | None, typer.Option("--department", help="The department that keeps it.")] = None,
    as_recognised: Annotated[
        bool, typer.Option("--as-recognised", help="Take the words known for a recognised data set.")
    ] = False,
    crs: Annotated[str | None, typer.Option("--crs", help="Coordinate system where the file does not say.")] = None,
    encoding: Annotated[
        str | None, typer.Option("--encoding", help="Encoding of its letters: utf-8, cp932, euc-jp.")
    ] = None,
    layer: Annotated[str | None, typer.Option("--layer", help="Which layer, where the file holds several.")] = None,
    cut: Annotated[
        bool, typer.Option("--cut", help="Take only what lies in the site or some 4 km around, of a larger file.")
    ] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would come of it, change nothing.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Bring a file into the site folder as a layer: converted apart, checked, with a record of what was done.

    Example: yukimori layers import A31a-23_06_10_SHP.zip --id flood_depth --layer A31a-20-23_06 --as-recognised --date 2023-12-01
    """
    from gis.intake.importing import ImportRequest, import_file
    from gis.intake.statement import Statement

    statement = Statement(
        kind=kind, title_ja=title_ja, title_en=title_en, crs=crs, licence=licence, credit=credit,
        source_url=source_url, date=date, access=access, department=department,
    )  # fmt: skip
    said = {"--site": site, "--id": layer_id, "--layer": layer, "--encoding": encoding}
    said |= {f"--{name.replace('_', '-')}": value for name, value in statement.given().items()}
    flags = {"--as-recognised": as_recognised, "--dry-run": dry_run, "--json": as_json}
    request = ImportRequest(
        file=file,
        id=layer_id,
        layer=layer,
        encoding=encoding,
        statement=statement,
        as_recognised=as_recognised,
        cut=cut,
        typed=_typed(file, said, [flag for flag, given in flags.items() if given]),
    )
    town = read_site(read_settings(site))
    with _spinning(quiet=as_json) as say:
        outcome = import_file(town, request, now=utc_now(), program=_program(), dry_run=dry_run, progress=say)
    if as_json:
        _print_json(outcome, dry_run=dry_run)
    else:
        _print_outcome(outcome, dry_run=dry_run)


def _print_json(outcome: ImportOutcome, *, dry_run: bool) -> None:
    settings = f"layers/{outcome.layer.id}.toml"
    told = {"id": outcome.layer.id, "settings": settings, "is_new": outcome.is_new, "dry_run": dry_run}
    print(json.dumps({**told, "record": outcome.record.as_document()}, ensure_ascii=False))


def _typed(file: Path, said: Mapping[str, object], flags: Iterable[str]) -> str:
    """The import as a person types it."""
    words = [word for option, value in said.items() if value is not None for word in (option, str(value))]
    return shlex.join(["yukimori", "layers", "import", str(file), *words, *flags])


def _program() -> str:
    """Our name, with the version where we are installed rather than run from a checkout."""
    try:
        return f"yukimori {version('yukimori')}"
    except PackageNotFoundError:
        return "yukimori"


class _Say:
    """Shows the step at work; on a pipe nothing is shown."""

    def __init__(self, console: Console) -> None:
        self._status = console.status("")

    def __call__(self, step: str) -> None:
        self._status.update(f"{step} …")

    def start(self) -> None:
        self._status.start()

    def stop(self) -> None:
        self._status.stop()


@contextmanager
def _spinning(*, quiet: bool) -> Iterator[_Say]:
    say = _Say(Console(stderr=True, quiet=quiet))
    say.start()
    try:
        yield say
    finally:
        say.stop()


def _print_outcome(outcome: ImportOutcome, *, dry_run: bool) -> None:
    console, record, layer = Console(), outcome.record, outcome.layer
    done = "would become" if dry_run else "became" if outcome.is_new else "replaced"
    rows = {
        "from": f"{record.source_file}  {record.format}  {record.source_layer}".rstrip(),
        "recognised": record.recognised_as,
        "kind": record.kind,
        "letters": f"{record.encoding} ({record.encoding_from})",
        "system": f"{record.crs} ({record.crs_from})",
        "features": f"{record.features} of {record.read}; without position {record.dropped}, repaired {record.repaired}",
        "left out": _left_out(record),
        "bounds": ", ".join(f"{degree:.6f}" for degree in record.bounds),
        "title": f"{layer.title_ja} / {layer.title_en}",
        "shown to": "everyone" if layer.public else "staff only",
        "credit": f"{layer.credit}  ({layer.licence}, {layer.date})",
    }
    console.print(
        f"[green]{escape(record.source_file)}[/green] {done} the layer [bold]{record.layer}[/bold]", soft_wrap=True
    )
    for name, value in rows.items():
        if value:
            console.print(f"  {name:11}{escape(value)}", soft_wrap=True, highlight=False)
    for warning in (*record.warnings, *record.unprotected):
        console.print(f"[yellow]warning[/yellow] {escape(warning)}", soft_wrap=True, highlight=False)


def _left_out(record: ImportRecord) -> str:
    """What ``--cut`` left out, empty where nothing was."""
    if not record.left_out_far:
        return ""
    share = 100 * record.left_out_far / record.read
    return (
        f"{record.left_out_far:,} of {record.read:,} ({share:.1f} %): far from the site, or without a position (--cut)"
    )


@layers_app.command("list")
def layers_list(site: SiteOption = None, as_json: JsonOption = False) -> None:
    """The layers of a site and what importing them reports.

    Example: yukimori layers list
    """
    from gis import check_layers

    for checked in check_layers(read_site(read_settings(site))):
        features = checked.report.features if checked.report is not None else None
        error = str(checked.error) if checked.error is not None else None
        if as_json:
            print(
                json.dumps({"id": checked.layer.id, "kind": checked.layer.kind, "features": features, "error": error})
            )
        else:
            outcome = error or f"{features} features  {checked.layer.title_ja}  ({checked.layer.credit})"
            print(f"{checked.layer.id:22} {checked.layer.kind:12} {outcome}")


@layers_app.command("build")
def layers_build(site: SiteOption = None, data: DataOption = None) -> None:
    """Publish the layers of a site into its data folder; only what changed is built.

    Example: yukimori layers build --data var/example
    """
    from gis import publish_basemap, publish_layers

    settings = read_settings(site, data)
    town, folder = read_site(settings), settings.public / "layers"
    for layer in publish_layers(town, folder):
        print(f"{layer.id:16} {layer.format:8} {layer.features:6} features  {layer.url}")
    if (basemap := publish_basemap(town, folder)) is not None:
        print(f"{'basemap':16} {'pmtiles':8} {len(basemap.layers):6} layers    {basemap.url}")
