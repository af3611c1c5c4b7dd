"""What a request wants printed, read strictly: each parameter once, each value one of those there are."""

from __future__ import annotations

import re
from collections.abc import Sequence

from fastapi import Request

from config.model import Site
from core.model import Bounds
from gis.catalogue import PublishedLayer
from maps.print_content import overlays
from maps.print_wish import INKS, PAPERS, PrintWish
from maps.themes import themes_of
from maps.words import Language
from maps.words_print import print_words

KNOWN = ("theme", "layers", "paper", "ink", "bbox")
BEYOND_DEG = 0.5
"""So far around the site's box a sheet may reach."""

# No exponent, no sign but minus, no digits but ASCII: 1e309, NaN, inf and full-width digits are all refused.
_DEGREES = re.compile(r"-?\d{1,3}(\.\d{1,15})?", re.ASCII)


class WishError(Exception):
    """A wish that cannot be met; ``text`` says in the page's language what is wrong and what to do."""

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.text = text


def print_wish(request: Request, site: Site, catalogue: Sequence[PublishedLayer], language: Language) -> PrintWish:
    """The wish in the request's query; an empty value is as none. Raises WishError."""
    say = print_words(language)
    given = request.query_params.multi_items()
    for name, _ in given:
        if name not in KNOWN:
            raise WishError(say["wrong_unknown"].format(name=name[:40], known=", ".join(KNOWN)))
        if [other for other, _ in given].count(name) > 1:
            raise WishError(say["wrong_twice"].format(name=name))
    values = {name: value for name, value in given if value}
    inks = {str(ink): ink for ink in INKS}
    return PrintWish(
        theme=_one_of("theme", values.get("theme", ""), [theme.id for theme in themes_of(site, catalogue)], say),
        layers=_layers(values.get("layers"), catalogue, say),
        paper=_one_of("paper", values.get("paper", "a3"), list(PAPERS), say),
        ink=inks[_one_of("ink", values.get("ink", "colour"), list(inks), say)],
        box=_box(values.get("bbox"), site, say),
    )


def _one_of(name: str, value: str, known: Sequence[str], say: dict[str, str]) -> str:
    if value and value not in known:
        raise WishError(say["wrong_choice"].format(name=name, known=", ".join(known)))
    return value


def _layers(text: str | None, catalogue: Sequence[PublishedLayer], say: dict[str, str]) -> tuple[str, ...] | None:
    if text is None:
        return None
    known = [layer.id for layer in overlays(catalogue)]
    asked = text.split(",")
    if not set(asked) <= set(known):
        raise WishError(say["wrong_layer"].format(known=", ".join(known) or "–"))
    return tuple(dict.fromkeys(asked))


def _box(text: str | None, site: Site, say: dict[str, str]) -> Bounds | None:
    if text is None:
        return None
    town = site.bounds
    example = f"{town.west:g},{town.south:g},{town.east:g},{town.north:g}"
    parts = text.split(",")
    if len(parts) != 4 or not all(_DEGREES.fullmatch(part) for part in parts):
        raise WishError(say["wrong_numbers"].format(example=example))
    west, south, east, north = map(float, parts)
    if west >= east or south >= north:
        raise WishError(say["wrong_order"])
    if east <= town.west or west >= town.east or north <= town.south or south >= town.north:
        raise WishError(say["wrong_beyond"].format(example=example))
    return Bounds(
        max(west, town.west - BEYOND_DEG),
        max(south, town.south - BEYOND_DEG),
        min(east, town.east + BEYOND_DEG),
        min(north, town.north + BEYOND_DEG),
    )
