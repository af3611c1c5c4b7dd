"""``yukimori layers import`` as a town official meets it: what it says, how it ends, what the site has afterwards."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

HALLS = "名称,緯度,経度\n中央公民館,38.609375,140.40625\n"
WORDS = ["--kind", "points", "--title-ja", "公民館", "--title-en", "Halls", "--licence", "CC BY 4.0",
         "--credit", "尾花沢市", "--date", "2026-01-01", "--access", "staff"]  # fmt: skip


@pytest.fixture
def town(root, tmp_path) -> Path:
    folder = tmp_path / "town"
    shutil.copytree(root / "config" / "example", folder)
    return folder


@pytest.fixture
def halls(tmp_path) -> Path:
    path = tmp_path / "halls.csv"
    path.write_bytes(HALLS.encode("cp932"))
    return path


def test_a_refused_file_ends_with_what_to_do(yukimori, town, halls):
    answer = yukimori("layers", "import", halls, "--site", town)
    assert (answer.code, answer.out) == (3, "")
    assert answer.err.startswith(f"yukimori: layer halls: {halls}: nothing says in which coordinate system it is\n")
    assert "  → ask its publisher, then state it: --crs EPSG:6668" in answer.err


def test_an_import_says_what_it_did_and_the_site_has_the_layer(yukimori, town, halls):
    asked = ("layers", "import", halls, "--site", town, "--crs", "EPSG:6668", *WORDS)
    tried = yukimori(*asked, "--dry-run")
    assert "halls.csv would become the layer halls" in tried.out
    assert not (town / "layers" / "halls.toml").exists()
    done = yukimori(*asked)
    assert (done.code, done.err.strip()) == (0, "")
    assert "halls.csv became the layer halls" in done.out
    assert "cp932 (no byte order mark; not UTF-8, all texts are CP932)" in done.out
    assert "EPSG:6668 (stated by --crs)" in done.out
    assert "staff only" in done.out
    listed = yukimori("layers", "list", "--site", town, "--json")
    lines = [json.loads(line) for line in listed.out.splitlines()]
    assert {"id": "halls", "kind": "points", "features": 1, "error": None} in lines


def test_a_script_gets_the_record(yukimori, town, halls):
    answer = yukimori("layers", "import", halls, "--site", town, "--crs", "EPSG:6668", *WORDS, "--json")
    told = json.loads(answer.out)
    assert (told["id"], told["is_new"], told["dry_run"]) == ("halls", True, False)
    kept = json.loads((town / "layers" / "data" / "halls.import.json").read_text(encoding="utf-8"))
    assert told["record"] == kept
    assert kept["properties"] == ["名称", "緯度", "経度"]


def test_a_file_name_is_no_markup(yukimori, town, halls):
    named = halls.rename(halls.with_name("[bold]halls[(tag)][green].csv"))
    asked = ("layers", "import", named, "--site", town, "--id", "halls", "--crs", "EPSG:6668", *WORDS, "--dry-run")
    assert "[bold]halls[(tag)][green].csv would become the layer halls" in yukimori(*asked).out


def test_doctor_tells_of_layers_that_could_not_be_renewed_or_are_not_there(yukimori, town, tmp_path):
    for settings in (town / "layers").glob("*.toml"):
        if settings.stem not in ("facilities", "closures"):
            settings.unlink()
    (town / "ploughs.toml").unlink()  # it names the layer of roads
    asked = {"environment": {"YUKIMORI_SITE": str(town), "YUKIMORI_DATA": str(tmp_path / "data")}}
    assert "layers:" not in yukimori("doctor", **asked).out
    assert yukimori("layers", "build", **asked).code == 0
    assert "✓ layers: 2 published, all as the site folder has them" in yukimori("doctor", **asked).out
    source = town / "layers" / "data" / "facilities.geojson"
    source.write_text("{ broken")
    assert yukimori("layers", "build", **asked).code == 3
    shutil.copy(town / "layers" / "closures.toml", town / "layers" / "never.toml")
    said = yukimori("doctor", **asked)
    assert said.code == 1
    assert "✗ layers: never is not published; facilities not renewed since 20" in said.out
    assert "yukimori layers list" in said.out


def test_a_file_of_a_prefecture_is_refused_with_the_command_that_takes_the_towns_part(yukimori, town, tmp_path):
    table = tmp_path / "mesh table.csv"
    table.write_text("KEY_CODE,人口（総数）\n57407332,12\n53394526,900\n", encoding="utf-8")
    words = [word for word in WORDS if word not in {"--kind", "points"}]
    asked = ["layers", "import", table, "--site", town, "--id", "persons", *words]
    refused = yukimori(*asked, "--dry-run")
    assert refused.code == 3
    again = f"to take these alone: yukimori layers import '{table}' --site {town} --id persons"
    assert f"1 of its 2 features lie in the site or some 4 km around; {again}" in refused.err
    assert refused.err.rstrip().endswith("--dry-run --cut")
    taken = yukimori(*asked, "--dry-run", "--cut")
    assert taken.code == 0
    assert "left out   1 of 2 (50.0 %): far from the site, or without a position (--cut)" in taken.out
