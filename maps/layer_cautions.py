"""What a reader must know of how a layer came in: the report of its import in the words of residents."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from gis.catalogue import PublishedLayer
from gis.report import ImportReport
from maps.words import Language

# What reports say (gis), and what it means to who reads the layer. A warning that matches none is for who keeps the
# data; it is counted, so that nothing is hidden.
_MEANINGS: tuple[tuple[re.Pattern[str], str, str], ...] = (
    (
        re.compile(r"Tokyo Datum shifted"),
        "古い座標系（旧測地系）のデータを換算しているため、位置が10メートルほどずれていることがあります。",
        "Converted from the old Tokyo Datum: positions may be off by some 10 metres.",
    ),
    (
        re.compile(r"JGD2000 taken as JGD2011"),
        "2011年の地震より前の座標系のため、位置が数メートルずれていることがあります。",
        "Surveyed on the coordinate system used before the 2011 earthquake: positions may be off by some metres.",
    ),
    (
        re.compile(r"of where it would fit the municipal boundary"),
        "市町村の境界と合わず、全体の位置がずれている可能性があります。",
        "It does not fit the municipal boundary: all of it may be in the wrong place.",
    ),
    (
        re.compile(r"bounds, kept"),
        "市町村の範囲の外にかかるものを含みます。",
        "Some features lie beyond the municipality.",
    ),
    (
        re.compile(r"is of 2012, before sites were designated"),
        "2012年の古い一覧です。今の指定は市町村に確認してください。",
        "An old list of 2012: confirm with the municipality what is designated today.",
    ),
    (
        re.compile(r"for different rains"),
        "想定する雨の違う区域が一つに入っています。",
        "Areas for different rains stand in one layer.",
    ),
    (
        re.compile(r"shown as (unknown|other|その他)|taken as not designated|shown as written"),
        "元のデータに決まりどおりでない区分や値があり、「不明」「その他」または書かれたまま示しています。",
        "Some classes or values in the source are not as its rules say: shown as unknown, as other, or as written.",
    ),
    (
        re.compile(r"outlines simplified to (?P<number>[\d.]+) m"),
        "輪郭は {number} メートルの細かさに整えています。境界の近くでは、どちら側とも言い切れません。",
        "Outlines are simplified to {number} m: close to an edge, neither side is certain.",
    ),
    (
        re.compile(r"areas lay under \S+ ones and were cut back"),
        "区域が重なる所は、より重い区分だけを残しています。",
        "Where areas overlap, only the graver class is kept.",
    ),
    (
        re.compile(r"^(?P<number>\d+) features lie wholly under others or are smaller"),
        "すべてほかの区域の下になるもの、小さすぎて描けないもの {number} 件を省いています。",
        "{number} features lie wholly under others, or are too small to draw, and are left out.",
    ),
    (
        re.compile(r"repair changed the area by more than"),
        "形の誤りを直したため、面積が元のデータと違うものがあります。",
        "Broken shapes were repaired; the area of some differs from the source.",
    ),
    (
        re.compile(r"sites have an id that another site has too"),
        "番号が同じ施設が複数あります。",
        "Some sites share an id.",
    ),
)

# Told by their counts below, or nothing a reader could notice on the map.
_TOLD_OTHERWISE = re.compile(r"has no geometry|invalid geometry repaired|a ring was not closed")

_COUNTS: tuple[tuple[Callable[[ImportReport], int], str, str], ...] = (
    (
        lambda report: report.dropped,
        "位置のないもの {count} 件は、地図にも表にもありません。",
        "{count} features have no position and are neither on the map nor in the table.",
    ),
    (
        lambda report: report.counts.get("unknown", 0),
        "区分が分からないものが {count} 件あります（地図では灰色）。",
        "The class of {count} features is not known (drawn grey).",
    ),
    (
        lambda report: report.repaired,
        "形の誤りを直したものが {count} 件あります。",
        "The shapes of {count} features were broken and were repaired.",
    ),
    (
        lambda report: len(list(_others(report))),
        "ほかに、データを管理する人への注意が {count} 種類、取り込みの記録にあります。",
        "{count} more remarks, for those who keep the data, are in the record of the import.",
    ),
)


def cautions(layer: PublishedLayer, language: Language) -> list[str]:
    """One sentence for each matter of the layer's import its reader must know."""
    index = 0 if language == "ja" else 1
    report = layer.report
    found = [text for warning in report.warnings for text in _meant(warning, index)]
    counted = [(ja, en)[index].format(count=f"{count(report):,}") for count, ja, en in _COUNTS if count(report)]
    return list(dict.fromkeys([*found, *counted]))


def _meant(warning: str, index: int) -> Iterator[str]:
    for pattern, *texts in _MEANINGS:
        match = pattern.search(warning)
        if match:
            yield texts[index].format(**match.groupdict())


def _others(report: ImportReport) -> Iterator[str]:
    for warning in report.warnings:
        known = any(pattern.search(warning) for pattern, *_ in _MEANINGS) or _TOLD_OTHERWISE.search(warning)
        if not known:
            yield warning
