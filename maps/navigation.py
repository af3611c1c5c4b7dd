"""Where one can go from any page, in one list: the header's links, the menu of narrow screens, and the footer."""

from __future__ import annotations

from dataclasses import dataclass

from maps.links import Links
from maps.words import Language

_HEADING = ("このサイトのページ", "Pages of this site")
_MENU = ("メニュー", "Menu")
_MORE = ("ほかのページ", "More pages")


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A page that is led to from everywhere: its ``path`` without language, its name in Japanese and English.

    ``written`` is the path in the static site, None where it has no such page. ``first`` ones stand in the header too.
    ``sections`` are the beginnings of paths that belong to it. A place ``only`` for one language keeps its path as it is; one of
    ``ploughs`` is left out where the town has none.
    """

    path: str
    ja: str
    en: str
    written: str | None
    first: bool = False
    sections: tuple[str, ...] = ()
    only: Language | None = None
    ploughs: bool = False


PLACES: tuple[Place, ...] = (
    Place(path="/", ja="地図", en="Map", written="/", first=True),
    Place(path="/list", ja="一覧表", en="Table", written="/list", first=True, sections=("/station/",)),
    Place(path="/roads", ja="道路の除雪", en="Roads cleared", written="/roads", first=True, ploughs=True),
    Place(path="/hazard", ja="この場所の危険", en="Hazards here", written="/hazard", first=True),
    Place(path="/layers/", ja="地図の情報（表）", en="Layers", written="/layers/", first=True, sections=("/layer/",)),
    Place(path="/exposure", ja="防災アセスメント", en="Exposure", written="/exposure"),
    Place(path="/print", ja="印刷用の地図", en="Map for printing", written="/print", sections=("/print/",)),
    Place(path="/notify", ja="お知らせの受け取り", en="Get notified", written=None),
    Place(path="/playback", ja="夜の再生（職員用）", en="Playback (staff)", written=None, ploughs=True),
    Place(path="/notes", ja="除雪班の報告（職員用）", en="Crew reports (staff)", written=None, ploughs=True),
    Place(path="/console", ja="対応画面（職員用）", en="Console (staff)", written=None),
    Place(path="/sign-in", ja="職員のサインイン", en="Staff sign-in", written=None),
    Place(path="/opendata/", ja="オープンデータ", en="Open data", written="/opendata/", first=True),
    Place(path="/easy/hazard", ja="やさしい日本語", en="やさしい日本語", written="/easy/hazard", only="ja"),
    Place(path="/ogc", ja="地理データ（API）", en="Geodata (API)", written=None, sections=("/ogc/",)),
    Place(path="/accessibility", ja="アクセシビリティ", en="Accessibility", written="/accessibility"),
)
"""In the order they stand; a page that is not reached from one of these or from what they lead to is an orphan."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """A link: ``current`` is ``page`` on the very page, ``true`` on one that belongs to it, empty elsewhere."""

    address: str
    words: str
    current: str
    lang: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Navigation:
    """The links of one page. ``more`` are those of the footer, with the header's before them."""

    heading: str
    menu: str
    footer: str
    first: tuple[Step, ...]
    more: tuple[Step, ...]


def navigation(links: Links, language: Language, path: str, *, ploughs: bool = True) -> Navigation:
    """The links of the page at ``path`` (without language; query and fragment do not count); ``ploughs``: the town has some."""
    here = path.partition("?")[0].partition("#")[0]
    index = 0 if language == "ja" else 1
    steps = [
        (place, _step(place, address, language, here))
        for place in PLACES
        if (ploughs or not place.ploughs) and (address := _address(place, links, language)) is not None
    ]
    return Navigation(
        heading=_HEADING[index],
        menu=_MENU[index],
        footer=_MORE[index],
        first=tuple(step for place, step in steps if place.first),
        more=tuple(step for _, step in steps),
    )


def _address(place: Place, links: Links, language: Language) -> str | None:
    path = place.written if links.static else place.path
    return None if path is None else links.page(path, place.only or language)


def _step(place: Place, address: str, language: Language, here: str) -> Step:
    current = "page" if here == place.path else "true" if here.startswith(place.sections) else ""
    words = place.ja if language == "ja" else place.en
    return Step(address=address, words=words, current=current, lang="ja" if place.only == "ja" != language else "")
