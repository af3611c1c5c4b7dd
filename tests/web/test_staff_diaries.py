"""Work diaries as staff reads, seals and takes them; and by whom a paper was written."""

from __future__ import annotations

import hashlib
import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
import schemathesis

from config.model import LayerConfig
from config.plough_plan import PloughPlan
from core.model import Access, Task
from core.ploughs import Direction, Evidence, Passage, Run, Track
from gis.ploughs.diary_book import DiaryBook, broken
from gis.ploughs.pseudonyms import work_day

pytestmark = pytest.mark.db

TOKEN = "q7Lr2vXc9TkPz4MwB8nYh3JdFs6GaEuQ"
PLAN = PloughPlan(roads="roads", classes={})
BASE = "/api/staff/ploughs/diaries"


@pytest.fixture
def planned(town, tmp_path):
    """The small town with one cleared road."""
    road = {
        "type": "Feature",
        "properties": {"id": "r1", "name": "市道中央線", "class": "第1種"},
        "geometry": {"type": "LineString", "coordinates": [[140.40, 38.60], [140.41, 38.60]]},
    }
    file = tmp_path / "roads.geojson"
    file.write_text(json.dumps({"type": "FeatureCollection", "features": [road]}, ensure_ascii=False))
    layer = LayerConfig(
        id="roads", kind="roads", title_ja="除雪路線", title_en="Cleared roads", file=file, crs="EPSG:6668",
        licence="CC0 1.0", credit="試験町", source_url="", date="2025-12-01", access=Access.PUBLIC, shown=True,
        fictitious=True,
    )  # fmt: skip
    return replace(town, layers=(layer,), ploughs=PLAN)


@pytest.fixture
def staff(serve, planned):
    client = serve(site=planned, staff_token=TOKEN)
    client.headers["Authorization"] = f"Bearer {TOKEN}"
    return client


@pytest.fixture
def day(clock):
    """The last day of work that is over."""
    return work_day(PLAN, "Asia/Tokyo", clock.now) - timedelta(days=1)


@pytest.fixture
def drive(store, registry, day):
    """Lets plough 1 work over the road that night for so many minutes."""
    number = registry.vehicles["plough-1"]

    def run(minutes):
        began = (day_begin := _noon(day)) + timedelta(hours=14)
        ended = began + timedelta(minutes=minutes)
        passage = Passage(
            vehicle=number, road="r1", direction=Direction.FORWARD, from_m=0.0, to_m=500.0, began_at=began, ended_at=ended,
            task=Task.PLOUGH, evidence=Evidence.SIGNAL, fixes=9,
        )  # fmt: skip
        driven = Run(
            vehicle=number, began_at=began, ended_at=ended, task=Task.PLOUGH, evidence=Evidence.SIGNAL, fixes=9,
            driven_m=510.0, matched_m=500.0,
        )  # fmt: skip
        track = Track(passages=(passage,), runs=(driven,))
        store.ploughs.replace_track(number, day_begin, day_begin + timedelta(days=1), track)

    return run


def _noon(day):
    return datetime.combine(day, time(12), ZoneInfo("Asia/Tokyo"))


def _of(answer, vehicle="plough-1"):
    return next(one for one in answer.json()["diaries"] if one["vehicle"] == vehicle)


def test_a_diary_is_provisional_until_somebody_seals_it(staff, drive, day):
    drive(30)
    found = _of(staff.get(BASE, params={"day": day.isoformat()}))
    assert (found["sealed"], found["worked_m"], found["worked_s"], found["digest"]) == (False, 500.0, 1800, None)
    sealed = _of(staff.post(BASE, json={"day": day.isoformat(), "by": "班長"}))
    assert (sealed["new"], sealed["revision"]) == (True, 1)
    assert _of(staff.get(BASE, params={"day": day.isoformat()}))["digest"] == sealed["digest"]
    again = _of(staff.post(BASE, json={"day": day.isoformat(), "vehicle": "plough-1"}))
    assert (again["new"], again["digest"]) == (False, sealed["digest"])


