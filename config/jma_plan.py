"""Where the warnings of the Meteorological Agency come from (``[jma]`` of site.toml)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

EVERY = timedelta(minutes=1)
"""How often it is looked where the file does not say."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Jma:
    """Telegrams (気象庁防災情報XML) that lie in ``folder``, or that the Atom feed at ``feed`` names; one of the two.

    ``areas`` are JMA's codes of what concerns the town: its 市町村等 (seven digits), its 一次細分区域 and prefecture (six), river
    forecasts (ten or twelve). It is looked every ``every``. ``allow_private`` lets the feed be inside the town's own network.
    """

    areas: tuple[str, ...]
    folder: Path | None = None
    feed: str = ""
    every: timedelta = EVERY
    allow_private: bool = False
