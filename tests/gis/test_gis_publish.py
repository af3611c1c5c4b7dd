"""Publishing: what is written, that only changes are written, and that a failure hides nothing."""

import json
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from core.errors import LayerError, YukimoriError
from core.model import Access
from gis import check_layers, publish_layers, read_catalogue, read_published


@pytest.fixture
def layers(make_layer, data, write, shapes):
    flood = write(
        shapes.feature(shapes.square(140.40, 38.60, 0.04), {"A31a_202": "川", "A31a_205": 1}),
        shapes.feature(shapes.square(140.41, 38.61, 0.01), {"A31a_202": "川", "A31a_205": 4}),
        name="flood.geojson",
    )
    return (
        make_layer("shelters", data / "emergency-062120.json", id="emergency"),
        make_layer("flood_depth", flood),
        make_layer("boundary", data / "boundary-06212.json"),
    )


@pytest.fixture
def site(make_site, layers, tmp_path):
    return make_site(tmp_path, *layers)


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "public" / "layers"


def state(folder):
    return {path.name: (path.stat().st_mtime_ns, path.stat().st_ino) for path in folder.iterdir()}


def changed(before, after):
    return {name for name in before.keys() | after.keys() if before.get(name) != after.get(name)}


def test_all_layers_are_written_and_catalogued_in_drawing_order(site, folder):
    published = publish_layers(site, folder)
    assert [layer.id for layer in published] == ["boundary", "flood_depth", "emergency"]
    assert {path.name for path in folder.iterdir()} == {
        "boundary.geojson",
        "flood_depth.geojson",
        "flood_depth.pmtiles",
        "emergency.geojson",
        "layers.json",
    }
    assert read_catalogue(folder) == published


def test_hazards_are_drawn_from_tiles_small_layers_from_geojson(site, folder):
    boundary, flood, emergency = publish_layers(site, folder)
    assert (boundary.format, boundary.url, boundary.tile_layer) == ("geojson", "layers/boundary.geojson", None)
    assert (emergency.format, emergency.geometry) == ("geojson", "point")
    assert (flood.format, flood.url, flood.geojson_url) == (
        "pmtiles",
        "layers/flood_depth.pmtiles",
        "layers/flood_depth.geojson",
    )
    assert (flood.tile_layer, flood.min_zoom, flood.max_zoom, flood.geometry) == ("flood_depth", 8, 14, "polygon")
    assert flood.report.counts == {"1": 1, "4": 1}
    assert flood.features == 2


def test_a_published_file_carries_licence_credit_and_clean_features(site, folder, layers):
    publish_layers(site, folder)
    collection = json.loads((folder / "emergency.geojson").read_text(encoding="utf-8"))
    layer = layers[0]
    assert collection["type"] == "FeatureCollection"
    assert {key: collection[key] for key in ("licence", "credit", "source", "date", "fictitious", "title")} == {
        "licence": layer.licence,
        "credit": layer.credit,
        "source": layer.source_url,
        "date": layer.date,
        "fictitious": True,
        "title": layer.title_ja,
    }
    assert "crs" not in collection
    first = collection["features"][0]
    assert first["id"] == 1
    assert first["geometry"] == {"type": "Point", "coordinates": [140.409166, 38.608681]}
    assert first["properties"]["name"] == "尾花沢中学校"
    assert first["properties"]["flood"] is True


def test_the_catalogue_has_what_a_page_needs(site, folder, layers):
    publish_layers(site, folder)
    document = json.loads((folder / "layers.json").read_text(encoding="utf-8"))
    flood = next(item for item in document["layers"] if item["id"] == "flood_depth")
    config = layers[1]
    assert (flood["credit"], flood["licence"], flood["date"]) == (config.credit, config.licence, config.date)
    assert {entry["code"]: entry["colour"] for entry in flood["legend"]}["4"] == "#FF9191"
    assert "国土交通省" in flood["legend_source_ja"]
    assert flood["bounds"] == {"west": 140.4, "south": 38.6, "east": 140.44, "north": 38.64}
    assert flood["report"]["warnings"] == ["1 areas lay under deeper ones and were cut back"]
    assert len(flood["etag"]) == 16


