"""Frames of device models: what cases do not show well; the rest is in ``cases/``."""

from __future__ import annotations

import base64
import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from config.load import load_site
from config.model import Source
from core.errors import DecodeError
from core.model import DeviceId, Quality, QualityReason
from core.quantities import QUANTITIES
from ingest.decoding import decode_with_devices
from ingest.devices import MODELS, read_uplink
from ingest.messages import CodecOptions, Fix, Message, Reading, Uplink
from ingest.pipeline import Pipeline
from store.rows import Registry
from tests.examples import examples

EXAMPLE = Path(__file__).parents[2] / "config" / "example"
MILESIGHT = ["at101", "em310-udl", "em410-rdl", "em500-swl", "em500-udl"]
AT = datetime(2026, 1, 10, 3, tzinfo=UTC)


def uplink(frame: str | bytes, fault: QualityReason = QualityReason.NONE, port: int = 85) -> Uplink:
    data = bytes.fromhex(frame) if isinstance(frame, str) else frame
    return Uplink(DeviceId("d"), AT, port, data, None, fault)


def outcome_of(sent: Uplink, model: str) -> list[Reading | Fix] | str:
    try:
        return read_uplink(sent, model)
    except DecodeError as error:
        return error.reason


def read(model: str, frame: str, port: int = 85) -> list[tuple[str, float | None, QualityReason]]:
    readings = read_uplink(uplink(frame, port=port), model)
    return [(item.quantity, item.value, item.fault) for item in readings if isinstance(item, Reading)]


def test_the_models_are_found() -> None:
    assert sorted(MODELS) == ["at101", "dl-mbx", "em310-udl", "em410-rdl", "em500-swl", "em500-udl", "ldds75"]


@pytest.mark.parametrize("model", [None, "", "EM500-UDL", "lds75"])
def test_unknown_model(model: str | None) -> None:
    with pytest.raises(DecodeError, match="no device model") as caught:
        read_uplink(uplink("017564"), model)
    assert caught.value.reason == "unsupported"


@pytest.mark.parametrize("model", ["em500-udl", "em410-rdl", "em310-udl"])
@pytest.mark.parametrize(
    ("raw", "fault"),
    [
        ("FDFF", QualityReason.NO_TARGET),
        ("FEFF", QualityReason.SENSOR_FAULT),
        ("FFFF", QualityReason.SENSOR_FAULT),
    ],
)
def test_numbers_that_say_there_is_no_distance(model: str, raw: str, fault: QualityReason) -> None:
    channel = {"em500-udl": "0382", "em410-rdl": "0482", "em310-udl": "0382"}[model]
    assert read(model, channel + raw) == [("distance", None, fault)]
    if model != "em310-udl":  # it keeps no history
        assert read(model, "20CE00000060" + raw) == [("distance", None, fault)]


def test_only_the_radar_counts_below_zero() -> None:
    assert read("em410-rdl", "0482FCFF") == [("distance", -4.0, QualityReason.NONE)]
    assert read("em500-udl", "0382FCFF") == [("distance", 65532.0, QualityReason.NONE)]


def test_alarm_without_target_has_no_distance() -> None:
    assert read("em500-udl", "83E9FDFF000001") == [("distance", None, QualityReason.NO_TARGET)]
    assert read("em410-rdl", "B482640002") == [("distance", None, QualityReason.NO_TARGET)]
    assert read("em410-rdl", "B482640000") == [("distance", 100.0, QualityReason.NONE)]
    assert read("em410-rdl", "94826400320002") == [("distance", 100.0, QualityReason.NONE)]


def test_a_tenth_of_a_degree_below_zero_is_a_temperature() -> None:
    assert read("em410-rdl", "0367FFFF") == [("air_temperature", -0.1, QualityReason.NONE)]
    assert read("at101", "8367FFFF01") == [("air_temperature", -0.1, QualityReason.NONE)]


def test_live_and_history_name_the_coordinates_in_different_order() -> None:
    lon, lat = ((140_405_600).to_bytes(4, "little").hex(), (38_601_200).to_bytes(4, "little").hex())
    (live,) = read_uplink(uplink(f"0488{lat}{lon}00"), "at101")
    (old,) = read_uplink(uplink(f"20CE00006269{lon}{lat}000000000000"), "at101")
    assert isinstance(live, Fix)
    assert isinstance(old, Fix)
    assert (live.lon, live.lat) == (old.lon, old.lat) == (140.4056, 38.6012)
    assert (live.at, old.at) == (AT, datetime.fromtimestamp(0x69620000, UTC))


