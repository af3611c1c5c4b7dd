"""The database is away and the disk of the spool has no room left: nothing is acknowledged, and nothing is lost."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from tests.faults.machinery import CollectorProcess, eventually

_ON_A_SMALL_DISK = 'mount -t tmpfs -o size=1m tmpfs "$0" && exec "$@"'


def small_disks_are_permitted() -> bool:
    """Whether this user may mount a disk that only its own processes see."""
    probe = subprocess.run(
        ["unshare", "--mount", "mount", "-t", "tmpfs", "tmpfs", "/mnt"], capture_output=True, check=False
    )
    return probe.returncode == 0


def on_a_small_disk(town, url: str, tmp_path: Path, mark: str) -> CollectorProcess:
    """Its spool lies on a disk of one megabyte, in a mount namespace of its own."""
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


WAYS = [with_a_small_limit, with_a_reserve_it_cannot_keep]
if small_disks_are_permitted():
    WAYS.append(on_a_small_disk)


@pytest.mark.parametrize("made", WAYS)
def test_full_then_relieved(made, mosquitto, town, database, tmp_path, mark, request):
    collector = made(town, mosquitto.url, tmp_path, mark)
    request.addfinalizer(collector.end)
    collector.start().until_up()
    town.publish(mosquitto.url, 100)
    town.until_stored(100)
    database.kill()
    town.publish(mosquitto.url, 12_000)
    collector.until_said("collecting is now full: the spool takes no more")
    eventually(lambda: collector.state()["mode"] == "full", collector.said)
    state = collector.state()
    assert state["spool_full"]
    assert {"database-away", "spool-full"} <= state["incidents"].keys()
    assert state["in_flight"] <= 2_000, "the broker holds the rest"
    database.restart()
    town.settle(context=collector.said)
    eventually(lambda: collector.state()["mode"] == "direct", collector.said)
    collector.stop()
    (full,) = town.incidents()["spool-full"]
    assert full["over"]
    assert full["reason"]
