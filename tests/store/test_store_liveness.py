"""What the watch over devices asks: who is offline, and by which gateways each device was heard last."""

from __future__ import annotations

from datetime import timedelta

from store.rows import Batch, DeviceHeard, DeviceSeen

MINUTE = timedelta(minutes=1)


def seen(store, registry, *signs):
    store.append(registry.site, Batch(seen=[DeviceSeen(*sign) for sign in signs]))


def test_offline_is_who_said_so_and_was_not_heard_since(store, registry, noon):
    seen(store, registry, ("a", noon, False), ("b", noon, True), ("c", noon, None), ("d", noon, False))
    assert store.watching.offline(registry.site) == {"a": noon, "d": noon}
    seen(store, registry, ("a", noon + MINUTE, None))
    assert store.watching.offline(registry.site) == {"d": noon}


def test_what_arrived_before_the_last_will_does_not_bring_a_device_back(store, registry, noon):
    seen(store, registry, ("a", noon, False))
    seen(store, registry, ("a", noon - MINUTE, None))  # out of the spool, or replayed
    assert store.watching.offline(registry.site) == {"a": noon}


def test_offline_devices_of_another_site_stay_there(store, registry, noon):
    seen(store, registry, ("a", noon, False))
    assert store.watching.offline(registry.site + 1) == {}


def test_only_the_gateways_of_the_newest_frame_count(store, registry, noon):
    heard = [
        DeviceHeard("a", "old", noon - 30 * MINUTE),
        DeviceHeard("a", "north", noon),
        DeviceHeard("a", "south", noon - timedelta(seconds=2)),  # its clock is a little behind
        DeviceHeard("b", "old", noon - 30 * MINUTE),
    ]
    store.append(registry.site, Batch(heard=heard))
    assert [(each.device, each.gateway) for each in store.intake.last_heard(registry.site)] == [
        ("a", "north"),
        ("a", "south"),
        ("b", "old"),
    ]
    assert store.intake.last_heard(registry.site + 1) == []
