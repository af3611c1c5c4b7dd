"""Frames of device models: what cases do not show well; the rest is in ``cases/``."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.errors import DecodeError
from core.model import DeviceId, QualityReason
from ingest.devices import MODELS, read_uplink
from ingest.messages import Fix, Reading, Uplink

AT = datetime(2026, 1, 10, 3, tzinfo=UTC)


def uplink(frame: str | bytes, fault: QualityReason = QualityReason.NONE) -> Uplink:
    data = bytes.fromhex(frame) if isinstance(frame, str) else frame
    return Uplink(DeviceId("d"), AT, 85, data, None, fault)


def outcome_of(sent: Uplink, model: str) -> list[Reading | Fix] | str:
    try:
        return read_uplink(sent, model)
    except DecodeError as error:
        return error.reason


def read(model: str, frame: str) -> list[tuple[str, float | None, QualityReason]]:
    readings = read_uplink(uplink(frame), model)
    return [(item.quantity, item.value, item.fault) for item in readings if isinstance(item, Reading)]


def test_the_three_models_are_found() -> None:
    assert sorted(MODELS) == ["at101", "em410-rdl", "em500-udl"]


@pytest.mark.parametrize("model", [None, "", "EM500-UDL", "lds75"])
def test_unknown_model(model: str | None) -> None:
    with pytest.raises(DecodeError, match="no device model") as caught:
        read_uplink(uplink("017564"), model)
    assert caught.value.reason == "unsupported"


@pytest.mark.parametrize("model", ["em500-udl", "em410-rdl"])
@pytest.mark.parametrize(
    ("raw", "fault"),
    [
        ("FDFF", QualityReason.NO_TARGET),
        ("FEFF", QualityReason.SENSOR_FAULT),
        ("FFFF", QualityReason.SENSOR_FAULT),
    ],
)
def test_numbers_that_say_there_is_no_distance(model: str, raw: str, fault: QualityReason) -> None:
    channel = {"em500-udl": "0382", "em410-rdl": "0482"}[model]
    assert read(model, channel + raw) == [("distance", None, fault)]
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


@pytest.mark.parametrize("model", sorted(MODELS))
@pytest.mark.parametrize("frame", ["01", "0175", "FF16000000", "0175640", "7777", "01756400"])
def test_cut_or_foreign_frames(model: str, frame: str) -> None:
    with pytest.raises(DecodeError) as caught:
        read_uplink(uplink(bytes.fromhex(frame[: len(frame) // 2 * 2] + "77" * (len(frame) % 2))), model)
    assert caught.value.reason == "bad-frame"


@pytest.mark.parametrize("model", sorted(MODELS))
@pytest.mark.parametrize("frame", ["", "FF0BFF", "FF0101FF0A0101FF0F00", "FE10FF", "FF2801"])
def test_frames_without_a_measurement_are_signs_of_life(model: str, frame: str) -> None:
    assert read_uplink(uplink(frame), model) == []


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
     "20CE000000607805", "20CE00000060780505000000", "FF0BFF", "FE03", "84822C0101", "B482FFFF03"]
).map(bytes.fromhex)  # fmt: skip
frames = st.binary(max_size=60) | st.lists(records | st.binary(max_size=3), max_size=6).map(b"".join)


@settings(derandomize=True, deadline=None, max_examples=300)
@given(frames, st.sampled_from(sorted(MODELS)))
def test_whatever_the_bytes_readings_or_a_decode_error(data: bytes, model: str) -> None:
    found = outcome_of(uplink(data), model)
    if isinstance(found, str):
        assert found in ("bad-frame", "unsupported")
        return
    assert all(item.at is not None and item.device == "d" for item in found)
    keys = [(type(item), getattr(item, "quantity", ""), item.at) for item in found]
    assert len(keys) == len(set(keys))


values = (
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=9)
)
values |= st.sampled_from(["12 mm", "no target", -3, 65535]) | st.fixed_dictionaries({"value": values, "unit": values})
NAMES = ("battery", "distance", "temperature", "latitude", "longitude", "timestamp", "distance_sensor_status")
decodes = st.dictionaries(st.sampled_from(NAMES), values)
bodies = st.builds(lambda body, past: {**body, "history": past}, decodes, st.lists(decodes, max_size=2) | values)


@settings(derandomize=True, deadline=None, max_examples=300)
@given(decodes | bodies, st.sampled_from(sorted(MODELS)))
def test_whatever_the_server_decoded_readings_or_a_decode_error(body: dict[str, object], model: str) -> None:
    found = outcome_of(Uplink(DeviceId("d"), AT, 85, None, body), model)
    assert isinstance(found, list) or found in ("bad-shape", "bad-time")
