"""The page about accessibility: what was tested, what was found, and where to write."""

from __future__ import annotations

from config.model import Site
from maps.links import LIVE, Links
from maps.shell import render
from maps.words import Language
from maps.words_accessibility import CONTACT, CONTACT_TITLE, LEAD, NO_CONTACT, PARTS, TITLE

PATH = "/accessibility"


def accessibility_page(site: Site, language: Language, *, asset_version: str, links: Links = LIVE) -> str:
    """The page in one language."""
    index = 0 if language == "ja" else 1
    reached = bool(site.contact_ja if language == "ja" else site.contact_en)
    return render(
        "accessibility.html.j2",
        site,
        language,
        asset_version=asset_version,
        links=links,
        path=PATH,
        data={"language": language},
        title=TITLE[index],
        lead=LEAD[index],
        sections=[(part.title[index], [text[index] for text in part.texts]) for part in PARTS],
        contact_title=CONTACT_TITLE[index],
        contact_lead=(CONTACT if reached else NO_CONTACT)[index],
    )
