"""地理院タイル: which map is where, how near it goes, and whom to credit.

Addresses and zooms are those of 国土地理院's tile list. Display needs only the credit 「地理院タイル」, linked to that list.
"""

from __future__ import annotations

from typing import Any

from config.model import Site

HOST = "https://cyberjapandata.gsi.go.jp"
TILE_LIST = "https://maps.gsi.go.jp/development/ichiran.html"

_ZOOMS = {"std": (5, 18), "pale": (5, 18), "blank": (5, 14), "english": (5, 11)}


def gsi_tiles(site: Site) -> dict[str, Any] | None:
    """What scripts need to draw the map the site offers; None where it offers none."""
    name = site.basemap.gsi
    if name is None:
        return None
    low, high = _ZOOMS[name]
    template = f"{HOST}/xyz/{name}/{{z}}/{{x}}/{{y}}.png"
    return {"template": template, "minZoom": low, "maxZoom": high, "first": site.basemap.gsi_first}


def image_hosts(site: Site) -> tuple[str, ...]:
    """The outside hosts a page of the site may load pictures from: none, unless the town offers their map."""
    return () if site.basemap.gsi is None else (HOST,)
