"""The words of hazard reports: there for every class in every register, never a promise; and the page they stand on."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.model import Hazard
from core.shelters import ShelterState, ShelterStatus
from gis.hazard_folder import KnownHazards, PublishedHazards
from gis.kinds import all_kinds
from maps.hazard_advice import ADVICE, REGISTERS, Register
from maps.hazard_document import words_document
from maps.hazard_page import Asked, hazard_page
from maps.hazard_report import distance_text, hazards_told, near_metres, report
from maps.hazard_sentences import SENTENCES
from maps.hazard_service import report_at
from maps.hazard_words import CLASS_ADVICE, CLASS_EASY, HAZARD_WORDS, advice_for, class_label

DENIALS = re.compile(
    "安全(という意味では|と いう 意味では|では)(ありません| ありません)|(does not mean (it is |they are )?|is not |are not )safe"
)
PROMISE = re.compile(r"安全|あんぜん|大丈夫|だいじょうぶ|心配ありません|\bsafe|no danger|not dangerous", re.IGNORECASE)
LEVEL_IN_FORCE = re.compile(r"警戒レベル\s*[1-5１-５]|\blevel\s*[1-5]\b", re.IGNORECASE)

CLASSES = [
    (kind.name, entry, hazard.value)
    for kind in all_kinds().values()
    for hazard in kind.hazards
    for entry in kind.legend
    if kind.name != "shelters"
]


def without_the_denial(text: str) -> str:
    return DENIALS.sub("", text)


def texts(value: Any) -> list[str]:
    if isinstance(value, str):
        return [value]
    items = value.values() if isinstance(value, dict) else value if isinstance(value, list | tuple) else ()
    return [text for item in items for text in texts(item)]


@pytest.fixture(scope="module")
def known(catalogue, layers_folder, town) -> KnownHazards:
    assert catalogue
    return PublishedHazards(layers_folder, town.plane_epsg).now()


@pytest.fixture(scope="module")
def words_in(town, known) -> Callable[[Register], dict[str, Any]]:
    documents = {register: words_document(town, known.catalogue, register) for register in REGISTERS}
    return lambda register: documents[register]


@pytest.mark.parametrize("register", REGISTERS)
@pytest.mark.parametrize(("kind", "entry", "hazard"), CLASSES, ids=lambda value: getattr(value, "code", value))
def test_every_class_of_every_kind_has_words_of_its_own(kind, entry, hazard, register):
    assert entry.code in CLASS_ADVICE[kind], f"maps/hazard_words.py has no advice for {kind} {entry.code}"
    assert advice_for(kind, entry.code, hazard, register)
    assert class_label(kind, entry, register)


def test_no_words_are_left_of_classes_that_are_gone():
    codes = {kind: {entry.code for entry in all_kinds()[kind].legend} for kind in CLASS_ADVICE}
    assert {kind: set(rows) for kind, rows in CLASS_ADVICE.items()} == codes
    assert all(set(rows) <= codes[kind] for kind, rows in CLASS_EASY.items())
    assert {key for rows in CLASS_ADVICE.values() for key in rows.values()} <= set(ADVICE)
    assert set(HAZARD_WORDS) == set(Hazard)


@pytest.mark.parametrize("register", REGISTERS)
def test_a_class_nobody_foresaw_still_gets_words(register):
    assert advice_for("new_kind", "99", "flood", register) == advice_for("flood_depth", "unknown", "flood", register)
    assert advice_for("new_kind", "99", "volcano", register)


@pytest.mark.parametrize("register", REGISTERS)
def test_no_sentence_promises_safety_or_declares_a_level(register, words_in):
    for text in texts(words_in(register)):
        assert not PROMISE.search(without_the_denial(text)), text
        assert not LEVEL_IN_FORCE.search(text), text


def test_the_same_sentences_with_the_same_places_in_every_register():
    for key, rows in SENTENCES.items():
        places = [set(re.findall(r"{(\w+)}", row)) for row in rows]
        assert all(rows), key
        # Easy words may leave a number out, never ask for another.
        assert places[1] <= places[0] | places[2], key
    for advice in ADVICE.values():
        assert advice.ja
        assert advice.easy
        assert advice.en


@pytest.mark.parametrize("code", ["3", "4", "5", "6"])
def test_from_three_metres_on_upstairs_is_not_enough(code):
    said = [" ".join(advice_for("flood_depth", code, "flood", register)) for register in REGISTERS]
    assert "足りません" in said[0]
    assert "だめです" in said[1]
    assert "not enough" in said[2]


depths = st.lists(st.integers(0, 6), max_size=3).map(lambda ranks: sorted(ranks, reverse=True))


@given(depths, depths, st.sampled_from([True, False, None]), st.sampled_from(REGISTERS), st.booleans())
@settings(max_examples=60)
def test_whatever_is_found_the_report_names_it_and_promises_nothing(words_in, found, near, inside, register, failed):
    words = words_in(register)

    def area(rank: int) -> dict[str, Any]:
        return {
            "code": str(rank) if rank else "unknown",
            "rank": rank,
            "properties": {"code": str(rank), "river": "川"},
        }

    least = found[0] if found else -1
    here = {
        "id": "flood_depth",
        "hazard": "flood",
        "failed": failed,
        "found": [] if failed else [area(rank) for rank in found],
        "nearby": [] if failed else [{**area(rank), "distance_m": 7.0} for rank in dict.fromkeys(near) if rank > least],
    }
    told = report({"lon": 140.4, "lat": 38.6, "inside": inside, "layers": [here], "shelters": {}}, words)
    for text in texts(told):
        assert not PROMISE.search(without_the_denial(text)), text
    assert told["official"]
    if inside is False:
        assert told["hazards"] == []
        return
    assert {part["hazard"] for part in told["hazards"]} == set(hazards_told(words))
    assert all(part["advice"] for part in told["hazards"])
    (layer,) = next(part for part in told["hazards"] if part["hazard"] == "flood")["layers"]
    expected = "failed" if failed else "nearby" if here["nearby"] and not found else "not_assessed"
    assert layer["state"] == (expected if failed or not found else "found" if found[0] else "unknown")
    assert layer["rank"] == (None if failed or not found else found[0])


@pytest.mark.parametrize("register", REGISTERS)
def test_the_page_says_state_people_and_time_of_a_shelter(town, known, calm, register):
    site = next(shelter for shelter in known.shelters.shelters if "flood" in shelter.hazards)
    state = ShelterState(
        shelter=site.id,
        status=ShelterStatus.FULL,
        people=40,
        capacity=40,
        note_ja="<b>満員です</b>",
        note_en="",
        at=calm.now - timedelta(minutes=20),
        by="secret person",
    )
    told = report_at(
        known,
        words_document(town, known.catalogue, register),
        site.lon,
        site.lat,
        plane_epsg=town.plane_epsg,
        stations=calm.stations["features"],
        states={site.id: state},
        now=calm.now,
    )
    flood = next(part for part in told["hazards"] if part["hazard"] == "flood")
    assert [row["status"] for row in flood["shelters"]] == [None, None, None, "full"]
    html = hazard_page(
        town,
        register,
        asset_version="v",
        asked=Asked(lon=str(site.lon), lat=str(site.lat)),
        report={**told, "generated_at": "2026-01-15T01:42:15Z", "stale": True},
    )
    assert {"ja": "満員", "easy": "いっぱい", "en": "Full"}[register] in html
    assert "&lt;b&gt;" in html
    assert "secret person" not in html
    assert {"ja": "更新が止まって", "easy": "新しい 数字が 来て", "en": "Data stand still"}[register] in html
    assert not PROMISE.search(without_the_denial(re.sub(r"<[^>]*>", "", html.split("<main")[1].split("</main>")[0])))


def test_distances_are_no_finer_than_they_are_known():
    say = {key: rows[0] for key, rows in SENTENCES.items()}
    assert [distance_text(metres, say) for metres in (3.0, 14.9, 994.0, 999.0, 1249.9)] == [
        "直線距離 10m未満",
        "直線距離 約10m",
        "直線距離 約990m",
        "直線距離 約1.0km",
        "直線距離 約1.2km",
    ]
    assert [near_metres(metres) for metres in (0.0, 2.0, 8.0, 12.4, 29.9)] == [5, 5, 10, 10, 30]
