"""What rules of each kind read: rates, forecasts, new snow, blockages, silence and several gauges as one."""

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alerts.messages import compose
from alerts.signals.group import on_scale
from alerts.signals.trend import theil_sen
from alerts.targets import instances_of
from config.rule_plan import Confirmation, RuleKind
from core.levels import Level
from core.model import Quality, Reporting, StationId, StationKind, Thresholds
from tests.examples import examples

MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)


@pytest.fixture
def targets(site, rule):
    """The targets of one rule in the small town."""

    def make(*levels, streams=None, places=None, **changes):
        facts = {"id": "watched", "quantity": "water_level", "unit": "m"} | changes
        return instances_of(site([rule(*levels, **facts)], stations=places, streams=streams))

    return make


@pytest.fixture
def rising(targets, level, watched):
    """The river under a rule of its rate of rise: half a metre an hour."""

    def make(**changes):
        facts = {"kind": RuleKind.RATE, "unit": "m/h", "window": HOUR, "max_gap": 30 * MINUTE} | changes
        (target,) = targets(level(Level.WARNING, 0.5, 0.3), **facts)
        return watched(target)

    return make


def test_a_rule_has_an_instance_wherever_it_fits(targets, level):
    found = targets(level(Level.CAUTION, 1.0, 0.1))
    assert [(target.key, target.signal) for target in found] == [("harame/water_level", None)]
    assert targets(level(Level.CAUTION, 1.0, 0.1), rivers=frozenset({"九頭竜川"})) == []
    assert len(targets(level(Level.CAUTION, 1.0, 0.1), rivers=frozenset({"荒川"}))) == 1
    assert targets(level(Level.CAUTION, 1.0, 0.1), station_kinds=frozenset({StationKind.SNOW})) == []
    assert targets(level(Level.CAUTION, 1.0, 0.1), keepers=frozenset({"県"})) == []
    assert targets(level(Level.CAUTION, 1.0, 0.1), stations=frozenset({StationId("asahi")})) == []


# Rate of rise


def test_a_fast_rise_fires_and_ends_when_it_slows(rising, sample):
    river = rising()
    told = [river.arrive(sample(10 * step, 1.0 + 0.1 * step)) for step in range(8)]
    assert told == [[], [], [], [], ["fired"], [], [], []]  # 40 minutes: six tenths of the window, five readings
    assert river.told[0].value == pytest.approx(0.6)
    ends = [river.arrive(sample(80 + 10 * step, 1.7)) for step in range(7)]
    assert [kind for each in ends for kind in each] == ["resolved"]


@pytest.mark.parametrize(
    "values",
    [
        [1.0, 1.0, 1.0, 1.0, 1.0, 1.9, 1.0, 1.0],  # one wild reading among good ones
        [1.0, 1.01, 1.02, 1.01, 1.02, 1.02, 1.01, 1.02],  # less than three steps of the gauge in all
        [2.0, 1.9, 1.8, 1.7, 1.6, 1.5, 1.4, 1.3],  # falling
    ],
)
def test_what_is_no_rise(rising, sample, values):
    river = rising()
    for step, value in enumerate(values):
        river.arrive(sample(10 * step, value))
    assert river.kinds == []
    assert river.state.machine.good_at is not None


def test_a_rise_below_the_floor_does_not_count(rising, sample):
    river = rising(floor=1.5)
    for step in range(5):
        river.arrive(sample(10 * step, 1.0 + 0.1 * step))
    assert river.kinds == []
    river.arrive(sample(50, 1.5))
    assert river.kinds == ["fired"]


def test_too_few_readings_say_nothing_of_a_rise(rising, sample):
    """Three readings, or readings close together, are no evidence: of danger neither, nor of calm."""
    river = rising()
    for minute, value in [(0, 1.0), (1, 1.01), (2, 1.02), (3, 1.04), (4, 1.06)]:
        river.arrive(sample(minute, value))
    assert river.state.machine.good_at is None
    river.arrive(sample(50, 1.6))
    assert river.kinds == ["fired"]
    for minute in (200, 201, 202):
        river.arrive(sample(minute, 0.5))
    assert "resolved" not in river.kinds


