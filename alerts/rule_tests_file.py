"""Reads ``rules/<id>.test.toml``; every mistake is noted with its place and what to do."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta

from alerts.machine import Kind
from alerts.rule_tests_places import Gauge, read_made_up, stage
from alerts.rule_tests_plan import STATES, Expectation, Expected, ExpectedStep, RuleTest, RuleTestFiles, length_text
from alerts.series_notation import Entry, SeriesError, parse_series
from alerts.targets import instances_of
from config import values
from config.fields import Table
from config.files import toml_files
from config.mistakes import Notes, WrongValueError, shown, suggest
from config.model import Site
from config.rule_files import FOLDER, TEST_SUFFIX
from config.rule_plan import Rule
from config.site_file import read_toml
from core.levels import Level
from core.times import JST

_START = datetime(2026, 1, 15, tzinfo=JST)
"""When a test begins that does not say it: midnight of a winter's day, a Thursday."""

Names = Mapping[str, tuple[str, ...]]
"""The instances of each rule of a test, by the names episodes give them; the rule of the file comes first."""

_EVERY = values.positive_duration
_STATE = values.one_of(STATES, "a state")
_KIND = values.one_of([kind.value for kind in Kind], "a kind of transition")


def read_rule_tests(site: Site) -> RuleTestFiles:
    """The tests beside the rules of the site. A file with a mistake is left out as a whole."""
    notes = Notes()
    rules = {rule.id: rule for rule in site.rules}
    tests: list[RuleTest] = []
    tested: set[str] = set()
    for name in toml_files(site.folder, FOLDER, notes):
        rule = rules.get(name.removeprefix(f"{FOLDER}/").removesuffix(TEST_SUFFIX))
        if not name.endswith(TEST_SUFFIX) or rule is None:
            continue  # a test without its rule is a mistake of the site
        tested.add(rule.id)
        before = len(notes.mistakes)
        found = _file(site, rule, rules, name, notes)
        tests += found if len(notes.mistakes) == before else []
    untested = tuple(sorted(rules.keys() - tested))
    return RuleTestFiles(tuple(tests), tuple(notes.mistakes), untested)


def _file(site: Site, rule: Rule, rules: Mapping[str, Rule], name: str, notes: Notes) -> list[RuleTest]:
    top = read_toml(site.folder, name, notes)
    if top is None:
        return []
    tables = top.tables("tests")
    if not tables and top.sound:
        top.mistake("tests", "there is no test in it", "add [[tests]] with title, interval, series and expect")
    found = [_test(site, rule, rules, table, number) for number, table in enumerate(tables, start=1)]
    _note_repeats(tables, [test.title for test in found], "title", "a test of this title stands there already")
    top.finish()
    return found


def _test(site: Site, rule: Rule, rules: Mapping[str, Rule], table: Table, number: int) -> RuleTest:
    before = len(table.notes.mistakes)
    interval = table.need("interval", _EVERY, timedelta(minutes=10))
    made_up = read_made_up(table.tables("stations"), rule, interval)
    names = _rules(table, rule, rules)
    known = {stream.key for stream in site.datastreams} | {stream.key for _, stream in made_up}
    series = _series(table.table("series"), known)
    if not series and len(table.notes.mistakes) == before:
        table.mistake(
            "series", "nothing is measured in this test", "add [tests.series] with station/quantity = “1.0 1.2”"
        )
    sound = len(table.notes.mistakes) == before
    watched = _watched(site, table, names, series, made_up) if sound else {}
    test = RuleTest(
        file=table.file,
        where=f"tests[{number}]",
        title=table.need("title", values.text, ""),
        rules=names,
        interval=interval,
        start=table.may("start", _instant, _START).astimezone(UTC),
        rounds=table.may("rounds", _EVERY, None),
        made_up=made_up,
        series=series,
        expectations=_expectations(table, watched or dict.fromkeys(names, ())),
    )
    _check_times(table, test)
    table.finish()
    return test


def _rules(table: Table, rule: Rule, rules: Mapping[str, Rule]) -> tuple[str, ...]:
    """The rule of the file, then the others the test wants beside it."""
    named = [rule.id]
    for number, name in enumerate(table.texts("rules", values.identifier), start=1):
        if name and name not in rules:
            table.mistake(f"rules[{number}]", f"there is no rule {shown(name)}", suggest(name, rules))
        elif name in named:
            why = "the rule of this file is always evaluated" if name == rule.id else "name each rule once"
            table.mistake(f"rules[{number}]", f"{shown(name)} stands there twice", why)
        elif name:
            named.append(name)
    return tuple(named)


def _series(table: Table, known: set[str]) -> dict[str, tuple[Entry | None, ...]]:
    found: dict[str, tuple[Entry | None, ...]] = {}
    for key in table.values:
        text = table.need(key, _series_text, "")
        if key not in known:
            hint = suggest(key, known) if len(known) else "add the station under [[tests.stations]]"
            table.mistake(shown(key), "no station measures this", hint)
        if not text:
            continue
        try:
            found[key] = parse_series(text)
        except SeriesError as error:
            table.mistake(f"“{key}”", f"column {error.column}: {error}", error.hint)
    return found


def _series_text(value: object) -> str:
    if not isinstance(value, str) or not value.strip():
        raise WrongValueError(f"expected a series as text, found {values.kind_of(value)}", "write “1.0 1.2 _x3 1.5”")
    return value


