"""Alerts other systems report, in the JSON of Alertmanager's API (version 2): read strictly, judged by their labels.

``severity`` (standby, caution, warning, danger; also info and critical; anything else counts as caution) says how grave it is, ``class`` whether it is about
something measured (``measurement``) or about the health of a system (``health``, the usual), ``station`` names one of ours.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid5

from alerts.episodes import station_facts
from alerts.messages import Texts, jst, one_line, without_issued_level
from alerts.system_messages import NAMESPACE, system_body
from config.model import Site
from core.levels import Level
from core.model import Station
from core.times import format_rfc3339, parse_rfc3339
from store.external_alerts import ExternalAlert, ExternalReport

RESOLVE_TIMEOUT = timedelta(minutes=5)
"""An alert without an end that is not reported again for so long is over."""
MOST_ALERTS, MOST_LABELS, MOST_ANNOTATIONS = 200, 40, 20
LONGEST_LABEL, LONGEST_ANNOTATION = 256, 2_000

_LONGEST_AHEAD = timedelta(days=7)
_OLDEST = timedelta(days=366)
_NAME = re.compile(r"[a-zA-Z_][a-zA-Z0-9_]{0,63}", re.ASCII)
_MEMBERS = frozenset({"labels", "annotations", "startsAt", "endsAt", "generatorURL"})
_SEVERITIES = {
    "none": Level.STANDBY,
    "info": Level.STANDBY,
    "critical": Level.DANGER,
    **{level.slug: level for level in (Level.STANDBY, Level.CAUTION, Level.WARNING, Level.DANGER)},
}


def read_reports(value: Any, now: datetime) -> tuple[list[ExternalReport], list[str]]:
    """The reports of a body that can be read, and a line for each that cannot: one mistake loses no other alert.

    Raises ValueError where the body is no list of alerts, or too long a one.
    """
    if not isinstance(value, list):
        raise ValueError("the body is a list of alerts")  # noqa: TRY004 - what was read is wrong, not how we were called
    if len(value) > MOST_ALERTS:
        raise ValueError(f"at most {MOST_ALERTS} alerts are read at once")
    reports, mistakes = list[ExternalReport](), list[str]()
    for place, each in enumerate(value):
        try:
            reports.append(_report(each, now))
        except ValueError as error:
            mistakes.append(f"alert {place}: {error}")
    return reports, mistakes


def external_id(site: str, alert: ExternalAlert) -> UUID:
    """The id of one activation wherever it is told of."""
    return uuid5(NAMESPACE, f"{site}|external|{alert.fingerprint}|{alert.number}")


def external_kind(alert: ExternalAlert) -> str:
    """The rule it counts as, for silences: ``external/<alertname>``."""
    return f"external/{alert.labels['alertname']}"


def is_health(alert: ExternalAlert) -> bool:
    """Whether it is about the health of a system, as all are that do not say otherwise."""
    return alert.labels.get("class") != "measurement"


def external_level(alert: ExternalAlert) -> Level:
    """How grave it is: 注意 where it does not say; what is about health is never 危険."""
    level = _SEVERITIES.get(alert.labels.get("severity", ""), Level.CAUTION)
    return min(level, Level.WARNING) if is_health(alert) else level


def station_of(site: Site, alert: ExternalAlert) -> Station | None:
    """The station it names, None where it names none of ours."""
    return next((each for each in site.stations if str(each.id) == alert.labels.get("station")), None)


def external_body(site: Site, alert: ExternalAlert) -> dict[str, Any]:
    """Every member a channel may ask for, of an alert as it stands; the texts are the other system's newest words."""
    level, over, station = external_level(alert), alert.ends_at is not None, station_of(site, alert)
    at = alert.ends_at or alert.starts_at
    details = {"labels": dict(alert.labels), "annotations": dict(alert.annotations)}
    body = system_body(site, "external", level, _texts(site, station, alert), at, details=details)
    title = one_line(alert.labels["alertname"])
    body |= {
        "kind": "resolved" if over else "fired",
        "status": "resolved" if over else "firing",
        "opened_at": format_rfc3339(alert.starts_at),
        "closed_at": None if alert.ends_at is None else format_rfc3339(alert.ends_at),
        "cause": "external",
        "seq": 2 if over else 1,
        "rule": {"id": external_kind(alert), "title_ja": title, "title_en": title, "version": ""},
    }
    if station is not None:
        body["station"] = station_facts(station)
    return body


