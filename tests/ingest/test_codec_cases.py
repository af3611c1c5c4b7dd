"""Every folder ``cases/<codec>/<case>`` is a test; a new folder is a new test (see ``cases/README.md``)."""

from __future__ import annotations

import json
import os
import tomllib
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from core.errors import DecodeError
from core.reasons import REASONS
from ingest.codecs import CODECS
from ingest.decoding import decode_with_devices
from ingest.devices import MODELS
from ingest.messages import CodecOptions, Message

CASES = Path(__file__).parent / "cases"
FOLDERS = sorted(path.parent for path in CASES.glob("*/*/message.toml"))
PUBLISHED = [folder for folder in FOLDERS if (folder / "result.json").exists()]
BLESS = bool(os.environ.get("YUKIMORI_BLESS"))


@dataclass(frozen=True)
class Case:
    folder: Path
    message: Message
    options: CodecOptions
    devices: dict[str, str] = field(default_factory=dict)

    @property
    def codec(self) -> str:
        return self.folder.parent.name

    def decode(self) -> list[dict[str, Any]]:
        return decode_with_devices(self.message, self.codec, self.options, self.devices)


def read_case(folder: Path) -> Case:
    said = tomllib.loads((folder / "message.toml").read_text("utf-8"))
    payload = next(folder.glob("payload.*")).read_bytes()
    message = Message(said["topic"].encode(), payload, said["received_at"], said["qos"], said["retain"])
    options = dict(said.get("options", {}))
    options["settings"] = CODECS[folder.parent.name].read_settings(options.get("settings", {}))
    if zone := options.pop("naive_time_zone", None):
        options["naive_time_zone"] = ZoneInfo(zone)
    unknown = said.keys() - {"topic", "received_at", "qos", "retain", "options", "devices"}
    assert not unknown, f"{folder}: unknown keys {unknown}"
    return Case(folder, message, CodecOptions(**options), said.get("devices", {}))


def rounded(value: Any) -> Any:
    """The same with floats as they are after nine decimals: what two platforms may differ in is gone."""
    if isinstance(value, float):
        return round(value, 9)
    if isinstance(value, dict):
        return {key: rounded(found) for key, found in value.items()}
    return [rounded(found) for found in value] if isinstance(value, list) else value


def as_lines(rows: list[dict[str, Any]]) -> str:
    return "".join(json.dumps(rounded(row), ensure_ascii=False) + "\n" for row in rows)


def bless(case: Case) -> None:
    for name in ("expected.jsonl", "expected.err"):
        (case.folder / name).unlink(missing_ok=True)
    try:
        (case.folder / "expected.jsonl").write_text(as_lines(case.decode()), "utf-8")
    except DecodeError as error:
        (case.folder / "expected.err").write_text(error.reason + "\n", "utf-8")


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: f"{folder.parent.name}/{folder.name}")
def test_case(folder: Path) -> None:
    case = read_case(folder)
    if BLESS:
        bless(case)
    refused, expected = folder / "expected.err", folder / "expected.jsonl"
    assert refused.exists() != expected.exists(), "a case expects either rows or a refusal"
    if refused.exists():
        with pytest.raises(DecodeError) as caught:
            case.decode()
        assert caught.value.reason == refused.read_text("utf-8").strip()
        assert caught.value.reason in REASONS
        assert len(str(caught.value)) < 400
        assert str(caught.value).isprintable()
    else:
        assert as_lines(case.decode()) == expected.read_text("utf-8")


def test_every_codec_has_good_and_bad_cases() -> None:
    assert {folder.parent.name for folder in FOLDERS} == set(CODECS)
    for codec in CODECS:
        folders = [folder for folder in FOLDERS if folder.parent.name == codec]
        assert any((folder / "expected.jsonl").exists() for folder in folders), f"{codec} has no good case"
        assert any((folder / "expected.err").exists() for folder in folders), f"{codec} has no bad case"
        misnamed = [
            folder.name for folder in folders if folder.name.startswith("bad-") != (folder / "expected.err").exists()
        ]
        assert not misnamed


def test_every_device_model_has_a_case() -> None:
    models = {model for folder in FOLDERS for model in read_case(folder).devices.values()}
    assert models >= set(MODELS)


def test_every_folder_is_a_case() -> None:
    assert FOLDERS
    assert {path for path in CASES.glob("*/*") if path.is_dir()} == set(FOLDERS)


# The published uplinks come with the decode their publisher expects: an oracle that is not our own.

NAMES = {"battery": "battery", "distance": "distance", "air_temperature": "temperature"}


def published_values(rows: list[dict[str, Any]]) -> dict[str, float]:
    values = {NAMES[row["quantity"]]: row["value"] for row in rows if row["kind"] == "reading"}
    for row in rows:
        if row["kind"] == "fix":
            values |= {"longitude": row["lon"], "latitude": row["lat"]}
    return values


@pytest.mark.parametrize("folder", PUBLISHED, ids=lambda folder: f"{folder.parent.name}/{folder.name}")
def test_published_decode(folder: Path) -> None:
    (telemetry,) = json.loads((folder / "result.json").read_bytes())["telemetry"]
    rows = read_case(folder).decode()
    measured = {name: value for name, value in telemetry["values"].items() if not isinstance(value, str)}
    assert published_values(rows) == measured
    milliseconds = {round(datetime.fromisoformat(row["at"]).timestamp() * 1000) for row in rows}
    assert milliseconds <= {telemetry["ts"]}


def test_all_six_published_uplinks_are_here() -> None:
    assert len(PUBLISHED) == 6
