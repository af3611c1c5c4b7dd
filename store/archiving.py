"""Months that leave the database for files, and whole copies of it."""

from __future__ import annotations

from store.part import Part


class Archiving(Part):
    """Rows by the month for the archive, all tables for a backup."""
