"""Takes in what the Meteorological Agency sent: one round looks, reads, keeps, and adds up."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from alerts.jma.records import dump, load
from alerts.jma.sources import Found, Source, source_of
from alerts.jma.standing import REMEMBERED, names_something, warnings_in_force
from alerts.jma.telegram import CANCELLED, Telegram, read_telegram
from config.jma_plan import Jma
from config.model import Site
from core.errors import DecodeError, StoreError, YukimoriError
from core.weather_warnings import WeatherWarning
from store import Store
from store.warnings import MOST_KEPT_RAW, RefusedTelegram, TelegramRow, WarningChange

log = logging.getLogger(__name__)

_FORGOTTEN_AFTER = timedelta(days=90)


@dataclass(slots=True)
class _Haul:
    """What one look brought."""

    read: list[TelegramRow] = field(default_factory=list)
    refused: list[RefusedTelegram] = field(default_factory=list)
    error: str = ""


class JmaRound:
    """Keeps the warnings in force of one site up to date. ``site.jma`` has to be there."""

    def __init__(self, site: Site, store: Store, site_no: int, *, source: Source | None = None) -> None:
        if site.jma is None:
            raise ValueError(f"the site {site.id} reads no telegrams")
        self._jma: Jma = site.jma
        self._store, self._site_no = store, site_no
        self._source = source or source_of(site.jma)
        self._forgot_at: datetime | None = None

    def round(self, now: datetime) -> list[WarningChange]:
        """Look once; what began, changed and ended. A source that cannot be read is told in the store and in the log.

        Raises StoreError; the next round then does the same work.
        """
        haul = _Haul()
        try:
            for found in self._source.new(lambda names: self._store.warnings.named(self._site_no, names)):
                self._one(found, haul, now)
        except StoreError:
            self._source.again()
            raise
        except YukimoriError as error:
            haul.error = str(error)
            log.warning("telegrams cannot be read: %s", error)
        try:
            changes = self.settle(haul.read, haul.refused, now, error=haul.error)
        except StoreError:
            self._source.again()
            raise
        self._forget(now)
        return changes

    def settle(
        self, read: Sequence[TelegramRow], refused: Sequence[RefusedTelegram], now: datetime, *, error: str = ""
    ) -> list[WarningChange]:
        """Keep these and add up; what began, changed and ended."""
        areas = self._jma.areas

        def reckon(said: Sequence[Mapping[str, Any]]) -> tuple[WeatherWarning, ...]:
            telegrams = [load(content) for content in said]
            for telegram in fresh_cancels:
                if not names_something(telegram, telegrams):
                    log.warning("%s of %s cancels a report nobody knows", telegram.title, telegram.report_at)
            return warnings_in_force(telegrams, areas, now)

        fresh_cancels = [load(row.content) for row in read if row.verdict == "live" and row.info_type == CANCELLED]
        since = now - REMEMBERED
        changes = self._store.warnings.take_in(self._site_no, read, refused, reckon, since=since, now=now, error=error)
        for change in changes:
            log.info("%s: %s %s", change.change, change.warning.area_name, change.warning.name)
        return changes

    def _one(self, found: Found, haul: _Haul, now: datetime) -> None:
        digest = hashlib.sha256(found.raw or found.name.encode()).digest()
        try:
            haul.read.append(
                telegram_row(found, digest, read_telegram(found.raw, now, found.name), self._jma.areas, now)
            )
        except DecodeError as error:
            log.warning("the telegram %s is set aside (%s): %s", found.name, error.reason, error)
            haul.refused.append(
                RefusedTelegram(
                    digest=digest,
                    name=found.name,
                    received_at=now,
                    reason=error.reason,
                    detail=str(error),
                    raw=found.raw[:MOST_KEPT_RAW],
                )
            )

    def _forget(self, now: datetime) -> None:
        if self._forgot_at is None or now - self._forgot_at > timedelta(days=1):
            self._store.warnings.forget(self._site_no, now - _FORGOTTEN_AFTER)
            self._forgot_at = now


def telegram_row(found: Found, digest: bytes, telegram: Telegram, areas: tuple[str, ...], now: datetime) -> TelegramRow:
    """What the store keeps of a telegram, with what it means for these areas."""
    return TelegramRow(
        digest=digest,
        name=found.name,
        received_at=now,
        verdict=verdict(telegram, areas),
        type=telegram.type,
        office=telegram.office,
        title=telegram.title,
        info_type=telegram.info_type,
        report_at=telegram.report_at,
        content=dump(telegram, areas),
    )


def verdict(telegram: Telegram, areas: tuple[str, ...]) -> str:
    """``drill`` for what is not meant, ``unknown`` for a type nobody reads, ``elsewhere`` or ``live``.

    A telegram that leaves the town out but tells all of its prefecture counts: that is how a warning may end.
    """
    if not telegram.live:
        return "drill"
    if not telegram.type:
        return "unknown"
    named = telegram.areas
    near = {area[:2] for area in areas} & {area[:2] for area in named} if telegram.whole_state else set()
    return "live" if not named or near or named & set(areas) else "elsewhere"
