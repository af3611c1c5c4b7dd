"""A backtest as a picture: when which gauge stood how high, and what was known to happen. SVG, the same to the byte.

Written by hand rather than by a plotting library: no font is measured, so the picture is the same on every machine, and
Japanese names are text that can be searched and copied. A level is told by colour, by height and by its word.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from html import escape

from alerts.backtest_report import EpisodeLine, Report
from core.levels import Level
from core.times import JST

_COLOURS = {Level.STANDBY: "#cfe4f7", Level.CAUTION: "#f2e700", Level.WARNING: "#f6aa00", Level.DANGER: "#ff4b00"}
_LEFT, _RIGHT, _ROW, _TOP, _WIDTH = 230, 20, 30, 46, 1200
_BAR, _WORD = 22, 28
_STEPS = tuple(timedelta(hours=hours) for hours in (1, 3, 6, 12, 24, 48, 120, 240, 720))
_MOST_MARKS = 13
_MOST_ROWS = 400


def chart(report: Report) -> bytes:
    """The picture as UTF-8: a row for each instance with an episode, the labelled events as grey bands behind."""
    rows = _rows(report)
    height = _TOP + max(len(rows), 1) * _ROW + 34
    return "\n".join(["".join(_head(report, height)), *_body(report, rows, height), "</svg>"]).encode() + b"\n"


def _head(report: Report, height: int) -> Iterator[str]:
    yield f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {height}" width="{_WIDTH}" height="{height}" '
    yield 'font-family="sans-serif" font-size="12" role="img">'
    yield f"<title>{escape(_span_words(report))}</title>"
    yield f'<rect width="{_WIDTH}" height="{height}" fill="#ffffff"/>'


def _span_words(report: Report) -> str:
    words = f"{_stamp(report.span.begin)} – {_stamp(report.span.end)} JST"
    return f"{words}, {len(report.episodes)} episodes, {report.digest[:16]}"


def _body(report: Report, rows: Sequence[tuple[str, Sequence[EpisodeLine]]], height: int) -> Iterator[str]:
    yield f'<text x="10" y="18" font-size="14">{escape(_span_words(report))}</text>'
    yield from _legend()
    yield from _axis(report, height)
    for number, (name, lines) in enumerate(rows):
        top = _TOP + number * _ROW
        yield from _events(report, lines, top)
        yield f'<text x="10" y="{top + 19}">{escape(name[:34])}</text>'
        yield f'<path d="M{_LEFT} {top + _ROW - 4}H{_WIDTH - _RIGHT}" stroke="#cccccc" fill="none"/>'
        for line in lines:
            yield from _bars(report, line, top)
    if not rows:
        yield f'<text x="{_LEFT}" y="{_TOP + 20}">no episode</text>'


def _legend() -> Iterator[str]:
    for number, (level, colour) in enumerate(_COLOURS.items()):
        left = _WIDTH - 460 + number * 112
        yield f'<rect x="{left}" y="8" width="14" height="12" fill="{colour}" stroke="#333333"/>'
        yield f'<text x="{left + 19}" y="18">{level.label_ja} {level.slug}</text>'


def _axis(report: Report, height: int) -> Iterator[str]:
    length = report.span.end - report.span.begin
    step = next((each for each in _STEPS if length / each <= _MOST_MARKS), _STEPS[-1])
    midnight = report.span.begin.astimezone(JST).replace(hour=0, minute=0, second=0, microsecond=0)
    mark, spec = midnight, "%m-%d" if step >= timedelta(days=1) else "%m-%d %H:%M"
    while mark < report.span.end:
        if mark >= report.span.begin:
            left = _x(report, mark)
            yield f'<path d="M{left} {_TOP - 8}V{height - 24}" stroke="#e4e4e4" fill="none"/>'
            yield f'<text x="{left}" y="{height - 8}" text-anchor="middle">{mark.strftime(spec)}</text>'
        mark += step


def _events(report: Report, lines: Sequence[EpisodeLine], top: int) -> Iterator[str]:
    for each in report.events:
        if not any(line.stations & each.event.stations for line in lines):
            continue
        left, right = _x(report, each.event.begin), _x(report, each.event.end)
        title = escape(each.event.title_ja)
        yield f'<rect x="{left}" y="{top}" width="{_wide(left, right)}" height="{_ROW - 4}" fill="#dddddd"><title>{title}</title></rect>'


def _bars(report: Report, line: EpisodeLine, top: int) -> Iterator[str]:
    """A bar for each stretch at one level, the higher the taller; a wide one bears its word."""
    ends = [at for at, _ in line.course[1:]] + [line.closed_at or report.span.end]
    for (at, level), end in zip(line.course, ends, strict=True):
        left, right, tall = _x(report, at), _x(report, end), _BAR * int(level) // int(Level.DANGER)
        words = f"{line.rule} {line.target} {level.slug} {_stamp(at)}"
        yield (
            f'<rect x="{left}" y="{top + _ROW - 4 - tall}" width="{_wide(left, right)}" height="{tall}" '
            f'fill="{_COLOURS[level]}" stroke="#333333" stroke-width="0.5"><title>{escape(words)}</title></rect>'
        )
        if float(_wide(left, right)) > _WORD and tall > _BAR // 4:
            yield f'<text x="{float(left) + 4:.1f}" y="{top + _ROW - 6}" font-size="10">{level.label_ja}</text>'


def _rows(report: Report) -> list[tuple[str, Sequence[EpisodeLine]]]:
    """By instance, in order of the first episode; of very many only the first, and a line that says so."""
    found: dict[tuple[str, str], list[EpisodeLine]] = {}
    for line in report.episodes:
        found.setdefault((line.rule, line.target), []).append(line)
    rows: list[tuple[str, Sequence[EpisodeLine]]] = [
        (f"{lines[0].station_ja} {rule}", lines) for (rule, _), lines in found.items()
    ]
    if len(rows) <= _MOST_ROWS:
        return rows
    return [*rows[:_MOST_ROWS], (f"他 {len(rows) - _MOST_ROWS} 件", [])]


def _x(report: Report, at: datetime) -> str:
    share = (at - report.span.begin) / (report.span.end - report.span.begin)
    return f"{_LEFT + min(max(share, 0.0), 1.0) * (_WIDTH - _LEFT - _RIGHT):.1f}"


def _wide(left: str, right: str) -> str:
    return f"{max(float(right) - float(left), 1.0):.1f}"


def _stamp(at: datetime) -> str:
    return at.astimezone(JST).strftime("%Y-%m-%d %H:%M")