def _instant(value: object) -> datetime:
    """A date and time in Japan: ``"2026-01-15 22:00"``, or TOML's own date and time."""
    hint = "write it as “2026-01-15 22:00” (Asia/Tokyo)"
    if isinstance(value, str):
        try:
            value = datetime.strptime(value.strip().replace("T", " "), "%Y-%m-%d %H:%M").replace(tzinfo=JST)
        except ValueError as error:
            raise WrongValueError(f"{shown(value)} is not a date with a time", hint) from error
    if not isinstance(value, datetime):
        raise WrongValueError(f"expected a date with a time, found {values.kind_of(value)}", hint)
    found = value if value.tzinfo else value.replace(tzinfo=JST)
    if not 1990 <= found.year <= 2100:
        raise WrongValueError(f"the year {found.year} is not believed", hint)
    return found


def _watched(
    site: Site, table: Table, rules: tuple[str, ...], series: Mapping[str, object], made_up: tuple[Gauge, ...]
) -> Names:
    """What each rule of the test watches. A series nobody looks at is a mistake: it would never be tried."""
    targets = instances_of(stage(site, rules, series, made_up))
    looked_at = {stream.key for target in targets for stream in target.streams}
    for key in series:
        if key not in looked_at:
            message = f"{' and '.join(rules)} does not watch this, or has no height for it"
            hint = "check quantity, stations and thresholds; a made-up station may carry the id of a real one"
            table.mistake(f"series.“{key}”", message, hint)
    return {rule: tuple(target.key for target in targets if target.rule.id == rule) for rule in rules}


def _expectations(table: Table, names: Names) -> tuple[Expectation, ...]:
    tables = table.tables("expect")
    if not tables and table.sound:
        table.mistake("expect", "nothing is expected: the test proves nothing", "add [[tests.expect]] with at = “10m”")
    found = []
    for entry in tables:
        steps = [_step(row, names) for row in entry.tables("transitions")]
        given = entry.values.get("messages")
        messages = entry.texts("messages", values.text)
        expectation = Expectation(
            where=entry.place("", "")[0],
            at=entry.need("at", values.duration, timedelta(0)),
            instances=tuple(_instance(row, names) for row in entry.tables("instances")),
            steps=None if "transitions" not in entry.values else tuple(steps),
            messages=None if given is None else messages,
        )
        _note_repeats([entry], [(each.rule, each.stream) for each in expectation.instances], "instances", "named twice")
        entry.finish()
        found.append(expectation)
    _note_repeats(tables, [each.at for each in found], "at", "there is an expectation at this time already")
    return tuple(sorted(found, key=lambda each: each.at))


def _instance(table: Table, names: Names) -> Expected:
    rule, stream = _whose(table, names)
    expected = Expected(
        rule=rule,
        stream=stream,
        state=table.need("state", _STATE, "ok"),
        level=table.may("level", values.level, None),
        since=table.may("since", values.duration, None),
        stale=table.may("stale", values.toml_flag, default=False),
        subject_ja=table.may("subject_ja", values.text, None),
        text_ja=table.may("text_ja", values.text, None),
    )
    if table.sound and expected.state in ("firing", "recovering") and expected.level is None:
        table.mistake("level", "which level is meant is missing", "add level: standby, caution, warning or danger")
    if table.sound and expected.state in ("ok", "nodata") and expected.level is not None:
        table.mistake("level", f"{expected.state} has no level", "leave it out")
    table.finish()
    return expected


def _step(table: Table, names: Names) -> ExpectedStep:
    rule, stream = _whose(table, names)
    step = ExpectedStep(
        rule=rule,
        stream=stream,
        kind=table.need("kind", _KIND, ""),
        level=table.may("level", _level_or_normal, None),
        at=table.may("at", values.duration, None),
    )
    table.finish()
    return step


def _level_or_normal(value: object) -> Level:
    return Level.NORMAL if value == Level.NORMAL.slug else values.level(value)


def _whose(table: Table, names: Names) -> tuple[str, str]:
    """The rule and the instance a row is about; what there is only one of need not be named."""
    rule = table.may("rule", values.one_of(names, "a rule of this test"), next(iter(names)))
    known = names[rule]
    if not known:  # what the test measures could not be read
        return rule, table.may("of", values.text, "")
    read = values.one_of(known, f"something {rule} watches in this test")
    return rule, table.may("of", read, known[0]) if len(known) == 1 else table.need("of", read, "")


def _check_times(table: Table, test: RuleTest) -> None:
    for expectation in test.expectations:
        if test.series and expectation.at > test.length:
            message = f"{length_text(expectation.at)} lies behind the end of the series ({length_text(test.length)})"
            table.notes.mistake(
                table.file, f"{expectation.where}.at", message, "make the series longer: _x6 is six times nothing"
            )
            table.sound = False


def _note_repeats(tables: list[Table], names: Sequence[object], key: str, message: str) -> None:
    seen: set[object] = set()
    for number, name in enumerate(names):
        if name in seen and name:
            table = tables[min(number, len(tables) - 1)]
            table.mistake(key, f"{shown(str(name))}: {message}" if isinstance(name, str) else message, "name each once")
        seen.add(name)