def test_bad_readings_are_no_part_of_a_rate(rising, sample):
    river = rising()
    for step in range(7):
        river.arrive(sample(10 * step, 1.0, Quality.GOOD))
        river.arrive(sample(10 * step + 5, 1.0 + 0.3 * step, Quality.SUSPECT))
    assert river.kinds == []
    assert rising(suspects=True).target.ladder.digest != river.target.ladder.digest


def test_a_fall_counts_for_a_falling_rule(rising, sample):
    river = rising(direction="falling")
    for step in range(6):
        river.arrive(sample(10 * step, 2.0 - 0.1 * step))
    assert river.kinds == ["fired"]


def test_late_readings_change_the_rates_after_them(rising, sample, t0):
    """The reading that was missing makes four of three; the rates an hour after it are reckoned again."""
    river = rising()
    for minute, value in [(0, 1.0), (30, 1.4), (45, 1.6), (70, 1.61), (90, 1.62), (110, 1.63)]:
        river.arrive(sample(minute, value))
    assert river.kinds == []
    assert river.arrive(sample(15, 1.2), now=t0 + 110 * MINUTE) == ["fired", "resolved"]
    assert {item.cause.value for item in river.told} == {"late-sample"}


@given(
    slope=st.floats(-1, 1),
    wrong=st.lists(st.tuples(st.integers(0, 39), st.floats(-50, 50)), max_size=5, unique_by=lambda each: each[0]),
)
@settings(deadline=None, derandomize=True, max_examples=examples(100))
def test_an_eighth_of_wrong_readings_does_not_change_a_slope(slope, wrong):
    values = [slope * step for step in range(40)]
    for place, value in wrong:
        values[place] = value
    # Of forty readings 24 are taken: five wrong ones among them leave more than half of the pairs as they are.
    assert theil_sen([float(step) for step in range(40)], values) == pytest.approx(slope, abs=1e-6)


# Forecast


@pytest.fixture
def forecast(targets, level, watched):
    """Minutes until the river reaches danger (2.0 m), looking two hours ahead."""

    def make(**changes):
        facts = {
            "kind": RuleKind.FORECAST,
            "unit": "min",
            "window": HOUR,
            "horizon": 80 * MINUTE,
            "toward": Level.DANGER,
        }
        rungs = (level(Level.CAUTION, 80, 30, clear_hold=0), level(Level.WARNING, 30, 10))
        (target,) = targets(*rungs, **(facts | changes))
        return watched(target)

    return make


def test_a_forecast_counts_down_and_ends_with_the_height_itself(forecast, sample):
    """Two in a row are needed; reaching the height closes it, because nothing was measured to say that danger is over."""
    river = forecast()
    told = {}
    for step in range(11):
        told[step] = river.arrive(sample(10 * step, 1.0 + 0.1 * step))
    assert (told[4], told[5]) == ([], ["fired"])
    assert river.told[0].value == pytest.approx(50)
    assert [told[step] for step in (6, 7, 8, 9)] == [[], ["raised"], [], []]
    assert told[10] == ["closed"]
    assert river.told[-1].cause == "reached"
    assert river.told[-1].to_level is None
    texts = compose(river.target, river.told[0], detected_at=None)
    assert "予測" in texts.subject_ja
    assert "氾濫危険水位" in texts.subject_ja
    assert "解消ではありません" in compose(river.target, river.told[-1], detected_at=None).subject_ja


def test_a_forecast_goes_when_the_rise_stops(forecast, sample):
    river = forecast()
    for step in range(7):
        river.arrive(sample(10 * step, 1.0 + 0.1 * step))
    for step in range(7, 14):
        river.arrive(sample(10 * step, 1.6))
    assert river.kinds == ["fired", "resolved"]
    assert (
        "水位が下がったことを示すものではありません"
        in compose(river.target, river.told[-1], detected_at=None).subject_ja
    )


def test_without_a_height_there_is_no_forecast(targets, level, stream):
    bare = stream(station=StationId("harame"), quantity="water_level")
    facts = {"kind": RuleKind.FORECAST, "unit": "min", "window": HOUR, "horizon": HOUR, "toward": Level.DANGER}
    assert targets(level(Level.CAUTION, 60, 30), streams=(bare,), **facts) == []


