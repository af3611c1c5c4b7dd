"""The shelters of the simulated night: two open, one of them fills up. Marked as made up wherever they are shown."""

from __future__ import annotations

import logging
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from core.errors import YukimoriError
from core.shelters import ShelterState, ShelterStatus
from core.times import Clock
from gis.shelter_sites import ShelterSite, read_shelter_sites
from store import Store

log = logging.getLogger(__name__)

NOTE_JA, NOTE_EN = "架空の状況です（見本）", "made up, for the demonstration"
BY = "demo"
CAPACITY = 60
PATIENCE_S = 5.0


@dataclass(frozen=True, slots=True)
class Scene:
    """What is said so many seconds after the beginning: of which of the two shelters, and how many people are there."""

    after_s: float
    which: int
    status: ShelterStatus
    people: int


SCENES = (
    Scene(45, 0, ShelterStatus.OPEN, 0),
    Scene(75, 1, ShelterStatus.OPEN, 3),
    Scene(105, 0, ShelterStatus.OPEN, 24),
    Scene(150, 0, ShelterStatus.OPEN, 51),
    Scene(180, 0, ShelterStatus.FULL, CAPACITY),
    Scene(210, 1, ShelterStatus.OPEN, 17),
)


def play_shelters(
    store: Store, site_no: int, layers: Path, *, clock: Clock, stop: threading.Event, scenes: Sequence[Scene] = SCENES
) -> None:
    """Say the scenes one after the other until told to stop; nothing where no two shelters get published. Never raises."""
    try:
        found = _two_shelters(layers, stop)
        passed = 0.0
        for scene in scenes if found else ():
            if stop.wait(scene.after_s - passed):
                return
            passed = scene.after_s
            store.shelters.say(site_no, [_state(found[scene.which], scene, clock)], clock())
    except YukimoriError as error:
        log.warning("the shelters of the demonstration stay as they are: %s", error)


def _two_shelters(layers: Path, stop: threading.Event) -> list[ShelterSite]:
    """Two places to stay, once they are published; none where told to stop before."""
    while not stop.is_set():
        found = [site for site in read_shelter_sites(layers) if site.feature["properties"].get("code") == "shelter"]
        if len(found) >= 2:
            return found[:2]
        stop.wait(PATIENCE_S)
    return []


def _state(shelter: ShelterSite, scene: Scene, clock: Clock) -> ShelterState:
    return ShelterState(
        shelter=shelter.id,
        status=scene.status,
        people=scene.people,
        capacity=CAPACITY,
        note_ja=NOTE_JA,
        note_en=NOTE_EN,
        at=clock(),
        by=BY,
    )
