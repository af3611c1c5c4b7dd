"""The live stream: one ring of encoded changes shared by every listener.

A listener is a position in the ring, not a queue of its own: bytes are made once, and a reader too slow
to keep up costs nothing until it reads again, when it gets what it missed or, if that is too much, a
snapshot.
"""

from __future__ import annotations

import asyncio
import threading
import time
from collections import deque
from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass, field
from datetime import datetime

from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from core.times import Clock
from web.events import Writer
from web.live import Live
from web.picture import Change, Picture
from web.settings import WebSettings

RETRY_MS = 3000

_JUST_AFTER_S = 0.1
"""By how much a listener looks later than the moment the data become stale: then they are."""


@dataclass(frozen=True, slots=True)
class _Delta:
    version: int
    body: bytes


@dataclass(eq=False, slots=True)
class _Ear:
    """One listener: the loop it lives in, its wake-up, and whether it has been told the data stand still."""

    loop: asyncio.AbstractEventLoop
    woken: asyncio.Event = field(default_factory=asyncio.Event)
    told_stale: bool = False

    def wake(self) -> None:
        """Wakes the listener from any thread; one whose loop is gone needs no waking."""
        try:
            self.loop.call_soon_threadsafe(self.woken.set)
        except RuntimeError:
            return


class Hub:
    """Takes changes from the poller, hands them to listeners."""

    def __init__(self, writer: Writer, *, clock: Clock, settings: WebSettings) -> None:
        self._writer = writer
        self._clock = clock
        self._settings = settings
        self._lock = threading.Lock()
        self._ring: deque[_Delta] = deque(maxlen=settings.kept_deltas)
        self._ears: set[_Ear] = set()
        self._snapshot: tuple[tuple[int, bool], float, bytes] | None = None
        self._closed = False
        self.deltas = 0
        self.snapshots = 0

    @property
    def listeners(self) -> int:
        """How many readers are connected."""
        return len(self._ears)

    @property
    def full(self) -> bool:
        """Whether another reader has to be turned away."""
        return len(self._ears) >= self._settings.max_listeners

    def publish(self, picture: Picture, change: Change, now: datetime) -> None:
        """Puts a change into the ring and wakes everyone; an empty change only wakes."""
        if change:
            delta = _Delta(picture.version, self._writer.delta(picture, change, now))
            with self._lock:
                if self._ring and self._ring[-1].version != delta.version - 1:
                    self._ring.clear()  # a change got lost on its way here: only a snapshot closes the gap
                self._ring.append(delta)
                self.deltas += 1
        self._wake()

    def close(self) -> None:
        """Ends every stream after what it is sending; none is opened afterwards."""
        self._closed = True
        self._wake()

    async def listen(self, live: Live, last_event_id: str | None) -> AsyncGenerator[bytes]:
        """Events for one reader, from what it has seen on, until the hub closes."""
        ear = _Ear(asyncio.get_running_loop())
        self._ears.add(ear)
        try:
            yield f"retry: {RETRY_MS}\n\n".encode()
            # A delta is news by its nature: who comes while the data stand still gets a snapshot, which says so.
            seen = None if live.stale(self._clock()) else self._writer.version_of(last_event_id)
            beat_at = 0.0
            while not self._closed:
                ear.woken.clear()
                chunk, seen = await self._since(live, seen)
                if chunk:
                    yield chunk
                if time.monotonic() >= beat_at or ear.told_stale != live.stale(self._clock()):
                    beat_at = time.monotonic() + self._settings.heartbeat_every.total_seconds()
                    yield self._heartbeat(live, ear)
                if not chunk:
                    await _wait(ear.woken, min(beat_at - time.monotonic(), self._until_stale(live)))
        finally:
            self._ears.discard(ear)

    async def _since(self, live: Live, seen: int | None) -> tuple[bytes, int | None]:
        """What a reader that has seen ``seen`` lacks, and the version it has seen then."""
        picture = live.peek()
        if picture is None or picture.version == seen:
            return b"", seen
        missed = self._missed(seen)
        if missed:
            return b"".join(delta.body for delta in missed), missed[-1].version
        # The delta of the newest picture may be on its way into the ring: it will wake us.
        if seen is not None and missed is not None and seen == picture.version - 1:
            return b"", seen
        version, body = await asyncio.to_thread(self._snapshot_of, live, picture)
        return body, version

    def _missed(self, seen: int | None) -> list[_Delta] | None:
        """The deltas after ``seen``, None where some are gone or they are more than a snapshot is worth."""
        with self._lock:
            ring = list(self._ring)
        if seen is None or (ring and not ring[0].version - 1 <= seen <= ring[-1].version):
            return None
        missed = [delta for delta in ring if delta.version > seen]
        return None if sum(len(delta.body) for delta in missed) > self._settings.backlog_bytes else missed

    def _snapshot_of(self, live: Live, picture: Picture) -> tuple[int, bytes]:
        """A snapshot not older than a second, made once for all who come in that second."""
        with self._lock:
            now = self._clock()
            kept, key = self._snapshot, (picture.version, live.stale(now))
            if kept is None or kept[0] != key or time.monotonic() - kept[1] > 1.0:
                body = self._writer.snapshot(picture, now, live.read_at, stale=key[1])
                kept = self._snapshot = (key, time.monotonic(), body)
            self.snapshots += 1
        return picture.version, kept[2]

    def _until_stale(self, live: Live) -> float:
        """Seconds after which the data may stand still without anything having woken the listener."""
        now = self._clock()
        if live.read_at is None or live.stale(now):
            return self._settings.heartbeat_every.total_seconds()
        left = live.read_at + self._settings.stale_after - now
        return max(left.total_seconds() + _JUST_AFTER_S, _JUST_AFTER_S)

    def _heartbeat(self, live: Live, ear: _Ear) -> bytes:
        now = self._clock()
        ear.told_stale = live.stale(now)
        return self._writer.heartbeat(now, live.read_at, stale=ear.told_stale)

    def _wake(self) -> None:
        for ear in tuple(self._ears):
            ear.wake()


