"""Words of the static site: how old what it shows is, and when nobody writes it any more."""

from __future__ import annotations

WORDS: dict[str, tuple[str, str]] = {
    "copied_at": ("{time} の写し", "Copy of {time}"),
    "stopped": ("更新が止まっています（最終 {time}）", "Updates have stopped (last one {time})"),
    "banner_stopped": (
        "状況を確認できません。このページの更新が止まっています（最終 {time}）",
        "The situation is unknown: this page is no longer updated (last {time})",
    ),
    "written_note": (
        "{time} に書き出した内容です。「更新」の時間はその時点のものです。今の状態は、市町村の発表と現地の様子で確かめてください。",
        "Written at {time}; ages are as of then. For the present situation, follow the municipality and look around you.",
    ),
    "exercise_held": (
        "【訓練】職員が訓練をしています（{title}、{time} まで）。このページの情報は訓練のものではありません。",
        "[EXERCISE] Staff is holding an exercise ({title}, until {time}). What this page shows is not part of it.",
    ),
    "not_found": ("ページが見つかりません", "Page not found"),
    "not_found_hint": (
        "アドレスが変わったか、入力が違っている可能性があります。市町村のホームページからたどり直してください。",
        "The address may have changed or been mistyped. Please start again from the municipality’s website.",
    ),
    "feed_title": ("{site} 雪・水の警戒情報", "{site}: snow and water alerts"),
    "feed_author": ("{site}（雪守が自動で作成）", "{site} (written automatically by Yukimori)"),
    "feed_subtitle": (
        "観測値が基準に達したことを知らせる自動の情報です。避難情報（警戒レベル）は市町村が別に発表します。",
        "Automatic notices that a threshold was reached. Evacuation information is issued by the municipality separately.",
    ),
    "feed_ended": ("終了", "Ended"),
    "feed_observed": (
        "観測値にもとづく自動の情報で、市町村の発表ではありません。",
        "Automatic, from observations; not an announcement of the municipality.",
    ),
    "feed_fictitious": ("架空の地点です。", "A fictitious place."),
    "feed_step_fired": ("「{level}」の基準に達しました", "Reached {level}"),
    "feed_step_raised": ("「{level}」に上がりました", "Raised to {level}"),
    "feed_step_confirmed": ("複数の観測所で確認されました", "Confirmed by several stations"),
    "feed_step_lowered": ("「{level}」に下がりました", "Lowered to {level}"),
    "feed_step_resolved": ("解消しました（基準を離れました）", "Ended: the threshold is no longer reached"),
    "feed_step_closed": ("監視を終了しました（解消ではありません）", "No longer watched (this is not an all-clear)"),
    "feed_step_data_lost": (
        "観測データが届かなくなりました（状況は不明です）",
        "No data any more: the situation is unknown",
    ),
    "feed_step_data_back": ("観測データが再び届いています", "Data arrive again"),
    "feed_step_other": ("更新がありました", "Updated"),
    "feed_link": ("警戒情報の更新（Atom）", "Alert updates (Atom)"),
}
