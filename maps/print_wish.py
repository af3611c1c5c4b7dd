"""What somebody wants printed: theme or layers, part of the town, paper and ink; and how large papers are."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from urllib.parse import urlencode

from core.model import Bounds
from maps.print_looks import Ink

PATH = "/print"
INKS: tuple[Ink, ...] = ("colour", "mono")


@dataclass(frozen=True, slots=True, kw_only=True)
class Paper:
    """A paper in landscape, in mm: the map on it, and the columns beside the map with letters of these sizes, the first
    that has room. All but the map is laid out in ``static/css/print.css``.
    """

    name: str
    map_width: float
    map_height: float
    columns: int
    column_width: float
    column_height: float
    letters: tuple[float, ...]
    map_letters: float


PAPERS: Mapping[str, Paper] = MappingProxyType(
    {
        "a3": Paper(
            name="A3",
            map_width=252,
            map_height=256,
            columns=3,
            column_width=48.6,
            column_height=266,
            letters=(3.3, 3.1, 2.9, 2.7, 2.5, 2.3),
            map_letters=1.0,
        ),
        "a4": Paper(
            name="A4",
            map_width=172,
            map_height=175,
            columns=2,
            column_width=55,
            column_height=183,
            letters=(2.5, 2.3, 2.1, 2.0),
            map_letters=0.8,
        ),
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class PrintWish:
    """What is asked for. ``layers`` None: those of the theme; ``box`` None: the whole town; an empty theme: the usual one."""

    theme: str = ""
    layers: tuple[str, ...] | None = None
    paper: str = "a3"
    ink: Ink = "colour"
    box: Bounds | None = None

    @property
    def bbox(self) -> str:
        """The part of the town as the address says it; empty for all of it."""
        if self.box is None:
            return ""
        return ",".join(f"{degrees:g}" for degrees in (self.box.west, self.box.south, self.box.east, self.box.north))

    @property
    def address(self) -> str:
        """The page's address without language; what is as usual is not in it."""
        asked = {
            "theme": self.theme,
            "layers": ",".join(self.layers or ()),
            "paper": "" if self.paper == "a3" else self.paper,
            "ink": "" if self.ink == "colour" else self.ink,
            "bbox": self.bbox,
        }
        query = urlencode({name: value for name, value in asked.items() if value}, safe=",")
        return f"{PATH}?{query}" if query else PATH


def scale_words(scale: int) -> str:
    """A scale as maps write it: 1:125,000."""
    return f"1:{scale:,}"
