"""What crews are told and report: one vehicle to a key, everything kept once, pictures drawn anew, hostile bodies refused."""

from __future__ import annotations

import base64
import io
import json
import struct
import threading
import zlib
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from uuid import uuid4

import httpx
import pytest
from PIL import Image

from config.model import LayerConfig, RoadFacts
from config.plough_plan import PloughPlan, RoadClass
from core.model import Access, Task
from core.ploughs import Direction, Evidence, Order, Passage, RoadState, Track
from core.times import format_rfc3339
from ingest.quarantine_replay import QuarantineReplay
from store.aside import Wanted
from web import crew_photo
from web.crew_keys import crew_key, crew_link

pytestmark = pytest.mark.db

SECRET = "crew-secret-of-thirty-two-letters"
TOKEN = "staff-token-of-thirty-two-letters"
STAFF = {"Authorization": f"Bearer {TOKEN}"}


def key(site, vehicle: str) -> dict[str, str]:
    found = next(each for each in site.vehicles if each.id == vehicle)
    return {"Authorization": f"Bearer {vehicle}.{crew_key(SECRET, site.id, found)}"}


@pytest.fixture(scope="session")
def crewed(town_served) -> httpx.Client:
    """One town with crew pages for tests that leave nothing behind, or only what has an id of its own."""
    return town_served("crewed", staff_token=TOKEN, crew_secret=SECRET)


@pytest.fixture(scope="session")
def own(crewed) -> dict[str, str]:
    return key(crewed.app.state.parts.site, "plough-1")


@pytest.fixture
def position(crewed):
    def make(seconds_ago: float = 0, **more):
        at = crewed.app.state.parts.clock.now - timedelta(seconds=seconds_ago)
        return {"at": format_rfc3339(at), "lon": 140.5, "lat": 38.6, "accuracy_m": 5.0, "task": "plough", **more}

    return make


@pytest.fixture
def note(crewed):
    def make(**more):
        at = format_rfc3339(crewed.app.state.parts.clock.now)
        return {"id": str(uuid4()), "kind": "blocked_by_car", "at": at, "lon": 140.5, "lat": 38.6, **more}

    return make


def picture(size=(40, 30), form="JPEG", **options) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", size, "red").save(out, form, **options)
    return out.getvalue()


def coded(data: bytes) -> str:
    return base64.b64encode(data).decode()


# --- keys


@pytest.mark.parametrize("path", ["state", "roads", "positions", "notes"])
def test_without_a_secret_the_addresses_do_not_exist(quiet, own, path):
    answer = quiet.get(f"/api/crew/{path}", headers=own)
    assert answer.status_code in (404, 405)
    assert quiet.post("/api/crew/notes", headers=own, json={}).status_code == 404


@pytest.mark.parametrize(
    "change", ["", "Bearer", "Bearer plough-1", "Bearer plough-1.", "Bearer .", "Bearer nobody.", "Basic"]
)
def test_no_key_and_half_a_key_open_nothing(crewed, change):
    headers = {"Authorization": change} if change else {}
    answer = crewed.get("/api/crew/state", headers=headers)
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"] == "Bearer"


def test_the_key_of_one_vehicle_does_not_open_another(crewed, own):
    right = own["Authorization"].rpartition(".")[2]
    answer = crewed.get("/api/crew/state", headers={"Authorization": f"Bearer plough-2.{right}"})
    assert answer.status_code == 401


def test_who_guesses_keys_is_slowed_down_and_the_right_key_still_opens(town_served):
    client = town_served("guessed", crew_secret=SECRET)
    wrong = [client.get("/api/crew/state", headers={"Authorization": f"Bearer plough-1.{n}"}) for n in range(25)]
    assert [answer.status_code for answer in wrong[:20]] == [401] * 20
    assert wrong[-1].status_code == 429
    site = client.app.state.parts.site
    assert client.get("/api/crew/state", headers=key(site, "plough-1")).status_code == 200


def test_another_number_takes_a_key_back_and_zero_takes_all(town):
    vehicle = town.vehicles[0]
    first = crew_key(SECRET, town.id, vehicle)
    assert len(first) == 32
    others = {
        crew_key(SECRET, town.id, replace(vehicle, crew_key=2)),
        crew_key(SECRET, town.id, town.vehicles[1]),
        crew_key(SECRET, "elsewhere", vehicle),
        crew_key(SECRET[::-1], town.id, vehicle),
    }
    assert len(others | {first}) == 5
    assert crew_key(SECRET, town.id, replace(vehicle, crew_key=0)) == "" == crew_key("", town.id, vehicle)
    assert (
        crew_link("https://snow.example/", vehicle, first)
        == f"https://snow.example/plough#vehicle=plough-1&key={first}"
    )


