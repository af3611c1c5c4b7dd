"""How clear a road is, in literal numbers, and what no order of passages and no cut through one may change."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config import load_site
from core.model import Task
from core.ploughs import Direction, Evidence, Track
from gis.ploughs.coverage import coverage, first_cleared
from gis.ploughs.network import read_network
from gis.ploughs.reckoning import Reckoning
from gis.ploughs.totals import By, Total, totals
from store.tracks import TrackPart

DAY = timedelta(hours=24)
MINUTE = timedelta(minutes=1)
BACK = Direction.BACKWARD


@pytest.fixture(scope="module")
def network(road, network_from):
    return network_from(
        road("a"),
        road("b", 500.0, north=100.0, code="2", **{"class": "第2種"}),
        road("c", 200.0, north=200.0, code="3", **{"class": "第3種"}),
    )


@pytest.fixture(scope="module")
def state(network, plan, night):
    """The state of a road at 04:00 by the work of 24 hours."""

    def of(road, *passages, now=night + timedelta(hours=1), since=None):
        found = coverage(network, plan, passages, since=since or now - DAY, now=now)
        return found[road]

    return of


def test_a_road_nobody_drove_has_no_record(state):
    empty = state("a")
    assert (empty.share, empty.clear_since, empty.cleared_at, empty.last_worked_at, empty.evidence) == (0, *[None] * 4)


def test_one_passage_over_four_fifths_clears(state, passage, night):
    found = state("a", passage("a", 100, 900, 10))
    assert found.share == 0.8
    assert found.clear_since == night + 10 * MINUTE
    assert found.cleared_at == night + 12 * MINUTE
    assert found.evidence is Evidence.SIGNAL


def test_a_millimetre_less_does_not(state, passage, night):
    found = state("a", passage("a", 100, 899.999, 10))
    assert found.clear_since is None
    assert found.cleared_at is None
    assert found.share == 0.799999
    assert found.last_worked_at == night + 12 * MINUTE


def test_the_oldest_passage_that_is_needed_dates_the_road(state, passage, night):
    old, middle, new = passage("a", 0, 1000, 0), passage("a", 0, 500, 20), passage("a", 400, 900, 40)
    found = state("a", old, middle, new)
    assert found.share == 1.0
    assert found.clear_since == night + 20 * MINUTE  # 400–900, then 0–500: 900 m without the first
    assert found.cleared_at == night + 42 * MINUTE
    assert found.last_worked_at == night + 42 * MINUTE


def test_more_work_on_a_clear_road_does_not_move_the_moment_it_became_clear(state, passage, night):
    found = state("a", passage("a", 0, 1000, 0), passage("a", 0, 150, 30))
    assert found.clear_since == night
    assert found.cleared_at == night + 2 * MINUTE
    assert found.last_worked_at == night + 32 * MINUTE


def test_stretches_that_overlap_count_once(state, passage):
    assert state("a", passage("a", 0, 400, 0), passage("a", 300, 500, 10), passage("a", 450, 700, 20)).share == 0.7


def test_both_sides_of_a_two_sided_class_are_needed(state, passage, night):
    one = passage("b", 0, 500, 5)
    assert state("b", one).share == 0.5
    assert state("b", one).clear_since is None
    assert state("b", one).forward == night + 5 * MINUTE
    assert state("b", one).backward is None
    both = state("b", one, passage("b", 0, 500, 15, direction=BACK))
    assert both.share == 1.0
    assert both.clear_since == night + 5 * MINUTE
    assert both.cleared_at == night + 17 * MINUTE
    assert both.backward == night + 15 * MINUTE


def test_one_side_is_enough_for_the_others(state, passage, night):
    found = state("a", passage("a", 0, 500, 5), passage("a", 500, 1000, 15, direction=BACK))
    assert found.clear_since == night + 5 * MINUTE
    assert found.forward is found.backward is None


@pytest.mark.parametrize(
    "fields",
    [
        {"evidence": None},
        {"task": Task.DEICE},
        {"task": Task.HAUL},
        {"task": Task.SIDEWALK},
        {"task": Task.TRAVEL},
    ],
)
def test_what_clears_no_carriageway_does_not_count(state, passage, fields):
    assert state("a", passage("a", 0, 1000, **fields)).share == 0


@pytest.mark.parametrize("task", [Task.PLOUGH, Task.GRADE, Task.WIDEN, None])
def test_what_clears_it_counts(state, passage, task):
    assert state("a", passage("a", 0, 1000, task=task)).share == 1


def test_the_weakest_evidence_that_is_needed_is_told(state, passage):
    sure, guessed = passage("a", 0, 600, 0), passage("a", 500, 900, 10, evidence=Evidence.INFERRED)
    assert state("a", sure, guessed).evidence is Evidence.INFERRED
    assert state("a", guessed, passage("a", 0, 1000, 20)).evidence is Evidence.SIGNAL


def test_the_window_is_open_at_its_beginning_and_closed_at_now(state, passage, night):
    whole = passage("a", 0, 1000, 0)  # ends 03:02
    assert state("a", whole, since=night + 2 * MINUTE).share == 0
    assert state("a", whole, since=night + MINUTE).share == 1
    assert state("a", whole, now=night + 2 * MINUTE).share == 1
    assert state("a", whole, now=night + MINUTE).share == 0


def test_an_age_beyond_a_day_is_an_age_beyond_a_day(state, passage, night):
    now = night + timedelta(hours=30)
    found = state("a", passage("a", 0, 1000, 0), now=now, since=now - timedelta(hours=48))
    assert (now - found.clear_since).total_seconds() == 30 * 3600
    assert state("a", passage("a", 0, 1000, 0), now=now).clear_since is None


def test_metres_beyond_the_ends_of_a_road_do_not_count(state, passage):
    assert state("c", passage("c", -5, 100)).share == 0.5
    assert state("c", passage("c", 120, 400)).share == 0.4


def test_only_the_roads_asked_for_are_told(network, plan, passage, night):
    found = coverage(network, plan, [passage("a", 0, 1000)], since=night - DAY, now=night + DAY, roads={"c", "gone"})
    assert list(found) == ["c"]


def test_a_passage_over_a_road_nobody_knows_is_passed_over(state, passage):
    assert state("a", passage("gone", 0, 1000)).share == 0


def test_roads_that_lie_on_each_other_are_cleared_by_one_passage(road, network_from, plan, passage, night):
    network = network_from(road("a"), road("x", 400.0, east=300.0))
    found = coverage(network, plan, [passage("a", 0, 1000)], since=night - DAY, now=night + DAY)
    assert found["x"].share == 1.0
    assert found["x"].clear_since == night
    again = coverage(network, plan, [passage("x", 0, 400)], since=night - DAY, now=night + DAY)
    assert again["a"].share == pytest.approx(0.4, abs=0.001)


def test_the_first_time_since_an_order_is_not_the_last(network, plan, passage, night):
    passages = [passage("a", 0, 1000, 0), passage("a", 0, 1000, 50)]
    when = {"since": night - MINUTE, "now": night + DAY}
    assert first_cleared(network, plan, passages, **when) == {"a": night + 2 * MINUTE}
    assert coverage(network, plan, passages, **when)["a"].cleared_at == night + 52 * MINUTE


def test_both_sides_are_needed_for_the_first_time_too(network, plan, passage, night):
    passages = [passage("b", 0, 500, 0), passage("b", 0, 500, 30, direction=BACK), passage("b", 0, 500, 60)]
    found = first_cleared(network, plan, passages, since=night - MINUTE, now=night + DAY)
    assert found == {"b": night + 32 * MINUTE}


def test_totals_are_of_official_lengths_and_say_which_are_drawn(road, network_from, plan, passage, night):
    network = network_from(
        road("a", official_length_m=900, contractor="甲建設", district="東"),
        road("b", 500.0, north=100.0, contractor="甲建設", district="西"),
        road("c", 200.0, north=200.0, code="3", contractor="乙組", district="東", official_length_m=210),
    )
    states = coverage(network, plan, [passage("a", 0, 1000), passage("b", 0, 250)], since=night - DAY, now=night + DAY)
    (whole,) = totals(network, states, since=night - DAY, late={"b"})
    assert whole == Total(
        key="all",
        roads=3,
        cleared=1,
        no_record=1,
        late=1,
        length_m=1610.0,
        cleared_m=900.0,
        worked_m=1150.0,
        percent=55.9,
        drawn_lengths=1,
    )
    by_contractor = {each.key: each.percent for each in totals(network, states, since=night - DAY, by=By.CONTRACTOR)}
    assert by_contractor == {"甲建設": 64.3, "乙組": 0.0}
    assert [each.key for each in totals(network, states, since=night - DAY, by=By.DISTRICT)] == ["東", "西"]
    assert [(each.key, each.roads) for each in totals(network, {}, since=night - DAY, by=By.CLASS)] == [
        ("1", 2),
        ("3", 1),
    ]
    assert totals(network, {}, since=night - DAY, by=By.CLASS)[1].no_record == 1


def test_the_real_network_counts_with_its_register(plan, passage, night):
    network = read_network(load_site(Path(__file__).resolve().parents[3] / "config" / "nishiyama"))
    whole = [passage(road.id, 0, road.length_m) for road in network.roads.values()]
    (found,) = totals(network, coverage(network, plan, whole, since=night - DAY, now=night + DAY), since=night - DAY)
    assert (found.roads, found.no_record, found.drawn_lengths) == (288, 0, 0)
    # 第２種, 26 752 m, has two sides in this plan
    assert (found.length_m, found.percent) == (104_912.0, 74.5)
    one_way = replace(plan, classes={"1": plan.classes["1"]})
    (found,) = totals(network, coverage(network, one_way, whole, since=night - DAY, now=night + DAY), since=night - DAY)
    assert (found.cleared, found.cleared_m, found.worked_m, found.percent) == (288, 104_912.0, 104_912.0, 100.0)
    drawn = sum(road.length_m for road in network.roads.values())
    assert drawn == pytest.approx(107_039, abs=5)  # and not by its lines, which are two kilometres longer


pieces = st.lists(
    st.tuples(
        st.integers(0, 9),  # from, hundreds of metres
        st.integers(1, 10),  # length
        st.integers(0, 12),  # minute: many begin together
        st.integers(1, 3),  # vehicle
        st.sampled_from(Direction),
        st.sampled_from(Evidence),
    ),
    max_size=12,
)


@pytest.fixture(scope="module")
def drawn(network, plan, passage, night):
    def make(drawn_pieces, road):
        return [
            passage(
                road, 100.0 * start, 100.0 * min(10, start + length), 5 * minute,
                vehicle=vehicle, direction=way, evidence=evidence,
            )
            for start, length, minute, vehicle, way, evidence in drawn_pieces
        ]  # fmt: skip

    return make


def _of(network, plan, passages, night):
    return coverage(network, plan, passages, since=night - DAY, now=night + DAY)


@given(pieces, st.randoms(), st.sampled_from(["a", "b"]))
def test_no_order_of_passages_and_no_repeat_changes_a_byte(network, plan, night, drawn, made, random, road):
    passages = drawn(made, road)
    shuffled = [*passages, *passages[:3]]
    random.shuffle(shuffled)
    assert repr(_of(network, plan, passages, night)) == repr(_of(network, plan, shuffled, night))


@given(pieces, st.integers(1, 999), st.sampled_from(["a", "b"]))
def test_no_cut_through_passages_changes_a_byte(network, plan, night, drawn, made, cut, road):
    passages = drawn(made, road)
    parts = []
    for each in passages:
        if each.from_m < cut < each.to_m:
            parts += [replace(each, to_m=float(cut)), replace(each, from_m=float(cut))]
        else:
            parts.append(each)
    assert repr(_of(network, plan, passages, night)) == repr(_of(network, plan, parts, night))


@given(pieces, pieces, st.sampled_from(["a", "b"]))
def test_more_work_never_makes_a_road_less_clear(network, plan, night, drawn, made, more, road):
    before = _of(network, plan, drawn(made, road), night)[road]
    after = _of(network, plan, drawn(made + more, road), night)[road]
    assert after.share >= before.share
    for name in ("clear_since", "last_worked_at", "forward", "backward"):
        was = getattr(before, name)
        assert was is None or getattr(after, name) >= was
    assert after.clear_since is None or after.clear_since <= after.cleared_at <= after.last_worked_at


def test_a_road_that_lies_on_a_touched_one_is_reckoned_anew_with_it(road, network_from, plan, passage, night):
    network = network_from(road("a"), road("x", 400.0, east=300.0), road("c", 200.0, north=200.0))
    asked = []

    class Ploughs:
        def passages_of_roads(self, _site, after, until, roads):
            asked.append(roads)
            stored = passage("x", 0, 300, 5)
            return [stored] if roads and after < stored.ended_at <= until else []

        def roads_between(self, _vehicle, _since, _until):
            return set()

    store = SimpleNamespace(ploughs=Ploughs())
    part = TrackPart(1, Track(passages=(passage("a", 0, 1000, 0),)))
    reckoning = Reckoning(store, 1, network, plan, night + DAY / 2, [part])
    assert reckoning.roads == {"a", "x"}
    assert reckoning.states()["a"].share == pytest.approx(0.3, abs=0.001)
    assert asked == [{"a", "x"}] * 5, "the window, and what is remembered, in spans that grow"
    reckoning.apply(part)
    assert {name: state.share for name, state in reckoning.states().items()} == {"a": 1.0, "x": 1.0}
