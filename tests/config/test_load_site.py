from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from config import Known, Mistake, check_site, load_site
from config.model import Limits, Retention
from config.quality_limits import default_limits
from config.values import WrongValueError, duration, signed_duration
from core.errors import ConfigError
from core.levels import Level
from core.model import Bounds, QualityLimits, Reporting, StationKind, Thresholds

Edit = Callable[[str, str, str], None]


def test_the_good_site_has_no_mistake_and_no_warning(good_site: Path, known: Known) -> None:
    checked = check_site(good_site, known)
    assert checked.mistakes == []
    assert checked.warnings == []
    assert checked.site == load_site(good_site, known)


def test_site_file(good_site: Path) -> None:
    site = load_site(good_site)
    assert (site.id, site.code, site.name_ja, site.time_zone) == ("kotani", "06212", "小谷町", "Asia/Tokyo")
    assert site.bounds == Bounds(140.3, 38.4, 140.6, 38.7)
    assert site.sources[1].naive_time_zone == "Asia/Tokyo"
    assert site.limits.late_sensor == timedelta(days=30)
    assert site.limits.future_vehicle == timedelta(seconds=60)  # left out: the default
    assert site.privacy.vehicle_delay == timedelta(minutes=10)
    assert site.channels[0].min_level is Level.WARNING
    assert site.channels[0].settings["token_env"] == "DUTY_TOKEN"
    assert site.demo is not None
    assert site.demo.settings == {"seed": 1}
    assert site.notice_ja == ""


def test_stations_datastreams_and_vehicles(good_site: Path) -> None:
    site = load_site(good_site)
    bridge, square, ditch = site.stations
    assert (bridge.kind, bridge.elevation_m, bridge.fictitious) == (StationKind.RIVER, 80.0, True)
    assert (square.fictitious, ditch.fictitious) == (True, False)
    level, snow, battery, channel = site.datastreams
    assert level.thresholds == Thresholds(standby=1.0, caution=None, warning=2.0, danger=3.0)
    assert (level.range_min, level.range_max, level.model) == (-1.0, 8.0, None)
    assert level.stale_after == timedelta(minutes=30)  # left out: three intervals
    assert snow.stale_after == timedelta(minutes=40)  # left out: four, where a model names a LoRaWAN device
    assert (snow.mount_height_cm, snow.offset, snow.model) == (400.0, 0.0, "em500-udl")
    assert (battery.range_min, battery.range_max) == (0.0, 100.0)  # left out: that of the quantity
    assert channel.thresholds.low == 5.0
    assert site.vehicles[0].kind == "plough"
    assert site.devices == {"river-1", "snow-1", "ditch-1", "plough-1"}


def test_rules_and_layers(good_site: Path) -> None:
    site = load_site(good_site)
    low, river = site.rules
    assert (low.id, low.direction, low.stations, low.min_samples, low.max_gap) == (
        "low", "falling", frozenset(), 2, None,
    )  # fmt: skip
    assert river.levels[0].raise_at is None
    assert river.levels[1].raise_at == 2.9
    assert river.levels[0].clear_hold == timedelta(minutes=20)
    assert site.layers[0].file == good_site.resolve() / "layers/data/area.geojson"
    assert site.layers[0].shown is False


def test_blank_thresholds_are_none_never_zero(good_site: Path) -> None:
    site = load_site(good_site)
    assert site.datastreams[2].thresholds == Thresholds()
    assert site.datastreams[1].thresholds.standby is None


def test_sensor_range_ends_where_the_sensor_hangs(good_site: Path, edit: Edit) -> None:
    edit("datastreams.csv", "400,,0,400", "400,,,")
    assert load_site(good_site).datastreams[1].range_max == 400.0


def test_rule_version_follows_meaning_not_words(good_site: Path, edit: Edit) -> None:
    before = {rule.id: rule.version for rule in load_site(good_site).rules}
    edit("rules/river.toml", 'title_ja = "河川水位"', 'title_ja = "川の水位" # changed')
    edit("rules/low.toml", "clear_margin = 3", "clear_margin = 4")
    after = {rule.id: rule.version for rule in load_site(good_site).rules}
    assert before["river"] == after["river"]
    assert before["low"] != after["low"]


def test_bom_and_windows_line_ends(good_site: Path) -> None:
    expected = load_site(good_site)
    for path in [*good_site.glob("*.csv"), *good_site.glob("**/*.toml")]:
        text = path.read_text(encoding="utf-8").replace("\n", "\r\n")
        path.write_bytes(b"\xef\xbb\xbf" + text.encode())
    assert load_site(good_site) == expected


