"""From telegrams to the warnings in force: pure, and the same in whatever order the telegrams arrived.

Each series of telegrams (a type and its office, or the event of a bulletin or a river) is added up by the reports' own times.
訂正 takes the place of the report of the same time, 取消 removes exactly that one and what was said before stands again.
An area a telegram leaves out is cleared only where telegrams of that type and office tell all there is of such areas.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from datetime import datetime, timedelta

from alerts.jma.codes import (
    BULLETIN_HAZARDS,
    RIVER_KINDS,
    WEATHER_KINDS,
    G,
    H,
    kind_of,
    level_in,
)
from alerts.jma.telegram import CANCELLED, CORRECTED, Item, Telegram
from core.weather_warnings import WarningGrade, WeatherHazard, WeatherWarning

BULLETIN_LASTS = timedelta(hours=6)
"""So long a bulletin is shown after its last addition: it speaks of the hours at hand and is never lifted."""

REMEMBERED = timedelta(days=60)
"""Telegrams older than this count no more. What lasts longer (dry air, avalanches) is announced anew in between."""

_SERIES = tuple[str, str]


def warnings_in_force(
    telegrams: Iterable[Telegram], areas: Collection[str], now: datetime
) -> tuple[WeatherWarning, ...]:
    """The warnings in force at ``now`` for these areas, the gravest first; drills and tests count for nothing."""
    series: dict[_SERIES, list[Telegram]] = defaultdict(list)
    for telegram in telegrams:
        if telegram.live and telegram.type:
            series[_series(telegram)].append(telegram)
    found = [warning for group in series.values() for warning in _of_series(group, frozenset(areas), now)]
    return tuple(sorted(found, key=lambda warning: (-warning.grade, -(warning.level or 0), warning.key)))


def names_something(cancel: Telegram, telegrams: Iterable[Telegram]) -> bool:
    """Whether any of these telegrams is the one a 取消 or 訂正 names."""
    return _named(cancel, [one for one in telegrams if _series(one) == _series(cancel) and one != cancel]) is not None


def _series(telegram: Telegram) -> _SERIES:
    if telegram.whole_state:
        return telegram.type, telegram.office
    rivers = sorted(item.area for item in telegram.items if len(item.area) == 12)
    report = f"{telegram.office} {telegram.report_at.isoformat()}"
    return telegram.type, telegram.event_id or (rivers[0] if rivers else report)


def _order(telegram: Telegram) -> tuple[datetime, datetime, int, str]:
    serial = int(telegram.serial) if telegram.serial.isdecimal() else 0
    return telegram.report_at, telegram.sent_at or telegram.report_at, serial, repr(telegram)


def _of_series(group: list[Telegram], areas: frozenset[str], now: datetime) -> list[WeatherWarning]:
    ordered = sorted(dict.fromkeys(group), key=_order)
    void: set[int] = set()
    for one in ordered:
        if one.info_type in (CANCELLED, CORRECTED):
            named = _named(one, [other for other in ordered if id(other) not in void and other is not one])
            if named is not None:
                void.add(id(named))
    counting = [one for one in ordered if id(one) not in void and one.info_type != CANCELLED]
    said: dict[str, list[WeatherWarning]] = {}
    for telegram in counting:
        said = _after(said, telegram, areas)
    return [one for found in said.values() for one in found if one.until is None or one.until > now]


def _named(word: Telegram, others: list[Telegram]) -> Telegram | None:
    """The telegram a 取消 or 訂正 is about: of the same report time and event, sent before it; else the event's last."""
    earlier = [one for one in others if one.info_type != CANCELLED and _sent(one) <= _sent(word)]
    same = [one for one in earlier if one.report_at == word.report_at and one.event_id == word.event_id]
    if not same and word.event_id:
        same = [one for one in earlier if one.event_id == word.event_id and one.report_at <= word.report_at]
        same = same if word.info_type == CANCELLED else []
    return max(same, key=_order, default=None)


def _sent(telegram: Telegram) -> datetime:
    return telegram.sent_at or telegram.report_at


def _after(
    said: Mapping[str, list[WeatherWarning]], telegram: Telegram, areas: frozenset[str]
) -> dict[str, list[WeatherWarning]]:
    """What is said of each area after one more telegram of the series."""
    if not telegram.whole_state:
        kept: dict[str, list[WeatherWarning]] = {}
    else:
        kept = {area: list(found) for area, found in said.items() if len(area) not in telegram.widths}
    for item in telegram.items:
        if item.area in areas:
            kept.setdefault(item.area, [])
            if not item.lifted:
                kept[item.area].append(_warning(telegram, item))
    return {area: list({warning.key: warning for warning in found}.values()) for area, found in kept.items()}


def _warning(telegram: Telegram, item: Item) -> WeatherWarning:
    hazard, grade, known = _meaning(telegram, item)
    return WeatherWarning(
        type=telegram.type,
        area=item.area,
        area_name=item.area_name,
        code=item.code,
        name=_name(telegram, item),
        known=known,
        hazard=hazard,
        grade=grade,
        level=level_in(item.name),
        status=item.status,
        issued_at=telegram.report_at,
        office=telegram.office,
        headline=telegram.headline,
        subject=item.subject,
        event_id=telegram.event_id,
        until=telegram.report_at + BULLETIN_LASTS if telegram.type == "VPBS50" else None,
    )


def _name(telegram: Telegram, item: Item) -> str:
    if telegram.type == "VPBS50":
        return f"気象防災速報（{item.name}）"
    return item.name or f"コード{item.code}"


def _meaning(telegram: Telegram, item: Item) -> tuple[WeatherHazard, WarningGrade, bool]:
    if telegram.type == "VPBS50":
        known = item.name in BULLETIN_HAZARDS
        return BULLETIN_HAZARDS.get(item.name, H.OTHER), G.INFORMATION, known
    kind, known = kind_of(item.code, item.name, RIVER_KINDS if telegram.type == "VXKO" else WEATHER_KINDS)
    if telegram.type == "VXKO" and not known:
        return H.RIVER, kind.grade, False
    return kind.hazard, kind.grade, known
