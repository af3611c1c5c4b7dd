"""What ``yukimori doctor`` looks at: each finding is one line, and each bad one knows its remedy."""

from __future__ import annotations

import importlib
import socket
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from app.collect_memory import read_state, state_age_s
from app.heartbeat import STALE_AFTER_S, check_alive
from app.settings import ROOT, Settings, writable_folder
from app.wiring import read_site
from config.model import Site
from core.broker_address import BrokerAddress
from core.errors import StartError, YukimoriError
from gis import CATALOGUE_NAME, read_catalogue
from gis.ploughs.network import length_report, read_network
from store import open_store
from store.watching import ProcessState

MATCH = "match"
PACKAGES = ("core", "config", "store", "ingest", "gis", "alerts", "maps", "web", "app")


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing looked at."""

    subject: str
    healthy: bool
    message: str
    remedy: str = ""


def examine(settings: Settings) -> Iterator[Finding]:
    """The findings, one after the other, in the order one would repair them."""
    yield _packages()
    yield _front_end()
    yield _tried("site folder", lambda: f"{read_site(settings).name_ja} ({settings.site})")
    yield _tried("data folder", lambda: str(writable_folder(settings.data)))
    yield from _collector(read_state(settings.data), state_age_s(settings.data, time.time()))
    yield from _layers(settings)
    yield from _roads(settings)
    yield from _match(settings)
    if settings.database_url is None:
        yield Finding("database", healthy=True, message="DATABASE_URL is not set: `run` starts an embedded one")
    else:
        yield _tried("database", lambda: _ask_database(settings.required_database()))
    if settings.mqtt_url is None:
        yield Finding("broker", healthy=True, message="MQTT_URL is not set: `run` starts an embedded one")
    else:
        yield _tried("broker", lambda: _ask_broker(settings.required_broker()))


def _tried(subject: str, look: Callable[[], str]) -> Finding:
    try:
        return Finding(subject, healthy=True, message=look())
    except YukimoriError as error:
        return Finding(subject, healthy=False, message=str(error), remedy=error.hint or "")


def _packages() -> Finding:
    strangers = [name for name in PACKAGES if ROOT not in Path(str(importlib.import_module(name).__file__)).parents]
    if strangers:
        return Finding(
            "packages",
            healthy=False,
            message=f"{', '.join(strangers)} come from somewhere else",
            remedy="Yukimori lives alone in its virtual environment (ADR 0001): make a new one with `make clean run`",
        )
    return Finding("packages", healthy=True, message=f"all nine from {ROOT}")


def _front_end() -> Finding:
    vendor = ROOT / "maps" / "static" / "vendor" / "vendor.json"
    if vendor.exists():
        return Finding("front-end", healthy=True, message="bundled")
    return Finding("front-end", healthy=False, message="not bundled", remedy="run: tools/setup run")


def _collector(state: Mapping[str, Any] | None, age_s: float) -> Iterator[Finding]:
    """What the collector said of itself ``age_s`` ago; nothing where it never ran on this folder."""
    if state is None:
        return
    ended = state.get("mode") != "stopped" and age_s > STALE_AFTER_S
    wrong = sorted(state.get("incidents", {}))
    said = [
        f"{state.get('mode')}, {state.get('spool_messages', 0)} messages in its spool",
        *([", ".join(wrong)] if wrong else []),
    ]
    if ended:
        remedy = "it ended without a word: look at its log, start it again"
        yield Finding("collector", healthy=False, message="; ".join([*said, f"said {age_s:.0f} s ago"]), remedy=remedy)
        return
    healthy = state.get("mode") in ("direct", "draining", "stopped") and not wrong
    remedy = "" if healthy else "see docs/operations.md, Incidents"
    yield Finding("collector", healthy=healthy, message="; ".join(said), remedy=remedy)


def _layers(settings: Settings) -> Iterator[Finding]:
    """What is published of the site's layers; nothing where none ever was, or the site cannot be read (told above)."""
    folders = [settings.public / "layers", settings.staff / "layers"]
    if not any((folder / CATALOGUE_NAME).exists() for folder in folders):
        return
    try:
        configured = [layer.id for layer in read_site(settings).layers]
    except YukimoriError:
        return
    try:
        published = {layer.id: layer for folder in folders for layer in read_catalogue(folder)}
    except YukimoriError as error:
        yield Finding("layers", healthy=False, message=str(error), remedy=error.hint or "")
        return
    missing = [f"{layer} is not published" for layer in configured if layer not in published]
    old = [f"{id_} not renewed since {layer.failed_since}" for id_, layer in published.items() if layer.failed_since]
    wrong = "; ".join([*missing, *old])
    message = wrong or f"{len(configured)} published, all as the site folder has them"
    remedy = "run: yukimori layers list, which tells what is wrong with each" if wrong else ""
    yield Finding("layers", healthy=not wrong, message=message, remedy=remedy)


def _roads(settings: Settings) -> Iterator[Finding]:
    """Whether the cleared roads can be read; nothing where the site clears none, or cannot be read (told above)."""
    site = _plough_site(settings)
    if site is None:
        return

    def look() -> str:
        network = read_network(site)
        off = len(length_report(network))
        said = f"{len(network.roads)} cleared roads can be read"
        return (
            f"{said}; {off} of them are drawn more than 5 % longer or shorter than their official length"
            if off
            else said
        )

    yield _tried("cleared roads", look)


def _match(settings: Settings) -> Iterator[Finding]:
    """Whether the ploughs are matched, and how far behind; nothing where that never ran on this folder or for this site."""
    site, told = _plough_site(settings), None
    if site is None:
        return
    if settings.database_url is not None:
        try:
            told = _last_word(settings.required_database(), site.id)
        except YukimoriError:  # told with the database
            return
    if told is None and not (settings.data / "alive" / MATCH).exists():
        return
    try:
        age_s = check_alive(settings.data, MATCH, time.time()) if told is None else _age_s(told)
    except YukimoriError as error:
        yield Finding(MATCH, healthy=False, message=str(error), remedy=error.hint or "")
        return
    yield _matching(age_s, {} if told is None else told.state)


def _matching(age_s: float, state: Mapping[str, Any]) -> Finding:
    said = [f"went round {age_s:.0f} s ago"]
    if state:
        said.append(f"{state.get('behind_s', 0)} s behind, {state.get('days_waiting', 0)} days to be matched again")
    healthy = age_s <= STALE_AFTER_S
    remedy = "" if healthy else "look at its log, then start it again: yukimori match"
    return Finding(MATCH, healthy=healthy, message="; ".join(said), remedy=remedy)


def _age_s(told: ProcessState) -> float:
    return time.time() - told.beat_at.timestamp()


def _plough_site(settings: Settings) -> Site | None:
    try:
        site = read_site(settings)
    except YukimoriError:
        return None
    return None if site.ploughs is None else site


def _last_word(url: str, site: str) -> ProcessState | None:
    with open_store(url, pool_size=1) as store:
        return store.watching.last_word(site, MATCH)


def _ask_database(url: str) -> str:
    store = open_store(url)
    try:
        store.ready()
    finally:
        store.close()
    return "answers, schema up to date"


def _ask_broker(url: str) -> str:
    address = BrokerAddress.parse(url)
    try:
        with socket.create_connection((address.host, address.port), timeout=3):
            return f"{address} answers"
    except OSError as error:
        raise StartError(
            f"{address} does not answer ({error})", hint="start it, or set MQTT_URL to where it is"
        ) from error
