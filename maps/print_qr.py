"""A QR code as SVG elements: no picture file, nothing the content policy would have to trust."""

from __future__ import annotations

import segno

from maps.print_elements import element
from maps.print_looks import BLACK, WHITE

QUIET = 4
"""Modules left white around the code (ISO/IEC 18004)."""


def qr_svg(address: str, label: str) -> str:
    """The code that leads to ``address``, readable with some 15 % of it spoilt (level M); one unit is one module."""
    rows = [list(row) for row in segno.make(address, error="m", micro=False).matrix]
    side = len(rows) + 2 * QUIET
    data = "".join(
        f"M{x + QUIET} {y + QUIET}h1v1h-1z" for y, row in enumerate(rows) for x, dark in enumerate(row) if dark
    )
    return element(
        "svg",
        element("rect", width=side, height=side, fill=WHITE) + element("path", d=data, fill=BLACK),
        class_="print-qr",
        viewBox=f"0 0 {side} {side}",
        role="img",
        aria_label=label,
        shape_rendering="crispEdges",
    )
