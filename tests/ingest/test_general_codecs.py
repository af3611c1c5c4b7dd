"""Formats without words of our own: what is written in them is read again, and mistakes in their settings are named."""

from __future__ import annotations

import json
import re
import tomllib
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from config import load_site
from config.model import Source
from config.source_tables import topic_filter
from core.errors import DecodeError
from core.model import DeviceId, Quality, QualityReason, Task
from core.quantities import QUANTITIES
from ingest.codecs import CODECS
from ingest.decoding import decode
from ingest.messages import CodecOptions, Decoded, Fix, Message, Reading, Refused, topic_text
from ingest.pipeline import Pipeline
from ingest.sources import topic_pattern
from store.rows import Batch, Registry
from tests.examples import examples

NOW = datetime(2026, 1, 15, 3, 0, 5, tzinfo=UTC)
JST = ZoneInfo("Asia/Tokyo")
GENERAL = ["csv_line", "fiware", "json_mapping", "senml", "sensorthings", "thingsboard"]
KEPT = {"snow": "snow_depth:cm", "level": "water_level:m", "air": "air_temperature:degC"}

fast = settings(derandomize=True, deadline=None, max_examples=examples(150))


def read(codec: str, given: dict[str, Any], topic: str, payload: str | bytes, **options: Any) -> list[Decoded]:
    told = CodecOptions(settings=CODECS[codec].read_settings(given), **options)
    body = payload if isinstance(payload, bytes) else payload.encode()
    return list(decode(Message(topic.encode(), body, NOW, 1), codec, told))


def reading(name: str, at: datetime | None, value: float | None, device: str = "d-1", **others: Any) -> Reading:
    quantity, _, unit = KEPT[name].partition(":")
    return Reading(DeviceId(device), at, quantity, value, others.pop("unit", unit), **others)


# What is written is read again.