async def _wait(woken: asyncio.Event, seconds: float) -> None:
    try:
        await asyncio.wait_for(woken.wait(), max(seconds, 0.0))
    except TimeoutError:
        return


class EventStream(Response):
    """Sends events as they come; gives up on a reader that takes nothing for ``send_timeout``."""

    media_type = "text/event-stream"

    def __init__(self, events: AsyncGenerator[bytes], settings: WebSettings) -> None:
        self._events = events
        self._settings = settings
        self.status_code = 200
        self.background = None
        # X-Accel-Buffering is read by nginx: a buffered event is a late event.
        self.init_headers({"Cache-Control": "no-store", "X-Accel-Buffering": "no"})

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Sends until the events end or the reader leaves; the head alone where that was asked."""
        async with aclosing(self._events):
            head = {"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers}
            await send(head)
            if scope["method"] == "HEAD":
                await send({"type": "http.response.body", "body": b""})
                return
            sending = asyncio.create_task(self._send_all(send))
            leaving = asyncio.create_task(_disconnected(receive))
            try:
                await asyncio.wait((sending, leaving), return_when=asyncio.FIRST_COMPLETED)
            finally:
                await _ended(sending, leaving)
            _raise_mistake(sending)

    async def _send_all(self, send: Send) -> None:
        timeout = self._settings.send_timeout.total_seconds()
        async for chunk in self._events:
            await asyncio.wait_for(send({"type": "http.response.body", "body": chunk, "more_body": True}), timeout)
        await send({"type": "http.response.body", "body": b""})


async def _disconnected(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        continue


def _raise_mistake(sending: asyncio.Task[None]) -> None:
    """A reader that left or took nothing is no mistake; anything else that ended the sending is."""
    error = None if sending.cancelled() else sending.exception()
    if error is not None and not isinstance(error, (TimeoutError, OSError)):
        raise error


async def _ended(*tasks: asyncio.Task[None]) -> None:
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
