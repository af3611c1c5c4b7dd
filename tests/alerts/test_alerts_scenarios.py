"""Scenarios of evaluation by name: what is given, what happens, what is told."""

from dataclasses import replace
from datetime import datetime, time, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alerts.backtest import Span, play
from alerts.backtest_report import report_on
from alerts.backtest_store import stored
from alerts.digest import digest_of, facts_of_rows
from alerts.schedule import is_in, next_edge
from alerts.targets import instances_of
from config.rule_plan import Confirmation, RuleKind, ScheduleWindow
from core.levels import Level
from core.model import StationId, Thresholds
from core.times import JST
from tests.examples import examples

MINUTE = timedelta(minutes=1)
RIVER = "harame/water_level"


def test_a4_a_later_activation_is_a_new_episode_with_its_own_start(gauge, level, sample, t0):
    watched = gauge(level())
    for minute, value in [(0, 90), (1, 60), (2, 60), (30, 90)]:
        watched.arrive(sample(minute, value))
    fired = [item.episode for item in watched.told if item.kind == "fired"]
    assert [(episode.number, episode.opened_at) for episode in fired] == [(1, t0), (2, t0 + 30 * MINUTE)]


@pytest.mark.parametrize("backlog", [False, True])
def test_a17_an_outage_of_the_evaluator_is_neither_lost_nor_credited(gauge, level, sample, t0, backlog):
    """Hold 15 minutes, away in minutes 5 to 15: without the samples of that time it needs 15 covered minutes; with them
    their time counts."""
    watched = gauge(level(hold=15), max_gap=2 * MINUTE, stale_after=20 * MINUTE)
    for minute in range(6):
        watched.arrive(sample(minute, 90))
    if backlog:
        assert watched.arrive(*[sample(minute, 90) for minute in range(6, 16)]) == ["fired"]
        assert watched.told[0].at == t0 + 15 * MINUTE
        return
    fired_at = next(minute for minute in range(15, 40) if watched.arrive(sample(minute, 90)))
    assert fired_at == 25  # 5 covered minutes before, 10 after


def test_a17_a_silence_that_is_too_long_restarts_the_timer(gauge, level, sample):
    watched = gauge(level(hold=15), max_gap=2 * MINUTE, stale_after=10 * MINUTE)
    for minute in [*range(6), *range(20, 35)]:
        assert watched.arrive(sample(minute, 90)) == []
    assert watched.arrive(sample(35, 90)) == ["fired"]


def test_a18_what_comes_back_within_the_clear_hold_is_one_episode(gauge, level, sample):
    watched = gauge(level(clear_hold=10))
    for minute, value in enumerate([90, 60, 60, 60, 60, 90, *[60] * 11, 60]):
        watched.arrive(sample(minute, value))
    assert watched.kinds == ["fired", "resolved"]


def test_b1_hold_counts_covered_minutes(gauge, level, sample):
    watched = gauge(level(raise_at=80, clear_margin=10, hold=3))
    told = [watched.arrive(sample(minute, value)) for minute, value in enumerate([81, 79, 81, 82, 83, 83, 75])]
    assert told == [[], [], [], [], [], ["fired"], []]


@pytest.mark.db
def test_b2_half_an_hour_of_silence_is_told_once_and_resolves_nothing(town, site, river_rule):
    place = town(site([river_rule]))
    place.play(RIVER, [(0, 1.0), (10, 1.3)])
    for minute in range(11, 75):
        place.round(minute)
    assert place.kinds == ["fired", "data_lost"]
    assert place.store.open_episodes(place.registry.site)[0].stale


def _bodies(place):
    with place.store._pool.connection() as connection:
        return [row[0] for row in connection.execute("select body from telling order by queued_at, at, seq")]


@pytest.mark.db
def test_b4_one_late_sample_above_is_a_retroactive_episode(town, site, river_rule):
    place = town(site([river_rule]))
    for minute in (*range(0, 50, 10), 60):
        place.play(RIVER, [(minute, 1.0)])
    place.measure(RIVER, 25, 2.5)
    place.round(65)
    (body,) = _bodies(place)
    assert (body["retroactive"], body["late"], body["status"], body["proposal"]) == (True, True, "resolved", None)
    with place.store._pool.connection() as connection:
        assert connection.execute("select retroactive from telling").fetchall() == [(True,)]


@pytest.mark.db
def test_b5_forty_late_samples_fire_at_once_from_the_first_on(town, site, river_rule):
    place = town(site([river_rule]))
    place.play(RIVER, [(0, 1.0)])
    for minute in range(1, 41):
        place.measure(RIVER, minute, 2.5)
    place.round(40)
    (body,) = _bodies(place)
    assert (body["kind"], body["level"], body["late"]) == ("fired", "danger", True)
    assert body["opened_at"] == "2026-01-10T03:01:00Z"
    assert "検出が遅れました" in body["text_ja"]
    assert "Detected late" in body["text_en"]


