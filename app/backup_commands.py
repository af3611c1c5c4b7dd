"""Commands that make a whole copy of the database, look whether it is good, and fill a database with it."""

from __future__ import annotations

import json
import os
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import IO, TYPE_CHECKING, Annotated, TextIO

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from app.archive_commands import KEEP, DataOption, SiteOption
from app.databases import started_or_running
from app.settings import Settings, read_settings
from core.errors import StartError
from core.times import format_rfc3339, utc_now
from store import open_store

if TYPE_CHECKING:
    from store.backup_file import BackupReader, Manifest

STREAM = Path("-")
Tell = Callable[[str, int], None]


def add_to(app: typer.Typer) -> None:
    """Add these commands to the command line."""
    app.command("backup", rich_help_panel=KEEP)(backup)
    app.command("restore", rich_help_panel=KEEP)(restore)


def backup(
    file: Annotated[Path, typer.Argument(help="The file to write; - writes to standard output.")],
    check: Annotated[bool, typer.Option("--check", help="Only look whether FILE is a good backup.")] = False,
    site: SiteOption = None,
    data: DataOption = None,
) -> None:
    """Save the whole database as of now, all sites in it, to one file; everybody goes on working. Says what is in it as JSON.

    Example: yukimori backup yukimori-2026-01-15.zip
    """
    settings = read_settings(site, data)
    if check:
        _say(_checked(file, settings.data), sys.stdout)
        return
    with started_or_running(settings) as found, _target(file) as target:
        manifest = _write(found, target)
    if file != STREAM:
        manifest = _checked(file, settings.data)
    _say(manifest, sys.stderr if file == STREAM else sys.stdout)


def restore(
    file: Annotated[Path, typer.Argument(help="A file of `backup`; - reads standard input.")],
    force: Annotated[bool, typer.Option("--force", help="Remove everything that is in the database first.")] = False,
    site: SiteOption = None,
    data: DataOption = None,
) -> None:
    """Fill an empty database with a backup, checked before anything is written. Stop the other processes first.

    Example: yukimori restore yukimori-2026-01-15.zip
    """
    from store.restore import restore as fill

    settings = read_settings(site, data)
    summing_up = _announce("reckoning the summaries")
    with (
        _source(file, settings.data) as reader,
        started_or_running(settings, create=True) as found,
        _progress("restoring", reader.manifest.rows) as tell,
    ):
        database = found.required_database()
        done = fill(database, reader, utc_now(), force=force, progress=tell, summing_up=summing_up)
    print(
        f"{done.rows} rows are restored as of {format_rfc3339(reader.manifest.made_at)}; "
        f"{done.given_up} queued messages are past their deadline and given up"
    )


def _write(settings: Settings, target: IO[bytes]) -> Manifest:
    with (
        open_store(settings.required_database(), pool_size=1) as store,
        store.archiving.backing_up(utc_now()) as under_way,
        _progress("saving", under_way.extent.total) as tell,
    ):
        return under_way.write(target, tell)


@contextmanager
def _target(file: Path) -> Iterator[IO[bytes]]:
    """Where the backup goes: beside its name until it is whole and on the disk, readable by its owner only."""
    if file == STREAM:
        yield sys.stdout.buffer
        sys.stdout.buffer.flush()
        return
    if file.exists():
        raise StartError(f"{file} is there already", hint="give another name; a backup never replaces one")
    aside = file.with_name(f".{file.name}.part")
    try:
        aside.unlink(missing_ok=True)
        with os.fdopen(os.open(aside, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600), "w+b") as target:
            yield target
            target.flush()
            os.fsync(target.fileno())
        aside.rename(file)
        _sync_folder(file.absolute().parent)
    except OSError as error:
        raise StartError(
            f"the backup {file} cannot be written ({error.strerror or error})", hint="look at the folder and its disk"
        ) from error
    finally:
        aside.unlink(missing_ok=True)


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextmanager
def _source(file: Path, folder: Path) -> Iterator[BackupReader]:
    """The backup, read and compared with what it says of itself; standard input goes to the disk first."""
    from store.backup_file import BackupReader
    from store.restore import check

    with ExitStack() as stack:
        source: Path | IO[bytes] = file
        if file == STREAM:  # in the data folder where there is one: temporary folders may be small
            source = stack.enter_context(tempfile.TemporaryFile(dir=folder if folder.is_dir() else None))
            shutil.copyfileobj(sys.stdin.buffer, source)
        reader = stack.enter_context(BackupReader(source))
        with _progress("checking", reader.manifest.rows) as tell:
            check(reader, tell)
        yield reader


def _checked(file: Path, folder: Path) -> Manifest:
    with _source(file, folder) as reader:
        return reader.manifest


def _say(manifest: Manifest, stream: TextIO) -> None:
    said = {
        "made_at": format_rfc3339(manifest.made_at),
        "sites": manifest.sites,
        "schema": manifest.migrations[-1],
        "rows": manifest.rows,
        "tables": {name: part.rows for name, part in manifest.tables.items()},
    }
    print(json.dumps(said, ensure_ascii=False), file=stream)


def _announce(doing: str) -> Callable[[], None]:
    return lambda: print(f"{doing} …", file=sys.stderr)


@contextmanager
def _progress(doing: str, total: int) -> Iterator[Tell]:
    """A bar on a terminal, nothing elsewhere: the outcome says it all."""
    if not sys.stderr.isatty():
        yield lambda _table, _rows: None
        return
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True)) as bar:
        task = bar.add_task(doing, total=total)
        yield lambda table, rows: bar.update(task, advance=rows, description=f"{doing} {table}")