def test_a_second_run_writes_nothing(site, folder):
    first = publish_layers(site, folder)
    before = state(folder)
    assert publish_layers(site, folder) == first
    assert state(folder) == before


def test_only_the_layer_whose_source_changed_is_written(site, folder, layers, write, shapes):
    before_layers = {layer.id: layer for layer in publish_layers(site, folder)}
    before = state(folder)
    write(shapes.feature(shapes.square(140.5, 38.6, 0.01), {"A31a_205": 2}), name="flood.geojson")
    after_layers = {layer.id: layer for layer in publish_layers(site, folder)}
    assert changed(before, state(folder)) == {"flood_depth.geojson", "flood_depth.pmtiles", "layers.json"}
    assert after_layers["flood_depth"].etag != before_layers["flood_depth"].etag
    assert after_layers["boundary"] == before_layers["boundary"]


def test_only_the_layer_whose_settings_changed_is_written(site, folder, layers):
    publish_layers(site, folder)
    before = state(folder)
    emergency, *others = layers
    site = replace(site, layers=(replace(emergency, credit="出典：別の出典"), *others))
    publish_layers(site, folder)
    assert changed(before, state(folder)) == {"emergency.geojson", "layers.json"}


def test_a_lost_or_damaged_file_is_made_again(site, folder):
    publish_layers(site, folder)
    content = (folder / "boundary.geojson").read_bytes()
    (folder / "boundary.geojson").write_bytes(content[:1000])
    (folder / "flood_depth.pmtiles").unlink()
    publish_layers(site, folder)
    assert (folder / "boundary.geojson").read_bytes() == content
    assert (folder / "flood_depth.pmtiles").exists()


def test_the_site_folder_may_move(make_site, make_layer, data, tmp_path, folder):
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "b.json").write_bytes((data / "boundary-06212.json").read_bytes())
    relative = make_layer("boundary", "b.json")
    publish_layers(make_site(tmp_path / "one", relative), folder)
    before = state(folder)
    publish_layers(make_site(tmp_path / "two", relative), folder)
    assert state(folder) == before


def test_a_removed_layer_goes_and_nothing_else(site, folder, layers):
    publish_layers(site, folder)
    (folder / "notes.txt").write_text("not ours")
    published = publish_layers(replace(site, layers=layers[2:]), folder)
    assert [layer.id for layer in published] == ["boundary"]
    assert {path.name for path in folder.iterdir()} == {"boundary.geojson", "layers.json", "notes.txt"}


def test_a_layer_that_is_not_public_is_not_written(site, folder, layers):
    emergency, *others = layers
    publish_layers(site, folder)
    published = publish_layers(replace(site, layers=(replace(emergency, access=Access.STAFF), *others)), folder)
    assert "emergency" not in {layer.id for layer in published}
    assert not (folder / "emergency.geojson").exists()


def test_a_failing_layer_keeps_its_last_publication_and_the_others_go_on(site, folder, layers, tmp_path):
    first = publish_layers(site, folder)
    (tmp_path / "flood.geojson").write_text("{ broken")
    emergency, *others = layers
    site = replace(site, layers=(replace(emergency, title_ja="新しい題"), *others))
    with pytest.raises(LayerError) as caught:
        publish_layers(site, folder, clock=lambda: datetime(2026, 1, 14, 20, 30, tzinfo=UTC))
    assert caught.value.layer == "flood_depth"
    catalogue = {layer.id: layer for layer in read_catalogue(folder)}
    assert catalogue["flood_depth"] == replace(first[1], failed_since="2026-01-15T05:30:00+09:00")
    assert catalogue["emergency"].title_ja == "新しい題"
    assert (folder / "flood_depth.pmtiles").exists()


