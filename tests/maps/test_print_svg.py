"""The printed sheet: what is drawn is told apart without colour, legend and map agree, lengths are right, text stays text."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import datetime
from html.parser import HTMLParser
from xml.etree import ElementTree as ET

import numpy as np
import pytest
import shapely

from core.errors import LayerError
from core.model import Bounds
from core.times import format_rfc3339
from gis.metres import in_metres
from gis.sheet import Drawing, Drawings, _merged
from gis.sheet_frame import SCALES, Frame, frame_of, graticule
from maps.facts import wording
from maps.links import static_links
from maps.print_content import layers_of, overlays, sheet_content, theme_of
from maps.print_hatch import Hatches
from maps.print_labels import Placer
from maps.print_legend import legend_blocks
from maps.print_looks import AreaLook, LineLook
from maps.print_margin import bar_metres, degree_words
from maps.print_page import print_page
from maps.print_panel import panel
from maps.print_svg import map_svg
from maps.print_symbols import state_symbol
from maps.print_wish import PAPERS, PrintWish
from maps.symbols import SYMBOLS
from maps.themes import themes_of

HOSTILE = "<script>boom()</script>\"'{{ 1 }}&"
CENTRE = Bounds(140.38, 38.58, 140.43, 38.62)


@pytest.fixture(scope="module")
def drawings(catalogue, layers_folder):
    return Drawings(layers_folder)


@pytest.fixture
def content(town, catalogue, drawings, night):
    def make(**wish):
        return sheet_content(
            town, catalogue, drawings, night.snapshot(), PrintWish(**wish), wording("ja", "Asia/Tokyo")
        )

    return make


@pytest.fixture
def page(town, catalogue, drawings, night):
    def make(language="ja", site=town, layers=catalogue, scene=night, links=None, **wish):
        extra = {"links": links} if links else {}
        return print_page(
            site, layers, drawings, scene.snapshot(), PrintWish(**wish), language, asset_version="v1",
            public_address="https://yuki.example.jp", **extra,
        )  # fmt: skip

    return make


def _signature(row):
    if isinstance(row.look, AreaLook):
        return ("area", row.look.hatch, row.look.dash)
    if isinstance(row.look, LineLook):
        return ("line", row.look.width, row.look.dash, row.look.casing, row.look.core, row.look.mark)
    return ("point", row.look.mark, row.look.filling)


@pytest.mark.parametrize("ink", ["colour", "mono"])
def test_no_two_classes_on_a_sheet_look_alike_without_colour(town, catalogue, content, ink):
    everything = tuple(layer.id for layer in overlays(catalogue))
    for wish in ({"theme": theme.id} for theme in themes_of(town, catalogue)):
        rows = [_signature(row) for layer in content(ink=ink, **wish).drawn for row in layer.classes]
        assert len(rows) == len(set(rows)), wish
    rows = [_signature(row) for layer in content(ink=ink, layers=everything).drawn for row in layer.classes]
    assert len(rows) == len(set(rows)) > 40


def test_hatches_never_run_out_nor_repeat():
    hatches = Hatches()
    found = [hatches.take("flood_depth", str(number), number % 8, "solid") for number in range(60)]
    assert len(set(found)) == 60
    assert hatches.take("sediment", "unknown", 0, "solid").direction == "plus"


def test_no_two_states_of_a_station_look_alike_without_colour():
    drawn = [state_symbol(name, "river", 0, 0, "mono") for name in SYMBOLS]
    drawn += [
        state_symbol("normal", "river", 0, 0, "mono", stale=True),
        state_symbol("normal", "river", 0, 0, "mono", suspect=True),
    ]
    assert len({re.sub(r"scale\([^)]*\)|translate\([^)]*\)", "", each) for each in drawn}) == len(drawn)


def test_black_alone_has_no_colour(page):
    sheet = page(ink="mono", theme="all").partition('<article class="print-sheet')[2].partition("</article>")[0]
    assert set(re.findall(r"#[0-9A-Fa-f]{6}\b", sheet)) == {"#000000", "#FFFFFF"}
    assert not re.search(r"fill=\"(?!none|#|url)|rgb\(", sheet)


@pytest.mark.parametrize(("language", "ink"), [("ja", "colour"), ("en", "mono")])
def test_markup_is_sound_and_fit_for_the_content_policy(page, content, language, ink):
    html = page(language, theme="all", ink=ink)
    assert not re.search(r"\sstyle=|data:|javascript:|\son\w+=", html)
    svg = map_svg(content(ink=ink), ink, language, 1.0, 'a "map" <of>')
    root = ET.fromstring(svg)
    assert root.get("aria-label") == 'a "map" <of>'
    names = [element.get("id") for element in root.iter() if element.get("id")]
    assert len(names) == len(set(names))
    used = set(re.findall(r"url\(#([^)]+)\)", svg)) | {name[1:] for name in re.findall(r'href="(#[^"]+)"', svg)}
    assert used <= set(names)
    assert len(html) < 400_000


class Ids(HTMLParser):
    def __init__(self, html):
        super().__init__()
        self.ids = []
        self.feed(html)

    def handle_starttag(self, tag, attributes):
        self.ids.extend(value for name, value in attributes if name == "id")


def test_ids_are_given_once_in_the_page(page):
    found = Ids(page(theme="all")).ids
    assert len(found) == len(set(found))


def test_words_of_others_stay_text(town, catalogue, page, night):
    site = replace(town, name_ja=HOSTILE, notice_ja=HOSTILE, contact_ja=HOSTILE)
    layers = [replace(layer, title_ja=HOSTILE, credit=HOSTILE, licence=HOSTILE, note_ja=HOSTILE) for layer in catalogue]
    night.station("river-nyu-lower")["properties"]["name"] = HOSTILE
    html = page(site=site, layers=layers)
    assert "boom()" in html
    assert "<script>boom" not in html
    assert html.count("<script") == page().count("<script")


def test_legend_is_of_exactly_what_is_drawn(content):
    for wish in ({}, {"box": CENTRE}, {"theme": "town", "box": Bounds(140.55, 38.45, 140.6, 38.5)}):
        made = content(**wish)
        drawn = sum(len(layer.drawing.codes) for layer in made.drawn if layer.classes)
        assert drawn == len({(layer.layer.id, row.entry.code) for layer in made.drawn for row in layer.classes})
        svg = map_svg(made, "colour", "ja", 1.0, "map")
        ids = {row.look.id for layer in made.drawn for row in layer.classes if isinstance(row.look, AreaLook)}
        assert set(re.findall(r'id="(h\d+)"', svg)) == ids
        lines = [item.words for block in legend_blocks(made, "colour", "ja") for item in block.lines]
        assert len(lines) >= drawn
    assert made.absent, "what has nothing here is named"


def test_what_is_missing_is_said(town, catalogue, drawings, night):
    class Broken:
        def of(self, layer, frame):
            if layer.kind == "sediment":
                raise LayerError(layer.id, "gone")
            return drawings.of(layer, frame)

    html = print_page(town, catalogue, Broken(), night.snapshot(), PrintWish(), "ja", asset_version="v1")
    assert "読み込めず、この紙にないもの" in html
    assert "未評価" in html


def test_lengths_on_paper_are_lengths_on_the_ground(town, content):
    frame = content().frame
    assert frame.scale == 125_000
    assert frame.scale in SCALES
    one, other = frame.place(140.40, 38.60), frame.place(140.45, 38.63)
    metres = in_metres(np.array([shapely.Point(140.40, 38.60), shapely.Point(140.45, 38.63)]), town.plane_epsg)
    paper = np.hypot(one[0] - other[0], one[1] - other[1]) / 10_000 * frame.scale
    assert paper == pytest.approx(shapely.distance(*metres), rel=1e-6)
    assert bar_metres(frame) == 5_000
    assert frame.place(139.0, 38.6) is None
    assert 0 < frame.north_turned_deg < 0.5  # west of the meridian of zone X


def test_graticule_names_whole_minutes(content):
    lines = graticule(content().frame)
    assert {degree_words(line) for line in lines} >= {"140°25′E", "38°35′N"}
    near = graticule(frame_of(Bounds(140.40, 38.60, 140.402, 38.602), 6678, 252, 256))
    assert all(re.fullmatch(r"\d+°\d\d′(\d\d″)?[EN]", degree_words(line)) for line in near)


def test_areas_keep_their_size_and_small_ones_are_still_seen():
    squares = shapely.box(np.arange(0, 300, 10), 0, np.arange(10, 310, 10), 10)
    merged = _merged(squares)
    assert shapely.area(merged).sum() == pytest.approx(3000, rel=0.01)
    assert shapely.get_num_coordinates(merged).sum() < 12
    speck = _merged(np.array([shapely.box(5, 5, 5.4, 5.4)]))
    assert shapely.area(speck).sum() >= 8
    dust = _merged(np.array([shapely.box(5, 5, 5.02, 5.02)]))
    assert shapely.area(dust).sum() >= 4


def test_closures_that_have_ended_are_not_on_paper(content, night):
    def drawn():
        return next(layer.drawing for layer in content(theme="plough").drawn if layer.layer.kind == "closures")

    before = drawn()
    night.now = datetime.fromisoformat("2031-01-01T00:00:00+00:00")
    assert len(drawn().lines) < len(before.lines)
    assert isinstance(before, Drawing)


def test_published_dates_are_printed_as_written(page):
    html = page(theme="plough")
    assert "2025-06-02～2028-03-31" in html
    assert "00:00:00" not in html


def test_shelters_have_numbers_when_many_and_names_when_few(content, night):
    many = content(theme="shelter")
    assert [shelter.number for shelter in many.shelters] == list(range(1, len(many.shelters) + 1))
    assert len(many.shelters) < 68, "one place that stands in both lists is one mark"
    few = content(theme="shelter", box=Bounds(140.36, 38.63, 140.38, 38.66))
    assert 0 < len(few.shelters) <= 24
    svg = map_svg(few, "mono", "ja", 1.0, "map")
    assert any(shelter.name in svg for shelter in few.shelters)
    identity = "E0621200001201"
    night.say(identity, "open", people=12)
    assert any(shelter.state.startswith("開設中") for shelter in content(theme="shelter").shelters)


def test_every_raised_station_is_on_every_sheet(content, page):
    names = {station.name for station in content(theme="shelter").stations}
    assert any("中央線 下流" in name for name in names)
    assert "67cm" in page(theme="shelter")


def test_names_stand_over_nothing_else():
    placer = Placer(400, 400)
    spots = [placer.beside(200, 200, ["地名"], 30, 10, (0, 20, 60, 120)) for _ in range(14)]
    boxes = [spot.box for spot in spots if spot]
    assert len(boxes) >= 8
    assert not any(one.meets(other) for number, one in enumerate(boxes) for other in boxes[:number])
    assert placer.centred(0, 0, ["外"], 30) is None


def test_lists_without_room_go_to_a_further_page(content, page):
    made = content(paper="a4", theme="all")
    tight = replace(PAPERS["a4"], column_height=60)
    found = panel(made, tight, "colour", wording("ja", "Asia/Tokyo"))
    assert found.letters == tight.letters[-1]
    assert {block.level for block in found.further} == {2}
    assert len(found.blocks) + len(found.further) == len(
        panel(made, PAPERS["a3"], "colour", wording("ja", "Asia/Tokyo")).blocks
    )
    assert "2枚目以降" in page(paper="a4", theme="all")


def test_state_that_stands_still_is_said_to(town, catalogue, drawings, night):
    facts = night.snapshot() | {"stale": True, "read_at": "2026-01-15T00:00:00Z"}
    html = print_page(town, catalogue, drawings, facts, PrintWish(), "ja", asset_version="v1")
    assert "データの更新が止まっています（最終 2026-01-15 09:00:00）" in html
    assert "この紙は 2026-01-15 09:00 の状態" in html
    never = print_page(town, catalogue, drawings, facts | {"read_at": None}, PrintWish(), "ja", asset_version="v1")
    assert "状況は不明です" in never


def test_written_sheets_link_each_other_and_name_no_host(page, night):
    html = page(links=static_links(2), ink="mono")
    assert 'href="../../print/index.html"' in html
    assert "<form" not in html
    assert format_rfc3339(night.now) not in html


def test_themes_lay_one_map_of_each_hazard(town, catalogue):
    theme = theme_of(town, catalogue, PrintWish())
    assert theme.id == "hazard"
    ids = [layer.id for layer in layers_of(theme, catalogue)]
    assert "flood_depth" in ids
    assert "flood_planned" not in ids
    assert any(identity.startswith("shelters") for identity in ids)


def test_address_of_a_wish_leaves_out_what_is_usual():
    assert PrintWish().address == "/print"
    wish = PrintWish(theme="snow", paper="a4", ink="mono", box=CENTRE, layers=("a", "b"))
    assert wish.address == "/print?theme=snow&layers=a,b&paper=a4&ink=mono&bbox=140.38,38.58,140.43,38.62"


def test_sheets_of_parts_where_nothing_is_do_not_fill_the_memory(catalogue, layers_folder, monkeypatch):
    """Their drawings hold no point, so that no number of points ends them."""
    monkeypatch.setattr("gis.sheet.KEPT_DRAWINGS", 3)
    drawings = Drawings(layers_folder)
    for metres in range(10):
        far = Frame(plane_epsg=6678, west_m=9e5 + metres, north_m=9e5, scale=10_000, width=1_000, height=1_000)
        drawings.of(catalogue[0], far)
    assert len(drawings._kept) == 3
