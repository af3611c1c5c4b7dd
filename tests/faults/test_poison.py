"""One message in a hundred is poison of some kind: exactly those are set aside, with their bytes and the reason."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

from tests.faults.town import START, topic

DEEP = b"[" * 10_000 + b"]" * 10_000


def poisons(town, number: int) -> list[tuple[str, bytes, str]]:
    """Topic, payload and reason of one poison of each kind; ``number`` makes them differ."""
    gauge = town.gauges[number % len(town.gauges)]
    text = town.message(gauge, 10**6 + number, seq=None).decode()  # a number would be counted
    value = json.loads(text)["value"]

    def changed(old: str, new: str) -> bytes:
        assert old in text
        return text.replace(old, new, 1).encode("utf-8", "surrogatepass")

    future = (datetime.now(UTC) + timedelta(hours=3, seconds=number)).isoformat()
    at = (START + timedelta(seconds=10**6 + number)).isoformat()
    unit = '"unit": "m"'
    return [
        (topic(gauge), changed(f'"value": {value}', '"value": NaN'), "not-finite"),
        (topic(gauge), changed(unit, '"unit": "\x83\x81"').replace(b"\xc2", b""), "bad-utf8"),
        (topic(gauge), changed(f'"value": {value}', f'"value": 1{number:03}' + "0" * 5_000), "huge-number"),
        (topic(gauge), changed(unit, unit + ', "more": ' + DEEP.decode()), "too-deep"),
        (topic(gauge), changed(unit, unit + ', "value": 1'), "duplicate-key"),
        (topic(f"stranger-{number}"), text.encode(), "unknown-device"),
        (topic(gauge), changed(at, future), "future"),
        (topic(gauge), changed(at, f"1970-01-01T00:00:{number % 60:02}.{number:06}+00:00"), "clock"),
        (topic(gauge), changed(unit, unit + ', "more": "' + "x" * 70_000 + '"'), "too-large"),
        (topic(gauge, "nonsense"), text.encode(), "bad-topic"),
        (topic(gauge), changed(unit, '"unit": "\\ud800"'), "bad-text"),
        (topic(gauge), changed('"water_level"', '"snow_depth"'), "unknown-quantity"),
    ]


def test_one_in_a_hundred(any_broker, town, collector_of, scaled):
    collector = collector_of(town, any_broker.url).start().until_up()
    messages: list[tuple[str, bytes]] = []
    for number in range(scaled(2, 80)):
        for where, payload, reason in poisons(town, number):
            keys = town.next_numbers(100)
            messages += [(topic(gauge), town.message(gauge, count)) for gauge, count in keys]
            messages.append((where, payload))
            town.set_aside[payload, reason] += 1
    town.send(any_broker.url, messages)
    counts = town.settle(context=collector.said)
    assert counts["messages_quarantined"] == sum(town.set_aside.values()) == len(messages) // 101
    assert town.reported_gaps() == set()
    collector.stop()


def test_the_same_key_with_another_value(mosquitto, town, collector_of):
    """The first stays, the second is kept beside it as a conflict; nothing else suffers."""
    collector = collector_of(town, mosquitto.url).start().until_up()
    town.publish(mosquitto.url, 200)
    town.until_stored(200)
    gauge = town.gauges[0]
    town.send(mosquitto.url, [(topic(gauge), town.message(gauge, number, value=7.77)) for number in range(1, 6)])
    town.publish(mosquitto.url, 200)
    counts = town.settle(context=collector.said)
    assert counts["conflict"] == 5
    collector.stop()
