"""Commands about months in the archive: move them there, list them, bring one back."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from app.databases import started_or_running
from app.settings import read_settings
from app.wiring import opened, read_site
from config.model import Limits, Retention, Site
from core.errors import StoreError, YukimoriError
from core.times import format_rfc3339, utc_now
from store import Store
from store.archiving import KINDS, ArchiveEntry, Place

KEEP = "Archive and backup"
_MONTH = re.compile(r"((?:19|2\d)\d\d)-(0[1-9]|1[0-2])", re.ASCII)

SiteOption = Annotated[Path | None, typer.Option("--site", help="Site folder (default config/example).")]
DataOption = Annotated[Path | None, typer.Option("--data", help="Data folder of a `run`, without DATABASE_URL.")]
OutOption = Annotated[
    Path | None, typer.Option("--out", help="Folder of the archive (default: archive in the data folder).")
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON for scripts.")]

archive_app = typer.Typer(help="Old months as Parquet files: run, list, bring-back.", no_args_is_help=True)


def add_to(app: typer.Typer) -> None:
    """Add these commands to the command line."""
    app.add_typer(archive_app, name="archive", rich_help_panel=KEEP)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a month: ``problem`` says why it stays in the database, empty where it went."""

    kind: str
    month: str
    rows: int
    added: int = 0
    conflicts: int = 0
    file: str = ""
    bytes: int = 0
    problem: str = ""


