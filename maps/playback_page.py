"""The page that plays a night again; all it shows is read with the key of staff, in the browser."""

from __future__ import annotations

from collections.abc import Sequence

from config.model import Site
from gis.catalogue import PublishedLayer
from maps.layers import BASE_KINDS, place
from maps.links import LIVE
from maps.road_looks import age_looks, road_table
from maps.shell import data_block, render
from maps.words import Language, words
from maps.words_playback import playback_words
from maps.words_sign_in import staff_words

PATH = "/playback"


def playback_page(
    site: Site, catalogue: Sequence[PublishedLayer], language: Language, *, now: str, asset_version: str
) -> str:
    """The page in one language; ``now`` (RFC 3339) is what its short cuts are reckoned from."""
    ground = [layer for layer in catalogue if layer.kind in BASE_KINDS]
    spoken = words(language) | playback_words(language) | staff_words(language)
    own = {"words": spoken, "places": [place(layer, LIVE) for layer in ground], "now": now, "gsi": None}
    return render(
        "playback.html.j2",
        site,
        language,
        asset_version=asset_version,
        path=PATH,
        data=data_block(site, language, ground) | own,
        w=spoken,
        roads=road_table(site, language),
        ages=[look for look in age_looks(language) if look["id"] != "withheld"],
    )