def test_spreadsheet_habits(good_site: Path) -> None:
    """Trailing commas, blank rows, blanks around cells: what a spreadsheet adds changes nothing."""
    expected = load_site(good_site)
    path = good_site / "stations.csv"
    lines = [f"{line},,," for line in path.read_text(encoding="utf-8").splitlines()]
    path.write_text(
        "\n".join([*lines, ",,,,,,,,,,,,,", "", "\u3000,"]).replace("140.40", " 140.40\u00a0"), encoding="utf-8"
    )
    assert load_site(good_site) == expected


def test_line_numbers_count_lines_inside_quotes(good_site: Path, edit: Edit) -> None:
    edit("stations.csv", "大橋", '"大\n橋"')
    edit("stations.csv", "140.42", "east")
    assert [(mistake.where, "line break" in mistake.message) for mistake in check_site(good_site).mistakes] == [
        ("2", True),
        ("5", False),
    ]


def test_optional_files_may_be_missing(good_site: Path) -> None:
    for name in ("vehicles.csv", "ploughs.toml", "protected.csv", "quality.csv"):
        (good_site / name).unlink()
    shutil.rmtree(good_site / "rules")
    shutil.rmtree(good_site / "layers")
    site = load_site(good_site)
    assert (site.vehicles, site.rules, site.layers, site.ploughs) == ((), (), (), None)


@pytest.mark.parametrize("file", ["site.toml", "stations.csv", "datastreams.csv", "vehicles.csv", "rules/river.toml"])
def test_ways_a_file_cannot_be_read(good_site: Path, file: str, monkeypatch: pytest.MonkeyPatch) -> None:
    said = set()
    path = good_site / file
    content = path.read_bytes()
    real = Path.read_bytes

    def refused(self: Path) -> bytes:
        if self == path.resolve():
            raise PermissionError(13, "Permission denied")
        return real(self)

    def first_message() -> str:
        [mistake] = [found for found in check_site(good_site).mistakes if found.file == file]
        return mistake.message

    with monkeypatch.context() as patch:
        patch.setattr(Path, "read_bytes", refused)
        said.add(first_message())
    path.write_bytes(b"")
    said.add(first_message())
    path.write_bytes(b"x" * (16 * 1024 * 1024 + 1))
    said.add(first_message())
    path.write_bytes(content.decode().encode("cp932") + "雪".encode("cp932"))
    said.add(first_message())
    path.write_bytes(content.decode().encode("utf-16"))
    said.add(first_message())
    path.unlink()
    path.symlink_to(path.name)
    said.add(first_message())
    path.unlink()
    path.mkdir()
    said.add(first_message())
    assert len(said) == 7


def test_folder_that_is_none(tmp_path: Path) -> None:
    assert "no such folder" in str(check_site(tmp_path / "nowhere").mistakes[0])
    (tmp_path / "file").touch()
    assert "this is a file" in str(check_site(tmp_path / "file").mistakes[0])
    assert "no such folder" in str(check_site(Path("a\0b")).mistakes[0])
    with pytest.raises(ConfigError, match="has 1 mistake:"):
        load_site(tmp_path / "nowhere")


def test_empty_folder_names_every_missing_file(tmp_path: Path) -> None:
    assert [mistake.file for mistake in check_site(tmp_path).mistakes] == [
        "site.toml", "stations.csv", "datastreams.csv",
    ]  # fmt: skip


def test_names_are_unchecked_without_known(good_site: Path, edit: Edit) -> None:
    edit("site.toml", '"chirpstack"', '"brand-new"')
    assert load_site(good_site).sources[1].codec == "brand-new"


@pytest.mark.parametrize(
    ("file", "old", "new", "warning"),
    [
        (
            "stations.csv",
            "140.40,38.60",
            "141.40,38.60",
            "stations.csv:2: column lon: “bridge” lies outside the bounds",
        ),
        ("stations.csv", "square,snow", "plain,snow,原,,140.41,38.61,,,,,\nsquare,snow", "“plain” measures nothing"),
        ("datastreams.csv", "2.0,3.0,,町 2026", "2.0,3.0,,", "datastreams.csv:2: column threshold_source"),
        ("datastreams.csv", "50,,70,5,町 2026", "50,,70,,町 2026", "no station has a threshold for caution"),
        ("quality.csv", "-0.5,6,", "-0.5,9,", "quality.csv:3: column suspect_max: above range_max, 8: it does nothing"),
        ("quality.csv", "-0.5,6,", "-2,6,", "quality.csv:3: column suspect_min: below range_min, -1: it does nothing"),
        ("quality.csv", ",2.5,,off,", ",2.5,,2,", "quality.csv:3: column spike_fail: a flood may look like that"),
        ("rules/low.toml", '"channel_level"\nunit = "cm"', '"precipitation_1h"\nunit = "mm"', "no station measures"),
    ],
)
def test_warnings_do_not_stop_the_site(
    good_site: Path, edit: Edit, file: str, old: str, new: str, warning: str
) -> None:
    edit(file, old, new)
    checked = check_site(good_site)
    assert checked.site is not None
    assert [str(found) for found in checked.warnings if warning in str(found)] == [
        str(found) for found in checked.warnings
    ]
    assert len(checked.warnings) == 1


