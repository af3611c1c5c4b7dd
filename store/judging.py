"""What the quality tests read and write: stretches of series, and the flags that changed."""

from __future__ import annotations

from store.part import Part


class Judging(Part):
    """Series to be judged, and the verdicts on them."""
