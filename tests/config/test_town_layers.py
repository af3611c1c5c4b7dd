"""``[style]`` of a layer and ``shelters.csv``: what is read from them, and what is said of doubtful ones."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from config import Known, check_site, load_site
from config.model import LayerConfig, LayerField, LayerStyle, ShelterFacts, StyleClass
from core.model import Hazard

Edit = Callable[[str, str, str], None]
HEADER = "id,avalanche,heavy_snow,elevation_m,capacity,phone,note_ja,note_en\n"


def layer_of(folder: Path, known: Known, name: str) -> LayerConfig:
    return {layer.id: layer for layer in load_site(folder, known).layers}[name]


def warnings_of(folder: Path, known: Known) -> list[str]:
    checked = check_site(folder, known)
    assert checked.mistakes == []
    return [str(warning) for warning in checked.warnings]


def test_a_style_is_read_as_written(good_site: Path, known: Known) -> None:
    assert layer_of(good_site, known, "fields").style == LayerStyle(
        name="地番",
        field="地目",
        classes=(
            StyleClass(value="田", colour="#6FA8DC", label_ja="田", label_en="Rice field", hatch=1),
            StyleClass(value="畑", colour="#B6A25A", label_ja="畑", label_en="Dry field", hatch=2, dash="dashed"),
        ),
        fields=(LayerField(property="面積", label_ja="面積（m2）", label_en="Area (m2)"),),
    )
    assert layer_of(good_site, known, "area").style is None


def test_a_value_may_be_a_whole_number_and_a_colour_in_small_letters(good_site: Path, known: Known, edit: Edit) -> None:
    edit("layers/fields.toml", 'value = "畑"', "value = 2")
    edit("layers/fields.toml", "#B6A25A", "#b6a25a")
    style = layer_of(good_site, known, "fields").style
    assert style is not None
    assert (style.classes[1].value, style.classes[1].colour) == ("2", "#B6A25A")


def test_classes_told_apart_by_colour_alone_are_warned_of(good_site: Path, known: Known, edit: Edit) -> None:
    edit("layers/fields.toml", 'hatch = 2\ndash = "dashed"', "hatch = 1")
    (warning,) = warnings_of(good_site, known)
    assert warning.startswith("layers/fields.toml: style.classes[2].hatch: is told from class 1 by colour alone — ")


def test_the_town_s_facts_go_to_the_layers_of_sites_only(good_site: Path, known: Known) -> None:
    site = load_site(good_site, known)
    assert site.shelter_facts == (
        ShelterFacts(
            id="E0621200001201",
            hazards=(Hazard.AVALANCHE,),
            elevation_m=95.0,
            capacity=400,
            phone="0237-00-0000",
            note_ja="雪崩のときは2階以上",
            note_en="Upstairs in an avalanche",
        ),
        ShelterFacts(id="E0621200004201", hazards=(Hazard.HEAVY_SNOW,)),
    )
    assert {layer.id for layer in site.layers if layer.shelter_facts} == {"sites"}
    assert layer_of(good_site, known, "sites").shelter_facts == site.shelter_facts


@pytest.mark.parametrize(
    ("cell", "fit"), [("○", True), ("〇", True), ("1", True), ("true", True), ("", False), ("×", False), ("0", False)]
)
def test_yes_and_no(good_site: Path, known: Known, cell: str, fit: bool) -> None:
    (good_site / "shelters.csv").write_text(f"{HEADER}E0621200001201,{cell},,,,,,\n", encoding="utf-8")
    (facts,) = load_site(good_site, known).shelter_facts
    assert facts.hazards == ((Hazard.AVALANCHE,) if fit else ())


def test_the_file_and_all_but_the_id_may_be_missing(good_site: Path, known: Known) -> None:
    (good_site / "shelters.csv").write_text("id\nE0621200001201\n", encoding="utf-8")
    assert load_site(good_site, known).shelter_facts == (ShelterFacts(id="E0621200001201"),)
    (good_site / "shelters.csv").unlink()
    assert load_site(good_site, known).shelter_facts == ()


def test_a_site_of_the_town_s_own_list_may_have_an_id_of_its_own(good_site: Path, known: Known) -> None:
    source = good_site / "layers/data/sites.geojson"
    source.write_text(source.read_text(encoding="utf-8").replace("E0621200001201", "町-12"), encoding="utf-8")
    (good_site / "shelters.csv").write_text(f"{HEADER}町-12,○,,,,,,\n", encoding="utf-8")
    assert warnings_of(good_site, known) == []


def test_an_id_no_layer_has_is_warned_of(good_site: Path, known: Known) -> None:
    (good_site / "shelters.csv").write_text(f"{HEADER}E0621299999201,○,,,,,,\n", encoding="utf-8")
    assert warnings_of(good_site, known) == [
        "shelters.csv:2: column id: no layer has the site “E0621299999201” — copy the 共通ID from the list"
    ]


def test_nothing_is_said_of_ids_where_the_source_is_no_text(good_site: Path, known: Known, edit: Edit) -> None:
    (good_site / "layers/data/sites.zip").write_bytes(b"PK\x03\x04")
    edit("layers/sites.toml", "sites.geojson", "sites.zip")
    assert warnings_of(good_site, known) == []


def test_facts_without_a_layer_of_sites_are_warned_of(good_site: Path, known: Known) -> None:
    (good_site / "layers/sites.toml").unlink()
    assert warnings_of(good_site, known) == [
        "shelters.csv:2: column id: no layer of kind shelters is there: the file does nothing — add layers/ID.toml"
    ]
