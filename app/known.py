"""The names a site folder may use: codecs, device models, kinds of layers and channels this program has."""

from __future__ import annotations

from alerts import CHANNEL_KINDS
from config import Known
from gis import LAYER_KINDS
from ingest.codecs import CODECS, check_settings
from ingest.devices import MODELS


def known_names() -> Known:
    """What is there to be named in ``site.toml``, ``datastreams.csv``, ``vehicles.csv`` and ``layers/*.toml``."""
    return Known(
        codecs=frozenset(CODECS),
        models=frozenset(MODELS),
        check_codec_settings=check_settings,
        channel_kinds=frozenset(CHANNEL_KINDS),
        layer_kinds=frozenset(LAYER_KINDS),
    )
