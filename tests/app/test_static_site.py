"""`yukimori publish`: the folder it writes, what it leaves alone, and what never gets into it."""

from __future__ import annotations

import hashlib
import json
import re
import shutil
import threading
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import replace
from datetime import timedelta
from html import unescape
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit
from uuid import uuid4
from xml.etree import ElementTree as ET

import pytest

from alerts.cap import mistakes_of, read_cap
from app.public_folder import MANIFEST, PublicFolder
from app.publish import Places, Publication, publish
from app.settings import read_settings
from app.static_site import StaticSite
from config import load_site
from config.exercise import exercise_site
from config.model import Site
from core.closures import Closure, ClosureReason, ClosureStatus
from core.errors import StartError, YukimoriError
from core.levels import Level
from core.model import Access
from core.ploughs import Evidence
from core.public_ploughs import PublicFix, PublicRoad, PublicRoads, TaskGroup
from core.shelters import ShelterState, ShelterStatus
from core.times import format_rfc3339, parse_rfc3339, utc_now
from ingest.messages import Message
from ingest.pipeline import Pipeline
from maps.gsi_tiles import image_hosts
from maps.policy import header_policy
from maps.site_pages import LAYER_PAGES
from store import Store
from store.alert_rows import EpisodeRow, Evaluation, TransitionRow
from store.exercises import ExerciseRow

TOKEN = "canary-of-the-staff-token-0123456789abcdef"
STAFF_CANARY = "canary-of-a-dangerous-house"
BY_CANARY = "canary-of-who-said-it"
NOW_LON, BEFORE_LON, TOLD_LON = "140.4432", "140.43219", "140.4111"
STAFF_LAYER = """
kind = "points"
access = "staff"
title_ja = "危険家屋 canary-of-a-dangerous-house"
title_en = "Dangerous houses"
file = "layers/data/houses.geojson"
crs = "EPSG:6668"
licence = "内部資料"
credit = "試験"
date = "2026"
fictitious = true
"""


@pytest.fixture(scope="module")
def site_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The example town with few layers, a delay for ploughs and a layer for its staff."""
    folder = tmp_path_factory.mktemp("site") / "site"
    shutil.copytree(Path(__file__).resolve().parents[2] / "config" / "example", folder)
    for layer in (folder / "layers").glob("*.toml"):
        if layer.stem not in ("boundary", "shelters_emergency", "roads"):
            layer.unlink()
    toml = folder / "site.toml"
    toml.write_text(re.sub('vehicle_delay = "0s"', 'vehicle_delay = "10m"', toml.read_text(encoding="utf-8")))
    (folder / "layers" / "houses.toml").write_text(STAFF_LAYER)
    house = {
        "type": "Feature",
        "properties": {"name": STAFF_CANARY},
        "geometry": {"type": "Point", "coordinates": [140.41, 38.6]},
    }
    data = folder / "layers" / "data" / "houses.geojson"
    data.write_text(json.dumps({"type": "FeatureCollection", "features": [house]}))
    return folder


@pytest.fixture
def town(site_folder: Path, tmp_path: Path, dsn: str, store: Store) -> Callable[..., Path]:
    """Publishes the town once, with a reading, fixes of a plough that were not told, a place that was, and a full shelter."""
    minutes_ago = lambda count: format_rfc3339(utc_now() - timedelta(minutes=count))  # noqa: E731
    reading = {"at": minutes_ago(2), "quantity": "snow_depth", "value": 133.0, "unit": "cm"}
    fixes = [
        {"at": minutes_ago(when), "lon": float(lon), "lat": 38.6, "speed_kmh": 31.7529, "task": "plough"}
        for when, lon in ((0, NOW_LON), (15, BEFORE_LON))
    ]
    site = load_site(site_folder)
    registry = store.register(site)
    sent = [("snow-01/reading", reading), *(("plough-01/position", fix) for fix in fixes)]
    messages = [
        Message(f"yukimori/obanazawa/{topic}".encode(), json.dumps(body).encode(), utc_now(), 1) for topic, body in sent
    ]
    store.append(registry.site, Pipeline(site, registry).handle_all(messages))
    said = ShelterState(
        shelter="E0621200001201",
        status=ShelterStatus.FULL,
        people=120,
        capacity=120,
        note_ja="満員です",
        note_en="",
        at=utc_now(),
        by=BY_CANARY,
    )
    store.shelters.say(registry.site, [said], utc_now())
    place = PublicFix(
        name="K3",
        day=utc_now().date(),
        at=utc_now() - timedelta(minutes=12),
        lon=float(TOLD_LON),
        lat=38.6,
        heading_deg=90,
        group=TaskGroup.WORK,
    )
    store.public_ploughs.publish(registry.site, [place])
    road = PublicRoad(road="R001", share=1.0, clear_since=place.at, cleared_at=place.at, evidence=Evidence.SIGNAL)
    roads = {"R001": road, "R002": PublicRoad(road="R002", withheld=True)}
    step = PublicRoads(as_of=utc_now() - timedelta(minutes=10), roads=roads)
    store.public_ploughs.publish_roads(registry.site, step, utc_now())

    def run(out: Path | None = None, **environment: str) -> Path:
        given = {"YUKIMORI_STAFF_TOKEN": TOKEN, "DATABASE_URL": dsn, **environment}
        settings = read_settings(site_folder, tmp_path / "data", {key: value for key, value in given.items() if value})
        publish(settings, threading.Event(), out=out, once=True)
        return out or settings.public

    return run


def files_of(root: Path) -> dict[str, Path]:
    return {path.relative_to(root).as_posix(): path for path in sorted(root.rglob("*")) if path.is_file()}


def state_of(root: Path) -> dict[str, Any]:
    return json.loads((root / "live" / "snapshot.json").read_text())


class Addresses(HTMLParser):
    """Every address a page names."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found += [value or "" for name, value in attrs if name in ("href", "src")]


