"""docs/configuration.md names every column and key the code reads, and none that it does not."""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import fields
from pathlib import Path

import pytest

from config import check_site
from config.event_file import EVENT_COLUMNS
from config.fields import Table
from config.fukui_gauges import FUKUI
from config.plough_file import CLASS_CODES, PROTECTED_COLUMNS
from config.quality_file import ONLY_FOR, QUALITY_COLUMNS, READERS
from config.quality_limits import DEFAULTS
from config.shelter_file import SHELTER_COLUMNS
from config.site_file import DEMO_KINDS
from config.station_files import DATASTREAM_COLUMNS, STATION_COLUMNS, VEHICLE_COLUMNS, VEHICLE_KINDS
from config.style_table import DASHES
from core.levels import RISING_LEVELS
from core.model import QualityLimits, Reporting, StationKind
from core.quantities import QUANTITIES

EXAMPLE = FUKUI.parent / "example"
PAGE = (Path(__file__).parents[2] / "docs" / "configuration.md").read_text(encoding="utf-8")


def documented() -> dict[str, dict[str, bool]]:
    """For each heading: the names in the first column of its tables, and whether they are marked ●."""
    found: dict[str, dict[str, bool]] = defaultdict(dict)
    heading = ""
    for line in PAGE.splitlines():
        if line.startswith("#"):
            heading = line.lstrip("# ")
        elif match := re.match(r"\| `(\w+)` \| (●?) *\|", line):
            found[heading][match[1]] = bool(match[2])
    return found


@pytest.mark.parametrize(
    ("heading", "columns"),
    [
        ("stations.csv", STATION_COLUMNS),
        ("datastreams.csv", DATASTREAM_COLUMNS),
        ("quality.csv", QUALITY_COLUMNS),
        ("vehicles.csv", VEHICLE_COLUMNS),
        ("shelters.csv", SHELTER_COLUMNS),
        ("protected.csv", PROTECTED_COLUMNS),
        ("events.csv", EVENT_COLUMNS),
    ],
)
def test_every_column_is_documented(heading: str, columns: dict[str, bool]) -> None:
    assert documented()[heading] == columns


def test_every_key_is_documented(good_site: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: dict[str, set[str]] = defaultdict(set)
    required: dict[str, set[str]] = defaultdict(set)
    found, need = Table.found, Table.need

    def heading(table: Table) -> str:
        where, _ = table.place("", "")
        name = re.sub(r"^classes\.\w+$", "classes.CODE", re.sub(r"\[\d+\]", "", where))
        name = name.replace("escalations.steps", "steps")
        name = "ja, easy, en" if name in ("ja", "easy", "en") else name
        return name or re.sub(r"/.*\.toml", "/ID.toml", table.file)

    def spy(table: Table, key: str) -> object:
        asked[heading(table)].add(key)
        return found(table, key)

    def need_spy(table: Table, key: str, *rest: object) -> object:
        required[heading(table)].add(key)
        return need(table, key, *rest)

    monkeypatch.setattr(Table, "found", spy)
    monkeypatch.setattr(Table, "need", need_spy)
    assert check_site(good_site).site is not None
    assert check_site(FUKUI).site is not None  # its demo is a replay
    assert check_site(EXAMPLE).site is not None  # its rules are of every kind
    required["demo.settings"].add("files")
    required["site.toml"].add("sources")
    required["rules/ID.toml"].add("levels")
    required["people.toml"].add("audiences")
    required["audiences"].add("channels")
    required["escalations"].add("steps")
    required["messages/ID.toml"] |= {"ja", "easy", "en"}
    page = documented()
    headings = [
        "site.toml", "sources", "limits", "retention", "privacy", "channels", "basemap", "jma", "demo", "demo.settings", "ploughs.toml", "public", "classes.CODE", "depots", "classes", "rules/ID.toml", "levels", "pairs", "confirm", "schedule", "people.toml", "audiences", "escalations", "steps", "messages/ID.toml", "ja, easy, en", "exercises/ID.toml", "gauges", "layers/ID.toml", "style", "style.classes",
        "style.fields",
    ]  # fmt: skip
    assert sorted(asked) == sorted(headings)
    del asked["classes"]  # its keys are the codes of the classes
    headings.remove("classes")
    assert {name: set(page[name]) for name in headings} == dict(asked)
    assert {name: {key for key, marked in page[name].items() if marked} for name in headings} == {
        name: required[name] for name in headings
    }


def test_every_quantity_is_documented() -> None:
    rows = re.findall(r"^\| `(\w+)` \| (\S+) \| (\S+) \|$", PAGE, re.MULTILINE)
    assert rows == [(row.slug, row.unit, row.label_ja) for row in QUANTITIES.values()]


def test_every_start_value_is_documented() -> None:
    rows = re.findall(r"^\| (\w+), (\S+) \| (\S+) \| (\S+) / (\S+) \| (\S+) \| (.*?) ?\| (\S+) \|$", PAGE, re.MULTILINE)
    assert [row[0] for row in rows] == list(DEFAULTS)
    for quantity, unit, rate, suspect, fail, flat, other, noise in rows:
        limits = DEFAULTS[quantity]
        assert unit == QUANTITIES[quantity].unit
        said = {"rise_per_h": rate, "fall_per_h": rate, "spike_suspect": suspect, "spike_fail": fail, "noise": noise}
        said |= {"flat_suspect_after": flat} | dict(pair.split(" ") for pair in other.split(", ") if pair)
        assert QualityLimits(**{column: READERS[column](text) for column, text in said.items()}) == limits


def test_every_limit_has_a_column() -> None:
    assert set(READERS) == {field.name for field in fields(QualityLimits)}
    assert set(ONLY_FOR) <= set(READERS)


@pytest.mark.parametrize(
    "names",
    [
        [kind.value for kind in StationKind],
        [way.value for way in Reporting],
        VEHICLE_KINDS,
        CLASS_CODES,
        DEMO_KINDS,
        DASHES,
        [level.slug for level in RISING_LEVELS],
    ],
)
def test_every_choice_is_documented(names: list[str]) -> None:
    assert all(f"`{name}`" in PAGE for name in names)
