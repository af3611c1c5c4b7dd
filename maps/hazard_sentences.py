"""The sentences around a hazard report, in Japanese, easy Japanese and English; ``{name}`` marks a place to fill in.

The page, the interface and the browser's own computing all fill the same templates.
"""

from __future__ import annotations

from collections.abc import Mapping

from maps.hazard_advice import REGISTERS, Register

SENTENCES: Mapping[str, tuple[str, str, str]] = {
    # place
    "place": ("北緯{lat}度、東経{lon}度", "北緯 {lat}度、東経 {lon}度", "Latitude {lat}°, longitude {lon}°"),
    "inside": ("{site}の中です。", "{site}の 中です。", "Inside {site}."),
    "outside": (
        "{site}の外です。この地図では、{site}の外のことは分かりません。その場所の市町村のハザードマップを確認してください。",
        "{site}の 外です。この 地図では、{site}の 外の ことは わかりません。その 市町村の 地図を 見て ください。",
        "Outside {site}. This map knows nothing there. See the hazard map of the municipality of that place.",
    ),
    "official": (
        "{site}の避難情報に従ってください。",
        "{site}の 避難情報（逃げる ための お知らせ）を 見て、その とおりに して ください。",
        "Follow the evacuation information of {site}.",
    ),
    "general": (
        "ここに書いた行動は一般的な注意です。市町村が出す避難情報ではありません。",
        "ここに 書いて ある ことは ふつうの 注意です。市の お知らせでは ありません。",
        "What is written here is general advice, not an evacuation order.",
    ),
    "accuracy": (
        "区域の境界には数m以上の誤差があります。境界の近くでは、より危険な方の区域の中と考えてください。",
        "地図の 線は 少し ずれて います。線の 近くでは、もっと あぶない 方だと 思って ください。",
        "The edges of the areas are off by some metres or more. Near an edge, assume the graver area.",
    ),
    # layers
    "not_assessed": (
        "この地図では評価されていません（安全という意味ではありません）",
        "この 地図では 調べて いません（安全と いう 意味では ありません）",
        "Not assessed on this map (this does not mean safe)",
    ),
    "class_unknown": (
        "区域の中ですが、区分は不明です",
        "あぶない 所の 中です。どのくらいかは わかりません",
        "Inside an area of unknown class",
    ),
    "nearby": (
        "すぐ近く（約{metres}m）に「{label}」の区域があります。",
        "すぐ 近く（だいたい {metres}m）に 「{label}」の 所が あります。",
        "Close by (about {metres} m) there is an area of “{label}”.",
    ),
    "here_too": (
        "ここに重なる区域：{labels}",
        "ここには これも あります：{labels}",
        "Also covering this place: {labels}",
    ),
    "layer_failed": (
        "この地図のデータを読めませんでした。ここの危険は分かりません。",
        "この 地図を 読む ことが できませんでした。ここの ことは わかりません。",
        "The data of this map could not be read. What holds here is not known.",
    ),
    "no_layer": (
        "この危険の区域を示す地図は、ここにはありません。",
        "この ことの 地図は ここには ありません。",
        "There is no map of areas for this hazard here.",
    ),
    "no_layers": (
        "このサイトには、危険の区域を示す地図がまだありません。",
        "あぶない 所の 地図は、まだ ありません。",
        "This site has no hazard maps yet.",
    ),
    "none_advice": (
        "区域の外でも起こることがあります。天気や周りの様子と、市町村の情報に注意してください。",
        "ここでも あぶない ことが 起こるかも しれません。天気と 市の お知らせを 見て ください。",
        "It can happen outside the mapped areas too. Watch the weather, your surroundings and official information.",
    ),
    "advice_title": ("どうするか", "どう しますか", "What to do"),
    "advice_source": ("参考：{source}", "参考：{source}", "After: {source}"),
    "sources_title": ("地図の説明と出典", "地図の 説明", "About these maps"),
    "source": ("出典：{credit}", "出典：{credit}", "Source: {credit}"),
    "data_date": ("データの日付：{date}", "データの 日：{date}", "Date of the data: {date}"),
    "fictitious": ("架空", "ほんとうでは ない データ", "Fictitious"),
    # shelters
    "shelters_title": (
        "{hazard}のときの避難場所（近い順）",
        "逃げる 所（近い ほうから）",
        "Evacuation sites for: {hazard} (nearest first)",
    ),
    "shelters_note": (
        "距離は直線距離です。道のりはこれより長く、道が通れるかは分かりません。受入対象者を限る避難所は載せていません。",
        "距離は まっすぐ はかった 長さです。道は もっと 長いです。道が 通れるかは わかりません。",
        "Distances are straight lines; the way is longer, and whether roads are open is not known. Shelters with limited admission are left out.",
    ),
    "distance_m": ("直線距離 約{metres}m", "まっすぐ {metres}mくらい", "about {metres} m in a straight line"),
    "distance_km": ("直線距離 約{km}km", "まっすぐ {km}kmくらい", "about {km} km in a straight line"),
    "distance_near": ("直線距離 10m未満", "すぐ ここ", "less than 10 m away"),
    "elevation": ("標高 {metres}m", "高さ（標高） {metres}m", "elevation {metres} m"),
    "elevation_unknown": ("標高 不明", "高さ（標高）は わかりません", "elevation not known"),
    "shelter_open": ("開設中", "開いて います", "Open"),
    "shelter_full": ("満員", "いっぱいで 入れません", "Full"),
    "shelter_closed": ("閉鎖中", "閉まって います", "Closed"),
    "shelter_unknown": (
        "開いているかの情報はありません",
        "開いて いるか わかりません",
        "No word on whether it is open",
    ),
    "shelter_as_of": ("{time} 時点", "{time}の とき", "as of {time}"),
    "same_facility": (
        "同じ施設の避難所：{state}",
        "同じ 建物の 避難所：{state}",
        "Shelter in the same facility: {state}",
    ),
    "people": ("{people}人", "{people}人 います", "{people} people"),
    "capacity": ("定員 {capacity}人", "{capacity}人まで", "capacity {capacity}"),
    "shelter_inside": (
        "この避難場所も「{layer}」の区域の中です（{label}）。",
        "この 避難場所も あぶない 所の 中です（{label}）。",
        "This site itself lies in an area of “{layer}” ({label}).",
    ),
    "no_shelters": (
        "{hazard}に対応する避難場所は、この地図のデータにありません。避難先は{site}に確認してください。",
        "{hazard}の ときの 避難場所は、この 地図に ありません。{site}に 聞いて ください。",
        "The data of this map name no evacuation site for: {hazard}. Ask {site} where to go.",
    ),
    "no_shelters_own": (
        "{hazard}のために指定された避難場所はありません。どこへ移動するかは{site}に問い合わせてください。",
        "{hazard}の ための 避難場所は 決まって いません。{site}に 聞いて ください。",
        "No shelter is designated for: {hazard}. Ask {site} where to go.",
    ),
    # page
    "page_title": ("この場所の危険", "ここは どんな 所か", "Hazards at this place"),
    "form_help": (
        "緯度と経度を、半角の数字で度の小数で入れてください（例：緯度 {lat}、経度 {lon}）。地図で場所を押しても調べられます。",
        "緯度と 経度を 数字で 書いて ください（例：緯度 {lat}、経度 {lon}）。地図を 押しても 見る ことが できます。",
        "Type latitude and longitude as decimal degrees (such as {lat} and {lon}). You can also tap a place on the map.",
    ),
    "form_lat": ("緯度（北緯）", "緯度", "Latitude (north)"),
    "form_lon": ("経度（東経）", "経度", "Longitude (east)"),
    "form_ask": ("調べる", "見る", "Look up"),
    "to_map": ("地図を開く", "地図を 見る", "Open the map"),
    "register_title": ("ことば", "ことば", "Language"),
    "as_of": ("{time} 現在", "{time}の とき", "As of {time}"),
    "wrong_title": ("この場所は調べられません", "ここは 調べる ことが できません", "This place cannot be looked up"),
    "wrong_missing": (
        "{name}がありません。緯度（lat）と経度（lon）の両方が必要です。",
        "{name}が ありません。緯度（lat）と 経度（lon）を 書いて ください。",
        "'{name}' is missing. Both latitude (lat) and longitude (lon) are needed.",
    ),
    "wrong_twice": (
        "{name}が二つ以上あります。一つだけにしてください。",
        "{name}が 二つ あります。一つだけ 書いて ください。",
        "Parameter '{name}' is given more than once.",
    ),
    "wrong_unknown": (
        "ここで使えない項目があります。使えるのは緯度（lat）と経度（lon）です。",
        "使えない ことばが あります。緯度（lat）と 経度（lon）だけ 書いて ください。",
        "There is an unknown parameter. Known here: {known}.",
    ),
    "wrong_number": (
        "{name}が度の小数ではありません。半角の数字で、{example} のように入れてください。",
        "{name}は {example} の ように 数字で 書いて ください。",
        "Parameter '{name}' is not a number of decimal degrees such as {example}.",
    ),
    "wrong_beyond": (
        "この地図の範囲（経度 {west} から {east}、緯度 {south} から {north}）の外です。そこのことは、この地図では分かりません。その場所の市町村のハザードマップを確認してください。",
        "この 地図の 外です。そこの ことは わかりません。その 市町村の 地図を 見て ください。",
        "The place lies outside this map (longitude {west} to {east}, latitude {south} to {north}); nothing is known there. See the hazard map of the municipality of that place.",
    ),
    # gauges
    "gauges_title": ("近くの観測所", "近くで はかって いる 所", "Gauges nearby"),
    "gauges_none": (
        "{km}km以内に観測所はありません。",
        "{km}kmの 中に はかって いる 所は ありません。",
        "There is no gauge within {km} km.",
    ),
    "gauges_note": (
        "観測所の値は、この場所の値ではありません。",
        "これは はかった 所の 数字です。ここの 数字では ありません。",
        "Values hold at the gauge, not at this place.",
    ),
    "gauges_stale": (
        "データの更新が止まっています。今の値ではありません。",
        "新しい 数字が 来て いません。今の 数字では ありません。",
        "Data stand still: these are not present values.",
    ),
}

DIRECTIONS: Mapping[Register, tuple[str, ...]] = {
    "ja": ("北", "北東", "東", "南東", "南", "南西", "西", "北西"),
    "easy": ("北", "北東", "東", "南東", "南", "南西", "西", "北西"),
    "en": ("north", "north-east", "east", "south-east", "south", "south-west", "west", "north-west"),
}
"""The eight directions, clockwise from north."""


def sentences(register: Register) -> dict[str, str]:
    """Every template in one register."""
    index = REGISTERS.index(register)
    return {key: row[index] for key, row in SENTENCES.items()}
