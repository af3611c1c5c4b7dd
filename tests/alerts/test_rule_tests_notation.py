"""The compact notation: what is written, what is meant, and every way to write it wrong."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alerts.series_notation import MOST_SAMPLES, Entry, SeriesError, parse_series
from core.model import Quality
from tests.examples import examples


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("1 2 3", [1, 2, 3]),
        ("1.5x3", [1.5] * 4),
        ("1+1x3", [1, 2, 3, 4]),
        ("1-0.5x2", [1, 0.5, 0]),
        ("-1-1x1", [-1, -2]),
        ("-1+1x1", [-1, 0]),
        (".5+.25x1", [0.5, 0.75]),
        ("1 _ 2 _x3 3", [1, None, 2, None, None, None, 3]),
        ("  1\n2\t3 ", [1, 2, 3]),
    ],
)
def test_values_and_gaps(text, values):
    assert [None if entry is None else entry.value for entry in parse_series(text)] == values


def test_steps_are_reckoned_in_decimals():
    assert [entry.value for entry in parse_series("0.1+0.1x7")] == [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8]
    assert parse_series("2.7-0.1x3")[-1].value == 2.4


def test_words_belong_to_every_sample_of_a_run():
    late = timedelta(seconds=90)
    assert parse_series("2x1:suspect:late(90s)") == (Entry(2.0, Quality.SUSPECT, late),) * 2
    assert parse_series("2:bad 3:late(+5m)") == (
        Entry(2.0, Quality.FAIL),
        Entry(3.0, late=timedelta(minutes=5)),
    )
    assert parse_series("2:dup 3:dup(3.5)") == (Entry(2.0, again=2.0), Entry(3.0, again=3.5))
    assert parse_series("missing bad bad:late(1h)") == (
        Entry(None, Quality.MISSING),
        Entry(None, Quality.FAIL),
        Entry(None, Quality.FAIL, timedelta(hours=1)),
    )


@pytest.mark.parametrize(
    ("text", "column", "message"),
    [
        ("", 1, "empty"),
        ("1 2 drei", 5, "“drei” is not a sample"),
        ("1,2", 1, "“1,2” is not a sample"),
        ("１", 1, "is not a sample"),
        ("1+2", 1, "is not a sample"),
        ("1e5", 1, "is not a sample"),
        ("nan", 1, "is not a sample"),
        ("_3", 1, "is not a sample"),
        ("_x0", 1, "no time at all"),
        ("1 2:wrong", 5, "“wrong” is not a word"),
        ("1:late(5)", 3, "is not a word"),
        ("1:late(-5m)", 3, "is not a word"),
        ("1:bad:suspect", 7, "second time"),
        ("1:dup:dup(2)", 7, "second time"),
        ("bad:dup", 5, "without a value"),
        ("_:late(5m)", 1, "is not a sample"),
        ("1::bad", 3, "is not a word"),
        ("1x999999999:bad", 1, "longer than"),
        (f"1x{MOST_SAMPLES - 1} 2", len(f"1x{MOST_SAMPLES - 1} ") + 1, "longer than"),
        ("_x999999999", 1, "longer than"),
    ],
)
def test_a_mistake_is_told_with_its_column(text, column, message):
    with pytest.raises(SeriesError) as caught:
        parse_series(text)
    assert caught.value.column == column
    assert message in str(caught.value)
    assert caught.value.hint


@settings(max_examples=examples(150), deadline=None)
@given(st.text(alphabet="0123456789.+-x_:() badsuplteing\n", max_size=40))
def test_any_text_is_read_or_refused(text):
    column, length = 1, 1
    try:
        length = len(parse_series(text))
    except SeriesError as error:
        column = error.column
    assert 1 <= column <= max(len(text), 1)
    assert 0 < length <= MOST_SAMPLES