def test_a_vehicle_without_a_key_is_not_opened_by_an_empty_one(serve, town):
    client = serve(site=replace(town, vehicles=(replace(town.vehicles[0], crew_key=0),)), crew_secret=SECRET)
    assert client.get("/api/crew/state", headers={"Authorization": "Bearer plough-1."}).status_code == 401


# --- state


@pytest.fixture
def planned(town, tmp_path):
    """The town with two roads of plough-1's contractor, one road of plough-2 by name, and a promise."""
    roads = [
        {"id": "R1", "name": "本町線", "class": "第１種", "contractor": "雪国建設", "official_length_m": 900},
        {"id": "R2", "name": "裏町線", "class": "第３種", "contractor": "雪国建設", "official_length_m": 500},
        {"id": "R3", "name": "山手線", "class": "第３種", "contractor": "雪国建設", "vehicles": "plough-2"},
    ]
    features = [
        {
            "type": "Feature",
            "properties": road,
            "geometry": {"type": "LineString", "coordinates": [[140.50, lat], [140.51, lat]]},
        }
        for road, lat in zip(roads, (38.6, 38.61, 38.62), strict=True)
    ]
    file = tmp_path / "roads.geojson"
    file.write_text(json.dumps({"type": "FeatureCollection", "features": features}, ensure_ascii=False))
    layer = LayerConfig(
        id="roads",
        kind="roads",
        title_ja="除雪路線",
        title_en="Cleared roads",
        file=file,
        crs="EPSG:6668",
        licence="CC0 1.0",
        credit="試験町",
        source_url="",
        date="2026-01-01",
        access=Access.PUBLIC,
        shown=True,
        fictitious=True,
        road_facts=RoadFacts(vehicles=frozenset({"plough-1", "plough-2"})),
    )
    classes = {code: RoadClass(code=code, deadline=time(7)) for code in ("1", "3")}
    first, second = town.vehicles
    return replace(
        town,
        vehicles=(replace(first, contractor="雪国建設"), second),
        layers=(layer,),
        ploughs=PloughPlan(roads="roads", classes=classes),
    )


@pytest.fixture
def worked(store, registry, clock):
    """Lets a plough have worked over stretches (road, from, to in metres), from so many minutes ago on, a minute each."""

    def put(vehicle, *stretches, minutes_ago):
        passages = []
        for number, (road, from_m, to_m) in enumerate(stretches):
            at = clock.now - timedelta(minutes=minutes_ago - number)
            passages.append(
                Passage(
                    vehicle=registry.vehicles[vehicle],
                    road=road,
                    direction=Direction.FORWARD,
                    from_m=float(from_m),
                    to_m=float(to_m),
                    began_at=at,
                    ended_at=at + timedelta(seconds=50),
                    task=Task.PLOUGH,
                    evidence=Evidence.SIGNAL,
                    fixes=10,
                )
            )
        since = clock.now - timedelta(hours=30)
        store.ploughs.replace_track(registry.vehicles[vehicle], since, clock.now, Track(passages=tuple(passages)))

    return put


