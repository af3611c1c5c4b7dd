"""The page of open data: every data set with its files, terms, date; the same live and in the static site."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from config.model import Site
from core.quantities import QUANTITIES
from gis.licences import licence_address
from gis.open_data_index import DataSet, OpenDataFile, OpenDataIndex
from maps.links import LIVE, Links
from maps.shell import render
from maps.words import Language
from maps.words_open_data import open_words

PATH = "/opendata/"

_FORMS = {"CSV_STANDARD": ("CSV（自治体標準）", "CSV (standard form)")}
_KILO = 1000


def open_data_page(
    site: Site, index: OpenDataIndex, language: Language, *, asset_version: str, links: Links = LIVE
) -> str:
    """The page of what ``index`` holds. The static site has no interface and no newest values to point at."""
    return render(
        "open_data.html.j2",
        site,
        language,
        asset_version=asset_version,
        links=links,
        path=PATH,
        data={"language": language},
        o=open_words(language),
        sets=[_row(site, found, language, links) for found in index.sets],
        series=_series(site, language, links),
    )


def _row(site: Site, found: DataSet, language: Language, links: Links) -> dict[str, Any]:
    ja = language == "ja"
    written = datetime.fromisoformat(found.updated).astimezone(ZoneInfo(site.time_zone))
    return {
        "id": found.id,
        "title": found.title_ja if ja else found.title_en,
        "note": found.note_ja if ja else found.note_en,
        "licence": found.licence,
        # The static site names no other host at all: there, terms and source are told in words only.
        "licence_address": "" if links.static else licence_address(found.licence),
        "credit": found.credit,
        "source": "" if links.static else found.source_url,
        "date": found.date,
        "fictitious": found.fictitious,
        "features": f"{found.features:,}",
        "updated": found.updated,
        "updated_words": f"{written:%Y-%m-%d %H:%M}",
        "files": open_files(found.files, language, links),
    }


def open_files(files: Sequence[OpenDataFile], language: Language, links: Links) -> list[dict[str, str]]:
    """Address, form and size in words of each file of a data set."""
    return [
        {
            "address": links.resource(f"/opendata/{file.name}"),
            "form": _FORMS.get(file.form, (file.form, file.form))[0 if language == "ja" else 1],
            "size": size_words(file.size),
        }
        for file in files
    ]


def size_words(size: int) -> str:
    """A number of bytes as people read it: kB and MB are of a thousand."""
    if size < _KILO * _KILO:
        return f"{max(1, round(size / _KILO))} kB"
    return f"{size / _KILO / _KILO:.1f} MB"


def _series(site: Site, language: Language, links: Links) -> list[dict[str, str]]:
    """Where the last day of every quantity of every station is."""
    names = {station.id: station.name_ja if language == "ja" else station.name_en for station in site.stations}
    found = []
    for stream in site.datastreams:
        row = QUANTITIES[stream.quantity]
        found.append(
            {
                "name": names[stream.station],
                "quantity": row.label_ja if language == "ja" else row.label_en,
                "address": links.series_csv(stream.station, stream.quantity),
            }
        )
    return found
