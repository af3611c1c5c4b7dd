"""The database is away and the disk of the spool has no room left: nothing is acknowledged, and nothing is lost."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.faults.machinery import FULL, CollectorProcess, eventually

_ON_A_SMALL_DISK = 'mount -t tmpfs -o size=512k tmpfs "$0" && exec "$@"'


def small_disks_are_permitted() -> bool:
    """Whether this user may mount a disk that only its own processes see."""
    probe = subprocess.run(
        ["unshare", "--mount", "mount", "-t", "tmpfs", "tmpfs", "/mnt"], capture_output=True, check=False
    )
    return probe.returncode == 0


def on_a_small_disk(town, url: str, tmp_path: Path, mark: str) -> CollectorProcess:
    """Its spool lies on a disk of half a megabyte, in a mount namespace of its own."""
    spool = tmp_path / "collect" / "spool"
    spool.mkdir(parents=True)
    prefix = ("unshare", "--mount", "sh", "-c", _ON_A_SMALL_DISK, str(spool))
    environment = {"YUKIMORI_SPOOL_FREE_MB": "0"}
    return CollectorProcess(
        town.site, tmp_path / "collect", town.dsn, url, mark=mark, environment=environment, prefix=prefix
    )


def with_a_small_limit(town, url: str, tmp_path: Path, mark: str) -> CollectorProcess:
    """It may use one megabyte."""
    environment = {"YUKIMORI_SPOOL_MB": "1", "YUKIMORI_SPOOL_FREE_MB": "0"}
    return CollectorProcess(town.site, tmp_path / "collect", town.dsn, url, mark=mark, environment=environment)


def with_a_reserve_it_cannot_keep(town, url: str, tmp_path: Path, mark: str) -> CollectorProcess:
    """It shall leave more free than there is: it never takes a message."""
    reserve = os.statvfs(tmp_path).f_bavail * os.statvfs(tmp_path).f_frsize // 1_000_000 + 10_000
    environment = {"YUKIMORI_SPOOL_FREE_MB": str(reserve)}
    return CollectorProcess(town.site, tmp_path / "collect", town.dsn, url, mark=mark, environment=environment)


def ways() -> list[Callable[..., CollectorProcess]]:
    """In full every way; in small one that is as real as this user may make it."""
    limits = [with_a_small_limit, with_a_reserve_it_cannot_keep]
    disks = [on_a_small_disk] if small_disks_are_permitted() else []
    return [*limits, *disks] if FULL else [*disks, *limits][:1]


@pytest.mark.parametrize("made", ways())
def test_full_then_relieved(made, mosquitto, town, database, tmp_path, mark, request, proxy_to, scaled):
    proxy = proxy_to(("127.0.0.1", mosquitto.port))
    collector = made(town, proxy.url, tmp_path, mark)
    request.addfinalizer(collector.end)
    collector.start().until_up()
    town.publish(mosquitto.url, 100)
    town.until_stored(100)
    database.kill()
    messages = scaled(4_000, 20_000)
    town.publish(mosquitto.url, messages)
    collector.until_said("collecting is now full: the spool takes no more")
    eventually(lambda: collector.state()["mode"] == "full", collector.said)
    state = collector.state()
    assert state["spool_full"]
    assert {"database-away", "spool-full"} <= state["incidents"].keys()
    for _ in range(scaled(2, 5)):
        proxy.reset()
        collector.until_connected()
    # Each connection brings again what is not acknowledged; it is kept once, besides what was being spooled.
    eventually(
        lambda: collector.state()["in_flight"] <= messages + 2_000 - collector.state()["spooled"], collector.said
    )
    database.restart()
    town.settle(context=collector.said)
    eventually(lambda: collector.state()["mode"] == "direct", collector.said)
    collector.stop()
    told = town.incidents()["spool-full"]
    assert all(each["over"] and each["reason"] for each in told), "each time it was full"