def test_late_data_makes_it_provisional_again_and_the_next_seal_a_revision(staff, drive, day):
    drive(30)
    first = _of(staff.post(BASE, json={"day": day.isoformat()}))
    drive(40)
    assert not _of(staff.get(BASE, params={"day": day.isoformat()}))["sealed"]
    second = _of(staff.post(BASE, json={"day": day.isoformat()}))
    assert (second["revision"], second["worked_s"]) == (2, 2400)
    assert second["previous"]
    assert second["digest"] != first["digest"]


@pytest.mark.parametrize(("form", "begins"), [("csv", b"\xef\xbb\xbf"), ("xlsx", b"PK"), ("pdf", b"%PDF")])
def test_a_paper_can_be_verified_by_its_bytes(staff, drive, day, form, begins):
    drive(30)
    staff.post(BASE, json={"day": day.isoformat()})
    asked = {"day": day.isoformat(), "format": form}
    paper = staff.get(f"{BASE}/plough-1", params=asked)
    assert paper.content.startswith(begins)
    assert paper.headers["content-disposition"] == f'attachment; filename="nippo-{day}-plough-1-r1.{form}"'
    assert paper.headers["cache-control"] == "no-store"
    assert staff.get(f"{BASE}/plough-1", params=asked).content == paper.content
    told = staff.get(f"/api/staff/ploughs/papers/{hashlib.sha256(paper.content).hexdigest()}").json()
    assert (told["vehicle"], told["revision"], told["newest_revision"], told["whole"]) == ("plough-1", 1, 1, True)
    forged = hashlib.sha256(paper.content + b" ").hexdigest()
    assert staff.get(f"/api/staff/ploughs/papers/{forged}").status_code == 404


def test_what_was_sealed_stands_when_its_positions_are_kept_no_longer(staff, drive, day, clock, store, registry):
    drive(30)
    asked = {"day": day.isoformat()}
    sealed = _of(staff.post(BASE, json=asked))
    clock.advance(days=401)
    since = _noon(day)
    store.ploughs.replace_track(registry.vehicles["plough-1"], since, since + timedelta(days=1), Track())  # forgotten
    found = staff.get(f"{BASE}/plough-1", params=asked).json()
    assert (found["digest"], found["revision"], found["worked_m"]) == (sealed["digest"], 1, 500.0)
    assert staff.post(BASE, json=asked).status_code == 409
    assert _of(staff.get(BASE, params=asked))["sealed"] is True


def test_the_diaries_of_a_vehicle_outlive_it(staff, serve, planned, drive, day):
    drive(30)
    asked = {"day": day.isoformat()}
    sealed = _of(staff.post(BASE, json=asked))
    without = replace(planned, vehicles=tuple(one for one in planned.vehicles if one.id != "plough-1"))
    later = serve(site=without, staff_token=TOKEN)
    later.headers["Authorization"] = f"Bearer {TOKEN}"
    assert _of(later.get(BASE, params=asked))["digest"] == sealed["digest"]
    assert later.get(f"{BASE}/plough-1", params=asked).json()["digest"] == sealed["digest"]
    assert later.get(f"{BASE}/plough-1", params={**asked, "format": "csv"}).status_code == 200
    assert later.get(f"{BASE}/plough-1", params={"day": "2020-01-15"}).status_code == 404
    assert later.post(BASE, json={**asked, "vehicle": "plough-1"}).status_code == 404


def test_days_that_are_over_are_sealed_by_themselves_also_when_it_turns_out_that_nothing_was_driven(
    planned, drive, day, clock, store, registry
):
    book = DiaryBook(planned, store, registry)
    drive(30)
    (first,) = book.seal_over(clock.now, days=3, by="自動")
    assert (first.vehicle, first.day, first.revision) == ("plough-1", day, 1)
    assert book.seal_over(clock.now, days=3, by="自動") == []
    store.ploughs.replace_track(registry.vehicles["plough-1"], _noon(day), _noon(day) + timedelta(days=1), Track())
    (second,) = book.seal_over(clock.now, days=3, by="自動")
    assert (second.revision, json.loads(second.document)["first_at"]) == (2, None)


