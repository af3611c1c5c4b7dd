"""What pages say of the warnings of the Meteorological Agency. Names of kinds are the agency's own and come with the data."""

from __future__ import annotations

WORDS: dict[str, tuple[str, str]] = {
    "jma_title": ("気象庁の警報・注意報", "Warnings of the Meteorological Agency"),
    "jma_loading": ("確認しています", "Looking"),
    "jma_none": (
        "受け取った電文では、この地域に発表中の警報・注意報はありません（最新の電文 {time}）",
        "By the telegrams received, nothing is in force for this area (newest telegram {time})",
    ),
    "jma_unknown": (
        "気象庁の電文をまだ受け取っていません。発表がないという意味ではありません",
        "No telegram has been received yet. It does not mean that nothing is in force",
    ),
    "jma_stale": (
        "気象庁の情報を確認できていません（最後に確認 {time}）。今の発表は気象庁のページで確認してください",
        "The agency's information cannot be read (last read {time}). See the agency's own page for what is in force",
    ),
    "jma_failed": (
        "警報・注意報を読み込めません。今の発表は気象庁のページで確認してください",
        "Warnings cannot be loaded. See the agency's own page for what is in force",
    ),
    "jma_never": ("まだ", "never"),
    "jma_source": ("出典：気象庁（電文を加工して表示）", "Source: Japan Meteorological Agency (telegrams, rearranged)"),
    "jma_orders": (
        "名前に「レベル」が付いていても気象庁の情報です。避難情報（避難指示など）は市町村が発令します。",
        "A name with a level in it is still weather information. Evacuation orders are issued by the municipality.",
    ),
    "jma_page": ("気象庁のページ（外部）", "The agency's page (external)"),
    "jma_issued": ("{time} 発表", "issued {time}"),
    "jma_until": ("{time} ごろまで表示", "shown until about {time}"),
    "jma_more": ("見出し文", "Headline"),
    "jma_code": ("その他（コード {code}）", "Other (code {code})"),
    "jma_emergency": ("特別警報", "Emergency warning"),
    "jma_danger": ("危険警報", "Danger warning"),
    "jma_warning": ("警報", "Warning"),
    "jma_advisory": ("注意報", "Advisory"),
    "jma_information": ("速報", "Bulletin"),
}
