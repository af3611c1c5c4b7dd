"""Reads ``exercises/*.toml``: one scenario for training a file, named by the file."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path

from config import values
from config.exercise_plan import Scenario, ScriptedGauge
from config.fields import Reader, Table
from config.files import toml_files
from config.mistakes import Notes, WrongValueError, shown, suggest
from config.site_file import read_toml
from core.model import Datastream, StationId
from core.quantities import QUANTITIES

FOLDER = "exercises"
LONGEST = timedelta(hours=72)
_MINUTE = values.toml_between(0.0, LONGEST / timedelta(minutes=1), "a minute of the scenario")
_VALUE = values.toml_between(-1e6, 1e6)
_SPEED = values.toml_between(0.1, 600.0, "a number")
_START = timedelta(0)

Placed = tuple[Table, Scenario]


def read_exercises(folder: Path, notes: Notes) -> list[Placed]:
    """The scenarios of the folder, each with its table; wrong parts have stand-ins (noted). None where there is no folder."""
    if not (folder / FOLDER).exists():
        return []
    tables = [(name, read_toml(folder, name, notes)) for name in toml_files(folder, FOLDER, notes)]
    return [(table, _scenario(folder, name, table)) for name, table in tables if table is not None]


def _scenario(folder: Path, name: str, table: Table) -> Scenario:
    scenario = Scenario(
        id=_id_of(name, table),
        title_ja=table.need("title_ja", values.text, ""),
        title_en=table.need("title_en", values.text, ""),
        aims_ja=table.may("aims_ja", values.text, ""),
        aims_en=table.may("aims_en", values.text, ""),
        minutes=0,
        speed=table.may("speed", _SPEED, 1.0),
        gauges=tuple(_gauge(entry) for entry in table.tables("gauges")),
        files=tuple(
            Path(found) for found in table.texts("files", lambda v: str(values.file_inside(folder)(v))) if found
        ),
        begin=table.may("begin", _instant, None),
        end=table.may("end", _instant, None),
    )
    _check(table, scenario)
    table.finish()
    return replace(scenario, minutes=_length(scenario))


def _id_of(name: str, table: Table) -> str:
    try:
        return values.identifier(Path(name).stem)
    except WrongValueError as wrong:
        table.mistake("", f"the file name: {wrong}", wrong.hint)
        return ""


def _gauge(table: Table) -> ScriptedGauge:
    gauge = ScriptedGauge(
        station=StationId(table.need("station", values.identifier, "")),
        quantity=table.need("quantity", values.one_of(QUANTITIES, "a quantity"), ""),
        points=table.need("points", _pairs(_VALUE, "[minute, value]"), ((0.0, 0.0),)),
        every=table.may("every", values.positive_duration, timedelta(minutes=10)),
        silent=table.may("silent", _pairs(_MINUTE, "[from, to] in minutes"), ()),
    )
    for one, following in pairwise(gauge.points):
        if following[0] <= one[0]:
            table.mistake("points", f"minute {following[0]:g} stands after minute {one[0]:g}", "the earliest first")
    for begin, end in gauge.silent:
        if end <= begin:
            table.mistake("silent", f"it would end at minute {end:g} and begin at {begin:g}", "write [from, to]")
    table.finish()
    return gauge


def _pairs(second: Reader[float], what: str) -> Reader[tuple[tuple[float, float], ...]]:
    def read(value: object) -> tuple[tuple[float, float], ...]:
        hint = f"write a list of {what}, e.g. [[0, 0.5], [60, 1.2]]"
        if (
            not isinstance(value, list)
            or not value
            or not all(isinstance(each, list) and len(each) == 2 for each in value)
        ):
            raise WrongValueError(f"expected a list of {what}", hint)
        return tuple((_MINUTE(minute), second(number)) for minute, number in value)

    return read


def _instant(value: object) -> datetime:
    if not isinstance(value, datetime) or value.tzinfo is None:
        hint = "write it without quotes and with its offset: 2023-07-13T12:00:00+09:00"
        raise WrongValueError("expected an instant", hint)
    return value


def _check(table: Table, scenario: Scenario) -> None:
    if bool(scenario.gauges) == bool(scenario.files) and table.sound:
        table.mistake("", "a scenario plays either [[gauges]] or files", "write one of the two")
    if scenario.files and (scenario.begin is None or scenario.end is None):
        table.mistake("begin", "a recording needs begin and end", "say from when to when it is played")
    if scenario.gauges and (scenario.begin or scenario.end):
        table.mistake("begin", "a script begins at its minute 0", "leave out begin and end")
    if scenario.begin and scenario.end and not _START < scenario.end - scenario.begin <= LONGEST:
        table.mistake("end", "is not within 72 hours after begin", "")
    keys = [gauge.key for gauge in scenario.gauges]
    for key in dict.fromkeys(key for key in keys if keys.count(key) > 1):
        table.mistake("gauges", f"{shown(key)} is played twice", "write it once")


def _length(scenario: Scenario) -> int:
    if scenario.begin and scenario.end:
        return int((scenario.end - scenario.begin) / timedelta(minutes=1))
    return int(max((gauge.points[-1][0] for gauge in scenario.gauges), default=0.0))


def check_exercises(placed: Sequence[Placed], streams: Sequence[Datastream]) -> None:
    """Note gauges that are not the site's, and values they could not measure."""
    known = {stream.key: stream for stream in streams}
    for table, scenario in placed:
        for number, gauge in enumerate(scenario.gauges, start=1):
            stream = known.get(gauge.key)
            if stream is None and gauge.station and gauge.quantity:
                table.mistake(f"gauges[{number}]", f"nothing measures {shown(gauge.key)}", suggest(gauge.key, known))
            elif stream is not None and any(
                not stream.range_min <= value <= stream.range_max for _, value in gauge.points
            ):
                span = f"{stream.range_min:g} to {stream.range_max:g}"
                table.mistake(
                    f"gauges[{number}].points", f"a value is not possible there ({span})", "is the unit right?"
                )
