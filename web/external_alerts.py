"""``/api/console/external-alerts``: alerts of other systems, in the JSON of Alertmanager's API, and which of them are open.

A Prometheus sends here when ``path_prefix`` of its ``alertmanagers`` is ``/api/console/external-alerts`` and its authorization is
the staff token.
"""

from __future__ import annotations

import logging
from datetime import timedelta
from typing import Annotated, Any

from fastapi import Depends, FastAPI, Request
from starlette.responses import JSONResponse, Response

from alerts.external import external_kind, external_level, is_health, read_reports, station_of
from config.model import Site
from core.accounts import Role
from core.times import format_rfc3339
from store.external_alerts import ExternalAlert
from web.json_body import json_of
from web.parameters import only_known
from web.parts import Parts
from web.problems import Problem
from web.silence_documents import EXTERNAL_ANSWERS, EXTERNAL_BODY
from web.staff_documents import REFUSALS
from web.staff_wishes import bounded_body

log = logging.getLogger(__name__)

FRESH = {"Cache-Control": "no-store"}
PATH = "/api/console/external-alerts"
AS_ALERTMANAGER = f"{PATH}/api/v2/alerts"
"""What Prometheus makes of it."""

BODY_BYTES = 262_144
SHOWN_FOR = timedelta(days=1)
MOST_TOLD = 3


async def read_reports_body(request: Request) -> bytes:
    """The body of a report, refused as soon as it is too long."""
    return await bounded_body(request, BODY_BYTES)


def add_external_alerts(app: FastAPI, parts: Parts) -> None:
    """Adds the routes other systems report to, and the list of what they reported."""
    intake = ExternalIntake(parts)
    looking, changing = parts.access.need(Role.VIEWER), parts.access.need(Role.OPERATOR)
    for method, path, door, endpoint in (
        ("GET", PATH, looking, intake.listed),
        ("POST", PATH, changing, intake.report),
        ("POST", AS_ALERTMANAGER, changing, intake.report),
    ):
        app.add_api_route(
            path,
            endpoint,
            methods=[method],
            dependencies=[Depends(door), Depends(only_known)],
            response_class=Response,
            responses={200: EXTERNAL_ANSWERS[method], **REFUSALS},
            openapi_extra=EXTERNAL_BODY if method == "POST" else None,
        )


class ExternalIntake:
    """The routes as methods; plain functions, because they wait for the store."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._site = parts.registry.site

    def listed(self) -> Response:
        """What other systems report now, and what ended within a day, the newest first."""
        alerts = self._parts.store.external_alerts.recent(self._site, self._parts.clock() - SHOWN_FOR)
        return JSONResponse({"alerts": [_as_dict(self._parts.site, each) for each in alerts]}, headers=FRESH)

    def report(self, body: Annotated[bytes, Depends(read_reports_body)]) -> Response:
        """Takes reports in: those that can be read are taken even where others (400) cannot. 503: too many are open."""
        now = self._parts.clock()
        try:
            reports, mistakes = read_reports(json_of(body, BODY_BYTES), now)
        except ValueError as error:
            raise Problem(400, f"The alerts cannot be read: {error}.") from error
        refused = self._parts.store.external_alerts.report(self._site, reports, now) if reports else 0
        if mistakes:
            log.warning("%d alerts of another system cannot be read: %s", len(mistakes), mistakes[0])
            raise Problem(400, f"{len(mistakes)} cannot be read: {'; '.join(mistakes[:MOST_TOLD])}.")
        if refused:
            log.warning("%d alerts of other systems are refused: too many are open", refused)
            raise Problem(503, f"{refused} were not taken: too many are open.", {"Retry-After": "60"})
        return JSONResponse({"taken": len(reports)}, headers=FRESH)


def _as_dict(site: Site, alert: ExternalAlert) -> dict[str, Any]:
    station = station_of(site, alert)
    return {
        "rule": external_kind(alert),
        "class": "health" if is_health(alert) else "measurement",
        "level": external_level(alert).slug,
        "station": None if station is None else str(station.id),
        "labels": dict(alert.labels),
        "annotations": dict(alert.annotations),
        "starts_at": format_rfc3339(alert.starts_at),
        "received_at": format_rfc3339(alert.received_at),
        "ends_at": None if alert.ends_at is None else format_rfc3339(alert.ends_at),
    }
