"""The database a command works with where none is named: that of a `run`, running or not."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

from app.settings import Settings
from store import embedded


@contextmanager
def started_or_running(settings: Settings, *, create: bool = False) -> Iterator[Settings]:
    """The settings with a database: DATABASE_URL, else the one `run` has running, else its folder's, started meanwhile.

    Without ``create`` a folder that has no database is left alone, and the settings name none.
    """
    folder = settings.data / "postgres"
    running = embedded.running_dsn(folder)
    if settings.database_url is not None:
        yield settings
    elif running is not None:
        yield replace(settings, database_url=running)
    elif create or (folder / "data").is_dir():
        folder.parent.mkdir(parents=True, exist_ok=True)
        with embedded.start(folder) as server:
            yield replace(settings, database_url=server.dsn)
    else:
        yield settings
