"""Layers for the staff lie in a folder of their own; nothing of them is ever in the public one."""

from dataclasses import replace

import pytest

from core.errors import LayerError, YukimoriError
from core.model import Access
from gis import Phase, publish_layers, read_catalogue

SECRET = "空き家の所有者"


@pytest.fixture
def houses(make_layer, write, shapes):
    road = {"type": "LineString", "coordinates": [[140.40, 38.60], [140.41, 38.61]]}
    path = write(shapes.feature(road, {"id": "1", "name": SECRET, "class": "1"}), name="houses.geojson")
    return make_layer("roads", path, id="houses", title_ja=SECRET, access=Access.STAFF, department="建設課")


@pytest.fixture
def boundary(make_layer, data):
    return make_layer("boundary", data / "boundary-06212.json")


@pytest.fixture
def folders(tmp_path):
    return tmp_path / "public" / "layers", tmp_path / "staff"


def content(folder):
    return {path.name: path.read_text(encoding="utf-8") for path in folder.rglob("*") if path.is_file()}


def test_each_folder_has_its_own_layers_and_catalogue(make_site, houses, boundary, folders, tmp_path):
    public, staff = folders
    published = publish_layers(make_site(tmp_path, houses, boundary), public, staff)
    assert [layer.id for layer in published] == ["boundary", "houses"]
    assert content(public).keys() == {"boundary.geojson", "layers.json"}
    assert content(staff).keys() == {"houses.geojson", "layers.json"}
    assert [layer.id for layer in read_catalogue(public)] == ["boundary"]
    (entry,) = read_catalogue(staff)
    assert (entry.access, entry.department, entry.url) == ("staff", "建設課", "api/staff/layers/houses.geojson")
    assert not any(SECRET in text or "houses" in text for text in content(public).values())


def test_without_a_staff_folder_the_staff_s_layers_are_not_built(make_site, houses, boundary, folders, tmp_path):
    steps = []
    published = publish_layers(make_site(tmp_path, houses, boundary), folders[0], progress=steps.append)
    assert [layer.id for layer in published] == ["boundary"]
    assert {step.layer for step in steps} == {"boundary"}


def test_a_layer_that_moves_to_the_staff_leaves_the_public_folder_first(make_site, houses, boundary, folders, tmp_path):
    public, staff = folders
    publish_layers(make_site(tmp_path, replace(houses, access=Access.PUBLIC), boundary), public, staff)
    assert "houses.geojson" in content(public)
    seen = []
    publish_layers(
        make_site(tmp_path, houses, replace(boundary, title_en="Changed")),
        public,
        staff,
        lambda step: seen.append(any(SECRET in text for text in content(public).values())),
    )
    assert seen
    assert not any(seen)
    assert "houses.geojson" in content(staff)


def test_it_leaves_the_public_folder_also_where_it_cannot_be_built_for_the_staff(
    make_site, houses, boundary, folders, tmp_path
):
    public, staff = folders
    publish_layers(make_site(tmp_path, replace(houses, access=Access.PUBLIC), boundary), public, staff)
    houses.file.write_text("{ broken")
    with pytest.raises(LayerError):
        publish_layers(make_site(tmp_path, houses, boundary), public, staff)
    assert content(public).keys() == {"boundary.geojson", "layers.json"}
    assert not any(SECRET in text for text in content(public).values())
    assert content(staff).keys() == {"layers.json"}


def test_what_a_killed_publisher_left_is_cleared_away(make_site, boundary, folders, tmp_path):
    public, _ = folders
    scraps = public / ".publishing-k1ll3d"
    scraps.mkdir(parents=True)
    (scraps / "houses.geojson").write_text(SECRET)
    (public / ".layers.json.99.part").write_text(SECRET)
    publish_layers(make_site(tmp_path, boundary), public)
    assert content(public).keys() == {"boundary.geojson", "layers.json"}


@pytest.mark.parametrize("inside", [".", "staff", "../layers/x/y", ".."])
def test_a_staff_folder_where_the_public_reads_is_refused(make_site, boundary, folders, tmp_path, inside):
    public, _ = folders
    with pytest.raises(YukimoriError, match="lie in one another"):
        publish_layers(make_site(tmp_path, boundary), public, public / inside)
    assert not public.exists()


def test_progress_tells_every_layer_and_what_became_of_it(make_site, houses, boundary, folders, tmp_path, make_layer):
    gone = make_layer("roads", tmp_path / "none.geojson", id="gone")
    site = make_site(tmp_path, houses, boundary, gone)
    steps = []
    with pytest.raises(LayerError):
        publish_layers(site, *folders, steps.append)
    told = [(step.number, step.layer, step.phase) for step in steps]
    assert told == [
        (1, "boundary", Phase.IMPORT),
        (1, "boundary", Phase.WRITE),
        (1, "boundary", Phase.PUBLISHED),
        (2, "gone", Phase.IMPORT),
        (2, "gone", Phase.FAILED),
        (3, "houses", Phase.IMPORT),
        (3, "houses", Phase.WRITE),
        (3, "houses", Phase.PUBLISHED),
    ]
    assert {step.total for step in steps} == {3}
    steps.clear()
    publish_layers(make_site(tmp_path, houses, boundary), *folders, steps.append)
    assert [step.phase for step in steps] == [Phase.UNCHANGED, Phase.UNCHANGED]
