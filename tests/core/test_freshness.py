"""How long silence may last: a gauge that reports floods only is silent low by design, never high."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.freshness import REST_SILENCE, at_rest, interval_expected, report_due_at, silence_allowed
from core.model import Datastream, DeviceId, Quality, Reporting, StationId, Thresholds

HALF_HOUR = timedelta(minutes=30)
T0 = datetime(2026, 1, 15, 3, 0, tzinfo=UTC)


def gauge(reporting=Reporting.EVENT, stale_after=HALF_HOUR, **heights):
    return Datastream(
        station=StationId("bridge"),
        quantity="water_level",
        device=DeviceId("d-1"),
        expected_interval=timedelta(minutes=10),
        stale_after=stale_after,
        range_min=-2,
        range_max=8,
        thresholds=Thresholds(**heights),
        reporting=reporting,
    )


@pytest.mark.parametrize(
    ("stream", "value", "quality", "allowed"),
    [
        (gauge(standby=1.0, danger=3.0), 0.4, Quality.GOOD, REST_SILENCE),
        (gauge(standby=1.0, danger=3.0), 0.4, Quality.NOT_EVALUATED, REST_SILENCE),
        (gauge(standby=1.0, danger=3.0), 1.0, Quality.GOOD, HALF_HOUR),  # reached is not below
        (gauge(standby=1.0, danger=3.0), 3.4, Quality.GOOD, HALF_HOUR),
        (gauge(caution=2.0), 1.9, Quality.GOOD, REST_SILENCE),  # no standby: the lowest that is set
        (gauge(danger=2.0), 1.9, Quality.GOOD, REST_SILENCE),
        (gauge(), 0.1, Quality.GOOD, HALF_HOUR),  # nobody said which heights are calm
        (gauge(low=0.2), 0.5, Quality.GOOD, HALF_HOUR),
        (gauge(standby=1.0, low=0.2), 0.5, Quality.GOOD, REST_SILENCE),
        (gauge(standby=1.0, low=0.2), 0.2, Quality.GOOD, HALF_HOUR),  # too low to carry snow
        (gauge(standby=1.0), 0.4, Quality.SUSPECT, HALF_HOUR),
        (gauge(standby=1.0), None, Quality.FAIL, HALF_HOUR),
        (gauge(standby=1.0), None, Quality.GOOD, HALF_HOUR),
        (gauge(standby=1.0), float("nan"), Quality.GOOD, HALF_HOUR),
        (gauge(standby=1.0), float("-inf"), Quality.GOOD, HALF_HOUR),
        (gauge(Reporting.REGULAR, standby=1.0), 0.4, Quality.GOOD, HALF_HOUR),
        (gauge(stale_after=timedelta(days=3), standby=1.0), 0.4, Quality.GOOD, timedelta(days=3)),
    ],
)
def test_silence_allowed(stream, value, quality, allowed):
    assert silence_allowed(stream, value, quality) == allowed


def test_at_rest_nothing_is_expected_for_a_day():
    stream = gauge(standby=1.0)
    assert report_due_at(stream, T0, 0.4) == T0 + timedelta(days=1)
    assert interval_expected(stream, 0.4) == timedelta(days=1)
    assert report_due_at(stream, T0, 1.4) is None
    assert interval_expected(stream, 1.4) == timedelta(minutes=10)


heights = st.floats(-2, 8, allow_nan=False)
streams = st.builds(
    gauge,
    reporting=st.sampled_from(Reporting),
    stale_after=st.timedeltas(timedelta(minutes=10), timedelta(days=4)),
    **dict.fromkeys(("standby", "caution", "warning", "danger", "low"), st.none() | heights),
)


@given(streams, st.none() | st.floats(), st.sampled_from(Quality))
def test_silence_is_never_shorter_than_the_town_said_and_longer_only_at_rest(stream, value, quality):
    allowed = silence_allowed(stream, value, quality)
    assert allowed >= stream.stale_after
    assert (allowed == stream.stale_after) or at_rest(stream, value, quality)
    assert (report_due_at(stream, T0, value, quality) is None) != at_rest(stream, value, quality)


@given(streams, heights, heights)
def test_a_higher_value_never_allows_more_silence_above_low(stream, one, other):
    lower, higher = sorted((one, other))
    low = stream.thresholds.low
    if low is None or lower > low:
        assert silence_allowed(stream, higher) <= silence_allowed(stream, lower)


@given(streams, heights)
def test_at_or_above_any_threshold_only_the_usual_silence_is_allowed(stream, value):
    rising = (stream.thresholds.standby, stream.thresholds.caution, stream.thresholds.warning, stream.thresholds.danger)
    if any(height is not None and value >= height for height in rising):
        assert silence_allowed(stream, value) == stream.stale_after
