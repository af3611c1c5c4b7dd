import re

from core.errors import ConfigError, LayerError, StoreError, YukimoriError
from web.problems import STATUS, status_of


def test_shape_of_a_problem(quiet):
    problem = quiet.get("/api/nothing").json()
    assert set(problem) == {"type", "title", "status", "detail", "id"}
    assert (problem["type"], problem["title"], problem["status"]) == ("about:blank", "Not Found", 404)
    assert re.fullmatch(r"[0-9a-f]{32}", problem["id"])


def test_no_two_problems_share_an_id(quiet):
    assert quiet.get("/api/nothing").json()["id"] != quiet.get("/api/nothing").json()["id"]


def test_unforeseen_error_tells_nothing_but_an_id(client, monkeypatch, caplog):
    def broken(*_):
        raise ZeroDivisionError("secret-inside")

    monkeypatch.setattr(type(client.app.state.parts.live), "picture", broken)
    for path in ("/api/stations", "/api/vehicles", "/api/alerts", "/list", "/station/bridge", "/readyz"):
        caplog.clear()
        answer = client.get(path)
        assert answer.status_code == 500, path
        assert answer.headers["content-type"] == "application/problem+json"
        assert "secret-inside" not in answer.text
        assert "Traceback" not in answer.text
        assert answer.json()["id"] in caplog.text
        assert "secret-inside" in caplog.text
        assert answer.headers["x-content-type-options"] == "nosniff"


def test_store_error_is_unavailable_and_tells_no_inside(client, monkeypatch):
    def away(*_):
        raise StoreError("connection to 10.1.2.3 refused", retryable=True)

    monkeypatch.setattr(type(client.app.state.parts.store), "series", away)
    answer = client.get("/api/stations/bridge/series")
    assert answer.status_code == 503
    assert answer.headers["retry-after"] == "5"
    assert "10.1.2.3" not in answer.text


def test_person_with_a_browser_gets_words(quiet):
    answer = quiet.get("/nothing<script>", headers={"Accept": "text/html,*/*;q=0.8"})
    assert answer.status_code == 404
    assert answer.headers["content-type"].startswith("text/html")
    assert "お探しのページはありません" in answer.text
    assert "<script" not in answer.text


def test_program_gets_problem_details_from_the_interface_whatever_it_accepts(quiet):
    answer = quiet.get("/api/nothing", headers={"Accept": "text/html"})
    assert answer.headers["content-type"] == "application/problem+json"


def test_every_intended_error_has_a_status():
    assert status_of(StoreError("x", retryable=False)) == 503
    assert status_of(LayerError("x", "y")) == 503
    assert status_of(ConfigError("x")) == STATUS[YukimoriError] == 500
    assert status_of(KeyError()) == 500


def test_path_with_a_line_break_cannot_forge_a_log_line(client, monkeypatch, caplog):
    def broken(*_):
        raise ZeroDivisionError

    monkeypatch.setattr(type(client.app.state.parts.shapes), "station_ids", property(broken))
    client.get("/station/x%0aERROR forged")
    assert "\nERROR forged" not in caplog.text
