"""Is it alive, is it ready, what does it count."""

from __future__ import annotations

from datetime import timedelta

from fastapi import FastAPI, Request
from starlette.responses import JSONResponse, Response

from core.errors import StoreError
from web.metrics import TEXT
from web.parts import Parts
from web.problems import Problem, problem_response

_FRESH = {"Cache-Control": "no-store"}


def add_health(app: FastAPI, parts: Parts) -> None:
    """Adds ``/healthz``, ``/readyz`` and ``/metrics``."""
    health = Health(parts)
    for path, endpoint in (("/healthz", alive), ("/readyz", health.ready), ("/metrics", health.metrics)):
        app.add_api_route(path, endpoint, include_in_schema=False, response_class=Response)


async def alive() -> Response:
    """200 while this process answers; nothing else is asked, so a supervisor never restarts it for another's fault."""
    return JSONResponse({"status": "ok"}, headers=_FRESH)


class Health:
    """Readiness and metrics; what they tell in detail is for the house only."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts

    def ready(self, request: Request) -> Response:
        """200 where everything behind the pages works, else 503 with the reasons."""
        reasons = self._reasons()
        if not reasons:
            return JSONResponse({"status": "ready"}, headers=_FRESH)
        told = {"reasons": reasons} if self._parts.doors.is_inside(request) else None
        return problem_response(request, 503, "Not everything behind this page works.", members=told)

    def metrics(self, request: Request) -> Response:
        """Prometheus metrics; outside the house they do not exist."""
        if not self._parts.doors.is_inside(request):
            raise Problem(404, "")
        return Response(self._parts.metrics.text(), headers={**_FRESH, "Content-Type": TEXT})

    def _reasons(self) -> list[str]:
        parts = self._parts
        # The one reader has just asked the database; a request that asked too would hang where the database hangs.
        try:
            parts.live.picture()
        except StoreError as error:
            return [f"database: {parts.live.error or error}"]
        if parts.live.failing:
            return [f"database: {parts.live.error}"]
        if parts.live.stale(parts.clock()):
            return [f"live picture: not renewed any more ({parts.live.error or 'no reading for a while'})"]
        return [*self._collector(), *parts.metrics.watch.standing().complaints(parts.clock())]

    def _collector(self) -> list[str]:
        parts = self._parts
        if not parts.site.datastreams:
            return []
        received = parts.live.received_at
        if received is None:
            return ["collector: no reading has arrived yet"]
        silence, limit = parts.clock() - received, self._longest_silence()
        if silence <= limit:
            return []
        return [
            f"collector: nothing has arrived for {int(silence.total_seconds())} s (limit {int(limit.total_seconds())} s)"
        ]

    def _longest_silence(self) -> timedelta:
        """Three times the interval of the busiest sensor: silence longer than that is no coincidence."""
        shortest = min(stream.expected_interval for stream in self._parts.site.datastreams)
        return max(3 * shortest, self._parts.settings.collector_silence)
