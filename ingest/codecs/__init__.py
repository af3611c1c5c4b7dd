"""Payload formats: one module each, with exactly one constant ``CODEC``; this package finds them itself."""

from __future__ import annotations

from collections.abc import Mapping

from ingest.discovery import discover
from ingest.messages import Codec

CODECS: Mapping[str, Codec] = {codec.name: codec for codec in discover(__name__, __path__, "CODEC", Codec)}
