"""What it means that a rule becomes active: how it did as a shadow, and what it does otherwise than the one at work."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from alerts.backtest import Feed, Progress, Span, play
from alerts.backtest_compare import Comparison, compare
from alerts.backtest_report import Report, report_on
from alerts.rule_life import (
    Standing,
    active_before,
    events_for,
    lives_of,
    met_in_shadow,
    shadow_episodes,
    shadow_time,
    standing_of,
)
from config.event_plan import LabelledEvent
from config.model import Site
from config.rule_history import rule_again
from config.rule_plan import Rule, RuleState
from store import Store
from store.alert_rows import EpisodeRow
from store.rule_life import APPROVED, LifeRow


@dataclass(frozen=True, slots=True, kw_only=True)
class Activation:
    """A rule as its file has it, beside the version that was active last (``last``; None where none ever was).

    ``approved``: people let this version become active already, ``reason`` being why although it was not tried.

    ``before`` is that version as a rule, None where there is none or this program cannot read it any more. ``shadow`` is how
    long this version was a shadow, ``episodes`` what it would have told then; ``met`` and ``missed`` are the labelled events
    of that time. ``report`` is its backtest, ``comparison`` the difference from ``before``, ``unseen`` the labelled events
    that lie outside the span of the backtest.
    """

    rule: Rule
    standing: Standing
    reason: str
    approved: bool
    shadow: timedelta
    episodes: Sequence[EpisodeRow]
    met: Sequence[LabelledEvent]
    missed: Sequence[LabelledEvent]
    last: LifeRow | None
    before: Rule | None
    report: Report
    comparison: Comparison | None
    unseen: int

    @property
    def is_tried(self) -> bool:
        """Whether it may become active without anybody saying why, or saying it again."""
        return self.standing is not Standing.UNTRIED

    @property
    def is_done(self) -> bool:
        """Whether there is nothing to do: the file has this version as active, and it was let become so or is at work."""
        at_work = self.last is not None and self.last.version == self.rule.version
        return self.rule.state is RuleState.ACTIVE and self.is_tried and (at_work or self.approved)


def activation(
    site: Site, rule: Rule, store: Store, site_no: int, history: tuple[Feed, Span], now: datetime, progress: Progress
) -> Activation:
    """Look at all of it; ``history`` is played twice, by the rule and by the version before it.

    Raises StoreError where the database is away, StartError where a rule cannot be evaluated.
    """
    rows = lives_of(store, site_no)
    met, missed = met_in_shadow(site, rule, rows, store, site_no, now)
    standing, reason = standing_of(rule, rows)
    if standing is Standing.UNTRIED and met:
        standing = Standing.MET
    last = active_before(rule, rows)
    before = None if last is None else rule_again(rule.id, last.plan)
    known = events_for(site, rule)
    alone = replace(site, rules=(rule,), events=tuple(known))
    report = _report(alone, history, progress)
    older = None if before is None else _report(replace(alone, rules=(before,)), history, progress)
    return Activation(
        rule=rule,
        standing=standing,
        reason=reason,
        approved=any((row.state, row.rule, row.version) == (APPROVED, rule.id, rule.version) for row in rows),
        shadow=shadow_time(rule, rows),
        episodes=[row for row, _ in shadow_episodes(rule, rows, store, site_no)],
        met=met,
        missed=missed,
        last=last,
        before=before,
        report=report,
        comparison=None if older is None else compare(older, report),
        unseen=len(known) - len(report.events),
    )


def _report(site: Site, history: tuple[Feed, Span], progress: Progress) -> Report:
    feed, span = history
    return report_on(site, play(site, feed, span, progress))
