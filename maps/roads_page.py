"""The page of all cleared roads: when each was cleared, whether that was late, and what fell since. It works without scripts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from config.model import Site
from core.times import parse_rfc3339
from maps.facts import Wording, wording
from maps.links import LIVE, Links
from maps.road_facts import RoadRow, class_rows, notes_of, road_rows, summary
from maps.road_looks import age_looks, road_table
from maps.shell import data_block, render
from maps.standing import standing_of
from maps.words import Language

PATH = "/roads"

EASY_UP_TO = 5
"""So many roads found are also told in plain words."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RoadsWish:
    """What somebody looks for: words in name, district or number, an age class, late roads only. Empty: all."""

    text: str = ""
    age: str = ""
    late: bool = False

    @property
    def empty(self) -> bool:
        """Whether all roads are asked for."""
        return not (self.text.strip() or self.age or self.late)

    def fits(self, row: RoadRow) -> bool:
        """Whether a road is among those asked for."""
        words = self.text.casefold().split()
        return (
            all(word in row.searched for word in words) and self.age in ("", row.age_id) and (row.late or not self.late)
        )


def roads_page(
    site: Site,
    told: Mapping[str, Any] | None,
    lines: Mapping[str, Any] | None,
    language: Language,
    *,
    now: str,
    asset_version: str,
    wish: RoadsWish | None = None,
    links: Links = LIVE,
) -> str:
    """The page of all roads of a site.

    ``told`` is what ``/api/roads/state`` says and ``lines`` the published layer; None where the town has no such thing, which the
    page then says. ``now`` is when it was read (RFC 3339).
    """
    wish, say = wish or RoadsWish(), wording(language, site.time_zone)
    rows = road_rows(told, lines, say) if lines is not None and site.ploughs is not None else []
    found = rows if wish.empty else [row for row in rows if wish.fits(row)]
    return render(
        "roads.html.j2",
        site,
        language,
        asset_version=asset_version,
        links=links,
        path=PATH,
        data=data_block(site, language, links=links),
        table=road_table(site, language),
        ages=age_looks(language),
        rows=found,
        wish=wish,
        easy=[row.easy for row in found] if not wish.empty and len(found) <= EASY_UP_TO else [],
        count=say.say("roads_filter_count", count=len(found)),
        classes=class_rows(rows, told, say),
        sentences=summary(told, class_rows(rows, told, say), say),
        notes=notes_of(told, say),
        standing=_standing(told, now, say, links),
    )


def _standing(told: Mapping[str, Any] | None, now: str, say: Wording, links: Links) -> Any:
    stale = told is None or bool(told["stale"])
    as_of = told["as_of"] if told else None
    return standing_of(parse_rfc3339(now), say, stale=stale and told is not None, read_at=as_of, written=links.static)
