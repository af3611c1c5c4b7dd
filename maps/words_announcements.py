"""What public pages say of the town's messages to its residents."""

from __future__ import annotations

WORDS: dict[str, tuple[str, str]] = {
    "announcements": ("市町村からのお知らせ", "Messages from the municipality"),
    "announcements_loading": ("確認しています", "Looking"),
    "announcements_none": (
        "この画面から出したお知らせは、いまはありません（{time}）。防災行政無線などもご確認ください。",
        "There is no message given out from here at the moment ({time}). Mind the town's loudspeakers too.",
    ),
    "announcements_failed": (
        "お知らせを読み込めません。防災行政無線やテレビ、ラジオで確認してください。",
        "Messages cannot be loaded. Mind the town's loudspeakers, television and radio.",
    ),
    "announcement_in_force": ("発表中", "In force"),
    "announcement_over": ("終了", "Over"),
    "announcement_correction": ("訂正", "Corrected"),
    "announcement_withdrawal": ("取消", "Withdrawn"),
    "announcement_all_clear": ("解除", "All clear"),
    "announcement_sent": ("{time} 発表", "Given out {time}"),
    "announcement_easy": ("やさしい日本語", "やさしい日本語"),
    "announcement_more": ("全文", "Full text"),
}
