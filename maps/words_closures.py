"""What pages say of closed roads."""

from __future__ import annotations

WORDS: dict[str, tuple[str, str]] = {
    "closures_title": ("通行止め・通行規制", "Closed roads"),
    "closures_loading": ("確認しています", "Looking"),
    "closures_none": (
        "市町村が登録した通行止めはありません（{time} 現在）。ほかの道路管理者の規制は、ここには出ません。",
        "The town has noted no closed roads (as of {time}). Closures by other road keepers are not shown here.",
    ),
    "closures_stale": (
        "通行止めの情報を更新できていません（最終 {time}）。",
        "Closed roads cannot be updated (last read {time}).",
    ),
    "closures_failed": (
        "通行止めの情報を読み込めません。通れるという意味ではありません。",
        "Closed roads cannot be loaded. This does not mean that roads are open.",
    ),
    "closures_copied": (
        "{time} に書き出した内容です。その後の変化は出ていません。",
        "As written out at {time}; what changed since is not shown.",
    ),
    "closures_old": ("{time} 現在の情報", "as of {time}"),
    "closures_since": ("{time} から", "since {time}"),
    "closures_said": ("{name}が登録（{time}）", "noted by {name} ({time})"),
    "closures_until_past": (
        "{time} ごろまでの見込みでしたが、解除の知らせはまだありません",
        "was expected until about {time}; not said to be open yet",
    ),
    "closures_show": ("地図で見る", "Show on the map"),
    "closures_nowhere": ("場所は地図に登録されていません", "its place is not on the map"),
    "closure_reason": ("理由", "Reason"),
    "closure_since": ("いつから", "Since"),
    "closure_until": ("いつまで", "Until"),
    "closure_said": ("情報元", "Source"),
    "closure_note": ("備考", "Note"),
    "closures_until": ("{time} ごろまでの見込み", "expected until about {time}"),
    "closures_until_unknown": ("解除の見込みは未定", "end not known"),
    "closure_closed": ("通行止め", "Closed"),
    "closure_restricted": ("通行規制", "Restricted"),
    "closure_open": ("解除", "Open again"),
    "reason_snow": ("積雪", "Snow"),
    "reason_blizzard": ("吹雪・視界不良", "Blizzard"),
    "reason_avalanche": ("雪崩", "Avalanche"),
    "reason_flood": ("冠水", "Flooding"),
    "reason_landslide": ("土砂崩れ", "Landslide"),
    "reason_fallen_tree": ("倒木", "Fallen tree"),
    "reason_accident": ("事故", "Accident"),
    "reason_works": ("工事", "Works"),
    "reason_other": ("その他", "Other"),
}