names = st.sampled_from(sorted(KEPT))
tenths = st.integers(-(10**6), 10**6).map(lambda number: number / 10)
values = st.floats(allow_nan=False, allow_infinity=False) | tenths
instants = st.datetimes(datetime(2001, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC))
to_ms = instants.map(lambda at: at.replace(microsecond=at.microsecond // 1000 * 1000))
to_s = instants.map(lambda at: at.replace(microsecond=0))
devices = st.from_regex(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,20}", fullmatch=True)
groups = st.lists(
    st.tuples(to_ms | st.none(), st.dictionaries(names, values | st.none(), min_size=1)), min_size=1, max_size=5
)


@fast
@given(
    st.lists(st.tuples(names, tenths, to_s), min_size=1, max_size=6), to_s, tenths, st.sampled_from(["", "urn:dev:1:"])
)
def test_senml(rows: list[tuple[str, float, datetime]], since: datetime, base: float, prefix: str) -> None:
    pack: list[dict[str, Any]] = [{"bn": prefix, "bt": since.timestamp(), "bv": base}]
    for name, value, at in rows:
        own = round(value * 10 - base * 10) / 10
        unit = KEPT[name].partition(":")[2]
        pack.append({"n": name, "u": unit, "v": own, "t": at.timestamp() - since.timestamp()})
    found = read("senml", {"device_level": 1, "quantities": KEPT}, "d-1/senml", json.dumps(pack))
    assert found == [reading(name, at, value) for name, value, at in rows]


@fast
@given(st.integers(-(10**7), 10**7).filter(bool))
def test_senml_relative_times_count_from_the_arrival_and_say_so(seconds: int) -> None:
    pack = [{"n": "snow", "u": "cm", "v": 1, "t": seconds}]
    found = read("senml", {"device": "d-1", "quantities": KEPT}, "any", json.dumps(pack))
    assert found == [reading("snow", NOW + timedelta(seconds=seconds), 1.0, fault=QualityReason.ARRIVAL_TIME)]


@fast
@given(st.lists(st.tuples(st.floats(-180, 180), st.floats(-90, 90)), min_size=1, max_size=5), st.randoms())
def test_senml_positions_in_any_order(points: list[tuple[float, float]], random: Any) -> None:
    records = [
        {"n": axis, "u": axis, "v": value, "t": 1_768_446_000 + second}
        for second, point in enumerate(points)
        for axis, value in zip(("lon", "lat"), point, strict=True)
    ]
    random.shuffle(records)
    found = read("senml", {"device": "d-1", "quantities": KEPT}, "any", json.dumps(records))
    fixes = [item for item in found if isinstance(item, Fix)]
    assert len(fixes) == len(found) == len(points)
    assert [(fix.lon, fix.lat) for fix in sorted(fixes, key=lambda fix: fix.at or NOW)] == points


STREAMS = {"7": "snow", "b-2": "level", "it's": "air"}
OF_STREAM = {name: {"device": "d-1", "measures": KEPT[kept]} for name, kept in STREAMS.items()}


@fast
@given(st.sampled_from(sorted(STREAMS)), to_ms | st.none(), values | st.none(), st.booleans(), st.sampled_from([0, 10]))
def test_sensorthings(stream: str, at: datetime | None, value: float | None, in_topic: bool, minutes: int) -> None:
    body: dict[str, Any] = {"result": value, "resultTime": None}
    if at is not None:
        begin = (at - timedelta(minutes=minutes)).astimezone(JST).isoformat()
        body["phenomenonTime"] = f"{begin}/{at.isoformat()}" if minutes else at.isoformat()
    if not in_topic:
        body["Datastream"] = {"@iot.id": int(stream) if stream.isdigit() else stream}
    quoted = stream if stream.isdigit() else "'" + stream.replace("'", "''") + "'"
    topic = f"v1.1/Datastreams({quoted})/Observations" if in_topic else "v1.1/Observations"
    found = read("sensorthings", {"datastreams": OF_STREAM}, topic, json.dumps(body))
    assert found == [reading(STREAMS[stream], at, value)]


@fast
@given(st.dictionaries(st.sampled_from(sorted(STREAMS)), st.lists(st.tuples(to_ms, values), min_size=1, max_size=4)))
def test_sensorthings_arrays(rows: dict[str, list[tuple[datetime, float]]]) -> None:
    body = [
        {
            "Datastream": {"@iot.id": stream},
            "components": ["result", "parameters", "phenomenonTime"],
            "dataArray": [[value, {}, at.isoformat()] for at, value in pairs],
        }
        for stream, pairs in rows.items()
    ]
    found = read("sensorthings", {"datastreams": OF_STREAM}, "frost/v1.1/CreateObservations", json.dumps(body))
    assert found == [reading(STREAMS[stream], at, value) for stream, pairs in rows.items() for at, value in pairs]


def told_of(sent: list[tuple[datetime | None, dict[str, float | None]]], device: str = "d-1") -> list[Reading]:
    return [reading(name, at, value, device) for at, group in sent for name, value in group.items()]


@fast
@given(groups, devices, st.sampled_from(["/json/k/{}/attrs", "json/k/{}/attrs", "/k/{}/attrs", "k/{}/attrs"]))
def test_fiware(sent: list[tuple[datetime | None, dict[str, float | None]]], device: str, topic: str) -> None:
    body = [{**({} if at is None else {"TimeInstant": at.isoformat()}), **group, "more": "x"} for at, group in sent]
    payload = json.dumps(body[0] if len(body) == 1 else body)
    assert read("fiware", {"quantities": KEPT}, topic.format(device), payload) == told_of(sent, device)


@fast
@given(names, values | st.none())
def test_fiware_single(name: str, value: float | None) -> None:
    found = read("fiware", {"quantities": KEPT}, f"/json/k/d-1/attrs/{name}", json.dumps(value))
    assert found == [reading(name, None, value)]


def as_telemetry(at: datetime | None, group: dict[str, float | None]) -> dict[str, Any]:
    return group if at is None else {"ts": round(at.timestamp() * 1000), "values": group}


@fast
@given(groups)
def test_thingsboard(sent: list[tuple[datetime | None, dict[str, float | None]]]) -> None:
    body = [as_telemetry(at, group) for at, group in sent]
    payload = json.dumps(body[0] if len(body) == 1 else body)
    found = read("thingsboard", {"device": "d-1", "quantities": KEPT}, "v1/devices/me/telemetry", payload)
    assert found == told_of(sent)


@fast
@given(st.dictionaries(devices, groups, min_size=1, max_size=3))
def test_thingsboard_gateway(sent: dict[str, list[tuple[datetime | None, dict[str, float | None]]]]) -> None:
    body = {device: [as_telemetry(at, group) for at, group in rows] for device, rows in sent.items()}
    found = read("thingsboard", {"quantities": KEPT}, "v1/gateway/telemetry", json.dumps(body))
    assert found == [item for device, rows in sent.items() for item in told_of(rows, device)]


csv_rows = st.lists(st.tuples(to_s, values | st.none(), tenths | st.none()), min_size=1, max_size=5)
TIMES = {
    "local": lambda at: at.astimezone(JST).strftime("%Y/%m/%d %H:%M:%S"),
    "rfc3339": lambda at: at.astimezone(JST).isoformat(),
    "epoch_s": lambda at: str(int(at.timestamp())),
    "epoch_ms": lambda at: str(int(at.timestamp()) * 1000),
}


@fast
@given(csv_rows, st.sampled_from([(",", "."), (";", ","), ("\t", "."), ("|", ",")]), st.sampled_from(sorted(TIMES)),
       st.sampled_from(["\n", "\r\n", "\r"]), st.sampled_from(["", "*", "-9999"]), st.booleans())  # fmt: skip
def test_csv_line(
    rows: list[tuple[datetime, float | None, float | None]],
    signs: tuple[str, str],
    form: str,
    end: str,
    none: str,
    quoted: bool,
) -> None:
    separator, decimal = signs
    rows = [(at, None if depth == -9999 else depth, air) for at, depth, air in rows]

    def cell(value: float | None) -> str:
        return none if value is None else repr(value).replace(".", decimal)

    def line(cells: list[str]) -> str:
        return separator.join(f'"{text}"' if quoted else text for text in cells)

    payload = end.join(line([TIMES[form](at), cell(depth), "x", cell(air)]) for at, depth, air in rows) + end
    told = {"device_level": 2, "columns": ["at", KEPT["snow"], "-", KEPT["air"]], "missing": ["-9999", "*"],
            "separator": separator, "decimal": decimal, "at_format": form}  # fmt: skip
    found = read("csv_line", told, "csv/d-1", payload, naive_time_zone=JST)
    assert found == [
        reading(name, at, value) for at, *pair in rows for name, value in zip(("snow", "air"), pair, strict=True)
    ]


def test_no_value_may_be_written_with_the_decimal_sign_of_the_lines() -> None:
    told = {"device": "d-1", "columns": [KEPT["snow"]], "separator": ";", "decimal": ",", "missing": ["-999,9"]}
    assert read("csv_line", told, "csv", "-999,90\n1,5") == [reading("snow", None, None), reading("snow", None, 1.5)]


steps = st.text(st.characters(blacklist_categories=["Cs", "Cc"], blacklist_characters='"'), min_size=1, max_size=6)
routes = st.lists(steps | st.integers(0, 2), min_size=1, max_size=5)


def placed(route: list[str | int], value: Any) -> Any:
    for step in reversed(route):
        value = [None] * step + [value] if isinstance(step, int) else {step: value}
    return value


def written(route: list[str | int]) -> str:
    return "".join(f"[{step}]" if isinstance(step, int) else f'["{step}"]' for step in route)


@fast
@given(routes, values | st.none(), to_ms, st.booleans())
def test_json_mapping(route: list[str | int], value: float | None, at: datetime, in_records: bool) -> None:
    record = {"a b": placed(route, value), "t": round(at.timestamp() * 1000)}
    told: dict[str, Any] = {
        "device_path": "$.id",
        "at": "t",
        "at_format": "epoch_ms",
        "values": [{"path": '["a b"]' + written(route), "measures": KEPT["snow"]}],
    }
    if in_records:
        body, told["records"] = {"id": "d-1", "all": {"rows": [{}, record, record]}}, "all.rows"
    else:
        body = {"id": "d-1", **record}
    found = read("json_mapping", told, "any", json.dumps(body))
    assert found == [reading("snow", at, value)] * (1 + in_records)


@fast
@given(st.floats(-180, 180), st.floats(-90, 90), st.sampled_from(sorted(Task)), st.sampled_from(["km/h", "kn", "m/s"]))
def test_json_mapping_positions(lon: float, lat: float, task: Task, unit: str) -> None:
    told = {
        "device": "plough-1",
        "at_format": "none",
        "position": {
            "lon": "p[0]",
            "lat": "p[-1]",
            "speed": "s",
            "speed_unit": unit,
            "task": "w",
            "tasks": {"7": str(task)},
        },
    }
    (fix,) = read("json_mapping", told, "any", json.dumps({"p": [lon, lat], "s": 10, "w": 7}))
    speed = {"km/h": 10.0, "kn": 18.52, "m/s": 36.0}[unit]
    assert fix == Fix(DeviceId("plough-1"), None, lon, lat, speed_kmh=speed, task=task)


# All the way to the rows of a batch.

SITE = load_site(Path(__file__).parents[2] / "config" / "example")
STREAM = next(stream for stream in SITE.datastreams if stream.quantity == "snow_depth" and stream.model is None)
SOURCES = (
    Source(topic="+/json/+/+/attrs", codec="fiware", settings={"quantities": {"d": "snow_depth:m"}, "missing": [-1]}),
    Source(topic="v1/gateway/telemetry", codec="thingsboard", settings={"quantities": {"d": "snow_depth:mm"}}),
    Source(topic="senml/+", codec="senml", settings={"device_level": 2, "quantities": {"d": "snow_depth"}}),
)
REGISTRY = Registry(
    site=1,
    datastreams={stream.key: number for number, stream in enumerate(SITE.datastreams, 1)},
    vehicles={vehicle.id: number for number, vehicle in enumerate(SITE.vehicles, 1)},
)


def batch_of(topic: str, body: object, *, retain: bool = False) -> Batch:
    pipeline = Pipeline(replace(SITE, sources=SOURCES), REGISTRY)
    payload = json.dumps(body).replace("DEVICE", STREAM.device).encode()
    return pipeline.handle_all([Message(topic.replace("DEVICE", STREAM.device).encode(), payload, NOW, 1, retain)])


def reasons(batch: Batch) -> list[str]:
    return [row.reason for row in batch.quarantine]


def test_units_and_sentinels_on_their_way_to_rows() -> None:
    body = [{"TimeInstant": "2026-01-15T03:00:00Z", "d": 1.005}, {"TimeInstant": "2026-01-15T02:50:00Z", "d": -1}]
    batch = batch_of("/json/key/DEVICE/attrs", body)
    assert [(row.value, row.quality) for row in batch.observations] == [(100.5, Quality.GOOD), (None, Quality.MISSING)]
    assert reasons(batch) == []


def test_seconds_where_milliseconds_belong_are_a_wrong_clock() -> None:
    batch = batch_of("v1/gateway/telemetry", {"DEVICE": [{"ts": 1_768_446_000, "values": {"d": 1}}]})
    assert (batch.observations, reasons(batch)) == ([], ["clock"])


def test_arrival_times_are_marked_and_never_taken_from_retained_messages() -> None:
    pack = [{"n": "d", "u": "cm", "v": 80}, {"n": "d", "u": "cm", "v": 79, "t": -60}]
    batch = batch_of("senml/DEVICE", pack)
    assert [row.at for row in batch.observations] == [NOW, NOW - timedelta(seconds=60)]
    assert all(row.reasons & QualityReason.ARRIVAL_TIME for row in batch.observations)
    kept = batch_of("senml/DEVICE", pack, retain=True)
    assert (kept.observations, set(reasons(kept))) == ([], {"retained"})


# What is out of order is refused, and by itself.


def test_a_bad_neighbour_costs_nothing() -> None:
    found = read("thingsboard", {"device": "d-1", "quantities": KEPT}, "t", '[{"snow":1},{"snow":"x"},{"snow":3}]')
    assert [type(item) for item in found] == [Reading, Refused, Reading]


@pytest.mark.parametrize("codec", GENERAL)
def test_without_settings_nothing_is_read(codec: str) -> None:
    topics = {"sensorthings": "v1.1/Observations", "fiware": "json/k/d/attrs", "thingsboard": "v1/gateway/telemetry"}
    with pytest.raises(DecodeError) as caught:
        decode(Message(topics.get(codec, "a/b").encode(), b"{}", NOW), codec, CodecOptions())
    assert caught.value.reason == "no-codec"


@pytest.mark.parametrize("topic", ["/json/k/d/attrs", "/a"])
def test_a_slash_before_the_first_level_is_taken(topic: str) -> None:
    assert topic_text(topic.encode()) == topic
    assert topic_pattern("+/" + topic.removeprefix("/")).fullmatch(topic)


@pytest.mark.parametrize("topic", ["/", "//a", "/a/", "/a//b", ""])
def test_other_empty_levels_are_not(topic: str) -> None:
    with pytest.raises(DecodeError, match="empty level"):
        topic_text(topic.encode())


# Mistakes in settings are named, with the key and what to write.

CSV = {"device": "d", "columns": ["at", "snow_depth:cm"]}
MAP = {"device": "d", "at": "t", "values": [{"path": "v", "measures": "snow_depth:cm"}]}
STA = {"datastreams": {"7": {"device": "d", "measures": "snow_depth:cm"}}}
TB = {"device": "d", "quantities": {"snow": "snow_depth:cm"}}
FI = {"quantities": {"snow": "snow_depth:cm"}}
SEN = {"device": "d", "quantities": {"snow": "snow_depth"}}

MISTAKES: list[tuple[str, dict[str, Any], str]] = [
    ("senml", {}, "device_level: is missing; write which level"),
    ("senml", {"device": "d"}, "quantities: is missing; write a table"),
    ("senml", {**SEN, "quantities": {"積雪": "snow_depth"}}, "quantities.積雪: is no end of a SenML name"),
    ("senml", {**SEN, "quantities": {"snow": "snow_dept"}}, "'snow_dept' is no quantity (did you mean snow_depth?)"),
    ("senml", {**SEN, "quantities": {"snow": "snow_depth:kg"}}, "'kg' is no unit of snow_depth; write e.g. snow_depth:cm"),
    ("senml", {**SEN, "devices": {"urn:": "積雪計"}}, "devices.urn:: '積雪計' cannot be a device id"),
    ("senml", {**SEN, "devices": ["urn:"]}, "devices: ['urn:'] is no table"),
    ("senml", {**SEN, "text_numbers": True}, "text_numbers: is no setting here"),
    ("senml", {**SEN, "device_level": 1}, "device_level: device is given too"),
    ("sensorthings", {}, "datastreams: is missing; write a table for each"),
    ("sensorthings", {"datastreams": {"7": "snow-01"}}, "datastreams.7: 'snow-01' is no table"),
    ("sensorthings", {"datastreams": {"7": {"device": "d"}}}, "datastreams.7.measures: is missing"),
    ("sensorthings", {"datastreams": {"7": {"measures": "snow_depth:cm"}}}, "datastreams.7.device: is missing"),
    ("sensorthings", {"datastreams": {"7": {**STA["datastreams"]["7"], "unit": "m"}}}, "datastreams.7.unit: is no setting"),
    ("sensorthings", {**STA, "device": "d"}, "device: is no setting here"),
    ("fiware", {}, "quantities: is missing; write a table"),
    ("fiware", {"quantities": {"snow": "snow_depth"}}, "quantities.snow: 'snow_depth' says no unit; write the one that is sent"),
    ("fiware", {"quantities": {"snow": 7}}, "quantities.snow: 7 is no text"),
    ("fiware", {**FI, "missing": [True]}, "missing: true is neither a number nor a text"),
    ("fiware", {**FI, "missing": [float("nan")]}, "missing: nan is neither"),
    ("fiware", {**FI, "missing": "-9999"}, "missing: '-9999' is no list"),
    ("fiware", {**FI, "text_numbers": "yes"}, "text_numbers: 'yes' is not possible; write true or false"),
    ("fiware", {**FI, "quantites": {}}, "quantites: is no setting here (did you mean quantities?)"),
    ("thingsboard", {**TB, "device": ""}, "device: '' cannot be a device id"),
    ("thingsboard", {**TB, "device_level": 0, "device": None}, "device_level: 0 is not possible"),
    ("thingsboard", {"device_level": True, **FI}, "device_level: true is not possible"),
    ("thingsboard", {"quantities": []}, "quantities: [] is no table"),
    ("csv_line", {"device": "d"}, "columns: write a list"),
    ("csv_line", {**CSV, "columns": "at,snow"}, "columns: 'at,snow' is no list"),
    ("csv_line", {**CSV, "columns": ["at"]}, "columns: none of them is a quantity:unit"),
    ("csv_line", {**CSV, "columns": ["at", "at", "snow_depth:cm"]}, "columns: at is there twice"),
    ("csv_line", {**CSV, "columns": ["date", "snow_depth:cm"]}, "columns: write either at, or both date and time"),
    ("csv_line", {**CSV, "columns": ["at", "date", "time", "snow_depth:cm"]}, "columns: write either at"),
    ("csv_line", {**CSV, "columns": ["at", "snow"]}, "columns[1]: 'snow' is no quantity"),
    ("csv_line", {**CSV, "columns": ["snow_depth:cm", "snow_depth:m"]}, "columns[1]: snow_depth is there twice"),
    ("csv_line", {"columns": CSV["columns"]}, "device_level: is missing"),
    ("csv_line", {**CSV, "separator": "::"}, "separator: '::' cannot stand between numbers"),
    ("csv_line", {**CSV, "decimal": ","}, "separator: ',' cannot stand between numbers"),
    ("csv_line", {**CSV, "decimal": "'"}, "decimal: \"'\" is none of ., ,"),
    ("csv_line", {**CSV, "at_format": "iso"}, "at_format: 'iso' is none of rfc3339, local, epoch_s, epoch_ms"),
    ("csv_line", {**CSV, "text_numbers": True}, "text_numbers: is no setting here"),
    ("json_mapping", {"device": "d", "at": "t"}, "values: is missing; write a list of tables"),
    ("json_mapping", {"device": "d", "values": MAP["values"]}, "at: is missing; write the path of the time"),
    ("json_mapping", {**MAP, "at_format": "none"}, 'at: is given, but at_format is "none"'),
    ("json_mapping", {"at": "t", "values": MAP["values"]}, "device_level: is missing"),
    ("json_mapping", {**MAP, "values": [{"path": "v"}]}, "values[0].measures: is missing"),
    ("json_mapping", {**MAP, "values": [{"measures": "snow_depth:cm"}]}, "values[0].path: is missing; write a path"),
    ("json_mapping", {**MAP, "values": [{**MAP["values"][0], "path": "$depth"}]}, "values[0].path: '$depth': $ stands for the message"),
    ("json_mapping", {**MAP, "values": [{**MAP["values"][0], "path": "a..b"}]}, "values[0].path: 'a..b' is no path from sign 2"),
    ("json_mapping", {**MAP, "values": [{**MAP["values"][0], "path": "a[x]"}]}, "values[0].path: 'a[x]' is no path from sign 2"),
    ("json_mapping", {**MAP, "values": [{**MAP["values"][0], "path": ".".join("a" * 17)}]}, "values[0].path: 17 steps"),
    ("json_mapping", {**MAP, "values": [{**MAP["values"][0], "where": {"a": {"b": 1}}}]}, "values[0].where.a: {'b': 1} is a table"),
    ("json_mapping", {**MAP, "values": [{**MAP["values"][0], "where": {"a": []}}]}, "values[0].where.a: [] is not possible"),
    ("json_mapping", {**MAP, "position": {"lon": "a"}}, "position.lat: is missing"),
    ("json_mapping", {**MAP, "position": {"lon": "a", "lat": "b", "speed_unit": "mph"}}, "position.speed_unit: 'mph' is none of"),
    ("json_mapping", {**MAP, "position": {"lon": "a", "lat": "b", "tasks": {"1": "plow"}}}, "position.tasks.1: 'plow' is none of"),
    ("json_mapping", {**MAP, "recods": "r"}, "recods: is no setting here (did you mean records?)"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("codec", "given", "words"), MISTAKES, ids=lambda value: value if isinstance(value, str) else ""
)
def test_mistakes_in_settings(codec: str, given: dict[str, Any], words: str) -> None:
    with pytest.raises(ValueError, match=re.escape(words)) as caught:
        CODECS[codec].read_settings(given)
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 300


anything = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=8)
    | st.sampled_from([*QUANTITIES, "a.b[0]"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)


@fast
@given(st.sampled_from([("senml", SEN), ("sensorthings", STA), ("fiware", FI), ("thingsboard", TB), ("csv_line", CSV), ("json_mapping", MAP)]), st.data())  # fmt: skip
def test_any_settings_are_read_or_refused_with_a_key(good: tuple[str, dict[str, Any]], data: Any) -> None:
    codec, given = good
    key = data.draw(st.sampled_from([*given, "missing", "at_format", "records", "position", "devices", "where"]))
    changed = {**given, key: data.draw(anything)}
    try:
        CODECS[codec].read_settings(changed)
    except ValueError as wrong:
        assert re.match(r"\S[^:]*(:[^ ]*)?: ", str(wrong))  # noqa: PT017 - the settings may be right as well


# The page says what holds.


def examples() -> list[tuple[dict[str, Any], str]]:
    """Each source of docs/sensors.md, with the first message the page shows after it."""
    text = (Path(__file__).parents[2] / "docs" / "sensors.md").read_text("utf-8")
    parts = re.split(r"^```toml\n(.*?)^```$", text, flags=re.MULTILINE | re.DOTALL)
    found = []
    for block, after in zip(parts[1::2], parts[2::2], strict=True):
        if "[[sources]]" in block:
            (source,) = tomllib.loads(block)["sources"]
            shown = re.match(r"\s*reads `([^`]+)`", after)
            found.append((source, shown[1] if shown else ""))
    return found


@pytest.mark.parametrize(
    ("source", "message"), examples(), ids=lambda value: value["codec"] if isinstance(value, dict) else ""
)
def test_examples_of_the_page(source: dict[str, Any], message: str) -> None:
    topic = topic_filter(source["topic"])
    told = source.get("settings", {})
    CODECS[source["codec"]].read_settings(told)
    if message:
        zone = ZoneInfo(source["naive_time_zone"]) if "naive_time_zone" in source else None
        found = read(source["codec"], told, topic.replace("+", "snow-01"), message, naive_time_zone=zone)
        assert found
        assert all(
            isinstance(item, (Reading, Fix)) and item.at == datetime(2026, 1, 15, 3, tzinfo=UTC) for item in found
        )


def test_the_page_has_an_example_of_each() -> None:
    assert {source["codec"] for source, _ in examples()} >= set(GENERAL)
    assert sum(bool(message) for _, message in examples()) == 3
