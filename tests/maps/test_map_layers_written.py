"""What the page writer says of layers: one table for legend and map, hazards told apart without colour, no host unasked."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from itertools import combinations

import pytest

from config.model import Basemap
from gis.legends import LegendEntry
from gis.report import ImportReport
from maps import build_page
from maps.gsi_tiles import HOST, gsi_tiles, image_hosts
from maps.layer_groups import layer_groups
from maps.layers import legend_rows, meaning, place
from maps.looks import HATCH_SIDE, edge, hatch_path, hatch_side
from maps.policy import header_policy, page_policy

KINDS = ("flood_depth", "flood_duration", "house_collapse", "sediment", "hazard_sites", "areas")


def counted(layer, **counts: int):
    report = ImportReport(
        **{**{name: getattr(layer.report, name) for name in layer.report.__slots__}, "counts": counts}
    )
    return replace(layer, report=report)


@pytest.mark.parametrize("kind", KINDS)
def test_a_hatch_repeats_without_a_seam_and_grows_denser(kind):
    sides = [hatch_side(density) for density in range(1, 8)]
    for density, side in enumerate(sides, 1):
        path = hatch_path(kind, "1", density)
        numbers = [float(number) for number in re.findall(r"-?[\d.]+", path)]
        assert path
        assert all(-1 <= number <= side + 1.01 for number in numbers)
        assert HATCH_SIDE / side == pytest.approx(round(HATCH_SIDE / side))
    assert sides == sorted(set(sides), reverse=True)
    assert (hatch_side(0), hatch_path(kind, "1", 0)) == (0, "")
    assert hatch_path(kind, "1", 99) == hatch_path(kind, "1", 7)


def test_no_two_hazards_share_a_hatch_and_avalanche_has_its_own():
    paths = [hatch_path(kind, "1", 3) for kind in KINDS] + [hatch_path("hazard_sites", "11", 3)]
    assert all(a != b for a, b in combinations(paths, 2))


def test_an_edge_is_a_darker_hue_of_the_fill():
    assert edge("#FF9191") == "#8C5050"


def test_the_legend_on_the_page_has_the_colours_of_the_table(town, catalogue):
    html = build_page(town, catalogue, "ja", asset_version="v1").html
    flood = next(layer for layer in catalogue if layer.kind == "flood_depth")
    shown = html.split(f'data-layer="{flood.id}"')[1].split("</li>\n      <li class")[0].split('class="layer"')[0]
    fills = re.findall(r'class="fill"[^>]* fill="(#\w+)" fill-opacity="([\d.]+)"', shown)
    rows = [row for row in legend_rows(flood, "ja") if flood.report.counts.get(row["code"])]
    assert [colour for colour, _ in fills] == [row["colour"] for row in rows]
    assert {opacity for _, opacity in fills} == {"0.68"}
    for row in rows:
        assert f'd="{row["path"]}"' in shown
        assert row["label"] in shown


def test_every_layer_is_in_the_panel_once_with_credit_licence_and_date(town, catalogue):
    html = build_page(town, catalogue, "ja", asset_version="v1").html
    assert (
        re.findall(r'<li class="layer" data-layer="([^"]+)"', html).sort() == [layer.id for layer in catalogue].sort()
    )
    for layer in catalogue:
        part = html.split(f'id="about-{layer.id}"')[1].split("</li>\n      \n")[0]
        for text in (layer.licence, layer.date):
            assert text in part


def test_groups_are_hazards_first_ground_last_and_departments_between(catalogue):
    flood = next(layer for layer in catalogue if layer.kind == "flood_depth")
    water = replace(flood, id="water", kind="lines", geometry="line", hazards=(), department="上下水道課")
    parks = replace(water, id="parks", department="")
    others = [layer for layer in catalogue if layer.hazards or layer.kind in ("shelters", "boundary")]
    groups = layer_groups([*others, water, parks], "ja")
    assert groups[0].title == "ハザード（災害の想定）"
    assert groups[-1].title == "背景地図"
    assert [group.title for group in groups[2:-1]] == ["上下水道課", "まちの情報"]
    assert not any(entry.switchable for entry in groups[-1].entries)


def test_unknown_classes_are_counted_and_long_legends_show_what_is_there(catalogue):
    flood = next(layer for layer in catalogue if layer.kind == "flood_depth")
    entry = layer_groups([counted(flood, **{"1": 3, "unknown": 2})], "ja")[0].entries[0]
    assert entry.unlisted == 2
    assert "unknown" in [row["code"] for row in entry.rows]
    long = tuple(LegendEntry(str(n), "#112233", f"{n}", f"{n}") for n in range(12))
    entry = layer_groups([counted(replace(flood, legend=long), **{"4": 1, "7": 2})], "ja")[0].entries[0]
    assert [row["code"] for row in entry.rows] == ["4", "7"]


def test_a_layer_tells_scripts_its_columns_in_the_language_of_the_page(catalogue):
    flood = next(layer for layer in catalogue if layer.kind == "flood_depth")
    told = meaning(replace(flood, note_ja="注記", note_en=""), "en")
    assert "depth_en" in [column["property"] for column in told["columns"]]
    assert told["note"] == "注記"
    assert place(flood)["preciseTo"] == 16
    assert place(flood)["below"]


def test_outside_pictures_are_allowed_only_from_the_map_the_town_offers(town):
    assert image_hosts(town) == ()
    assert gsi_tiles(town) is None
    assert "img-src 'self' data: blob:;" in page_policy()
    offering = replace(town, basemap=Basemap(gsi="blank"))
    assert image_hosts(offering) == (HOST,)
    assert gsi_tiles(offering) == {
        "template": f"{HOST}/xyz/blank/{{z}}/{{x}}/{{y}}.png",
        "minZoom": 5,
        "maxZoom": 14,
        "first": False,
    }
    policy = header_policy(image_hosts(offering))
    assert f"img-src 'self' data: blob: {HOST};" in policy
    assert policy.count("https:") == 1
    assert "frame-ancestors 'none'" in policy


def test_the_switch_and_the_credit_of_the_other_map_are_there_only_where_it_is_offered(town, catalogue):
    plain = build_page(town, catalogue, "ja", asset_version="v1").html
    offering = replace(town, basemap=Basemap(gsi="pale"))
    offered = build_page(offering, catalogue, "ja", asset_version="v1").html
    assert "地理院タイルを背景にする" not in plain.split('id="yukimori-data"')[0]
    assert 'id="gsi-switch"' in offered
    assert '<a href="https://maps.gsi.go.jp/development/ichiran.html" rel="noopener">地理院タイル</a>' in offered
    data = json.loads(offered.split('id="yukimori-data">')[1].split("</script>")[0])
    assert data["gsi"]["template"].startswith(HOST)
