"""What is not as a rule test expects, as rows of expected and found."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from itertools import zip_longest

from alerts.rule_tests_plan import Expectation, Expected, ExpectedStep, RuleTest, length_text
from alerts.rule_tests_standing import Standing
from alerts.targets import Target
from alerts.telling import Transition
from core.levels import Level
from store.alert_rows import TellingRow

NOTHING = "–"


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing that is not as expected: ``where`` in the file, ``at`` since the start, of what, both in words."""

    where: str
    at: str
    subject: str
    expected: str
    found: str


@dataclass(frozen=True, slots=True)
class Found:
    """How everything stands, and what was told since the expectation before; ``newest`` message of (rule, stream)."""

    standings: Sequence[Standing]
    told: Sequence[tuple[Target, Transition]]
    messages: Sequence[TellingRow]
    newest: Mapping[tuple[str, str], TellingRow]


def differences(test: RuleTest, expectation: Expectation, found: Found) -> list[Difference]:
    """Every row in which expectation and finding differ: instances, transitions, messages."""
    at = length_text(expectation.at)
    rows = [*_instances(test, expectation, found), *_steps(test, expectation, found), *_messages(expectation, found)]
    return [Difference(expectation.where, at, *row) for row in rows]


def _instances(test: RuleTest, expectation: Expectation, found: Found) -> Iterator[tuple[str, str, str]]:
    """The sets are compared whole: what is not listed has to be ``ok``."""
    expected = {(each.rule, each.stream): each for each in expectation.instances}
    standings = {(each.rule, each.stream): each for each in found.standings}
    for key in sorted(expected.keys() | standings.keys()):
        wanted, standing = expected.get(key), standings.get(key)
        subject = " ".join(key)
        if standing is None:
            yield subject, _wanted(wanted) if wanted else NOTHING, "no such instance: the rule does not watch it"
        elif not _is_as(test, wanted, standing):
            yield subject, _wanted(wanted) if wanted else NOTHING, _standing(test, standing)
        elif wanted is not None:
            yield from _texts(subject, wanted, found.newest.get(key))


def _is_as(test: RuleTest, wanted: Expected | None, standing: Standing) -> bool:
    if wanted is None:
        return standing.state == "ok"
    since = None if standing.since is None else standing.since - test.start
    return (
        wanted.state == standing.state
        and wanted.level in (None, standing.level)
        and wanted.since in (None, since)
        and wanted.stale == standing.stale
    )


def _wanted(wanted: Expected) -> str:
    return _words(wanted.state, wanted.level, wanted.since, stale=wanted.stale)


def _standing(test: RuleTest, standing: Standing) -> str:
    since = None if standing.since is None else standing.since - test.start
    return _words(standing.state, standing.level, since, stale=standing.stale)


def _words(state: str, level: Level | None, since: timedelta | None, *, stale: bool) -> str:
    parts = [state, level.slug if level is not None else "", f"since {_offset(since)}" if since is not None else ""]
    return " ".join(part for part in parts if part) + (", stale" if stale else "")


def _offset(since: timedelta) -> str:
    return f"-{length_text(-since)}" if since < timedelta(0) else length_text(since)


def _texts(subject: str, wanted: Expected, newest: TellingRow | None) -> Iterator[tuple[str, str, str]]:
    for name in ("subject_ja", "text_ja"):
        text = getattr(wanted, name)
        said = "" if newest is None else str(newest.body[name])
        if text is not None and text not in said:
            yield f"{subject}: {name}", f"… {text} …", said or "no message"


def _steps(test: RuleTest, expectation: Expectation, found: Found) -> Iterator[tuple[str, str, str]]:
    if expectation.steps is None:
        return
    for number, (wanted, told) in enumerate(zip_longest(expectation.steps, found.told), start=1):
        if wanted is None or told is None or not _is_step(test, wanted, *told):
            told_words = NOTHING if told is None else _told_words(test, *told)
            yield f"transition {number}", NOTHING if wanted is None else _wanted_step(wanted), told_words


def _is_step(test: RuleTest, wanted: ExpectedStep, target: Target, step: Transition) -> bool:
    return (
        (wanted.rule, wanted.stream, wanted.kind) == (target.rule.id, target.key, step.kind.value)
        and wanted.level in (None, step.to_level)
        and wanted.at in (None, step.at - test.start)
    )


def _wanted_step(wanted: ExpectedStep) -> str:
    level = "" if wanted.level is None else wanted.level.slug
    at = "" if wanted.at is None else f"at {length_text(wanted.at)}"
    return " ".join(part for part in (wanted.rule, wanted.stream, wanted.kind, level, at) if part)


def _told_words(test: RuleTest, target: Target, step: Transition) -> str:
    level = "" if step.to_level is None else step.to_level.slug
    parts = (target.rule.id, target.key, step.kind.value, level, f"at {_offset(step.at - test.start)}")
    return " ".join(part for part in parts if part)


def _messages(expectation: Expectation, found: Found) -> Iterator[tuple[str, str, str]]:
    if expectation.messages is None:
        return
    for number, (text, row) in enumerate(zip_longest(expectation.messages, found.messages), start=1):
        said = NOTHING if row is None else str(row.body["subject_ja"])
        if text is None or row is None or text not in said:
            yield f"message {number}", NOTHING if text is None else f"… {text} …", said