def _report(value: Any, now: datetime) -> ExternalReport:
    if not isinstance(value, dict):
        raise ValueError("an alert is an object")  # noqa: TRY004 - what was read is wrong, not how we were called
    strange = sorted(value.keys() - _MEMBERS)
    if strange:
        raise ValueError(f"unknown member {strange[0][:40]!r}; known are {', '.join(sorted(_MEMBERS))}")
    labels = _texts_of(value, "labels", MOST_LABELS, LONGEST_LABEL)
    if not labels.get("alertname"):
        raise ValueError("the label alertname is missing")
    ends_at = _instant(value, "endsAt", now)
    starts_at = _instant(value, "startsAt", now) or min(now, ends_at or now)
    if starts_at > now + RESOLVE_TIMEOUT:
        raise ValueError("startsAt lies ahead; check the clock of the sender")
    if ends_at is not None and ends_at < starts_at:
        raise ValueError("endsAt is before startsAt")
    over = ends_at is not None and ends_at <= now
    return ExternalReport(
        fingerprint=_fingerprint(labels),
        labels=labels,
        annotations=_texts_of(value, "annotations", MOST_ANNOTATIONS, LONGEST_ANNOTATION),
        starts_at=starts_at,
        ends_at=ends_at if over else None,
        lasts_until=ends_at if ends_at is not None and not over else now + RESOLVE_TIMEOUT,
    )


def _texts_of(value: Mapping[str, Any], member: str, most: int, longest: int) -> dict[str, str]:
    found = value.get(member, {})
    if not isinstance(found, dict) or len(found) > most:
        raise ValueError(f"{member} is an object of at most {most} members")
    for name, text in found.items():
        if not _NAME.fullmatch(name):
            raise ValueError(f"{member}: {name[:40]!r} is no name (letters, digits and _, at most 64)")
        if not isinstance(text, str) or len(text) > longest or "\0" in text:
            raise ValueError(f"{member}: {name} is a text of at most {longest} characters")
    # An empty label is as good as none: it does not count for the identity.
    return {name: text for name, text in sorted(found.items()) if text}


def _instant(value: Mapping[str, Any], member: str, now: datetime) -> datetime | None:
    text = value.get(member)
    if text is None or text in ("", "0001-01-01T00:00:00Z"):
        return None
    if not isinstance(text, str):
        raise ValueError(f"{member} is an RFC 3339 time")  # noqa: TRY004 - as above
    try:
        at = parse_rfc3339(text).astimezone(UTC)
    except ValueError as error:
        raise ValueError(f"{member}: {error}") from error
    if not now - _OLDEST <= at <= now + _LONGEST_AHEAD:
        raise ValueError(f"{member} lies too far from now")
    return at


def _fingerprint(labels: Mapping[str, str]) -> str:
    """The identity of an alert: all its labels, whatever their order."""
    return hashlib.sha256(json.dumps(labels, sort_keys=True, ensure_ascii=False).encode("utf-8")).hexdigest()[:32]


def _texts(site: Site, station: Station | None, alert: ExternalAlert) -> Texts:
    level, over = external_level(alert), alert.ends_at is not None
    name = one_line(alert.labels["alertname"])
    summary = one_line(alert.annotations.get("summary", "")) or name
    where_ja = "" if station is None else f"{one_line(station.name_ja)} "
    where_en = "" if station is None else f"{one_line(station.name_en or station.name_ja)}: "
    subject_ja = f"【{'解消' if over else level.label_ja}】{where_ja}{summary}（外部システムの警報）"
    subject_en = f"[{'Resolved' if over else level.slug.capitalize()}] {where_en}{summary} (reported by another system)"
    lines_ja, lines_en = [subject_ja], [subject_en]
    lines_ja += [f"名称: {name}", f"開始: {jst(alert.starts_at)}"]
    lines_en += [f"Name: {name}", f"Since: {jst(alert.starts_at)}"]
    if alert.ends_at is not None:
        lines_ja.append(f"終了: {jst(alert.ends_at)}")
        lines_en.append(f"Until: {jst(alert.ends_at)}")
    described = [
        line for text in alert.annotations.get("description", "").splitlines()[:20] if (line := one_line(text))
    ]
    footer_ja = " ".join(text for text in (one_line(site.name_ja), one_line(site.notice_ja)) if text)
    footer_en = " ".join(text for text in (one_line(site.name_en), one_line(site.notice_en)) if text)
    texts = (
        subject_ja,
        subject_en,
        "\n".join([*lines_ja, *described, footer_ja]),
        "\n".join([*lines_en, *described, footer_en]),
    )
    # No other system proposes what only the town issues, wherever the alert is from.
    return Texts(*map(without_issued_level, texts))
