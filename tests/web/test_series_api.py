import csv
import io
from datetime import UTC, timedelta

import pytest

from core.model import Quality
from store.archiving import Place
from store.months import month_of

SERIES = "/api/stations/bridge/series"


@pytest.fixture
def filled(client, send, clock):
    start = clock.now - timedelta(hours=3)
    send.values("bridge/water_level", [(start + timedelta(minutes=10 * n), 1.0 + n / 10) for n in range(12)])
    send.value("bridge/water_level", 1.55, minutes_ago=15, quality=Quality.SUSPECT)
    return client


def test_columns_of_the_last_day(filled, clock):
    answer = filled.get(SERIES, params={"quantity": "water_level"})
    assert answer.headers["content-type"] == "application/json"
    body = answer.json()
    assert {name: body[name] for name in ("station", "quantity", "unit", "step_s", "columns")} == {
        "station": "bridge",
        "quantity": "water_level",
        "unit": "m",
        "step_s": None,
        "columns": ["t", "value", "low", "high", "quality"],
    }
    assert body["t"][0] == int((clock.now - timedelta(hours=3)).timestamp())
    assert body["value"][:3] == [1.0, 1.1, 1.2]
    assert body["quality"] == ["good"] * 12 + ["suspect"]
    assert {len(body[name]) for name in body["columns"]} == {13}


def test_first_quantity_where_none_is_named(filled):
    assert filled.get(SERIES).json()["quantity"] == "water_level"


def test_summary_when_asked_for(filled):
    body = filled.get(SERIES, params={"step": "1h"}).json()
    assert body["step_s"] == 3600
    assert max(body["high"]) == 2.1
    assert sum(low is not None for low in body["low"]) == len(body["t"]) < 13


def test_a_raw_series_names_the_months_that_went_to_the_archive(client, send, clock, store, registry, tmp_path):
    days = 100
    at, place = clock.now - timedelta(days=days), Place(registry.site, "town", tmp_path)
    send.value("bridge/water_level", 1.5, minutes_ago=days * 1440)
    store.archiving.archive(place, "observations", month_of(at), clock.now)

    def ask(step: str) -> tuple[list, list]:
        period = {"from": (at - timedelta(hours=1)).isoformat(), "to": (at + timedelta(hours=1)).isoformat()}
        body = client.get(SERIES, params={**period, "step": step}).json()
        return body["value"], body["archived"]

    assert ask("raw") == ([], [f"{month_of(at):%Y-%m}"])
    assert ask("1h") == ([1.5], []), "summaries are here"
    assert client.get(SERIES).json()["archived"] == []
    store.archiving.bring_back(place, "observations", month_of(at), clock.now, clock.now)
    assert ask("raw") == ([1.5], [])


def test_period_is_half_open(filled, clock):
    start = clock.now - timedelta(hours=3)
    params = {"from": start.isoformat(), "to": (start + timedelta(minutes=20)).isoformat()}
    assert filled.get(SERIES, params=params).json()["value"] == [1.0, 1.1]


def test_epoch_and_offset_name_the_same_instant(filled, clock):
    end = clock.now - timedelta(hours=2)
    by_epoch = filled.get(SERIES, params={"to": int(end.timestamp())}).json()
    by_zone = filled.get(f"{SERIES}?to={end.astimezone(UTC).strftime('%Y-%m-%dT%H:%M:%S')}+00:00").json()
    assert by_epoch == by_zone
    assert len(by_epoch["t"]) == 6


@pytest.mark.parametrize(
    "query",
    [
        "from=2026-13-01T00:00:00Z",
        "from=2026-01-01T00:00:00",
        "from=Asia/Tokyo",
        "from=1e309",
        "from=nan",
        "from=１７０００００００",
        "to=99999999999",
        "from=2020-01-01T00:00:00Z&to=2026-01-01T00:00:00Z",
        "from=2026-01-02T00:00:00Z&to=2026-01-01T00:00:00Z",
        "from=2026-01-02T00:00:00Z&to=2026-01-02T00:00:00Z",
        "step=0",
        "step=-600",
        "step=99999999",
        "step=1w",
        "step=ten",
        "format=xml",
        "limit=1",
        "quantity=water_level&quantity=water_level",
        "from=%00",
    ],
)
def test_parameter_that_is_not_understood(quiet, query):
    answer = quiet.get(f"{SERIES}?{query}")
    assert answer.status_code == 400
    problem = answer.json()
    assert problem["status"] == 400
    assert problem["detail"]
    assert answer.headers["content-type"] == "application/problem+json"


def test_more_points_than_one_answer_may_hold(serve, clock):
    client = serve(series_points=100)
    week = {"from": (clock.now - timedelta(days=7)).isoformat(), "step": "raw"}
    assert client.get(SERIES, params=week).status_code == 400
    assert client.get(SERIES, params=week | {"step": "1d"}).status_code == 200


@pytest.mark.parametrize(
    "path",
    [
        "/api/stations/nowhere/series",
        "/api/stations/eyes/series",
        "/api/stations/bridge/series?quantity=snow_depth",
        "/api/stations/bridge/series?quantity='; drop table observation; --",
        "/api/stations/%2e%2e/series",
        "/api/stations/bridge%00/series",
    ],
)
def test_what_is_not_there(quiet, path):
    assert quiet.get(path).status_code == 404


def read_csv(answer):
    assert answer.content.startswith(b"\xef\xbb\xbf")
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    return list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"), newline="")))


@pytest.mark.parametrize(
    ("path", "accept"),
    [(SERIES, "text/csv"), (f"{SERIES}?format=csv", "application/json"), (f"{SERIES}.csv", "*/*")],
)
def test_csv_by_every_way_of_asking(filled, path, accept):
    rows = read_csv(filled.get(path, headers={"Accept": accept}))
    assert len(rows) == 13
    assert rows[0]["station"] == "bridge"
    assert rows[0]["unit"] == "m"
    assert rows[0]["value"] == "1.0"
    assert rows[0]["at"].endswith("+09:00")


def test_browser_gets_json(filled):
    accept = "text/html,application/xhtml+xml,*/*;q=0.8"
    assert filled.get(SERIES, headers={"Accept": accept}).headers["content-type"] == "application/json"


def test_csv_text_is_never_a_formula_and_numbers_stay_numbers(client, send):
    send.value("field/snow_depth", 12.0)
    send.value("bridge/air_temperature", -3.5)
    rows = read_csv(client.get("/api/stations/field/series.csv"))
    assert rows[0]["name"].startswith("'=cmd")
    cold = read_csv(client.get("/api/stations/bridge/series.csv?quantity=air_temperature"))
    assert cold[0]["value"] == "-3.5"


def test_csv_is_offered_as_a_file(filled):
    answer = filled.get(f"{SERIES}.csv")
    assert answer.headers["content-disposition"] == 'attachment; filename="testtown_bridge_water_level.csv"'


def test_crowd_is_told_to_wait_instead_of_queueing(client, monkeypatch):
    parts = client.app.state.parts
    assert client.get(SERIES).status_code == 200
    monkeypatch.setattr(type(parts.live), "failing", property(lambda self: True))
    refused = client.get(SERIES)
    assert refused.status_code == 503
    assert refused.headers["retry-after"]
    assert "database" not in refused.json()["detail"]