@pytest.mark.db
def test_the_folder_is_whole_leads_nowhere_else_and_stays_without_a_database(town, site_folder):
    root = town()
    the_folder_is_whole_and_gives_nothing_away(root)
    every_address_leads_to_a_file(root)
    the_table_says_without_scripts_when_it_was_written_and_keeps_the_policy(root, site_folder)
    # Without a database all else is there, and the last state stays.
    kept = (root / "live" / "snapshot.json").read_bytes()
    table = (root / "list" / "index.html").read_bytes()
    (root / "404.html").unlink()
    with pytest.raises(StartError, match="DATABASE_URL is not set"):
        town(DATABASE_URL="")
    assert (root / "404.html").is_file()
    assert (root / "live" / "snapshot.json").read_bytes() == kept
    assert (root / "list" / "index.html").read_bytes() == table


def the_folder_is_whole_and_gives_nothing_away(root: Path) -> None:
    files = files_of(root)
    for name in ("index.html", "map.js", "en/map.js", "en/list/index.html", "404.html", "layers/boundary.geojson"):
        assert name in files
    assert not [name for name in files if "houses" in name]
    state = state_of(root)
    stations = {feature["properties"]["id"]: feature["properties"] for feature in state["stations"]["features"]}
    assert stations["snow-shiyakusho"]["quantities"]["snow_depth"]["value"] == 133.0
    assert [feature["geometry"]["coordinates"][0] for feature in state["vehicles"]["features"]] == [float(TOLD_LON)]
    roads = json.loads((root / "live" / "roads.json").read_text())
    assert roads["roads"]["R002"] == {"withheld": True}
    assert (roads["roads"]["R001"]["age_class"], roads["stale"]) == ("under_1h", False)
    assert state["shelters"][0]["status"] == "full"
    assert state["stale"] is False
    assert parse_rfc3339(state["read_at"]) <= parse_rfc3339(state["generated_at"])
    series = json.loads(files["series/snow-shiyakusho/snow_depth.json"].read_text())
    assert series["value"] == [133.0]
    assert files["series/snow-shiyakusho/snow_depth.csv"].read_bytes().startswith(b"\xef\xbb\xbfstation,")
    feed = ET.parse(files["alerts/feed.atom"]).getroot()
    assert feed.find("{http://www.w3.org/2005/Atom}link").attrib["href"] == "../alerts/feed.atom"
    kept_back = (
        STAFF_CANARY,
        BY_CANARY,
        TOKEN,
        NOW_LON,
        BEFORE_LON,
        "31.75",
        "plough-01",
        "02000000000000b6",
        "josetsu/dozer-05",
        "postgresql:",
    )
    for name, path in files.items():
        found = [canary for canary in kept_back if canary.encode() in path.read_bytes()]
        assert (name, found) == (name, [])


