"""A backtest in words: as a text for people, as CSV for a spreadsheet, as JSON for scripts. The same to the byte each time."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any

from alerts.backtest_compare import Comparison
from alerts.backtest_report import EpisodeLine, EventLine, Report
from core.csv_text import Cell, csv_bytes
from core.levels import Level
from core.times import JST, format_rfc3339

CSV_COLUMNS = (
    "version",
    "rule",
    "target",
    "station_ja",
    "highest",
    "opened_at",
    "detected_at",
    "standby_at",
    "caution_at",
    "warning_at",
    "danger_at",
    "closed_at",
    "outcome",
    "peak",
    "lead_to_warning_s",
    "lead_to_danger_s",
    "steps",
    "losses",
    "alarm",
    "digest",
)
_NONE = "-"
_LONGEST = 10


def as_csv(report: Report, after: Report | None = None) -> bytes:
    """One row an episode, times in RFC 3339 (UTC); with two versions of the rules, both, told apart by ``version``."""
    rows = [_row(report, line, "present") for line in report.episodes]
    if after is not None:
        rows += [_row(after, line, "other") for line in after.episodes]
    return csv_bytes(CSV_COLUMNS, rows)


def _row(report: Report, line: EpisodeLine, version: str) -> list[Cell]:
    reached = [line.reached.get(level) for level in (Level.STANDBY, Level.CAUTION, Level.WARNING, Level.DANGER)]
    leads = [line.leads[level] for level in (Level.WARNING, Level.DANGER)]
    false = any(line is each for each in report.false_alarms)
    return [
        version,
        line.rule,
        line.target,
        line.station_ja,
        line.highest.slug,
        format_rfc3339(line.opened_at),
        format_rfc3339(line.detected_at),
        *(None if at is None else format_rfc3339(at) for at in reached),
        None if line.closed_at is None else format_rfc3339(line.closed_at),
        line.outcome,
        line.peak,
        *(None if lead is None else int(lead.total_seconds()) for lead in leads),
        line.steps,
        line.losses,
        "false" if false else None,
        line.digest,
    ]


def as_json(report: Report, comparison: Comparison | None = None) -> dict[str, Any]:
    """Everything a script may want."""
    found: dict[str, Any] = {
        "from": format_rfc3339(report.span.begin),
        "to": format_rfc3339(report.span.end),
        "alarm_level": report.level.slug,
        "samples": report.samples,
        "instances": report.instances,
        "digest": report.digest,
        "rules": [{"id": rule, "state": state} for rule, state in report.rules],
        "episodes": [episode_as_json(line) for line in report.episodes],
        "messages": {
            rule: {level.slug: count for level, count in counts.items()} for rule, counts in report.messages.items()
        },
        "flaps": dict(report.flaps),
        "silent_s": {key: int(length.total_seconds()) for key, length in report.silent.items()},
        "events": [event_as_json(line) for line in report.events],
        "false_alarms": [line.digest for line in report.false_alarms],
    }
    if comparison is not None:
        found["compared"] = comparison_as_json(comparison)
    return found


def comparison_as_json(comparison: Comparison, before: str = "present", after: str = "other") -> dict[str, Any]:
    """The difference of two versions as an object; the words name them in its keys."""
    return {
        "same": comparison.same,
        f"only_{before}": [episode_as_json(line) for line in comparison.only_before],
        f"only_{after}": [episode_as_json(line) for line in comparison.only_after],
        "changed": [
            {"what": change.words, before: episode_as_json(change.before), after: episode_as_json(change.after)}
            for change in comparison.changed
        ],
    }


def episode_as_json(line: EpisodeLine) -> dict[str, Any]:
    """One episode as an object."""
    return {
        "rule": line.rule,
        "target": line.target,
        "highest": line.highest.slug,
        "opened_at": format_rfc3339(line.opened_at),
        "detected_at": format_rfc3339(line.detected_at),
        "closed_at": None if line.closed_at is None else format_rfc3339(line.closed_at),
        "outcome": line.outcome,
        "peak": line.peak,
        "reached": {level.slug: format_rfc3339(at) for level, at in sorted(line.reached.items())},
        "lead_s": {
            level.slug: None if lead is None else int(lead.total_seconds()) for level, lead in line.leads.items()
        },
        "steps": line.steps,
        "losses": line.losses,
        "digest": line.digest,
    }


def event_as_json(line: EventLine) -> dict[str, Any]:
    """A labelled event as an object."""
    lead = line.lead
    return {
        "id": line.event.id,
        "met": line.alarm is not None,
        "by": None if line.alarm is None else {"rule": line.alarm.rule, "target": line.alarm.target},
        "alarm_at": None if line.alarm_at is None else format_rfc3339(line.alarm_at),
        "lead_s": None if lead is None else int(lead.total_seconds()),
    }


def as_text(report: Report, comparison: Comparison | None = None) -> str:
    """Tables of plain text, times in Japan time to the minute."""
    return "\n".join(_lines(report, comparison)) + "\n"


def _lines(report: Report, comparison: Comparison | None) -> Iterator[str]:
    yield (
        f"{minute(report.span.begin)} – {minute(report.span.end)} JST: {report.samples} samples, "
        f"{report.instances} instances, {len(report.episodes)} episodes, digest {report.digest[:16]}"
    )
    yield ""
    yield from episode_table(report.episodes)
    yield ""
    yield from _rules(report)
    yield from _silence(report)
    yield from events_text(report)
    if comparison is not None:
        yield from _comparison(comparison)


_EPISODE_HEAD = (
    "opened",
    "told",
    "highest",
    "at",
    "peak",
    "end",
    "outcome",
    "to warning",
    "to danger",
    "rule",
    "where",
)


def episode_table(lines: Sequence[EpisodeLine]) -> Iterator[str]:
    """Episodes as a table."""
    yield from text_table(_EPISODE_HEAD, [_cells(line) for line in lines])


def _cells(line: EpisodeLine) -> list[str]:
    return [
        minute(line.opened_at),
        minute(line.detected_at),
        line.highest.slug,
        minute(line.reached[line.highest]) if line.highest in line.reached else _NONE,
        _NONE if line.peak is None else f"{line.peak:g}",
        _NONE if line.closed_at is None else minute(line.closed_at),
        line.outcome or "open",
        hours(line.leads[Level.WARNING]),
        hours(line.leads[Level.DANGER]),
        line.rule,
        f"{line.target} {line.station_ja}",
    ]


def _rules(report: Report) -> Iterator[str]:
    levels = (Level.STANDBY, Level.CAUTION, Level.WARNING, Level.DANGER)
    rows = []
    for rule, state in report.rules:
        lines = [line for line in report.episodes if line.rule == rule]
        counts = report.messages.get(rule, {})
        by_level = [str(sum(line.highest == level for line in lines)) for level in levels]
        sent = [str(counts.get(level, 0)) for level in levels]
        rows.append([rule, state, *by_level, *sent, str(report.flaps.get(rule, 0))])
    head = ["rule", "state", *(level.slug for level in levels), *(f"msg {level.slug}" for level in levels), "flaps"]
    yield "Episodes by their highest level, messages by the level that decides who is told:"
    yield from text_table(head, rows)


def _silence(report: Report) -> Iterator[str]:
    """The longest silences; the rest in one line."""
    silent = sorted(((key, length) for key, length in report.silent.items() if length), key=lambda each: each[1])[::-1]
    if not silent:
        return
    yield ""
    yield f"Time without evidence ({len(silent)} of {len(report.silent)} datastreams):"
    yield from text_table(("where", "h:mm"), [[key, hours(length)] for key, length in silent[:_LONGEST]])
    if len(silent) > _LONGEST:
        yield f"… and {len(silent) - _LONGEST} more, {hours(silent[_LONGEST][1])} at most"


def events_text(report: Report) -> Iterator[str]:
    """How the labelled events of the span were met, and the alarms that met none."""
    yield ""
    if not report.events:
        yield "No labelled event lies in this span (events.csv): hits, misses and false alarms are not known."
        return
    met = [line for line in report.events if line.alarm is not None]
    leads = report.leads
    words = "" if leads is None else f"; lead time median {hours(leads[0])}, shortest {hours(leads[1])}"
    yield (
        f"Labelled events, alarms of {report.level.slug} or more: {len(met)} met, {len(report.events) - len(met)} missed, "
        f"{len(report.false_alarms)} alarms at none of them{words}"
    )
    rows = [
        [
            minute(line.event.begin),
            "met" if line.alarm else "MISSED",
            hours(line.lead),
            line.event.id,
            line.event.title_ja,
        ]
        for line in report.events
    ]
    yield from text_table(("begins", "", "lead", "event", ""), rows)
    if report.false_alarms:
        yield ""
        yield "Alarms at no labelled event:"
        yield from episode_table(report.false_alarms)


def _comparison(comparison: Comparison) -> Iterator[str]:
    yield ""
    yield f"With the other rules: {comparison.same} episodes are the same."
    for title, lines in (("Only now:", comparison.only_before), ("Only with the other rules:", comparison.only_after)):
        if lines:
            yield ""
            yield title
            yield from episode_table(lines)
    if comparison.changed:
        yield ""
        yield "Changed:"
        yield from changes_table(comparison)


def changes_table(comparison: Comparison) -> Iterator[str]:
    """The episodes both versions have, and what is different."""
    rows = [
        [minute(each.before.opened_at), each.words, each.before.rule, each.before.target] for each in comparison.changed
    ]
    yield from text_table(("opened", "what", "rule", "where"), rows)


def text_table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> Iterator[str]:
    """Columns side by side; the last one is as long as it likes."""
    widths = [max(len(row[place]) for row in [head, *rows]) for place in range(len(head))]
    for row in [head, *rows]:
        yield "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
    if not rows:
        yield "(none)"


def minute(at: datetime) -> str:
    """A time in Japan to the minute."""
    return at.astimezone(JST).strftime("%Y-%m-%d %H:%M")


def hours(length: timedelta | None) -> str:
    """A length of time as hours and minutes, ``-`` where there is none."""
    if length is None:
        return _NONE
    seconds = int(length.total_seconds())
    sign, minutes = ("-" if seconds < 0 else ""), abs(seconds) // 60
    return f"{sign}{minutes // 60}:{minutes % 60:02d}"
