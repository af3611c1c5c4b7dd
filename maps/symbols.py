"""The shapes and colours of states: one table for the canvas of the map, the legend and the lists.

Shape grows with the level (ring, disc, triangle, diamond, octagon), so that no state is told by colour alone.
Red, orange and yellow are the JIS Z 9103 safety colours in the colour-universal-design set (#FF4B00, #F6AA00, #F2E700);
the colours of 警戒レベル are not used. Paths are drawn in a box of 24 × 24, centre 12, 12.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Symbol:
    """How one state looks: SVG path, size factor, and the class that colours it.

    ``rank`` orders states from calm to danger for "which comes first"; states that say nothing rank below all.
    """

    path: str
    scale: float
    rank: int
    dashed: bool = False


_RING = "M12 2.5a9.5 9.5 0 1 1 0 19a9.5 9.5 0 1 1 0-19z"
_TRIANGLE = "M12 1.6 L23 21 Q23.2 22 22.2 22 L1.8 22 Q.8 22 1 21 Z"
_DIAMOND = "M12 .8 L23.2 12 L12 23.2 L.8 12 Z"
_OCTAGON = "M7.4 1 L16.6 1 L23 7.4 L23 16.6 L16.6 23 L7.4 23 L1 16.6 L1 7.4 Z"
_SQUARE = "M5 3 L19 3 Q21 3 21 5 L21 19 Q21 21 19 21 L5 21 Q3 21 3 19 L3 5 Q3 3 5 3 Z"

SYMBOLS: dict[str, Symbol] = {
    "normal": Symbol(path=_RING, scale=1.0, rank=1),
    "standby": Symbol(path=_RING, scale=1.1, rank=2),
    "caution": Symbol(path=_TRIANGLE, scale=1.25, rank=3),
    "warning": Symbol(path=_DIAMOND, scale=1.4, rank=4),
    "danger": Symbol(path=_OCTAGON, scale=1.5, rank=5),
    "unjudged": Symbol(path=_SQUARE, scale=0.9, rank=0),
    "no_data": Symbol(path=_RING, scale=0.9, rank=0, dashed=True),
}

KIND_GLYPHS: dict[str, str] = {
    "snow": "M12 6.5V17.5M7.2 9.2L16.8 14.8M16.8 9.2L7.2 14.8",
    "river": "M6.5 10q1.4-1.6 2.8 0t2.8 0t2.8 0t2.8 0M6.5 14.2q1.4-1.6 2.8 0t2.8 0t2.8 0t2.8 0",
    "channel": "M7 7.5V16.5H17V7.5M7 12.2q1.7-1.5 3.3 0t3.3 0t3.4 0",
    "weather": "M12 6.5v7M12 13.5a2.2 2.2 0 1 0 .01 0z",
    "camera": "M7 9h2l1-1.5h4L15 9h2v7H7zM12 10.8a1.8 1.8 0 1 0 .01 0z",
}

SHELTER_SYMBOLS: dict[str, dict[str, str]] = {
    "open": {"shape": _RING, "glyph": "M6.8 12.4L10.6 16.2L17.4 8.6"},
    "full": {"shape": _SQUARE, "glyph": "M7 12H17"},
    "closed": {"shape": _OCTAGON, "glyph": "M8 8L16 16M16 8L8 16"},
    "unknown": {"shape": _RING, "glyph": "M9 9.6a3 3 0 1 1 4.4 2.6q-1.4.8-1.4 2.2M12 17.4v.2"},
}
"""The states of a shelter: a disc with a tick, a square with a bar, an octagon with a cross, a dashed ring that asks."""

PLOUGH = "M12 1.5 L21 21.5 Q12 16.5 3 21.5 Z"


def symbol_table() -> dict[str, object]:
    """The same table for scripts: states, kind glyphs and the plough's wedge."""
    return {
        "states": {name: asdict(symbol) for name, symbol in SYMBOLS.items()},
        "kinds": KIND_GLYPHS,
        "plough": PLOUGH,
        "shelters": SHELTER_SYMBOLS,
    }
