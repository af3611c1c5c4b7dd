"""A small town: what its devices publish, numbered, and what became of it in the database."""

from __future__ import annotations

import json
import threading
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from copy import copy
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg

from config import load_site
from core.broker_address import BrokerAddress
from ingest.publishing import Publisher
from store import open_store
from tests.faults.machinery import eventually

SITE = "fault-town"
START = datetime.now(UTC).replace(microsecond=0) - timedelta(days=2)
"""The time of the first reading of each gauge; the next are a second apart. So old, they are no flood."""

Key = tuple[str, int]
"""A gauge and the number of its message."""

_SITE_TOML = """\
id = "fault-town"
code = "06212"
name_ja = "町"
name_en = "Town"
time_zone = "Asia/Tokyo"
bounds = [140.3, 38.4, 140.6, 38.7]
plane_epsg = 6678
zoom = 12

[[sources]]
topic = "yukimori/fault-town/+/+"
codec = "yukimori"
"""

_STORED = """
select d.device, extract(epoch from o.at - %s)::integer, o.value
from observation o join datastream d on d.no = o.datastream_id
where o.at < now() - interval '6 hours'
"""


@dataclass(frozen=True, slots=True)
class Aside:
    """A message that was set aside."""

    topic: str
    payload: bytes
    reason: str


def write_site(folder: Path, gauges: Iterable[str]) -> Path:
    """A site folder with one river gauge a name."""
    folder.mkdir(parents=True)
    (folder / "site.toml").write_text(_SITE_TOML, encoding="utf-8")
    names = list(gauges)
    stations = [f"{name},river,川,River,140.4,38.6" for name in names]
    streams = [f"{name},water_level,{name},10m,30m,-1,20" for name in names]
    _write_csv(folder / "stations.csv", "id,kind,name_ja,name_en,lon,lat", stations)
    _write_csv(
        folder / "datastreams.csv",
        "station,quantity,device,expected_interval,stale_after,range_min,range_max",
        streams,
    )
    return folder


def _write_csv(file: Path, head: str, rows: Sequence[str]) -> None:
    file.write_text("\n".join([head, *rows]) + "\n", encoding="utf-8")


