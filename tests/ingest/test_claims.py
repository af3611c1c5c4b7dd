"""Devices nobody has claimed: what is told of them, and that the lines proposed pass the check."""

from __future__ import annotations

import base64
import csv
import io
import json
import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from config import Known, check_site, load_site
from core.times import format_rfc3339
from ingest.claim_lines import rounded
from ingest.claims import MOST_DEVICES, Claim, find_claims
from ingest.codecs import CODECS
from ingest.devices import MODELS
from ingest.messages import Message
from ingest.pipeline import Pipeline

pytestmark = pytest.mark.db

ROOT = Path(__file__).resolve().parents[2]
NOW = datetime.now(UTC).replace(microsecond=0) - timedelta(hours=1)
KNOWN = Known(codecs=frozenset(CODECS), models=frozenset(MODELS))


@pytest.fixture
def folder(tmp_path) -> Path:
    return Path(shutil.copytree(ROOT / "config" / "example", tmp_path / "town"))


@pytest.fixture
def claims(store, folder):
    """Takes messages in as the collector does, then looks for devices to claim."""

    def find(*messages: Message) -> list[Claim]:
        site = load_site(folder)
        registry = store.register(site)
        store.append(registry.site, Pipeline(site, registry).handle_all(messages))
        return list(find_claims(site, registry.site, store).claims)

    return find


def message(topic: str, body: object) -> Message:
    return Message(topic.encode(), json.dumps(body).encode(), NOW, 1)


def reading(device: str, value: float = 1.5, *, ago: float = 0, quantity: str = "water_level", unit: str = "m"):
    at = format_rfc3339(NOW - timedelta(minutes=ago))
    body = {"at": at, "quantity": quantity, "value": value, "unit": unit}
    return message(f"yukimori/obanazawa/{device}/reading", body)


def fix(device: str, lon: float = 140.41, lat: float = 38.6, ago: float = 0) -> Message:
    body = {"at": format_rfc3339(NOW - timedelta(minutes=ago)), "lon": lon, "lat": lat}
    return message(f"yukimori/obanazawa/{device}/position", body)


def frame(eui: str, data: bytes, ago: float = 0) -> Message:
    body = {
        "deduplicationId": str(ago),
        "time": format_rfc3339(NOW - timedelta(minutes=ago)),
        "deviceInfo": {"devEui": eui},
        "fCnt": 1,
        "fPort": 85,
        "data": base64.b64encode(data).decode(),
    }
    return message(f"application/1/device/{eui}/event/up", body)


def cells(line) -> dict[str, str]:
    (header,), (text,) = csv.reader(io.StringIO(line.header)), csv.reader(io.StringIO(line.text))
    return dict(zip(header, text, strict=True))


def paste(folder: Path, claim: Claim, **filled: str) -> None:
    """What an official does: add the lines, fill in what only people know."""
    for line in claim.lines:
        row = cells(line)
        for column in line.to_fill_in:
            row[column] = filled[column]
        with (folder / line.file).open("a", encoding="utf-8", newline="") as file:
            csv.DictWriter(file, row).writerow(row)


def test_a_new_sensor_is_told_with_all_that_is_known_of_it(claims, folder):
    (claim,) = claims(
        *(reading("snow-09", 100 + ago, ago=ago, quantity="snow_depth", unit="cm") for ago in (30, 20, 10))
    )
    assert (claim.device, claim.codec, claim.topics) == ("snow-09", "yukimori", ("yukimori/obanazawa/snow-09/reading",))
    assert (claim.messages, claim.first_at, claim.last_at) == (3, NOW, NOW)
    (sent,) = claim.sent
    assert (sent.quantity, sent.unit, sent.value, sent.at) == ("snow_depth", "cm", 110, NOW - timedelta(minutes=10))
    assert (claim.position, claim.frames, claim.interval, claim.waiting) == (None, None, timedelta(minutes=10), False)
    station, stream = claim.lines
    assert (station.file, station.to_fill_in) == ("stations.csv", ("name_ja", "lon", "lat"))
    assert (stream.file, stream.to_fill_in) == ("datastreams.csv", ())
    assert stream.text.startswith("snow-09,snow_depth,snow-09,,10m,")
    paste(folder, claim, name_ja="新町", lon="140.41", lat="38.6")
    checked = check_site(folder, KNOWN)
    assert (checked.mistakes, checked.warnings) == ([], [])


def test_several_quantities_are_one_station(claims, folder):
    (claim,) = claims(
        reading("w-1"),
        reading("w-1", -3, quantity="air_temperature", unit="degC"),
        reading("w-1", 3, quantity="soil", unit="%"),
        reading("w-1", 3, quantity="snow_depth", unit="degC"),
        fix("w-1", 140.42, 38.61),
    )
    assert [line.file for line in claim.lines] == ["stations.csv", "datastreams.csv", "datastreams.csv"]
    row = cells(claim.lines[0])
    assert (row["kind"], row["lon"], row["lat"]) == ("river", "140.420000", "38.610000")
    assert claim.lines[0].to_fill_in == ("name_ja",)
    assert "'soil' is no quantity Yukimori knows" in claim.notes
    assert "snow_depth comes in 'degC', which does not fit cm" in claim.notes
    paste(folder, claim, name_ja="橋")
    assert check_site(folder, KNOWN).mistakes == []


