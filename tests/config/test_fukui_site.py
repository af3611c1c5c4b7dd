from __future__ import annotations

import csv
from datetime import timedelta
from pathlib import Path

import pytest

from config import check_site
from config.fukui_gauges import DAM_OFFICES, FUKUI, height_or_blank, site_files
from config.geo3x3 import decode
from config.model import Site
from core.model import Thresholds


@pytest.fixture(scope="module")
def site() -> Site:
    checked = check_site(FUKUI)
    assert checked.mistakes == []
    assert checked.warnings == []
    assert checked.site is not None
    return checked.site


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as lines:
        return list(csv.DictReader(lines))


def test_geo3x3_vector() -> None:
    position = decode("E913873569978769")
    assert (round(position.lat, 6), round(position.lon, 6)) == (36.063056, 136.211389)


def test_geo3x3_west_and_middle() -> None:
    assert decode("W5").lon == -90.0
    assert decode("E5").lat == 0.0


@pytest.mark.parametrize("wrong", ["", "E", "N12", "E10", "e12", "E1a", "E１２"])
def test_what_is_no_geo3x3_code(wrong: str) -> None:
    with pytest.raises(ValueError, match="not a Geo3x3 code"):
        decode(wrong)


@pytest.mark.parametrize("name", ["stations.csv", "datastreams.csv"])
def test_the_committed_files_are_what_the_list_gives(name: str) -> None:
    assert (FUKUI / name).read_bytes() == site_files(FUKUI / "source")[name].encode()


def test_blank_thresholds_stay_blank() -> None:
    assert height_or_blank("---\u00a0") == ""
    assert height_or_blank(" 3.60 ") == "3.60"


def test_every_gauge_is_there_with_its_thresholds(site: Site) -> None:
    listed = rows(FUKUI / "source" / "sensors.csv")
    assert len(site.stations) == len(site.datastreams) == len(listed) == 103
    for gauge, station, stream in zip(listed, site.stations, site.datastreams, strict=True):
        assert station.id == stream.station == stream.device == gauge["id"]
        assert (station.name_ja, station.river, station.keeper) == (
            gauge["観測所名"], gauge["河川名"], gauge["管理者名"],
        )  # fmt: skip
        expected = [
            None if gauge[column].startswith("---") else float(gauge[column])
            for column in ("水防団待機水位", "はん濫注意水位", "避難判断水位", "はん濫危険水位")
        ]
        found = stream.thresholds
        assert [found.standby, found.caution, found.warning, found.danger] == expected
        assert not station.fictitious


def test_how_many_gauges_have_which_thresholds(site: Site) -> None:
    ladders = [stream.thresholds for stream in site.datastreams]
    assert [sum(getattr(ladder, level) is not None for ladder in ladders) for level in ("standby", "caution", "warning", "danger")] == [
        75, 75, 28, 70,
    ]  # fmt: skip
    assert sum(ladder == Thresholds() for ladder in ladders) == 28


def test_every_recorded_level_is_within_its_gauges_range(site: Site) -> None:
    """Dam offices report elevations: one range for all would throw away either them or every mistake."""
    ranges = {stream.device: (stream.range_min, stream.range_max) for stream in site.datastreams}
    files = sorted((FUKUI / "recordings").glob("*.csv"))
    assert len(files) == 6
    readings = [
        (row["id"], float(row["河川水位"])) for file in files for row in rows(file) if row["河川水位"] not in ("", "*")
    ]
    assert len(readings) > 13_000
    unknown = {gauge for gauge, _ in readings if gauge not in ranges}
    assert unknown == {"251", "252"}
    assert [
        (gauge, level)
        for gauge, level in readings
        if gauge in ranges and not ranges[gauge][0] <= level <= ranges[gauge][1]
    ] == []
    assert all(ranges[gauge] == (300.0, 600.0) for gauge in DAM_OFFICES)


def test_three_hours_of_silence_are_normal(site: Site) -> None:
    assert all(stream.stale_after > timedelta(hours=3) for stream in site.datastreams)
    assert all(rule.max_gap == timedelta(hours=3) for rule in site.rules)


def test_the_demo_plays_the_flood_whose_rise_is_recorded(site: Site) -> None:
    assert site.demo is not None
    assert site.demo.kind == "replay"
    assert all((FUKUI / name).is_file() for name in site.demo.settings["files"])
    assert [name[11:18] for name in site.demo.settings["files"]] == ["2024-11"] * 3


def test_the_licence_travels_with_the_data() -> None:
    assert "2021 Taisuke Fukuno" in (FUKUI / "recordings" / "LICENSE").read_text(encoding="utf-8")
    assert "2021 Taisuke Fukuno" in (FUKUI / "source" / "LICENSE").read_text(encoding="utf-8")
