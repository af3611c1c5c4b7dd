"""Notes which rules the evaluator works with, and says so where an active one was never tried."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta

from alerts.rule_life import CAUGHT_UP, Standing, evaluated_rule, life_of_rules
from config.model import Site
from config.rule_plan import RuleState
from store import Store

_log = logging.getLogger(__name__)
_NOTE_EVERY = timedelta(minutes=10)


class RuleWatch:
    """What the store is told of the rules of one site. A stand-in's rules are the live site's: nothing is told of them."""

    def __init__(self, site: Site, store: Store, site_no: int) -> None:
        self._site = site
        self._store = store
        self._site_no = site_no
        self._rules = [evaluated_rule(rule) for rule in site.rules if rule.state is not RuleState.DRAFT]
        self._noted_at: datetime | None = None
        self._said = False

    def forget(self) -> None:
        """Note it at the next round: another evaluator may have worked with other rules."""
        self._noted_at = None

    def round(self, now: datetime) -> int:
        """Note it each ten minutes; 0, because nobody is told by a message. Raises StoreError."""
        if self._site.exercise:
            return 0
        # A clock that was set back must not make it wait for the time it was set back by.
        if self._noted_at is None or not self._noted_at <= now < self._noted_at + _NOTE_EVERY:
            self._store.rule_life.evaluated(self._site_no, self._rules, now, now - CAUGHT_UP)
            self._noted_at = now
        if not self._said:
            self._say_untried(now)
            self._said = True
        return 0

    def _say_untried(self, now: datetime) -> None:
        """Log what became active without shadow time: once, when the evaluator begins."""
        for life in life_of_rules(self._site, self._store, self._site_no, now).values():
            if life.standing is Standing.UNTRIED:
                days = life.shadow / timedelta(days=1)
                _log.warning(
                    "rule %s is active without shadow time (%.1f of 7 days, no labelled event met): it tells people all the same;"
                    " `yukimori alerts activate %s` shows what it would do",
                    life.rule,
                    days,
                    life.rule,
                )
