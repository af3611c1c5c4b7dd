"""The stand-in of a site an exercise (訓練) is played on.

It is a site of its own wherever a site is told from another: rows, topics, episodes, messages. What happens in an exercise
has therefore no row it could touch of the live site, and no channel of the live site to go out by.
"""

from __future__ import annotations

from dataclasses import replace

from config.exercise_plan import Scenario
from config.model import Site
from config.rule_plan import RuleKind, RuleState

SUFFIX = "~kunren"
"""No file can name such a site: ids hold no ``~``."""
PREFIX_JA, PREFIX_EN = "【訓練】", "[EXERCISE]"


PATH = "/kunren"
"""Where the pages of an exercise are, below the live ones."""

_BY_THE_CLOCK = (RuleKind.RATE, RuleKind.FORECAST)


def exercise_site(site: Site, scenario: Scenario, *, speed: float, played: frozenset[str]) -> Site:
    """The same town for an exercise: only channels and audiences made for exercises, every page and message marked.

    Of an escalation only those are called who take part in exercises.

    Only the datastreams that are ``played`` are there: a gauge the scenario says nothing of is not silent, it takes no part. Where
    the scenario goes by faster than life, rules that reckon a speed would tell nonsense and are left out.
    """
    rules = (rule for rule in site.rules if rule.state is RuleState.ACTIVE)
    return replace(
        site,
        id=f"{site.id}{SUFFIX}",
        exercise=True,
        name_ja=f"{PREFIX_JA}{site.name_ja}",
        name_en=f"{PREFIX_EN} {site.name_en}",
        notice_ja=f"{PREFIX_JA}これは訓練です。実際の災害情報ではありません。（{scenario.title_ja}）",
        notice_en=f"{PREFIX_EN} This is an exercise, no real disaster information. ({scenario.title_en})",
        sources=(),
        vehicles=(),
        ploughs=None,
        demo=None,
        jma=None,
        datastreams=tuple(stream for stream in site.datastreams if stream.key in played),
        rules=tuple(rule for rule in rules if speed == 1 or rule.kind not in _BY_THE_CLOCK),
        channels=tuple(channel for channel in site.channels if channel.exercise),
        people=replace(
            site.people,
            audiences=tuple(audience for audience in site.people.audiences if audience.exercise),
            admin="",
            watchdog="",
            canary="",
        ),
    )