def test_b6_one_old_sample_never_satisfies_a_hold(gauge, level, sample, t0):
    watched = gauge(level(hold=10))
    watched.arrive(sample(0, 500), now=t0 + timedelta(hours=2))
    for minute in range(0, 600, 5):
        watched.wait(t0 + timedelta(hours=2, minutes=minute))
    assert watched.kinds == []


@pytest.fixture
def proposing(site, river_rule, stream):
    """A town whose river rule proposes 4 at danger; with ``twin`` a second gauge that has to agree."""

    def make(*, twin=False, rule=river_rule):
        levels = tuple(replace(level, proposes=4 if level.level == Level.DANGER else None) for level in rule.levels)
        rule = replace(rule, levels=levels)
        town = site([rule])
        if not twin:
            return town
        river = town.stations[0]
        other = replace(river, id=StationId("second"), name_ja="第二")
        heights = Thresholds(standby=1.2, caution=1.5, warning=1.8, danger=2.0)
        second = replace(town.datastreams[0], station=other.id, thresholds=heights)
        agree = Confirmation(needed=2, within=30 * MINUTE)
        both = replace(rule, confirmation=agree)
        return replace(town, stations=(*town.stations, other), datastreams=(*town.datastreams, second), rules=(both,))

    return make


@pytest.mark.db
def test_a_river_proposes_to_a_person_naming_gauge_and_source(town, proposing):
    place = town(proposing())
    place.play(RIVER, [(0, 1.0), (10, 1.9), (20, 2.1), (30, 1.9)])
    bodies = _bodies(place)
    assert [body["proposal"] and body["proposal"]["level"] for body in bodies] == [None, 4, None]
    proposal, text = bodies[1]["proposal"], bodies[1]["text_ja"]
    assert (proposal["name_ja"], proposal["source"]) == ("避難指示", "県の基準水位表")
    assert "警戒レベル4（避難指示）の発令を検討してください（発令は町長の判断です）" in text
    assert "原目 氾濫危険水位 2.00 m" in text
    assert all("警戒レベル" not in body["subject_ja"] for body in bodies)


@pytest.mark.db
def test_b7_what_is_not_confirmed_proposes_nothing_until_it_is(town, proposing):
    place = town(proposing(twin=True))
    second = "second/water_level"
    for key in (RIVER, second):
        place.measure(key, 0, 1.0)
    place.round(0)
    place.play(RIVER, [(10, 2.3)])
    (body,) = _bodies(place)
    assert (body["unconfirmed"], body["proposal"]) == (True, None)
    assert "未確認" in body["text_ja"]
    assert "警戒レベル" not in body["text_ja"]
    place.play(second, [(15, 2.2)])
    confirmed = _bodies(place)[-1]
    assert (confirmed["kind"], confirmed["unconfirmed"], confirmed["proposal"]["level"]) == ("confirmed", False, 4)


@pytest.mark.db
def test_snow_and_channels_propose_nothing_whatever_a_rule_carries(town, site, rule, level):
    carrying = replace(rule(replace(level(), proposes=4)), title_ja="警戒レベル４")
    place = town(site([carrying]))
    place.play("asahi/channel_level", [(0, 90)])
    (body,) = _bodies(place)
    assert body["proposal"] is None
    assert "警戒レベル" not in str(body)


NIGHT = (ScheduleWindow(days=frozenset({0}), begin=time(22), end=time(6)),)


def _jst(day, hour, minute=0, second=0):
    return datetime(2026, 1, day, hour, minute, second, tzinfo=JST)  # 5 January 2026 is a Monday


@pytest.mark.parametrize(
    ("at", "inside"), [(_jst(6, 1), True), (_jst(5, 1), False), (_jst(6, 6), False), (_jst(5, 22), True)]
)
def test_b17_a_window_over_midnight_belongs_to_the_day_it_began_on(at, inside):
    assert is_in(NIGHT, at) is inside


def test_b17_edges():
    assert next_edge(NIGHT, _jst(5, 12)) == _jst(5, 22)
    assert next_edge(NIGHT, _jst(5, 22)) == _jst(6, 6)
    assert next_edge(NIGHT, _jst(6, 6)) == _jst(12, 22)
    assert (is_in((), _jst(5, 1)), next_edge((), _jst(5, 1))) == (True, None)
    always = (ScheduleWindow(days=frozenset(range(7)), begin=time(0), end=time(0)),)
    assert (is_in(always, _jst(5, 1)), next_edge(always, _jst(5, 1))) == (True, None)


