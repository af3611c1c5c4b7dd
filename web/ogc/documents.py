"""The documents of the interface but for features: landing page, conformance, collections."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import quote

from config.model import Site
from gis.axes import CRS84, Axes
from maps import Language
from web.ogc.collections import About

Json = dict[str, Any]

JSON = "application/json"
GEOJSON = "application/geo+json"
HTML = "text/html"
OPENAPI = "application/vnd.oai.openapi+json;version=3.0"

_PART_1 = "http://www.opengis.net/spec/ogcapi-features-1/1.0/conf/"
CONFORMS_TO = (
    *(_PART_1 + name for name in ("core", "geojson", "html", "oas30")),
    "http://www.opengis.net/spec/ogcapi-features-2/1.0/conf/crs",
)


class Places:
    """The addresses of the interface in links; ``root`` is our own address (``web.addresses``), ``language`` its branch."""

    def __init__(self, root: str, language: Language) -> None:
        self.host = root
        self.path = "/ogc" if language == "ja" else "/en/ogc"
        self.root = root + self.path
        self.language = language

    def collection(self, id_: str) -> str:
        """The address of a collection."""
        return f"{self.root}/collections/{quote(id_, safe='')}"

    def items(self, id_: str) -> str:
        """The address of its features."""
        return f"{self.collection(id_)}/items"

    def item(self, id_: str, number: str) -> str:
        """The address of one of its features."""
        return f"{self.items(id_)}/{quote(number, safe='')}"

    def title(self, about: About) -> str:
        """The collection's title in the language of this branch."""
        return about.title_ja if self.language == "ja" else about.title_en


def link(rel: str, href: str, type_: str, title: str = "", **more: Any) -> Json:
    """One link (RFC 8288 as JSON)."""
    return {"rel": rel, "href": href, "type": type_, **({"title": title} if title else {}), **more}


def itself(href: str, format_: str, type_: str = JSON) -> list[Json]:
    """``self`` and ``alternate`` of a document that is asked for at ``href`` as ``format_``."""
    forms = {"json": type_, "html": HTML}
    return [
        link("self" if name == format_ else "alternate", _with_format(href, name), form) for name, form in forms.items()
    ]


def landing(site: Site, places: Places, format_: str = "json") -> Json:
    """The page everything starts from."""
    ja = places.language == "ja"
    title = f"{site.name_ja} 雪守 地理データ" if ja else f"{site.name_en}: Yukimori geodata"
    about = (
        "公開レイヤーと観測所の最新値。OGC API – Features で QGIS などから直接開けます。"
        if ja
        else "Public layers and the newest values of the stations, as OGC API – Features."
    )
    return {
        "title": title,
        "description": about + (f" {site.notice_ja if ja else site.notice_en}".rstrip()),
        "attribution": "・".join(site.credits),
        "links": [
            *itself(places.root, format_),
            link("service-desc", f"{places.root}/api", OPENAPI, "OpenAPI 3.0"),
            link("service-doc", f"{places.root}/api?f=html", HTML, "API"),
            link("conformance", f"{places.root}/conformance", JSON, "Conformance"),
            link("data", f"{places.root}/collections", JSON, "データ一覧" if ja else "Collections"),
        ],
    }


def conformance() -> Json:
    """What the interface promises to do."""
    return {"conformsTo": list(CONFORMS_TO)}


def collections(abouts: Iterable[About], places: Places, systems: Mapping[str, Axes], format_: str = "json") -> Json:
    """All collections."""
    return {
        "links": itself(f"{places.root}/collections", format_),
        "crs": list(systems),
        "collections": [collection(about, places, systems, shared_crs=True) for about in abouts],
    }


def collection(
    about: About, places: Places, systems: Mapping[str, Axes], format_: str = "json", *, shared_crs: bool = False
) -> Json:
    """One collection: what it is, whose it is, where its features are."""
    box = about.bounds
    return {
        "id": about.id,
        "title": places.title(about),
        "description": description(about, places.language),
        **credit(about),
        "extent": {"spatial": {"bbox": [[box.west, box.south, box.east, box.north]], "crs": CRS84}},
        "itemType": "feature",
        "crs": ["#/crs"] if shared_crs else list(systems),
        "storageCrs": CRS84,
        "links": [
            *itself(places.collection(about.id), format_),
            link("items", places.items(about.id), GEOJSON, places.title(about)),
            link("items", _with_format(places.items(about.id), "html"), HTML, places.title(about)),
            licence_link(about, places),
        ],
    }


def credit(about: About) -> Json:
    """Whose the data are and under which terms: in every answer that holds some of them."""
    return {
        "attribution": about.credit,
        "licence": about.licence,
        "credit": about.credit,
        "date": about.date,
        "fictitious": about.fictitious,
    }


def licence_link(about: About, places: Places) -> Json:
    """Where the terms can be read: their own page where that is known, else the list of our open data."""
    known = about.licence_url
    open_data = f"{places.host}{places.path.removesuffix('/ogc')}/opendata/"
    return link("license", known or f"{open_data}#{quote(about.id)}", HTML, about.licence)


def description(about: About, language: Language) -> str:
    """The collection in a sentence or two: what to know, the date, whether it is made up."""
    ja = language == "ja"
    parts = [
        about.note_ja if ja else about.note_en,
        (f"時点：{about.date}。" if ja else f"As of {about.date}.") if about.date else "",
        ("架空のデータです。" if ja else "This is made-up data.") if about.fictitious else "",
        f"出典：{about.credit}" if ja else f"Credit: {about.credit}",
    ]
    return " ".join(part for part in parts if part)


def _with_format(href: str, format_: str) -> str:
    return f"{href}{'&' if '?' in href else '?'}f={format_}"
