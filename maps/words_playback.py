"""Words of the page that plays a night again."""

from __future__ import annotations

from maps.words import Language

WORDS: dict[str, tuple[str, str]] = {
    "playback": ("夜の再生", "Playback of a night"),
    "playback_lead": (
        "除雪車、道路の除雪、積雪、水位、警戒、出動指示を、同じ時刻でふり返ります。職員用のページです。",
        "Ploughs, roads cleared, snow, levels, alerts and orders at one and the same moment. A page for staff.",
    ),
    "playback_public": (
        "公開の地図では、今の状況だけを見られます。",
        "The public map shows the present only.",
    ),
    "playback_key_title": ("職員の鍵", "Staff key"),
    "playback_key": ("鍵（管理者から受け取ったもの）", "Key (from your administrator)"),
    "playback_key_note": (
        "この画面を閉じるまで、このタブだけに保存します。",
        "Kept in this tab only, until it is closed.",
    ),
    "playback_key_use": ("開く", "Open"),
    "playback_key_wrong": (
        "鍵が違います。確かめてもう一度入れてください。",
        "The key is wrong. Please check and try again.",
    ),
    "playback_key_forget": ("鍵を消す", "Forget the key"),
    "playback_choose": ("再生する時間", "Time to play"),
    "playback_from": ("始まり", "From"),
    "playback_to": ("終わり", "To"),
    "playback_load": ("読み込む", "Load"),
    "playback_last_hours": ("直近 {count} 時間", "Last {count} h"),
    "playback_last_night": ("昨夜（18時〜9時）", "Last night (18:00–09:00)"),
    "playback_loading": ("記録を読み込んでいます", "Loading the records"),
    "playback_failed": (
        "記録を読み込めませんでした（{reason}）。時間を短くするか、しばらくしてからもう一度お試しください。",
        "The records could not be loaded ({reason}). Choose a shorter time, or try again in a while.",
    ),
    "playback_too_long": (
        "一度に読めるのは24時間までです。始まりは終わりより前にしてください。",
        "At most 24 hours at once, and the beginning must lie before the end.",
    ),
    "playback_empty": ("この時間の記録はありません", "There are no records of this time"),
    "playback_play": ("再生", "Play"),
    "playback_pause": ("止める", "Pause"),
    "playback_back": ("{count} 分戻る", "Back {count} min"),
    "playback_on": ("{count} 分進む", "On {count} min"),
    "playback_speed": ("速さ", "Speed"),
    "playback_speed_of": ("1秒で {count} 分", "{count} min a second"),
    "playback_slider": ("時刻", "Time"),
    "playback_player": ("再生の操作", "Player"),
    "playback_keys": (
        "スライダーでは ← → で1分、PageUp・PageDown で10分動きます。操作欄では K で再生・停止、J・L で10分戻る・進む。",
        "On the slider ← → move by 1 min, PageUp and PageDown by 10. In the player K plays and pauses, J and L move 10 min.",
    ),
    "playback_help": ("使い方と注意", "How to use it, and what to mind"),
    "playback_then": ("当時届いていた記録だけで見る", "Only what had arrived at the time"),
    "playback_then_note": (
        "遅れて届いた記録は、届いた時刻から表示します。外すと、いま分かっている記録で表示します。",
        "What came late is shown from when it came. Untick to see all that is known now.",
    ),
    "playback_map": ("この時刻の地図", "Map at this moment"),
    "playback_map_label": (
        "この時刻の除雪車と道路の地図。同じ内容は下の表にもあります",
        "Map of ploughs and roads at this moment. The same is in the tables below",
    ),
    "playback_strip": ("警戒と出動指示の経過", "Course of alerts and orders"),
    "playback_strip_none": ("この時間に警戒・出動指示はありません", "No alerts or orders in this time"),
    "playback_order": ("出動指示", "Order"),
    "playback_order_of": ("出動指示 {classes}（{by}）", "Order {classes} ({by})"),
    "playback_jump": ("{time} {what}", "{time} {what}"),
    "playback_now": ("{time} の状況", "At {time}"),
    "playback_roads": ("道路の除雪（{time}）", "Roads cleared ({time})"),
    "playback_vehicles": ("除雪車（{time}）", "Ploughs ({time})"),
    "playback_values": ("観測値（{time}）", "Readings ({time})"),
    "playback_alerts": ("警戒（{time}）", "Alerts ({time})"),
    "playback_alerts_none": ("警戒はありません", "No alerts"),
    "playback_count": ("路線数", "Roads"),
    "playback_length": ("延長", "Length"),
    "playback_state": ("様子", "State"),
    "playback_seen": ("最後の位置", "Last position"),
    "playback_moving": ("記録あり", "on record"),
    "playback_stopped": ("停車 {minutes} 分", "stopped for {minutes} min"),
    "playback_unknown": ("位置不明 {minutes} 分（{from}〜{to}）", "position unknown for {minutes} min ({from}–{to})"),
    "playback_unknown_short": ("不明 {minutes}分", "unknown {minutes} min"),
    "playback_not_arrived": (
        "この時点で未着（{time} に届いた）",
        "had not arrived by then (came at {time})",
    ),
    "playback_arrived_late": ("遅れて {time} に届いた記録", "recorded, but arrived late, at {time}"),
    "playback_gone": ("記録なし（最後 {time}）", "no record (last at {time})"),
    "playback_not_yet": ("まだ記録なし", "no record yet"),
    "playback_late_some": (
        "この夜には遅れて届いた記録があります：除雪車 {vehicles} 台、路線 {roads} 本、観測所 {stations} か所。",
        "Some records of this night came late: {vehicles} ploughs, {roads} roads, {stations} gauges.",
    ),
    "playback_afterwards": (
        "記録の多くがあとから取り込まれたものなので、いま分かっている記録で表示しています。",
        "Most of it was taken in afterwards, so all that is known now is shown.",
    ),
    "playback_thinned": (
        "位置は {metres} m 以内の誤差で間引いています。点線は位置が分からない間です。",
        "Positions are thinned to within {metres} m. Dotted lines stand for times when the position is not known.",
    ),
    "playback_station": ("観測所", "Station"),
    "playback_course": ("経過", "Course"),
}


def playback_words(language: Language) -> dict[str, str]:
    """Every word of the page in one language, by key; no other page has to carry them."""
    index = 0 if language == "ja" else 1
    return {key: pair[index] for key, pair in WORDS.items()}
