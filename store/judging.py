"""What the quality tests read and write: which hours were touched, stretches of series, the flags that changed."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from core.model import Quality, QualityReason
from store import statements
from store.connection import Connection
from store.migration import TIMESCALE
from store.part import Part
from store.site_lock import SiteLock
from store.verdicts import (
    Change,
    Judgement,
    Pending,
    Progress,
    Span,
    Standing,
    Stretch,
    TouchedHour,
    Version,
    Watermark,
)

_SQL = statements.load("judging")

KEEP_VERDICTS = 5_000_000
"""The newest changes of flags that are remembered; about 1 GB."""

_LOCK_CLASS = 0x59756A75  # "Yuju"


class Judging(Part):
    """Series to be judged, and the verdicts on them."""

    def lock(self, site_no: int) -> SiteLock:
        """The lock that lets one judge a site run; to be used in a ``with``, on a connection of its own."""
        return SiteLock(
            self._pool,
            (_LOCK_CLASS, site_no),
            who="judge",
            hint="stop it first: two of them would only do the same work twice",
        )

    def pending(self, site_no: int, progress: Progress | None, most: int) -> Pending:
        """The touched hours of the next transactions, whole and oldest first, of about ``most`` hours.

        ``progress`` None goes on where the judge of the site stood when it last saved.
        """
        with self._transaction("look for rows to be judged") as connection:
            stood, safe, pruned_below = _one(connection, "standing", {"site": site_no})
            begun = progress or Progress(stood)
            values = {"site": site_no, "cursor": begun.cursor, "done": _texts(begun.done), "most": most}
            rows = connection.execute(_SQL["pending"], values).fetchall()
        return _pending(rows, begun, safe=safe, pruned_below=pruned_below, most=most)

    def unsettled(self, site_no: int, cursor: int) -> frozenset[int]:
        """The datastreams of which the judge has not seen all rows, or of which rows came or changed at or after ``cursor``.

        Empty where the site never had a judge: nobody would ever settle them.
        """
        with self._transaction("ask what is judged") as connection:
            rows = connection.execute(_SQL["unsettled"], {"site": site_no, "cursor": cursor})
            return frozenset(number for (number,) in rows)

    def listed_from(self) -> int:
        """The transaction from which on the list of touched hours is complete."""
        with self._transaction("read how far back the touched hours go") as connection:
            listed: int = _one(connection, "listed_from", {})[0]
            return listed

    def watermarks(self, site_no: int) -> dict[int, Watermark]:
        """How far each datastream has been judged; those that never were are left out."""
        with self._transaction("read how far was judged") as connection:
            rows = connection.execute(_SQL["watermarks"], {"site": site_no})
            return {number: Watermark(through, version, newest) for number, through, version, newest in rows}

    def extent(self, span: Span) -> tuple[datetime, datetime] | None:
        """The times of the oldest and the newest row of a span, None where there is none."""
        values = {"datastream": span.datastream, "since": span.since, "until": span.until}
        with self._transaction("read how far a series reaches") as connection:
            first, last = _one(connection, "extent", values)
        return None if first is None else (first, last)

    def stretches(self, spans: Sequence[Span]) -> list[Stretch]:
        """The rows of each span, in the order of the spans; range scans of the primary key."""
        if not spans:
            return []
        values = {
            "datastream": [span.datastream for span in spans],
            "since": [span.since for span in spans],
            "until": [span.until for span in spans],
            "oldest": min(span.since for span in spans),
            "newest": max(span.until for span in spans),
        }
        with self._transaction("read series to be judged") as connection:
            rows = connection.execute(_SQL["stretches"], values, binary=True).fetchall()
        return [_stretch(*columns) for _, *columns in rows]

    def save(
        self,
        site_no: int,
        judgements: Sequence[Judgement],
        *,
        through: Mapping[int, tuple[datetime, str]],
        cursor: int | None,
    ) -> bool:
        """Write a round of the judge in one transaction; False, and nothing, where rows changed under it.

        Changed rows count as touched, so that summaries and evaluator look again; a latest value that failed gives
        way to the newest usable one. ``through`` is how far datastreams are judged now and by which limits.
        """
        with self._transaction("save verdicts") as connection:
            if not _write(connection, judgements, self._flavour):
                connection.rollback()
                return False
            if through:
                connection.execute(_SQL["note_watermarks"], _watermark_columns(through))
            if cursor is not None:
                connection.execute(_SQL["note_cursor"], {"site": site_no, "cursor": cursor})
        return True

    def note_requality(self, datastream: int, through: datetime, limits_version: str) -> None:
        """Note that the whole history of a datastream stands under these limits now."""
        values = {"datastream": datastream, "through": through, "limits_version": limits_version}
        with self._transaction("note that a history was judged") as connection:
            connection.execute(_SQL["note_requality"], values)

    def versions(self, span: Span, most: int) -> list[Version]:
        """Up to ``most`` changes of the rows of a span, by event time, each row's oldest first."""
        values = {"datastream": span.datastream, "since": span.since, "until": span.until, "most": most}
        with self._transaction("read the history of flags") as connection:
            return [_version(*row) for row in connection.execute(_SQL["verdicts"], values)]

    def forget(self) -> None:
        """Forget the oldest changes of flags beyond ``KEEP_VERDICTS``."""
        with self._transaction("forget old verdicts") as connection:
            connection.execute(_SQL["forget_verdicts"], {"most": KEEP_VERDICTS})