def test_a_repaired_clock_marks_what_is_of_the_uplinks_time_only() -> None:
    found = read_uplink(uplink("03827805" + "20CE00006269" + "7805", QualityReason.CLOCK_REPAIRED), "em500-udl")
    assert [(item.at == AT, item.fault) for item in found] == [
        (True, QualityReason.CLOCK_REPAIRED),
        (False, QualityReason.NONE),
    ]


@pytest.mark.parametrize("model", MILESIGHT)
@pytest.mark.parametrize("frame", ["01", "0175", "FF16000000", "0175640", "7777", "01756400"])
def test_cut_or_foreign_frames(model: str, frame: str) -> None:
    with pytest.raises(DecodeError) as caught:
        read_uplink(uplink(bytes.fromhex(frame[: len(frame) // 2 * 2] + "77" * (len(frame) % 2))), model)
    assert caught.value.reason == "bad-frame"


@pytest.mark.parametrize("model", MILESIGHT)
@pytest.mark.parametrize("frame", ["FF0BFF", "FF0101FF0A0101FF0F00", "FE10FF"])
def test_frames_without_a_measurement_are_signs_of_life(model: str, frame: str) -> None:
    assert read_uplink(uplink(frame), model) == []


@pytest.mark.parametrize("model", sorted(MODELS))
def test_frames_without_a_byte_are_signs_of_life(model: str) -> None:
    assert read_uplink(uplink(""), model) == []


@pytest.mark.parametrize("length", range(1, 12))
def test_lengths_of_dragino_frames(length: int) -> None:
    found = outcome_of(uplink(bytes.fromhex("0CE804B000FF9701000000")[:length], port=2), "ldds75")
    assert (found != "bad-frame") == (length in (3, 4, 5, 8))


@pytest.mark.parametrize(
    ("millimetres", "kept", "fault"),
    [
        (0, None, QualityReason.SENSOR_FAULT),
        (19, None, QualityReason.SENSOR_FAULT),
        (20, None, QualityReason.SENSOR_FAULT),
        (21, 21.0, QualityReason.SENSOR_FAULT),
        (279, 279.0, QualityReason.SENSOR_FAULT),
        (280, 280.0, QualityReason.NONE),
        (7500, 7500.0, QualityReason.NONE),
    ],
)
def test_dragino_distances_that_are_none(millimetres: int, kept: float | None, fault: QualityReason) -> None:
    frame = f"0CE8{millimetres:04X}00"
    expected = [("battery_voltage", 3.304, QualityReason.NONE), ("distance", kept, fault)]
    assert read("ldds75", frame, port=2) == expected
    assert read("ldds75", frame + "00F001", port=2)[:2] == expected
    (decoded,) = read_uplink(Uplink(DeviceId("d"), AT, 2, None, {"Distance": f"{millimetres} mm"}), "ldds75")
    assert isinstance(decoded, Reading)
    assert (decoded.value, decoded.fault) == (kept, fault)


@pytest.mark.parametrize(
    ("found", "unit", "kept", "fault"),
    [
        ("1.5 m", "m", 1.5, QualityReason.NONE),
        ({"value": 0.2, "unit": "m"}, "m", 0.2, QualityReason.SENSOR_FAULT),
        ({"value": 2, "unit": "cm"}, "cm", None, QualityReason.SENSOR_FAULT),
    ],
)
def test_dragino_blind_zone_in_the_units_of_a_server(
    found: object, unit: str, kept: float | None, fault: QualityReason
) -> None:
    (read_item,) = read_uplink(Uplink(DeviceId("d"), AT, 2, None, {"Distance": found, "history": None}), "ldds75")
    assert isinstance(read_item, Reading)
    assert (read_item.value, read_item.unit, read_item.fault) == (kept, unit, fault)
    assert outcome_of(Uplink(DeviceId("d"), AT, 2, None, {"Distance": "5 parsec"}), "ldds75") == "bad-unit"


def test_dragino_probe_beyond_its_range_is_no_temperature() -> None:
    for raw in ("7FFF", "8000", "04E3"):
        temperature = read("ldds75", f"0CE804B000{raw}01", port=2)[2]
        assert temperature == ("air_temperature", None, QualityReason.SENSOR_FAULT)
    assert read("ldds75", "0CE804B000FFFF01", port=2)[2] == ("air_temperature", -0.1, QualityReason.NONE)


def test_decentlab_flags_say_which_values_follow() -> None:
    assert read("dl-mbx", "02012F0000") == []
    assert read("dl-mbx", "02012F000104D2000F") == [("distance", 1234.0, QualityReason.NONE)]
    assert read("dl-mbx", "02012F00020BB1") == [("battery_voltage", 2.993, QualityReason.NONE)]
    for frame in ("02", "02012F00", "02012F000304D2000F", "02012F00020BB100", "02012F8001", "02012F000104D2"):
        assert outcome_of(uplink(frame), "dl-mbx") == "bad-frame"


def test_water_over_a_probe_is_the_level_of_a_river_and_of_a_channel() -> None:
    both = [(name, 123.0, QualityReason.NONE) for name in ("water_level", "channel_level")]
    assert read("em500-swl", "03777B00") == both
    for raw in ("FDFF", "FEFF", "FFFF"):
        assert {found[1:] for found in read("em500-swl", f"0377{raw}")} == {(None, QualityReason.SENSOR_FAULT)}
    assert read("em500-swl", "0377FCFF")[0][1] == 65_532.0


@pytest.mark.parametrize(
    ("quantity", "offset", "value"), [("water_level", 101.2, 101.55), ("channel_level", -5.0, 30.0)]
)
def test_the_offset_makes_a_level_of_the_water_over_a_probe(quantity: str, offset: float, value: float) -> None:
    site = load_site(EXAMPLE)
    stream = replace(
        site.datastreams[0], quantity=quantity, device=DeviceId(EUI), model="em500-swl", mount_height_cm=None,
        offset=offset, range_min=-50.0, range_max=500.0,
    )  # fmt: skip
    site = replace(site, datastreams=(stream,), vehicles=(), sources=(Source(topic="#", codec="chirpstack"),))
    pipeline = Pipeline(site, Registry(site=1, datastreams={stream.key: 7}, vehicles={}))
    body = {"deviceInfo": {"devEui": EUI}, "time": "2026-01-10T03:00:00Z", "fPort": 85}
    body["data"] = base64.b64encode(bytes.fromhex("017564" + "03772300")).decode()
    topic = f"application/1/device/{EUI}/event/up".encode()
    batch = pipeline.handle_all([Message(topic, json.dumps(body).encode(), AT, 1)])
    assert [(row.datastream, row.value, row.quality) for row in batch.observations] == [(7, value, Quality.GOOD)]
    assert batch.quarantine == []
    assert batch.counts["rows_unmapped"] == 2


def test_only_the_distance_of_now_is_flagged_where_a_sensor_leans() -> None:
    frame = "0482E803" + "050001" + "20CE00006269" + "F401"
    assert read("em410-rdl", frame) == [
        ("distance", 1000.0, QualityReason.SENSOR_FAULT),
        ("distance", 500.0, QualityReason.NONE),
    ]
    assert read("em410-rdl", "0482E803050000") == [("distance", 1000.0, QualityReason.NONE)]
    (decoded,) = read_uplink(Uplink(DeviceId("d"), AT, 85, None, {"distance": 1000, "position": "tilt"}), "em410-rdl")
    assert decoded.fault == QualityReason.SENSOR_FAULT


@pytest.mark.parametrize("text", ["12,5 mm", "1,234 mm", "\uff11\uff12 mm", "+12 mm", "1e3x 4"])
def test_a_number_that_cannot_be_read_is_no_excuse(text: str) -> None:
    assert outcome_of(Uplink(DeviceId("d"), AT, 85, None, {"distance": text}), "em500-udl") == "bad-shape"


def test_a_text_longer_than_any_value_is_no_excuse() -> None:
    sent = Uplink(DeviceId("d"), AT, 85, None, {"distance": "9" * 400})
    assert outcome_of(sent, "em500-udl") == "bad-shape"


def test_radar_history_of_both_firmwares() -> None:
    start = 1_768_013_400
    stamps = [(start + 600 * step).to_bytes(4, "little").hex() for step in range(5)]
    short = "".join(f"20CE{stamp}7205" for stamp in stamps)
    # half a degree reads like a record of its own (05 00) where the layouts are confused
    long = "".join(f"20CE{stamp}72050500000000" for stamp in stamps)
    times = [datetime.fromtimestamp(start, UTC) + timedelta(minutes=10 * step) for step in range(5)]
    assert [item.at for item in read_uplink(uplink(short), "em410-rdl")] == times
    assert [item.at for item in read_uplink(uplink(long), "em410-rdl")] == [at for at in times for _ in range(2)]
    assert {value for _, value, _ in read("em410-rdl", long)} == {1394.0, 0.5}


records = st.sampled_from(
    ["017564", "03821E00", "0482FDFF", "83E92C01640001", "03670A01", "0500", "050001", "0488DEBC770108FF080720",
     "20CE000000607805", "20CE00000060780505000000", "FF0BFF", "FE03", "84822C0101", "B482FFFF03", "040001", "0377FDFF"]
).map(bytes.fromhex)  # fmt: skip
whole = st.sampled_from(
    ["0CE804B000", "0CE8001400000001", "0CE80000007FFF00", "02012F000304D200010BB1", "02012F00020BB1"]
).map(bytes.fromhex)
frames = st.binary(max_size=60) | st.lists(records | st.binary(max_size=3), max_size=6).map(b"".join) | whole
ports = st.sampled_from([0, 1, 2, 5, 85, 223])


@settings(derandomize=True, deadline=None, max_examples=examples(500))
@given(frames, ports, st.sampled_from(sorted(MODELS)))
def test_whatever_the_bytes_readings_or_a_decode_error(data: bytes, port: int, model: str) -> None:
    found = outcome_of(uplink(data, port=port), model)
    if isinstance(found, str):
        assert found in ("bad-frame", "unsupported")
        return
    assert all(item.at is not None and item.device == "d" for item in found)
    keys = [(type(item), getattr(item, "quantity", ""), item.at) for item in found]
    assert len(keys) == len(set(keys))
    for item in found:
        assert isinstance(item, Fix) or item.quantity in QUANTITIES


EUI = "70b3d50000000001"


def through(server: str, data: bytes, port: int, model: str) -> list[dict[str, Any]] | tuple[str, str]:
    """What a frame becomes through a network server; both are told the same time, count and gateways."""
    time, encoded = "2026-01-10T03:00:00.120456789Z", base64.b64encode(data).decode()
    if server == "chirpstack":
        body: Any = {"time": time, "deviceInfo": {"devEui": EUI}, "fCnt": 7, "fPort": port, "data": encoded}
        topic = f"application/a/device/{EUI}/event/up"
    else:
        said = {"received_at": time, "f_cnt": 7, "f_port": port, "frm_payload": encoded}
        body, topic = {"end_device_ids": {"device_id": EUI}, "uplink_message": said}, f"v3/a@t/devices/{EUI}/up"
    sent = Message(topic.encode(), json.dumps(body).encode(), AT, 1)
    try:
        return decode_with_devices(sent, server, CodecOptions(), {EUI: model})
    except DecodeError as error:
        return error.reason, str(error)


@settings(derandomize=True, deadline=None, max_examples=examples(300))
@given(frames, ports, st.sampled_from(sorted(MODELS)))
def test_one_frame_through_both_servers_gives_equal_rows(data: bytes, port: int, model: str) -> None:
    assert through("chirpstack", data, port, model) == through("ttn", data, port, model)


values = (
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=9)
)
values |= st.sampled_from(["12 mm", "no target", -3, 65535]) | st.fixed_dictionaries({"value": values, "unit": values})
NAMES = (
    "battery", "distance", "temperature", "latitude", "longitude", "timestamp", "distance_sensor_status", "depth",
    "depth_error", "position", "Bat", "Distance", "TempC_DS18B20", "Sensor_flag", "battery_voltage",
    "number_of_valid_samples",
)  # fmt: skip
decodes = st.dictionaries(st.sampled_from(NAMES), values)
bodies = st.builds(lambda body, past: {**body, "history": past}, decodes, st.lists(decodes, max_size=2) | values)


@settings(derandomize=True, deadline=None, max_examples=examples(300))
@given(decodes | bodies, st.sampled_from(sorted(MODELS)))
def test_whatever_the_server_decoded_readings_or_a_decode_error(body: dict[str, object], model: str) -> None:
    found = outcome_of(Uplink(DeviceId("d"), AT, 85, None, body), model)
    assert isinstance(found, list) or found in ("bad-shape", "bad-time")
