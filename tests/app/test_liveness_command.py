"""`yukimori liveness`, and the look of the process that keeps the incidents, over messages as devices send them."""

from __future__ import annotations

import json
import threading
from datetime import timedelta

import pytest

from app import judge
from config import load_site
from core.times import format_rfc3339, utc_now
from store import open_store

pytestmark = pytest.mark.db

SNOW = "yukimori/obanazawa/snow-01"


def snow(value=100.0):
    return json.dumps({"at": format_rfc3339(utc_now()), "quantity": "snow_depth", "value": value, "unit": "cm"})


def uplink(device, gateway, count):
    rx = [{"gatewayId": gateway, "rssi": -90, "snr": 7.5}]
    body = {"deviceInfo": {"devEui": device}, "fCnt": count, "fPort": 85, "data": "A4JkAA==", "rxInfo": rx}
    return f"application/town/device/{device}/event/up", json.dumps({**body, "time": format_rfc3339(utc_now())})


def test_devices_are_listed_with_their_gateways_and_a_last_will_at_once(yukimori, arrive, dsn):
    arrive((f"{SNOW}/reading", snow()), uplink("02000000000000a1", "north", 1))
    environment = {"DATABASE_URL": dsn}
    said = json.loads(yukimori("liveness", "--json", environment=environment).out)
    devices = {each["device"]: each for each in said["devices"]}
    assert devices["snow-01"]["state"] == "alive"
    assert devices["02000000000000a1"]["gateways"] == ["north"]
    assert devices["snow-02"]["state"] == "never-heard"
    arrive((f"{SNOW}/status", "offline"))
    people = yukimori("liveness", environment=environment)
    assert people.code == 0
    assert "offline" in next(line for line in people.out.splitlines() if "snow-01" in line)
    assert "no collector was ever heard" in people.out
    arrive((f"{SNOW}/reading", snow()))
    said = json.loads(yukimori("liveness", "--json", environment=environment).out)
    assert {each["device"]: each["state"] for each in said["devices"]}["snow-01"] == "alive"


class Hours:
    """The clock of the judge: each look at it is fifteen seconds later; the collector says a word at each."""

    def __init__(self, store, site, stop, end):
        self.now, self.store, self.site, self.stop, self.end = utc_now(), store, site, stop, end

    def __call__(self):
        self.now += timedelta(seconds=15)
        self.store.watching.beat(self.site, "collect", "1", self.now, {"mode": "direct", "connected": True})
        if self.now >= self.end:
            self.stop.set()
        return self.now


def test_the_judge_opens_one_incident_for_a_gateway_that_is_gone(arrive, dsn, root, monkeypatch):
    """Frames of two devices through one gateway, then none."""
    arrive(*(uplink(device, "north", 1) for device in ("02000000000000a1", "02000000000000a2")))
    monkeypatch.setattr(judge, "PAUSE_S", 0.0)
    site = load_site(root / "config" / "example")
    stop = threading.Event()
    with open_store(dsn) as store:
        registry = store.register(site)
        hours = Hours(store, registry.site, stop, utc_now() + timedelta(minutes=35))
        with store.judging.lock(registry.site) as lock:
            judge.work(site, store, registry, lock, stop, clock=hours, alive=lambda: None)
        found = store.watching.incidents(registry.site)
    assert [(each.kind, each.subject) for each in found] == [("gateway-silent", "north")]
    assert found[0].detail["devices"] == ["02000000000000a1", "02000000000000a2"]