class Town:
    """Publishes for its gauges and compares what was published with what is in the database ``dsn``."""

    def __init__(self, folder: Path, dsn: str, gauges: int = 8) -> None:
        self.gauges = [f"gauge-{number}" for number in range(gauges)]
        self.site = write_site(folder, self.gauges)
        self.dsn = dsn
        self.published: dict[Key, float] = {}
        self.set_aside: Counter[tuple[bytes, str]] = Counter()
        self._next = dict.fromkeys(self.gauges, 1)

    def seen_in(self, dsn: str) -> Town:
        """The same town, with another database to look into."""
        other = copy(self)
        other.dsn = dsn
        return other

    # What is published

    def message(self, gauge: str, number: int, **changes: Any) -> bytes:
        """The message of that number."""
        body = {
            "at": (START + timedelta(seconds=number)).isoformat(),
            "quantity": "water_level",
            "value": value_of(number),
            "unit": "m",
            "seq": number,
        }
        return json.dumps({**body, **changes}).encode()

    def next_numbers(self, count: int, gauges: Sequence[str] | None = None) -> list[Key]:
        """The numbers that come next, one gauge after the other; they count as published."""
        gauges = gauges or self.gauges
        keys = []
        for place in range(count):
            gauge = gauges[place % len(gauges)]
            keys.append((gauge, self._next[gauge]))
            self._next[gauge] += 1
        self.published.update({key: value_of(key[1]) for key in keys})
        return keys

    def publish(self, url: str, count: int, *, stop: threading.Event | None = None) -> None:
        """Publish that many numbered messages; the broker has confirmed each when this returns."""
        self.send(
            url, ((topic(gauge), self.message(gauge, number)) for gauge, number in self.next_numbers(count)), stop
        )

    def send(self, url: str, messages: Iterable[tuple[str, bytes]], stop: threading.Event | None = None) -> None:
        """Publish these messages; the broker has confirmed each when this returns."""
        name = f"publisher-{threading.get_ident()}"
        with Publisher(BrokerAddress.parse(url), client_id=name, stop=stop) as publisher:
            for where, payload in messages:
                if not publisher.publish(where, payload):
                    return
            assert publisher.drain() or stop.is_set()

    @contextmanager
    def publishing(self, url: str, count: int) -> Iterator[Callable[[], bool]]:
        """Publish meanwhile; gives whether it still goes on. In the end all is confirmed."""
        stop = threading.Event()
        failed: list[Exception] = []

        def work() -> None:
            try:
                self.publish(url, count, stop=stop)
            except Exception as error:  # noqa: BLE001 - it is told in the other thread
                failed.append(error)

        thread = threading.Thread(target=work, name="publishing")
        thread.start()
        try:
            yield thread.is_alive
            thread.join()
        finally:
            stop.set()
            thread.join()
        assert not failed, failed

    def close_the_count(self, url: str) -> None:
        """One more message of each gauge: what is missing before it can be seen from now on."""
        self.publish(url, len(self.gauges))

    def last_number(self, gauge: str) -> int:
        """The number of the newest message of a gauge."""
        return self._next[gauge] - 1

    # What became of it

    def stored(self) -> dict[Key, float]:
        """The rows of numbered messages."""
        with psycopg.connect(self.dsn) as connection:
            rows = connection.execute(_STORED, [START]).fetchall()
        found = {(gauge, number): value for gauge, number, value in rows}
        assert len(found) == len(rows)
        return found

    def aside(self) -> list[Aside]:
        """The messages that were set aside."""
        with psycopg.connect(self.dsn) as connection:
            rows = connection.execute("select topic, payload, reason from quarantine order by id").fetchall()
        return [Aside(topic.decode("utf-8", "replace"), bytes(payload), reason) for topic, payload, reason in rows]

    def counts(self) -> Counter[str]:
        """The counters of the site; none where the database is away."""
        with suppress(psycopg.OperationalError), psycopg.connect(self.dsn) as connection:
            rows = connection.execute("select name, sum(count) from ingest_counter group by name").fetchall()
            return Counter({name: int(count) for name, count in rows})
        return Counter()

    def until_stored(self, count: int, context: Callable[[], str] = str) -> None:
        """Wait until at least that many rows are stored."""
        eventually(
            lambda: self.counts()["stored"] >= count, lambda: f"{count} stored: {self.counts()} {context()[-2000:]}"
        )

    def settle(self, *, lost: Collection[Key] = (), context: Callable[[], str] = str) -> Counter[str]:
        """Wait until everything but ``lost`` is in the database; then nothing is doubled and every balance closes."""
        expected = {key: value for key, value in self.published.items() if key not in lost}
        aside = sum(self.set_aside.values())
        self.until_stored(len(expected), context)
        eventually(lambda: len(self.aside()) >= aside, lambda: f"{aside} set aside: {self.counts()}")
        assert self.stored() == expected
        assert Counter((each.payload, each.reason) for each in self.aside()) == self.set_aside
        counts = self.counts()
        assert counts["stored"] == len(expected)
        check_balance(counts)
        return counts

    def lost(self) -> set[Key]:
        """What was published and is not stored."""
        return self.published.keys() - self.stored().keys()

    def reported_gaps(self) -> set[Key]:
        """The numbers Yukimori itself says never arrived."""
        with open_store(self.dsn, pool_size=1) as store:
            gaps = store.intake.gaps(store.register(load_site(self.site)).site)
        return {(gap.device, number) for gap in gaps for number in range(gap.first, gap.last + 1)}

    def incidents(self) -> dict[str, list[Mapping[str, Any]]]:
        """What the collector told, by kind: the detail, and whether it is over."""
        found: dict[str, list[Mapping[str, Any]]] = {}
        with psycopg.connect(self.dsn) as connection:
            rows = connection.execute("select kind, detail, closed_at is not null from incident order by no").fetchall()
        for kind, detail, over in rows:
            found.setdefault(kind, []).append({**detail, "over": over})
        return found


def topic(gauge: str, kind: str = "reading") -> str:
    """Where a device of the town publishes."""
    return f"yukimori/{SITE}/{gauge}/{kind}"


def value_of(number: int) -> float:
    """The value of a message: most differ from their neighbours."""
    return number % 997 / 100


def check_balance(counts: Counter[str]) -> None:
    """Each message has one fate, each row too, and what went into the spool came out of it."""
    fates = ("messages_accepted", "messages_partial", "messages_quarantined", "messages_alive")
    assert counts["messages_received"] == sum(counts[name] for name in fates), counts
    fates = ("rows_unmapped", "rows_quarantined", "stored", "duplicate", "conflict", "refused")
    assert counts["rows_received"] == sum(counts[name] for name in fates), counts
    assert counts["messages_spooled"] == counts["spool_drained"] + counts["spool_damaged"], counts
