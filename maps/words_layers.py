"""Words of the tables of layers; they are given to those pages only."""

from __future__ import annotations

from maps.words import Language

_WORDS: dict[str, tuple[str, str]] = {
    "all_layers": ("地図の情報（表）", "Map layers as tables"),
    "all_layers_lead": (
        "地図に重ねて表示している情報を、すべて表で読むことができます。地図が見えにくいとき、読み上げソフトを使うときにもお使いください。",
        "Everything that can be laid over the map, as tables: for screen readers, and wherever a map is hard to read.",
    ),
    "no_layers": ("まだ公開された情報はありません。", "Nothing has been published yet."),
    "subject": ("情報", "Layer"),
    "count": ("件数", "Features"),
    "summary": ("区分ごとの件数と広さ", "Each class: how many, how large"),
    "class": ("区分", "Class"),
    "area_total": ("面積の合計 (km²)", "Total area (km²)"),
    "length_total": ("延長の合計 (km)", "Total length (km)"),
    "total": ("全体", "In all"),
    "totals_note": (
        "面積と延長は、地物ごとの値を足したものです。重なる所は重ねて数えています。",
        "Areas and lengths are added up feature by feature; where features overlap, both are counted.",
    ),
    "table": ("一覧", "All features"),
    "number": ("番号", "No."),
    "name": ("名称", "Name"),
    "area": ("面積", "Area"),
    "length": ("延長", "Length"),
    "position": ("位置（緯度, 経度）", "Position (latitude, longitude)"),
    "links": ("リンク", "Links"),
    "on_map": ("地図", "Map"),
    "on_map_of": ("{name}を地図で見る", "{name} on the map"),
    "hazards_at": ("危険", "Hazards"),
    "hazards_at_of": ("{name}の場所の危険", "Hazards at {name}"),
    "source": ("出典", "Credit"),
    "licence": ("ライセンス", "Licence"),
    "date": ("データの時点", "Data as of"),
    "department": ("担当", "Kept by"),
    "colours": ("色と区分", "Colours and classes"),
    "crs": ("元データの座標系", "Source coordinate system"),
    "files": ("ファイル", "Files"),
    "all_as_file": ("全件のファイル：オープンデータ", "All features as files: open data"),
    "show_map": ("地図で見る", "Show on the map"),
    "shelters_now": (
        "いま開いているかどうかは、一覧表の「避難所・避難場所」にあります。",
        "Which of them are open now is told in the table of the present situation.",
    ),
    "present_table": ("一覧表", "Table"),
    "pages": ("表のページ", "Pages of the table"),
    "shown": ("全 {count} 件のうち {first}～{last} 件目", "{first} to {last} of {count}"),
    "page_of": ("{page} / {pages} ページ", "Page {page} of {pages}"),
    "next": ("次の {count} 件", "Next {count}"),
    "previous": ("前の {count} 件", "Previous {count}"),
    "rest_in_files": (
        "このページに載せているのは最初の {shown} 件です。全件はオープンデータのファイルにあります。",
        "This page has the first {shown} features; all of them are in the open data files.",
    ),
    "unknown_class": ("区分が不明", "Class unknown"),
    "empty": ("地物はありません。", "There are no features."),
    "warnings": ("このデータを読むときの注意", "What to know about these data"),
    "not_assessed": (
        "この表にない場所は「想定や指定がない」だけで、安全という意味ではありません。",
        "A place that is not in this table is not assessed; that does not mean it is safe.",
    ),
}


def layer_words(language: Language) -> dict[str, str]:
    """Every word of these pages in one language, by key."""
    index = 0 if language == "ja" else 1
    return {key: pair[index] for key, pair in _WORDS.items()}
