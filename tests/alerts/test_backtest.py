"""Backtests: the live evaluator on history, in order of arrival, the same to the byte each time."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from alerts.backtest import WARM_UP, Span, play
from alerts.backtest_batches import Rounds, silence_within
from alerts.backtest_chart import chart
from alerts.backtest_compare import compare
from alerts.backtest_report import report_on
from alerts.backtest_text import as_csv, as_json, as_text
from alerts.digest import EpisodeFacts, Move, digest_of
from alerts.rehearsal import Rehearsal, cast, tick_after
from app.recorded_history import recorded
from config import load_site
from config.event_plan import LabelledEvent
from config.rule_plan import Confirmation, RuleKind
from core.errors import StartError
from core.levels import Level
from core.model import Position, Quality, QualityReason, Station, StationId, StationKind, Thresholds
from store.rows import Sample
from tests.examples import examples

FUKUI = Path(__file__).parents[2] / "config" / "fukui"
FLOODS = {
    "2023-07": {"standby": 22, "caution": 17, "warning": 4, "danger": 2},
    "2024-11": {"standby": 26, "caution": 8},
}
T0 = datetime(2026, 1, 10, 3, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


@pytest.fixture(scope="module")
def fukui():
    return load_site(FUKUI)


def flood(site, name):
    files = sorted((FUKUI / "recordings").glob(f"{name}-*.csv"))
    feed, begin, end = recorded(site, files)
    return feed, Span(begin, end)


@pytest.fixture(scope="module", params=FLOODS)
def played(request, fukui):
    feed, span = flood(fukui, request.param)
    return request.param, feed, span, report_on(fukui, play(fukui, feed, span))


def test_a_real_flood_has_its_episodes(played):
    name, _, _, report = played
    assert {level.slug: count for level in Level if (count := highest(report).count(level))} == FLOODS[name]
    assert sum(line.closed_at is None for line in report.episodes) == (name == "2024-11")
    assert report.false_alarms == []  # every gauge that reached caution is labelled


def highest(report):
    return [line.highest for line in report.episodes]


def test_lead_times_are_those_of_the_recording(played):
    name, _, _, report = played
    lines = {line.target: line for line in report.episodes}
    if name == "2023-07":  # gauge 13 stood at caution at 07:20 and at its warning height at 11:00
        assert lines["13/water_level"].leads == {
            Level.WARNING: timedelta(hours=3, minutes=40),
            Level.DANGER: None,
        }
        assert lines["9/water_level"].leads[Level.DANGER] == timedelta(0)  # the recording begins in the flood
    assert all(line.lead == timedelta(0) for line in report.events)


def test_standby_leads_the_labelled_flood(fukui):
    feed, span = flood(fukui, "2024-11")
    report = report_on(fukui, play(fukui, feed, span), Level.STANDBY)
    assert report.leads == (timedelta(hours=2, minutes=10), timedelta(minutes=30))
    assert len(report.events) == 7
    assert len(report.false_alarms) == 26


def test_the_labelled_events_stand_in_the_recordings(fukui):
    """From the first to the last reading at the flood caution level or above, river by river."""
    heights = {stream.station: stream.thresholds.caution for stream in fukui.datastreams}
    rivers = {station.id: station.river for station in fukui.stations}
    found = {}
    for name in FLOODS:
        with_time = {}
        for file in sorted((FUKUI / "recordings").glob(f"{name}-*.csv")):
            for row in csv.DictReader(io.StringIO(file.read_text("utf-8-sig"))):
                at, value = row["日時"].replace("T24:00", "T23:59"), row["河川水位"].strip()
                if value not in ("", "*") and heights.get(row["id"]) and float(value) >= heights[row["id"]]:
                    with_time.setdefault(rivers[row["id"]], []).append((at, row["id"]))
        for rows in with_time.values():
            found[frozenset(gauge for _, gauge in rows), min(rows)[0], max(rows)[0]] = name
    local = timedelta(hours=9)
    told = {
        (event.stations, *((at + local).strftime("%Y-%m-%dT%H:%M") for at in (event.begin, event.end)))
        for event in fukui.events
    }
    assert told == found.keys()


def test_two_runs_are_the_same_to_the_byte(fukui, played):
    _, feed, span, first = played
    again = report_on(fukui, play(fukui, feed, span))
    assert as_text(again) == as_text(first)
    assert as_csv(again) == as_csv(first)
    assert chart(again) == chart(first)
    assert json.dumps(as_json(again)) == json.dumps(as_json(first))


def test_another_version_of_the_rules_is_compared(fukui, played):
    name, feed, span, report = played
    assert compare(report, report).same == len(report.episodes)
    [river] = fukui.rules
    without = replace(river, levels=tuple(rung for rung in river.levels if rung.level != Level.STANDBY))
    other = report_on(replace(fukui, rules=(without,)), play(replace(fukui, rules=(without,)), feed, span))
    found = compare(report, other)
    assert {line.highest for line in found.only_before} == {Level.STANDBY}
    assert len(found.only_before) == FLOODS[name]["standby"]
    assert found.only_after == []
    assert all(change.after.reached[Level.CAUTION] == change.before.reached[Level.CAUTION] for change in found.changed)
    assert "Only now:" in as_text(report, found)
    assert [row["target"] for row in as_json(report, found)["compared"]["only_present"]]


def test_events_are_met_missed_and_false(fukui, played):
    _, feed, span, report = played
    [one] = [line for line in report.episodes if line.highest >= Level.CAUTION][:1]
    place = next(iter(one.stations))
    known = LabelledEvent(
        id="known", title_ja="出水", title_en="", stations=frozenset({place}), quantity="water_level",
        begin=one.alarm_at(Level.CAUTION) + 30 * MINUTE, end=one.alarm_at(Level.CAUTION) + 60 * MINUTE, source="test",
    )  # fmt: skip
    nothing = replace(known, id="nothing", begin=span.end - MINUTE, end=span.end - MINUTE)
    site = replace(fukui, events=(known, nothing))
    found = report_on(site, play(site, feed, span))
    assert [(line.event.id, line.alarm is not None, line.lead) for line in found.events] == [
        ("known", True, 30 * MINUTE),
        ("nothing", False, None),
    ]
    alarms = [line for line in found.episodes if line.highest >= Level.CAUTION]
    assert len(found.false_alarms) == len(alarms) - 1
    assert "1 met, 1 missed" in as_text(found)


def test_the_table_is_a_table(played):
    _, _, _, report = played
    rows = list(csv.DictReader(io.StringIO(as_csv(report).decode("utf-8-sig"))))
    assert len(rows) == len(report.episodes)
    assert {row["digest"] for row in rows} == {line.digest for line in report.episodes}


def test_a_digest_is_of_facts_and_not_of_order():
    move = Move("fired", 2, T0, 1.5)
    one, other = (EpisodeFacts("river", f"{name}/water_level", T0, 1.5, (move,)) for name in "ab")
    assert digest_of([one, other]) == digest_of([other, one]) != digest_of([one])
    assert one.digest != replace(one, peak=1.6).digest != replace(one, moves=()).digest
    assert len(one.digest) == 64


# --- batches are the same as one round after the other


def station(name, kind=StationKind.CHANNEL):
    return Station(id=StationId(name), kind=kind, name_ja=name, name_en=name, position=Position(136.2, 36.0))


READINGS = st.lists(
    st.tuples(
        st.sampled_from([1, 1, 1, 1, 1, 2, 15]),  # minutes since the one before
        st.sampled_from([60.0, 66.0, 69.9, 70.0, 75.0, 80.0, 80.1, 85.0, 90.0, 95.0, 20.0]),
        st.sampled_from([Quality.GOOD] * 6 + [Quality.SUSPECT, Quality.FAIL]),
        st.sampled_from([0, 0, 0, 0, 0, 0, 1, 7, 40, 1500]),  # minutes late
    ),
    min_size=1,
    max_size=60,
)


def samples_of(readings):
    at, found = T0, []
    for gap, value, quality, late in readings:
        at += gap * MINUTE
        found.append(Sample(at, value, quality, at + late * MINUTE + timedelta(milliseconds=400), QualityReason.NONE))
    return found


@pytest.fixture
def kinds(rule, level):
    """A rule of every kind a single gauge can have, and one of two gauges."""
    rungs = (
        level(level=Level.CAUTION, raise_at=80.0, clear_margin=10.0, hold=2, clear_hold=3),
        level(level=Level.DANGER, raise_at=90.0, clear_margin=10.0),
    )
    rate = (level(raise_at=100.0, clear_margin=50.0),)
    return (
        rule(*rungs, id="level"),
        rule(*rate, id="rate", kind=RuleKind.RATE, unit="cm/h", window=10 * MINUTE),
        rule(
            *(level(raise_at=30.0, clear_margin=-10.0),),
            id="forecast", kind=RuleKind.FORECAST, unit="min", window=10 * MINUTE, horizon=20 * MINUTE,
            toward=Level.DANGER,
        ),
        rule(level(raise_at=0.0, clear_margin=1.0), id="missing", kind=RuleKind.MISSING, unit="min"),
        rule(*rungs, id="group", confirmation=Confirmation(needed=2, within=10 * MINUTE)),
    )  # fmt: skip


@settings(max_examples=examples(150), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(first=READINGS, second=READINGS)
def test_batches_give_what_one_round_after_the_other_gives(town_of, first, second):
    site, keys = town_of
    history = dict(zip(keys, (samples_of(first), samples_of(second)), strict=True))
    last = max(sample.at for rows in history.values() for sample in rows)
    span = Span(T0, last + 20 * MINUTE)

    def feed(wanted):
        return {key: history[key] for key in wanted}

    fast = play(site, feed, span)
    assert told_by(fast) == one_by_one(site, history, span)


def told_by(played):
    return sorted(
        (episode.target.rule.id, episode.target.key, now, step.kind, step.to_level, step.at, step.value, step.episode)
        for episode in played.episodes
        for now, step in episode.told
    )


def one_by_one(site, history, span):
    """Every second of interest in turn, all instances together, as the live process does it."""
    rehearsal = Rehearsal.of(cast(site))
    arrivals = sorted(
        ((sample.received_at, sample.at, key, sample) for key, rows in history.items() for sample in rows),
        key=lambda each: each[:3],
    )
    moments = sorted({tick_after(received) for received, *_ in arrivals})
    end = tick_after(span.end)
    told = []

    def run(now, **options):
        told.extend((each, now) for each in rehearsal.round(now, **options))

    run(span.begin - timedelta(seconds=1))
    for moment in [*moments, end]:
        while (due := rehearsal.due_at()) is not None and due < min(moment, end):
            run(due)
        new = [each for each in arrivals if tick_after(each[0]) == moment]
        for _, _, key, sample in new:
            rehearsal.arrive(key, sample)
        if new:
            run(moment, judge_silence=moment <= end)
    return sorted(
        (each.target.rule.id, each.target.key, now, step.kind, step.to_level, step.at, step.value, step.episode)
        for each, now in told
        for step in each.transitions
    )


@pytest.fixture
def town_of(site, stream, kinds):
    thresholds = Thresholds(caution=80.0, danger=90.0)
    names = ("one", "two")
    streams = tuple(
        stream(station=StationId(name), device=f"d-{name}", thresholds=thresholds, stale_after=10 * MINUTE)
        for name in names
    )
    return site(kinds, stations=tuple(station(name) for name in names), streams=streams), [each.key for each in streams]


def test_silence_is_what_nobody_knew_better_of():
    def one(minute, late=0):
        at = T0 + minute * MINUTE
        return Sample(at, 1.0, Quality.GOOD, at + late * MINUTE)

    span = Span(T0, T0 + 60 * MINUTE)

    def silent(*samples):
        return silence_within(samples, 10 * MINUTE, span) / MINUTE

    assert silent() == 60
    assert silent(*(one(minute) for minute in range(0, 61, 10))) == 0
    assert silent(one(0), one(30), one(60)) == 40
    assert silent(one(0), one(10, late=30), one(50)) == 30 + 10 - 0
    assert silent(one(-5), one(5)) == 45
    bad = replace(one(30), quality=Quality.FAIL)
    assert silent(one(0), bad) == 50


def test_what_arrives_within_a_second_is_one_round():
    rows = [Sample(T0 + n * MINUTE, 1.0, Quality.GOOD, T0 + timedelta(milliseconds=400 * n)) for n in range(1, 6)]
    rounds = Rounds({"a/b": rows}, 10 * MINUTE, Span(T0, T0 + timedelta(days=1)))
    assert [rounds.now(number) for number in range(len(rounds))] == [T0 + timedelta(seconds=n) for n in (1, 2)]
    assert [len(rounds.arrivals(number)) for number in range(len(rounds))] == [2, 3]


def test_a_rule_that_cannot_be_evaluated_is_named(fukui, monkeypatch):
    def broken(*_, **__):
        raise ZeroDivisionError("no slope")

    monkeypatch.setattr("alerts.rehearsal.look", broken)
    with pytest.raises(StartError, match=r"rule river at .*/water_level cannot be evaluated") as caught:
        play(fukui, lambda keys: {key: [] for key in keys}, Span(T0, T0 + timedelta(days=1)))
    assert caught.value.hint


def test_nothing_measured_is_no_episode(fukui):
    played = play(fukui, lambda keys: {key: [] for key in keys}, Span(T0, T0 + timedelta(days=1)))
    report = report_on(fukui, played)
    assert report.episodes == []
    assert set(report.silent.values()) == {timedelta(days=1)}
    assert "(none)" in as_text(report)
    assert b"no episode" in chart(report)
    assert Span(T0, T0).listens_from == T0 - WARM_UP