@pytest.mark.parametrize(("row", "warned"), [("5m,15m", True), ("5m,2d", False)])
def test_silence_of_an_event_driven_gauge_without_a_threshold_is_warned_of(
    good_site: Path, row: str, warned: bool
) -> None:
    file = good_site / "datastreams.csv"
    lines = file.read_text(encoding="utf-8").splitlines()
    bare = f"ditch,water_level,ditch-2,,{row},,,-1,8,,,,,,,,event"
    ending = [*(f"{line}," for line in lines[1:]), bare]
    file.write_text("\n".join([f"{lines[0]},reporting", *ending]) + "\n", encoding="utf-8")
    found = [str(warning) for warning in check_site(good_site).warnings]
    assert any("no threshold says which heights are calm" in warning for warning in found) is warned


def test_camera_without_datastream_is_no_warning(good_site: Path, edit: Edit) -> None:
    edit("stations.csv", "square,snow", "cam,camera,原,,140.41,38.61,,,,,\nsquare,snow")
    assert check_site(good_site).warnings == []


def test_stray_file_among_the_rules_is_a_warning(good_site: Path) -> None:
    (good_site / "rules" / "river.toml.txt").touch()
    (good_site / "rules" / "README.md").touch()
    assert [str(found) for found in check_site(good_site).warnings] == [
        "rules/river.toml.txt: nobody reads this file — its name must end in .toml"
    ]


def test_deep_nesting_is_a_mistake(good_site: Path) -> None:
    (good_site / "site.toml").write_text("id = " + "[" * 100_000, encoding="utf-8")
    assert "nested too deeply" in str(check_site(good_site).mistakes[0])


@pytest.mark.parametrize(
    ("text", "seconds"), [("0s", 0), ("90s", 90), ("10m", 600), ("2h", 7200), ("3d", 259_200), (" 10m ", 600)]
)
def test_durations(text: str, seconds: int) -> None:
    assert duration(text) == timedelta(seconds=seconds)


@pytest.mark.parametrize(
    "wrong", ["", "10", "m", "-1m", "1.5h", "10 m", "1h30m", "10M", "１０m", "9999d", 10, 1.5, True, None, []]
)
def test_what_is_no_duration(wrong: object) -> None:
    with pytest.raises(WrongValueError):
        duration(wrong)


def test_mistakes_read_as_one_line() -> None:
    assert str(Mistake("a.csv", "3", "wrong", "do this")) == "a.csv:3: wrong — do this"
    assert str(Mistake("a.toml", "x.y", "wrong")) == "a.toml: x.y: wrong"
    assert str(Mistake("a.toml", "", "wrong")) == "a.toml: wrong"


def test_limits_of_the_quality_tests(good_site: Path) -> None:
    """The station's row goes before the row for all, that before the start values; ``off`` leaves a test out."""
    level, snow, battery, channel = load_site(good_site).datastreams
    start = default_limits("water_level", timedelta(minutes=10))
    assert start.flat_suspect_after == timedelta(hours=24)
    assert level.limits == replace(
        start,
        suspect_min=-0.5,
        suspect_max=6.0,
        rise_per_h=2.5,
        spike_suspect=0.3,
        spike_fail=None,
        flat_suspect_after=None,
        gap_after=timedelta(hours=1),
        winter_jump=0.2,
        noise=0.01,
    )
    assert (snow.limits.suspect_max, snow.limits.spike_fail, snow.limits.neighbour_km) == (300.0, 40.0, 15.0)
    assert snow.limits.flat_suspect_after == timedelta(hours=36)
    assert battery.limits == QualityLimits()
    assert channel.limits == default_limits("channel_level", timedelta(minutes=5))


def test_the_file_of_limits_may_be_missing(good_site: Path) -> None:
    (good_site / "quality.csv").unlink()
    checked = check_site(good_site)
    assert (checked.mistakes, checked.warnings) == ([], [])
    assert checked.site is not None
    for stream in checked.site.datastreams:
        assert stream.limits == default_limits(stream.quantity, stream.expected_interval)


