"""Words of the open data pages and of the geodata interface; they are given to those pages only."""

from __future__ import annotations

from maps.words import Language

_WORDS: dict[str, tuple[str, str]] = {
    "open_data": ("オープンデータ", "Open data"),
    "open_data_lead": (
        "この市町村が公開しているデータです。利用条件（ライセンス）と出典を確かめてお使いください。",
        "Data this municipality publishes. Mind the licence and the credit of each data set.",
    ),
    "data_set": ("データ", "Data set"),
    "files": ("ファイル", "Files"),
    "licence": ("ライセンス", "Licence"),
    "credit": ("出典", "Credit"),
    "date": ("データの時点", "Data as of"),
    "updated": ("ファイルの更新", "File written"),
    "count": ("件数", "Features"),
    "nothing": ("まだ公開されたデータはありません。", "Nothing has been published yet."),
    "csv_note": (
        "CSV は UTF-8（BOM 付き）です。点は経度・緯度の列、線と面は WKT の列があります。数式と見なされる文字で始まる文字列には先頭に「'」を付けています。",
        "CSV files are UTF-8 with BOM; points have longitude and latitude, others WKT. Formula-like texts begin with '.",
    ),
    "shelter_note": (
        "「自治体標準」は、デジタル庁の自治体標準オープンデータセットの列順です。独自の列は右端に加えています。",
        "“Standard form” has the columns of the Digital Agency’s municipal standard in its order; our own stand behind them.",
    ),
    "values_note": (
        "観測値は自動観測の速報値で、人が確かめたものではありません。時刻・経過・品質の列を必ず見てください。",
        "Readings are automatic and not checked by people: mind their time, age and quality.",
    ),
    "values": ("観測値", "Readings"),
    "latest": ("全観測所の最新値（CSV）", "Newest values of all stations (CSV)"),
    "day": ("全観測所の24時間分（CSV）", "Last 24 hours of all stations (CSV)"),
    "series": ("観測所ごとの24時間分", "Last 24 hours by station"),
    "ogc": ("地理データのインターフェース（OGC API – Features）", "Geodata interface (OGC API – Features)"),
    "ogc_short": ("地理データ", "Geodata"),
    "qgis": (
        "QGIS：「レイヤ」→「レイヤを追加」→「WFS / OGC API - Features レイヤを追加」で、この場所を新しい接続の URL に書きます。",
        "QGIS: Layer → Add Layer → Add WFS / OGC API – Features Layer, and give this address as the URL of a new connection.",
    ),
    "catalogue": ("カタログ（DCAT、JSON-LD）", "Catalogue (DCAT, JSON-LD)"),
    "collections": ("データ一覧", "Collections"),
    "conformance": ("準拠する規格", "Conformance"),
    "api": ("インターフェースの説明", "Description of the interface"),
    "features": ("地物", "Features"),
    "feature": ("地物", "Feature"),
    "property": ("項目", "Property"),
    "value": ("値", "Value"),
    "id": ("番号", "Id"),
    "matched": ("全 {count} 件", "{count} in all"),
    "shown": ("{first}～{last} 件目", "{first} to {last}"),
    "next": ("次のページ", "Next page"),
    "prev": ("前のページ", "Previous page"),
    "json": ("JSON で見る", "The same as JSON"),
    "none_found": ("当てはまる地物はありません。", "No feature fits."),
    "geometry": ("形", "Geometry"),
    "paths": ("アドレス", "Addresses"),
    "summary": ("内容", "What it gives"),
    "crs_use": ("用途", "Use"),
    "parameters": ("指定できる項目", "Parameters"),
    "links": ("リンク", "Links"),
    "yes": ("はい", "yes"),
    "no": ("いいえ", "no"),
}


def open_words(language: Language) -> dict[str, str]:
    """Every word of these pages in one language, by key."""
    index = 0 if language == "ja" else 1
    return {key: pair[index] for key, pair in _WORDS.items()}