# Snowfall


@pytest.fixture
def snow(targets, level, stream, site, watched):
    def make(window=3 * HOUR):
        streams = (stream(quantity="snow_depth", expected_interval=10 * MINUTE, stale_after=30 * MINUTE),)
        facts = {"kind": RuleKind.SNOWFALL, "quantity": "snow_depth", "unit": "cm", "window": window}
        (target,) = targets(level(Level.CAUTION, 15, 3), streams=streams, **facts)
        return watched(target)

    return make


def test_new_snow_is_the_largest_rise_to_now(snow, sample):
    """A pile that settles hides none of it, clearing makes no negative snowfall."""
    depth = snow()
    settling = [100 - step for step in range(10)]
    for step, value in enumerate([*settling, 95, 100, 105, 106]):
        depth.arrive(sample(10 * step, value))
    assert depth.kinds == ["fired"]
    assert depth.told[0].value == 106 - 91
    depth.arrive(sample(140, 40))
    assert depth.state.machine.value >= 0


def test_no_snow_is_no_evidence_before_the_window_is_covered(snow, sample):
    depth = snow()
    depth.arrive(sample(0, 100), sample(10, 101))
    assert depth.state.machine.good_at is None
    depth.arrive(sample(20, 120))
    assert depth.kinds == ["fired"]


def test_snow_ends_when_the_window_has_passed(snow, sample):
    depth = snow()
    for step in range(30):
        depth.arrive(sample(10 * step, 100 if step < 3 else 120))
    assert depth.kinds == ["fired", "resolved"]


# Blockage


@pytest.fixture
def channel(targets, level, stream, watched, site):
    def make(**changes):
        ends = [stream(station=StationId(place), stale_after=10 * MINUTE) for place in ("asahi", "harame")]
        facts = {"kind": RuleKind.BLOCKAGE, "quantity": "channel_level", "unit": "cm", "window": 30 * MINUTE}
        pair = ((StationId("asahi"), StationId("harame")),)
        (target,) = targets(level(Level.WARNING, 10, 6), streams=tuple(ends), **(facts | {"pairs": pair} | changes))
        return watched(target)

    return make


UP, DOWN = "asahi/channel_level", "harame/channel_level"


def test_a_blocked_channel_rises_above_and_falls_below(channel, sample):
    both = channel()
    assert both.target.key == "asahi+harame/channel_level"
    for minute in range(30):
        both.arrive(sample(minute, 50 + max(0, minute - 15)), key=UP)
        both.arrive(sample(minute, 50 - max(0, minute - 17)), key=DOWN)
    assert both.kinds == ["fired"]
    assert both.told[0].value == 10
    texts = compose(both.target, both.told[0], detected_at=None)
    assert "詰まりのおそれ" in texts.subject_ja
    assert "原目" in texts.text_ja


@pytest.mark.parametrize(("up", "down"), [(20, 50), (50, 20)])
def test_both_ends_are_needed(channel, sample, up, down):
    both = channel()
    for minute in range(30):
        both.arrive(sample(minute, 50 if minute < 15 else 50 + up), key=UP)
        both.arrive(sample(minute, 50 if minute < 15 else 50 + down), key=DOWN)
    assert both.kinds == []


def test_an_end_that_is_silent_is_no_evidence(channel, sample, t0):
    both = channel()
    for minute in range(30):
        both.arrive(sample(minute, 50 + max(0, minute - 15)), key=UP)
        both.arrive(sample(minute, 50 - max(0, minute - 17)), key=DOWN)
    for minute in range(30, 90):
        both.arrive(sample(minute, 64), key=UP)
    both.look(t0 + 100 * MINUTE)
    assert both.kinds == ["fired", "data_lost"]


# Silence


@pytest.fixture
def silence(targets, level, watched):
    def make(*rungs, streams=None):
        levels = rungs or (level(Level.CAUTION, 0.0, 0.0), level(Level.WARNING, 60.0, 0.0))
        (target,) = targets(*levels, kind=RuleKind.MISSING, unit="min", streams=streams)
        return watched(target)

    return make


