"""Where the level that is shown is that of an alert nobody has confirmed yet: the same rule as ``static/js/world.js``.

Whether a value is in doubt is said of the value, beside it; the two may hold together, or each alone.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

Pairs = frozenset[tuple[str, str]]
"""Ids of stations, each with a quantity."""

RAISED = frozenset({"caution", "warning", "danger"})
"""The levels a mark can stand beside: at a station of a group that is calm there is nothing to confirm."""


def unconfirmed_at(facts: Mapping[str, Any]) -> Pairs:
    """Station and quantity of every open alert nobody has confirmed yet."""
    return frozenset(
        (str(station), str(alert["quantity"]))
        for alert in facts["alerts"]["open"]
        if alert.get("unconfirmed")
        for station in alert.get("stations", (alert["station"],))
    )
