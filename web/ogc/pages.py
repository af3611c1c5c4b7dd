"""The interface for people: each document as a page with the same facts and links."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from config.model import Site
from gis.axes import CRS84
from maps import Language, static_version
from maps.ogc_page import Document, Reference, Table, ogc_page
from maps.words_open_data import open_words
from web.ogc.collections import About
from web.ogc.documents import Places, description
from web.ogc.features import PageOf

Json = Mapping[str, Any]

_LONGEST_SHAPE = 160
_FORM_JSON = "f=json"


class Pages:
    """Writes the pages of one language."""

    def __init__(self, site: Site, language: Language) -> None:
        self._site = site
        self._language = language
        self._version = static_version()
        self._w = open_words(language)
        self._root = "/ogc" if language == "ja" else "/en/ogc"

    def document(self, path: str, content: Json) -> str:
        """The page of any document that is not features; ``path`` is where it is, without language."""
        kind = path.removeprefix("/ogc").strip("/").split("/")
        make = {"": self._landing, "conformance": self._conformance, "api": self._api}.get(kind[0])
        if make is not None:
            return self._page(make(path, content))
        return self._page(self._collection(path, content) if len(kind) > 1 else self._collections(path, content))

    def items(self, page: PageOf, texts: Sequence[bytes]) -> str:
        """A page of features as a table."""
        about, w = page.about, self._w
        records = [json.loads(text) for text in texts]
        names = list(dict.fromkeys(name for record in records for name in record["properties"]))
        first = page.chosen.offset + 1
        counted = [w["matched"].format(count=f"{page.matched:,}")]
        if texts:
            counted.append(w["shown"].format(first=f"{first:,}", last=f"{first + page.returned - 1:,}"))
        steps = {link["rel"]: link["href"] for link in page.links() if link["rel"] in ("prev", "next")}
        return self._page(
            Document(
                path=f"/ogc/collections/{about.id}/items",
                title=page.places.title(about),
                above=[*self._above(collections=True), self._to(about, page.places)],
                sentences=[" ".join(counted), description(about, self._language), self._terms(about)],
                links=[Reference(w[name], _html(address)) for name, address in steps.items()]
                + [Reference(w["json"], f"{page.places.items(about.id)}?{_FORM_JSON}")],
                tables=[self._features(page, records, names)] if records else [],
                empty="" if records else w["none_found"],
                fictitious=about.fictitious,
            )
        )

    def item(self, about: About, places: Places, number: str, text: bytes) -> str:
        """One feature: its properties one a line."""
        record = json.loads(text)
        rows = [(name, self._said(value)) for name, value in record["properties"].items()]
        shape = json.dumps(record["geometry"], separators=(",", ":"))
        rows.append((self._w["geometry"], shape if len(shape) <= _LONGEST_SHAPE else record["geometry"]["type"]))
        table = Table(caption=self._w["feature"], head=[self._w["property"], self._w["value"]], rows=rows)
        return self._page(
            Document(
                path=f"/ogc/collections/{about.id}/items/{number}",
                title=f"{places.title(about)} {number}",
                above=[*self._above(collections=True), self._to(about, places)],
                sentences=[description(about, self._language), self._terms(about)],
                links=[Reference(self._w["json"], f"{places.item(about.id, number)}?{_FORM_JSON}")],
                tables=[table],
                fictitious=about.fictitious,
            )
        )

    def _features(self, page: PageOf, records: Sequence[Json], names: Sequence[str]) -> Table:
        def row(record: Json) -> list[str | Reference]:
            number = str(record["id"])
            reference = Reference(number, page.places.item(page.about.id, number))
            return [reference, *(self._said(record["properties"].get(name)) for name in names)]

        return Table(
            caption=page.places.title(page.about),
            head=[self._w["id"], *names],
            rows=[row(record) for record in records],
        )

    def _landing(self, path: str, content: Json) -> Document:
        w = self._w
        found = {link["rel"]: link["href"] for link in content["links"]}
        links = [
            Reference(w["collections"], found["data"]),
            Reference(w["api"], found["service-doc"]),
            Reference(w["conformance"], found["conformance"]),
            Reference(w["open_data"], f"{self._root.removesuffix('/ogc')}/opendata/"),
            Reference(w["json"], f"{self._root}?{_FORM_JSON}"),
        ]
        sentences = [content["description"], w["qgis"]]
        return Document(path=path, title=content["title"], sentences=sentences, links=links)

    def _conformance(self, path: str, content: Json) -> Document:
        rows = [[name] for name in content["conformsTo"]]
        table = Table(caption=self._w["conformance"], head=["URI"], rows=rows)
        return Document(path=path, title=self._w["conformance"], above=self._above(), tables=[table])

    def _api(self, path: str, content: Json) -> Document:
        rows = [
            (address, asked["get"]["summary"], ", ".join(_names(asked["get"]["parameters"])))
            for address, asked in content["paths"].items()
        ]
        head = [self._w["paths"], self._w["summary"], self._w["parameters"]]
        links = [Reference("OpenAPI 3.0", f"{self._root}/api?{_FORM_JSON}")]
        table = Table(caption=self._w["paths"], head=head, rows=rows)
        return Document(path=path, title=self._w["api"], above=self._above(), links=links, tables=[table])

    def _collections(self, path: str, content: Json) -> Document:
        w = self._w
        rows = [
            (
                Reference(found["title"], f"{self._root}/collections/{found['id']}"),
                found["id"],
                found["licence"],
                found["credit"],
                found["date"],
            )
            for found in content["collections"]
        ]
        head = [w["data_set"], w["id"], w["licence"], w["credit"], w["date"]]
        table = Table(caption=w["collections"], head=head, rows=rows)
        links = [Reference(w["json"], f"{self._root}/collections?{_FORM_JSON}")]
        return Document(path=path, title=w["collections"], above=self._above(), links=links, tables=[table])

    def _collection(self, path: str, content: Json) -> Document:
        w, here = self._w, f"{self._root}/collections/{content['id']}"
        terms = next(link for link in content["links"] if link["rel"] == "license")
        links = [
            Reference(w["features"], f"{here}/items"),
            Reference(f"{w['licence']}: {content['licence']}", terms["href"]),
            Reference(w["json"], f"{here}?{_FORM_JSON}"),
        ]
        rows = [(uri, "storageCrs" if uri == CRS84 else "–") for uri in content["crs"]]
        return Document(
            path=path,
            title=content["title"],
            above=self._above(collections=True),
            sentences=[content["description"]],
            links=links,
            tables=[Table(caption="CRS", head=["URI", w["crs_use"]], rows=rows)],
            fictitious=content["fictitious"],
        )

    def _above(self, *, collections: bool = False) -> list[Reference]:
        steps = [Reference(self._w["ogc_short"], self._root)]
        return [*steps, Reference(self._w["collections"], f"{self._root}/collections")] if collections else steps

    def _to(self, about: About, places: Places) -> Reference:
        return Reference(places.title(about), f"{self._root}/collections/{about.id}")

    def _terms(self, about: About) -> str:
        return f"{self._w['licence']}: {about.licence}"

    def _said(self, value: object) -> str:
        if isinstance(value, bool):
            return self._w["yes" if value else "no"]
        return "–" if value in (None, "") else str(value)

    def _page(self, document: Document) -> str:
        return ogc_page(self._site, self._language, document, asset_version=self._version)


def _names(parameters: Sequence[Json]) -> list[str]:
    return [found.get("name") or found["$ref"].rpartition("/")[2] for found in parameters]


def _html(address: str) -> str:
    return address if "f=html" in address else f"{address}{'&' if '?' in address else '?'}f=html"
