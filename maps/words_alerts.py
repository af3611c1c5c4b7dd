"""What has to be known beside an alert."""

from __future__ import annotations

WORDS: dict[str, tuple[str, str]] = {
    "between_names": ("・", ", "),
    "stale_alert": ("その後のデータが届いていません", "no data since"),
    "unconfirmed": ("未確認", "Unconfirmed"),
    "alert_unconfirmed": (
        "未確認（ほかの観測で、まだ確かめられていません）",
        "unconfirmed: no other reading has borne it out yet",
    ),
    "alert_in_doubt": ("いまの値は品質に疑いがあります", "the present value is doubtful"),
    "recovering": ("収まりつつあります", "easing"),
}
