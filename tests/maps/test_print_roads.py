"""Roads on paper by the age of their clearing, in colour and in black alone."""

from __future__ import annotations

import pytest

from gis.sheet import Drawings
from maps.facts import wording
from maps.print_content import sheet_content
from maps.print_looks import BLACK
from maps.print_wish import PrintWish
from maps.road_looks import WITHHELD, age_looks


@pytest.fixture
def roads_on(town, catalogue, layers_folder, night):
    """The roads of a sheet."""
    drawings = Drawings(layers_folder)

    def make(told, **wish):
        facts = night.snapshot() | {"roads": told}
        content = sheet_content(town, catalogue, drawings, facts, PrintWish(**wish), wording("ja", town.time_zone))
        return next(each for each in content.drawn if each.layer.kind == "roads")

    return make


@pytest.fixture
def told(roads_told, cleared):
    ages = (20, 100, 250, 500, 1000, 3000)
    states = {f"R{number:03d}": cleared(minutes) for number, minutes in enumerate(ages, 1)}
    return roads_told(**states, R007={"withheld": True})


@pytest.mark.parametrize("ink", ["colour", "mono"])
def test_every_age_has_a_look_of_its_own(roads_on, told, ink):
    roads = roads_on(told, theme="plough", ink=ink)
    looks = {row.entry.code: row.look for row in roads.classes}
    assert set(looks) == {look["id"] for look in age_looks("ja")}
    assert len({(look.dash, look.core) for look in looks.values()}) == len(looks)
    assert looks[WITHHELD].core > 0
    if ink == "mono":
        assert {look.stroke for look in looks.values()} == {BLACK}


def test_younger_clearing_lies_on_top_and_the_date_says_until_when(roads_on, told):
    roads = roads_on(told, theme="plough")
    assert [row.entry.code for row in roads.classes][-1] == "under_1h"
    assert roads.layer.date.endswith("01-15 10:32 までの作業")


def test_other_themes_and_towns_without_news_keep_the_classes_of_the_roads(roads_on, told):
    for theme, known in (("all", told), ("plough", None), ("plough", told | {"as_of": None})):
        codes = {row.entry.code for row in roads_on(known, theme=theme).classes}
        assert codes <= {"1", "2", "3", "emergency", "unknown"}, theme
