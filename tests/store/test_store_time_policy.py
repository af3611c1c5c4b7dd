"""Times that are wrong, late or shuffled, through the pipeline into the store: the newest stays the newest, a season the same."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from random import Random

import pytest

from config.model import Source
from core.model import DeviceId, StationId
from ingest.messages import Message
from ingest.pipeline import Pipeline
from ingest.repeats import Repeats

MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)


@pytest.fixture
def site(town):
    """The town, listening to the native form."""
    return replace(town, sources=(Source(topic="yukimori/town/+/+", codec="yukimori"),))


@pytest.fixture
def take_in(site, store, registry):
    """Hands messages to the pipeline and its batch to the store."""
    pipeline = Pipeline(site, registry)

    def run(*messages):
        return store.append(registry.site, pipeline.handle_all(messages))

    return run


def reading(at, value=80.0, *, received_at, retain=False, device="dev-snow-1", **more):
    text = None if at is None else at.isoformat()
    body = {"at": text, "quantity": "snow_depth", "value": value, "unit": "cm"}
    topic = f"yukimori/town/{device}/reading".encode()
    return Message(topic, json.dumps(body).encode(), received_at, 1, retain, **more)


def fix(at, *, received_at):
    body = {"at": at.isoformat(), "lon": 140.4, "lat": 38.6, "speed_kmh": 10.0, "task": "plough"}
    return Message(b"yukimori/town/dev-plough-1/position", json.dumps(body).encode(), received_at, 1)


PARTITIONS = """
select count(*) from pg_class where relkind = 'r' and (relname like 'observation%' or relname like 'vehicle_position%'
    or relname like '_hyper_%')
