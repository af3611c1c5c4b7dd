"""One device sends a hundred times what it should: the others' readings are all stored, and not behind its own."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import psycopg

from tests.faults.machinery import eventually
from tests.faults.town import topic

_PLACES = """
select o.xmin::text::bigint, d.device from observation o join datastream d on d.no = o.datastream_id
"""


def test_the_others_are_not_kept_waiting(any_broker, town, collector_of, scaled):
    collector = collector_of(town, any_broker.url).start().until_up()
    flood, honest = scaled(8_000, 100_000), scaled(400, 5_000)
    flooder, others = town.gauges[0], town.gauges[1:]
    now = datetime.now(UTC)
    messages: list[tuple[str, bytes]] = []
    keys = iter(town.next_numbers(honest, others))
    for number in range(flood):
        at = now - timedelta(milliseconds=flood - number)
        body = {"at": at.isoformat(), "quantity": "water_level", "value": 1.0 + number / flood, "unit": "m"}
        messages.append((topic(flooder), json.dumps(body).encode()))
        if number % (flood // honest) == 0:
            gauge, count = next(keys)
            messages.append((topic(gauge), town.message(gauge, count)))
    town.send(any_broker.url, messages)
    eventually(lambda: town.counts()["messages_received"] >= len(messages), collector.said)
    assert town.stored() == town.published
    aside = town.aside()
    assert {each.reason for each in aside} == {"flood"}
    assert {each.topic for each in aside} == {topic(flooder)}
    let_in = town.counts()["stored"] - honest
    assert let_in + len(aside) == flood
    assert let_in < flood / 4, "what a device may send at once, and a little more"
    collector.stop()
    assert spread(town) > 1, "the honest ones were written along the way, not after the flood"


def spread(town) -> int:
    """In how many commits the readings of the honest gauges went in."""
    with psycopg.connect(town.dsn) as connection:
        rows = connection.execute(_PLACES).fetchall()
    return len({commit for commit, device in rows if device != town.gauges[0]})
