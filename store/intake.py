"""What is known of the way messages took: device numbers and their gaps, clocks, arrivals the broker may repeat."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import median

from store import statements
from store.connection import Connection
from store.numbering import Gap, Numbers, from_json, to_json
from store.part import Part
from store.rows import ArrivalTimed, Batch, DeviceHeard, DeviceNumber, DeviceSkew

_SQL = statements.load("intake")

RECENT_SKEWS = 32
"""How many refused times of a device are remembered one by one."""
STEADY_AFTER = 10
STEADY_WITHIN = timedelta(minutes=1)
NEVER_SET = timedelta(days=20 * 365)
"""A clock so far behind was never set; it begins anew with every power cut, so no offset puts it right."""
MOST_GATEWAYS = 100


@dataclass(frozen=True, slots=True)
class DeviceClock:
    """What is known of a device whose times were refused: ``count`` of them, from ``first_at`` to ``last_at`` (arrival).

    Skews are device time minus arrival; ``skew`` is the median of the newest, ``low`` and ``high`` are of all.
    """

    device: str
    count: int
    skew: timedelta
    low: timedelta
    high: timedelta
    recent: tuple[timedelta, ...]
    first_at: datetime
    last_at: datetime

    @property
    def never_set(self) -> bool:
        """Whether this is a clock that shows the time since the device was switched on."""
        return self.skew < -NEVER_SET

    @property
    def steady(self) -> bool:
        """Whether the newest skews agree, so that an offset would put the clock right."""
        newest = self.recent[:STEADY_AFTER]
        return len(newest) == STEADY_AFTER and max(newest) - min(newest) <= STEADY_WITHIN and not self.never_set

    @property
    def proposed_offset(self) -> timedelta | None:
        """What to enter as ``clock_offset``, in whole seconds; None where no offset would help."""
        return timedelta(seconds=-round(self.skew.total_seconds())) if self.steady else None


class Intake(Part):
    """Gaps in what devices numbered, gateways, wrong clocks, and messages that may come again."""

    def gaps(self, site_no: int, since: datetime | None = None) -> list[Gap]:
        """The numbers that never arrived, by device and then oldest first; only gaps noticed at or after ``since``.

        A gap that is filled by a late delivery is no longer listed. What is missing after the newest message of a
        device is noticed with its next one.
        """
        found = [gap for device, numbers in self._numbers(site_no) for gap in numbers.gaps(device)]
        return found if since is None else [gap for gap in found if gap.noticed_at >= since]

    def gaps_forgotten(self, site_no: int) -> dict[str, int]:
        """Per device how many gaps are no longer kept because there were too many; only devices with any."""
        with self._transaction("read the numbers of devices") as connection:
            rows = connection.execute(_SQL["all_numbers"], {"site": site_no}).fetchall()
        return {device: forgotten for device, _runs, forgotten in rows if forgotten}

    def clocks(self, site_no: int) -> list[DeviceClock]:
        """The devices whose times were refused as ahead or impossible, by device."""
        with self._transaction("read the clocks of devices") as connection:
            rows = connection.execute(_SQL["all_clocks"], {"site": site_no}).fetchall()
        return [
            DeviceClock(
                device,
                count,
                _seconds(median(recent)),
                _seconds(low),
                _seconds(high),
                tuple(map(_seconds, recent)),
                first_at,
                last_at,
            )
            for device, count, low, high, recent, first_at, last_at in rows
        ]

    def heard(self, site_no: int) -> list[DeviceHeard]:
        """Which gateways heard which devices, and when last; by device and gateway."""
        with self._transaction("read which gateways heard which devices") as connection:
            return [DeviceHeard(*row) for row in connection.execute(_SQL["all_heard"], {"site": site_no})]

    def last_heard(self, site_no: int) -> list[DeviceHeard]:
        """Only the gateways that heard the newest frame of each device; by device and gateway."""
        with self._transaction("read which gateways heard devices last") as connection:
            return [DeviceHeard(*row) for row in connection.execute(_SQL["last_heard"], {"site": site_no})]

    def arrival_timed(self, site_no: int, client: str = "") -> list[ArrivalTimed]:
        """The messages of a client without a time of their own that the broker may send again, oldest first."""
        with self._transaction("read arrivals that may be repeated") as connection:
            rows = connection.execute(_SQL["arrivals_of_client"], {"site": site_no, "client": client})
            return [ArrivalTimed(*row) for row in rows]

    def _numbers(self, site_no: int) -> list[tuple[str, Numbers]]:
        with self._transaction("read the numbers of devices") as connection:
            rows = connection.execute(_SQL["all_numbers"], {"site": site_no}).fetchall()
        return [(device, from_json(runs)) for device, runs, _forgotten in rows]


def note(connection: Connection, site: int, batch: Batch) -> None:
    """Write what the batch says of the way its messages took, in the transaction of its rows.

    A message out of quarantine says nothing new of clocks, and is not repeated by the broker.
    """
    if batch.heard:
        _note_heard(connection, site, batch.heard)
    if batch.skews and batch.replayed is None:
        _note_skews(connection, site, batch.skews)
    if batch.arrival_timed and batch.replayed is None:
        _keep_arrivals(connection, site, batch.arrival_timed)
    if batch.numbers:
        _note_numbers(connection, site, batch.numbers)


def forget(connection: Connection) -> None:
    """Keep what is bounded by nothing else within its bounds."""
    connection.execute(_SQL["forget_heard"], {"most": MOST_GATEWAYS})


def _note_numbers(connection: Connection, site: int, found: Sequence[DeviceNumber]) -> None:
    by_device: dict[str, list[DeviceNumber]] = defaultdict(list)
    for number in found:
        by_device[number.device].append(number)
    devices = {"site": site, "device": sorted(by_device)}
    rows = connection.execute(_SQL["lock_numbers"], devices).fetchall()
    if len(rows) < len(by_device):
        connection.execute(_SQL["begin_numbers"], devices)
        rows = connection.execute(_SQL["lock_numbers"], devices).fetchall()
    changed: dict[str, Numbers] = {}
    for device, kept, now in rows:
        numbers = changed[device] = from_json(kept)
        for number in by_device[device]:
            numbers.add(number, now)
    connection.execute(
        _SQL["save_numbers"],
        {
            "site": site,
            "device": list(changed),
            "runs": [json.dumps(to_json(numbers)) for numbers in changed.values()],
            "forgotten": [numbers.forgotten for numbers in changed.values()],
        },
    )


def _note_heard(connection: Connection, site: int, heard: Sequence[DeviceHeard]) -> None:
    newest: dict[tuple[str, str], datetime] = {}
    for each in heard:
        key = each.device, each.gateway
        newest[key] = max(each.at, newest.get(key, each.at))
    rows = sorted(newest.items())
    connection.execute(
        _SQL["upsert_heard"],
        {
            "site": site,
            "device": [device for (device, _), _ in rows],
            "gateway": [gateway for (_, gateway), _ in rows],
            "at": [at for _, at in rows],
        },
    )


def _note_skews(connection: Connection, site: int, skews: Sequence[DeviceSkew]) -> None:
    connection.execute(
        _SQL["add_skews"],
        {
            "site": site,
            "device": [each.device for each in skews],
            "skew_s": [each.skew.total_seconds() for each in skews],
            "at": [each.at for each in skews],
            "most": RECENT_SKEWS,
        },
    )


def _keep_arrivals(connection: Connection, site: int, arrivals: Sequence[ArrivalTimed]) -> None:
    newest = {(each.client, each.packet_id): each for each in arrivals}  # the later of two with one number
    rows = [newest[key] for key in sorted(newest)]
    connection.execute(
        _SQL["keep_arrivals"],
        {
            "site": site,
            "client": [each.client for each in rows],
            "packet_id": [each.packet_id for each in rows],
            "digest": [each.digest for each in rows],
            "received_at": [each.received_at for each in rows],
        },
    )


def _seconds(seconds: float) -> timedelta:
    return timedelta(seconds=seconds)
