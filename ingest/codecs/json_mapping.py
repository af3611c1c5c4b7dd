"""Any JSON that is not one of the known formats: the settings say where in it device, time, values and position stand.

Paths are those of ``ingest.codecs._paths``. ``records`` names an array of which each element is looked at by itself.
A path that leads nowhere is "not in this message"; where nothing at all is found, the message is refused.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any

from core.errors import DecodeError
from core.model import DeviceId, Task
from core.units import convert
from ingest import strict_json
from ingest.codecs import _fields as fields
from ingest.codecs import _mapping as mapping
from ingest.codecs._clocks import FORMATS, ReadTime
from ingest.codecs._paths import ABSENT, Path, fits, may_path, need_path, read_where
from ingest.codecs._settings import Settings, nearest, shown
from ingest.messages import Codec, CodecOptions, Decoded, Fix, Message, Reading

_NO_TIME = "none"
_RECORDS = "a list of tables [[sources.settings.values]], each with path and measures"


@dataclass(frozen=True, slots=True)
class _Value:
    path: Path
    measures: mapping.Measures
    where: tuple[tuple[Path, Any], ...]


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a position stands; ``speed_unit`` is that of the speed, ``tasks`` turns the device's words into ours."""

    lon: Path
    lat: Path
    speed: Path | None
    speed_unit: str
    heading: Path | None
    accuracy: Path | None
    task: Path | None
    tasks: Mapping[str, Task]


@dataclass(frozen=True, slots=True)
class _Told:
    naming: mapping.Naming
    device: Path | None
    at: Path | None
    read_time: ReadTime
    records: Path | None
    values: tuple[_Value, ...]
    place: _Place | None
    numbers: mapping.Numbers


def _read_settings(given: Mapping[str, Any]) -> _Told:
    settings = Settings(given)
    device, at = may_path(settings, "device_path"), may_path(settings, "at")
    told = _Told(
        mapping.read_naming(settings, needed=device is None),
        device,
        at,
        _read_time(settings, at),
        may_path(settings, "records"),
        tuple(_read_value(table) for table in settings.tables("values", _RECORDS)),
        _read_place(settings.table("position")),
        mapping.read_numbers(settings),
    )
    if not told.values and told.place is None:
        settings.wrong("values", f"is missing; write {_RECORDS}")
    settings.finish()
    return told


def _read_time(settings: Settings, at: Path | None) -> ReadTime:
    """How times are written; to have no time has to be said, it is not assumed."""
    written = settings.choice("at_format", (*FORMATS, _NO_TIME), "rfc3339")
    if at is None and written != _NO_TIME:
        settings.wrong("at", 'is missing; write the path of the time, or at_format = "none" where there is no time')
    if at is not None and written == _NO_TIME:
        settings.wrong("at", 'is given, but at_format is "none"; leave one of them out')
    return FORMATS["rfc3339" if written == _NO_TIME else written]


def _read_value(settings: Settings) -> _Value:
    measures = settings.need("measures", "quantity:unit, as in snow_depth:cm")
    value = _Value(
        need_path(settings, "path"),
        mapping.read_measures(settings, "measures", measures),
        read_where(settings),
    )
    settings.finish()
    return value


def _read_place(settings: Settings | None) -> _Place | None:
    if settings is None:
        return None
    place = _Place(
        need_path(settings, "lon"),
        need_path(settings, "lat"),
        may_path(settings, "speed"),
        settings.choice("speed_unit", ("km/h", "m/s", "kn"), "km/h"),
        may_path(settings, "heading"),
        may_path(settings, "accuracy_m"),
        may_path(settings, "task"),
        _read_tasks(settings),
    )
    settings.finish()
    return place


def _read_tasks(settings: Settings) -> dict[str, Task]:
    known = {str(task): task for task in Task}
    tasks = dict(known)
    for word, found in settings.named("tasks", 'a table, as in { "1" = "plough" }').items():
        if found not in known:
            settings.wrong(
                f"tasks.{word}", f"{shown(found)} is none of {', '.join(known)}{nearest(str(found), list(known))}"
            )
        tasks[word] = known[found]
    return tasks


