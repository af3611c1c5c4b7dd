"""Words of the page of exposure; they are given to that page only."""

from __future__ import annotations

from maps.words import Language

_WORDS: dict[str, tuple[str, str]] = {
    "title": ("防災アセスメント", "Exposure to hazards"),
    "lead": (
        "避難所・施設・道路・農地・人口が、災害の想定区域の各区分にどれだけかかるかを、公開している地図どうしを重ねて数えたものです。",
        "How many shelters, roads, fields and persons lie in each class of each hazard map, by laying published maps over each other.",
    ),
    "not_safe": (
        "「評価されていない区域」は、この地図で想定・指定がされていないというだけで、安全という意味ではありません。",
        "“Not assessed” means that this map says nothing about the place. It does not mean that it is safe.",
    ),
    "limits": ("この表が言っていないこと", "What these tables do not say"),
    "limit_overlay": (
        "図形を単純に重ねた結果です。建物の高さや階、盛土、橋、トンネルは考えていません。",
        "A straight overlay of shapes: floors of buildings, embankments, bridges and tunnels are not considered.",
    ),
    "limit_border": (
        "道路や農地は区域の境で分けて数えます。点は、境の上にあれば重い方の区分に入れます。同じ地図の中で区域が重なる所は、重い方の区分だけに数えます。",
        "Roads and fields are cut at the edges of areas. On an edge, and where areas of one map overlap, the graver class counts.",
    ),
    "limit_maps": (
        "地図が違えば、同じ場所を別々に数えています。表どうしの数字を足すことはできません。",
        "Each map is counted by itself: figures of different tables must not be added.",
    ),
    "limit_mesh": (
        "人口は推計です。メッシュの中に人が一様に住むとして面積で割り振っています（データの年は下の一覧）。",
        "Persons are an estimate: each square’s are spread evenly over it (for the year see the list below).",
    ),
    "limit_dates": (
        "地図ごとに時点が違います。下の一覧で確かめてください。",
        "The maps are of different dates; see the list below.",
    ),
    "made": ("計算した日時", "Reckoned"),
    "on_map": ("地図で見る", "Show on the map"),
    "files": ("ファイル", "Files"),
    "file_csv": ("表（CSV）", "Table (CSV)"),
    "file_gpkg": (
        "GeoPackage（施設・道路の区間・農地・人口・表）",
        "GeoPackage (sites, road sections, fields, persons, table)",
    ),
    "file_json": ("表（JSON）", "Table (JSON)"),
    "file_sites": ("区域にかかる施設（GeoJSON）", "Sites in hazard areas (GeoJSON)"),
    "file_roads": ("区域にかかる道路（GeoJSON）", "Roads in hazard areas (GeoJSON)"),
    "class": ("区分", "Class"),
    "total": ("全体", "All"),
    "sites": ("か所", "sites"),
    "length": ("km", "km"),
    "area": ("ha", "ha"),
    "persons": ("人・推計", "persons, estimate"),
    "fit": ("うち{hazard}に指定 {count}", "designated for {hazard}: {count}"),
    "names": ("区域内にあるもの", "What lies in the areas"),
    "more": ("ほか{count}", "and {count} more"),
    "unknown": (
        "{title}：人数が分からない（秘匿など）メッシュが{count}あり、数えていません。",
        "{title}: {count} squares give no number (withheld) and are not counted.",
    ),
    "without_area": (
        "線や点で示された{count}か所は、広がりが分からないため数えていません。",
        "{count} spots given as lines or points have no extent and are not counted.",
    ),
    "sources": ("使ったデータ", "Data used"),
    "data": ("データ", "Data"),
    "date": ("データの時点", "Data as of"),
    "failed": ("{since} から更新できていません", "not renewed since {since}"),
    "licence": ("ライセンス", "Licence"),
    "credit": ("出典", "Credit"),
    "no_hazards": (
        "災害の想定区域の地図が公開されていないため、計算できません。",
        "No hazard map is published, so there is nothing to reckon with.",
    ),
    "no_targets": (
        "数える対象（避難所・施設・道路など）の地図が公開されていません。",
        "No map of shelters, facilities or roads is published.",
    ),
    "nothing": (
        "まだ計算されていません。公開の処理が終わると表示されます。",
        "Not reckoned yet; shown when publishing is through.",
    ),
}

HAZARDS: dict[str, tuple[str, str]] = {
    "flood": ("洪水", "flood"),
    "landslide": ("土砂災害", "sediment disaster"),
    "storm_surge": ("高潮", "storm surge"),
    "earthquake": ("地震", "earthquake"),
    "tsunami": ("津波", "tsunami"),
    "fire": ("大規模な火事", "large fire"),
    "inland_flood": ("内水氾濫", "inland flooding"),
    "volcano": ("火山現象", "volcano"),
    "avalanche": ("雪崩", "avalanche"),
    "heavy_snow": ("大雪", "heavy snow"),
}


def exposure_words(language: Language) -> dict[str, str]:
    """Every word of the page in one language, by key."""
    index = 0 if language == "ja" else 1
    return {key: pair[index] for key, pair in _WORDS.items()}


def hazard_word(hazard: str, language: Language) -> str:
    """The hazard's name."""
    return HAZARDS[hazard][0 if language == "ja" else 1]
