"""Telegrams of the Meteorological Agency: what came, what could not be read, which warnings are in force since when."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from psycopg.types.json import Jsonb

from core.times import format_rfc3339, parse_rfc3339
from core.weather_warnings import WarningGrade, WeatherHazard, WeatherWarning
from store import statements
from store.append import storable
from store.connection import Connection
from store.part import Part

_SQL = statements.load("warnings")
_Key = tuple[str, str, str, str]

MOST_KEPT_RAW = 65_536
"""So many bytes of what could not be read are kept."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TelegramRow:
    """A telegram that could be read. ``verdict``: ``live`` counts, ``drill`` (訓練・試験) never does, ``elsewhere`` is about other
    areas, ``unknown`` of a type nobody reads yet. ``content`` is the reader's own JSON.
    """

    digest: bytes
    name: str
    received_at: datetime
    verdict: str
    type: str
    office: str
    title: str
    info_type: str
    report_at: datetime | None
    content: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class RefusedTelegram:
    """What could not be read, with its reason code and detail."""

    digest: bytes
    name: str
    received_at: datetime
    reason: str
    detail: str
    raw: bytes = b""


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """When it was looked last, when that last succeeded, what was wrong (empty: nothing), the newest telegram that counts."""

    looked_at: datetime
    read_at: datetime | None
    error: str
    newest_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class WarningChange:
    """A warning ``begun``, ``changed`` or ``ended``, and when we knew it."""

    known_at: datetime
    change: str
    warning: WeatherWarning


Reckon = Callable[[Sequence[Mapping[str, Any]]], Iterable[WeatherWarning]]
"""From what the telegrams say to the warnings in force."""


class Warnings(Part):
    """The warnings of a site. ``site`` is the store's number of it; times are UTC."""

    def known(self, site: int, digests: Collection[bytes]) -> set[bytes]:
        """Which of these telegrams (by SHA-256) are here already, read or refused."""
        with self._transaction("look for telegrams") as connection:
            return {
                bytes(row[0]) for row in connection.execute(_SQL["known"], {"site": site, "digests": list(digests)})
            }

    def named(self, site: int, names: Collection[str]) -> set[str]:
        """Which of these files or addresses were read already."""
        with self._transaction("look for telegrams by name") as connection:
            wanted = [storable(name) for name in names]
            return {row[0] for row in connection.execute(_SQL["named"], {"site": site, "names": wanted})}

    def take_in(
        self,
        site: int,
        telegrams: Sequence[TelegramRow],
        refused: Sequence[RefusedTelegram],
        reckon: Reckon,
        *,
        since: datetime,
        now: datetime,
        error: str = "",
    ) -> list[WarningChange]:
        """Keep what came, add up what the telegrams since ``since`` say, and write what changed: all of it or nothing.

        ``reckon`` is called within the transaction, one at a time for a site. ``error`` is what was wrong with looking,
        empty where it succeeded.
        """
        with self._transaction("take in telegrams") as connection:
            looked = {"site": site, "now": now, "read_at": None if error else now, "error": storable(error)}
            connection.execute(_SQL["hold"], looked)
            for telegram in telegrams:
                connection.execute(_SQL["add"], _telegram(site, telegram))
            for one in refused:
                connection.execute(_SQL["refuse"], _refused(site, one))
            return _restate(connection, site, reckon, since, now)

    def standing(self, site: int) -> list[WeatherWarning]:
        """The warnings in force as of the last look, by area."""
        with self._transaction("read the warnings in force") as connection:
            return [_warning(row[0]) for row in connection.execute(_SQL["standing"], {"site": site})]

    def changes(self, site: int, since: datetime, until: datetime) -> list[WarningChange]:
        """What began, changed and ended as we came to know it in [since, until), in order."""
        with self._transaction("read changes of warnings") as connection:
            rows = connection.execute(_SQL["changes"], {"site": site, "since": since, "until": until}).fetchall()
        return [WarningChange(known_at=at, change=change, warning=_warning(content)) for at, change, content in rows]

    def look(self, site: int) -> Look | None:
        """How looking went; None where nobody ever looked."""
        with self._transaction("read when warnings were looked for") as connection:
            row = connection.execute(_SQL["look"], {"site": site}).fetchone()
        return None if row is None else Look(looked_at=row[0], read_at=row[1], error=row[2], newest_at=row[3])

    def counts(self, site: int) -> dict[tuple[str, str], int]:
        """How many telegrams are here, by verdict and type."""
        with self._transaction("count telegrams") as connection:
            rows = connection.execute(_SQL["counts"], {"site": site}).fetchall()
        return {(verdict, type_): count for verdict, type_, count in rows}

    def refused(self, site: int, most: int = 100) -> list[RefusedTelegram]:
        """What could not be read, the newest first, without its bytes (``digest`` and ``raw`` are empty)."""
        with self._transaction("read refused telegrams") as connection:
            rows = connection.execute(_SQL["refused"], {"site": site, "most": most}).fetchall()
        return [RefusedTelegram(digest=b"", name=n, received_at=at, reason=r, detail=d) for n, at, r, d in rows]

    def forget(self, site: int, before: datetime) -> None:
        """Remove what came before ``before`` and cannot matter: telegrams of elsewhere or of unknown types, refused ones."""
        with self._transaction("forget old telegrams") as connection:
            connection.execute(_SQL["forget"], {"site": site, "before": before})


