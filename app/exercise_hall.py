"""Plays the exercise (訓練) that is running: its readings, its evaluator, its messages; all on the stand-in site.

It works in a thread of the evaluator's process and shares nothing with the live rounds but the store: what fails here fails
here. Everything it needs to go on stands in the database, so a killed process takes an exercise up where it was.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from datetime import datetime
from typing import Self

from alerts.channel import Environment
from alerts.residents.rounds import ResidentRound
from alerts.rounds import Evaluator
from alerts.run import SiteRounds
from config.exercise import exercise_site
from config.exercise_plan import Scenario
from config.model import Site
from core.errors import ConfigError, StartError, StoreError
from core.model import Observation, Quality, QualityReason
from core.times import Clock
from ingest.exercise_play import PlayedReading
from ingest.exercise_site import staged
from store import Store
from store.exercises import FOR_EVER, ExerciseRow
from store.rows import Batch, Registry

log = logging.getLogger(__name__)

LOOK_EVERY_S = 1.0
PART_WITHIN_S = 10.0
MOST_AT_ONCE = 2_000


def stand_in(site: Site, exercise: ExerciseRow) -> tuple[Site, tuple[PlayedReading, ...]]:
    """The site an exercise is played on, and every reading of it. Raises ConfigError where its scenario is gone."""
    scenario = scenario_of(site, exercise.scenario)
    if scenario is None:
        raise ConfigError(f"the scenario {exercise.scenario} of the exercise is gone", hint="put its file back")
    return staged(site, scenario, exercise.speed)


def scenario_of(site: Site, id_: str) -> Scenario | None:
    """The scenario of that id, None where the site has none."""
    return next((scenario for scenario in site.exercises if scenario.id == id_), None)


def strike(site: Site, store: Store, exercise: ExerciseRow, clock: Clock, before: datetime) -> None:
    """Leave nothing of the exercises until ``before`` on the stand-in that could act in the next one; needs no scenario.

    Every open episode is closed, and messages of that are for nobody. What was written for residents is given up, silences
    end. Doing it again changes nothing. Raises StoreError; StartError where somebody else plays there.
    """
    scenario = Scenario(id=exercise.scenario, title_ja=exercise.title_ja, title_en=exercise.title_en, minutes=1)
    bare = replace(exercise_site(site, scenario, speed=exercise.speed, played=frozenset()), rules=())
    with store.evaluator_lock(exercise.stand_in):
        now = clock()
        Evaluator(bare, store, Registry(exercise.stand_in, {}, {}), started_at=now).round(now)
        ResidentRound(bare, store, exercise.stand_in).discard(before, "the exercise is over", now)
        store.exercises.clear(exercise.stand_in, now, before)


class Stage:
    """One exercise being played. To be used in a ``with``; entering raises what ``SiteRounds`` does."""

    def __init__(self, site: Site, store: Store, exercise: ExerciseRow, clock: Clock, environment: Environment) -> None:
        self.exercise = exercise
        self._live = site
        self._store = store
        self._clock = clock
        self._environment = environment
        self._site, self._readings = stand_in(site, exercise)
        self._registry = Registry(0, {}, {})
        self._next = exercise.played
        self._stack = ExitStack()

    def __enter__(self) -> Self:
        self._registry = self._store.register(self._site)
        if not self.exercise.played:
            strike(self._live, self._store, self.exercise, self._clock, self.exercise.started_at)
        self._rounds = self._stack.enter_context(
            SiteRounds(
                self._site,
                self._store,
                self._clock,
                environment=self._environment,
                begins=self.exercise.started_at,
            )
        )
        log.info("the exercise %s is on", self.exercise.scenario)
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def round(self) -> None:
        """Play what is due, judge it and tell of it. Raises StoreError; the next round then does the same."""
        now = self._clock()
        due = self._due(now)
        if due:
            self._store.append(self._registry.site, Batch(observations=[self._observed(each, now) for each in due]))
            self._store.exercises.note_played(self.exercise.id, self._next + len(due))
            self._next += len(due)
        self._rounds.round()

    def _due(self, now: datetime) -> list[PlayedReading]:
        """The next readings whose moment has come; what was stored but not noted as played comes again, and is known."""
        passed = (now - self.exercise.started_at) * self.exercise.speed
        found = []
        for reading in self._readings[self._next : self._next + MOST_AT_ONCE]:
            if reading.offset > passed:
                break
            found.append(reading)
        return found

    def _observed(self, reading: PlayedReading, now: datetime) -> Observation:
        """The same row however often it is written: its time follows from the exercise alone."""
        return Observation(
            datastream=self._registry.datastreams[reading.key],
            at=self.exercise.started_at + reading.offset / self.exercise.speed,
            value=reading.value,
            raw_value=reading.value,
            quality=Quality.GOOD,
            reasons=QualityReason.NONE,
            received_at=now,
        )


class ExerciseHall:
    """Looks each second whether an exercise is to be begun, played or ended."""

    def __init__(
        self,
        site: Site,
        store: Store,
        site_no: int,
        clock: Clock,
        environment: Environment,
    ) -> None:
        self._site = site
        self._store = store
        self._site_no = site_no
        self._clock = clock
        self._environment = environment
        self._stage: Stage | None = None
        self._swept = False

    def round(self) -> None:
        """One look. Raises StoreError; the next one goes on."""
        running = self._store.exercises.running(self._site_no)
        if self._stage is not None and (running is None or running.id != self._stage.exercise.id):
            self._swept = False
            self.leave()
        if running is None:
            if not self._swept:
                self._sweep()
            return
        if self._clock() >= running.expires_at:
            self._swept = False
            self._end(running, "expired")
        elif self._stage is not None or self._enter(running):
            assert self._stage is not None
            self._stage.round()

    def _sweep(self) -> None:
        """Clear up after the last exercise, also where it ended while nobody was here to see it."""
        last = next(iter(self._store.exercises.listed(self._site_no, most=1)), None)
        if last is not None:
            try:
                strike(self._site, self._store, last, self._clock, FOR_EVER)
            except StartError as error:
                log.warning("what the exercise %s left is for somebody else to clear up: %s", last.scenario, error)
        self._swept = True

    def leave(self) -> None:
        """Stop playing; the exercise itself goes on and is taken up again by whoever looks next."""
        stage, self._stage = self._stage, None
        if stage is not None:
            stage.__exit__()

    def _enter(self, running: ExerciseRow) -> bool:
        try:
            with self._store.evaluator_lock(running.stand_in):
                pass
        except StartError:
            log.debug("the exercise %s is played by another process", running.scenario)
            return False
        try:
            stage = Stage(self._site, self._store, running, self._clock, self._environment)
            self._stage = stage.__enter__()
        except (ConfigError, StartError) as error:
            log.error("the exercise %s cannot be played and is ended: %s", running.scenario, error)  # noqa: TRY400
            self._store.exercises.end(self._site_no, running, self._clock(), f"failed: {error}"[:200])
            return False
        return True

    def _end(self, running: ExerciseRow, by: str) -> None:
        self._store.exercises.end(self._site_no, running, self._clock(), by)
        log.info("the exercise %s is over (%s)", running.scenario, by)
        self.leave()
        self._sweep()


@contextmanager
def exercise_hall(hall: ExerciseHall) -> Iterator[None]:
    """The hall at work in a thread of its own while the ``with`` lasts."""
    stop = threading.Event()
    thread = threading.Thread(target=_look, args=(hall, stop), name="exercises", daemon=True)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join(PART_WITHIN_S)


def _look(hall: ExerciseHall, stop: threading.Event) -> None:
    while not stop.wait(LOOK_EVERY_S):
        try:
            hall.round()
        except StoreError as error:
            log.warning("exercises wait for the database: %s", error)
        except Exception:  # an exercise never ends the process that watches in earnest
            log.exception("the exercise failed and is tried again")
    hall.leave()
