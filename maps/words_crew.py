"""Words of the crew page; they are given to that page only. Short ones: they are read at night, at arm's length."""

from __future__ import annotations

from core.model import Task
from core.ploughs import NoteKind
from maps.words import Language

_WORDS: dict[str, tuple[str, str]] = {
    "title": ("除雪作業", "Plough crew"),
    "map_label": (
        "担当路線と除雪車の地図。同じ内容は「担当路線」の一覧にもあります",
        "Map of your roads and the ploughs. The same facts are in the list under “My route”",
    ),
    "skip": ("操作ボタンへ移動", "Skip to the buttons"),
    "buttons": ("操作", "Actions"),
    # the four actions
    "centre": ("自車中心", "Centre me"),
    "route": ("担当路線", "My route"),
    "report": ("報告", "Report"),
    "task": ("作業切替", "Task"),
    "zoom_in": ("拡大", "Zoom in"),
    "zoom_out": ("縮小", "Zoom out"),
    "undo": ("取り消す", "Undo"),
    "settings": ("設定", "Settings"),
    # who
    "no_key": (
        "この画面は、車両ごとに渡されたリンク（QRコード）から開いてください。",
        "Open this page by the link (QR code) that was handed out for your vehicle.",
    ),
    "no_key_short": ("リンクから開いてください", "Open by your link"),
    "wrong_key": (
        "このリンクは使えなくなりました。除雪センターで新しいリンクを受け取ってください。記録はこの端末に残っています。",
        "This link no longer works. Ask the road office for a new one. What was recorded stays on this phone.",
    ),
    "no_crew": ("この自治体では作業ページを使っていません。", "Crew pages are not in use here."),
    "no_script": (
        "この画面には JavaScript が必要です。",
        "This page needs JavaScript.",
    ),
    "insecure": (
        "https で開いていないため、位置を送れず、圏外では開けません。報告は送れます。",
        "Not opened by https: no positions are sent, and it does not open without a line. Reports still work.",
    ),
    "no_keeping": (
        "この端末では記録を保存できません。通信が切れている間の記録は失われます。",
        "This browser cannot keep records: what is recorded while there is no line will be lost.",
    ),
    # what is left
    "left": ("残り {length}（{roads}路線）", "{length} left ({roads} roads)"),
    "left_time": ("約{time}", "about {time}"),
    "all_clear": ("担当路線はすべて作業済み（{length}）", "All of your route is done ({length})"),
    "by": ("{time} まで（あと{left}）", "by {time} ({left} left)"),
    "overdue": ("{time} の期限を{late}過ぎています", "{late} past the deadline of {time}"),
    "no_order": ("出動指示なし", "no order"),
    "no_route": ("担当路線は登録されていません", "No roads are assigned to you"),
    "no_plan": ("除雪路線は登録されていません", "No cleared roads are registered"),
    "loading": ("読み込んでいます", "Loading"),
    "not_loaded": ("まだ読み込めていません", "Not loaded yet"),
    "evidence": (
        "記録は GPS によるもので、実際と違うことがあります。",
        "Records come from GPS and may differ from what was done.",
    ),
    # position
    "gps_wait": ("位置を取得中", "Finding position"),
    "gps_good": ("GPS ±{metres} m", "GPS ±{metres} m"),
    "gps_coarse": ("GPS 誤差大 ±{metres} m", "GPS poor ±{metres} m"),
    "gps_old": ("GPS {age}更新なし", "GPS silent for {age}"),
    "gps_denied": ("位置情報が許可されていません", "Position not allowed"),
    "gps_denied_help": (
        "位置は送られていません。ブラウザの設定でこのページの「位置情報」を許可してください。報告は送れます。",
        "No positions are sent. Allow “Location” for this page in the browser’s settings. Reports still work.",
    ),
    "gps_none": ("位置を取得できません", "No position"),
    "gps_none_help": (
        "空が見える所で待つか、端末の位置情報（GPS）を入れてください。",
        "Wait under open sky, or switch location (GPS) on.",
    ),
    "gps_off": ("位置は送っていません", "Not sending positions"),
    "gps_stopped": ("位置の記録は止まっています", "Recording stopped"),
    # line
    "online": ("受信 {time}", "Heard {time}"),
    "offline": ("圏外（最終 {time}）", "No line (last {time})"),
    "offline_never": ("圏外", "No line"),
    "server": ("サーバーの不具合（最終 {time}）", "Server trouble (last {time})"),
    "server_never": ("サーバーの不具合", "Server trouble"),
    "waiting": ("未送信 {count}件", "{count} unsent"),
    "waiting_detail": ("未送信：報告 {notes}件・位置 {positions}件", "Unsent: {notes} reports, {positions} positions"),
    "all_sent": ("すべて送信済み", "All sent"),
    "refused": ("受け付けられなかった記録 {count}件", "{count} records were not accepted"),
    "set_aside": (
        "位置 {count}件は確認が必要として保管されました（{reasons}）",
        "{count} positions were set aside to be checked ({reasons})",
    ),
    "clock_wrong": (
        "端末の時計が約{time}ずれています。時刻の自動設定を入れてください。",
        "This phone’s clock is about {time} off. Switch automatic time on.",
    ),
    "full": (
        "端末の保存が一杯です。通信できる所で送信してください。",
        "This phone’s store is full. Find a line so that records can be sent.",
    ),
    # reports
    "report_help": ("押すと5秒後に送ります。", "One tap; it is sent after 5 seconds."),
    "report_text": ("ひとこと（任意）", "A few words (optional)"),
    "noted": ("報告：{kind}", "Report: {kind}"),
    "note_soon": ("5秒後に送ります", "Sent in 5 seconds"),
    "note_held": ("写真を待っています", "Waiting for the photo"),
    "note_undone": ("取り消しました：{kind}", "Undone: {kind}"),
    "photo_add": ("写真を付ける", "Add photo"),
    "photo_added": ("写真を付けました", "Photo added"),
    "photo_failed": ("写真を読めません。写真なしで送ります。", "The photo cannot be read; sent without it."),
    "photo_refused": ("写真は受け付けられず、報告だけ送りました。", "The photo was not accepted; the report was sent."),
    "own_notes": ("今日の報告", "Today’s reports"),
    "no_notes": ("まだありません", "None yet"),
    "state_waiting": ("未送信", "unsent"),
    "state_sent": ("送信済み", "sent"),
    "state_settled": ("対応済み", "dealt with"),
    "with_photo": ("写真あり", "with photo"),
    "without_place": ("位置なし", "no position"),
    # tasks and settings
    "task_now": ("今の作業：{task}", "Task now: {task}"),
    "task_none": ("未選択", "not chosen"),
    "send_positions": ("この端末の位置を送る", "Send this phone’s position"),
    "speak": ("期限を声で知らせる", "Say deadlines aloud"),
    "hold": ("画面の更新を止める", "Stop updating the screen"),
    "held": ("画面の更新を止めています", "Screen updates are stopped"),
    "battery": (
        "画面を消すと位置の記録が止まることがあります。充電しながら使ってください。",
        "With the screen off, recording may stop. Keep the phone on the charger.",
    ),
    "awake": ("画面は消えません", "The screen stays on"),
    "not_awake": ("この端末では画面が消えることがあります", "The screen may switch off on this phone"),
    "said_deadline": ("期限まで、あと{left}。残り{length}です。", "{left} to the deadline. {length} left."),
    # lists
    "open_roads": ("残っている路線", "Roads left"),
    "done_roads": ("作業済みの路線", "Roads done"),
    "none": ("なし", "none"),
    "others": ("ほかの除雪車", "Other ploughs"),
    "no_others": ("この6時間に位置の届いた車はありません", "No other plough was heard in the last 6 hours"),
    "legend": ("路線の色", "Colours of roads"),
    "legend_open": ("残っている路線（太い帯）", "Roads left (wide band)"),
    "share": ("{percent} % 作業", "{percent} % worked"),
    "contact": ("連絡先", "Contact"),
    "language": ("English", "日本語"),
    "fictitious": ("架空", "Fictitious"),
    # amounts
    "now": ("たった今", "just now"),
    "seconds": ("{n}秒", "{n} s"),
    "minutes": ("{n}分", "{n} min"),
    "hours": ("{h}時間{m}分", "{h} h {m} min"),
    "ago": ("{time}前", "{time} ago"),
    "metres": ("{n} m", "{n} m"),
    "kilometres": ("{n} km", "{n} km"),
}

