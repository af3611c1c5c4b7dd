"""The river gauges of Fukui prefecture, from the list of code4fukui/waterlevel_fukui to the files of a site.

``config/fukui/stations.csv`` and ``datastreams.csv`` are what this gives for ``config/fukui/source``;
``python -m config.fukui_gauges`` writes them again.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping
from pathlib import Path

from config.geo3x3 import decode
from config.station_files import DATASTREAM_COLUMNS, DATASTREAMS, STATION_COLUMNS, STATIONS

FUKUI = Path(__file__).parent / "fukui"

DAM_OFFICES = frozenset({"95", "170", "171", "176"})
"""Gauges that report the elevation of a reservoir or of the tailwater (350 to 571 m), not a stage."""

_THRESHOLDS = {
    "standby": "水防団待機水位",
    "caution": "はん濫注意水位",
    "warning": "避難判断水位",
    "danger": "はん濫危険水位",
}
_SOURCE = "福井県河川水位 2021-08-14（code4fukui/waterlevel_fukui）"


def station_rows(gauges: Iterable[Mapping[str, str]], english: Mapping[str, str]) -> list[dict[str, str]]:
    """The rows of ``stations.csv``; ``english`` gives the romanised names there are, the others stay Japanese."""
    rows = []
    for gauge in gauges:
        position = decode(gauge["geo3x3"])
        rows.append(
            {
                "id": gauge["id"],
                "kind": "river",
                "name_ja": gauge["観測所名"],
                "name_en": english.get(gauge["観測所名"], gauge["観測所名"]),
                "lon": f"{position.lon:.6f}",
                "lat": f"{position.lat:.6f}",
                "place": gauge["所在地"],
                "river": gauge["河川名"],
                "keeper": gauge["管理者名"],
                "fictitious": "false",
            }
        )
    return rows


def datastream_rows(gauges: Iterable[Mapping[str, str]]) -> list[dict[str, str]]:
    """The rows of ``datastreams.csv``: the water level of each gauge, with the thresholds that are set.

    Readings come about hourly and a silence of three hours is normal, so four hours are stale. A level can
    be below the gauge's zero; the highest threshold is 10.70 m.
    """
    rows = []
    for gauge in gauges:
        dam = gauge["id"] in DAM_OFFICES
        heights = {level: height_or_blank(gauge[column]) for level, column in _THRESHOLDS.items()}
        rows.append(
            {
                "station": gauge["id"],
                "quantity": "water_level",
                "device": gauge["id"],
                "expected_interval": "1h",
                "stale_after": "4h",
                "range_min": "300" if dam else "-5",
                "range_max": "600" if dam else "20",
                "datum": "標高" if dam else "量水標の零点",
                "threshold_source": _SOURCE if any(heights.values()) else "",
                **heights,
            }
        )
    return rows


def height_or_blank(cell: str) -> str:
    """A threshold as written; blank where none is set, which the list writes as ``---`` and a no-break space."""
    text = cell.strip()
    return "" if set(text) <= {"-"} else text


def site_files(source: Path) -> dict[str, str]:
    """The text of ``stations.csv`` and ``datastreams.csv`` (CSV, LF, BOM for spreadsheets) for the lists in ``source``."""
    gauges = _read(source / "sensors.csv")
    english = {row["name_ja"]: row["name_en"] for row in _read(source / "names_en.csv")}
    return {
        STATIONS: _csv_text(STATION_COLUMNS, station_rows(gauges, english)),
        DATASTREAMS: _csv_text(DATASTREAM_COLUMNS, datastream_rows(gauges)),
    }


def _read(path: Path) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(path.read_text(encoding="utf-8-sig"), newline="")))


def _csv_text(columns: Iterable[str], rows: Iterable[Mapping[str, str]]) -> str:
    text = io.StringIO()
    writer = csv.DictWriter(text, list(columns), restval="", lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return "\ufeff" + text.getvalue()


if __name__ == "__main__":
    for name, content in site_files(FUKUI / "source").items():
        (FUKUI / name).write_bytes(content.encode())