def test_a_silent_gauge_is_told_and_comes_back(silence, sample, t0):
    gauge = silence()
    gauge.arrive(sample(0, 1.0))
    assert gauge.next_at == t0 + 30 * MINUTE
    assert gauge.look(t0 + 30 * MINUTE) == []
    assert gauge.look(t0 + 31 * MINUTE) == ["fired"]
    assert gauge.next_at == t0 + 90 * MINUTE
    assert gauge.look(t0 + 91 * MINUTE) == ["raised"]
    assert gauge.next_at is None or gauge.next_at > t0 + timedelta(days=1000)
    assert gauge.look(t0 + timedelta(days=9)) == []
    assert gauge.arrive(sample(92, None, Quality.MISSING), now=t0 + timedelta(days=9)) == []
    assert gauge.arrive(sample(60 * 24 * 9, 1.0)) == ["resolved"]
    assert gauge.target.rule.rule_class.value == "health"
    texts = compose(gauge.target, gauge.told[-1], detected_at=None)
    assert "機器" in texts.subject_ja
    assert "値が安全であることを示すものではありません" in texts.subject_ja


def test_silence_is_not_judged_while_a_backlog_may_come(silence, sample, t0):
    gauge = silence()
    gauge.arrive(sample(0, 1.0))
    assert gauge.look(t0 + HOUR, judge_silence=False) == []
    assert gauge.look(t0 + HOUR) == ["fired"]
    assert gauge.look(t0 + 2 * HOUR, judge_silence=False) == []
    assert gauge.arrive(sample(-5, 1.0), now=t0 + 2 * HOUR, judge_silence=False) == []
    assert gauge.level == Level.CAUTION


def test_late_data_correct_a_silence_that_was_none(silence, sample, t0):
    gauge = silence()
    gauge.arrive(sample(0, 1.0))
    gauge.look(t0 + 31 * MINUTE)
    assert gauge.arrive(sample(20, 1.0), now=t0 + 32 * MINUTE) == ["closed"]
    assert gauge.told[-1].cause == "corrected"


def test_a_gauge_that_was_never_heard_is_told(silence, t0):
    gauge = silence()
    assert gauge.look(t0) == []
    assert gauge.next_at == t0 + 30 * MINUTE
    assert gauge.look(t0 + 31 * MINUTE) == ["fired"]


def test_an_event_driven_gauge_may_be_silent_at_rest(silence, stream, sample, t0):
    event = stream(
        station=StationId("harame"),
        quantity="water_level",
        expected_interval=10 * MINUTE,
        stale_after=30 * MINUTE,
        reporting=Reporting.EVENT,
        thresholds=Thresholds(caution=1.5),
    )
    gauge = silence(streams=(event,))
    gauge.arrive(sample(0, 1.0))
    assert gauge.look(t0 + 24 * HOUR) == []
    assert gauge.look(t0 + 26 * HOUR) == ["fired"]
    high = silence(streams=(event,))
    high.arrive(sample(0, 1.6))
    assert high.look(t0 + 31 * MINUTE) == ["fired"]


# Several gauges as one


@pytest.fixture
def three(targets, level, stream, site, watched, rule):
    """Three gauges of one river; two have to agree within half an hour. The second has higher thresholds."""

    def make(needed=2, radius_km=None, **changes):
        town = site([])
        first = town.stations[0]
        places = [
            replace(first, id=StationId(f"g{n}"), position=replace(first.position, lat=36 + n / 10)) for n in range(3)
        ]
        streams = [
            stream(
                station=place.id,
                quantity="water_level",
                expected_interval=10 * MINUTE,
                stale_after=30 * MINUTE,
                thresholds=Thresholds(caution=1.5 + shift, danger=2.0 + shift),
                threshold_source="県",
            )
            for place, shift in zip(places, (0.0, 1.0, 0.0), strict=True)
        ]
        rungs = [level(each, None, 0.2, clear_hold=10) for each in (Level.CAUTION, Level.DANGER)]
        agree = Confirmation(needed=needed, within=30 * MINUTE, radius_km=radius_km)
        found = targets(*rungs, streams=tuple(streams), places=tuple(places), confirmation=agree, **changes)
        (target,) = found
        return watched(target)

    return make


