"""`yukimori gaps` and `yukimori clocks`: what they list, for people and for scripts."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest

from core.times import format_rfc3339, utc_now

HOUR = timedelta(hours=1)


@pytest.fixture
def asked(yukimori, dsn):
    """Runs a command on the database of the test."""
    return lambda *arguments: yukimori(*arguments, environment={"DATABASE_URL": dsn})


def numbered(number, *, ahead=timedelta(0), device="snow-01"):
    at = format_rfc3339(utc_now() - HOUR + timedelta(minutes=number) + ahead)
    body = {"at": at, "quantity": "snow_depth", "value": 80.0, "unit": "cm", "seq": number}
    return f"yukimori/obanazawa/{device}/reading", json.dumps(body)


@pytest.mark.db
def test_gaps_are_listed_until_they_are_filled(asked, arrive):
    arrive(*map(numbered, (1, 2, 5, 6)))
    people, script = asked("gaps"), asked("gaps", "--json", "--days", 1)
    assert (people.code, script.code) == (0, 0)
    assert "2 messages lost in 1 gaps" in people.out
    (gap,) = map(json.loads, script.out.splitlines())
    assert {"device": "snow-01", "from": 3, "to": 4, "count": 2}.items() <= gap.items()
    arrive(*map(numbered, (3, 4)))
    assert asked("gaps", "--json").out == ""


@pytest.mark.db
def test_a_clock_that_stands_off_steadily_gets_an_offset_proposed(asked, arrive):
    arrive(*[numbered(number, ahead=3 * HOUR - timedelta(minutes=number)) for number in range(12)])
    arrive(numbered(1, ahead=9 * HOUR, device="snow-02"))
    first, second = map(json.loads, asked("clocks", "--json").out.splitlines())
    assert (first["device"], first["refused"], first["file"]) == ("snow-01", 12, "datastreams.csv")
    assert first["steady"]
    offset = first["clock_offset"]
    assert offset.startswith("minus 7")
    assert int(offset.removeprefix("minus ").removesuffix("s")) == pytest.approx(7_200, abs=60)
    assert (second["device"], second["steady"], second["clock_offset"]) == ("snow-02", False, None)
    said = asked("clocks").out
    assert f"column clock_offset: {offset}" in said
    assert "8:01:00 ahead" in said
