"""What an import leaves in the site folder, and what it leaves alone."""

import fcntl
import json
import os
import shutil
from pathlib import Path

import pytest

from config import load_site
from core.errors import LayerError
from gis.intake.settings_text import changed

ROOT = Path(__file__).parents[3]
FLOOD = {"A31a_201": "8202110221", "A31a_202": "丹生川", "A31a_203": "06", "A31a_204": "山形県", "A31a_205": 3}
SQUARE = [[[140.4, 38.6], [140.41, 38.6], [140.41, 38.61], [140.4, 38.61], [140.4, 38.6]]]


@pytest.fixture
def flood(files):
    geometry = {"type": "Polygon", "coordinates": SQUARE}
    return files.collection({"type": "Feature", "properties": FLOOD, "geometry": geometry})


@pytest.fixture
def obanazawa(town_at, tmp_path):
    """The example town, whose folder can be read again."""
    folder = tmp_path / "obanazawa"
    shutil.copytree(ROOT / "config" / "example", folder)
    town_at.site, town_at.folder = load_site(folder), folder
    return town_at


def test_what_is_written_can_be_read_as_a_site(obanazawa, files):
    outcome = obanazawa.bring(files.collection(files.point(140.4, 38.6, name="会館")), department="総務課")
    assert outcome.is_new
    layer = next(layer for layer in load_site(obanazawa.folder).layers if layer.id == "halls")
    assert (layer.title_ja, layer.licence, layer.department) == ("公民館", "CC BY 4.0", "総務課")
    record = json.loads(obanazawa.everything()["layers/data/halls.import.json"])
    assert record["imported_at"] == "2026-01-15T03:00:00Z"
    assert record["source_file"] == "halls.geojson"
    assert len(record["source_sha256"]) == 64
    assert record == json.loads(json.dumps(outcome.record.as_document()))


def test_importing_again_keeps_what_a_person_wrote(obanazawa, files):
    obanazawa.bring(files.collection(files.point(140.4, 38.6, name="会館")))
    settings = obanazawa.folder / "layers" / "halls.toml"
    kept = '\n# 色は町の色\n[style]\n\n[[style.classes]]\nvalue = "1"\ncolour = "#123456"\nlabel_ja = "会"\nlabel_en = "H"\n'
    settings.write_text(settings.read_text(encoding="utf-8") + kept, encoding="utf-8")
    obanazawa.site = load_site(obanazawa.folder)
    said = dict.fromkeys(("kind", "title_ja", "licence", "credit", "access"))
    outcome = obanazawa.bring(
        files.collection(files.point(140.41, 38.6, name="新")),
        **said,
        title_en="New halls",
        date="2026-02-01",
        department="建設課",
    )
    text = settings.read_text(encoding="utf-8")
    assert not outcome.is_new
    assert kept.strip() in text
    assert 'date = "2026-02-01"' in text
    assert 'title_ja = "公民館"' in text
    layer = next(layer for layer in load_site(obanazawa.folder).layers if layer.id == "halls")
    assert (layer.date, layer.title_en, layer.department) == ("2026-02-01", "New halls", "建設課")
    assert obanazawa.features()[0]["geometry"]["coordinates"][0] == 140.41


def test_an_import_that_fails_leaves_the_old_data(town_at, files):
    town_at.bring(files.collection(files.point(140.4, 38.6)))
    before = town_at.everything()
    with pytest.raises(LayerError, match=r"swapped"):
        town_at.bring(files.collection(files.point(38.6, 140.4)))
    with pytest.raises(LayerError, match=r"what is said of the layer cannot be used: .*is not who may see a layer"):
        town_at.bring(files.collection(files.point(140.4, 38.6)), access="nobody")
    assert town_at.everything() == before


def test_a_dry_run_tells_all_and_changes_nothing(town_at, files):
    outcome = town_at.bring(files.collection(files.point(140.4, 38.6)), dry_run=True)
    assert outcome.record.features == 1
    assert town_at.everything() == {}


def test_two_imports_at_once_do_not_mix(town_at, files):
    folder = town_at.folder / "layers" / "data"
    folder.mkdir(parents=True)
    left = folder / ".importing-killed"
    left.mkdir()
    held = os.open(folder, os.O_RDONLY)
    fcntl.flock(held, fcntl.LOCK_EX)
    with pytest.raises(LayerError, match=r"another import into this site is going on"):
        town_at.bring(files.collection(files.point(140.4, 38.6)))
    assert left.exists()
    os.close(held)
    town_at.bring(files.collection(files.point(140.4, 38.6)))
    assert not left.exists()


def test_licence_and_credit_are_asked_for_and_only_suggested(town_at, flood):
    nothing = dict.fromkeys(("kind", "title_ja", "title_en", "licence", "credit", "date", "access"))
    with pytest.raises(
        LayerError, match=r"not all that must be said of a layer is said. It looks like 国土数値情報 A31a"
    ) as caught:
        town_at.bring(flood, **nothing)
    hint = caught.value.hint or ""
    assert '--licence "国土数値情報利用約款"' in hint
    assert "--date" in hint
    assert "--as-recognised" in hint
    with pytest.raises(LayerError) as caught:
        town_at.bring(flood, **nothing, as_recognised=True)
    assert caught.value.hint.startswith('add: --date "')
    outcome = town_at.bring(flood, **nothing | {"date": "2023-12-01"}, as_recognised=True)
    assert (outcome.layer.kind, outcome.layer.public) == ("flood_depth", True)
    assert "国土交通省" in outcome.layer.credit


def test_a_file_nobody_knows_asks_what_it_is(town_at, files):
    with pytest.raises(LayerError, match=r"its form is not known by its properties \(高さ\)") as caught:
        town_at.bring(files.collection(files.point(140.4, 38.6, 高さ=3)), kind=None)
    assert "--kind, one of: areas," in (caught.value.hint or "")


def test_words_with_quotes_and_signs_stay_what_they_are(obanazawa, files):
    wild = '「町」の "会館" \\ {x} = [y] # z'
    obanazawa.bring(files.collection(files.point(140.4, 38.6)), credit=wild)
    layer = next(layer for layer in load_site(obanazawa.folder).layers if layer.id == "halls")
    assert layer.credit == wild


def test_keys_are_set_in_the_top_table_only():
    text = 'date = "1"  # old\n\n[style]\ndate = "x"\n'
    assert changed(text, {"date": "2", "credit": "a"}) == 'date = "2"\ncredit = "a"\n\n[style]\ndate = "x"\n'
