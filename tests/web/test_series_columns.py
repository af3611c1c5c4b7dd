import gzip
import json
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.csv_text import neutral
from core.model import Quality
from store.rows import SeriesPoint
from web.parameters import SUMMARIES
from web.series import CHART_POINTS, Wish, as_columns, as_csv, chosen_step

START = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("days", "step"),
    [(1, None), (7, None), (10, None), (11, timedelta(hours=1)), (60, timedelta(hours=1)), (366, timedelta(days=1))],
)
def test_chart_gets_the_finest_it_can_show(town, days, step):
    assert chosen_step("auto", town.datastreams[0], timedelta(days=days)) == step


@given(st.integers(min_value=1, max_value=86_400))
def test_named_step_is_the_coarsest_that_is_not_coarser(seconds):
    step = chosen_step(timedelta(seconds=seconds), None, timedelta(days=1))
    allowed = [width for width in SUMMARIES.values() if width.total_seconds() <= seconds]
    assert step == max(allowed, default=None)


def test_a_year_as_the_chart_asks_is_small(town):
    stream = town.datastreams[0]
    wish = Wish(stream, START, START + timedelta(days=365), chosen_step("auto", stream, timedelta(days=365)))
    count = int((wish.end - wish.start) / wish.step)
    assert count <= CHART_POINTS
    points = [SeriesPoint(START + n * wish.step, n / 7, n / 8, n / 6, Quality.NOT_EVALUATED, 144) for n in range(count)]
    body = json.dumps(as_columns(wish, points), separators=(",", ":")).encode()
    assert len(body) <= 50_000
    assert len(gzip.compress(body)) <= 10_000


def test_missing_and_strange_numbers_are_null(town):
    wish = Wish(town.datastreams[0], START, START + timedelta(days=1), None)
    points = [
        SeriesPoint(START, None, None, None, Quality.MISSING, 0),
        SeriesPoint(START, float("nan"), float("inf"), 1 / 3, Quality.GOOD, 1),
    ]
    columns = as_columns(wish, points)
    assert columns["value"] == [None, None]
    assert columns["low"] == [None, None]
    assert columns["high"] == [None, 0.3333]
    text = as_csv(wish, points, town.stations[0], ZoneInfo("Asia/Tokyo")).decode("utf-8-sig")
    assert text.split("\r\n")[1] == "bridge,大橋,water_level,m,2026-01-01T09:00:00+09:00,,,,missing"


@given(st.text())
def test_neutral_text_never_starts_as_a_formula(text):
    made = neutral(text)
    assert made[:1] not in ("=", "+", "-", "@", "\t", "\r")
    assert made in (text, f"'{text}")