def every_address_leads_to_a_file(root: Path) -> None:
    for name, path in files_of(root).items():
        if path.suffix != ".html":
            continue
        page = Addresses()
        page.feed(path.read_text(encoding="utf-8"))
        for address in page.found:
            parts = urlsplit(address)
            if parts.scheme == "https" and "opendata/" in name:
                continue  # the words of a licence
            assert not parts.scheme, (name, address)
            assert not address.startswith("/"), (name, address)
            if parts.path and (LAYER_PAGES or "/layer/" not in parts.path):
                assert (path.parent / unquote(parts.path)).resolve().is_file(), (name, address)
                assert (path.parent / unquote(parts.path)).resolve().is_relative_to(root.resolve())


def the_table_says_without_scripts_when_it_was_written_and_keeps_the_policy(root: Path, site_folder: Path) -> None:
    html = (root / "list" / "index.html").read_text(encoding="utf-8")
    assert re.search(r'id="freshness-text">\d{4}-\d\d-\d\d \d\d:\d\d:\d\d の写し<', html)
    assert "に書き出した内容です" in html
    assert "133" in html
    said = re.search(r'<meta http-equiv="Content-Security-Policy" content="([^"]+)"', html)
    assert said
    hosts = image_hosts(load_site(site_folder))
    # frame-ancestors is for headers only: in a page browsers ignore it, and complain.
    assert f"{unescape(said[1])}; frame-ancestors 'none'" == header_policy(hosts)


@pytest.mark.db
def test_again_only_what_tells_the_state_is_written_and_only_ours_are_taken_away(town, tmp_path):
    out = tmp_path / "www"
    town(out)
    files = files_of(out)
    manifest = json.loads(files.pop(MANIFEST).read_text())["files"]
    visible = {name: path for name, path in files.items() if "/." not in f"/{name}"}
    assert manifest == {name: hashlib.sha256(path.read_bytes()).hexdigest() for name, path in visible.items()}
    (out / "theirs.txt").write_text("of somebody else")
    gone = out / "station" / "gone" / "index.html"
    gone.parent.mkdir()
    gone.write_text("of a station that was taken down")
    before = {name: (path.stat().st_mtime_ns, path.stat().st_ino) for name, path in files_of(out).items()}
    old = manifest | {"station/gone/index.html": "0" * 64}
    (out / MANIFEST).write_text(json.dumps({"files": old}))
    town(out)
    assert not gone.parent.exists()
    assert (out / "theirs.txt").read_text() == "of somebody else"
    after = {name: (path.stat().st_mtime_ns, path.stat().st_ino) for name, path in files_of(out).items()}
    changed = {name for name in after if after[name] != before.get(name)}
    of_state = ("list/", "station/", "opendata/", "print/", "roads/")
    told = {name for name in after if any(part in name for part in of_state)}
    assert changed <= {MANIFEST, "live/snapshot.json", "live/roads.json", "live/closures.json"} | told
    assert "live/snapshot.json" in changed


def test_a_town_nothing_was_ever_heard_of_says_so(town, tmp_path):
    out = tmp_path / "www"
    with pytest.raises(StartError):
        town(out, DATABASE_URL="")
    assert not (out / "live" / "snapshot.json").exists()
    assert "まだデータを受け取れていません" in (out / "list" / "index.html").read_text(encoding="utf-8")


