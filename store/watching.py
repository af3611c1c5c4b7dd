"""Incidents of the system itself, and the processes and collectors that are at work."""

from __future__ import annotations

from store.part import Part


class Watching(Part):
    """What is wrong with the system, since when, and who is at work."""
