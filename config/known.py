"""The names other parts bring: codecs, device models, kinds of channels and layers. Config never imports their owners."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """Names a site folder may use; None leaves them unchecked (any name passes).

    ``check_codec_settings`` takes the name of a codec and the settings a source gives it, and raises ValueError with
    a line that says what is wrong with them.
    """

    codecs: frozenset[str] | None = None
    models: frozenset[str] | None = None
    channel_kinds: frozenset[str] | None = None
    layer_kinds: frozenset[str] | None = None
    check_codec_settings: Callable[[str, Mapping[str, Any]], object] | None = None


ANY_NAME = Known()
