"""What has happened, in one clause: by the kind of rule, in Japanese and in English."""

from __future__ import annotations

from alerts.machine import Kind
from alerts.measures import Said, aim, called, measure
from alerts.targets import Target
from alerts.telling import Cause, Transition
from config.rule_plan import RuleKind
from core.levels import Level

_CLOSED = {
    Cause.RULE_CHANGED: Said("基準の変更により終了", "closed because the thresholds were changed"),
    Cause.RULE_REMOVED: Said("監視対象から外れたため終了", "closed because it is no longer watched"),
    Cause.CORRECTED: Said("遅れて届いたデータにより訂正", "corrected by data that arrived late"),
    Cause.BY_HAND: Said("職員の判断により終了", "closed by staff"),
}


def event(target: Target, head: Transition) -> Said:
    """The clause for a transition."""
    if head.kind in (Kind.FIRED, Kind.RAISED):
        return _reached(target, head)
    if head.kind == Kind.LOWERED:
        value, after = measure(target, head.value), head.to_level or Level.NORMAL
        return Said(
            f"{value.ja}、{head.from_level.label_ja} から {after.label_ja} に下がりました",
            f"{value.en}, down from {head.from_level.slug} to {after.slug}",
        )
    if head.kind == Kind.RESOLVED:
        return _left(target, head)
    if head.kind == Kind.CLOSED:
        return _closed(target, head)
    return _still(target, head)


def height_name(target: Target, head: Transition) -> Said:
    """What the height a transition is about is called."""
    level = max(head.from_level, head.to_level or Level.NORMAL)
    rung = target.ladder.rung(level)
    return called(target, level, own=rung is not None and rung.own)


def _reached(target: Target, head: Transition) -> Said:
    value, height, kind = measure(target, head.value), height_name(target, head), target.rule.kind
    if kind is RuleKind.FORECAST:
        goal = aim(target)
        return Said(f"{value.ja}で {goal.ja} に達する見込み", f"expected to reach the {goal.en} {value.en}")
    if kind is RuleKind.MISSING:
        return Said("届いていません（機器・通信の確認が必要です）", "none are arriving: check the gauge and its line")
    if kind is RuleKind.BLOCKAGE:
        return Said(f"{value.ja}、詰まりのおそれ", f"{value.en}, it may be blocked")
    return Said(f"{value.ja}、{height.ja}に到達", f"{value.en}, reached the {height.en}")


def _left(target: Target, head: Transition) -> Said:
    value, kind = measure(target, head.value), target.rule.kind
    if kind is RuleKind.FORECAST:
        return Said(
            "当面は達しない見込みになりました（水位が下がったことを示すものではありません）",
            "no longer expected for now (this does not say that the value has fallen)",
        )
    if kind is RuleKind.MISSING:
        return Said(
            "受信が再開しました（値が安全であることを示すものではありません）",
            "arriving again (this does not say that the values are safe)",
        )
    return Said(f"{value.ja}、基準を離れました", f"{value.en}, back on the safe side")


def _closed(target: Target, head: Transition) -> Said:
    if head.cause == Cause.REACHED:
        goal = aim(target)
        return Said(
            f"{goal.ja} に達したため予測を終了（解消ではありません）",
            f"{goal.en} reached, forecast ended (no all-clear)",
        )
    why = _CLOSED.get(head.cause, Said("終了", "closed"))
    return Said(
        f"{why.ja}（値が下がったことを示すものではありません）",
        f"{why.en} (this does not say that the value has fallen)",
    )


def _still(target: Target, head: Transition) -> Said:
    value = measure(target, head.value)
    if head.kind == Kind.DATA_LOST:
        return Said("データが届いていません（解消ではありません）", "no data are arriving (this is not an all-clear)")
    if head.kind == Kind.CONFIRMED:
        return Said(f"{value.ja}、ほかの観測所でも確認されました", f"{value.en}, confirmed by other gauges")
    return Said(
        f"{value.ja}、データの受信が再開しました（解消ではありません）",
        f"{value.en}, data are arriving again (this is not an all-clear)",
    )
