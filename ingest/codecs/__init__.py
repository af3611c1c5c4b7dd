"""Payload formats: one module each, with exactly one constant ``CODEC``; this package finds them itself."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ingest.discovery import discover
from ingest.messages import Codec

CODECS: Mapping[str, Codec] = {codec.name: codec for codec in discover(__name__, __path__, "CODEC", Codec)}


def check_settings(codec: str, settings: Mapping[str, Any]) -> object:
    """The settings of a source as its codec uses them; raises ValueError with one line where they are wrong."""
    return CODECS[codec].read_settings(settings)
