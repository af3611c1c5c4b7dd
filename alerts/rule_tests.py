"""Plays rule tests: the live evaluator under a simulated clock, compared with what the town expects of its rules.

The comparison is of whole sets: an alert nobody expected fails a test just as one that is missing.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from alerts.episodes import tellings
from alerts.rehearsal import TICK, Actor, Rehearsal, Told, cast, tick_after
from alerts.rule_tests_places import stage
from alerts.rule_tests_plan import Expectation, RuleTest
from alerts.rule_tests_standing import Standing, standing_of
from alerts.rule_tests_verdict import Difference, Found, differences
from alerts.rule_tests_voice import Voice
from alerts.targets import Target
from alerts.telling import Transition
from config.mistakes import Mistake
from config.model import Site
from core.model import Quality, QualityReason
from store.rows import Sample

_OPEN = ("firing", "recovering")


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a test: nothing differs where it passed."""

    test: RuleTest
    differences: tuple[Difference, ...]

    @property
    def passed(self) -> bool:
        """Whether everything was as expected."""
        return not self.differences


def run_rule_tests(site: Site, tests: Iterable[RuleTest]) -> list[Outcome]:
    """What became of each test, in their order."""
    return [run_rule_test(site, test) for test in tests]


def run_rule_test(site: Site, test: RuleTest) -> Outcome:
    """Play the test and compare. Nothing of the live site is touched or read but its rules and stations.

    A rule that cannot be evaluated fails its test with the reason.
    """
    try:
        return _run(site, test)
    except Exception as error:  # noqa: BLE001 - one broken rule hides no other test
        what = f"{type(error).__name__}: {error}"
        return Outcome(test, (Difference(test.where, "-", " and ".join(test.rules), "to be evaluated", what),))


def _run(site: Site, test: RuleTest) -> Outcome:
    play = _Play(site, test, cast(stage(site, test.rules, test.series, test.made_up)))
    found = tuple(row for expectation in test.expectations for row in play.until(expectation))
    return Outcome(test, found)


def as_mistakes(outcome: Outcome) -> list[Mistake]:
    """What is wrong with a test or with its rule, in the words of ``yukimori check``."""
    test = outcome.test
    return [
        Mistake(
            test.file,
            row.where,
            f"“{test.title}” fails at {row.at}: {row.subject}: expected {row.expected}, found {row.found}",
            "put the rule or the test right; yukimori alerts test shows both side by side",
        )
        for row in outcome.differences
    ]


class _Play:
    """A test on the stage: arrivals in order, the clock, and what has been told since the last expectation."""

    def __init__(self, site: Site, test: RuleTest, actors: Sequence[Actor]) -> None:
        self._test = test
        self._rehearsal = Rehearsal.of(actors)
        self._arrivals = _arrivals(test)
        self._place = 0
        self._standings: dict[int, Standing] = {}
        self._told: list[tuple[Target, Transition]] = []
        self._voice = Voice(site.rules)
        self._look(test.start - (test.rounds or TICK))

    def until(self, expectation: Expectation) -> list[Difference]:
        """Play on to the time of the expectation, and say what is not as expected."""
        now = self._test.start + expectation.at
        while (moment := self._next(now)) is not None:
            self._arrive(moment)
            self._look(moment)
        self._arrive(now)
        self._look(now)
        voice = self._voice
        found = Found(tuple(self._standings.values()), tuple(self._told), tuple(voice.said), dict(voice.newest))
        self._told, voice.said = [], []
        return differences(self._test, expectation, found)

    def _next(self, end: datetime) -> datetime | None:
        """The next round before ``end``: of the evaluator's own pace, or when something arrives or falls silent."""
        if self._test.rounds is not None:
            following = self._now + self._test.rounds
            return following if following < end else None
        moments = []
        if self._place < len(self._arrivals):
            moments.append(tick_after(self._arrivals[self._place][0]))
        dues = (self._rehearsal.due_at(), self._voice.next_hours(self._now))
        moments += [due for due in dues if due is not None and due > self._now]
        following = min(moments, default=end)
        return following if following < end else None

    def _arrive(self, now: datetime) -> None:
        while self._place < len(self._arrivals) and self._arrivals[self._place][0] <= now:
            _, key, sample = self._arrivals[self._place]
            self._rehearsal.arrive(key, sample)
            self._place += 1

    def _look(self, now: datetime) -> None:
        self._now = now
        for told in self._rehearsal.round(now):
            self._note(told)
        for number, actor in enumerate(self._rehearsal.actors):
            self._standings[number] = standing_of(actor, self._standings.get(number))

        standing = {(each.rule, each.stream) for each in self._standings.values() if each.state in _OPEN}
        self._voice.open_hours(now, standing)

    def _note(self, told: Told) -> None:
        self._told += [(told.target, step) for step in told.transitions]
        for row in tellings(told.target, told.transitions, told.now):
            self._voice.want(row, told.now)


def _arrivals(test: RuleTest) -> list[tuple[datetime, str, Sample]]:
    """Everything that arrives, in the order of arrival: when, at which datastream, what."""
    found: list[tuple[datetime, int, int, str, Sample]] = []
    for order, (key, entries) in enumerate(test.series.items()):
        for number, entry in enumerate(entries):
            if entry is None:
                continue
            at = test.start + number * test.interval
            received = at + entry.late
            sample = Sample(at, entry.value, entry.quality, received, QualityReason.NONE)
            found.append((received, order, 2 * number, key, sample))
            if entry.again is not None:
                again = Sample(at, entry.again, Quality.GOOD, received + timedelta(seconds=1), QualityReason.NONE)
                found.append((again.received_at, order, 2 * number + 1, key, again))
    found.sort(key=lambda each: each[:3])
    return [(received, key, sample) for received, _, _, key, sample in found]