def _decode(message: Message, topic: str, options: CodecOptions) -> list[Decoded]:
    told = mapping.settings_of(options, _Told)
    device = told.naming.of(topic)
    body = strict_json.parse(message.payload, options.payload_bytes)
    read = partial(_record, body=body, device=device, told=told, options=options)
    if told.records is None:
        found = read(body)
    else:
        records = told.records.need(body, body)
        if not isinstance(records, list):
            raise DecodeError("bad-shape", f"{told.records.written[:60]} is {shown(records)}, not an array")
        mapping.at_most(len(records), options, "records")
        found = []
        for record in records:
            found += mapping.each([record], read, _device_if_named(record, body, device, told))
    mapping.at_most(len(found), options)
    if not found:
        raise DecodeError("bad-shape", "nothing stands where the settings look for values")
    return found


def _record(record: Any, *, body: Any, device: DeviceId | None, told: _Told, options: CodecOptions) -> list[Decoded]:
    """What one record says; nothing where it holds none of the values."""
    values = [value for value in told.values if _holds(value, record, body)]
    place = told.place if told.place is not None and told.place.lon.find(record, body) is not ABSENT else None
    if not values and place is None:
        return []
    device = _device(record, body, device, told)
    at = _at(record, body, told, options)

    def reading(value: _Value) -> Iterable[Decoded]:
        number = told.numbers.value(value.path.find(record, body), value.path.written)
        yield Reading(device, at, value.measures.quantity, number, value.measures.unit)

    def fix(where: _Place) -> Iterable[Decoded]:
        yield _fix(where, record, body, device, at, told)

    return mapping.each(values, reading, device) + mapping.each([place] if place else [], fix, device)


def _holds(value: _Value, record: Any, body: Any) -> bool:
    return value.path.find(record, body) is not ABSENT and fits(value.where, record, body)


def _device(record: Any, body: Any, named: DeviceId | None, told: _Told) -> DeviceId:
    """The device of the topic, which the broker guards; what the body says must not differ from it."""
    if told.device is None:
        assert named is not None  # the settings need one or the other
        return named
    written = mapping.sent_device(told.device.need(record, body), told.device.written)
    if named is not None:
        fields.same_device(named, written, "the body")
    return written


def _device_if_named(record: Any, body: Any, named: DeviceId | None, told: _Told) -> DeviceId:
    """The device a refusal is filed under, empty where nothing names one."""
    try:
        return _device(record, body, named, told)
    except DecodeError:
        return named or DeviceId("")


def _at(record: Any, body: Any, told: _Told, options: CodecOptions) -> datetime | None:
    if told.at is None:
        return None
    found = told.at.need(record, body)
    return None if found is None else told.read_time(found, options.naive_time_zone)


def _fix(place: _Place, record: Any, body: Any, device: DeviceId, at: datetime | None, told: _Told) -> Fix:
    speed = _optional(place.speed, record, body, told, 1_000.0)
    if speed is not None and place.speed_unit != "km/h":
        speed = convert(speed, place.speed_unit, "km/h")
    return Fix(
        device,
        at,
        _degrees(place.lon, record, body, told),
        _degrees(place.lat, record, body, told),
        speed,
        _optional(place.heading, record, body, told, 360.0),
        _optional(place.accuracy, record, body, told, 1e7),
        _task(place, record, body),
    )


def _degrees(path: Path, record: Any, body: Any, told: _Told) -> float:
    number = told.numbers.value(path.need(record, body), path.written)
    if number is None:
        raise DecodeError("no-fix", f"{path.written[:60]} says that there is no position")
    return number


def _optional(path: Path | None, record: Any, body: Any, told: _Told, high: float) -> float | None:
    found = ABSENT if path is None else path.find(record, body)
    if path is None or found is ABSENT:
        return None
    number = told.numbers.value(found, path.written)
    if number is None or 0.0 <= number <= high:
        return number
    raise DecodeError("bad-shape", f"{path.written[:60]} is {number:g}, outside 0 to {high:g}")


def _task(place: _Place, record: Any, body: Any) -> Task | None:
    found = ABSENT if place.task is None else place.task.find(record, body)
    if found is ABSENT or found is None:
        return None
    word = shown(found) if isinstance(found, bool) else str(found)
    if isinstance(found, (dict, list)) or word not in place.tasks:
        raise DecodeError("bad-shape", f"task {word[:40]!r} is not among the tasks of the settings")
    return place.tasks[word]


CODEC = Codec("json_mapping", _decode, _read_settings)