@archive_app.command("run")
def archive_run(
    before: Annotated[
        str | None,
        typer.Option("--before", help="Months before this one, as 2025-04; left out: what archive_after says."),
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would go.")] = False,
    out: OutOption = None,
    site: SiteOption = None,
    data: DataOption = None,
    as_json: JsonOption = False,
) -> None:
    """Move old months of readings and positions from the database to Parquet files. Exit code 1 where a month stays.

    Example: yukimori archive run --before 2025-04 --dry-run
    """
    now = utc_now()
    with _archive(site, data, out) as (store, place, checked):
        due = store.archiving.due(place.site, _limit(before, checked.retention, checked.limits, now), now)
        if dry_run:
            outcomes = [Outcome(kind, f"{month:%Y-%m}", rows) for kind, month, rows in due]
        else:
            with _progress("archiving", sum(rows for _, _, rows in due)) as progress:
                outcomes = [_archived(store, place, each, now, progress) for each in due]
    _print_outcomes(outcomes, as_json=as_json, dry_run=dry_run)
    if any(outcome.problem for outcome in outcomes):
        raise typer.Exit(1)


@archive_app.command("list")
def archive_list(
    out: OutOption = None, site: SiteOption = None, data: DataOption = None, as_json: JsonOption = False
) -> None:
    """The months in the archive, and whether their files are where they should be.

    Example: yukimori archive list
    """
    with _archive(site, data, out) as (store, place, _):
        entries = store.archiving.entries(place.site)
    rows = [_as_dict(entry, place.folder) for entry in entries]
    if as_json:
        for row in rows:
            print(json.dumps(row, ensure_ascii=False))
        return
    table = Table("month", "kind", "rows", "bytes", "state", "file")
    for row in rows:
        numbers = (f"{row['rows']:,}", f"{row['bytes']:,}")
        table.add_row(str(row["month"]), str(row["kind"]), *numbers, _state(row), str(row["file"]))
    Console().print(table)


@archive_app.command("bring-back")
def archive_bring_back(
    month: Annotated[str, typer.Argument(help="The month, as 2025-01.")],
    kind: Annotated[str | None, typer.Option("--kind", help="Only observations, or only positions.")] = None,
    keep_days: Annotated[
        int, typer.Option("--keep-days", help="How long it is not archived again.", min=1, max=3650)
    ] = 30,
    out: OutOption = None,
    site: SiteOption = None,
    data: DataOption = None,
) -> None:
    """Put the rows of a month back into the database, with the same flags; its files stay.

    Example: yukimori archive bring-back 2025-01
    """
    if kind is not None and kind not in KINDS:
        raise typer.BadParameter(f"{kind!r} is neither observations nor positions", param_hint="--kind")
    wanted, now = _month(month, "MONTH"), utc_now()
    with _archive(site, data, out) as (store, place, _):
        known = [entry for entry in store.archiving.entries(place.site) if entry.month == wanted]
        kinds = [kind] if kind is not None else [entry.kind for entry in known] or [KINDS[0]]
        with _progress("bringing back", sum(entry.rows for entry in known if entry.kind in kinds)) as progress:
            until = now + timedelta(days=keep_days)
            returned = {each: store.archiving.bring_back(place, each, wanted, now, until, progress) for each in kinds}
    for each, rows in returned.items():
        print(f"{each} of {month}: {rows} rows are back, and stay until {format_rfc3339(until)} at least")


@contextmanager
def _archive(site: Path | None, data: Path | None, out: Path | None) -> Iterator[tuple[Store, Place, Site]]:
    settings = read_settings(site, data)
    checked = read_site(settings)
    with started_or_running(settings) as found, opened(found, checked) as (store, registry):
        yield store, Place(registry.site, checked.id, (out or settings.data / "archive").absolute()), checked


def _limit(before: str | None, keeping: Retention, limits: Limits, now: datetime) -> date:
    """The first month that stays."""
    from store.months import month_bounds, month_of

    if before is None:
        if keeping.archive_after is None:
            raise YukimoriError(
                "the site does not say what to archive",
                hint="set archive_after in [retention] of site.toml, or give --before YYYY-MM",
            )
        return month_of(now - keeping.archive_after)
    month = _month(before, "--before")
    ended, _ = month_bounds(month)
    late = max(limits.late_sensor, limits.late_vehicle)
    if ended > now - late:
        raise YukimoriError(
            f"rows of the month before {before} are still expected ({late.days} days late)",
            hint=f"give {month_of(now - late):%Y-%m} or an earlier month",
        )
    return month


def _month(text: str, name: str) -> date:
    match = _MONTH.fullmatch(text)
    if match is None:
        raise typer.BadParameter(f"{text!r} is not a month, as 2025-04", param_hint=name)
    return date(int(match[1]), int(match[2]), 1)


def _archived(
    store: Store, place: Place, due: tuple[str, date, int], now: datetime, progress: Callable[[int], None]
) -> Outcome:
    kind, month, rows = due
    try:
        done = store.archiving.archive(place, kind, month, now, progress)
    except StoreError as error:
        if error.retryable and error.sqlstate is not None:  # the database is away: the next month fares no better
            raise
        return Outcome(kind, f"{month:%Y-%m}", rows, problem=f"{error} → {error.hint}" if error.hint else str(error))
    file = str(done.file.relative_to(place.folder))
    return Outcome(kind, f"{month:%Y-%m}", done.deleted, done.added, done.conflicts, file, done.size)


def _print_outcomes(outcomes: list[Outcome], *, as_json: bool, dry_run: bool) -> None:
    if as_json:
        for outcome in outcomes:
            print(json.dumps(asdict(outcome), ensure_ascii=False))
        return
    if not outcomes:
        print("there is nothing to archive")
        return
    table = Table("month", "kind", "rows", "new in the file", "conflicts", "bytes", "outcome")
    for each in outcomes:
        numbers = (f"{number:,}" for number in (each.rows, each.added, each.conflicts, each.bytes))
        table.add_row(each.month, each.kind, *numbers, each.problem or ("would go" if dry_run else each.file))
    Console().print(table)


def _as_dict(entry: ArchiveEntry, folder: Path) -> dict[str, object]:
    return {
        "kind": entry.kind,
        "month": f"{entry.month:%Y-%m}",
        "file": entry.file,
        "there": (folder / entry.file).is_file(),
        "rows": entry.rows,
        "bytes": entry.size,
        "sha256": entry.sha256,
        "archived_at": format_rfc3339(entry.archived_at),
        "brought_back_at": entry.brought_back_at and format_rfc3339(entry.brought_back_at),
        "keep_until": entry.keep_until and format_rfc3339(entry.keep_until),
    }


def _state(row: dict[str, object]) -> str:
    if not row["there"]:
        return "[red]file is missing[/red]"
    return f"back until {row['keep_until']}" if row["brought_back_at"] else "archived"


@contextmanager
def _progress(doing: str, total: int) -> Iterator[Callable[[int], None]]:
    """A bar on a terminal, nothing elsewhere: the outcome says it all."""
    if not sys.stderr.isatty():
        yield lambda _rows: None
        return
    columns = (TextColumn(doing), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True)) as bar:
        task = bar.add_task(doing, total=total)
        yield lambda rows: bar.advance(task, rows)