def test_since_when_a_layer_could_not_be_renewed_is_told_until_it_can(site, folder, tmp_path):
    first = publish_layers(site, folder)
    source = tmp_path / "flood.geojson"
    sound = source.read_text()
    for day in (1, 2):
        source.write_text(f"{{ broken {day}")
        with pytest.raises(LayerError):
            publish_layers(site, folder, clock=lambda day=day: datetime(2026, 1, day, tzinfo=UTC))
        found = {layer.id: layer.failed_since for layer in read_catalogue(folder)}
        assert found == {"boundary": "", "flood_depth": "2026-01-01T09:00:00+09:00", "emergency": ""}
    source.write_text(sound)
    assert publish_layers(site, folder) == first == read_catalogue(folder)


def test_all_failures_are_told_at_once(site, folder, layers, tmp_path):
    broken = [replace(layer, file=tmp_path / "none.geojson") for layer in layers[:2]]
    with pytest.raises(LayerError, match="2 layers could not be published") as caught:
        publish_layers(replace(site, layers=(*broken, layers[2])), folder)
    assert "layer emergency" in str(caught.value)
    assert "layer flood_depth" in str(caught.value)
    assert [layer.id for layer in read_catalogue(folder)] == ["boundary"]


def test_a_catalogue_that_cannot_be_read_is_made_anew(site, folder):
    first = publish_layers(site, folder)
    (folder / "layers.json").write_text('{"layers": [{"id": "boundary"}]}')
    with pytest.raises(YukimoriError, match="reading the layer catalogue"):
        read_catalogue(folder)
    assert publish_layers(site, folder) == first == read_catalogue(folder)


def test_nothing_published_is_an_empty_catalogue(folder):
    assert read_catalogue(folder) == []


@pytest.mark.parametrize("name", ["../evil", "a/b", "Layer", "", ".hidden", "層"])
def test_an_id_that_is_no_file_name_is_refused(site, folder, layers, name):
    with pytest.raises(LayerError, match="cannot be a file name"):
        publish_layers(replace(site, layers=(replace(layers[2], id=name),)), folder)
    assert {path.name for path in folder.iterdir()} == {"layers.json"}


def test_a_folder_that_cannot_be_written_is_one_clear_error(site, tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(YukimoriError, match="publishing layers into") as caught:
        publish_layers(site, tmp_path / "file" / "layers")
    assert caught.value.hint


def test_checking_tells_report_or_error_of_each_layer(site, layers, tmp_path):
    site = replace(site, layers=(*layers, replace(layers[0], id="gone", file=tmp_path / "none.geojson")))
    checks = check_layers(site)
    assert [check.layer.id for check in checks] == ["emergency", "flood_depth", "boundary", "gone"]
    assert [check.report is None for check in checks] == [False, False, False, True]
    assert checks[3].error is not None
    assert "there is no such file" in str(checks[3].error)


def test_a_withdrawn_layer_goes_even_where_the_catalogue_cannot_be_read(site, folder, layers):
    """After an upgrade or a broken disk: what the town no longer publishes must not stay at its address."""
    publish_layers(site, folder)
    (folder / "layers.json").write_text("{")
    publish_layers(replace(site, layers=layers[2:]), folder)
    assert {path.name for path in folder.iterdir()} == {"boundary.geojson", "layers.json"}


def test_what_is_read_back_is_what_was_published(make_site, make_layer, write, shapes, folder, tmp_path):
    """Texts stay texts where all of them look like dates, numbers or lists: what is read goes into JSON again."""
    told = [("2015-03-20", "0012", "[1,2]"), ("2016-04-01T00:00:00Z", "1e5", '{"a":1}')]
    path = write(
        *(
            shapes.feature(
                shapes.square(140.4 + place / 10, 38.6, 0.01),
                {"A33_001": 2, "A33_002": 2, "A33_004": number, "A33_006": address, "A33_007": date},
            )
            for place, (date, number, address) in enumerate(told)
        )
    )
    (layer,) = publish_layers(make_site(tmp_path, make_layer("sediment", path)), folder)
    document = json.loads((folder / "sediment.geojson").read_text(encoding="utf-8"))
    rows = read_published(folder, layer).drop(columns="geometry").to_dict("records")
    assert rows == [feature["properties"] for feature in document["features"]]
    assert [(row["date"], row["number"], row["address"]) for row in rows] == told
