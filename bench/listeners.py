"""Many readers of ``/api/stream`` in one process that does next to nothing while it listens, for ``bench.live``.

    python -m bench.listeners PORT COUNT

Prints ``listening`` once every reader has its snapshot. When standard input closes it waits a second for what
is under way and prints JSON: ``latencies`` as pairs of whole milliseconds and how often, over every (reading,
listener); ``seen``, how many different readings were in the events; ``listeners`` that were there to the end.
"""

from __future__ import annotations

import asyncio
import json
import sys
import threading
import time
from collections import Counter
from datetime import datetime
from typing import Any

REQUEST = b"GET /api/stream HTTP/1.1\r\nHost: 127.0.0.1\r\nAccept: text/event-stream\r\n\r\n"
LAST_EVENTS_S = 1.0


class Listeners:
    """What arrived: the bytes of each event once, and when each listener had it whole."""

    def __init__(self) -> None:
        self.bodies: dict[bytes, bytes] = {}
        self.arrivals: list[tuple[bytes, float]] = []
        self.present = 0

    async def listen(self, port: int, ready: asyncio.Event) -> None:
        """Read events until cancelled; ``ready`` is set by the first snapshot."""
        reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=2**24)
        try:
            writer.write(REQUEST)
            await reader.readuntil(b"\r\n\r\n")
            self.present += 1
            while True:
                event = await reader.readuntil(b"\n\n")
                arrived = time.time()
                if b"event: delta" in event:
                    name = event[event.index(b"id: ") :].split(b"\n", 1)[0]
                    self.arrivals.append((name, arrived))
                    self.bodies.setdefault(name, event)
                elif b"event: snapshot" in event:
                    ready.set()
        except asyncio.IncompleteReadError:
            self.present -= 1
        finally:
            writer.close()

    def result(self) -> dict[str, Any]:
        """The latencies, counted by whole milliseconds."""
        published = {name: list(times) for name, times in self._new_readings()}
        counts: Counter[int] = Counter()
        for name, arrived in self.arrivals:
            counts.update(round((arrived - at) * 1000) for at in published[name])
        seen = sum(len(times) for times in published.values())
        return {"latencies": sorted(counts.items()), "seen": seen, "listeners": self.present}

    def _new_readings(self) -> list[tuple[bytes, list[float]]]:
        """Per event the instants of the readings that were not in an event before it."""
        known: dict[str, str] = {}
        found = []
        for name, event in self.bodies.items():
            times = []
            for station in _data(event)["stations"]:
                at = station["properties"]["quantities"]["snow_depth"]["at"]
                if at is not None and known.get(station["id"]) != at:
                    known[station["id"]] = at
                    times.append(datetime.fromisoformat(at).timestamp())
            found.append((name, times))
        return found


def _data(event: bytes) -> dict[str, Any]:
    line = next(line for line in event.split(b"\n") if line.startswith(b"data: "))
    data: dict[str, Any] = json.loads(line.removeprefix(b"data: "))
    return data


async def run(port: int, count: int) -> dict[str, Any]:
    """Listen until standard input closes."""
    listeners, stop = Listeners(), asyncio.Event()
    ready = [asyncio.Event() for _ in range(count)]
    tasks = [asyncio.create_task(listeners.listen(port, event)) for event in ready]
    await asyncio.gather(*(event.wait() for event in ready))
    loop = asyncio.get_running_loop()
    threading.Thread(target=lambda: (sys.stdin.read(), loop.call_soon_threadsafe(stop.set)), daemon=True).start()
    print("listening", flush=True)
    await stop.wait()
    await asyncio.sleep(LAST_EVENTS_S)
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    return listeners.result()


if __name__ == "__main__":
    print(json.dumps(asyncio.run(run(int(sys.argv[1]), int(sys.argv[2])))), flush=True)
