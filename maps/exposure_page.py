"""The page of exposure (防災アセスメント): a table for each hazard map, its classes as rows; live and in the static site."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from config.model import Site
from gis.exposure.derived import ROADS, SITES
from gis.exposure.document import CSV_NAME, DOCUMENT_NAME, GEOPACKAGE_NAME
from gis.exposure.model import NOT_ASSESSED, Assessment, ClassRow, Figure, Form, HazardTable, Source, Target
from gis.legends import LegendEntry
from gis.licences import licence_address
from maps.layers import class_look, without_mark
from maps.links import LIVE, Links
from maps.shell import render
from maps.words import Language
from maps.words_exposure import exposure_words, hazard_word

PATH = "/exposure"

UNITS = {form: exposure_words("ja")[form.value] for form in Form}
"""The unit of each form in Japanese, as the columns name it."""

NAMES_SHOWN = 40
_READ = {Form.SITES: (1.0, 0), Form.LENGTH: (1000.0, 2), Form.AREA: (1.0, 1), Form.PERSONS: (1.0, 0)}
"""By form: by what its figures are divided, and with how many decimals they are read."""
_PERCENT = 100.0


def exposure_page(
    site: Site, assessment: Assessment | None, language: Language, *, asset_version: str, links: Links = LIVE
) -> str:
    """The page of an assessment; of None it says that there is none yet."""
    writer = _Writer(site, assessment, language, links)
    return render(
        "exposure.html.j2",
        site,
        language,
        asset_version=asset_version,
        links=links,
        path=PATH,
        data={"language": language},
        o=exposure_words(language),
        known=assessment is not None,
        **writer.content(),
    )


class _Writer:
    """Turns figures into the words of one language."""

    def __init__(self, site: Site, assessment: Assessment | None, language: Language, links: Links) -> None:
        self._site, self._language, self._links = site, language, links
        self._words = exposure_words(language)
        self._assessment = assessment
        self._targets = {target.source.id: target for target in assessment.targets} if assessment else {}

    def content(self) -> dict[str, Any]:
        """What the template needs of the assessment."""
        found = self._assessment
        if found is None:
            return {
                "tables": [],
                "sources": [],
                "files": [],
                "columns": [],
                "unknown": [],
                "made": "",
                "made_words": "",
            }
        made = datetime.fromisoformat(found.made).astimezone(ZoneInfo(self._site.time_zone))
        return {
            "tables": [self._table(table) for table in found.hazards],
            "sources": [self._source(source) for source in found.sources],
            "files": self._files(),
            "columns": [self._column(target) for target in found.targets],
            "unknown": [
                self._words["unknown"].format(title=self._title(target.source), count=f"{target.unknown:,}")
                for target in found.targets
                if target.unknown
            ],
            "made": found.made,
            "made_words": f"{made:%Y-%m-%d %H:%M}",
        }

    def _files(self) -> list[dict[str, str]]:
        places = {
            "file_csv": f"/exposure/{CSV_NAME}",
            "file_gpkg": f"/exposure/{GEOPACKAGE_NAME}",
            "file_json": f"/exposure/{DOCUMENT_NAME}",
            "file_sites": f"/layers/{SITES}.geojson",
            "file_roads": f"/layers/{ROADS}.geojson",
        }
        nothing_there = not self._drawn()
        return [
            {"words": self._words[key], "address": self._links.resource(place)}
            for key, place in places.items()
            if not (nothing_there and place.startswith("/layers/"))
        ]

    def _drawn(self) -> bool:
        """Whether anything lies in any area, so that there are layers of it."""
        assert self._assessment is not None, "asked for only where there is one"
        return any(
            figure.value > 0.0 and self._targets[figure.target].form in (Form.SITES, Form.LENGTH)
            for table in self._assessment.hazards
            for row in table.rows[:-1]
            for figure in row.figures
        )

    def _table(self, table: HazardTable) -> dict[str, Any]:
        words = self._words["without_area"]
        return {
            "id": table.id,
            "layer": table.source.id,
            "title": self._title(table.source),
            "hazard": hazard_word(table.hazard, self._language),
            "date": table.source.date,
            "fictitious": table.source.fictitious,
            "rows": [self._row(table, row) for row in table.rows],
            "totals": [amount(target.form, target.total) for target in self._targets.values()],
            "names": list(self._names(table)),
            "without_area": words.format(count=f"{table.without_area:,}") if table.without_area else "",
        }

    def _row(self, table: HazardTable, row: ClassRow) -> dict[str, Any]:
        return {
            "code": row.code,
            "label": self._said(row.label_ja, row.label_en),
            "look": self._look(table.source.kind, row),
            "cells": [self._cell(figure, table.hazard, assessed=row.code != NOT_ASSESSED) for figure in row.figures],
        }

    def _look(self, kind: str, row: ClassRow) -> dict[str, Any] | None:
        """How the class is drawn, for its swatch; None for what was not assessed."""
        if row.code == NOT_ASSESSED:
            return None
        entry = LegendEntry(row.code, row.colour, row.label_ja, row.label_en, row.hatch, row.dash)
        return class_look(kind, entry, self._language)

    def _cell(self, figure: Figure, hazard: str, *, assessed: bool) -> dict[str, Any]:
        target = self._targets[figure.target]
        told = len(target.parts) > 1 and (assessed or target.form is not Form.SITES)
        parts = [part for part in target.parts if figure.by_part.get(part.code)] if told else []
        fit = self._words["fit"].format(hazard=hazard_word(hazard, self._language), count=figure.fit)
        return {
            "value": amount(target.form, figure.value),
            "share": _share(figure.value, target.total),
            "none": figure.value == 0.0,
            "fit": fit if assessed and figure.fit else "",
            "parts": [
                f"{self._said(part.label_ja, part.label_en)} {amount(target.form, figure.by_part[part.code])}"
                for part in parts
            ],
        }

    def _names(self, table: HazardTable) -> Iterator[dict[str, Any]]:
        """For each class and each counted layer what lies there by name; not for what was not assessed."""
        for row in table.rows[:-1]:
            for figure in row.figures:
                if figure.names:
                    target = self._targets[figure.target]
                    shown = figure.names[:NAMES_SHOWN]
                    all_names = len(figure.names) if target.form is Form.LENGTH else max(int(figure.value), len(shown))
                    more = self._words["more"].format(count=all_names - len(shown)) if all_names > len(shown) else ""
                    yield {
                        "label": self._said(row.label_ja, row.label_en),
                        "title": self._title(target.source),
                        "names": shown,
                        "more": more,
                    }

    def _column(self, target: Target) -> dict[str, str]:
        return {"title": self._title(target.source), "unit": self._words[target.form.value]}

    def _source(self, source: Source) -> dict[str, Any]:
        return {
            "id": source.id,
            "title": self._title(source),
            "date": source.date,
            "licence": source.licence,
            "licence_address": "" if self._links.static else licence_address(source.licence),
            "credit": source.credit,
            "fictitious": source.fictitious,
            "failed": self._words["failed"].format(since=source.failed_since[:10]) if source.failed_since else "",
        }

    def _title(self, source: Source) -> str:
        title = self._said(source.title_ja, source.title_en)
        return without_mark(title) if source.fictitious else title

    def _said(self, ja: str, en: str) -> str:
        return ja if self._language == "ja" else en or ja


def amount(form: Form, value: float) -> str:
    """A figure as people read it: kilometres, hectares, persons or sites; little is never told as nothing."""
    divisor, decimals = _READ[form]
    told = value / divisor
    least = 10.0**-decimals
    if 0.0 < told < least / 2:
        return f"< {least:.{decimals}f}"
    return f"{told:,.{decimals}f}"


def _share(value: float, total: float) -> str:
    """A part of the whole; small ones are not told as nothing."""
    if not total or not value:
        return ""
    percent = value / total * _PERCENT
    return f"{percent:.1f} %" if percent >= 0.05 else "< 0.1 %"