def _all(group, sample, minute, *values):
    told = []
    for place, value in enumerate(values):
        if value is not None:
            told += group.arrive(sample(minute, value), key=f"g{place}/water_level")
    return told


def test_two_of_three_confirm(three, sample):
    group = three()
    assert group.target.key == "g0+group/water_level"
    assert _all(group, sample, 0, 1.0, 2.0, 1.0) == []
    assert _all(group, sample, 10, 1.6, 2.0, 1.0) == ["fired"]
    assert group.told[-1].doubted
    assert "未確認" in compose(group.target, group.told[-1], detected_at=None).text_ja
    assert _all(group, sample, 20, 1.6, 2.55, 1.0) == ["confirmed"]
    assert not group.told[-1].doubted
    assert group.told[-1].value == pytest.approx(1.6)
    assert _all(group, sample, 30, 1.0, 2.0, 1.0) == []
    assert _all(group, sample, 40, 1.0, 2.0, 1.0) == ["resolved"]


def test_two_gauges_that_agree_at_once_need_no_doubt(three, sample, t0):
    group = three()
    _all(group, sample, 0, 1.0, 2.0, 1.0)
    for key in ("g0", "g2"):
        group.stored[f"{key}/water_level"][t0 + 10 * MINUTE] = sample(10, 1.6)
    assert group.look(t0 + 10 * MINUTE, t0 + 10 * MINUTE) == ["fired"]
    assert not group.told[-1].doubted


def test_b7_with_one_dead_a_single_gauge_tells_staff_at_once_unconfirmed(three, sample, t0):
    """B7: 2-of-3, one dead, one above: told at once, marked, and nothing is proposed."""
    group = three()
    _all(group, sample, 0, 1.0, 2.0, 1.0)
    for minute in range(10, 60, 10):
        _all(group, sample, minute, 1.0, None, 1.0)
    assert _all(group, sample, 60, 1.7, None, 1.0) == ["fired"]
    assert group.told[-1].doubted
    assert group.told[-1].at == t0 + HOUR


def test_silence_confirms_nothing(three, sample, t0):
    """What was told as unconfirmed is that still when the last gauge falls silent."""
    group = three()
    _all(group, sample, 0, 1.0, None, 1.0)
    assert _all(group, sample, 10, 1.7, None, None) == ["fired"]
    assert group.look(t0 + 3 * HOUR) == ["data_lost"]
    assert [item.doubted for item in group.told] == [True, True]


def test_calm_of_too_few_is_no_calm(three, sample, t0):
    """The gauge that was high fell silent; the others say nothing of it."""
    group = three()
    _all(group, sample, 0, 1.0, 2.0, 1.0)
    _all(group, sample, 10, 2.1, 3.1, 1.0)
    assert group.level == Level.DANGER
    for minute in range(20, 200, 10):
        _all(group, sample, minute, None, 2.0, 1.0)
        group.look(t0 + minute * MINUTE)
    assert "resolved" not in group.kinds
    assert "data_lost" in group.kinds
    assert group.level == Level.DANGER


def test_a_radius_leaves_out_what_is_far(three):
    group = three(radius_km=15)
    assert [stream.station for stream in group.target.streams] == ["g0", "g1"]


@given(
    value=st.floats(-10, 10),
    own=st.lists(st.floats(-5, 5), min_size=1, max_size=4, unique=True).map(sorted),
    other=st.lists(st.floats(-5, 5), min_size=4, max_size=4, unique=True).map(sorted),
)
@settings(deadline=None, derandomize=True, max_examples=examples(100))
def test_a_height_reaches_the_same_rungs_on_either_scale(value, own, other):
    scale = other[: len(own)]
    moved = on_scale(value, own, scale)
    assert sum(value >= height for height in own) in (
        sum(moved >= height for height in scale),
        sum(moved + 1e-9 >= height for height in scale),
        sum(moved - 1e-9 >= height for height in scale),
    )
