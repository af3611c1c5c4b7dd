"""Exercises (訓練): whether one is held (everybody), beginning and ending one, and its score (staff)."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID, uuid4

from fastapi import Depends, FastAPI, Request
from starlette.responses import JSONResponse, Response

from alerts.exercises.score import Score, as_csv, as_dict, score
from config.exercise import PATH
from core.accounts import Role
from core.times import format_rfc3339
from ingest.exercise_site import staged
from store import Store
from store.exercises import ExerciseRow
from web.access import person_of
from web.documents import PROBLEMS, Schema, answer_of, list_of, object_of
from web.doors import refuse_haste
from web.exercise_wishes import exercise_wish
from web.parameters import only_known
from web.parts import Parts
from web.payloads import answer, json_payload
from web.problems import Problem
from web.staff_documents import REFUSALS
from web.staff_wishes import read_body

CACHE = "public, max-age=5"
FRESH = {"Cache-Control": "no-store"}

_TEXT: Schema = {"type": "string"}
_TIME: Schema = {"type": "string", "format": "date-time"}
_MAY_TEXT: Schema = {"type": ["string", "null"]}
_SHOWN: Schema = {"title_ja": _TEXT, "title_en": _TEXT, "started_at": _TIME, "expires_at": _TIME}
_RUNNING = object_of({"running": {"anyOf": [{"type": "null"}, object_of(_SHOWN)]}})
_EXERCISE: Schema = object_of(
    {
        **_SHOWN,
        **dict.fromkeys(("id", "scenario", "started_by", "address"), _TEXT),
        **dict.fromkeys(("ended_at", "ended_by"), _MAY_TEXT),
        "speed": {"type": "number"},
        "played": {"type": "integer"},
    }
)
_SCENARIO = object_of(
    {
        **dict.fromkeys(("id", "title_ja", "title_en", "aims_ja", "aims_en"), _TEXT),
        "minutes": {"type": "integer"},
        "speed": {"type": "number"},
    }
)
_LIST = object_of({"exercises": list_of(_EXERCISE), "scenarios": list_of(_SCENARIO)})
_SCORE: Schema = {"type": "object"}
_BODY: Schema = {
    "requestBody": {
        "required": True,
        "content": {
            "application/json": {
                "schema": {
                    "type": "object",
                    "additionalProperties": False,
                    "required": ["scenario"],
                    "properties": {
                        "scenario": _TEXT,
                        "speed": {"type": "number", "minimum": 0.1, "maximum": 600},
                        "minutes": {"type": "number", "minimum": 1, "maximum": 720},
                    },
                }
            }
        },
    }
}


def add_exercises(app: FastAPI, parts: Parts) -> None:
    """Adds ``/api/exercise`` for everybody and ``/api/console/exercises`` for staff."""
    exercises = Exercises(parts)
    app.add_api_route(
        "/api/exercise",
        exercises.running,
        dependencies=[Depends(only_known)],
        response_class=Response,
        responses={200: answer_of("The exercise that is held", **{"application/json": _RUNNING}), **PROBLEMS},
    )
    _add_staff(app, parts, exercises)


def _add_staff(app: FastAPI, parts: Parts, exercises: Exercises) -> None:
    viewer, operator = parts.access.need(Role.VIEWER), parts.access.need(Role.OPERATOR)
    admin = parts.access.need(Role.ADMIN, fresh_code=True)

    routes: tuple[tuple[str, str, Any, list[Any], Schema], ...] = (
        ("GET", "exercises", exercises.listed, [Depends(viewer)], _LIST),
        ("POST", "exercises", exercises.begin, [Depends(admin)], _EXERCISE),
        ("POST", "exercises/{exercise}/end", exercises.end, [Depends(operator)], _EXERCISE),
        ("GET", "exercises/{exercise}/score", exercises.score, [Depends(viewer)], _SCORE),
        ("GET", "exercises/{exercise}/score.csv", exercises.score_csv, [Depends(viewer)], _TEXT),
    )
    for method, name, endpoint, doors, schema in routes:
        media = "text/csv" if name.endswith(".csv") else "application/json"
        app.add_api_route(
            f"/api/console/{name}",
            endpoint,
            methods=[method],
            dependencies=[*doors, Depends(only_known)],
            response_class=Response,
            responses={200: answer_of("Exercises", **{media: schema}), **REFUSALS},
            include_in_schema=bool(parts.settings.staff_token),
            openapi_extra=_BODY if (method, name) == ("POST", "exercises") else None,
        )


class Exercises:
    """The routes as methods; plain functions, because they wait for the store."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._site = parts.registry.site
        self._store = parts.store.exercises

    def running(self, request: Request) -> Response:
        """The exercise that is held now, null where none is: so that nobody takes one for the other."""
        refuse_haste(self._parts.limiter, self._parts.doors.address(request))
        content = exercise_document(self._parts.store, self._site, self._parts.clock())
        return answer(request, json_payload(content), CACHE)

    def listed(self) -> Response:
        """The scenarios there are and the exercises there were, the newest first."""
        scenarios = [
            {
                "id": scenario.id,
                "title_ja": scenario.title_ja,
                "title_en": scenario.title_en,
                "aims_ja": scenario.aims_ja,
                "aims_en": scenario.aims_en,
                "minutes": scenario.minutes,
                "speed": scenario.speed,
            }
            for scenario in self._parts.site.exercises
        ]
        found = [_as_dict(exercise) for exercise in self._store.listed(self._site)]
        return JSONResponse({"exercises": found, "scenarios": scenarios}, headers=FRESH)

    def begin(self, request: Request, body: Annotated[bytes, Depends(read_body)]) -> Response:
        """Begins an exercise (409 where one is held already); the evaluator's process plays it within a second or two."""
        parts, now, person = self._parts, self._parts.clock(), person_of(request)
        if parts.site.exercise:
            raise Problem(
                409,
                "This is an exercise already: begin one at /api/console/exercises of the town.",
                ja="ここは訓練の画面です。本番の画面から始めてください。",
            )
        wish = exercise_wish(body, parts.site)
        stand_in, _ = staged(parts.site, wish.scenario, wish.speed)
        exercise = ExerciseRow(
            id=uuid4(),
            stand_in=parts.store.register(stand_in).site,
            scenario=wish.scenario.id,
            title_ja=wish.scenario.title_ja,
            title_en=wish.scenario.title_en,
            speed=wish.speed,
            started_at=now,
            started_by=person.name,
            expires_at=now + wish.lasts,
        )
        if not self._store.begin(self._site, exercise):
            raise Problem(
                409,
                "An exercise is held already. End it first.",
                ja="訓練はもう始まっています。先にそれを終了してください。",
            )
        parts.audit(person, "exercise.begin", exercise.scenario, request, speed=exercise.speed)
        return JSONResponse(_as_dict(exercise), status_code=201, headers=FRESH)

    def end(self, request: Request, exercise: str) -> Response:
        """Ends it at once: what it has not sent is not sent any more. Where it is over, that is said and nothing changes."""
        found, person = self._found(exercise), person_of(request)
        if self._store.end(self._site, found, self._parts.clock(), person.name):
            self._parts.audit(person, "exercise.end", found.scenario, request)
        return JSONResponse(_as_dict(self._found(exercise)), headers=FRESH)

    def score(self, exercise: str) -> Response:
        """Who acknowledged what when, and how soon; while it is held, as far as it stands."""
        found = self._found(exercise)
        return JSONResponse({"exercise": _as_dict(found), **as_dict(self._score(found))}, headers=FRESH)

    def score_csv(self, exercise: str) -> Response:
        """The same as CSV, UTF-8 with BOM."""
        found = self._found(exercise)
        name = f"kunren-{found.started_at:%Y%m%d-%H%M}.csv"
        headers = {**FRESH, "Content-Disposition": f'attachment; filename="{name}"'}
        return Response(as_csv(self._score(found)), media_type="text/csv; charset=utf-8", headers=headers)

    def _score(self, exercise: ExerciseRow) -> Score:
        store, until = self._parts.store, exercise.ended_at or self._parts.clock()
        episodes = [
            episode
            for episode in store.recent_episodes(exercise.stand_in, exercise.started_at)
            if exercise.started_at <= episode.detected_at < until
        ]
        ids = [episode.id for episode in episodes]
        acks = [ack for number in ids for ack in store.acknowledgements.of_episode(exercise.stand_in, number)]
        return score(episodes, store.transitions(ids), self._store.told(exercise, until), acks, until)

    def _found(self, exercise: str) -> ExerciseRow:
        try:
            found = self._store.exercise(self._site, UUID(exercise))
        except ValueError:
            found = None
        if found is None:
            raise Problem(404, "There is no such exercise.", ja="この訓練は見つかりません。")
        return found


def exercise_document(store: Store, site: int, now: datetime) -> dict[str, Any]:
    """What everybody may know of the exercise that is held; ``running`` is None where none is. Raises StoreError."""
    found = store.exercises.running(site)
    return {"running": None if found is None or found.expires_at <= now else _shown(found)}


def _shown(exercise: ExerciseRow) -> dict[str, str]:
    return {
        "title_ja": exercise.title_ja,
        "title_en": exercise.title_en,
        "started_at": format_rfc3339(exercise.started_at),
        "expires_at": format_rfc3339(exercise.expires_at),
    }


def _as_dict(exercise: ExerciseRow) -> dict[str, Any]:
    return {
        "id": str(exercise.id),
        "scenario": exercise.scenario,
        **_shown(exercise),
        "started_by": exercise.started_by,
        "speed": exercise.speed,
        "played": exercise.played,
        "ended_at": _time(exercise.ended_at),
        "ended_by": exercise.ended_by,
        "address": f"{PATH}/console",
    }


def _time(at: datetime | None) -> str | None:
    return None if at is None else format_rfc3339(at)
