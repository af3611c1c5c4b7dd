"""The collector with a watch on it, for ``bench.ingest``: how old each message is when it is acknowledged.

    python -m bench.watched_collector SITE DATABASE BROKER COUNT

The classes are those of ``yukimori collect``; only the session also notes when it acknowledges. The readings
carry the instant they were published at as their event time. Prints ``listening``, and after COUNT messages
their ages in milliseconds, in one line.
"""

from __future__ import annotations

import json
import sys
import threading
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from config import load_site
from core.broker_address import BrokerAddress
from core.times import utc_now
from ingest.collector import Collector
from ingest.pipeline import Pipeline
from ingest.session import Received, Session
from ingest.spool import open_spool
from ingest.writer import Job, Target, Writer
from store import open_store

STOP_S = 5.0


class WatchedSession(Session):
    """A session that remembers when it acknowledged what; ``done`` is set when ``wanted`` messages were."""

    wanted = 0

    def watch(self, wanted: int, done: threading.Event) -> None:
        """Begin to remember."""
        self.wanted, self._done = wanted, done
        self.acknowledged: list[tuple[datetime, bytes]] = []

    def acknowledge(self, taken: Sequence[Received]) -> None:
        """As its base, and remembers the instant."""
        super().acknowledge(taken)
        now = utc_now()
        self.acknowledged += [(now, received.message.payload) for received in taken]
        if len(self.acknowledged) >= self.wanted:
            self._done.set()


def main() -> None:
    site_folder, dsn, broker, count = sys.argv[1:]
    site = load_site(Path(site_folder))
    with open_store(dsn) as store:
        registry = store.register(site)
        session = WatchedSession(
            BrokerAddress.parse(broker),
            client_id="bench-watched",
            topics=[source.topic for source in site.sources],
            clock=utc_now,
        )
        done = threading.Event()
        session.watch(int(count), done)
        session.start()
        print("listening", flush=True)
        writer = Writer(lambda: Target(store, Pipeline(site, registry), registry.site))
        writer.start()
        writer.give(Job([], {})).ended.wait()  # the database is there, as it is when a collector begins
        with TemporaryDirectory() as folder:
            spool = open_spool(Path(folder))
            Collector(session, writer, spool).run(done, lambda: None)
            session.stop()
            writer.stop(STOP_S)
            spool.close()
    ages = [now - datetime.fromisoformat(json.loads(payload)["at"]) for now, payload in session.acknowledged]
    print(*(age.total_seconds() * 1000 for age in ages), flush=True)


if __name__ == "__main__":
    main()
