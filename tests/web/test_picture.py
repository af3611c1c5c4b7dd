from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.model import Quality, QualityReason, StationId
from core.public_ploughs import PublicFix, TaskGroup
from store.rows import LatestValue
from web.picture import Change, Painter, Picture, Reading


def value(at, number=1.0, version=1, station="bridge", quantity="water_level"):
    return LatestValue(1, StationId(station), quantity, at, number, Quality.GOOD, QualityReason.NONE, at, version)


def fix(at, name="K3"):
    day = at.date().replace(year=2026, month=1, day=12)
    return PublicFix(name=name, day=day, at=at, lon=140.4, lat=38.6, heading_deg=90, group=TaskGroup.PLOUGH)


def reading(now, *, values=(), episodes=(), positions=None, complete=False):
    return Reading(now, complete, values, episodes, positions)


@pytest.fixture
def painter(town):
    return Painter(town, timedelta(hours=48))


@pytest.fixture
def settled(painter, clock):
    return painter.advance(Picture(version=10), reading(clock.now, values=[value(clock.now)], complete=True))[0]


def test_each_change_is_one_version(painter, settled, clock):
    changed, change = painter.advance(settled, reading(clock.now, values=[value(clock.now, 2.0, version=2)]))
    assert (settled.version, changed.version) == (11, 12)
    assert change == Change(stations=("bridge",), vehicles=(), vehicles_gone=(), alerts=False)
    assert (changed.stations_version, changed.vehicles_version, changed.alerts_version) == (12, 0, 0)


def test_row_that_comes_twice_changes_nothing(painter, settled, clock):
    again, change = painter.advance(settled, reading(clock.now, values=[value(clock.now)]))
    assert again is settled
    assert not change


def test_older_version_never_replaces_a_newer(painter, settled, clock):
    old = value(clock.now - timedelta(minutes=10), 9.0, version=0)
    again, change = painter.advance(settled, reading(clock.now, values=[old]))
    assert again is settled
    assert not change


def test_datastream_the_site_does_not_know_is_left_out(painter, settled, clock):
    strange = value(clock.now, station="elsewhere")
    assert not painter.advance(settled, reading(clock.now, values=[strange]))[1]


def test_complete_reading_forgets_what_is_gone(painter, settled, clock):
    emptied, change = painter.advance(settled, reading(clock.now, complete=True))
    assert emptied.values == {}
    assert change.stations == ("bridge",)


def test_positions_not_read_stay(painter, settled, clock):
    with_plough, came = painter.advance(settled, reading(clock.now, positions=[fix(clock.now)]))
    assert came.vehicles == ("20260112-K3",)
    assert not painter.advance(with_plough, reading(clock.now, positions=None))[1]
    assert painter.advance(with_plough, reading(clock.now, positions=[]))[1].vehicles_gone == ("20260112-K3",)


def test_time_alone_makes_a_value_stale_once(painter, settled, clock):
    late = clock.now + timedelta(minutes=31)
    aged, change = painter.advance(settled, reading(late))
    assert change.stations == ("bridge",)
    assert "bridge/water_level" in aged.stale
    assert not painter.advance(aged, reading(late + timedelta(minutes=1)))[1]


def test_a_device_that_goes_offline_or_comes_back_changes_its_stations(painter, settled, clock):
    cut, change = painter.advance(settled, replace(reading(clock.now), offline={"dev-bridge": clock.now}))
    assert change.stations == ("bridge",)
    assert cut.offline == {"dev-bridge": clock.now}
    assert not painter.advance(cut, replace(reading(clock.now), offline={"dev-bridge": clock.now}))[1]
    assert painter.advance(cut, reading(clock.now))[1].stations == ("bridge",)


def test_any_order_of_rows_ends_in_the_newest(painter, clock):
    rows = [value(clock.now + timedelta(seconds=n), n, version=n) for n in range(8)]

    @given(order=st.permutations(rows), twice=st.booleans())
    def end_in_the_newest(order, twice):
        picture = Picture(version=0)
        for row in order * (2 if twice else 1):
            picture, _ = painter.advance(picture, reading(clock.now, values=[row]))
        assert picture.values["bridge/water_level"] == rows[-1]

    end_in_the_newest()