def test_what_moves_to_the_staff_is_gone_from_every_folder_before_anything_is_built(site_folder, tmp_path, monkeypatch):
    site, settings = load_site(site_folder), read_settings(site_folder, tmp_path, {})
    places = Places(settings.public, settings.staff)
    layers = tuple(replace(layer, access=Access.PUBLIC) for layer in site.layers if layer.id in ("boundary", "houses"))
    with ExitStack() as stack:
        Publication(replace(site, layers=layers), settings, places, stack, utc_now).pages()
    told = lambda: [  # noqa: E731
        path.relative_to(settings.public).as_posix()
        for path in settings.public.rglob("*")
        if path.is_file() and path.parts[-2] != "layers" and STAFF_CANARY in path.read_text("utf-8", "ignore")
    ]
    assert {"opendata/houses.geojson", "layer/houses/index.html"} <= set(told())
    monkeypatch.setattr("app.publish.STEPS", ())
    monkeypatch.setattr(StaticSite, "write_pages", lambda _site: 0)
    kept = tuple(replace(layer, access=Access.STAFF) if layer.id == "houses" else layer for layer in layers)
    with ExitStack() as stack:
        Publication(replace(site, layers=kept), settings, places, stack, utc_now).pages()
    assert not [path for path in told() if path.startswith(("opendata/houses", "layer/houses", "en/layer/houses"))]


def test_a_folder_that_holds_more_than_the_public_site_is_refused(tmp_path, site_folder):
    data = tmp_path / "data"
    settings = read_settings(site_folder, data, {})
    for out in (site_folder, site_folder / "layers", site_folder.parent, data, data / "staff", tmp_path, Path("/")):
        with pytest.raises(StartError, match="everyone would read that"):
            publish(settings, threading.Event(), out=out, once=True)


@pytest.mark.parametrize("place", ["layers/source.geojson", "opendata/source.csv"])
def test_files_of_others_below_are_neither_taken_away_nor_published(tmp_path, site_folder, place):
    source = tmp_path / "gis" / place
    source.parent.mkdir(parents=True)
    source.write_text("the only copy")
    with pytest.raises(StartError, match="is there already and is not ours"):
        publish(read_settings(site_folder, tmp_path / "data", {}), threading.Event(), out=tmp_path / "gis", once=True)
    assert source.read_text() == "the only copy"


@pytest.fixture
def folder(tmp_path: Path) -> PublicFolder:
    return PublicFolder(tmp_path, ("layers",))


def test_what_lies_there_of_others_is_not_overwritten(tmp_path, folder):
    (tmp_path / "index.html").write_text("the town's own home page")
    with pytest.raises(YukimoriError, match=r"index\.html is there already and is not ours"):
        folder.claim(["index.html", "a.html"])
    assert [path.name for path in tmp_path.iterdir()] == ["index.html"]


def test_a_link_in_the_place_of_a_file_is_not_written_through(tmp_path):
    outside = tmp_path / "outside.txt"
    outside.write_text("keep")
    root = tmp_path / "www"
    folder = PublicFolder(root, ())
    folder.claim(["a.html"])
    (root / "a.html").symlink_to(outside)
    assert folder.write("a.html", b"new")
    assert (outside.read_text(), (root / "a.html").read_text()) == ("keep", "new")


def test_a_file_is_written_only_where_it_is_another(tmp_path, folder):
    folder.claim(["a.html"])
    assert folder.write("a.html", b"one")
    assert not folder.write("a.html", b"one")
    (tmp_path / "a.html").write_bytes(b"damaged by hand")
    assert folder.write("a.html", b"one")
    again = PublicFolder(tmp_path, ())
    assert not again.write("a.html", b"one")


@pytest.mark.parametrize("path", ["../escape", "/etc/passwd", "a/../../b", "", 7])
def test_a_manifest_that_names_what_is_outside_is_refused(tmp_path, path):
    names = json.dumps({"files": {path: None}}) if isinstance(path, str) else '{"files": [7]}'
    (tmp_path / MANIFEST).write_text(names)
    with pytest.raises(YukimoriError, match="damaged, or names a file outside"):
        PublicFolder(tmp_path, ())


def test_a_damaged_manifest_is_refused(tmp_path):
    (tmp_path / MANIFEST).write_bytes(b'{"files": {"a')
    with pytest.raises(YukimoriError, match="damaged"):
        PublicFolder(tmp_path, ())


def test_a_claim_that_was_cut_off_is_still_ours(tmp_path, folder):
    folder.claim(["a.html"])
    (tmp_path / "a.html").write_bytes(b"half a pow")
    again = PublicFolder(tmp_path, ())
    again.claim(["a.html"])
    assert again.write("a.html", b"whole")