"""


def test_no_time_freezes_the_newest_value_or_makes_room_for_itself(site, store, registry, take_in, noon, look):
    take_in(reading(noon, received_at=noon), fix(noon, received_at=noon))
    partitions = look(PARTITIONS)
    wrong = [
        noon + DAY,
        noon + 3653 * DAY,
        noon + timedelta(hours=1),
        datetime(1970, 1, 1, 0, 5, tzinfo=UTC),
        datetime(1980, 1, 6, tzinfo=UTC),
        noon - timedelta(weeks=1024),
        noon - 40 * DAY,
        datetime(9999, 12, 31, 23, 59, tzinfo=UTC),
    ]
    done = take_in(*[reading(at, 99.0, received_at=noon + MINUTE) for at in wrong])
    assert (done.stored, done.quarantined) == (0, len(wrong))
    done = take_in(*[fix(at, received_at=noon) for at in wrong if at != noon - timedelta(weeks=1024)])
    assert (done.stored, done.quarantined) == (0, len(wrong) - 1)
    done = take_in(fix(noon - timedelta(weeks=1024), received_at=noon))
    assert (done.stored, done.duplicate) == (0, 1), "the week put right, it is the fix that is there"
    (value,), (position,) = store.latest_values(registry.site), store.latest_positions(registry.site)
    assert (value.at, value.value, position.at) == (noon, 80.0, noon)
    assert look(PARTITIONS) == partitions
    take_in(reading(noon + 2 * MINUTE, 81.0, received_at=noon + 2 * MINUTE))
    assert [latest.value for latest in store.latest_values(registry.site)] == [81.0]
    assert {clock.device: clock.count for clock in store.intake.clocks(registry.site)} == {
        "dev-snow-1": 7,
        "dev-plough-1": 6,
    }


def test_late_repeated_and_retained_readings_never_set_the_newest_value_back(store, registry, take_in, noon):
    take_in(reading(noon, 80.0, received_at=noon))
    take_in(
        reading(noon - DAY, 70.0, received_at=noon + MINUTE),
        reading(noon, 80.0, received_at=noon + 2 * MINUTE),
        reading(noon, 95.0, received_at=noon + 3 * MINUTE),
        reading(noon - 2 * DAY, 60.0, received_at=noon + 4 * MINUTE, retain=True),
    )
    (latest,) = store.latest_values(registry.site)
    assert (latest.at, latest.value, latest.received_at) == (noon, 80.0, noon)
    counters = store.counters(registry.site)
    assert (counters["stored"], counters["duplicate"], counters["conflict"]) == (3, 1, 1)


EVERY = timedelta(minutes=40)
READINGS = 4 * DAY // EVERY
"""A season of four days: the bounds of hours and days lie in it."""
SHUFFLES = 5


def value_at(place):
    return 50.0 + place * 7 % 40 / 4


@pytest.fixture
def seasons(store, site, noon):
    """One season in order (station 0) and shuffled in several ways, repeated in part, up to ten days late."""
    begins = noon - 8 * DAY
    stations = [replace(site.stations[0], id=StationId(f"snow-{number}")) for number in range(1 + SHUFFLES)]
    streams = [
        replace(site.datastreams[0], station=station.id, device=DeviceId(f"gauge-{number}"))
        for number, station in enumerate(stations)
    ]
    town = replace(site, stations=tuple(stations), datastreams=tuple(streams), vehicles=())
    registry = store.register(town)
    pipeline = Pipeline(town, registry)
    for number in range(1 + SHUFFLES):
        dice = Random(number)
        places = [*range(READINGS), *(dice.sample(range(READINGS), READINGS // 5) if number else ())]
        if number:
            dice.shuffle(places)
        for portion in range(0, len(places), 40):
            messages = [
                reading(
                    begins + place * EVERY,
                    value_at(place),
                    device=f"gauge-{number}",
                    received_at=begins + place * EVERY + dice.random() * (10 * DAY if number else MINUTE),
                )
                for place in places[portion : portion + 40]
            ]
            store.append(registry.site, pipeline.handle_all(messages))
            if portion == 80:
                store.maintain(noon)
    store.maintain(noon)
    return registry, begins


def test_a_season_shuffled_and_late_is_the_season_in_order(store, noon, seasons):
    registry, begins = seasons
    latest = {value.station: (value.at, value.value) for value in store.latest_values(registry.site)}
    pictures = []
    for number in range(1 + SHUFFLES):
        stream = registry.datastreams[f"snow-{number}/snow_depth"]
        samples = store.samples([stream], begins, noon)[stream]
        steps = (10 * MINUTE, timedelta(hours=1), DAY)
        pictures.append(
            (
                [(sample.at, sample.value, sample.quality) for sample in samples],
                latest[f"snow-{number}"],
                [store.series(stream, begins - DAY, noon, step) for step in steps],
            )
        )
    history, newest, (tens, _, days) = pictures[0]
    assert [value for _, value, _ in history] == [value_at(place) for place in range(READINGS)]
    assert newest == (begins + (READINGS - 1) * EVERY, value_at(READINGS - 1))
    assert (len(tens), len(days)) == (READINGS, 5)
    assert all(each == pictures[0] for each in pictures)


def test_late_data_refreshes_exactly_the_summaries_it_touches(store, registry, take_in, noon, look):
    steady = [reading(noon - DAY + place * 10 * MINUTE, received_at=noon) for place in range(144)]
    take_in(*steady)
    store.maintain(noon)
    look("update observation set value = -1.0")  # whatever is reckoned anew now is seen
    repeated = reading(noon - DAY + 1_300 * MINUTE, -1.0, received_at=noon)
    done = take_in(reading(noon - DAY + 125 * MINUTE, 80.0, received_at=noon), repeated)
    assert (done.stored, done.duplicate) == (1, 1)
    store.maintain(noon)
    reckoned = {
        summary: look(f"select count(*) from {summary} where low = -1.0")[0][0]
        for summary in ("summary_10m", "summary_1h", "summary_1d")
    }
    if store.flavour == "plain":
        assert reckoned == {"summary_10m": 6, "summary_1h": 1, "summary_1d": 1}, "one late row, in one hour, on one day"
    else:  # it refreshes whole days of Japan: here from noon to midnight
        assert reckoned == {"summary_10m": 72, "summary_1h": 12, "summary_1d": 1}


def test_what_only_the_broker_repeats_after_a_crash_is_one_row(store, site, registry, noon):
    first = reading(None, received_at=noon, packet_id=7)
    again = replace(first, received_at=noon + MINUTE, repeated=True)
    other = replace(first, received_at=noon + 2 * MINUTE, packet_id=8)

    def collector():
        """A collector as it starts: it knows what the store knows."""
        return Pipeline(site, registry, Repeats("one", store.intake.arrival_timed(registry.site, "one")))

    assert store.append(registry.site, collector().handle_all([first])).stored == 1
    after_the_crash = collector()
    done = store.append(registry.site, after_the_crash.handle_all([again]))
    assert (done.stored, done.duplicate) == (0, 1)
    done = store.append(registry.site, after_the_crash.handle_all([other, replace(other, repeated=True)]))
    assert (done.stored, done.duplicate) == (1, 1)
    number = registry.datastreams["snow-1/snow_depth"]
    assert [sample.at for sample in store.samples([number], noon - DAY, noon + DAY)[number]] == [
        noon,
        noon + 2 * MINUTE,
    ]
