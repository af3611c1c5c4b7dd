"""The page with one sheet for the wall or the fax: map, legend, values, credits on A3 or A4, in colour or in black.

The same live and in the static site; there it shows the state of the moment it was written, and says so.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from config.model import Site
from core.times import parse_rfc3339
from gis.catalogue import PublishedLayer
from maps.facts import Wording, wording
from maps.links import LIVE, Links
from maps.print_content import DrawsLayers, SheetContent, sheet_content, theme_of
from maps.print_panel import panel
from maps.print_qr import qr_svg
from maps.print_svg import map_svg
from maps.print_wish import INKS, PAPERS, PATH, PrintWish, scale_words
from maps.shell import render
from maps.standing import standing_of
from maps.themes import themes_of
from maps.words import Language, words
from maps.words_print import print_words

Choice = tuple[str, str, bool]


def print_page(
    site: Site,
    catalogue: Sequence[PublishedLayer],
    drawings: DrawsLayers,
    facts: Mapping[str, Any],
    wish: PrintWish,
    language: Language,
    *,
    asset_version: str,
    links: Links = LIVE,
    public_address: str = "",
) -> str:
    """The page. ``facts`` is a snapshot as ``live/snapshot.json`` has it; a QR code stands on the sheet where the town has
    a ``public_address``.
    """
    say, spoken = wording(language, site.time_zone), print_words(language)
    content = sheet_content(site, catalogue, drawings, facts, wish, say)
    time = _state_time(facts, say)
    paper = PAPERS[wish.paper]
    heading = _heading(content, wish, language)
    beside = panel(content, paper, wish.ink, say)
    scale = scale_words(content.frame.scale)
    label = spoken["map_label"].format(title=heading, scale=scale)
    address = f"{public_address}{LIVE.page('/', language)}" if public_address else ""
    qr = qr_svg(address, spoken["qr"].format(address=address)) if address else ""
    return _render(
        site,
        catalogue,
        wish,
        language,
        asset_version=asset_version,
        links=links,
        sheet={
            "heading": heading,
            "scale": spoken["scale"].format(scale=scale, paper=paper.name),
            "system": spoken["system"].format(epsg=site.plane_epsg),
            "map": map_svg(content, wish.ink, language, paper.map_letters, label),
            "qr": qr,
            "address": address,
            "standing": _standing(facts, say, links).text,
            "ages": spoken["paper_ages" if qr else "paper_ages_plain"].format(time=time)
            if time
            else spoken["no_state"],
            "no_colour": spoken["no_mono" if wish.ink == "mono" else "no_colour"],
            "panel": beside,
            "letters": f"{beside.letters:g}".replace(".", "-"),
        },
    )


def wrong_print_page(
    site: Site,
    catalogue: Sequence[PublishedLayer],
    wrong: str,
    language: Language,
    *,
    asset_version: str,
    links: Links = LIVE,
) -> str:
    """The page that says what is wrong with what was asked for, with the form to ask anew."""
    return _render(
        site, catalogue, PrintWish(), language, asset_version=asset_version, links=links, sheet=None, wrong=wrong
    )


def _render(
    site: Site,
    catalogue: Sequence[PublishedLayer],
    wish: PrintWish,
    language: Language,
    *,
    asset_version: str,
    links: Links,
    sheet: Mapping[str, Any] | None,
    wrong: str = "",
) -> str:
    spoken = print_words(language)
    return render(
        "print.html.j2",
        site,
        language,
        asset_version=asset_version,
        links=links,
        path=_own_path(wish, links),
        data={"language": language},
        p=spoken,
        wish=wish,
        paper=PAPERS[wish.paper],
        sheet=sheet,
        wrong=wrong,
        themes=_themes(site, catalogue, wish, language),
        papers=[(key, paper.name, key == wish.paper) for key, paper in PAPERS.items()],
        inks=[(ink, spoken[f"ink_{ink}"], ink == wish.ink) for ink in INKS],
        variants=[
            (spoken[f"ink_{ink}"], links.page(_own_path(replace(wish, ink=ink), links), language)) for ink in INKS
        ],
        lead=spoken["lead"].format(paper=PAPERS[wish.paper].name),
        chosen=spoken["layers_chosen"].format(count=len(wish.layers or ())),
        form=links.page(PATH, language),
    )


def _own_path(wish: PrintWish, links: Links) -> str:
    """The page's address; in the static site each ink has a folder, and nothing else can be chosen."""
    if not links.static:
        return wish.address
    return PATH if wish.ink == "colour" else f"{PATH}/{wish.ink}"


def _themes(site: Site, catalogue: Sequence[PublishedLayer], wish: PrintWish, language: Language) -> list[Choice]:
    now = theme_of(site, catalogue, wish).id
    spoken = words(language)
    return [(theme.id, spoken[f"theme_{theme.id}"], theme.id == now) for theme in themes_of(site, catalogue)]


def _heading(content: SheetContent, wish: PrintWish, language: Language) -> str:
    spoken = print_words(language)
    if wish.layers is not None:
        return spoken["title_layers"]
    special = spoken.get(f"title_{content.theme.id}")
    return special or spoken["title"].format(theme=words(language)[f"theme_{content.theme.id}"])


def _standing(facts: Mapping[str, Any], say: Wording, links: Links) -> Any:
    now = parse_rfc3339(facts["now"])
    stale = bool(facts.get("stale"))
    return standing_of(now, say, stale=stale, read_at=facts.get("read_at"), written=links.static)


def _state_time(facts: Mapping[str, Any], say: Wording) -> str:
    """When the state on the sheet was true; empty where none was ever read."""
    at = facts.get("read_at") if facts.get("stale") else facts["now"]
    return say.exact(parse_rfc3339(at))[:-3] if at else ""
