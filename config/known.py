"""The names other parts bring: codecs, device models, kinds of channels and layers. Config never imports their owners."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """Names a site folder may use; None leaves them unchecked (any name passes)."""

    codecs: frozenset[str] | None = None
    models: frozenset[str] | None = None
    channel_kinds: frozenset[str] | None = None
    layer_kinds: frozenset[str] | None = None


ANY_NAME = Known()
