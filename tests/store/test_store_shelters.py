"""Every word on a shelter is kept; the latest by its own time stands, whatever order words arrive in."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import psycopg
import pytest

from core.errors import StoreError
from core.shelters import ShelterState, ShelterStatus
from store.shelters import SaidState

MINUTE = timedelta(minutes=1)
SCHOOL, HALL = "E0621200001111", "E0621200002111"


@pytest.fixture
def site(registry) -> int:
    return registry.site


@pytest.fixture
def shelters(store):
    return store.shelters


@pytest.fixture
def state(noon):
    def make(shelter=SCHOOL, **fields):
        made = ShelterState(
            shelter=shelter,
            status=ShelterStatus.OPEN,
            people=12,
            capacity=150,
            note_ja="毛布あり",
            note_en="blankets",
            at=noon,
            by="当直",
        )
        return replace(made, **fields)

    return make


def test_what_was_said_stands_and_is_read_back_whole(shelters, site, state, noon):
    hall = state(HALL, status=ShelterStatus.CLOSED, people=None, capacity=None, note_ja="", note_en="")
    assert shelters.say(site, [state(), hall], noon + MINUTE) == 2
    assert shelters.latest(site) == {SCHOOL: state(), HALL: hall}
    assert shelters.history(site, SCHOOL) == [SaidState(state(), noon + MINUTE)]


def test_a_later_word_replaces_an_earlier_one_and_both_stay_in_the_record(shelters, site, state, noon):
    later = state(status=ShelterStatus.FULL, people=150, at=noon + MINUTE)
    shelters.say(site, [state()], noon)
    shelters.say(site, [later], noon + MINUTE)
    assert shelters.latest(site) == {SCHOOL: later}
    assert [said.state for said in shelters.history(site, SCHOOL)] == [later, state()]


def test_an_older_word_that_arrives_late_is_kept_and_never_stands(shelters, site, state, noon):
    newer = state(people=40)
    older = state(people=3, at=noon - MINUTE)
    shelters.say(site, [newer], noon)
    assert shelters.say(site, [older], noon + MINUTE) == 1
    assert shelters.latest(site) == {SCHOOL: newer}
    assert [said.state for said in shelters.history(site, SCHOOL)] == [newer, older]


def test_of_one_instant_the_word_that_arrived_last_stands(shelters, site, state, noon):
    shelters.say(site, [state(people=1), state(people=2)], noon)
    assert shelters.latest(site)[SCHOOL].people == 2
    shelters.say(site, [state(people=3)], noon)
    assert shelters.latest(site)[SCHOOL].people == 3
    assert [said.state.people for said in shelters.history(site, SCHOOL)] == [3, 2, 1]


def test_said_twice_is_once(shelters, site, state, noon):
    unsure = state(HALL, people=None, capacity=None)
    assert shelters.say(site, [state(), unsure, unsure], noon) == 2
    assert shelters.say(site, [unsure, state()], noon + MINUTE) == 0
    assert shelters.history(site, HALL) == [SaidState(unsure, noon)]


def test_repeating_an_old_word_does_not_bring_it_back(shelters, site, state, noon):
    shelters.say(site, [state()], noon)
    shelters.say(site, [state(status=ShelterStatus.CLOSED)], noon)
    shelters.say(site, [state()], noon)
    assert shelters.latest(site)[SCHOOL].status is ShelterStatus.CLOSED


def test_all_of_it_or_nothing(shelters, site, state, noon):
    with pytest.raises(StoreError):
        shelters.say(site, [state(), state(HALL, people=-1)], noon)
    assert shelters.latest(site) == {}


def test_towns_do_not_hear_of_each_other(shelters, store, town, site, state, noon):
    other = store.register(replace(town, id="other")).site
    shelters.say(other, [state()], noon)
    assert shelters.latest(site) == {}
    assert shelters.history(site, SCHOOL) == []


def test_nothing_said_is_nothing_noted(shelters, site, noon):
    assert shelters.say(site, [], noon) == 0


def test_characters_the_database_cannot_keep_do_not_refuse_the_word(shelters, site, state, noon):
    shelters.say(site, [state(note_ja="毛\x00布")], noon)
    assert "\x00" not in shelters.latest(site)[SCHOOL].note_ja


def test_history_is_cut_where_asked(shelters, site, state, noon):
    shelters.say(site, [state(people=n, at=noon + n * MINUTE) for n in range(5)], noon)
    assert [said.state.people for said in shelters.history(site, SCHOOL, most=2)] == [4, 3]


def test_what_was_said_cannot_be_taken_back(shelters, site, state, noon, look):
    shelters.say(site, [state()], noon)
    for statement in ("update shelter_said set people = 0", "delete from shelter_said"):
        with pytest.raises(psycopg.IntegrityError):
            look(statement)
