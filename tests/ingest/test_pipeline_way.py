"""What messages say of the way they took, repeats without a time of their own, bounds, and balances over anything at all."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config import load_site
from config.model import Source
from core.errors import DecodeError
from core.model import DeviceId, QualityReason, StationId
from ingest import sources
from ingest.codecs import CODECS
from ingest.messages import Codec, CodecOptions, Message, Numbered, Reading, Refused, Status, Uplink
from ingest.pipeline import Pipeline
from ingest.repeats import Repeats
from ingest.sources import SourceTable
from ingest.spool_record import encoded_all, steps
from store.rows import ArrivalTimed, Batch, DeviceHeard, DeviceNumber, Registry

NOW = datetime(2026, 1, 10, 3, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
EUI = "70b3d50000000001"


@pytest.fixture(scope="module")
def site(request):
    """The example town with a station of its own: a numbered gauge and a LoRaWAN gauge."""
    town = load_site(request.config.rootpath / "config" / "example")
    stream = next(each for each in town.datastreams if each.quantity == "snow_depth")
    gauge = replace(stream, device=DeviceId("gauge"), model=None, mount_height_cm=None)
    lora = replace(stream, device=DeviceId(EUI), model="em500-udl", mount_height_cm=350.0, station=StationId("lora"))
    listens = (
        Source(topic="t/+/reading", codec="yukimori"),
        Source(topic="yukimori/t/+/+", codec="yukimori"),
        Source(topic="application/+/device/+/event/+", codec="chirpstack"),
    )
    return replace(town, datastreams=(gauge, lora), vehicles=(), sources=listens)


@pytest.fixture(scope="module")
def registry(site):
    """Its numbers."""
    return Registry(1, {stream.key: number for number, stream in enumerate(site.datastreams, 1)}, {})


@pytest.fixture
def handle(site, registry):
    """Hands messages to a new pipeline."""

    def run(*messages) -> Batch:
        return Pipeline(site, registry).handle_all(messages)

    return run


def reading(seq=None, *, at=NOW, device="gauge", quantity="snow_depth", value=80.0, **more) -> Message:
    body = {"at": at.isoformat() if at else None, "quantity": quantity, "value": value, "unit": "cm", "seq": seq}
    return Message(f"yukimori/t/{device}/reading".encode(), json.dumps(body).encode(), NOW, 1, **more)


def uplink(number=5, *, device=EUI, data="AXVkA4J4BQ==", **more) -> Message:
    body = {
        "time": (NOW - MINUTE).isoformat(),
        "deviceInfo": {"devEui": device},
        "fCnt": number,
        "fPort": 85,
        "data": data,
        "rxInfo": [{"gatewayId": "gw-1"}, {"gatewayId": "gw-2"}],
    }
    return Message(f"application/a/device/{device}/event/up".encode(), json.dumps(body).encode(), NOW, 1, **more)


def test_numbers_are_noted_with_the_time_of_their_message(handle):
    batch = handle(reading(7), reading(8, at=NOW - MINUTE), reading(None), reading(9, at=None), uplink(5))
    assert batch.numbers == [
        DeviceNumber("gauge", 7, NOW),
        DeviceNumber("gauge", 8, NOW - MINUTE),
        DeviceNumber("gauge", 9, NOW, timed=False),
        DeviceNumber(EUI, 5, NOW - MINUTE),
    ]
    assert batch.counts["rows_received"] == 4 + 2, "numbers are no rows"


@pytest.mark.parametrize("at", [datetime(1970, 1, 1, tzinfo=UTC), NOW + timedelta(days=9), NOW - timedelta(days=99)])
def test_a_message_whose_time_is_wrong_was_not_lost(handle, at):
    batch = handle(reading(7, at=at))
    assert len(batch.quarantine) == 1
    assert batch.numbers == [DeviceNumber("gauge", 7, NOW, timed=False)]


def test_a_number_follows_the_clock_that_is_put_right(site, registry):
    gauge, *others = site.datastreams
    put_right = replace(site, datastreams=(replace(gauge, clock_offset=-60 * MINUTE), *others))
    pipeline = Pipeline(put_right, registry)
    assert pipeline.handle_all([reading(7, at=NOW + 59 * MINUTE)]).numbers == [DeviceNumber("gauge", 7, NOW - MINUTE)]
    assert pipeline.handle_all([reading(7, at=datetime(1, 1, 1, tzinfo=UTC))]).numbers[0].timed is False


def test_numbers_of_unknown_devices_and_retained_ones_without_time_are_not_followed(handle):
    assert handle(reading(7, device="stranger"), reading(7, at=None, retain=True)).numbers == []
    assert handle(reading(7, retain=True)).numbers == [DeviceNumber("gauge", 7, NOW)]


def test_an_unreadable_frame_was_heard_all_the_same(handle):
    batch = handle(uplink(6, data="AXVkA4I="))
    assert [(row.reason, row.device) for row in batch.quarantine] == [("bad-frame", EUI)]
    assert batch.numbers == [DeviceNumber(EUI, 6, NOW - MINUTE)]
    assert [heard.gateway for heard in batch.heard] == ["gw-1", "gw-2"]
    assert [(seen.device, seen.online) for seen in batch.seen] == [(EUI, True)]


def test_gateways_are_noted_but_not_for_strangers_or_retained_frames(handle):
    assert handle(uplink()).heard == [DeviceHeard(EUI, gateway, NOW - MINUTE) for gateway in ("gw-1", "gw-2")]
    batch = handle(uplink(device="70b3d50000000009"), uplink(retain=True))
    assert batch.heard == []
    assert [(row.reason, row.device) for row in batch.quarantine] == [("unknown-device", "70b3d50000000009")]


def test_a_depth_out_of_a_distance_says_so(handle):
    (depth,) = handle(uplink()).observations
    (plain,) = handle(reading()).observations
    assert (depth.reasons, plain.reasons) == (QualityReason.FROM_DISTANCE, QualityReason.NONE)


# Repeats


def test_a_repeat_without_a_time_arrived_when_it_first_did(site, registry):
    pipeline = Pipeline(site, registry, Repeats("one"))
    first = reading(at=None, packet_id=3)
    assert [each.packet_id for each in pipeline.handle_all([first]).arrival_timed] == [3]
    later = replace(first, received_at=NOW + MINUTE, repeated=True)
    (row,) = pipeline.handle_all([later]).observations
    assert (row.at, row.received_at) == (NOW, NOW)


@pytest.mark.parametrize(
    "change",
    [{"packet_id": 4}, {"payload": reading(at=None, value=81.0).payload}, {"topic": b"yukimori/t/gauge2/reading"}],
)
def test_another_message_keeps_its_own_arrival(change):
    repeats = Repeats()
    repeats.remember(reading(at=None, packet_id=3))
    other = replace(reading(at=None, packet_id=3), received_at=NOW + MINUTE, repeated=True, **change)
    assert repeats.recall(other) is other


def test_messages_without_a_time_that_are_read_together_do_not_take_one_place(site, registry):
    pipeline = Pipeline(site, registry)
    together = [reading(at=None, value=float(value), packet_id=1 + value, place=value) for value in range(3)]
    batch = pipeline.handle_all([*together, reading(at=None, value=9.0, retain=True)])
    micro = timedelta(microseconds=1)
    assert [(row.at, row.value) for row in batch.observations] == [(NOW + n * micro, float(n)) for n in range(3)]
    assert [each.received_at for each in batch.arrival_timed] == [NOW + n * micro for n in range(3)]
    again = [replace(each, received_at=NOW + MINUTE, repeated=True) for each in together]
    assert pipeline.handle_all(again).observations == batch.observations
    unknown = [replace(each, packet_id=each.packet_id + 10) for each in again]
    assert len({row.at for row in pipeline.handle_all(unknown).observations}) == 3


@pytest.mark.parametrize("qos", [0, 1])
def test_what_is_read_a_second_time_becomes_the_same_rows(site, registry, qos):
    """As where the database did not answer in time: the messages went to the spool, and then it had them after all."""
    pipeline = Pipeline(site, registry)
    together = [replace(reading(at=None, value=1.0, packet_id=qos * (1 + n), place=n), qos=qos) for n in range(3)]
    first = pipeline.handle_all(together)
    spooled = b"".join(encoded_all(together, 0, salt=7))
    waited = [each.message for each in steps(spooled, 0, salt=7) if each.message is not None]
    for again in (pipeline.handle_all(waited[1:]), Pipeline(site, registry).handle_all(waited[1:])):
        assert again.observations == first.observations[1:]


def test_readings_of_one_message_without_a_time_stay_together(site, registry):
    gauge, *others = site.datastreams
    both = replace(site, datastreams=(gauge, replace(gauge, quantity="air_temperature"), *others))
    numbers = {stream.key: number for number, stream in enumerate(both.datastreams, 1)}
    entries = [("snow_depth", "cm"), ("air_temperature", "degC")]
    body = [{"at": None, "quantity": quantity, "value": 1.0, "unit": unit} for quantity, unit in entries]
    message = Message(b"yukimori/t/gauge/reading", json.dumps(body).encode(), NOW, 1)
    rows = Pipeline(both, Registry(1, numbers, {})).handle_all([message, replace(message, place=1)]).observations
    assert [row.at - NOW for row in rows] == [timedelta(0)] * 2 + [timedelta(microseconds=1)] * 2
    partial = Pipeline(site, registry).handle_all([message, replace(message, place=1)])
    assert [row.at for row in partial.observations] == [row.received_at for row in partial.quarantine]


def test_a_time_reckoned_from_the_arrival_moves_with_it(site, registry):
    relative = Reading(DeviceId("gauge"), NOW - MINUTE, "snow_depth", 1.0, "cm", QualityReason.ARRIVAL_TIME)
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(CODECS, "yukimori", Codec("yukimori", lambda *_: (relative,)))
        pipeline = Pipeline(site, registry)
    rows = pipeline.handle_all([reading(), reading(place=1)]).observations
    assert [row.at - NOW for row in rows] == [-MINUTE, -MINUTE + timedelta(microseconds=1)]


def test_a_repeat_is_only_what_the_broker_says_is_one(site, registry):
    pipeline = Pipeline(site, registry)
    equal = [reading(at=None, packet_id=3), replace(reading(at=None, packet_id=3), received_at=NOW + MINUTE)]
    assert [row.at for row in pipeline.handle_all(equal).observations] == [NOW, NOW + MINUTE]


def test_what_waited_with_us_does_not_take_the_number_of_a_later_message():
    repeats = Repeats("one")
    newer = replace(reading(at=None, packet_id=3, value=1.0), received_at=NOW + MINUTE)
    assert repeats.remember(newer) is not None
    assert repeats.remember(reading(at=None, packet_id=3)) is None
    again = replace(newer, received_at=NOW + 2 * MINUTE, repeated=True)
    assert repeats.recall(again).received_at == NOW + MINUTE


def test_a_repeat_that_overtakes_its_first_delivery_in_the_spool_is_the_same_row(site, registry):
    pipeline = Pipeline(site, registry)
    waiting = reading(at=None, packet_id=3)
    again = replace(waiting, received_at=NOW + MINUTE, repeated=True)
    other = replace(reading(at=None, packet_id=4, value=1.0), received_at=NOW - MINUTE)
    rows = pipeline.handle_all([again, other, waiting, replace(again, received_at=NOW + 2 * MINUTE)]).observations
    assert [row.at for row in rows] == [NOW + MINUTE, NOW - MINUTE, NOW + MINUTE, NOW + MINUTE]
    following = replace(waiting, received_at=NOW + 3 * MINUTE)
    assert [row.at for row in pipeline.handle_all([following]).observations] == [NOW + 3 * MINUTE]


def test_only_what_needs_it_is_remembered(handle):
    assert handle(reading(packet_id=3), reading(at=None), uplink(packet_id=4)).arrival_timed == []
    array = json.dumps([{"at": None, "quantity": "snow_depth", "value": 1.0 + n, "unit": "cm"} for n in range(3)])
    many = Message(b"yukimori/t/gauge/reading", array.encode(), NOW, 1, packet_id=9)
    (kept,) = handle(many).arrival_timed
    assert isinstance(kept, ArrivalTimed)
    assert len(kept.digest) == 16


# Bounds


def test_a_million_topics_cost_a_bounded_memory(site, monkeypatch):
    monkeypatch.setattr(sources, "REMEMBERED", 100)
    table = SourceTable(site.sources, site.limits, CODECS)
    for number in range(5_000):
        assert table.find(f"yukimori/t/rogue-{number}/reading")[0].name == "yukimori"
        assert len(table._remembered) <= 100
        with pytest.raises(DecodeError, match="no source"):
            table.find(f"elsewhere/{number}")


# Balances

AT = st.sampled_from([None, NOW, NOW + timedelta(hours=1), NOW - timedelta(days=99), datetime(1970, 1, 1, tzinfo=UTC)])
DEVICE = st.sampled_from([DeviceId("gauge"), DeviceId(EUI), DeviceId("stranger")])
ITEMS = st.lists(
    st.one_of(
        st.builds(
            Reading,
            DEVICE,
            AT,
            st.sampled_from(["snow_depth", "happiness"]),
            st.sampled_from([None, 1.0]),
            st.sampled_from(["cm", "degC"]),
        ),
        st.builds(Status, DEVICE, st.booleans(), AT),
        st.builds(Numbered, DEVICE, st.integers(-1, 2**64), AT),
        st.builds(Refused, DEVICE, st.just("bad-shape"), st.just("no")),
        st.builds(
            Uplink,
            DEVICE,
            AT,
            st.just(85),
            st.sampled_from([None, b"", bytes.fromhex("01756403827805"), b"\xff\xff"]),
            st.none(),
            frame=st.one_of(st.none(), st.integers(0, 70_000)),
            gateways=st.sampled_from([(), ("a", "a"), ("\0",)]),
        ),
    ),
    max_size=5,
)


@given(st.lists(st.tuples(ITEMS, st.booleans(), st.booleans()), max_size=6))
def test_every_message_has_one_fate_and_every_row_one_place(site, registry, arrived):
    said = [items for items, _, _ in arrived]

    def decode(message: Message, _topic: str, _options: CodecOptions):
        return said[int(message.payload)]

    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(CODECS, "yukimori", Codec("yukimori", decode))
        pipeline = Pipeline(replace(site, limits=replace(site.limits, device_burst=3)), registry)
    messages = [
        Message(b"yukimori/t/any/reading", str(place).encode(), NOW, 1, retain, repeated, 1 + place)
        for place, (_, retain, repeated) in enumerate(arrived)
    ]
    batch = pipeline.handle_all(messages)
    counts = {name: batch.counts.get(name, 0) for name in NAMES}
    fates = [counts[f"messages_{fate}"] for fate in ("accepted", "partial", "quarantined", "alive")]
    assert sum(fates) == counts["messages_received"] == len(messages)
    assert len(batch.quarantine) == counts["messages_partial"] + counts["messages_quarantined"]
    given_on = len(batch.observations) + len(batch.positions)
    assert counts["rows_received"] == counts["rows_unmapped"] + counts["rows_quarantined"] + given_on
    assert {each.device for each in [*batch.seen, *batch.numbers, *batch.heard, *batch.skews]} <= {"gauge", EUI}


NAMES = [
    *(f"messages_{fate}" for fate in ("received", "accepted", "partial", "quarantined", "alive")),
    *(f"rows_{fate}" for fate in ("received", "unmapped", "quarantined")),
]
