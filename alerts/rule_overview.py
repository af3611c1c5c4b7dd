"""Where each rule stands on its way from draft over shadow to active."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from alerts.rule_tests_plan import RuleTestFiles
from alerts.targets import instances_of
from config.model import Site
from store.alert_rows import EpisodeRow


@dataclass(frozen=True, slots=True)
class RuleLine:
    """One rule; ``episodes`` is None where nobody could look."""

    rule: str
    state: str
    version: str
    kind: str
    instances: int
    tests: int
    episodes: int | None
    title: str

    def as_json(self) -> dict[str, Any]:
        """The same as an object."""
        return asdict(self)


def overview(site: Site, files: RuleTestFiles, episodes: Sequence[EpisodeRow] | None) -> list[RuleLine]:
    """A line for each rule, in the order of the files. Raises ConfigError where a rule's unit does not fit."""
    tests = Counter(test.rules[0] for test in files.tests)
    found = Counter(episode.rule for episode in episodes or ())
    watching = Counter(target.rule.id for target in instances_of(site))
    return [
        RuleLine(
            rule=rule.id,
            state=rule.state.value,
            version=rule.version,
            kind=rule.kind.value,
            instances=watching[rule.id],
            tests=tests[rule.id],
            episodes=None if episodes is None else found[rule.id],
            title=rule.title_ja,
        )
        for rule in site.rules
    ]
