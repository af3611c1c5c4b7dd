"""Writing a batch: once as a whole; where the database blames a row, again in halves until it is found.

The rows travel as one array per column, so the cost per row is small; what the rows mean for the latest
values and the touched hours happens in the same statement.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime
from typing import Any, TypeVar

import psycopg

from core.model import Observation, Quality, QualityReason, VehiclePosition
from store import aside, intake, statements
from store.connection import Connection, Pool, is_data_error, is_late
from store.rows import Appended, Batch, DeviceSeen, QuarantineRow

_SQL = statements.load("append")
PORTION_BYTES = 16 * 1024 * 1024
"""How much of what is set aside goes into one statement, unless a single payload is larger."""

Row = TypeVar("Row", Observation, VehiclePosition)
Columns = dict[str, list[Any]]


@dataclass(slots=True)
class _Tally:
    """What became of rows so far."""

    stored: int = 0
    duplicate: int = 0
    conflict: int = 0
    refused: list[QuarantineRow] = field(default_factory=list)

    def add(self, other: _Tally) -> None:
        self.stored += other.stored
        self.duplicate += other.duplicate
        self.conflict += other.conflict
        self.refused += other.refused


_Insert = Callable[[Connection, Sequence[Any]], _Tally]
_Write = Callable[[Connection, Sequence[Any], _Insert], _Tally]


def append(pool: Pool, site: int, batch: Batch, *, partitioned: bool) -> Appended:
    """Write the batch in one transaction. Raises driver errors that are not the fault of single rows."""
    try:
        with pool.connection() as connection:
            return _write(connection, site, batch, _whole)
    except Exception as error:
        if not is_data_error(error):
            raise
    if partitioned:
        with pool.connection() as connection:
            _create_partitions(connection, batch)
    with pool.connection() as connection, connection.transaction():  # the halves are savepoints in it
        return _write(connection, site, batch, _in_halves)


def _write(connection: Connection, site: int, batch: Batch, write: _Write) -> Appended:
    if batch.replayed is not None and not aside.take(connection, site, batch.replayed):
        return Appended(0, 0, 0, 0, 0)
    tally = _Tally()
    if batch.observations:
        tally.add(write(connection, batch.observations, _insert_observations))
    if batch.positions:
        tally.add(write(connection, batch.positions, _insert_positions))
    done = Appended(tally.stored, tally.duplicate, tally.conflict, len(tally.refused), 0)
    done = _set_aside(connection, site, batch, tally.refused, done)
    _upsert_seen(connection, site, batch.seen)
    intake.note(connection, site, batch)
    _add_counts(connection, site, {**batch.counts, **_counts(batch.counts, done)})
    return done


def _set_aside(
    connection: Connection, site: int, batch: Batch, refused: Sequence[QuarantineRow], done: Appended
) -> Appended:
    """Keep what cannot be used: as new messages or, where it was taken out of quarantine, on the old one."""
    if batch.replayed is None:
        _insert_quarantine(connection, site, refused)
        return replace(done, quarantined=_insert_quarantine(connection, site, batch.quarantine))
    rows = [*batch.quarantine, *refused]
    why = replace(rows[0], device=storable(rows[0].device), detail=storable(rows[0].detail)) if rows else None
    aside.note_try(connection, batch.replayed, done, why)
    return done


def _counts(given: dict[str, int], done: Appended) -> dict[str, int]:
    """The counters the store adds itself; the names are the fields of Appended."""
    return {name: count + given.get(name, 0) for name, count in asdict(done).items() if count}


def _whole(connection: Connection, rows: Sequence[Row], insert: _Insert) -> _Tally:
    return insert(connection, rows)


def _in_halves(connection: Connection, rows: Sequence[Row], insert: _Insert) -> _Tally:
    """Insert what can be inserted; rows the database refuses one by one become quarantine rows.

    Where not one row goes in, a row known to be good must: else the table is at fault, not the rows.
    """
    tally = _halve(connection, rows, insert)
    if len(tally.refused) == len(rows):
        _prove_table(connection, rows[0], insert)
    return tally


def _halve(connection: Connection, rows: Sequence[Row], insert: _Insert) -> _Tally:
    try:
        with connection.transaction():
            return insert(connection, rows)
    except Exception as error:
        if not is_data_error(error):
            raise
        if len(rows) == 1:
            return _Tally(refused=[_refusal(rows[0], error, _now(connection))])
    middle = len(rows) // 2
    tally = _halve(connection, rows[:middle], insert)
    tally.add(_halve(connection, rows[middle:], insert))
    return tally


def _prove_table(connection: Connection, like: Row, insert: _Insert) -> None:
    with connection.transaction(force_rollback=True):
        insert(connection, [_known_good(like, _now(connection))])


def _now(connection: Connection) -> datetime:
    found = connection.execute("select now()").fetchone()
    assert found is not None
    now: datetime = found[0]
    return now


def _known_good(like: Observation | VehiclePosition, now: datetime) -> Observation | VehiclePosition:
    """A row of the same kind that nothing is wrong with; quality missing keeps it out of the latest values."""
    if isinstance(like, Observation):
        return Observation(0, now, None, None, Quality.MISSING, QualityReason.NONE, now)
    return VehiclePosition(0, now, 0.0, 0.0, None, None, None, None, Quality.MISSING, QualityReason.NONE, now)


def _refusal(row: Observation | VehiclePosition, error: Exception, now: datetime) -> QuarantineRow:
    sqlstate = error.sqlstate if isinstance(error, psycopg.Error) else None
    return QuarantineRow(
        received_at=_instant(row.received_at) or now,
        topic=b"",
        payload=json.dumps(asdict(row), default=str).encode(),
        qos=0,
        retain=False,
        codec="",
        device="",
        reason="late" if is_late(error) else "refused-by-store",
        detail=f"{sqlstate or type(error).__name__}: {' '.join(str(error).split())}",
    )


def _insert_observations(connection: Connection, rows: Sequence[Observation]) -> _Tally:
    columns: Columns = {
        "datastream": [row.datastream for row in rows],
        "at": [row.at for row in rows],
        "value": _floats(row.value for row in rows),
        "raw_value": _floats(row.raw_value for row in rows),
        "quality": [int(row.quality) for row in rows],
        "reasons": [int(row.reasons) for row in rows],
        "received_at": [row.received_at for row in rows],
    }
    return _insert(connection, columns, len(rows), "observations")


def _insert_positions(connection: Connection, rows: Sequence[VehiclePosition]) -> _Tally:
    columns: Columns = {
        "vehicle": [row.vehicle for row in rows],
        "at": [row.at for row in rows],
        "lon": [float(row.lon) for row in rows],
        "lat": [float(row.lat) for row in rows],
        "speed_kmh": _floats(row.speed_kmh for row in rows),
        "heading_deg": _floats(row.heading_deg for row in rows),
        "accuracy_m": _floats(row.accuracy_m for row in rows),
        "task": [None if row.task is None else str(row.task) for row in rows],
        "quality": [int(row.quality) for row in rows],
        "reasons": [int(row.reasons) for row in rows],
        "received_at": [row.received_at for row in rows],
    }
    return _insert(connection, columns, len(rows), "positions")


def _floats(values: Iterable[float | None]) -> list[float | None]:
    """The values as floats: a whole number among them would give the column a second type."""
    return [None if value is None else float(value) for value in values]


def _insert(connection: Connection, columns: Columns, count: int, kind: str) -> _Tally:
    found = connection.execute(_SQL[f"insert_{kind}"], columns).fetchone()
    assert found is not None
    stored, places = found
    if stored == count:
        return _Tally(stored)
    # A new statement: it also sees what another collector has committed while we waited for its key.
    rest = {name: [column[place - 1] for place in places] for name, column in columns.items()}
    differing = connection.execute(_SQL[f"compare_{kind}"], rest).fetchone()
    assert differing is not None
    return _Tally(stored, duplicate=len(places) - differing[0], conflict=differing[0])


def _create_partitions(connection: Connection, batch: Batch) -> None:
    """Make room for rows outside the window kept ready, such as a replay with its original times."""
    connection.execute(
        _SQL["create_partitions"],
        {"observation_days": _days(batch.observations), "position_days": _days(batch.positions)},
    )


def _days(rows: Sequence[Observation] | Sequence[VehiclePosition]) -> list[datetime]:
    instants = (_instant(row.at) for row in rows)
    days = {at.astimezone(UTC).date() for at in instants if at is not None and 1990 <= at.year < 2200}
    return sorted(datetime(day.year, day.month, day.day, tzinfo=UTC) for day in days)


def _instant(value: object) -> datetime | None:
    """The time, unless a poison row has something else in its place."""
    return value if isinstance(value, datetime) else None


def _insert_quarantine(connection: Connection, site: int, rows: Sequence[QuarantineRow]) -> int:
    """How many were not there yet."""
    return sum(_insert_portion(connection, site, part) for part in _in_portions(rows))


def _in_portions(rows: Sequence[QuarantineRow]) -> Iterator[Sequence[QuarantineRow]]:
    """The rows in parts of few bytes: the server takes no statement of a gigabyte, and large payloads come in numbers."""
    start, size = 0, 0
    for place, row in enumerate(rows):
        size += len(row.payload)
        if size > PORTION_BYTES and place > start:
            yield rows[start:place]
            start, size = place, len(row.payload)
    if start < len(rows):
        yield rows[start:]


def _insert_portion(connection: Connection, site: int, rows: Sequence[QuarantineRow]) -> int:
    return connection.execute(
        _SQL["insert_quarantine"],
        {
            "site": site,
            "received_at": [row.received_at for row in rows],
            "topic": [row.topic for row in rows],
            "payload": [row.payload for row in rows],
            "qos": [row.qos for row in rows],
            "retain": [row.retain for row in rows],
            "codec": [storable(row.codec) for row in rows],
            "device": [storable(row.device) for row in rows],
            "reason": [storable(row.reason) for row in rows],
            "detail": [storable(row.detail) for row in rows],
        },
    ).rowcount


def _upsert_seen(connection: Connection, site: int, seen: Sequence[DeviceSeen]) -> None:
    if not seen:
        return
    newest: dict[str, DeviceSeen] = {}
    for sign in seen:
        known = newest.get(sign.device)
        newest[sign.device] = sign if known is None else _later(known, sign)
    rows = sorted(newest.values(), key=lambda sign: sign.device)
    connection.execute(
        _SQL["upsert_seen"],
        {
            "site": site,
            "device": [storable(row.device) for row in rows],
            "at": [row.at for row in rows],
            "online": [row.online for row in rows],
        },
    )


def _later(known: DeviceSeen, sign: DeviceSeen) -> DeviceSeen:
    """The later of two signs of life; one that does not say keeps an "online" and lifts an "offline"."""
    first, second = (known, sign) if sign.at >= known.at else (sign, known)
    if second.online is not None or not first.online:
        return second
    return DeviceSeen(second.device, second.at, first.online)


def _add_counts(connection: Connection, site: int, counts: dict[str, int]) -> None:
    names = sorted(name for name, count in counts.items() if count)
    if names:
        connection.execute(_SQL["add_counts"], {"site": site, "name": names, "count": [counts[name] for name in names]})


def storable(text: str) -> str:
    """The text as PostgreSQL can keep it: NUL and lone surrogates become U+FFFD."""
    return text.replace("\0", "\ufffd").encode("utf-16", "surrogatepass").decode("utf-16", "replace")
