"""Tells from the names of a file's properties what it is: the kind to read it as, and whom to credit.

By properties, never by file name: files get renamed, and one name has held three forms over the years.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass, replace

from gis.kinds.population_mesh import CODES, PERSONS
from gis.shelter_forms import heading

KSJ_LICENCE = "国土数値情報利用約款"
GSI_LICENCE = "国土地理院コンテンツ利用規約"


@dataclass(frozen=True, slots=True, kw_only=True)
class Recognised:
    """What a file seems to be, as a suggestion a person confirms.

    ``kind`` is a layer kind; ``family`` says the form of the source in words; title, licence, credit and notes are
    texts for ``layers/<id>.toml``. ``warnings`` are what the person should know before publishing.
    """

    kind: str
    family_ja: str
    family_en: str
    title_ja: str
    title_en: str
    licence: str = ""
    credit: str = ""
    source_url: str = ""
    note_ja: str = ""
    note_en: str = ""
    warnings: tuple[str, ...] = ()


Names = frozenset[str]

_NOT_SAFE_JA = "色のない場所は「想定・指定がされていない」だけで、安全という意味ではありません。"
_NOT_SAFE_EN = "A place without colour is not assessed or not designated; that does not mean it is safe."
_OLD_JA = "2010年整備の古い調査結果です。現在の指定区域は「土砂災害警戒区域」を確認してください。"
_OLD_EN = "An old survey of 2010. For what is designated today see the sediment disaster zones."
_P20_JA = "2012年の古い一覧です。現在の指定緊急避難場所は町に確認してください。"
_P20_EN = "An old list of 2012. Ask the town which evacuation sites are designated today."


def recognise(properties: Collection[str], geometry: str) -> Recognised | None:
    """What a file with these property names is; None where its form is not known.

    ``geometry`` is a GeoJSON type, or ``point``, ``line``, ``polygon``, ``mixed``; empty where not known. It decides
    only between forms with the same names, and warns where it does not fit what was recognised.
    """
    names = frozenset(heading(name) for name in properties)
    found = next((form for test, form in _FORMS if test(names)), None)
    if found is None:
        return None
    shape = _SHAPES.get(geometry, geometry)
    expected = _EXPECTED[found.kind]
    if shape and shape not in expected:
        warning = f"a layer of kind {found.kind} has {' or '.join(expected)} features, these are {shape}"
        found = replace(found, warnings=(*found.warnings, warning))
    return found


_SHAPES = {
    "Point": "point",
    "MultiPoint": "point",
    "LineString": "line",
    "MultiLineString": "line",
    "Polygon": "polygon",
    "MultiPolygon": "polygon",
    "GeometryCollection": "mixed",
    "Unknown": "",
}
_AREA = ("polygon",)
_EXPECTED = {
    "flood_depth": _AREA,
    "flood_duration": _AREA,
    "house_collapse": _AREA,
    "sediment": _AREA,
    "boundary": _AREA,
    "population_mesh": _AREA,
    "hazard_sites": ("polygon", "line", "point", "mixed"),
    "shelters": ("point",),
    "rivers": ("line",),
    "roads": ("line",),
    "closures": ("line", "point", "mixed"),
}


def _has(*wanted: str) -> Callable[[Names], bool]:
    return lambda names: any(heading(name) in names for name in wanted)


def _has_all(*wanted: str) -> Callable[[Names], bool]:
    return lambda names: all(heading(name) in names for name in wanted)


def _mesh_of_persons(names: Names) -> bool:
    """A mesh code and a number of persons; tables by 町丁・字等 have a KEY_CODE too, which is no mesh code."""
    return _has(*CODES)(names) and _has(*PERSONS)(names) and not _has("HYOSYO", "S_AREA")(names)


def _ksj(kind: str, family: tuple[str, str], title: tuple[str, str], data: str, dataset: str) -> Recognised:
    """A data set of KSJ; ``data`` is its name in the credit line, ``dataset`` the name of its page."""
    return Recognised(
        kind=kind,
        family_ja=family[0],
        family_en=family[1],
        title_ja=title[0],
        title_en=title[1],
        licence=KSJ_LICENCE,
        credit=f"「国土数値情報（{data}）」（国土交通省）を加工して作成",
        source_url=f"https://nlftp.mlit.go.jp/ksj/gml/datalist/KsjTmplt-{dataset}.html",
    )


def _flood(kind: str, family: str, title: tuple[str, str], dataset: str) -> Recognised:
    years = {
        "A31a": ("2023年以降", "2023 on"),
        "A31b": ("1次メッシュ単位、2023年以降", "by mesh, 2023 on"),
        "A31": ("第2版以降", "version 2 on"),
        "A31-12": ("2012年", "2012"),
    }[family]
    name = family.removesuffix("-12")
    found = _ksj(
        kind,
        (f"国土数値情報 {name}（{years[0]}）", f"KSJ {name} ({years[1]})"),
        title,
        "洪水浸水想定区域データ",
        dataset,
    )
    return replace(found, note_ja=_NOT_SAFE_JA, note_en=_NOT_SAFE_EN)


_LARGEST = ("洪水浸水想定（想定最大規模）", "Flood depth (largest assumed rain)")
_PLANNED = ("洪水浸水想定（計画規模）", "Flood depth (rain of the river plan)")
_DURATION = ("浸水継続時間", "Duration of flooding")
_COLLAPSE = ("家屋倒壊等氾濫想定区域", "Zones where a flood may destroy houses")
_OF_2012 = replace(
    _flood("flood_depth", "A31-12", _PLANNED, "A31"),
    warnings=("flood areas of 2012: newer ones (A31a) are published for most rivers",),
)
_SEDIMENT = replace(
    _ksj(
        "sediment",
        ("国土数値情報 A33", "KSJ A33"),
        ("土砂災害警戒区域・特別警戒区域", "Sediment disaster zones"),
        "土砂災害警戒区域データ",
        "A33",
    ),
    note_ja=_NOT_SAFE_JA,
    note_en=_NOT_SAFE_EN,
)
_DANGER_SPOTS = replace(
    _ksj(
        "hazard_sites",
        ("国土数値情報 A26（2010年）", "KSJ A26 (2010)"),
        ("土砂災害・雪崩危険箇所", "Danger spots (sediment, avalanche)"),
        "土砂災害・雪崩メッシュ・危険箇所データ",
        "A26",
    ),
    note_ja=_OLD_JA,
    note_en=_OLD_EN,
    warnings=(
        "a survey of 2010 on JGD2000: positions may differ by metres in Tohoku, and zones designated since are in A33",
    ),
)
_P20 = replace(
    _ksj(
        "shelters",
        ("国土数値情報 P20（2012年）", "KSJ P20 (2012)"),
        ("避難施設（2012年）", "Shelters (2012)"),
        "避難施設データ",
        "P20",
    ),
    note_ja=_P20_JA,
    note_en=_P20_EN,
    warnings=("a list of 2012, before sites were designated by hazard: use GSI's or the town's own list if you can",),
)
_BOUNDARY = _ksj(
    "boundary", ("国土数値情報 N03", "KSJ N03"), ("市町村の境界", "Municipal boundary"), "行政区域データ", "N03"
)
_RIVERS = _ksj("rivers", ("国土数値情報 W05", "KSJ W05"), ("河川", "Rivers"), "河川データ", "W05")
_PROJECTED_PERSONS = replace(
    _ksj(
        "population_mesh",
        ("国土数値情報 メッシュ別将来推計人口", "KSJ projected population by grid square"),
        ("将来推計人口（メッシュ）", "Projected population by grid square"),
        "メッシュ別将来推計人口データ",
        "mesh1000r6",
    ),
    note_ja="国勢調査をもとにした推計です。",
    note_en="An estimate made from the census.",
)
_PERSONS = Recognised(
    kind="population_mesh",
    family_ja="地域メッシュ統計（人口）",
    family_en="population by standard grid square (census)",
    title_ja="人口（メッシュ）",
    title_en="Population by grid square",
    source_url="https://www.e-stat.go.jp/gis",
    warnings=("licence and credit are those of who publishes the table (e-Stat for the census): fill them in",),
)
_GSI = Recognised(
    kind="shelters",
    family_ja="国土地理院 指定緊急避難場所",
    family_en="GSI list of emergency evacuation sites",
    title_ja="指定緊急避難場所",
    title_en="Emergency evacuation sites",
    licence=GSI_LICENCE,
    credit="出典：国土地理院（指定緊急避難場所・指定避難所データ）を加工して作成",
    source_url="https://www.gsi.go.jp/bousaichiri/hinanbasho.html",
    note_ja="災害の種類ごとに指定されています。最新の情報は町に確認してください。",
    note_en="Sites are designated by type of hazard. Confirm with the town.",
)
_GSI_SHELTERS = replace(
    _GSI,
    family_ja="国土地理院 指定避難所",
    family_en="GSI list of designated shelters",
    title_ja="指定避難所",
    title_en="Evacuation shelters",
    note_ja="災害の後に滞在する場所です。最新の情報は町に確認してください。",
    note_en="Where to stay after a disaster. Confirm with the town.",
)
_DIGITAL_AGENCY = replace(
    _GSI,
    family_ja="自治体標準オープンデータセット 指定緊急避難場所一覧",
    family_en="Digital Agency standard list of emergency evacuation sites",
    licence="CC BY 4.0",
    credit="",
    source_url="",
    warnings=("licence and credit are those of the municipality that publishes the list: fill them in",),
)
_ROADS = Recognised(
    kind="roads",
    family_ja="除雪路線",
    family_en="cleared roads",
    title_ja="除雪路線",
    title_en="Cleared roads",
)
_CLOSURES = Recognised(
    kind="closures",
    family_ja="道路の規制",
    family_en="road closures",
    title_ja="道路工事・通行止め",
    title_en="Road works and closures",
)

_FORMS: tuple[tuple[Callable[[Names], bool], Recognised], ...] = (
    (_has("A31a_205"), _flood("flood_depth", "A31a", _LARGEST, "A31a-2023")),
    (_has("A31a_105"), _flood("flood_depth", "A31a", _PLANNED, "A31a-2023")),
    (_has("A31a_305"), _flood("flood_duration", "A31a", _DURATION, "A31a-2023")),
    (_has("A31a_405"), _flood("house_collapse", "A31a", _COLLAPSE, "A31a-2023")),
    (_has("A31b_201"), _flood("flood_depth", "A31b", _LARGEST, "A31b-2023")),
    (_has("A31b_101"), _flood("flood_depth", "A31b", _PLANNED, "A31b-2023")),
    (_has("A31b_301"), _flood("flood_duration", "A31b", _DURATION, "A31b-2023")),
    (_has("A31b_401"), _flood("house_collapse", "A31b", _COLLAPSE, "A31b-2023")),
    (_has("A31_201"), _flood("flood_depth", "A31", _LARGEST, "A31")),
    (_has("A31_101"), _flood("flood_depth", "A31", _PLANNED, "A31")),
    (_has("A31_301"), _flood("flood_duration", "A31", _DURATION, "A31")),
    (_has("A31_401"), _flood("house_collapse", "A31", _COLLAPSE, "A31")),
    (_has("A31_001"), _OF_2012),
    (_has_all("A33_001", "A33_002"), _SEDIMENT),
    (_has("A26_001", "A26_003", "A26_005"), _DANGER_SPOTS),
    (_has_all("施設・場所名", "共通ID", "洪水"), _GSI),
    (_has_all("施設・場所名", "共通ID"), _GSI_SHELTERS),
    (lambda names: "名称" in names and any(name.startswith("災害種別_") for name in names), _DIGITAL_AGENCY),
    (_has("P20_002"), _P20),
    (_has("N03_001", "N03_007"), _BOUNDARY),
    (_has_all("W05_001", "W05_004"), _RIVERS),
    (lambda names: _mesh_of_persons(names) and _has("PTN_2020", "PTN_2025", "PTN_2015")(names), _PROJECTED_PERSONS),
    (_mesh_of_persons, _PERSONS),
    (_has("除雪路線延長"), _ROADS),
    (_has_all("reason", "from", "until"), _CLOSURES),
    (_has("規制内容", "規制種別"), _CLOSURES),
)
"""The first that fits is meant: those with more to go by stand before those with less."""
