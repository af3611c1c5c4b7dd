"""What staff asks of ploughs and roads, as tables for a spreadsheet: Japanese headings, times in the zone of the site."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from core.csv_text import Cell
from core.model import Vehicle
from core.ploughs import Order, Passage
from gis.ploughs import desk_words as words
from gis.ploughs.age_classes import age_class
from gis.ploughs.coverage import clears
from gis.ploughs.network import Road
from gis.ploughs.promise import Progress, Promise, behind
from gis.ploughs.proposals import Proposal
from gis.ploughs.situation import Situation
from gis.ploughs.snow_since import SnowSince, second_passes
from gis.ploughs.totals import length_of
from gis.ploughs.working_speed import Pace
from store.tracks import RoadChange

Row = Sequence[Cell]


@dataclass(frozen=True, slots=True)
class Table:
    """The headings of a table and its rows."""

    head: tuple[str, ...]
    rows: list[Row]


_ROAD = ("路線ID", "路線名", "種別", "受託者", "地区", "延長(m)")
_PROMISE = ("期限", "進み", "完了時刻", "遅れ(分)", "残り(m)", "完了見込み", "見込みの根拠")
_SNOW = ("その後の降雪(cm)", "最小(cm)", "最大(cm)", "再除雪の基準(cm)", "再除雪", "観測所")


def coverage_table(found: Situation, zone: ZoneInfo) -> Table:
    """Every road: how clear, since when, by what evidence, by when promised, what fell since."""
    head = (*_ROAD, "経過", "除雪時刻（最も古い区間）", "完了時刻（全区間）", "最後の作業", "除雪割合", "根拠")
    rows = []
    for road in found.network.roads.values():
        state = found.states[road.id]
        age = None if state.clear_since is None else found.now - state.clear_since
        row = (
            *_road(road),
            age_class(age).ja,
            *(_local(at, zone) for at in (state.clear_since, state.cleared_at, state.last_worked_at)),
            state.share,
            words.japanese(words.EVIDENCE, state.evidence),
            *_promise(found.promises.get(road.id), zone),
            *_snow(found.snow[road.id]),
        )
        rows.append(row)
    return Table((*head, *_PROMISE, *_SNOW), list(rows))


def behind_table(found: Situation, zone: ZoneInfo) -> Table:
    """The roads that are late, will be late, or of which nobody can say."""
    rows = [
        (*_road(found.network.roads[each.road]), each.share, *_promise(each, zone)) for each in behind(found.promises)
    ]
    return Table((*_ROAD, "除雪割合", *_PROMISE), list(rows))


def second_pass_table(found: Situation, zone: ZoneInfo) -> Table:
    """The roads that need, or likely need, another pass."""
    rows = [
        (*_road(found.network.roads[each.road]), _local(each.since, zone), *_snow(each))
        for each in second_passes(found.snow)
    ]
    return Table((*_ROAD, "除雪時刻（最も古い区間）", *_SNOW), list(rows))


def passage_table(passages: Iterable[Passage], vehicles: Mapping[int, Vehicle], zone: ZoneInfo) -> Table:
    """Passages as evidence."""
    head = ("路線ID", "車両", "車両名", "受託者", "向き", "起点から(m)", "起点まで(m)", "開始", "終了", "作業", "根拠", "除雪に数える", "重複路線から")  # fmt: skip
    return Table(head, [_passage(each, vehicles.get(each.vehicle), zone) for each in passages])


def change_table(changes: Iterable[RoadChange], names: Mapping[str, str], zone: ZoneInfo) -> Table:
    """What was said of roads before, and what made the difference."""
    head = (
        "路線ID",
        "路線名",
        "訂正時刻",
        "原因",
        "最も古い測位",
        "前の割合",
        "後の割合",
        "前の除雪時刻",
        "後の除雪時刻",
    )
    return Table(head, [_change(each, names, zone) for each in changes])


def order_table(orders: Iterable[Order], zone: ZoneInfo) -> Table:
    """Dispatch orders."""
    head = ("指示ID", "発令", "種別", "発令者", "降雪の状況", "備考", "解除", "解除者")
    rows = [
        (
            each.id,
            _local(each.at, zone),
            "・".join(each.classes),
            each.by,
            each.measured,
            each.note,
            _local(each.ended_at, zone),
            each.ended_by,
        )
        for each in orders
    ]
    return Table(head, list(rows))


def proposal_table(checks: Iterable[Proposal], zone: ZoneInfo) -> Table:
    """What the newest checks came to."""
    head = ("種別", "判定時刻", "結果", "出動基準(cm)", "最大の新積雪(cm)", "起算", "観測所")
    rows = [
        (
            each.code,
            _local(each.checked_at, zone),
            words.japanese(words.CHECK, each.result),
            each.threshold_cm,
            each.measured_cm,
            _local(each.since, zone),
            " / ".join(
                f"{one.name_ja} {one.fallen_cm} cm"
                if one.fallen_cm is not None
                else f"{one.name_ja} {words.japanese(words.LEFT_OUT, one.why)}"
                for one in each.gauges
            ),
        )
        for each in checks
    ]
    return Table(head, list(rows))


def basis_words(pace: Pace | None, promise: Promise, zone: ZoneInfo) -> str:
    """What a forecast rests on, in words; what is missing where there is none."""
    if promise.progress is Progress.DONE:
        return ""
    if pace is None:
        return "直近1時間に担当車両の作業記録がないため見込みは出せません"
    speed, since = pace.metres_per_hour / 1000, pace.since.astimezone(zone)
    return (
        f"{since:%H:%M}からの{len(pace.vehicles)}台の実績（中央値 {speed:.1f} km/h、移動・停止を含む）で"
        f"残り {promise.crew_left_m / 1000:.1f} km"
    )


def _road(road: Road) -> Row:
    return road.id, road.name, road.class_name or road.code, road.contractor, road.district, round(length_of(road), 1)


def _promise(promise: Promise | None, zone: ZoneInfo) -> Row:
    if promise is None:
        return ("",) * len(_PROMISE)
    return (
        _local(promise.deadline, zone),
        words.japanese(words.PROGRESS, promise.progress),
        _local(promise.done_at, zone),
        int(promise.late_by.total_seconds() // 60),
        promise.left_m,
        _local(promise.forecast, zone),
        basis_words(promise.pace, promise, zone),
    )


def _snow(snow: SnowSince) -> Row:
    need = words.japanese(words.NEED, snow.need)
    why = words.japanese(words.WHY, snow.why)
    told = [f"{each.near.gauge.name_ja} {each.fallen_cm:.1f} cm" for each in snow.told]
    silent = [f"{near.gauge.name_ja} {words.japanese(words.LEFT_OUT, reason)}" for near, reason in snow.left_out]
    return (
        snow.fallen_cm,
        snow.low_cm,
        snow.high_cm,
        snow.threshold_cm,
        f"{need}（{why}）" if why else need,
        " / ".join([*told, *silent]),
    )


def _passage(passage: Passage, vehicle: Vehicle | None, zone: ZoneInfo) -> Row:
    about = ("", "", "") if vehicle is None else (vehicle.id, vehicle.name_ja, vehicle.contractor)
    return (
        passage.road,
        *about,
        words.japanese(words.DIRECTION, passage.direction),
        passage.from_m,
        passage.to_m,
        _local(passage.began_at, zone),
        _local(passage.ended_at, zone),
        words.japanese(words.TASKS, passage.task),
        words.japanese(words.EVIDENCE, passage.evidence),
        clears(passage),
        passage.derived,
    )


def _change(change: RoadChange, names: Mapping[str, str], zone: ZoneInfo) -> Row:
    was, now = change.was, change.now
    return (
        change.road,
        names.get(change.road, ""),
        _local(change.changed_at, zone),
        change.cause,
        _local(change.earliest, zone),
        None if was is None else was.share,
        None if now is None else now.share,
        _local(None if was is None else was.clear_since, zone),
        _local(None if now is None else now.clear_since, zone),
    )


def _local(at: datetime | None, zone: ZoneInfo) -> str:
    return "" if at is None else at.astimezone(zone).isoformat(timespec="seconds")