def test_a_crew_is_told_its_route_what_is_left_orders_and_the_others(
    serve, planned, store, registry, send, clock, worked
):
    hour = timedelta(hours=1)
    cleared = RoadState(
        road="R1",
        share=0.95,
        clear_since=clock.now - hour,
        cleared_at=clock.now - hour,
        last_worked_at=clock.now - hour,
        forward=None,
        backward=None,
        evidence=Evidence.SIGNAL,
    )
    store.road_states.save(registry.site, [cleared])
    halves = [("R2", 0, 217.8)] * 6
    worked("plough-1", ("R1", 0, 860), *halves, minutes_ago=30)
    store.orders.give(
        registry.site, Order(id="o1", at=clock.now - 2 * hour, classes=("1", "3"), by="センター"), clock.now
    )
    send.fix("plough-2", minutes_ago=4, task=Task.TRAVEL)
    client = serve(site=planned, crew_secret=SECRET)
    own = key(planned, "plough-1")

    answer = client.get("/api/crew/state", headers=own)
    told = answer.json()
    assert told["vehicle"]["name"] == "除雪車1"
    assert told["route"]["by"] == "contractor"
    assert told["route"]["length_m"] == pytest.approx(900 + 500 + 871, abs=3)
    assert told["route"]["open"] == ["R2", "R3"]
    assert told["route"]["left_m"] == pytest.approx(500 * 0.75 + 871, abs=3) == told["route"]["drive_m"]
    assert told["route"]["pace_m_per_h"] == pytest.approx((860 + 6 * 217.8) / (410 / 3600), abs=6)
    deadline = datetime.fromisoformat(told["route"]["deadline"])
    assert deadline > clock.now - 2 * hour
    assert deadline.astimezone(UTC).time() == time(22)
    assert told["roads"]["R1"]["clear_since"] == format_rfc3339(clock.now - hour)
    assert told["roads"]["R2"] == {"share": 0.0, "clear_since": None, "last_worked_at": None, "evidence": None}
    assert told["orders"] == [
        {"id": "o1", "at": format_rfc3339(clock.now - 2 * hour), "classes": ["1", "3"], "note": ""}
    ]
    assert [(other["id"], other["task"]) for other in told["vehicles"]] == [("plough-2", "travel")]
    assert told["notes"] == []
    assert answer.headers["cache-control"] == "private, no-cache"
    assert answer.headers["yukimori-time"] == format_rfc3339(clock.now)

    clock.advance(seconds=20)
    again = client.get("/api/crew/state", headers={**own, "If-None-Match": answer.headers["etag"]})
    assert (again.status_code, again.headers["yukimori-time"]) == (304, format_rfc3339(clock.now))

    roads = client.get("/api/crew/roads", headers=own)
    assert [road["id"] for road in roads.json()["features"]] == ["R1", "R2", "R3"]
    assert roads.json()["features"][0]["geometry"]["coordinates"][0][0] == pytest.approx([140.5, 38.6], abs=1e-6)
    assert "Authorization" in roads.headers["vary"]
    other = client.get("/api/crew/state", headers=key(planned, "plough-2")).json()
    assert (other["route"]["by"], list(other["roads"])) == ("vehicle", ["R3"])


def test_what_was_worked_before_the_order_does_not_count(serve, planned, store, registry, clock, worked):
    worked("plough-2", ("R3", 0, 871), minutes_ago=180)
    client = serve(site=planned, crew_secret=SECRET)
    own = key(planned, "plough-2")
    assert client.get("/api/crew/state", headers=own).json()["route"]["open"] == []
    order = Order(id="o2", at=clock.now - timedelta(hours=1), classes=("3",), by="センター")
    store.orders.give(registry.site, order, clock.now)
    route = client.get("/api/crew/state", headers=own).json()["route"]
    assert route["open"] == ["R3"]
    assert route["left_m"] == route["length_m"]
    assert route["pace_m_per_h"] is None


def test_a_layer_that_cannot_be_read_is_told_and_positions_are_taken_all_the_same(serve, planned, clock):
    planned.layers[0].file.unlink()
    client = serve(site=planned, crew_secret=SECRET)
    own = key(planned, "plough-1")
    assert client.get("/api/crew/state", headers=own).status_code == 503
    sent = [{"at": format_rfc3339(clock.now), "lon": 140.5, "lat": 38.6}]
    assert client.post("/api/crew/positions", headers=own, json=sent).json()["stored"] == 1


def test_a_town_without_a_plan_has_no_route_and_the_rest_works(crewed, own):
    told = crewed.get("/api/crew/state", headers=own).json()
    assert told["route"] is None
    assert crewed.get("/api/crew/roads", headers=own).json()["features"] == []


# --- positions


def test_positions_are_stored_once_however_often_they_come(serve, town, store, registry, clock):
    client = serve(crew_secret=SECRET)
    at = [format_rfc3339(clock.now - timedelta(seconds=back)) for back in (20, 10)]
    sent = [{"at": each, "lon": 140.5, "lat": 38.6, "accuracy_m": 4.0, "task": "plough"} for each in at]
    own = key(town, "plough-1")
    first = client.post("/api/crew/positions", headers=own, json=sent)
    assert first.json() == {"stored": 2, "duplicate": 0, "conflict": 0, "set_aside": 0, "reasons": []}
    again = client.post("/api/crew/positions", headers=own, json=sent)
    assert again.json()["duplicate"] == 2
    (latest,) = store.latest_positions(registry.site)
    assert (latest.vehicle, format_rfc3339(latest.at), latest.task) == ("plough-1", at[1], Task.PLOUGH)


