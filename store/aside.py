"""What was set aside: reading it, settling it, and the devices nobody has claimed yet."""

from __future__ import annotations

from store.part import Part


class Aside(Part):
    """Messages in quarantine."""
