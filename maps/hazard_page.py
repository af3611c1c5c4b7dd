"""The hazard page of a place: the report in one register, and a form that needs no script."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from config.model import Site
from core.times import parse_rfc3339
from gis.catalogue import PublishedLayer
from maps.facts import wording
from maps.hazard_advice import REGISTERS, Register
from maps.hazard_document import language_of
from maps.hazard_sentences import sentences
from maps.layers import place
from maps.links import LIVE, Links
from maps.shell import data_block, render

PATHS: Mapping[Register, str] = {"ja": "/hazard", "easy": "/easy/hazard", "en": "/en/hazard"}
"""Where the page stands in each register."""

NAMES: Mapping[Register, str] = {"ja": "日本語", "easy": "やさしい日本語", "en": "English"}
"""What each register calls itself."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What stood in the form: the texts as given, and what is wrong with them (empty where nothing is)."""

    lon: str = ""
    lat: str = ""
    mistake: str = ""


def hazard_page(
    site: Site,
    register: Register,
    *,
    asset_version: str,
    asked: Asked,
    report: Mapping[str, Any] | None = None,
    links: Links = LIVE,
    catalogue: Sequence[PublishedLayer] = (),
) -> str:
    """The page in a register; ``report`` is None before a place was asked for, and where it could not be read.

    In the static site the browser reads the place from the address and the report from the layers of ``catalogue``.
    """
    language = language_of(register)
    query = urlencode({"lon": asked.lon, "lat": asked.lat}) if report else ""
    suffix = f"?{query}" if query else ""
    middle = site.bounds
    say = sentences(register)
    return render(
        "hazard.html.j2",
        site,
        language,
        asset_version=asset_version,
        links=links,
        path=f"/hazard{suffix}",
        data={
            **data_block(site, language, links=links),
            "register": register,
            "places": [place(layer, links) for layer in catalogue],
        },
        register=register,
        registers=[(name, NAMES[name], _address(name, links) + suffix) for name in REGISTERS],
        action=_address(register, links),
        say=say,
        asked=asked,
        report=report,
        as_of=_as_of(site, register, report),
        form_help=say["form_help"].format(
            lat=f"{(middle.south + middle.north) / 2:.4f}", lon=f"{(middle.west + middle.east) / 2:.4f}"
        ),
    )


def _address(register: Register, links: Links) -> str:
    return links.page("/easy/hazard" if register == "easy" else "/hazard", language_of(register))


def _as_of(site: Site, register: Register, report: Mapping[str, Any] | None) -> str:
    if report is None:
        return ""
    time = wording(language_of(register), site.time_zone).exact(parse_rfc3339(report["generated_at"]))
    return sentences(register)["as_of"].format(time=time)
