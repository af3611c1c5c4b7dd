import asyncio
import json
from concurrent.futures import ThreadPoolExecutor
from contextlib import aclosing
from dataclasses import replace
from datetime import timedelta

import pytest

from core.model import Quality, QualityReason, StationId
from store.rows import LatestValue
from web import WebSettings
from web.events import Writer
from web.features import Shapes
from web.picture import Change, Picture
from web.stream import EventStream, Hub


def play(scene):
    """Run a scene in a loop and a thread of its own: the browser tests of the same run keep a loop in this one."""
    with ThreadPoolExecutor(max_workers=1) as thread:
        thread.submit(asyncio.run, scene()).result()


ONE_STATION = Change(stations=(StationId("bridge"),), vehicles=(), vehicles_gone=(), alerts=False)


class Stage:
    """A picture that is changed by hand, in the place of the one read from the store."""

    def __init__(self, town, clock, **settings):
        self.clock = clock
        self.shown = Picture(version=100)
        self.settings = replace(WebSettings(), **settings)
        self.hub = Hub(Writer(Shapes(town), "t0", timedelta(hours=48)), clock=clock, settings=self.settings)
        self.read_at = clock.now

    def peek(self):
        return self.shown

    def stale(self, now):
        return False

    def change(self, number):
        row = LatestValue(
            1,
            StationId("bridge"),
            "water_level",
            self.clock.now,
            number,
            Quality.GOOD,
            QualityReason.NONE,
            self.clock.now,
            1,
        )
        values = {"bridge/water_level": row}
        self.shown = Picture(version=self.shown.version + 1, values=values, stations_version=self.shown.version + 1)
        self.hub.publish(self.shown, ONE_STATION, self.clock.now)


def read(chunk):
    """The events in a chunk: name and data."""
    events = []
    for block in chunk.decode().split("\n\n"):
        fields = dict(line.split(": ", 1) for line in block.splitlines())
        if "event" in fields:
            events.append((fields["event"], json.loads(fields["data"])))
    return events


async def next_told(events):
    """The next events but heartbeats."""
    async for chunk in events:
        told = [event for event in read(chunk) if event[0] != "heartbeat"]
        if told:
            return told
    raise AssertionError("the stream ended")


@pytest.fixture
def stage(town, clock):
    return lambda **settings: Stage(town, clock, **settings)


def test_reader_that_was_slow_gets_what_it_missed(stage):
    async def scene():
        live = stage()
        async with aclosing(live.hub.listen(live, None)) as events:
            assert (await next_told(events))[0][0] == "snapshot"
            for number in (1.0, 2.0, 3.0):
                live.change(number)
            told = await next_told(events)
            assert [(name, data["version"]) for name, data in told] == [("delta", 101), ("delta", 102), ("delta", 103)]

    play(scene)


def test_reader_that_was_too_slow_gets_a_snapshot_and_no_more_is_kept(stage):
    async def scene():
        live = stage(kept_deltas=4)
        async with aclosing(live.hub.listen(live, None)) as events:
            await next_told(events)
            for number in range(50):
                live.change(float(number))
            assert len(live.hub._ring) == 4
            [(name, data)] = await next_told(events)
            assert (name, data["version"]) == ("snapshot", 150)
            live.change(99.0)
            assert (await next_told(events))[0][0] == "delta"

    play(scene)


def test_backlog_larger_than_a_snapshot_is_worth(stage):
    async def scene():
        live = stage(backlog_bytes=100)
        async with aclosing(live.hub.listen(live, None)) as events:
            await next_told(events)
            live.change(1.0)
            assert (await next_told(events))[0][0] == "snapshot"

    play(scene)


def test_lost_change_is_never_skipped_over(stage):
    async def scene():
        live = stage()
        async with aclosing(live.hub.listen(live, None)) as events:
            await next_told(events)
            live.change(1.0)
            await next_told(events)
            live.shown = Picture(version=live.shown.version + 1)  # this one is never published
            live.change(3.0)
            assert (await next_told(events))[0][0] == "snapshot"

    play(scene)


def test_snapshot_already_holds_the_change_on_its_way(stage):
    """The picture stands before its delta is in the ring: who joins in between hears of it once."""

    async def scene():
        live = stage()
        picture = Picture(version=101)
        live.shown = picture
        async with aclosing(live.hub.listen(live, None)) as events:
            assert (await next_told(events))[0][1]["version"] == 101
            live.hub.publish(picture, ONE_STATION, live.clock.now)
            live.change(2.0)
            told = await next_told(events)
            assert [(name, data["version"]) for name, data in told] == [("delta", 102)]

    play(scene)


def test_reader_that_takes_nothing_is_let_go(stage):
    async def scene():
        live = stage(send_timeout=timedelta(milliseconds=20))
        gone = asyncio.Event()

        async def receive():
            await gone.wait()
            return {"type": "http.disconnect"}

        async def send(message):
            if message.get("body"):
                await asyncio.Event().wait()  # a full buffer that never drains

        response = EventStream(live.hub.listen(live, None), live.settings)
        await asyncio.wait_for(response({"type": "http", "method": "GET"}, receive, send), 30)
        assert live.hub.listeners == 0

    play(scene)


def test_mistake_while_sending_is_not_swallowed(stage):
    async def scene():
        live = stage()

        async def receive():
            await asyncio.Event().wait()

        async def send(message):
            if message.get("body"):
                raise ZeroDivisionError

        response = EventStream(live.hub.listen(live, None), live.settings)
        with pytest.raises(ZeroDivisionError):
            await response({"type": "http", "method": "GET"}, receive, send)

    play(scene)


def test_closing_ends_every_stream(stage):
    async def scene():
        live = stage()
        events = live.hub.listen(live, None)
        await next_told(events)
        live.hub.close()
        rest = [read(chunk) async for chunk in events]
        assert all(name == "heartbeat" for told in rest for name, _ in told)
        assert live.hub.listeners == 0

    play(scene)


def test_nothing_read_yet_is_a_heartbeat_that_says_so(stage):
    async def scene():
        live = stage()
        live.peek = lambda: None
        live.stale = lambda now: True
        live.read_at = None
        async with aclosing(live.hub.listen(live, None)) as events:
            await anext(events)
            [(name, data)] = read(await anext(events))
            assert name == "heartbeat"
            assert (data["stale"], data["read_at"]) == (True, None)

    play(scene)
