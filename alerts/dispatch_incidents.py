"""Incidents of the system itself as messages: what is wrong with what, since when, and what it means for what is watched."""

from __future__ import annotations

from typing import Any
from uuid import UUID, uuid5

from alerts.episodes import station_facts
from alerts.messages import Texts, jst, one_line
from alerts.system_messages import NAMESPACE, system_body
from config.model import Site
from core.levels import Level
from core.model import Station
from core.times import format_rfc3339
from store.watching import Incident

_KINDS: dict[str, tuple[Level, str, str]] = {
    "device-silent": (Level.CAUTION, "観測機器からデータが届いていません", "no data from a device"),
    "gateway-silent": (
        Level.WARNING,
        "ゲートウェイの配下の機器からデータが届いていません",
        "no data by way of a gateway",
    ),
    "carrier-silent": (
        Level.WARNING,
        "通信回線の不通により機器からデータが届いていません",
        "no data over a carrier's line",
    ),
    "town-silent": (Level.WARNING, "町内のほとんどの機器からデータが届いていません", "no data from nearly all devices"),
    "broker-away": (Level.WARNING, "MQTT ブローカーに接続できません", "the MQTT broker cannot be reached"),
    "collector-away": (Level.WARNING, "データの収集が止まっています", "nothing is collected"),
    "collector-dead": (Level.WARNING, "収集プロセスの一つが応答しません", "one of the collectors does not answer"),
    "database-away": (Level.WARNING, "データベースに接続できませんでした", "the database could not be reached"),
    "spool-full": (Level.WARNING, "収集側の一時保存がいっぱいです", "the collector's own disk space is used up"),
    "spool-damaged": (
        Level.WARNING,
        "収集側の一時保存に壊れた記録があります",
        "the collector's own records are damaged",
    ),
    "session-lost": (Level.CAUTION, "MQTT の受信状態が失われました", "the MQTT session was lost"),
    "client-id-in-use": (Level.WARNING, "収集プロセスが二重に動いています", "two collectors use one name"),
    "qos0-dropped": (
        Level.CAUTION,
        "保証のない受信データの一部を処理できませんでした",
        "some unassured messages were dropped",
    ),
}
"""What kinds mean; the place they come from (``ingest``) is beside us and cannot be asked."""
_OTHER = (Level.CAUTION, "システムに異常があります", "something is wrong with the system")
_SHOWN = 10


def incident_id(site: str, incident: Incident) -> UUID:
    """The id of an incident wherever it is told of."""
    return uuid5(NAMESPACE, f"{site}|incident|{incident.kind}|{incident.subject}|{incident.opened_at.isoformat()}")


def incident_level(incident: Incident) -> Level:
    """How grave it is; never more than 警戒: nothing was measured."""
    return _KINDS.get(incident.kind, _OTHER)[0]


def incident_body(site: Site, station: Station | None, incident: Incident) -> dict[str, Any]:
    """Every member a channel may ask for, of an incident as it stands; ``station`` where it is about a single one."""
    level, over = incident_level(incident), incident.closed_at is not None
    at = incident.closed_at or incident.opened_at
    body = system_body(site, incident.kind, level, _texts(site, station, incident), at, details=incident.detail)
    body |= {
        "kind": "resolved" if over else "fired",
        "status": "resolved" if over else "firing",
        "opened_at": format_rfc3339(incident.opened_at),
        "closed_at": None if incident.closed_at is None else format_rfc3339(incident.closed_at),
        "cause": incident.kind,
        "seq": 2 if over else 1,
    }
    body["rule"] = {"id": f"incident/{incident.kind}", "title_ja": "システム", "title_en": "System", "version": ""}
    if station is not None:
        body["station"] = station_facts(station)
    return body


def _texts(site: Site, station: Station | None, incident: Incident) -> Texts:
    level, what_ja, what_en = _KINDS.get(incident.kind, _OTHER)
    over, known = incident.closed_at is not None, incident.kind in _KINDS
    subject = one_line(incident.subject)
    who_ja = subject if station is None else f"{one_line(station.name_ja)}（{subject}）"
    who_en = subject if station is None else f"{one_line(station.name_en or station.name_ja)} ({subject})"
    named = "" if known else f" [{one_line(incident.kind)}]"
    subject_ja = f"【{'復旧' if over else level.label_ja}】{what_ja}{named}{f': {who_ja}' if who_ja else ''}"
    subject_en = f"[{'Over' if over else level.slug.capitalize()}] {what_en}{named}{f': {who_en}' if who_en else ''}"
    return Texts(
        subject_ja,
        subject_en,
        "\n".join([subject_ja, *_lines_ja(site, incident)]),
        "\n".join([subject_en, *_lines_en(site, incident)]),
    )


def _lines_ja(site: Site, incident: Incident) -> list[str]:
    lines = [f"開始: {jst(incident.opened_at)}"]
    if incident.closed_at is not None:
        lines.append(f"終了: {jst(incident.closed_at)}")
    names = [name_ja for name_ja, _ in _stations(site, incident)]
    if names:
        more = f"、ほか{len(names) - _SHOWN}か所" if len(names) > _SHOWN else ""
        lines.append(f"観測所（{len(names)}）: {'、'.join(names[:_SHOWN])}{more}")
    if incident.closed_at is None:
        lines.append("データがないことは、安全を示すものではありません。")
    return [*lines, " ".join(text for text in (one_line(site.name_ja), one_line(site.notice_ja)) if text)]


def _lines_en(site: Site, incident: Incident) -> list[str]:
    lines = [f"Since: {jst(incident.opened_at)}"]
    if incident.closed_at is not None:
        lines.append(f"Until: {jst(incident.closed_at)}")
    names = [name_en for _, name_en in _stations(site, incident)]
    if names:
        more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
        lines.append(f"Stations ({len(names)}): {', '.join(names[:_SHOWN])}{more}")
    if incident.closed_at is None:
        lines.append("That there are no data does not say that it is safe.")
    return [*lines, " ".join(text for text in (one_line(site.name_en), one_line(site.notice_en)) if text)]


def _stations(site: Site, incident: Incident) -> list[tuple[str, str]]:
    """The stations of the devices it names, in the order of the site."""
    listed = incident.detail.get("devices")
    devices = {str(each) for each in listed} if isinstance(listed, list) else set()
    of_devices = {stream.station for stream in site.datastreams if str(stream.device) in devices}
    return [
        (one_line(station.name_ja), one_line(station.name_en or station.name_ja))
        for station in site.stations
        if station.id in of_devices
    ]
