"""What crews report: kept once however often it is sent, settled and opened again by staff, gone with the positions."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest

from config.model import Retention
from core.errors import StoreError
from core.ploughs import CrewNote, NoteKind

MINUTE = timedelta(minutes=1)
FIRST, SECOND, THIRD = (str(UUID(int=number)) for number in (1, 2, 3))
JPEG = b"\xff\xd8\xff\x00picture"


@pytest.fixture
def site(registry) -> int:
    return registry.site


@pytest.fixture
def crew(store):
    return store.crew


@pytest.fixture
def note(plough, noon):
    def make(id_=FIRST, **fields):
        made = CrewNote(
            id=id_,
            vehicle=plough,
            kind=NoteKind.BLOCKED_BY_CAR,
            at=noon,
            lon=140.41,
            lat=38.6,
            accuracy_m=8.5,
            text="白い車\n道の真ん中",
            received_at=noon + MINUTE,
        )
        return replace(made, **fields)

    return make


def test_a_note_is_read_back_whole_with_its_photo(crew, site, note):
    assert crew.add(site, note(), JPEG)
    known = note(photo=True)
    assert crew.note(site, FIRST) == known
    assert crew.notes(site) == [known]
    assert crew.photo(site, FIRST) == JPEG


def test_sent_again_it_is_the_same_note_and_the_first_word_stands(crew, site, note):
    assert crew.add(site, note())
    assert not crew.add(site, note(text="別の言葉"), JPEG)
    assert crew.notes(site) == [note()]
    assert crew.photo(site, FIRST) is None


def test_without_a_place_it_is_kept_too_but_never_with_half_of_one(crew, site, note):
    nowhere = note(lon=None, lat=None, accuracy_m=None, text="")
    assert crew.add(site, nowhere)
    assert crew.notes(site) == [nowhere]
    with pytest.raises(StoreError, match="crew_note"):
        crew.add(site, note(SECOND, lat=None))
    assert crew.note(site, SECOND) is None


def test_notes_come_newest_first_of_a_vehicle_or_of_all_since_a_time(crew, site, note, registry, noon):
    other = registry.vehicles["plough-2"]
    early, late, others = note(), note(SECOND, at=noon + MINUTE), note(THIRD, at=noon - MINUTE, vehicle=other)
    for each in (early, late, others):
        crew.add(site, each)
    assert crew.notes(site) == [late, early, others]
    assert crew.notes(site, most=1) == [late]
    assert crew.notes(site, vehicle=other) == [others]
    assert crew.notes(site, since=noon) == [late, early]


def test_settled_by_whom_and_opened_again(crew, site, note, noon):
    crew.add(site, note())
    crew.add(site, note(SECOND))
    assert crew.settle(site, [FIRST, THIRD], noon + MINUTE, "当直 佐藤") == 1
    assert crew.settle(site, [FIRST], noon + 2 * MINUTE, "ほかの人") == 0
    settled = note(settled_at=noon + MINUTE, settled_by="当直 佐藤")
    assert crew.notes(site, settled=True) == [settled]
    assert crew.notes(site, settled=False) == [note(SECOND)]
    assert crew.reopen(site, [FIRST]) == 1
    assert crew.notes(site, settled=True) == []


def test_a_note_belongs_to_its_site(store, crew, site, note, town):
    crew.add(site, note(), JPEG)
    other = store.register(replace(town, id="elsewhere", vehicles=())).site
    assert crew.notes(other) == []
    assert crew.note(other, FIRST) is None
    assert crew.photo(other, FIRST) is None
    assert crew.settle(other, [FIRST], note().at, "staff") == 0


def test_text_no_database_takes_is_made_storable(crew, site, note):
    crew.add(site, note(text="a\x00b\ud800"))
    assert "\x00" not in crew.note(site, FIRST).text


def test_notes_and_photos_go_with_the_positions_of_their_time(store, crew, note, town, noon, look):
    site = store.register(replace(town, retention=Retention(positions=timedelta(days=10)))).site
    crew.add(site, note(at=noon - timedelta(days=11)), JPEG)
    crew.add(site, note(SECOND, at=noon - timedelta(days=9)), JPEG)
    store.maintain(noon)
    assert [kept.id for kept in crew.notes(site)] == [SECOND]
    assert look("select count(*) from crew_photo") == [(1,)]
