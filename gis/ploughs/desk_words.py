"""What staff reads of ploughs and roads, in Japanese and English: one table for lists, CSV and the command line."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Any

from core.model import Task
from core.ploughs import Direction, Evidence
from gis.ploughs.promise import Progress
from gis.ploughs.proposals import CheckResult
from gis.ploughs.snow_since import Need, WhyUnknown
from gis.ploughs.snowfall import LeftOut

Words = tuple[str, str]

PROGRESS: Mapping[Progress, Words] = {
    Progress.DONE: ("完了", "done"),
    Progress.ON_COURSE: ("間に合う見込み", "on course"),
    Progress.BEHIND: ("遅れる見込み", "will be late"),
    Progress.LATE: ("期限を過ぎて未完了", "late"),
    Progress.OPEN: ("未完了（見込み不明）", "open, no forecast"),
}
NEED: Mapping[Need, Words] = {
    Need.YES: ("必要", "needed"),
    Need.LIKELY: ("必要の見込み", "likely"),
    Need.NO: ("不要", "not needed"),
    Need.UNKNOWN: ("不明", "not known"),
}
WHY: Mapping[WhyUnknown, Words] = {
    WhyUnknown.NO_RECORD: ("除雪の記録なし", "no record of clearing"),
    WhyUnknown.NO_THRESHOLD: ("基準が未設定", "the town set no limit"),
    WhyUnknown.NO_GAUGE: ("使える積雪計なし", "no gauge can say"),
}
LEFT_OUT: Mapping[LeftOut, Words] = {
    LeftOut.NO_VALUES: ("観測値なし", "no values"),
    LeftOut.STALE: ("途絶", "silent"),
    LeftOut.GAP: ("欠測", "gap"),
    LeftOut.BEGINS_LATER: ("それ以前の観測なし", "not measured back then"),
}
CHECK: Mapping[CheckResult, Words] = {
    CheckResult.PROPOSED: ("出動指示を提案", "an order is proposed"),
    CheckResult.ORDERED: ("指示済み", "ordered"),
    CheckResult.BELOW: ("基準未満", "below the threshold"),
    CheckResult.UNKNOWN: ("判定できません（観測値なし）", "not known, no gauge can say"),
}
EVIDENCE: Mapping[Evidence, Words] = {
    Evidence.SIGNAL: ("作業信号", "signal"),
    Evidence.INFERRED: ("走行から推定", "inferred"),
}
DIRECTION: Mapping[Direction, Words] = {
    Direction.FORWARD: ("順方向", "forward"),
    Direction.BACKWARD: ("逆方向", "backward"),
}
TASKS: Mapping[Task, Words] = {
    Task.PLOUGH: ("新雪除雪", "ploughing"),
    Task.GRADE: ("路面整正", "grading"),
    Task.WIDEN: ("拡幅", "widening"),
    Task.HAUL: ("運搬排雪", "hauling"),
    Task.DEICE: ("凍結防止剤散布", "de-icing"),
    Task.SIDEWALK: ("歩道除雪", "pavements"),
    Task.TRAVEL: ("回送", "travelling"),
    Task.IDLE: ("待機", "idle"),
}


def japanese(words: Mapping[Any, Words], word: StrEnum | None) -> str:
    """The Japanese word, empty where there is none."""
    return "" if word is None else words[word][0]