@pytest.mark.parametrize(
    "messages",
    [
        [fix("gps-9")],
        [fix("gps-9", ago=5), fix("gps-9", 140.45), reading("gps-9", 5, quantity="snow_depth", unit="cm")],
        [fix("gps-9"), reading("gps-9", 90, quantity="battery", unit="%")],
    ],
    ids=["only fixes", "moves", "stands still with a battery"],
)
def test_what_moves_is_a_vehicle(claims, folder, messages):
    (claim,) = claims(*messages)
    (line,) = claim.lines
    assert (line.file, line.text, line.to_fill_in) == ("vehicles.csv", "gps-9,gps-9,,,plough,,,", ("name_ja",))
    paste(folder, claim, name_ja="9号")
    assert check_site(folder, KNOWN).mistakes == []


def test_the_model_of_a_frame_is_guessed_by_trying_all(claims, folder):
    # Battery 100 %, distance 1400 mm, as an EM500-UDL sends it.
    (claim,) = claims(frame("70b3d50000000001", bytes.fromhex("0175640382 7805".replace(" ", "")), ago=10))
    assert claim.frames.f_port == 85
    assert claim.frames.data.hex() == "01756403827805"
    assert "em500-udl" in claim.frames.models
    station, *streams = claim.lines
    assert cells(station)["id"] == "snow-0001"
    assert {cells(line)["quantity"] for line in streams} >= {"battery", "distance"}
    assert {cells(line)["model"] for line in streams} == {claim.frames.models[0]}
    assert any("mount_height_cm" in note for note in claim.notes)
    paste(folder, claim, name_ja="沢", lon="140.4", lat="38.6")
    assert check_site(folder, KNOWN).mistakes == []


def test_a_frame_no_model_reads_is_told_so(claims):
    (claim,) = claims(frame("70b3d50000000002", b"\xff\x00\x12"))
    assert (claim.frames.models, claim.lines) == ((), ())
    assert claim.notes == ("no device model reads its frames: see docs/sensors.md",)


def test_a_known_device_with_a_new_quantity_gets_one_line(claims, folder):
    (claim,) = claims(reading("snow-01", -2, quantity="air_temperature", unit="degC"))
    (line,) = claim.lines
    assert cells(line)["station"] == "snow-shiyakusho"
    assert line.to_fill_in == ()
    paste(folder, claim)
    assert check_site(folder, KNOWN).mistakes == []


def test_a_device_the_folder_has_by_now_waits_for_its_replay(claims, folder):
    (claim,) = claims(reading("new"))
    paste(folder, claim, name_ja="橋", lon="140.4", lat="38.6")
    (waiting,) = claims()
    assert (waiting.waiting, waiting.lines) == (True, ())
    assert waiting.notes == ("in the site folder by now: yukimori quarantine replay --device new",)


def test_ids_are_never_given_twice(claims, folder):
    found = claims(frame("70b3d50000000001", b"\x01\x75\x64"), frame("80b3d50000000001", b"\x01\x75\x64"))
    found += claims(reading("plough-01/x"), reading("snow-shiyakusho"))
    ids = [cells(claim.lines[0])["id"] for claim in found[:2]]
    assert ids == ["weather-0001", "weather-0001-2"]
    assert "snow-shiyakusho-2" in {cells(claim.lines[0])["id"] for claim in found if claim.lines}


@pytest.mark.parametrize("name", ["=cmd()", "@SUM(A1)", "-1-1", "雪", "a b", "x" * 200, "a,b", '"'])
def test_a_name_no_file_may_hold_never_gets_a_line(claims, name):
    (claim,) = claims(reading(name))
    assert (claim.device, claim.lines) == (name, ())
    assert any("rename the device" in note for note in claim.notes)


def test_only_so_many_senders_are_looked_at(store, folder, claims, monkeypatch):
    rogue = [reading(f"rogue-{number}") for number in range(MOST_DEVICES + 10)]
    found = claims(*rogue, reading("real", ago=1), reading("real"))
    assert (found[0].device, len(found)) == ("real", MOST_DEVICES)
    site = load_site(folder)
    assert find_claims(site, store.register(site).site, store).more_senders == 11


def test_columns_are_those_of_the_towns_own_files(claims, folder):
    file = folder / "vehicles.csv"
    rows = list(csv.DictReader(io.StringIO(file.read_text(encoding="utf-8-sig"))))
    with file.open("w", encoding="utf-8", newline="") as written:
        writer = csv.DictWriter(written, ["kind", "name_ja", "device", "id"], extrasaction="ignore")
        writer.writeheader()
        writer.writerows(rows)
    (claim,) = claims(fix("gps-9"))
    assert (claim.lines[0].header, claim.lines[0].text) == ("kind,name_ja,device,id", "plough,,gps-9,gps-9")


def test_nothing_to_claim_where_all_is_known(claims):
    assert claims(reading("river-01"), message("yukimori/obanazawa/river-01/reading", {})) == []


@pytest.mark.parametrize(
    ("seconds", "written"), [(None, "10m"), (5, "10s"), (61, "1m"), (601, "10m"), (700, "15m"), (10**6, "1d")]
)
def test_intervals_are_rounded_to_usual_ones(seconds, written):
    assert rounded(None if seconds is None else timedelta(seconds=seconds)) == written