windows = st.lists(
    st.builds(
        ScheduleWindow,
        days=st.frozensets(st.integers(0, 6), min_size=1),
        begin=st.times().map(lambda one: one.replace(second=0, microsecond=0)),
        end=st.times().map(lambda one: one.replace(second=0, microsecond=0)),
    ),
    min_size=1,
    max_size=3,
)


@given(schedule=windows, minutes=st.integers(0, 7 * 24 * 60))
@settings(deadline=None, derandomize=True, max_examples=examples(100))
def test_nothing_changes_before_the_next_edge_and_everything_at_it(schedule, minutes):
    at = _jst(5, 0) + minutes * MINUTE
    edge = next_edge(schedule, at)
    inside = is_in(schedule, at)
    if edge is None:
        assert all(is_in(schedule, at + hour * timedelta(hours=1)) is inside for hour in range(170))
        return
    assert edge > at
    assert is_in(schedule, edge) is not inside
    assert is_in(schedule, edge - timedelta(microseconds=1)) is inside


@pytest.mark.db
def test_b18_a_raised_threshold_closes_and_does_not_resolve(town, site, rule, level):
    place = town(site([rule(level(raise_at=80, clear_margin=10))]))
    place.play("asahi/channel_level", [(0, 85)])
    place.restart(site([rule(level(raise_at=90, clear_margin=10), version="2")]))
    place.round(1)
    assert place.episodes[0].outcome == "closed"
    body = _bodies(place)[-1]
    assert (body["kind"], body["cause"]) == ("closed", "rule-changed")
    assert "解消" not in body["subject_ja"]


@pytest.mark.db
def test_b16_a_backtest_is_what_was_live(town, site, river_rule, kinds, t0):
    """Twice from the store and once through the live path: the same episodes, with a late sample and a silence between."""
    place = town(site([river_rule, *kinds]))
    values = [1.0 + 0.1 * step for step in range(13)] + [2.2, 2.1, 1.9, 1.6, 1.4, 1.2, 1.1, 1.0, 1.0, 1.0]
    minute = 0
    for step, value in enumerate(values):
        minute += 80 if step == 17 else 10
        for between in range(minute - 9, minute, 4):
            place.round(between)
        place.play(RIVER, [(minute, value)])
        if step == 19:
            place.measure(RIVER, minute - 25, 1.7)
    place.round(minute + 1)
    live = digest_of(facts_of_rows(place.episodes, place.store.transitions([one.id for one in place.episodes])))
    span = Span(t0, t0 + (minute + 1) * MINUTE)
    feed = stored(place.store, place.registry, span)
    reports = [report_on(place.site, play(place.site, feed, span)) for _ in range(2)]
    assert {report.digest for report in reports} == {live}
    assert {line.rule for line in reports[0].episodes} == {"river", "rate", "forecast", "snowfall", "missing"}


@pytest.fixture
def kinds(rule, level):
    """A rule of each kind that reads one river gauge."""
    facts = {"quantity": "water_level", "window": timedelta(hours=1), "max_gap": 30 * MINUTE}
    return [
        rule(level(Level.WARNING, 0.5, 0.3), id="rate", kind=RuleKind.RATE, unit="m/h", **facts),
        rule(
            level(Level.CAUTION, 60, 20), id="forecast", kind=RuleKind.FORECAST, unit="min",
            horizon=80 * MINUTE, toward=Level.DANGER, **facts,
        ),
        rule(level(Level.CAUTION, 0.3, 0.1), id="snowfall", kind=RuleKind.SNOWFALL, unit="m", **facts),
        rule(level(Level.CAUTION, 0.0, 0.0), id="missing", kind=RuleKind.MISSING, unit="min", quantity="water_level"),
    ]  # fmt: skip


def test_rules_of_other_kinds_need_no_code_of_their_own_to_be_replayed(watched, site, kinds, sample):
    """B16, the pure half: what is told live is what is told by the same samples at once."""
    values = [1.0, 1.1, 1.2, 1.3, 1.4, 1.5, 1.6, 1.6, 1.5, 1.4, 1.3, 1.2, 1.1, 1.0, 1.2, 1.5, 1.8, 2.1, 2.2, 2.0, 1.5]
    minutes = [10 * step + (60 if step > 9 else 0) for step in range(len(values))]
    samples = [sample(minute, value) for minute, value in zip(minutes, values, strict=True)]
    for target in instances_of(site(kinds)):
        live, batch = watched(target), watched(target)
        for one in samples:
            live.arrive(one)
        batch.arrive(*samples, now=samples[-1].at)
        told = [
            [(item.kind, item.at, item.from_level, item.to_level, item.value) for item in each.told]
            for each in (live, batch)
        ]
        assert told[0] == told[1], target.rule.id
        assert told[0], target.rule.id