def _restate(connection: Connection, site: int, reckon: Reckon, since: datetime, now: datetime) -> list[WarningChange]:
    said = [row[0] for row in connection.execute(_SQL["live"], {"site": site, "since": since})]
    before = {warning.key: warning for warning in _standing(connection, site)}
    after = {warning.key: warning for warning in reckon(said)}
    changes = [WarningChange(known_at=now, change=word, warning=warning) for word, warning in _compare(before, after)]
    if changes:
        connection.execute(_SQL["clear"], {"site": site})
        for warning in after.values():
            connection.execute(_SQL["stand"], _stand(site, warning))
        for change in changes:
            values = {"site": site, "now": now, "change": change.change, "content": Jsonb(_content(change.warning))}
            connection.execute(_SQL["change"], values)
    return changes


def _standing(connection: Connection, site: int) -> list[WeatherWarning]:
    return [_warning(row[0]) for row in connection.execute(_SQL["standing"], {"site": site})]


def _compare(
    before: Mapping[_Key, WeatherWarning], after: Mapping[_Key, WeatherWarning]
) -> Iterable[tuple[str, WeatherWarning]]:
    for key, warning in after.items():
        if key not in before:
            yield "begun", warning
        elif before[key] != warning:
            yield "changed", warning
    for key, warning in before.items():
        if key not in after:
            yield "ended", warning


def _telegram(site: int, row: TelegramRow) -> dict[str, Any]:
    return {
        "site": site,
        "digest": row.digest,
        "name": storable(row.name),
        "received_at": row.received_at,
        "verdict": row.verdict,
        "type": storable(row.type),
        "office": storable(row.office),
        "title": storable(row.title),
        "info_type": storable(row.info_type),
        "report_at": row.report_at,
        "content": Jsonb(row.content),
    }


def _refused(site: int, one: RefusedTelegram) -> dict[str, Any]:
    return {
        "site": site,
        "digest": one.digest,
        "name": storable(one.name),
        "received_at": one.received_at,
        "reason": storable(one.reason),
        "detail": storable(one.detail),
        "raw": one.raw[:MOST_KEPT_RAW],
    }


def _stand(site: int, warning: WeatherWarning) -> dict[str, Any]:
    type_, area, kind, subject = warning.key
    return {
        "site": site,
        "type": type_,
        "area": area,
        "kind": kind,
        "subject": subject,
        "content": Jsonb(_content(warning)),
    }


def _content(warning: WeatherWarning) -> dict[str, Any]:
    return {
        "type": warning.type,
        "area": warning.area,
        "area_name": warning.area_name,
        "code": warning.code,
        "name": warning.name,
        "known": warning.known,
        "hazard": warning.hazard.value,
        "grade": warning.grade.value,
        "level": warning.level,
        "status": warning.status,
        "issued_at": format_rfc3339(warning.issued_at),
        "office": warning.office,
        "headline": warning.headline,
        "subject": warning.subject,
        "event_id": warning.event_id,
        "until": format_rfc3339(warning.until) if warning.until else None,
    }


def _warning(content: Mapping[str, Any]) -> WeatherWarning:
    return WeatherWarning(
        **{
            **content,
            "hazard": WeatherHazard(content["hazard"]),
            "grade": WarningGrade(content["grade"]),
            "issued_at": parse_rfc3339(content["issued_at"]),
            "until": parse_rfc3339(content["until"]) if content["until"] else None,
        }
    )