def test_positions_pass_the_gates_of_mqtt_and_end_in_quarantine_with_their_bytes(crewed, own, position):
    bad = [position(1, lon=0, lat=0), position(-600), position(2, task="dance"), position(3)]
    answer = crewed.post("/api/crew/positions", headers=own, json=bad).json()
    assert (answer["stored"], answer["set_aside"]) == (1, 3)
    assert {"null-island", "future"} < set(answer["reasons"])
    parts = crewed.app.state.parts
    kept = list(
        parts.store.aside.still_open(parts.registry.site, Wanted(), parts.store.aside.newest(parts.registry.site))
    )
    assert {each.message.topic for each in kept} == {b"yukimori/testtown/gps-1/position"}
    assert any(b"dance" in each.message.payload for each in kept)
    # No source of the town listens to what phones send; a replay reads it all the same.
    replay, again = QuarantineReplay(parts.site, parts.registry, parts.store), []
    replay.run(Wanted(), dry_run=True, told=again.append)
    assert {each.reason for each in again} == set(answer["reasons"])


def test_positions_of_another_vehicle_are_refused_and_none_is_taken(crewed, own, position):
    before = crewed.app.state.parts.store.latest_positions(crewed.app.state.parts.registry.site)
    answer = crewed.post("/api/crew/positions", headers=own, json=[position(-1), position(-2, vehicle="plough-2")])
    assert answer.status_code == 403
    assert crewed.app.state.parts.store.latest_positions(crewed.app.state.parts.registry.site) == before


def test_a_device_with_levels_in_its_name_and_a_tracker_with_a_wrong_clock(serve, town, clock):
    odd = replace(town.vehicles[0], device="josetsu/dozer:5", clock_offset=timedelta(hours=-9))
    client = serve(site=replace(town, vehicles=(odd,)), crew_secret=SECRET)
    sent = [{"at": format_rfc3339(clock.now), "lon": 140.5, "lat": 38.6, "vehicle": "plough-1"}]
    assert client.post("/api/crew/positions", headers=key(town, "plough-1"), json=sent).json()["stored"] == 1


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"", 400),
        (b"{}", 400),
        (b"[]", 400),
        (b"[1]", 400),
        (b'[{"lon": 140.5, "lat": 38.6}]', 400),
        (b'[{"at": null, "lon": 140.5, "lat": 38.6}]', 400),
        (b'[{"at": "x", "at": "y"}]', 400),
        (b"[" * 5000, 400),
        (b"\xff\xfe", 400),
        (json.dumps([{"at": "2026-01-01T00:00:00Z"}] * 301).encode(), 400),
        (b"[" + b" " * 131_072 + b"]", 413),
    ],
)
def test_what_is_no_list_of_positions_is_refused(crewed, own, body, status):
    headers = {**own, "Content-Type": "application/json"}
    assert crewed.post("/api/crew/positions", headers=headers, content=body).status_code == status


def test_only_json_of_our_own_page_is_read(crewed, own, position):
    path, body = "/api/crew/positions", json.dumps([position()])
    plain = {**own, "Content-Type": "text/plain"}
    assert crewed.post(path, headers=plain, content=body).status_code == 415
    foreign = {**own, "Content-Type": "application/json", "Origin": "https://elsewhere.example"}
    assert crewed.post(path, headers=foreign, content=body).status_code == 403
    assert crewed.get("/api/crew/state?x=1", headers=own).status_code == 400


# --- notes


def test_a_note_reaches_staff_with_place_and_photo_and_is_settled(crewed, own, note):
    sent = note(text=" 白い車 ", accuracy_m=6.5, photo=coded(picture()))
    answer = crewed.post("/api/crew/notes", headers=own, json=sent)
    assert (answer.status_code, answer.json()) == (201, {"id": sent["id"], "new": True, "photo": True})

    listed = {each["id"]: each for each in crewed.get("/api/staff/notes?limit=1000", headers=STAFF).json()["notes"]}
    found = listed[sent["id"]]
    assert (found["vehicle"], found["kind"], found["text"], found["age_s"]) == (
        "plough-1",
        "blocked_by_car",
        "白い車",
        0,
    )
    assert (found["lon"], found["lat"], found["accuracy_m"], found["photo"]) == (140.5, 38.6, 6.5, True)

    photo = crewed.get(f"/api/staff/notes/{sent['id']}/photo", headers=STAFF)
    assert photo.headers["content-type"] == "image/jpeg"
    assert "sandbox" in photo.headers["content-security-policy"]
    assert photo.headers["x-content-type-options"] == "nosniff"
    assert photo.headers["content-disposition"].startswith("attachment")
    assert Image.open(io.BytesIO(photo.content)).size == (40, 30)

    wish = {"ids": [sent["id"]], "by": "当直 佐藤"}
    assert crewed.post("/api/staff/notes/settle", headers=STAFF, json=wish).json() == {"changed": 1}
    settled = crewed.get("/api/staff/notes?state=settled&limit=1000", headers=STAFF).json()["notes"]
    assert next(each for each in settled if each["id"] == sent["id"])["settled_by"] == "当直 佐藤"
    mine = crewed.get("/api/crew/state", headers=own).json()["notes"]
    assert next(each for each in mine if each["id"] == sent["id"])["settled_at"] is not None
    again = {**wish, "settled": False}
    assert crewed.post("/api/staff/notes/settle", headers=STAFF, json=again).json() == {"changed": 1}