def test_two_who_seal_at_once_make_one_chain(staff, drive, day, store, registry):
    drive(30)
    with ThreadPoolExecutor(6) as many:
        answers = list(many.map(lambda _: staff.post(BASE, json={"day": day.isoformat()}), range(6)))
    assert {one.status_code for one in answers} == {200}
    assert sum(_of(one)["new"] for one in answers) == 1
    assert broken(store.diaries.chain(registry.site)) == []


def test_without_readable_roads_nothing_is_sealed(staff, planned, drive, day, store, registry):
    drive(30)
    planned.layers[0].file.write_text("no roads")
    assert staff.post(BASE, json={"day": day.isoformat()}).status_code == 503
    assert staff.get(BASE, params={"day": day.isoformat()}).status_code == 503
    assert list(store.diaries.chain(registry.site)) == []


def test_a_provisional_paper_is_none_of_ours(staff, drive, day):
    drive(30)
    paper = staff.get(f"{BASE}/plough-1", params={"day": day.isoformat(), "format": "csv", "lang": "en"})
    assert "Provisional" in paper.text
    assert staff.get(f"/api/staff/ploughs/papers/{hashlib.sha256(paper.content).hexdigest()}").status_code == 404


def test_a_day_that_is_not_over_is_not_sealed(staff, clock):
    today = work_day(PLAN, "Asia/Tokyo", clock.now)
    assert staff.post(BASE, json={"day": today.isoformat()}).status_code == 409
    assert staff.get(BASE, params={"day": today.isoformat()}).json()["over"] is False


def test_what_is_not_understood_is_told(staff):
    for path, asked in (
        (BASE, {}),
        (BASE, {"day": "2026-02-30"}),
        (BASE, {"day": "0001-01-01"}),
        (BASE, {"day": "2026-1-5"}),
        (f"{BASE}/plough-1", {"day": "2026-01-15", "format": "exe"}),
        (f"{BASE}/plough-1", {"day": "2026-01-15", "format": "pdf", "lang": "fr"}),
        ("/api/staff/ploughs/papers/xyz", {}),
    ):
        assert staff.get(path, params=asked).status_code == 400, (path, asked)


def test_a_wrong_wish_is_refused(staff):
    for body in (
        [], {}, {"day": 5}, {"day": "9999-12-31"}, {"day": "2026-01-15", "what": 1}, {"day": "2026-01-15", "by": "a\nb"},
        {"day": "2026-01-15", "vehicle": ""},
    ):  # fmt: skip
        assert staff.post(BASE, json=body).status_code == 400, body


def test_unknown_vehicles_and_towns_without_a_plan(staff, serve, day):
    assert staff.get(f"{BASE}/nobody", params={"day": day.isoformat()}).status_code == 404
    assert staff.post(BASE, json={"day": day.isoformat(), "vehicle": "nobody"}).status_code == 404
    other = serve(staff_token=TOKEN)
    assert other.get(BASE, headers={"Authorization": f"Bearer {TOKEN}"}).status_code == 404
    assert staff.get(BASE, headers={"Authorization": "Bearer no"}).status_code == 401


def test_answers_are_as_described(staff, drive, day):
    drive(30)
    described = schemathesis.openapi.from_dict(staff.app.openapi())
    described[BASE]["GET"].validate_response(staff.get(BASE, params={"day": day.isoformat()}))
    described[BASE]["POST"].validate_response(staff.post(BASE, json={"day": day.isoformat()}))
    whole = staff.get(f"{BASE}/plough-1", params={"day": day.isoformat()})
    described[f"{BASE}/{{vehicle}}"]["GET"].validate_response(whole)
