"""Words of the console's panel on rules: which are at work, since when, and whether they were tried before."""

from __future__ import annotations

from collections.abc import Mapping

from maps.words import Language

WORDS: dict[str, tuple[str, str]] = {
    "rules_all": ("警報の規則", "Alert rules"),
    "rules_none": ("規則がありません。警報は出ません。", "There are no rules. Nothing is ever told."),
    "rules_rule": ("規則", "Rule"),
    "rules_state": ("状態", "State"),
    "rules_since": ("いつから", "Since"),
    "rules_shadow": ("試行した期間", "Time in shadow"),
    "rules_how": ("運用になった経緯", "How it became active"),
    "rules_version": ("（版 {version}）", "(version {version})"),
    "rules_places": ("対象の数", "Watches"),
    "rules_days": ("{days} 日 {hours} 時間", "{days} d {hours} h"),
    "rules_waits": (
        "この内容ではまだ判定していません（判定の処理を再起動すると始まります）",
        "not evaluated in this form yet: the evaluator has to be started again",
    ),
    "rule_state_draft": ("下書き（試験だけ）", "draft (only tested)"),
    "rule_state_shadow": ("試行（だれにも知らせない）", "shadow (tells nobody)"),
    "rule_state_active": ("運用", "active"),
    "rule_standing_founding": ("最初から運用", "active from the beginning"),
    "rule_standing_tried": ("7 日以上の試行を経て運用", "after 7 days or more in shadow"),
    "rule_standing_met": ("試行中に実際の出来事をとらえて運用", "met a known event in shadow"),
    "rule_standing_despite": ("試行期間なしで運用（理由：{reason}）", "active without shadow time (reason: {reason})"),
    "rule_standing_untried": ("試行期間なしで運用中", "active without shadow time"),
}


def rule_words(language: Language) -> Mapping[str, str]:
    """Every word of the panel in one language, by key."""
    return {key: pair[0 if language == "ja" else 1] for key, pair in WORDS.items()}
