"""Which messages a rule's state and hours let out: what a rule test expects under ``messages``.

Groups, silences and people are left out: they are the dispatcher's, and no matter of the rule.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from alerts.schedule import is_in, next_edge
from config.rule_plan import Rule, RuleState
from store.alert_rows import TellingRow

Instance = tuple[str, str]


class Voice:
    """Lets out what active rules want told within their hours; what waits for the hours speaks of how it stands then."""

    def __init__(self, rules: Iterable[Rule]) -> None:
        self._rules = {rule.id: rule for rule in rules}
        self._held: dict[Instance, TellingRow] = {}
        self._told: set[Instance] = set()
        self.newest: dict[Instance, TellingRow] = {}
        self.said: list[TellingRow] = []

    def want(self, row: TellingRow, now: datetime) -> None:
        """Something is to be told of an instance."""
        rule = self._rules[row.rule]
        if rule.state is not RuleState.ACTIVE:
            return
        if is_in(rule.schedule, now):
            self._say(row)
        else:
            self._held[row.rule, row.target] = row

    def open_hours(self, now: datetime, standing: set[Instance]) -> None:
        """Say what waited, of what still stands or had been told of before; the rest is over without a word."""
        for instance, row in list(self._held.items()):
            if is_in(self._rules[row.rule].schedule, now):
                del self._held[instance]
                if instance in standing or instance in self._told:
                    self._say(row)

    def next_hours(self, now: datetime) -> datetime | None:
        """When hours begin in which something that waits may be said; None where nothing waits."""
        edges = [next_edge(self._rules[row.rule].schedule, now) for row in self._held.values()]
        return min((edge for edge in edges if edge is not None), default=None)

    def _say(self, row: TellingRow) -> None:
        instance = (row.rule, row.target)
        self.said.append(row)
        self.newest[instance] = row
        self._told.add(instance)
        self._held.pop(instance, None)
        if row.body["status"] == "resolved":
            self._told.discard(instance)
