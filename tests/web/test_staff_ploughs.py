"""What staff reads of ploughs and roads, and the orders it gives."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import replace
from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
import schemathesis

from config.model import LayerConfig
from config.plough_plan import PloughPlan, RoadClass
from core.model import Access, Quality, Task
from core.ploughs import Direction, Evidence, Passage, Track
from core.times import format_rfc3339, parse_rfc3339
from store.tracks import KnownState, Matching, RoadChange

pytestmark = pytest.mark.db

TOKEN = "q7Lr2vXc9TkPz4MwB8nYh3JdFs6GaEuQ"
STAFF = {"Authorization": f"Bearer {TOKEN}"}
TOKYO = ZoneInfo("Asia/Tokyo")
HOUR = timedelta(hours=1)


def _road(id_, name, code, lat, **more):
    line = [[140.40, lat], [140.41, lat]]
    properties = {"id": id_, "name": name, "class": code, "owner": "市", **more}
    return {"type": "Feature", "properties": properties, "geometry": {"type": "LineString", "coordinates": line}}


@pytest.fixture
def planned(town, clock, tmp_path):
    """The small town with three roads, of class 1 (due in an hour) and class 3 (nothing promised)."""
    roads = [
        _road("r1", "市道中央線", "第1種", 38.60, contractor="甲建設", official_length_m=900),
        _road("r2", "=HYPERLINK(1)", "第1種", 38.61, contractor="甲建設"),
        _road("r3", "市道南線", "第3種", 38.62),
    ]
    file = tmp_path / "roads.geojson"
    file.write_text(json.dumps({"type": "FeatureCollection", "features": roads}, ensure_ascii=False))
    layer = LayerConfig(
        id="roads", kind="roads", title_ja="除雪路線", title_en="Cleared roads", file=file, crs="EPSG:6668",
        licence="CC0 1.0", credit="試験町", source_url="", date="2025-12-01", access=Access.PUBLIC, shown=True,
        fictitious=True,
    )  # fmt: skip
    due = (clock.now + HOUR).astimezone(TOKYO).time()
    check = (clock.now - HOUR).astimezone(TOKYO).time()
    plan = PloughPlan(
        roads="roads",
        classes={
            "1": RoadClass(code="1", threshold_cm=10, checks=(check,), deadline=due, second_pass_cm=5),
            "3": RoadClass(code="3"),
        },
    )
    return replace(town, layers=(layer,), ploughs=plan)


@pytest.fixture
def staff(serve, planned):
    client = serve(site=planned, staff_token=TOKEN)
    client.headers.update(STAFF)
    return client


@pytest.fixture
def drive(store, registry, clock):
    """Lets plough 1 work over roads, each (road, minutes ago)."""
    number = registry.vehicles["plough-1"]

    def run(*drives, **fields):
        passages = []
        for road, ago in drives:
            began = clock.now - timedelta(minutes=ago)
            made = Passage(
                vehicle=number, road=road, direction=Direction.FORWARD, from_m=0.0, to_m=870.0, began_at=began,
                ended_at=began + timedelta(minutes=3), task=Task.PLOUGH, evidence=Evidence.SIGNAL, fixes=30,
            )  # fmt: skip
            passages.append(replace(made, **fields))
        since, until = clock.now - timedelta(days=2), clock.now + timedelta(days=1)
        store.ploughs.replace_track(number, since, until, Track(passages=tuple(passages)))

    return run


@pytest.fixture
def post(staff):
    return lambda body: staff.post("/api/staff/ploughs/orders", json=body)


def _rows(response):
    assert response.headers["content-type"].startswith("text/csv")
    assert response.headers["content-disposition"].endswith('.csv"')
    assert response.content.startswith(b"\xef\xbb\xbf")
    return list(csv.DictReader(io.StringIO(response.content.decode("utf-8-sig"))))


def _answers_are_as_described(staff):
    described = schemathesis.openapi.from_dict(staff.app.openapi())
    for name in ("coverage", "behind", "second-pass", "orders", "proposals", "passages", "changes"):
        path = f"/api/staff/ploughs/{name}"
        described[path]["GET"].validate_response(staff.get(path))


def test_a_night_as_the_office_sees_it(staff, post, drive, send, clock):
    send.values("field/snow_depth", [(clock.now - hours * HOUR, 50 + max(0, 4 - hours) * 4) for hours in range(12)])
    given = post({"give": {"classes": ["1"], "at": format_rfc3339(clock.now - 2 * HOUR)}, "by": "当直"}).json()
    assert given["noted"]
    assert given["order"]["standing"]
    drive(("r1", 100), ("r1", 20), ("r2", 90))
    drive(("r1", 110), ("r2", 20), ("r2", 12))

    coverage = staff.get("/api/staff/ploughs/coverage", params={"by": "contractor"}).json()
    since = {
        name: staff.get("/api/staff/ploughs/coverage", params={"since": name}).json()["since"]
        for name in ("order", "storm")
    }
    assert since == {"order": coverage["orders"][0]["at"], "storm": coverage["storm"]["began_at"]}
    by_road = {road["id"]: road for road in coverage["roads"]}
    assert (by_road["r1"]["age_class"], by_road["r1"]["age_s"]) == ("1_3h", 110 * 60)
    assert by_road["r1"]["progress"] == "done"
    assert by_road["r1"]["evidence"] == "signal"
    assert by_road["r1"]["contractor"] == "甲建設"
    assert by_road["r3"]["age_class"] == "none"
    assert by_road["r3"]["why"] == "no_record"
    totals = {total["key"]: total for total in coverage["totals"]}
    assert totals["甲建設"]["percent"] == 100.0
    assert totals["甲建設"]["drawn_lengths"] == 1
    assert totals[""]["no_record"] == 1
    assert coverage["orders"][0]["by"] == "当直"
    assert coverage["storm"]["stations"] == ["field"]

    _answers_are_as_described(staff)
    second = staff.get("/api/staff/ploughs/second-pass").json()
    assert [road["id"] for road in second["second_pass"]] == ["r1"]
    assert second["second_pass"][0]["need"] == "yes"
    assert second["second_pass"][0]["snow_cm"] == pytest.approx(7.3, abs=0.1)
    assert second["counts"] == {"yes": 1, "likely": 0, "no": 1, "unknown": 1}


def test_who_is_behind_and_why(staff, post, drive, clock):
    assert staff.get("/api/staff/ploughs/behind").json()["behind"] == []  # nothing was ordered
    post({"give": {"classes": ["1"], "at": format_rfc3339(clock.now - HOUR)}})
    open_ = staff.get("/api/staff/ploughs/behind").json()["behind"]
    assert [(road["id"], road["progress"], road["basis"]) for road in open_] == [
        ("r1", "open", None),
        ("r2", "open", None),
    ]
    drive(("r1", 40), ("r1", 10), from_m=0.0, to_m=30.0)
    road = staff.get("/api/staff/ploughs/behind").json()["behind"][0]
    assert road["progress"] == "behind"
    assert road["basis"]["ploughs"] == 1
    assert road["basis"]["metres_per_hour"] == pytest.approx(60 / (33 / 60), abs=0.1)
    clock.advance(hours=1, minutes=1)
    late = staff.get("/api/staff/ploughs/behind").json()["behind"]
    assert {road["progress"] for road in late} == {"late"}
    assert late[0]["late_by_s"] == 60
    rows = _rows(staff.get("/api/staff/ploughs/behind", params={"format": "csv"}))
    assert rows[0]["進み"] == "期限を過ぎて未完了"
    # the past can be asked for
    past = format_rfc3339(clock.now - timedelta(minutes=90))
    before = staff.get("/api/staff/ploughs/behind", params={"at": past}).json()["behind"]
    assert {road["progress"] for road in before} == {"open"}


def test_tables_are_for_spreadsheets(staff, drive, post, clock):
    drive(("r2", 30))
    post({"give": {"classes": ["1"], "note": "=1+1"}})
    rows = _rows(staff.get("/api/staff/ploughs/coverage", headers={"Accept": "text/csv"}))
    assert [row["路線名"] for row in rows] == ["市道中央線", "'=HYPERLINK(1)", "市道南線"]
    assert float(rows[1]["除雪割合"]) > 0.99
    assert rows[1]["除雪時刻（最も古い区間）"] == (clock.now - timedelta(minutes=30)).astimezone(TOKYO).isoformat()
    assert rows[0]["経過"].startswith("記録なし")
    for name in ("second-pass", "orders", "proposals", "passages", "changes"):
        _rows(staff.get(f"/api/staff/ploughs/{name}", params={"format": "csv"}))
    assert _rows(staff.get("/api/staff/ploughs/orders?format=csv"))[0]["備考"] == "'=1+1"


def test_the_evidence_of_a_road(staff, drive, clock):
    drive(("r1", 30), ("r2", 20))
    (told,) = staff.get("/api/staff/ploughs/passages", params={"road": "r1"}).json()["passages"]
    assert (told["vehicle"], told["vehicle_name"], told["from_m"], told["to_m"]) == ("plough-1", "除雪車1", 0.0, 870.0)
    assert (told["evidence"], told["task"], told["counts"]) == ("signal", "plough", True)
    assert parse_rfc3339(told["began_at"]) == clock.now - timedelta(minutes=30)
    assert len(staff.get("/api/staff/ploughs/passages").json()["passages"]) == 2
    assert staff.get("/api/staff/ploughs/passages", params={"road": "gone"}).status_code == 404


def test_what_was_said_otherwise_before(staff, store, registry, clock):
    was = KnownState(0.4, None, None, clock.now - HOUR, None)
    now = KnownState(1.0, clock.now - HOUR, clock.now - HOUR, clock.now - HOUR, Evidence.SIGNAL)
    change = RoadChange(road="r1", changed_at=clock.now, cause="late", earliest=clock.now - HOUR, was=was, now=now)
    store.ploughs.save(registry.site, Matching(changes=[change]))
    (told,) = staff.get("/api/staff/ploughs/changes").json()["changes"]
    assert (told["road"], told["name"], told["was"]["share"], told["now"]["share"]) == ("r1", "市道中央線", 0.4, 1.0)
    assert told["was"]["clear_since"] is None
    assert staff.get("/api/staff/ploughs/changes", params={"road": "r2"}).json()["changes"] == []


def test_a_check_tells_what_was_measured_and_proposes(staff, post, send, clock):
    (silent,) = staff.get("/api/staff/ploughs/proposals").json()["checks"]
    assert (silent["result"], silent["measured_cm"]) == ("unknown", None)
    send.values("field/snow_depth", [(clock.now - hours * HOUR, 50 + max(0, 8 - hours) * 2) for hours in range(15)])
    send.value("field/snow_depth", 300, minutes_ago=95, quality=Quality.SUSPECT)  # no snow is made of it
    send.value("field/snow_depth", None, minutes_ago=85, quality=Quality.FAIL)
    found = staff.get("/api/staff/ploughs/proposals").json()
    (check,) = found["checks"]
    assert (check["class"], check["result"], check["measured_cm"]) == ("1", "proposed", 14.0)
    assert found["storm"]["going_on"]
    assert staff.get("/api/staff/ploughs/orders").json()["orders"] == []  # a proposal is no order
    post({"give": {"classes": ["1"], "measured": "積雪計 14 cm"}})
    assert staff.get("/api/staff/ploughs/proposals").json()["checks"][0]["result"] == "ordered"


def test_an_order_is_given_once_and_ended_once(staff, post, clock):
    body = {"give": {"id": "night-1", "classes": ["1", "3"], "note": "市内全域"}, "by": "班長"}
    assert post({**body, "dry_run": True}).json()["noted"]
    assert staff.get("/api/staff/ploughs/orders").json()["orders"] == []
    assert post(body).json()["noted"]
    clock.advance(minutes=5)
    assert not post(body).json()["noted"]
    assert post({"give": {"id": "night-1", "classes": ["3"]}}).status_code == 409
    end = {"end": {"id": "night-1"}, "by": "次長"}
    assert post({**end, "dry_run": True}).json()["noted"]
    ended = post(end).json()
    assert (ended["noted"], ended["order"]["ended_by"], ended["order"]["standing"]) == (True, "次長", False)
    assert not post(end).json()["noted"]
    assert post({"end": {"id": "gone"}}).status_code == 422
    (told,) = staff.get("/api/staff/ploughs/orders").json()["orders"]
    assert (told["id"], told["classes"], told["by"], told["note"]) == ("night-1", ["1", "3"], "班長", "市内全域")


def test_an_order_without_a_name_is_named_by_its_time_and_classes(post, clock):
    told = post({"give": {"classes": ["3", "1", "3"], "at": format_rfc3339(clock.now)}}).json()["order"]
    assert told["id"] == f"{clock.now:%Y%m%dT%H%M%SZ}-1-3"
    assert told["classes"] == ["1", "3"]


@pytest.mark.parametrize(
    ("body", "status", "said"),
    [
        ({}, 400, "either"),
        ({"give": {"classes": ["1"]}, "end": {"id": "a"}}, 400, "either"),
        ({"give": {}}, 400, "classes"),
        ({"give": {"classes": []}}, 400, "classes"),
        ({"give": {"classes": [1]}}, 400, "classes"),
        ({"give": {"classes": ["9"]}}, 422, "no class"),
        ({"give": {"classes": ["1"], "id": "ä"}}, 422, "Its id"),
        ({"give": {"classes": ["1"], "at": "tomorrow"}}, 400, "'at'"),
        ({"give": {"classes": ["1"], "at": "2100-01-01T00:00:00Z"}}, 422, "future"),
        ({"give": {"classes": ["1"], "at": "2020-01-01T00:00:00Z"}}, 422, "7 days"),
        ({"give": {"classes": ["1"], "note": "a\u202e"}}, 422, "note"),
        ({"give": {"classes": ["1"]}, "by": "\u202e"}, 422, "who"),
        ({"end": {}}, 400, "'id'"),
        ({"end": {"id": "a", "why": 1}}, 400, "unknown member"),
        ({"end": "a"}, 400, "an object"),
        ({"end": {"id": "a"}, "dry_run": 1}, 400, "true or false"),
        ([], 400, "an object"),
    ],
)
def test_what_is_no_order_is_refused_with_words(body, status, said, manned_plan):
    response = manned_plan.post("/api/staff/ploughs/orders", json=body)
    assert response.status_code == status
    assert said.lower() in response.json()["detail"].lower()


@pytest.fixture(scope="module")
def manned_plan(town_served):
    """One served town with staff and a plan without roads, for what is refused."""
    client = town_served("orders", staff_token=TOKEN)
    client.headers.update(STAFF)
    parts = client.app.state.parts
    plan = PloughPlan(roads="roads", classes={"1": RoadClass(code="1")})
    object.__setattr__(parts.site, "ploughs", plan)
    return client


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("coverage?by=colour", 400),
        ("coverage?since=yesterday", 400),
        ("coverage?since=2020-01-01T00:00:00Z", 400),
        ("coverage?at=2100-01-01T00:00:00Z", 400),
        ("coverage?format=xml", 400),
        ("coverage?since=order", 422),
        ("coverage?since=storm", 422),
        ("coverage?colour=red", 400),
        ("behind?at=2100-01-01T00:00:00Z", 400),
        ("orders?limit=0", 400),
        ("changes?since=x", 400),
        ("passages?since=2100-01-01T00:00:00Z", 400),
        ("coverage", 503),  # the layer its plan names is not there
    ],
)
def test_questions_nobody_understands(manned_plan, path, status):
    assert manned_plan.get(f"/api/staff/ploughs/{path}").status_code == status


def test_a_town_without_a_plan_has_none_of_this(serve):
    client = serve(staff_token=TOKEN)
    for name in ("coverage", "behind", "orders", "proposals"):
        response = client.get(f"/api/staff/ploughs/{name}", headers=STAFF)
        assert response.status_code == 404
        assert "ploughs.toml" in response.json()["detail"]


def test_nobody_but_staff_is_let_in(manned_plan):
    stranger = {"headers": {"Authorization": "Bearer no"}}
    for name in ("coverage", "behind", "second-pass", "orders", "proposals", "passages", "changes"):
        assert manned_plan.get(f"/api/staff/ploughs/{name}", **stranger).status_code == 401
    body = {"give": {"classes": ["1"]}}
    assert manned_plan.post("/api/staff/ploughs/orders", json=body, **stranger).status_code == 401