def test_what_comes_seldom_may_change_more_between_two_readings() -> None:
    often, hourly, daily = (default_limits("snow_depth", timedelta(minutes=minutes)) for minutes in (10, 60, 24 * 60))
    assert (often.spike_suspect, often.spike_fail) == (hourly.spike_suspect, 30.0) == (10.0, 30.0)
    assert (daily.spike_suspect, daily.spike_fail) == (240.0, 480.0)
    assert (hourly.flat_suspect_after, daily.flat_suspect_after) == (timedelta(hours=24), timedelta(days=12))
    assert default_limits("water_level", timedelta(hours=1)).spike_suspect == 1.5
    assert default_limits("water_level", timedelta(hours=1)).spike_fail is None
    assert default_limits("battery", timedelta(hours=1)) == QualityLimits()


def test_how_a_gauge_reports_and_what_its_clock_says(good_site: Path) -> None:
    for file, cells in (("datastreams.csv", ",event,ドコモ,-1h"), ("vehicles.csv", ",3600s")):
        header, first, *others = (good_site / file).read_text(encoding="utf-8").splitlines()
        added = ",reporting,carrier,clock_offset" if file == "datastreams.csv" else ",clock_offset"
        (good_site / file).write_text("\n".join([header + added, first + cells, *others]), encoding="utf-8")
    site = load_site(good_site)
    level, snow, *_ = site.datastreams
    assert (level.reporting, level.carrier, level.clock_offset) == (Reporting.EVENT, "ドコモ", timedelta(hours=-1))
    assert (snow.reporting, snow.carrier, snow.clock_offset) == (Reporting.REGULAR, "", timedelta(0))
    assert site.vehicles[0].clock_offset == timedelta(hours=1)


def test_flood_limits_and_retention(good_site: Path, edit: Edit) -> None:
    before = load_site(good_site)
    assert (before.limits.device_rate_per_s, before.limits.device_burst) == (
        Limits().device_rate_per_s,
        Limits().device_burst,
    )
    assert before.retention == Retention()
    edit("site.toml", "[privacy]", "device_rate_per_s = 0.5\ndevice_burst = 90\n\n[privacy]")
    edit("site.toml", "[privacy]", '[retention]\nobservations = "3000d"\narchive_after = "400d"\n\n[privacy]')
    site = load_site(good_site)
    assert (site.limits.device_rate_per_s, site.limits.device_burst) == (0.5, 90)
    assert site.retention == Retention(observations=timedelta(days=3000), archive_after=timedelta(days=400))


def test_the_codec_checks_its_settings(good_site: Path, edit: Edit, known: Known) -> None:
    asked: list[tuple[str, object]] = []

    def check(codec: str, settings: object) -> None:
        asked.append((codec, settings))
        if settings:
            raise ValueError("snow: there is no\nsuch quantity")

    strict = replace(known, check_codec_settings=check)
    assert load_site(good_site, strict).sources[1].settings == {}
    edit("site.toml", 'codec = "chirpstack"', 'codec = "chirpstack"\nsettings = { snow = "x" }')
    assert asked == [("yukimori", {}), ("chirpstack", {})]
    [mistake] = check_site(good_site, strict).mistakes
    assert str(mistake) == (
        "site.toml: sources[2].settings: codec chirpstack: snow: there is no such quantity — see docs/sensors.md"
    )
    assert load_site(good_site, known).sources[1].settings == {"snow": "x"}


@pytest.mark.parametrize(
    ("written", "seconds"),
    [
        ("-1h", -3600),
        ("minus 1h", -3600),
        ("\u22121h", -3600),
        ("+90s", 90),
        ("3600s", 3600),
        (" - 2d", -172_800),
        ("0s", 0),
    ],
)
def test_durations_with_a_sign(written: str, seconds: int) -> None:
    assert signed_duration(written) == timedelta(seconds=seconds)


@pytest.mark.parametrize(
    "wrong", ["", "-", "1", "-1", "--1h", "minus", "-1h30m", "#NAME?", "-9999d", "-１h", 3600, None]
)
def test_what_is_no_duration_with_a_sign(wrong: object) -> None:
    with pytest.raises(WrongValueError) as caught:
        signed_duration(wrong)
    assert caught.value.hint


def test_a_threshold_above_what_is_believed_is_doubtful(good_site: Path, edit: Edit) -> None:
    edit("quality.csv", "-0.5,6,", "-0.5,2.5,")
    [warning] = check_site(good_site).warnings
    assert str(warning).startswith(
        "quality.csv:3: column suspect_max: below the threshold of danger, 3 (bridge/water_level)"
    )


def test_a_row_for_a_quantity_nobody_measures_is_a_warning(good_site: Path, edit: Edit) -> None:
    edit("quality.csv", ",water_level,,,,0.3", ",precipitation_1h,,,,0.3")
    edit("quality.csv", "0.2", "")
    warnings = [str(warning) for warning in check_site(good_site).warnings]
    assert warnings == ["quality.csv:2: column quantity: no station measures precipitation_1h: the row does nothing"]
