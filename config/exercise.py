"""The stand-in of a site an exercise (訓練) is played on.

It is a site of its own wherever a site is told from another: rows, topics, episodes, messages. What happens in an exercise
has therefore no row it could touch of the live site, and no channel of the live site to go out by.
"""

from __future__ import annotations

from dataclasses import replace

from config.model import Site

SUFFIX = "~kunren"
"""No file can name such a site: ids hold no ``~``."""
PREFIX_JA, PREFIX_EN = "【訓練】", "[EXERCISE]"


def exercise_site(site: Site) -> Site:
    """The same town for an exercise: only channels and audiences made for exercises, every page and message marked."""
    return replace(
        site,
        id=f"{site.id}{SUFFIX}",
        exercise=True,
        name_ja=f"{PREFIX_JA}{site.name_ja}",
        name_en=f"{PREFIX_EN} {site.name_en}",
        notice_ja=f"{PREFIX_JA}これは訓練です。実際の災害情報ではありません。",
        notice_en=f"{PREFIX_EN} This is an exercise, no real disaster information.",
        sources=(),
        vehicles=(),
        ploughs=None,
        demo=None,
        jma=None,
        channels=tuple(channel for channel in site.channels if channel.exercise),
        people=replace(
            site.people,
            audiences=tuple(audience for audience in site.people.audiences if audience.exercise),
            watchdog="",
        ),
    )
