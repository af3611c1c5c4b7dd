"""The public tables of ploughs and roads, and the secrets beside them, on both flavours."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from core.ploughs import Evidence
from core.public_ploughs import Alias, PublicFix, PublicOrder, PublicRoad, PublicRoads, TaskGroup
from store.rows import Batch

DAY = date(2026, 1, 12)
TICK = timedelta(seconds=10)
MINUTE = timedelta(minutes=1)


def place(at, name="K3", day=DAY, lon=140.41):
    return PublicFix(name=name, day=day, at=at, lon=lon, lat=38.6, heading_deg=90, group=TaskGroup.WORK)


def test_the_newest_place_of_each_pseudonym_in_their_order(store, registry, noon):
    told = [
        place(noon, "Y1"),
        place(noon, "K3"),
        place(noon + TICK, "K3", lon=140.42),
        place(noon, "K3", date(2026, 1, 11)),
    ]
    assert store.public_ploughs.publish(1, told) == 4
    assert store.public_ploughs.newest(1, noon - MINUTE) == [told[3], told[2], told[0]]
    assert store.public_ploughs.newest(1, noon) == [told[2]]
    assert store.public_ploughs.publish(1, []) == 0


def test_what_was_told_stays_as_it_was_told(store, registry, noon):
    store.public_ploughs.publish(1, [place(noon)])
    assert store.public_ploughs.publish(1, [place(noon, lon=140.5)]) == 0
    assert store.public_ploughs.newest(1, noon - MINUTE) == [place(noon)]


def test_places_are_taken_back(store, registry, noon):
    store.public_ploughs.publish(1, [place(noon), place(noon + MINUTE)])
    assert store.public_ploughs.forget(1, noon + MINUTE, noon + MINUTE) == 1
    assert store.public_ploughs.newest(1, noon - MINUTE) == [place(noon + MINUTE)]
    assert store.public_ploughs.forget(1, noon - MINUTE, noon) == 1, "told by a clock that was ahead"


def test_a_step_replaces_all_roads_and_never_a_newer_one(store, registry, noon):
    assert store.public_ploughs.roads(1) is None
    assert store.public_ploughs.as_of(1) is None
    full = PublicRoad(
        road="1",
        share=0.8,
        clear_since=noon - MINUTE,
        cleared_at=noon,
        evidence=Evidence.INFERRED,
        deadline=noon + MINUTE,
        late=True,
        snow_cm=3.5,
        second_pass=True,
    )
    order = PublicOrder(at=noon - MINUTE, deadlines={"1": noon, "3": None})
    first = PublicRoads(as_of=noon, roads={"1": full, "2": PublicRoad(road="2", withheld=True)}, order=order)
    assert store.public_ploughs.publish_roads(1, first, noon)
    assert store.public_ploughs.roads(1) == first
    assert not store.public_ploughs.publish_roads(1, PublicRoads(as_of=noon - MINUTE), noon)
    assert store.public_ploughs.roads(1) == first
    again = PublicRoads(as_of=noon, roads={"3": PublicRoad(road="3")})
    assert store.public_ploughs.publish_roads(1, again, noon)
    assert store.public_ploughs.roads(1) == again
    assert store.public_ploughs.as_of(1) == noon
    earlier = PublicRoads(as_of=noon - 2 * MINUTE)
    assert store.public_ploughs.publish_roads(1, earlier, noon - MINUTE), "the clock was set back since"
    assert store.public_ploughs.as_of(1) == noon - 2 * MINUTE


def test_sites_do_not_see_one_another(store, town, registry, noon):
    other = store.register(replace(town, id="other"))
    store.public_ploughs.publish(1, [place(noon)])
    store.public_ploughs.publish_roads(1, PublicRoads(as_of=noon), noon)
    assert store.public_ploughs.newest(other.site, noon - MINUTE) == []
    assert store.public_ploughs.roads(other.site) is None


def test_pseudonyms_are_one_a_day_and_forgotten(store, registry):
    first, second = registry.vehicles["plough-1"], registry.vehicles["plough-2"]
    drawn = {first: Alias(name="K3", salt=b"a" * 16)}
    assert store.redaction.add_aliases(1, DAY, drawn) == drawn
    assert store.redaction.add_aliases(1, DAY, {first: Alias(name="Y9", salt=b"b" * 16)}) == drawn
    assert store.redaction.add_aliases(1, DAY, {second: Alias(name="K3", salt=b"c" * 16)}) == drawn, (
        "a name that is taken"
    )
    store.redaction.add_aliases(1, date(2026, 1, 13), {first: Alias(name="K3", salt=b"d" * 16)})
    assert store.redaction.forget_aliases(1, date(2026, 1, 13)) == 1
    assert store.redaction.aliases(1, DAY) == {}
    assert list(store.redaction.aliases(1, date(2026, 1, 13))) == [first]


def test_zones_are_drawn_once(store, registry):
    draws = iter([(1.0, 2.0), (3.0, 4.0), (5.0, 6.0)])
    assert store.redaction.offsets(1, ["depot:a"], lambda: next(draws)) == {"depot:a": (1.0, 2.0)}
    both = {"depot:a": (1.0, 2.0), "protected:b": (3.0, 4.0)}
    assert store.redaction.offsets(1, ["depot:a", "protected:b"], lambda: next(draws)) == both
    assert store.redaction.offsets(1, ["depot:a", "protected:b"], lambda: pytest.fail("drawn again")) == both


def test_arrivals_by_tick_and_who_came_late(store, registry, noon, fixed):
    plough = registry.vehicles["plough-1"]
    late = noon + timedelta(minutes=9)
    rows = [
        fixed(plough, noon + timedelta(seconds=3), received_at=noon + timedelta(seconds=4)),
        fixed(plough, noon + timedelta(seconds=8), received_at=late),
        fixed(plough, noon + timedelta(seconds=11), received_at=noon + timedelta(seconds=12)),
        fixed(plough, noon + timedelta(seconds=21), quality=4, received_at=late),
    ]
    store.append(1, Batch(positions=rows))
    until = noon + MINUTE
    assert store.redaction.arrivals(1, noon, until, TICK) == {
        plough: [(noon, late), (noon + TICK, noon + timedelta(seconds=12))]
    }
    assert store.redaction.latecomers(1, noon, until, until, TICK) == {plough: [noon]}
    assert store.redaction.latecomers(1, noon, until, late, TICK) == {}
