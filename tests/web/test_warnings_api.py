"""``/api/warnings``: the agency's words, their age, and never calm where nothing was heard."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from config.jma_plan import Jma
from core.errors import StoreError
from core.times import parse_rfc3339
from core.weather_warnings import WarningGrade, WeatherHazard, WeatherWarning
from store.warnings import TelegramRow

AREA = "0621200"


@pytest.fixture
def told(town, tmp_path, serve):
    """The town that reads telegrams, served."""
    return serve(site=replace(town, jma=Jma(areas=(AREA,), folder=tmp_path)))


@pytest.fixture
def take(store, registry, clock):
    """What a round would write."""

    def write(*warnings, error="", telegram=True):
        row = TelegramRow(
            digest=bytes(32), name="a.xml", received_at=clock.now, verdict="live", type="VPWW60", office="台", title="大雪",
            info_type="発表", report_at=clock.now - timedelta(minutes=7), content={},
        )  # fmt: skip
        rows = [row] if telegram else []
        since = clock.now - timedelta(days=1)
        store.warnings.take_in(registry.site, rows, [], lambda _: warnings, since=since, now=clock.now, error=error)

    return write


@pytest.fixture
def heavy_snow(clock):
    return WeatherWarning(
        type="VPWW60", area=AREA, area_name="試験町", code="06", name="大雪警報", known=True, hazard=WeatherHazard.SNOW,
        grade=WarningGrade.WARNING, level=None, status="発表", issued_at=clock.now - timedelta(minutes=7), office="架空地方気象台",
        headline="大雪に警戒してください。",
    )  # fmt: skip


def test_a_town_without_telegrams_says_nothing_and_shows_nothing(client):
    answer = client.get("/api/warnings").json()
    assert (answer["configured"], answer["warnings"], answer["stale"]) == (False, None, True)
    assert 'id="jma"' not in client.get("/").text


def test_nothing_heard_is_not_nothing_in_force(told, take):
    assert told.get("/api/warnings").json()["warnings"] is None
    take(telegram=False)
    assert told.get("/api/warnings").json()["warnings"] is None


def test_what_is_in_force_with_its_age_and_whose_the_orders_are(told, take, heavy_snow, clock):
    flood = replace(
        heavy_snow,
        type="VPWW55",
        code="43",
        name="レベル４大雨危険警報",
        hazard=WeatherHazard.RAIN,
        grade=WarningGrade.DANGER,
        level=4,
    )
    past = replace(heavy_snow, type="VPBS50", code="", name="短時間大雪", until=clock.now)
    strange = replace(
        heavy_snow, code="99", name="新しい注意報", known=False, hazard=WeatherHazard.OTHER, grade=WarningGrade.ADVISORY
    )
    around = replace(heavy_snow, area="060010", area_name="村山")
    take(heavy_snow, flood, past, strange, around)
    answer = told.get("/api/warnings")
    assert answer.headers["access-control-allow-origin"] == "*"
    content = answer.json()
    assert [(one["name"], one["level"], one["known"]) for one in content["warnings"]] == [
        ("レベル４大雨危険警報", 4, True),
        ("大雪警報", None, True),
        ("新しい注意報", None, False),
    ]
    assert content["warnings"][0]["name_en"] == "Level 4 Heavy Rain Danger Warning"
    assert content["warnings"][1]["name_en"] == "Heavy Snow Warning"
    assert content["warnings"][0]["age_s"] == 420
    assert content["stale"] is False
    assert "市町村が発令" in content["note_ja"]
    for path in ("/", "/list", "/en/list"):
        assert 'id="jma"' in told.get(path).text


def test_looking_that_fails_is_stale_and_takes_nothing_back(told, take, heavy_snow, clock):
    take(heavy_snow)
    clock.advance(minutes=11)
    take(heavy_snow, error="the feed is away", telegram=False)
    content = told.get("/api/warnings").json()
    assert content["stale"] is True
    assert len(content["warnings"]) == 1
    assert parse_rfc3339(content["read_at"]) == clock.now - timedelta(minutes=11)
    assert "feed" not in told.get("/api/warnings").text


def test_while_the_database_is_away_the_last_word_stays(told, take, heavy_snow, clock, store, monkeypatch):
    take(heavy_snow)
    assert len(told.get("/api/warnings").json()["warnings"]) == 1

    def away(*_):
        raise StoreError("away", retryable=True)

    monkeypatch.setattr(store.warnings, "look", away)
    clock.advance(minutes=12)
    content = told.get("/api/warnings").json()
    assert (content["stale"], len(content["warnings"])) == (True, 1)


def test_parameters_are_refused(told):
    assert told.get("/api/warnings?area=1").status_code == 400