def test_a_note_sent_again_is_the_same_and_another_vehicle_cannot_take_its_id(crewed, own, note):
    sent = note()
    assert crewed.post("/api/crew/notes", headers=own, json=sent).status_code == 201
    again = crewed.post("/api/crew/notes", headers=own, json=sent)
    assert (again.status_code, again.json()["new"]) == (200, False)
    other = key(crewed.app.state.parts.site, "plough-2")
    assert crewed.post("/api/crew/notes", headers=other, json=sent).status_code == 409


def test_without_a_fix_a_note_is_taken_too(crewed, own, note):
    sent = note(lon=None, lat=None)
    assert crewed.post("/api/crew/notes", headers=own, json=sent).status_code == 201


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"id": "1"}, 400),
        ({"id": "A0000000-0000-4000-8000-000000000000"}, 400),
        ({"kind": "party"}, 400),
        ({"at": "now"}, 400),
        ({"at": "1999-01-01T00:00:00Z"}, 422),
        ({"lat": None}, 400),
        ({"lon": 181}, 400),
        ({"lon": True}, 400),
        ({"accuracy_m": -1}, 400),
        ({"text": "x" * 501}, 400),
        ({"text": 5}, 400),
        ({"vehicle": "plough-2"}, 400),
        ({"photo": "data:image/png;base64,AAAA"}, 400),
        ({"photo": "***"}, 400),
        ({"photo": ""}, 422),
    ],
)
def test_a_note_that_does_not_fit_is_refused(crewed, own, note, change, status):
    assert crewed.post("/api/crew/notes", headers=own, json=note(**change)).status_code == status


@pytest.mark.parametrize("missing", ["id", "kind", "at"])
def test_a_note_names_itself_its_kind_and_its_time(crewed, own, note, missing):
    body = {name: value for name, value in note().items() if name != missing}
    assert crewed.post("/api/crew/notes", headers=own, json=body).status_code == 400


def test_a_body_longer_than_a_photo_is_cut_off(crewed, own, note):
    long = note(photo="A" * (3 * 1024 * 1024))
    assert crewed.post("/api/crew/notes", headers=own, json=long).status_code == 413
    assert crewed.post("/api/crew/notes", json=long).status_code == 401  # not even read


# --- photos


def _bomb() -> bytes:
    """A PNG of a few hundred bytes that says it is 60 000 × 60 000 pixels."""
    head = struct.pack(">IIBBBBB", 60_000, 60_000, 8, 2, 0, 0, 0)

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    body = zlib.compress(b"\0" * 100_000)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", body) + chunk(b"IEND", b"")


def _wide() -> bytes:
    """A PNG of 100 million pixels: below what a reader calls a bomb, above what a phone makes."""
    out = io.BytesIO()
    Image.new("1", (10_000, 10_000)).save(out, "PNG")
    return out.getvalue()


@pytest.mark.parametrize(
    "data",
    [
        _bomb(),
        _wide(),
        picture()[:200],
        b"GIF89a" + picture(form="GIF")[6:],
        picture(form="BMP"),
        b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>",
        b"%PDF-1.7",
    ],
    ids=["bomb", "wide", "cut", "gif", "bmp", "svg", "pdf"],
)
def test_what_is_no_photo_of_a_phone_is_refused_and_no_note_is_left(crewed, own, note, data):
    sent = note(photo=coded(data))
    assert crewed.post("/api/crew/notes", headers=own, json=sent).status_code == 422
    assert crewed.get(f"/api/staff/notes/{sent['id']}/photo", headers=STAFF).status_code == 404
    # The report itself can be sent without it.
    assert crewed.post("/api/crew/notes", headers=own, json={**sent, "photo": None}).status_code == 201