_TASKS: dict[Task, tuple[str, str]] = {
    Task.PLOUGH: ("新雪除雪", "Plough"),
    Task.GRADE: ("路面整正", "Grade"),
    Task.WIDEN: ("拡幅", "Widen"),
    Task.HAUL: ("運搬排雪", "Haul"),
    Task.DEICE: ("凍結防止剤", "De-ice"),
    Task.SIDEWALK: ("歩道除雪", "Sidewalk"),
    Task.TRAVEL: ("回送", "Travel"),
    Task.IDLE: ("待機", "Idle"),
}

_NOTES: dict[NoteKind, tuple[str, str]] = {
    NoteKind.BLOCKED_BY_CAR: ("車で通れない", "Car in the way"),
    NoteKind.DAMAGED_KERB: ("縁石の破損", "Kerb damaged"),
    NoteKind.DUMP_FULL: ("雪捨て場 満杯", "Snow dump full"),
    NoteKind.SNOW_PILE: ("出された雪の山", "Snow put out"),
    NoteKind.FALLEN_TREE: ("倒木", "Fallen tree"),
    NoteKind.OTHER: ("その他", "Other"),
}


def crew_words(language: Language) -> dict[str, str]:
    """Every word of the page in one language, by key."""
    return {key: pair[_index(language)] for key, pair in _WORDS.items()}


def task_words(language: Language) -> dict[str, str]:
    """What each task is called on the buttons, in their order."""
    return {task.value: pair[_index(language)] for task, pair in _TASKS.items()}


def note_words(language: Language) -> dict[str, str]:
    """What each kind of note is called on the buttons, in their order."""
    return {kind.value: pair[_index(language)] for kind, pair in _NOTES.items()}


def _index(language: Language) -> int:
    return 0 if language == "ja" else 1
