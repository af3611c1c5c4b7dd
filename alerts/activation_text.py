"""What it means that a rule becomes active, in words for people and as JSON for scripts."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from alerts.activation import Activation
from alerts.backtest_compare import Comparison
from alerts.backtest_report import Report
from alerts.backtest_text import (
    changes_table,
    comparison_as_json,
    episode_as_json,
    episode_table,
    event_as_json,
    events_text,
    minute,
    text_table,
)
from alerts.rule_life import ENOUGH, Standing
from config.rule_history import changes
from core.times import format_rfc3339
from store.alert_rows import EpisodeRow

_STANDINGS = {
    Standing.FOUNDING: "at work since the site was first evaluated",
    Standing.TRIED: "tried as a shadow for 7 days or more",
    Standing.MET: "met a labelled event as a shadow",
    Standing.DESPITE: "let become active without shadow time",
    Standing.UNTRIED: "NOT TRIED: neither 7 days in shadow nor a labelled event met",
}


def standing_words(standing: Standing, reason: str = "") -> str:
    """Why a version is or may be active, in a clause."""
    return f"{_STANDINGS[standing]} ({reason})" if reason else _STANDINGS[standing]


def days(length: timedelta) -> str:
    """A length of time as days, hours and minutes."""
    minutes = int(length.total_seconds()) // 60
    return f"{minutes // 1440} d {minutes // 60 % 24:02d}:{minutes % 60:02d}"


def as_text(found: Activation) -> str:
    """Everything one should know before the rule becomes active."""
    return "\n".join(_lines(found)) + "\n"


def _lines(found: Activation) -> Iterator[str]:
    rule = found.rule
    yield f"== {rule.id} {rule.title_ja} ({rule.title_en}): {rule.state.value}, version {rule.version}"
    yield f"{standing_words(found.standing, found.reason)}."
    yield from _shadow(found)
    yield from _before(found)
    yield from _backtest(found)


def _shadow(found: Activation) -> Iterator[str]:
    yield f"In shadow: {days(found.shadow)} of {days(ENOUGH)}; {_counted(len(found.episodes), 'shadow episode')}."
    if found.episodes:
        rows = [
            [minute(row.opened_at), minute(row.detected_at), "-" if row.peak is None else f"{row.peak:g}",
             "-" if row.closed_at is None else minute(row.closed_at), row.outcome or "open", row.target]
            for row in found.episodes
        ]  # fmt: skip
        yield from text_table(("opened", "noticed", "peak", "end", "outcome", "where"), rows)
    for word, events in (("met", found.met), ("MISSED", found.missed)):
        for event in events:
            yield f"Labelled event of that time {word}: {event.id} {event.title_ja}, {minute(event.begin)}"


def _before(found: Activation) -> Iterator[str]:
    yield ""
    if found.last is None:
        yield "No version of this rule has been active here: all it tells is new."
        return
    spoken = f"version {found.last.version}, from {minute(found.last.since)} to {minute(found.last.seen_at)} at least"
    if found.before is None:
        yield f"Active last: {spoken}. This program cannot read that version: there is no difference to show."
        return
    yield f"Active last: {spoken}."
    differences = changes(found.before, found.rule)
    if differences:
        yield from text_table(("key", "was", "becomes"), [list(row) for row in differences])
    else:
        yield "It is this very version."


def _backtest(found: Activation) -> Iterator[str]:
    report, comparison = found.report, found.comparison
    yield ""
    yield (
        f"Backtest {minute(report.span.begin)} – {minute(report.span.end)} JST, {report.samples} samples: "
        f"{_counted(len(report.episodes), 'episode')}"
    )
    if not report.samples:
        yield "Nothing is stored of that time: the backtest says nothing. Look farther back with --from."
    if comparison is None:
        yield from episode_table(report.episodes)
    else:
        different = len(comparison.only_before) + len(comparison.only_after) + len(comparison.changed)
        yield f"As with the version before: {_counted(comparison.same, 'episode')}; otherwise: {different}."
        for title, lines in (
            ("No longer told:", comparison.only_before),
            ("Told newly:", comparison.only_after),
        ):
            if lines:
                yield title
                yield from episode_table(lines)
        if comparison.changed:
            yield "Told otherwise:"
            yield from changes_table(comparison)
    yield from events_text(report)
    if found.unseen:
        yield f"Labelled events outside this span: {found.unseen}. Look farther back with --from."


def _counted(number: int, thing: str) -> str:
    return f"{number} {thing}{'' if number == 1 else 's'}"


def as_json(found: Activation) -> dict[str, Any]:
    """The same for scripts; times in RFC 3339 (UTC)."""
    differences = [] if found.before is None else changes(found.before, found.rule)
    return {
        "rule": found.rule.id,
        "state": found.rule.state.value,
        "version": found.rule.version,
        "standing": found.standing.value,
        "reason": found.reason,
        "shadow_s": int(found.shadow.total_seconds()),
        "shadow_needed_s": int(ENOUGH.total_seconds()),
        "shadow_episodes": [_episode_as_json(row) for row in found.episodes],
        "met_in_shadow": [event.id for event in found.met],
        "missed_in_shadow": [event.id for event in found.missed],
        "active_last": _last_as_json(found),
        "changes": [{"key": key, "was": was, "becomes": becomes} for key, was, becomes in differences],
        "backtest": _backtest_as_json(found.report, found.comparison),
    }


def _episode_as_json(row: EpisodeRow) -> dict[str, Any]:
    return {
        "id": str(row.id),
        "target": row.target,
        "opened_at": format_rfc3339(row.opened_at),
        "closed_at": None if row.closed_at is None else format_rfc3339(row.closed_at),
        "peak": row.peak,
    }


def _last_as_json(found: Activation) -> dict[str, Any] | None:
    last = found.last
    if last is None:
        return None
    return {
        "version": last.version,
        "since": format_rfc3339(last.since),
        "seen_at": format_rfc3339(last.seen_at),
        "readable": found.before is not None,
    }


def _backtest_as_json(report: Report, comparison: Comparison | None) -> dict[str, Any]:
    compared = None if comparison is None else comparison_as_json(comparison, before="before", after="after")
    return {
        "from": format_rfc3339(report.span.begin),
        "to": format_rfc3339(report.span.end),
        "samples": report.samples,
        "episodes": [episode_as_json(line) for line in report.episodes],
        "events": [event_as_json(line) for line in report.events],
        "false_alarms": len(report.false_alarms),
        "compared": compared,
    }
