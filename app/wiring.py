"""What every process does first: read its site, reach its database."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

from app.settings import Settings
from config import Known, load_site
from config.model import Site
from core.errors import StartError, StoreError
from store import Store, migrate, open_store
from store.rows import Registry

ANY_NAME = Known()


def read_site(settings: Settings, known: Known = ANY_NAME) -> Site:
    """The site of these settings; names of parts that are not in ``known`` are refused. Raises ConfigError."""
    return load_site(settings.site, known)


@contextmanager
def opened(settings: Settings, site: Site) -> Iterator[tuple[Store, Registry]]:
    """The store with the site registered, closed at the end; raises StartError where it cannot be reached."""
    database = settings.required_database()
    with ExitStack() as stack:
        try:
            migrate(database)
            store = open_store(database)
            stack.callback(store.close)
            registry = store.register(site)
        except StoreError as error:
            raise StartError(f"the database does not let us work ({error})", hint=error.hint) from error
        yield store, registry


def log_to_stderr() -> None:
    """Processes log to standard error, one line an event; ``run`` keeps it in a file a process."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    for chatty in ("httpx", "pyogrio"):  # a line for every request, or every file written
        logging.getLogger(chatty).setLevel(logging.WARNING)
