"""Features as GeoJSON answers: what they are, whose, and where the next page is."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from web.ogc.collections import About, Selection
from web.ogc.documents import GEOJSON, HTML, JSON, Places, credit, itself, licence_link, link

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class PageOf:
    """A page of features: of what, asked for how, how many there are and how many are here."""

    about: About
    places: Places
    form: str
    asked: Mapping[str, str]
    chosen: Selection
    matched: int
    returned: int

    def links(self) -> list[Json]:
        """The page itself, its other form, the pages around it, the collection, the licence."""
        found = itself(self._at(self.chosen.offset), self.form, GEOJSON)
        kind = HTML if self.form == "html" else GEOJSON
        if self.next_offset is not None:
            found.append(link("next", self._at(self.next_offset, form=True), kind))
        if self.previous_offset is not None:
            found.append(link("prev", self._at(self.previous_offset, form=True), kind))
        found.append(link("collection", self.places.collection(self.about.id), JSON, self.places.title(self.about)))
        return [*found, licence_link(self.about, self.places)]

    @property
    def next_offset(self) -> int | None:
        """Where the next page begins; None on the last."""
        after = self.chosen.offset + self.returned
        return after if self.returned > 0 and after < self.matched else None

    @property
    def previous_offset(self) -> int | None:
        """Where the page before begins; None on the first."""
        return max(0, self.chosen.offset - self.chosen.limit) if self.chosen.offset > 0 else None

    def _at(self, offset: int, *, form: bool = False) -> str:
        """The address of the page that begins there; the pages of one walk are of one edition."""
        query = {name: text for name, text in self.asked.items() if name not in ("f", "offset", "limit", "edition")}
        if offset != self.chosen.offset or offset > 0 or "limit" in self.asked:
            query |= {"limit": str(self.chosen.limit), "offset": str(offset), "edition": self.about.edition}
        if form and "f" in self.asked:
            query["f"] = self.asked["f"]
        return self.places.items(self.about.id) + (f"?{urlencode(query)}" if query else "")


def collection_text(page: PageOf, texts: Sequence[bytes]) -> bytes:
    """The answer of ``/items``."""
    head = {
        "type": "FeatureCollection",
        "title": page.places.title(page.about),
        **credit(page.about),
        "numberMatched": page.matched,
        "numberReturned": page.returned,
        "links": page.links(),
    }
    return _json(head)[:-1] + b',"features":[\n' + b",\n".join(texts) + b"\n]}"


def feature_text(about: About, places: Places, number: str, text: bytes, asked: Mapping[str, str]) -> bytes:
    """The answer for one feature."""
    query = {"crs": asked["crs"]} if "crs" in asked else {}
    here = places.item(about.id, number) + (f"?{urlencode(query)}" if query else "")
    links = [
        *itself(here, "json", GEOJSON),
        link("collection", places.collection(about.id), JSON, places.title(about)),
        licence_link(about, places),
    ]
    return text.rstrip()[:-1] + b"," + _json({**credit(about), "links": links})[1:]


def _json(value: Json) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode()
