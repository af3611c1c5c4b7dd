"""What is known of the way messages took: device numbers and their gaps, arrivals the broker may repeat."""

from __future__ import annotations

from store.part import Part


class Intake(Part):
    """Gaps in what devices numbered, gateways, and messages that may come again."""
