"""Exercises (訓練): which are held or were, and what was told in them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

from core.levels import Level
from store import statements
from store.connection import Connection
from store.part import Part

_SQL = statements.load("exercises")


FOR_EVER = datetime.max.replace(tzinfo=UTC)
"""Later than anything: whatever the clock did, all of it."""

_SAID = ("silence_outbox", "settle_tellings", "forget_members", "forget_groups")
_ASKED = ("end_silences", "hush_silences", "end_externals")


@dataclass(frozen=True, slots=True)
class ExerciseRow:
    """An exercise. ``stand_in`` is the number of the site it is played on, ``played`` how many readings have been."""

    id: UUID
    stand_in: int
    scenario: str
    title_ja: str
    title_en: str
    speed: float
    started_at: datetime
    started_by: str
    expires_at: datetime
    ended_at: datetime | None = None
    ended_by: str | None = None
    played: int = 0


@dataclass(frozen=True, slots=True)
class ToldRow:
    """A message of an exercise about an episode, and what became of it; ``state`` as in the outbox."""

    episode: UUID | None
    audience: str
    channel: str
    purpose: str
    level: Level
    queued_at: datetime
    state: str
    finished_at: datetime | None


class Exercises(Part):
    """The exercises of a site. ``site`` is the store's number of the live site."""

    def begin(self, site: int, exercise: ExerciseRow) -> bool:
        """Note that an exercise begins; False where one is running already, which then goes on."""
        values = {
            "id": exercise.id,
            "site": site,
            "stand_in": exercise.stand_in,
            "scenario": exercise.scenario,
            "title_ja": exercise.title_ja,
            "title_en": exercise.title_en,
            "speed": exercise.speed,
            "started_at": exercise.started_at,
            "started_by": exercise.started_by,
            "expires_at": exercise.expires_at,
        }
        with self._transaction("begin an exercise") as connection:
            return connection.execute(_SQL["begin"], values).fetchone() is not None

    def running(self, site: int) -> ExerciseRow | None:
        """The exercise that has not ended, None where none is held."""
        with self._transaction("look for an exercise") as connection:
            row = connection.execute(_SQL["running"], {"site": site}).fetchone()
        return None if row is None else ExerciseRow(*row)

    def listed(self, site: int, most: int = 50) -> list[ExerciseRow]:
        """The newest exercises, the newest first."""
        with self._transaction("list the exercises") as connection:
            return [ExerciseRow(*row) for row in connection.execute(_SQL["exercises"], {"site": site, "most": most})]

    def exercise(self, site: int, id_: UUID) -> ExerciseRow | None:
        """One exercise, None where the site has none of this id."""
        with self._transaction("read an exercise") as connection:
            row = connection.execute(_SQL["exercise"], {"site": site, "id": id_}).fetchone()
        return None if row is None else ExerciseRow(*row)

    def note_played(self, id_: UUID, played: int) -> None:
        """Note how many readings have been played."""
        with self._transaction("note how far an exercise has come") as connection:
            connection.execute(_SQL["played"], {"id": id_, "played": played})

    def end(self, site: int, exercise: ExerciseRow, at: datetime, by: str) -> bool:
        """End an exercise: what it has not told or sent is not told or sent any more. False where it was over."""
        with self._transaction("end an exercise") as connection:
            ended = connection.execute(_SQL["end"], {"site": site, "id": exercise.id, "at": at, "by": by}).rowcount > 0
            _clear(connection, exercise.stand_in, at, FOR_EVER)
        return ended

    def clear(self, stand_in: int, at: datetime, before: datetime) -> None:
        """Take away what exercises left: nothing of it is told, sent or held back in the next one.

        Of what people and other systems asked for, that of until ``before``; to be called while nothing is played there.
        """
        with self._transaction("clear up after an exercise") as connection:
            _clear(connection, stand_in, at, before)

    def told(self, exercise: ExerciseRow, until: datetime) -> list[ToldRow]:
        """The messages queued in an exercise, in order; one that gathers several alerts is there for each of them."""
        values = {"stand_in": exercise.stand_in, "since": exercise.started_at, "until": until}
        with self._transaction("read what an exercise told") as connection:
            return [
                ToldRow(episode, audience, channel, purpose, Level(level), *rest)
                for episode, audience, channel, purpose, level, *rest in connection.execute(_SQL["told"], values)
            ]


def _clear(connection: Connection, stand_in: int, at: datetime, before: datetime) -> None:
    for name in _SAID:
        connection.execute(_SQL[name], {"stand_in": stand_in, "at": at})
    for name in _ASKED:
        connection.execute(_SQL[name], {"stand_in": stand_in, "at": at, "before": before})
