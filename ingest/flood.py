"""Whether a device sends far more than it should: a bucket that empties at the rate it may send.

Reckoned as the generic cell rate algorithm (ITU-T I.371, appendix): of each device only the instant is kept at which its
bucket will be empty. Time is that of arrival. What was measured more than ``BACKLOG`` before it arrived is a backlog and
passes without being counted, and so does what arrived before others that were judged already: it waited with us.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from config.model import Site
from core.errors import DecodeError

BACKLOG = timedelta(minutes=10)
WAITED = timedelta(seconds=5)
ABOVE_EXPECTED = 10.0
"""How many times as often as its expected interval says a device may send."""

_LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(slots=True)
class _Bucket:
    """``reading_s`` is how long one reading takes to run out, ``depth_s`` a full bucket, ``empty_at`` seconds since 1970."""

    reading_s: float
    depth_s: float
    empty_at: float = 0.0

    def __str__(self) -> str:
        """What may be sent, in words."""
        return f"{1.0 / self.reading_s:.3g} readings a second, {round(self.depth_s / self.reading_s)} at once"


class FloodGate:
    """Admits the readings of known devices up to what their site lets them send; others are none of its business."""

    def __init__(self, site: Site) -> None:
        self._buckets = {device: _bucket(rate, site.limits.device_burst) for device, rate in _rates(site).items()}
        self._newest = self._arrival = self._backlog_before = _LONG_AGO
        self._now = 0.0
        self._waited = False

    def check(self, device: str, at: datetime, received_at: datetime) -> None:
        """Count a reading of ``at`` that arrived at ``received_at``.

        Raises DecodeError ``flood`` where that is more than the device may send.
        """
        if received_at is not self._arrival:  # messages read from the socket together share the instant
            self._look_at(received_at)
        if at < self._backlog_before or self._waited:
            return
        bucket = self._buckets.get(device)
        if bucket is None:
            return
        fill_s = bucket.empty_at - self._now
        if fill_s <= 0.0:
            bucket.empty_at = self._now + bucket.reading_s
        elif fill_s < bucket.depth_s:
            bucket.empty_at += bucket.reading_s
        else:
            raise DecodeError("flood", f"device {device!r} sends more than {bucket}")

    def _look_at(self, received_at: datetime) -> None:
        self._arrival = received_at
        self._newest = max(self._newest, received_at)
        self._waited = self._newest - received_at > WAITED
        self._backlog_before = received_at - BACKLOG
        self._now = received_at.timestamp()


def _bucket(rate: float, burst: int) -> _Bucket:
    """A bucket that takes ``burst`` readings at once; it is full when the last of them finds no room."""
    return _Bucket(1.0 / rate, (burst - 0.5) / rate)


def _rates(site: Site) -> dict[str, float]:
    """Readings a second each device of the site may send on the average."""
    expected: defaultdict[str, float] = defaultdict(float)
    for stream in site.datastreams:
        expected[stream.device] += 1.0 / stream.expected_interval.total_seconds()
    return {
        device: max(site.limits.device_rate_per_s, ABOVE_EXPECTED * expected.get(device, 0.0))
        for device in site.devices
    }