def _one(connection: Connection, name: str, values: dict[str, Any]) -> tuple[Any, ...]:
    found = connection.execute(_SQL[name], values).fetchone()
    assert found is not None
    return found


def _texts(numbers: Collection[int]) -> list[str]:
    return [str(number) for number in numbers]  # xid8 has no cast from a number


def _pending(
    rows: Sequence[tuple[int, int, datetime, datetime]], begun: Progress, *, safe: int, pruned_below: int, most: int
) -> Pending:
    more = len(rows) >= most
    cursor = min(safe, rows[-1][0] + 1) if more else safe
    done = begun.done | {row[0] for row in rows}
    return Pending(
        hours=tuple(TouchedHour(*row[1:]) for row in rows),
        progress=Progress(cursor, frozenset(number for number in done if number >= cursor)),
        more=more,
        forgotten=begun.cursor < pruned_below,
    )


def _stretch(
    at: list[int] | None,
    value: list[float | None] | None,
    raw_value: list[float | None] | None,
    quality: list[int] | None,
    reasons: list[int] | None,
    tests: list[int | None] | None,
    conflicts: list[int],
) -> Stretch:
    return Stretch(at or [], value or [], raw_value or [], quality or [], reasons or [], tests or [], conflicts)


def _write(connection: Connection, judgements: Iterable[Judgement], flavour: str) -> bool:
    """Whether every row still stood as it was read; the latest values follow."""
    newest: dict[int, datetime] = {}
    for judgement in judgements:
        if not judgement.changes:
            continue
        if flavour == TIMESCALE and not newest:
            connection.execute(_SQL["lift_decompression_limit"])
        columns = _change_columns(judgement)
        if _one(connection, "write_verdicts", columns)[0] != len(judgement.changes):
            return False
        last = max(columns["until"], newest.get(judgement.datastream, columns["until"]))
        newest[judgement.datastream] = last
    if newest:
        _settle_latest(connection, newest)
    return True


def _settle_latest(connection: Connection, newest: Mapping[int, datetime]) -> None:
    """Let the latest values follow; first the locks, then a statement that sees what their holders committed."""
    columns = {"datastream": list(newest), "newest": list(newest.values())}
    held = [number for (number,) in connection.execute(_SQL["hold_latest"], columns)]
    connection.execute(_SQL["settle_latest"], {"datastream": sorted(newest), "held": held})
    connection.execute(_SQL["empty_latest"], {"held": held})


def _change_columns(judgement: Judgement) -> dict[str, Any]:
    changes = sorted(judgement.changes, key=lambda change: change.at)
    return {
        "datastream": judgement.datastream,
        "limits_version": judgement.limits_version,
        "cause": judgement.cause,
        "since": changes[0].at,
        "until": changes[-1].at,
        "at": [change.at for change in changes],
        **_standing_columns("was_", [change.was for change in changes]),
        **_standing_columns("", [change.now for change in changes]),
    }


def _standing_columns(prefix: str, rows: Sequence[Standing]) -> dict[str, list[Any]]:
    return {
        f"{prefix}value": [None if row.value is None else float(row.value) for row in rows],
        f"{prefix}quality": [int(row.quality) for row in rows],
        f"{prefix}reasons": [int(row.reasons) for row in rows],
        f"{prefix}tests": [row.tests for row in rows],
    }


def _watermark_columns(through: Mapping[int, tuple[datetime, str]]) -> dict[str, list[Any]]:
    numbers = sorted(through)
    return {
        "datastream": numbers,
        "through": [through[number][0] for number in numbers],
        "limits_version": [through[number][1] for number in numbers],
    }


def _version(at: datetime, judged_at: datetime, limits_version: str, cause: str, *columns: Any) -> Version:
    return Version(Change(at, _standing(*columns[:4]), _standing(*columns[4:])), judged_at, limits_version, cause)


def _standing(value: float | None, quality: int, reasons: int, tests: int | None) -> Standing:
    return Standing(value, Quality(quality), QualityReason(reasons), tests)
