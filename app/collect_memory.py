"""What the collector must know of its last run, in two small files of the data folder.

``collect.topics.json``: what the broker still holds for our session. A persistent session forgets a topic only when
told to. ``collect.state.json``: how the collector is, every few seconds; read by ``doctor`` when the database is down.
"""

from __future__ import annotations

import json
import logging
import math
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

log = logging.getLogger(__name__)

TOPICS_FILE = "collect.topics.json"
STATE_FILE = "collect.state.json"
INCIDENTS_FILE = "collect.incidents.json"


def topics_of_last_time(data: Path) -> set[str] | None:
    """What an earlier run listened to; None where there was none."""
    try:
        return set(json.loads((data / TOPICS_FILE).read_text(encoding="utf-8")))
    except FileNotFoundError:
        return None
    except (OSError, ValueError, TypeError) as error:
        log.warning("the topics of the last run cannot be read (%s)", error)
        return set()


def remember_topics(data: Path, topics: Sequence[str]) -> None:
    """Keep what the broker now holds for us."""
    _write(data / TOPICS_FILE, list(topics))


def read_state(data: Path) -> dict[str, Any] | None:
    """How the collector was when it last said so; None where it never did, or nobody can read it."""
    try:
        found = json.loads((data / STATE_FILE).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return found if isinstance(found, dict) else None


def state_age_s(data: Path, now_s: float) -> float:
    """How many seconds ago it said so; infinite where it never did."""
    try:
        return now_s - (data / STATE_FILE).stat().st_mtime
    except OSError:
        return math.inf


def write_state(data: Path, state: Mapping[str, Any]) -> None:
    """Keep how the collector is."""
    _write(data / STATE_FILE, dict(state))


def last_heard(data: Path) -> datetime | None:
    """When the last message of an earlier run arrived, to a few seconds; None where that is not known."""
    said = (read_state(data) or {}).get("last_heard")
    try:
        found = datetime.fromisoformat(said) if isinstance(said, str) else None
    except ValueError:
        return None
    return found if found is not None and found.tzinfo is not None else None


def _write(file: Path, content: object) -> None:
    """Replace a file as a whole; a disk that is full is no reason to stop collecting."""
    try:
        draft = file.with_suffix(".new")
        draft.write_text(json.dumps(content), encoding="utf-8")
        draft.replace(file)
    except OSError as error:
        log.warning("%s cannot be written (%s)", file, error)