def close_a_road_and_begin_an_exercise(site: Site, store: Store) -> ExerciseRow:
    """The road was to be open a minute ago, and nobody has said that it is."""
    number = store.register(site).site
    stage = store.register(exercise_site(site, site.exercises[0], speed=1.0, played=frozenset())).site
    now = utc_now()
    closure = Closure(
        id=str(uuid4()), status=ClosureStatus.CLOSED, reason=ClosureReason.SNOW, name_ja="県道28号", name_en="Route 28",
        road="R001", lon=None, lat=None, until=now - timedelta(minutes=1), note_ja="", note_en="", at=now, by=BY_CANARY,
    )  # fmt: skip
    store.closures.say(number, closure, now)
    held = ExerciseRow(
        uuid4(), stage, site.exercises[0].id, "夜の訓練", "Night", 1.0, now, BY_CANARY, now + timedelta(hours=1)
    )
    assert store.exercises.begin(number, held)
    return held


def told_with_their_ends(root: Path, held: ExerciseRow) -> None:
    """The static site tells the closed road, and the exercise with its end, to scripts and to readers without."""
    (told,) = json.loads((root / "live/closures.json").read_text())["closures"]
    assert (told["road"], told["since"], BY_CANARY in json.dumps(told)) == (
        "R001",
        format_rfc3339(held.started_at),
        False,
    )
    running = json.loads((root / "live/exercise.json").read_text())["running"]
    assert running["expires_at"] == format_rfc3339(held.expires_at)
    page = (root / "list/index.html").read_text(encoding="utf-8")
    assert "解除の知らせはまだありません" in page
    assert "に書き出した内容です" in page
    assert f'data-until="{running["expires_at"]}">【訓練】職員が訓練をしています（夜の訓練、' in page
    assert 'data-address="../../live/exercise.json"' in (root / "en/hazard/index.html").read_text(encoding="utf-8")


@pytest.mark.db
def test_episodes_closed_roads_and_an_exercise_are_told_and_go_again(town, site_folder, store):
    site = load_site(site_folder)
    registry = store.register(site)
    begun = utc_now() - timedelta(hours=1)
    stream = next(stream for stream in site.datastreams if stream.quantity == "water_level")
    episode = EpisodeRow(
        id=uuid4(), rule="river", target=stream.key, level=Level.DANGER, stale=False, recovering=False, opened_at=begun,
        detected_at=begun, value=9.9, peak=9.9, closed_at=None, outcome=None,
    )  # fmt: skip
    fired = TransitionRow(episode.id, 0, "fired", Level.NORMAL, Level.DANGER, begun, begun, 9.9, "reached", "v1")
    store.save_evaluation(registry.site, Evaluation(episodes=[episode], transitions=[fired]))
    held = close_a_road_and_begin_an_exercise(site, store)
    root = town()
    told_with_their_ends(root, held)
    message = read_cap((root / f"alerts/{episode.id}.cap.xml").read_bytes())
    assert (message.status.value, mistakes_of(message, site.bounds)) == ("Test", [])
    assert f"../alerts/{episode.id}.cap.xml" in (root / "alerts/feed.atom").read_text()
    assert f"alerts/{episode.id}.cap.xml" in json.loads((root / "site-manifest.json").read_text())["files"]
    over = replace(episode, closed_at=utc_now() - timedelta(days=9), outcome="resolved")
    store.save_evaluation(registry.site, Evaluation(episodes=[over]))
    store.exercises.end(registry.site, held, utc_now(), "test")
    town()
    assert list((root / "alerts").glob("*.cap.xml")) == []
    assert json.loads((root / "live/exercise.json").read_text()) == {"running": None}
    assert "【訓練】" not in (root / "list/index.html").read_text(encoding="utf-8")


@pytest.mark.db
def test_the_agencys_warnings_lie_beside_the_state(town, site_folder, tmp_path):
    toml = site_folder / "site.toml"
    before = toml.read_text(encoding="utf-8")
    try:
        toml.write_text(f'{before}\n[jma]\nfolder = "jma"\n', encoding="utf-8")
        root = town()
    finally:
        toml.write_text(before, encoding="utf-8")
    told = json.loads((root / "live" / "warnings.json").read_text())
    assert (told["configured"], told["warnings"], told["stale"]) == (True, None, True)
    assert 'id="jma"' in (root / "index.html").read_text(encoding="utf-8")
