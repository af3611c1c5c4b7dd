"""Where each rule stands on its way from draft over shadow to active."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from alerts.rule_life import RuleLife
from alerts.rule_tests_plan import RuleTestFiles
from alerts.targets import instances_of
from config.model import Site
from core.times import format_rfc3339
from store.alert_rows import EpisodeRow


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleLine:
    """One rule; ``episodes`` and ``life`` are None where nobody could look, ``tests`` where nobody asked."""

    rule: str
    state: str
    version: str
    kind: str
    instances: int
    tests: int | None
    episodes: int | None
    title: str
    title_en: str
    life: RuleLife | None

    def as_json(self) -> dict[str, Any]:
        """The same as an object, its life beside the rest: times in RFC 3339, lengths in seconds."""
        life = self.life
        return {
            **{name: value for name, value in asdict(self).items() if name != "life"},
            "evaluated": None if life is None else life.evaluated,
            "since": _instant(None if life is None else life.since),
            "shadow_s": None if life is None else int(life.shadow.total_seconds()),
            "standing": None if life is None or life.standing is None else life.standing.value,
            "reason": "" if life is None else life.reason,
        }


def overview(
    site: Site,
    files: RuleTestFiles | None,
    episodes: Sequence[EpisodeRow] | None,
    lives: Mapping[str, RuleLife] | None,
) -> list[RuleLine]:
    """A line for each rule, in the order of the files. Raises ConfigError where a rule's unit does not fit."""
    tests = Counter(test.rules[0] for test in files.tests) if files is not None else Counter()
    found = Counter(episode.rule for episode in episodes or ())
    watching = Counter(target.rule.id for target in instances_of(site))
    return [
        RuleLine(
            rule=rule.id,
            state=rule.state.value,
            version=rule.version,
            kind=rule.kind.value,
            instances=watching[rule.id],
            tests=None if files is None else tests[rule.id],
            episodes=None if episodes is None else found[rule.id],
            title=rule.title_ja,
            title_en=rule.title_en,
            life=None if lives is None else lives.get(rule.id),
        )
        for rule in site.rules
    ]


def _instant(at: datetime | None) -> str | None:
    return None if at is None else format_rfc3339(at)
