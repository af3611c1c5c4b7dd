"""Words of the printed map; they are given to that page only."""

from __future__ import annotations

from maps.words import Language

_WORDS: dict[str, tuple[str, str]] = {
    "title": ("{theme}の地図", "{theme} map"),
    "title_all": ("防災の地図", "Map of hazards, snow and water"),
    "title_hazard": ("ハザードと避難場所の地図", "Map of hazards and shelters"),
    "title_shelter": ("避難所・避難場所の地図", "Map of shelters"),
    "title_plough": ("除雪路線と通行規制の地図", "Map of cleared roads and closures"),
    "title_town": ("まちの情報の地図", "Map of the town"),
    "title_layers": ("選んだ情報の地図", "Map of chosen layers"),
    "form": ("印刷する内容", "What to print"),
    "lead": (
        "下の用紙がそのまま印刷されます。ブラウザーの印刷で、用紙を {paper} 横、倍率を 100 % にしてください。",
        "The sheet below is what is printed. In your browser's print dialogue choose {paper} landscape at 100 %.",
    ),
    "theme": ("内容", "Theme"),
    "paper": ("用紙", "Paper"),
    "ink": ("色", "Ink"),
    "ink_colour": ("カラー", "Colour"),
    "ink_mono": ("白黒（コピー・ファクス用）", "Black and white (copier, fax)"),
    "part": ("範囲", "Area"),
    "part_all": ("全域", "Whole municipality"),
    "part_zoomed": ("地図で見ていた範囲", "The part shown on the map"),
    "layers_chosen": ("選んだ層だけ（{count}）", "Chosen layers only ({count})"),
    "show": ("この内容にする", "Make this sheet"),
    "print_now": ("印刷する", "Print"),
    "sheet": ("用紙の見本", "The sheet"),
    "sheet_more": ("2枚目以降（1枚に入らなかった一覧）", "Further pages (lists that found no room)"),
    "map_label": (
        "{title}。縮尺 {scale}。同じ内容は一覧表にもあります",
        "{title}, scale {scale}. The same facts are in the table",
    ),
    "no_colour": (
        "色や模様がない所は「未評価」です。安全という意味ではありません。",
        "Places without colour or hatching are not assessed. It does not mean that they are safe.",
    ),
    "no_mono": (
        "模様がない所は「未評価」です。安全という意味ではありません。",
        "Places without hatching are not assessed. It does not mean that they are safe.",
    ),
    "paper_ages": (
        "この紙は {time} の状態です。今の状態は右上の QR コードか、市町村の発表で確かめてください。",
        "This paper shows the state of {time}. For the present state use the QR code or the municipality's announcements.",
    ),
    "paper_ages_plain": (
        "この紙は {time} の状態です。今の状態は市町村の発表で確かめてください。",
        "This paper shows the state of {time}. For the present state follow the municipality's announcements.",
    ),
    "no_state": ("状況は不明です（データをまだ受け取れていません）", "The state is unknown: no data received yet"),
    "qr": ("今の状態を見る QR コード：{address}", "QR code to the present state: {address}"),
    "legend": ("凡例", "Legend"),
    "ground": ("地図", "Map"),
    "stations": ("観測所の値", "Values of stations"),
    "station_marks": ("観測所", "Stations"),
    "shelters": ("避難所・避難場所", "Shelters"),
    "shelter_list": ("避難所・避難場所の番号", "Numbers of shelters"),
    "shelter_both": ("指定緊急避難場所と指定避難所を兼ねる所", "Emergency evacuation site and shelter in one"),
    "shelter_signs": ("対象の災害", "Designated for"),
    "shelter_open_note": (
        "「開設中」などの印がない所は、開いているか分かりません。",
        "Where no state is given it is not known whether it is open.",
    ),
    "closures": ("通行規制", "Road closures"),
    "coming": ("予定", "planned"),
    "sources": ("データの出典と時点", "Data, credits and dates"),
    "absent": ("この範囲に該当なし（安全という意味ではありません）", "Nothing drawn here (which does not mean safe)"),
    "failed": ("読み込めず、この紙にないもの", "Could not be read and is missing on this sheet"),
    "scale": (
        "縮尺 {scale}（{paper} 横・倍率 100 % で印刷したとき）",
        "Scale {scale} (printed on {paper} landscape at 100 %)",
    ),
    "system": (
        "平面直角座標系（JGD2011、EPSG:{epsg}）",
        "Japan plane rectangular coordinates (JGD2011, EPSG:{epsg})",
    ),
    "north": ("北", "N"),
    "wrong": ("この内容では印刷用の地図を作れません", "This sheet cannot be made"),
    "wrong_unknown": (
        "知らない項目です：{name}。使えるのは {known} です。",
        "Unknown parameter {name}. Known: {known}.",
    ),
    "wrong_twice": ("{name} が2回以上指定されています。1回だけにしてください。", "{name} is given more than once."),
    "wrong_choice": ("{name} は {known} のどれかにしてください。", "{name} must be one of {known}."),
    "wrong_layer": (
        "layers に、公開されていない層か知らない層があります。使えるのは {known} です。",
        "layers names a layer that is not published. Known: {known}.",
    ),
    "wrong_numbers": (
        "bbox は「西,南,東,北」の4つの数（度、例 {example}）にしてください。",
        "bbox must be four numbers in degrees: west,south,east,north (such as {example}).",
    ),
    "wrong_order": (
        "bbox の西は東より、南は北より小さくしてください。",
        "In bbox west must be less than east, south less than north.",
    ),
    "wrong_beyond": (
        "bbox がこの市町村の範囲（{example}）と重なりません。",
        "bbox does not touch this municipality ({example}).",
    ),
    "wrong_back": ("全域の A3 を開く", "Open the whole municipality on A3"),
}


def print_words(language: Language) -> dict[str, str]:
    """Every word of the printed map in one language, by key."""
    index = 0 if language == "ja" else 1
    return {key: pair[index] for key, pair in _WORDS.items()}
