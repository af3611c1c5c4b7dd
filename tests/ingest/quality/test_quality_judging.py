"""What the verdicts say where a kernel alone would say too much or too little; roll-up, reasons, gate."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.model import Quality, QualityReason, Reporting
from core.quality import TEST_REASONS, QualityTest, unpack
from ingest.quality import Series, Spans, gate_of, gross_flag, judge, kernels, spans_of

DAY = timedelta(hours=24)


def test_a_series_nothing_is_wrong_with_is_good(stream, series, reasons):
    watched = stream(rise_per_h=3, fall_per_h=3, spike_suspect=0.2, flat_suspect_after=DAY, noise=0.02)
    verdicts = judge(watched, series([0.5, 0.51, 0.53, 0.52, 0.55]))
    assert verdicts.quality.tolist() == [1] * 5
    assert set(reasons(verdicts)) == {QualityReason.NONE}


def test_without_limits_only_range_gap_and_conflict_are_looked_at(stream, series):
    verdicts = judge(stream(), series([0.5, 90.0]))
    assert list(unpack(int(verdicts.tests[1]))) == [QualityTest.GROSS_RANGE, QualityTest.GAP, QualityTest.CONFLICT]
    assert verdicts.quality.tolist() == [1, 1]


def test_an_empty_series(busy, series):
    watched, _ = busy
    verdicts = judge(watched, series([]))
    assert verdicts.quality.size == verdicts.reasons.size == verdicts.tests.size == 0


@pytest.mark.parametrize(
    ("quantity", "changes", "value", "quality"),
    [
        ("snow_depth", {}, 1201.0, 4),
        ("snow_depth", {"range_max": 400.0}, 401.0, 3),
        ("snow_depth", {"mount_height_cm": 400.0, "range_max": 400.0}, 400.0, 1),
        ("snow_depth", {"mount_height_cm": 400.0, "range_max": 400.0}, 400.5, 4),
        ("snow_depth", {"mount_height_cm": 400.0, "offset": 10.0}, 410.0, 1),
        ("snow_depth", {"range_min": 0.0}, -2.0, 3),
        ("snow_depth", {"suspect_max": 250.0}, 251.0, 3),
        ("snow_depth", {"suspect_max": 250.0, "range_max": 200.0}, 220.0, 3),
        ("water_level", {"mount_height_cm": 800.0}, 8.01, 4),
        ("water_level", {"suspect_min": -0.5, "range_min": -5.0}, -0.6, 3),
        ("water_level", {"suspect_min": -0.5, "range_min": -5.0}, -0.5, 1),
    ],
)
def test_gross_range(stream, series, quantity, changes, value, quality):
    watched = stream(quantity, **changes)
    verdicts = judge(watched, series([value]))
    assert verdicts.quality.tolist() == [quality]
    assert bool(verdicts.reasons[0] & QualityReason.GROSS_RANGE) == (quality > 1)
    assert gross_flag(value, spans_of(watched)) == quality


@given(value=st.floats(-20, 20), ends=st.lists(st.floats(-10, 10), min_size=4, max_size=4).map(sorted))
def test_one_value_is_judged_as_many_are(value, ends):
    fail_low, suspect_low, suspect_high, fail_high = ends
    spans = Spans(fail_low, fail_high, suspect_low, suspect_high)
    assert gross_flag(value, spans) == kernels.gross_range(np.array([value]), spans)[0]


def test_an_offset_that_misses_the_mount_height_by_a_bit_of_a_float(stream):
    watched = stream("snow_depth", mount_height_cm=10.1, offset=0.2)
    assert gross_flag(10.1 + 0.2, spans_of(watched)) is Quality.GOOD


def test_one_full_scale_error_makes_one_bad_value(stream, series):
    watched = stream("snow_depth", rise_per_h=20, fall_per_h=20, spike_suspect=10, spike_fail=30)
    verdicts = judge(watched, series([50, 50, 6553.5, 51, 50]))
    assert verdicts.quality.tolist() == [1, 1, 4, 1, 1]
    assert unpack(int(verdicts.tests[2]))[QualityTest.SPIKE] is Quality.NOT_EVALUATED


def test_a_missing_value_is_missing_and_a_fault_fails(stream, series):
    watched = stream("snow_depth", rise_per_h=20, spike_suspect=10, flat_suspect_after=DAY)
    gate = [1, 9, 4, 4, 1]
    verdicts = judge(watched, series([50, None, None, 50, 50], gate=gate, conflict=[0, 1, 0, 0, 0]))
    assert verdicts.quality.tolist() == [1, 9, 4, 4, 1]
    assert unpack(int(verdicts.tests[1])) == {
        QualityTest.GROSS_RANGE: Quality.MISSING,
        QualityTest.RATE_OF_CHANGE: Quality.MISSING,
        QualityTest.SPIKE: Quality.MISSING,
        QualityTest.FLAT_LINE: Quality.MISSING,
        QualityTest.GAP: Quality.GOOD,
        QualityTest.CONFLICT: Quality.SUSPECT,
    }


def test_gate_of_stored_rows():
    values = np.array([1.0, np.nan, np.nan, 2.0, 3.0])
    fault = QualityReason.SENSOR_FAULT
    bits = np.array([0, 0, int(fault | QualityReason.LATE), int(QualityReason.ARRIVAL_TIME), int(fault)])
    assert gate_of(values, bits).tolist() == [1, 9, 4, 1, 3]


def test_a_value_the_sensor_itself_doubts_is_suspect_and_still_compared(stream, series):
    watched = stream("snow_depth", spike_suspect=10, spike_fail=30)
    verdicts = judge(watched, series([50, 50, 50, 90, 50], gate=[1, 3, 1, 3, 1]))
    assert verdicts.quality.tolist() == [1, 3, 1, 4, 1]


def test_same_key_with_another_value_is_suspect(stream, series, reasons):
    verdicts = judge(stream(), series([1, 1, 1], conflict=[False, True, False]))
    assert verdicts.quality.tolist() == [1, 3, 1]
    assert reasons(verdicts)[1] is QualityReason.CONFLICT


def test_behind_a_gap_nothing_is_compared_and_nothing_lowered(stream, series, flags):
    watched = stream(rise_per_h=1, fall_per_h=1, spike_suspect=0.2)
    verdicts = judge(watched, series([1, 1, 5, 5, 5], [0, 10, 41, 51, 61]))
    assert verdicts.quality.tolist() == [1] * 5
    assert flags(verdicts, QualityTest.GAP) == [2, 1, 2, 1, 1]
    assert flags(verdicts, QualityTest.RATE_OF_CHANGE) == [2, 1, 2, 1, 1]
    assert flags(verdicts, QualityTest.SPIKE) == [2, 2, 2, 1, 2]
    assert [bool(bits & QualityReason.GAP) for bits in verdicts.reasons] == [True, False, True, False, False]


def test_three_intervals_are_no_gap_yet(stream, series, flags):
    verdicts = judge(stream(), series([1, 1, 1], [0, 30, 60.001]))
    assert flags(verdicts, QualityTest.GAP) == [2, 1, 2]


def test_a_missing_value_breaks_the_silence(stream, series, flags):
    verdicts = judge(stream(), series([1, None, 1], [0, 20, 40]))
    assert flags(verdicts, QualityTest.GAP) == [2, 1, 1]


def test_an_event_driven_gauge_has_no_gaps_unless_the_town_says_so(stream, series, flags):
    values = series([1, 1], [0, 600])
    assert flags(judge(stream(reporting=Reporting.EVENT), values), QualityTest.GAP) == [0, 0]
    limited = stream(reporting=Reporting.EVENT, gap_after=timedelta(hours=8))
    assert flags(judge(limited, values), QualityTest.GAP) == [2, 2]


def test_the_newest_spike_waits_for_its_successor(stream, series, flags):
    watched = stream(spike_suspect=0.2)
    assert flags(judge(watched, series([1, 1, 1, 2])), QualityTest.SPIKE) == [2, 1, 1, 2]
    assert judge(watched, series([1, 1, 1, 2])).quality.tolist() == [1, 1, 1, 1]
    assert flags(judge(watched, series([1, 1, 1, 2, 1, 1, 1])), QualityTest.SPIKE) == [2, 1, 1, 3, 1, 1, 2]


def test_three_that_agree_are_the_new_truth(stream, series, flags):
    """A step is suspect until a third value says the same; then it is the truth, on both sides."""
    watched = stream("snow_depth", spike_suspect=10, spike_fail=30, rise_per_h=20)
    assert flags(judge(watched, series([0, 0, 0, 100, 100])), QualityTest.SPIKE) == [2, 1, 1, 4, 2]
    settled = judge(watched, series([0, 0, 0, 100, 100, 100, 100]))
    assert flags(settled, QualityTest.SPIKE) == [2, 1, 1, 1, 1, 1, 2]
    assert flags(settled, QualityTest.RATE_OF_CHANGE) == [2, 1, 1, 3, 1, 1, 1]


def test_two_that_stick_out_together_are_still_a_spike(stream, series, flags):
    watched = stream("snow_depth", spike_suspect=10)
    verdicts = judge(watched, series([0, 0, 0, 100, 100, 0, 0, 0]))
    assert flags(verdicts, QualityTest.SPIKE) == [2, 1, 1, 3, 3, 1, 1, 2]


def test_the_shoulders_of_a_spike_on_a_rise_are_good(stream, series, flags):
    watched = stream(spike_suspect=0.2)
    verdicts = judge(watched, series([1.0, 1.15, 1.3, 5.0, 1.6, 1.75, 1.9]))
    assert flags(verdicts, QualityTest.SPIKE) == [2, 1, 1, 3, 1, 1, 2]


def test_the_way_back_from_a_spike_is_good(stream, series):
    watched = stream("snow_depth", spike_suspect=10, rise_per_h=20, fall_per_h=20)
    assert judge(watched, series([50, 50, 50, 90, 50, 50, 50])).quality.tolist() == [1, 1, 1, 3, 1, 1, 1]


def test_no_gauge_is_locked_out_for_ever(stream, series):
    """Whatever came before, a series that has become steady is good again."""
    watched = stream("snow_depth", spike_suspect=10, spike_fail=30, rise_per_h=20, fall_per_h=20)
    wild = [0, 300, 0, 300, 0, 300, 20, 280] * 20
    verdicts = judge(watched, series([*wild, *[150] * 8]))
    assert verdicts.quality[-6:].tolist() == [1] * 6


def test_noise_is_no_rate(stream, series):
    """Two readings of a gauge good to 1 cm: 2 cm in a minute is 120 cm/h, and nothing at all."""
    values = series([50, 52, 50, 52, 55], 1)
    assert judge(stream("snow_depth", 1, rise_per_h=20, fall_per_h=20, noise=2), values).quality.tolist() == [
        1, 1, 1, 1, 3,
    ]  # fmt: skip


def test_flat_line_lasts_as_long_as_was_said(stream, series, flags):
    watched = stream(flat_suspect_after=timedelta(minutes=30), flat_fail_after=timedelta(hours=1))
    verdicts = judge(watched, series([1.23] * 8))
    assert flags(verdicts, QualityTest.FLAT_LINE) == [1, 1, 1, 3, 3, 3, 4, 4]
    often = judge(watched, series([1.23] * 8, 2))
    assert flags(often, QualityTest.FLAT_LINE) == [1] * 8


def test_flat_line_begins_anew_behind_a_gap_and_goes_on_over_a_missing_value(stream, series, flags):
    watched = stream(flat_suspect_after=timedelta(minutes=20))
    verdicts = judge(watched, series([1, 1, 1, 1, None, 1], [0, 10, 50, 60, 65, 70]))
    assert flags(verdicts, QualityTest.FLAT_LINE) == [1, 1, 1, 1, 9, 3]


def test_tolerance_includes_itself(stream, series, flags):
    watched = stream(flat_suspect_after=timedelta(minutes=20), flat_tolerance=0.01)
    verdicts = judge(watched, series([1.23, 1.24, 1.23, 1.24, 1.25]))
    assert flags(verdicts, QualityTest.FLAT_LINE) == [1, 1, 3, 3, 1]


@pytest.mark.parametrize(("quantity", "quality"), [("snow_depth", 1), ("channel_level", 1), ("water_level", 3)])
def test_bare_ground_and_dry_channels_are_not_stuck(stream, series, quantity, quality):
    watched = stream(quantity, flat_suspect_after=timedelta(minutes=20), noise=2)
    assert judge(watched, series([0] * 4)).quality.tolist()[-1] == quality
    assert judge(watched, series([30] * 4)).quality.tolist()[-1] == 3


@pytest.mark.parametrize(
    ("at", "quality"),
    [
        ("2026-05-31T23:50:00+09:00", 1),
        ("2026-06-01T00:00:00+09:00", 3),
        ("2026-09-30T23:50:00+09:00", 3),
        ("2026-10-01T00:00:00+09:00", 1),
        ("2026-01-10T00:00:00+09:00", 1),
    ],
)
def test_snow_in_summer_by_the_calendar_of_japan(stream, series, at, quality):
    start = int(datetime.fromisoformat(at).timestamp()) * 1_000_000
    watched = stream("snow_depth", summer_max=5)
    verdicts = judge(watched, series([6], start=start))
    assert verdicts.quality.tolist() == [quality]
    assert judge(watched, series([5], start=start)).quality.tolist() == [1]


def test_roll_up_and_reasons_follow_the_outcomes(busy):
    """The strongest outcome is the quality, and a reason is given exactly for each test that objected."""
    watched, make = busy
    strength = [Quality.MISSING, Quality.NOT_EVALUATED, Quality.GOOD, Quality.SUSPECT, Quality.FAIL]
    seen = set()
    for seed in range(20):
        values, around = make(np.random.default_rng(seed), 120)
        verdicts = judge(watched, values, around)
        for value, quality, bits, packed in zip(
            values.values, verdicts.quality, verdicts.reasons, verdicts.tests, strict=True
        ):
            outcomes = unpack(int(packed))
            expected = Quality.MISSING if np.isnan(value) else max(outcomes.values(), key=strength.index)
            objecting = {test.reason for test, flag in outcomes.items() if flag in (Quality.SUSPECT, Quality.FAIL)}
            if outcomes[QualityTest.GAP] is Quality.NOT_EVALUATED:
                objecting.add(QualityReason.GAP)
            assert Quality(int(quality)) is expected
            assert int(bits) == sum(objecting)
            assert not int(bits) & ~int(TEST_REASONS)
            seen |= objecting
    assert seen == set(TEST_REASONS) - {QualityReason.SUMMER_SNOW}


def test_a_series_refuses_what_is_none(series):
    good = series([1, 2, 3])
    with pytest.raises(ValueError, match="differ in length"):
        replace(good, values=good.values[:2])
    with pytest.raises(ValueError, match="do not increase"):
        Series(good.times[::-1], good.values, good.gate, good.conflict)
    with pytest.raises(ValueError, match="do not increase"):
        Series(good.times[[0, 0, 1]], good.values, good.gate, good.conflict)
