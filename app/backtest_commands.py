"""Commands that play rules on what was measured, and tell how far each rule is on its way: below ``yukimori alerts``."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from app.inspect_commands import DataOption, JsonOption, SiteOption, looking
from app.settings import read_settings
from app.wiring import read_site
from config.model import Site
from core.errors import StartError, YukimoriError
from core.levels import RISING_LEVELS, Level
from core.times import JST, parse_rfc3339, utc_now

if TYPE_CHECKING:
    from alerts.backtest import Feed, Span
    from alerts.backtest import Progress as Done
    from alerts.backtest_report import Report
    from alerts.rule_overview import RuleLine

FromOption = Annotated[
    str | None, typer.Option("--from", help="Beginning: RFC 3339 with offset, or a day (JST).", show_default=False)
]
ToOption = Annotated[
    str | None, typer.Option("--to", help="End: RFC 3339 with offset, or a day (JST, to its end).", show_default=False)
]
_LOOK_BACK = timedelta(days=30)
_WIDE = 160
"""Columns where the output goes to a file or another program."""


def add_to(alerts: typer.Typer) -> None:
    """Add these commands to the group."""
    alerts.command("backtest")(backtest)
    alerts.command("rules")(rules)


def backtest(
    *,
    begin: FromOption = None,
    end: ToOption = None,
    recording: Annotated[
        list[Path] | None,
        typer.Option(
            "--recording",
            help="Play this file of gauges instead of the database; as often as there are files.",
            exists=True,
            dir_okay=False,
        ),
    ] = None,
    other: Annotated[
        Path | None,
        typer.Option(
            "--rules", help="Folder of other rules (or a site folder) to compare with.", exists=True, file_okay=False
        ),
    ] = None,
    level: Annotated[str, typer.Option("--level", help="What counts as an alarm: this level or more.")] = "caution",
    as_measured: Annotated[
        bool, typer.Option("--as-measured", help="Take every value as received when it was measured.")
    ] = False,
    csv: Annotated[Path | None, typer.Option("--csv", help="Also write the episodes to this file.")] = None,
    chart: Annotated[Path | None, typer.Option("--chart", help="Also draw this SVG file.")] = None,
    site: SiteOption = None,
    data: DataOption = None,
    as_json: JsonOption = False,
) -> None:
    """Play what was measured through the rules, in the order it arrived: episodes, lead times, misses, false alarms.

    Drafts and shadow rules are played too; nothing is written to the database and nobody is told. The same history gives
    the same output to the byte. Example: yukimori alerts backtest --from 2026-01-01 --to 2026-02-28 --chart winter.svg
    """
    from alerts.backtest_compare import compare
    from alerts.backtest_text import as_csv, as_text
    from alerts.backtest_text import as_json as in_json

    wanted = _level(level)
    town = read_site(read_settings(site, data))
    others = None if other is None else _other_rules(town, other)
    with _history(town, recording or [], begin, end, as_measured=as_measured, site=site, data=data) as (feed, span):
        report = _report(town, feed, span, wanted)
        second = None if others is None else _report(others, feed, span, wanted)
    comparison = None if second is None else compare(report, second)
    if csv is not None:
        _write(csv, as_csv(report, second))
    if chart is not None:
        from alerts.backtest_chart import chart as draw

        _write(chart, draw(report))
    if as_json:
        print(json.dumps(in_json(report, comparison), ensure_ascii=False, indent=1))
    else:
        print(as_text(report, comparison), end="")


def _level(name: str) -> Level:
    known = {each.slug: each for each in RISING_LEVELS}
    if name not in known:
        raise typer.BadParameter(f"{name!r} is no level; there are: {', '.join(known)}", param_hint="--level")
    return known[name]


def _report(town: Site, feed: Feed, span: Span, level: Level) -> Report:
    from alerts.backtest import play
    from alerts.backtest_report import report_on

    with shown() as done:
        return report_on(town, play(town, feed, span, done), level)


@contextmanager
def shown() -> Iterator[Done]:
    """A bar while it goes on, where a person is looking."""
    if not sys.stderr.isatty():
        yield lambda *_: None
        return
    columns = (TextColumn("playing"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("playing", total=None)
        yield lambda done, of: bar.update(task, completed=done, total=of)


def _other_rules(town: Site, folder: Path) -> Site:
    """The town with the rules of another folder: a site folder, or one named ``rules``. Raises ConfigError."""
    from config.other_rules import read_other_rules

    return replace(town, rules=read_other_rules(folder, town))


@contextmanager
def _history(
    town: Site,
    files: Sequence[Path],
    begin: str | None,
    end: str | None,
    *,
    as_measured: bool,
    site: Path | None,
    data: Path | None,
) -> Iterator[tuple[Feed, Span]]:
    """Where the samples come from, and the span that is looked at: of recordings all of it, where none is named."""
    if files:
        from app.recorded_history import recorded

        feed, first, last = recorded(town, files)
        yield feed, _span(begin, end, first, last)
        return
    if begin is None or end is None:
        raise typer.BadParameter("say from when to when: --from and --to, or name files with --recording")
    from alerts.backtest_store import stored

    span = _span(begin, end, None, None)
    with looking(site, data) as (store, registry):
        yield stored(store, registry, span, as_measured=as_measured), span


def _span(begin: str | None, end: str | None, first: datetime | None, last: datetime | None) -> Span:
    from alerts.backtest import Span

    found = Span(
        first if begin is None and first is not None else instant(begin or "", "--from", timedelta(0)),
        last if end is None and last is not None else instant(end or "", "--to", timedelta(days=1)),
    )
    if found.begin >= found.end:
        raise typer.BadParameter("the end is not after the beginning", param_hint="--to")
    return found


def instant(text: str, option: str, of_day: timedelta) -> datetime:
    """The instant an option names; of a day of Japan its beginning and ``of_day`` more."""
    try:
        if len(text) == 10:
            return (datetime.strptime(text, "%Y-%m-%d").replace(tzinfo=JST) + of_day).astimezone(UTC)
        return parse_rfc3339(text)
    except (ValueError, OverflowError) as error:
        message = f"{text!r} is neither a day (2026-01-31) nor an RFC 3339 time with offset"
        raise typer.BadParameter(message, param_hint=option) from error


def _write(file: Path, content: bytes) -> None:
    try:
        file.write_bytes(content)
    except OSError as error:
        raise StartError(f"{file} cannot be written: {error.strerror}", hint="check folder, rights and disk") from error


def rules(site: SiteOption = None, data: DataOption = None, as_json: JsonOption = False) -> None:
    """List the rules: state (draft, shadow, active), version, since when, what they watch, tests, episodes of the last 30 days.

    Episodes, since when and for how long in shadow are told only where a database is there.
    Example: yukimori alerts rules --site /site
    """
    from alerts.rule_life import life_of_rules
    from alerts.rule_overview import overview
    from alerts.rule_tests_file import read_rule_tests

    town = read_site(read_settings(site, data))
    episodes, lives, now = None, None, utc_now()
    try:
        with looking(site, data) as (store, registry):
            episodes = store.recent_episodes(registry.site, now - _LOOK_BACK)
            lives = life_of_rules(town, store, registry.site, now)
    except YukimoriError:
        episodes, lives = None, None  # without a database there is only what the files say
    lines = overview(town, read_rule_tests(town), episodes, lives)
    if as_json:
        print(json.dumps([line.as_json() for line in lines], ensure_ascii=False))
        return
    table = Table()
    for name in _RULE_HEAD:
        table.add_column(name, overflow="fold")
    for line in lines:
        table.add_row(*(escape(cell) for cell in _rule_cells(line)))
    console = Console()
    if not console.is_terminal:
        console = Console(width=_WIDE)
    console.print(table)
    console.print("draft: only tested. shadow: evaluated and logged, tells nobody. active: tells.")


_RULE_HEAD = ("rule", "state", "since", "in shadow", "version", "kind", "watches", "tests", "episodes 30 d", "title")


def _rule_cells(line: RuleLine) -> list[str]:
    from alerts.activation_text import days
    from alerts.backtest_text import minute
    from alerts.rule_life import Standing

    life = line.life
    untried = life is not None and life.standing is Standing.UNTRIED
    return [
        line.rule,
        f"{line.state} WITHOUT SHADOW TIME" if untried else line.state,
        "-" if life is None or life.since is None else minute(life.since),
        "-" if life is None else days(life.shadow),
        line.version,
        line.kind,
        str(line.instances),
        str(line.tests),
        "-" if line.episodes is None else str(line.episodes),
        line.title,
    ]