def _stored(client, own, sent) -> bytes:
    assert client.post("/api/crew/notes", headers=own, json=sent).status_code == 201
    return client.get(f"/api/staff/notes/{sent['id']}/photo", headers=STAFF).content


def test_place_camera_and_whatever_else_stood_in_the_file_are_gone_and_it_is_upright(crewed, own, note):
    exif = Image.Exif()
    exif[0x0112] = 6  # turned
    exif[0x010F] = "Secret Camera"
    exif.get_ifd(0x8825)[2] = (38.0, 36.0, 0.0)  # GPS latitude
    sent = picture((60, 20), exif=exif.tobytes(), comment=b"driver: Sato") + b"<script>alert(1)</script>"
    kept = _stored(crewed, own, note(photo=coded(sent)))
    for trace in (b"Secret", b"Exif", b"Sato", b"script"):
        assert trace not in kept
    opened = Image.open(io.BytesIO(kept))
    assert opened.size == (20, 60)
    assert not opened.getexif()


def test_more_photos_than_can_wait_are_sent_away_for_a_moment(crewed, own, note, monkeypatch):
    monkeypatch.setattr(crew_photo, "_line", threading.BoundedSemaphore(1))
    crew_photo._line.acquire()
    picture = io.BytesIO()
    Image.new("RGB", (8, 8)).save(picture, "PNG")
    sent = note(photo=base64.b64encode(picture.getvalue()).decode())
    busy = crewed.post("/api/crew/notes", json=sent, headers=own)
    assert (busy.status_code, busy.headers["retry-after"]) == (503, "10")
    crew_photo._line.release()
    assert crewed.post("/api/crew/notes", json=sent, headers=own).status_code == 201


@pytest.mark.parametrize(
    ("form", "mode"), [("PNG", "RGBA"), ("PNG", "P"), ("WEBP", "RGBA"), ("PNG", "I;16"), ("JPEG", "CMYK")]
)
def test_every_form_becomes_a_small_jpeg(crewed, own, note, form, mode):
    out = io.BytesIO()
    Image.new(mode, (2400, 300)).save(out, form)
    opened = Image.open(io.BytesIO(_stored(crewed, own, note(photo=coded(out.getvalue())))))
    assert (opened.format, opened.mode, opened.size) == ("JPEG", "RGB", (1600, 200))


# --- staff


def test_notes_and_photos_are_for_staff_only(crewed, own, note):
    sent = note(photo=coded(picture()))
    crewed.post("/api/crew/notes", headers=own, json=sent)
    for path in ("/api/staff/notes", f"/api/staff/notes/{sent['id']}/photo"):
        assert crewed.get(path).status_code == 401
        assert crewed.get(path, headers=own).status_code == 401


@pytest.mark.parametrize(
    "wish",
    [
        {},
        {"ids": []},
        {"ids": ["x"]},
        {"ids": [1]},
        {"ids": [str(uuid4())], "by": ""},
        {"ids": [str(uuid4())], "all": True},
        [],
    ],
)
def test_a_wish_to_settle_that_does_not_fit_is_refused(crewed, wish):
    assert crewed.post("/api/staff/notes/settle", headers=STAFF, json=wish).status_code == 400


@pytest.mark.parametrize("query", ["state=lost", "limit=0", "limit=1001", "since=yesterday", "vehicle=x"])
def test_a_list_of_notes_that_is_not_understood_is_refused(crewed, query):
    assert crewed.get(f"/api/staff/notes?{query}", headers=STAFF).status_code == 400


@pytest.mark.parametrize("name", ["x", "00000000-0000-4000-8000-000000000000", "..%2f"])
def test_a_photo_that_is_not_there_is_not_there(crewed, name):
    assert crewed.get(f"/api/staff/notes/{name}/photo", headers=STAFF).status_code == 404


# --- pages


def test_the_page_is_the_same_for_all_and_its_worker_names_what_it_keeps(crewed):
    page = crewed.get("/plough")
    assert page.status_code == 200
    assert "除雪作業" in page.text
    assert "Plough crew" in crewed.get("/en/plough").text
    worker = crewed.get("/plough-worker.js")
    assert worker.headers["content-type"].startswith("text/javascript")
    assert "worker-src 'self'" in page.headers["content-security-policy"]
    known = json.loads(worker.text.splitlines()[0].removeprefix("const SHELL = ").removesuffix(";"))
    for path in [*known["pages"], *known["files"]]:
        assert crewed.get(path).status_code == 200, path
