"""Who may ask for what, said once for all routes that are not everybody's; a test compares it with what the routes do.

Whatever lies below ``/api/staff`` or ``/api/console`` has a door: the server does not start where one was forgotten.
"""

from __future__ import annotations

from collections.abc import Iterator

from fastapi import FastAPI
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute

from core.accounts import Role
from core.errors import StartError
from web.access import Need

SESSION = "session"
"""Needs a session, of whatever role, also where a password or a second factor is still to be chosen."""

FRESH = "fresh code"
CLOSED = ("/api/staff", "/api/console", "/api/session/")
"""Below these nothing is public."""

_LOOKING = (
    *(
        f"/api/staff/{name}"
        for name in ("quarantine", "quarantine/{number}", "claims", "incidents", "gaps", "processes")
    ),
    *(f"/api/staff/{name}" for name in ("liveness", "shelters", "shelters/{shelter}", "notes", "notes/{note}/photo")),
    *(f"/api/staff/{name}" for name in ("playback", "layers", "layers/{name}")),
    *(
        f"/api/staff/ploughs/{name}"
        for name in ("coverage", "behind", "second-pass", "orders", "proposals", "passages")
    ),
    *(f"/api/staff/ploughs/{name}" for name in ("changes", "diaries", "diaries/{vehicle}", "papers/{sha256}")),
    *(f"/api/console/{name}" for name in ("closures", "closures/{closure}", "episodes", "episodes/{episode}", "known")),
    "/api/console/health",
    "/api/console/rules",
    *(f"/api/console/{name}" for name in ("episodes/{episode}/answers", "outbox")),
    *(f"/api/console/{name}" for name in ("silences", "external-alerts")),
    *(f"/api/console/exercises{rest}" for rest in ("", "/{exercise}/score", "/{exercise}/score.csv")),
    *(
        f"/api/console/{name}"
        for name in ("message-templates", "messages", "messages/{message}", "messages/{message}/log")
    ),
)
_CHANGING = (
    *(f"/api/staff/{name}" for name in ("quarantine/replay", "shelters", "ploughs/orders", "ploughs/diaries")),
    "/api/staff/notes/settle",
    "/api/console/closures",
    *(f"/api/console/episodes/{{episode}}/{answer}" for answer in ("acknowledge", "close")),
    "/api/console/outbox/{notification}/decide",
    *(f"/api/console/{name}" for name in ("silences", "silences/{silence}/end")),
    *(f"/api/console/external-alerts{rest}" for rest in ("", "/api/v2/alerts")),
    "/api/console/exercises/{exercise}/end",
    *(f"/api/console/messages{rest}" for rest in ("", "/preview")),
    *(f"/api/console/messages/{{message}}/{act}" for act in ("confirm", "submit", "cancel", "correct", "withdraw")),
    "/api/console/messages/{message}/all-clear",
)

TABLE: dict[tuple[str, str], tuple[Role, str] | str] = {
    **{("GET", path): (Role.VIEWER, "") for path in _LOOKING},
    **{("POST", path): (Role.OPERATOR, "") for path in _CHANGING},
    ("GET", "/api/console/accounts"): (Role.ADMIN, ""),
    ("POST", "/api/console/accounts"): (Role.ADMIN, FRESH),
    ("POST", "/api/console/accounts/{account}"): (Role.ADMIN, FRESH),
    ("POST", "/api/console/exercises"): (Role.ADMIN, FRESH),
    ("GET", "/api/console/audit"): (Role.ADMIN, ""),
    ("POST", "/api/console/silences/{silence}/approve"): (Role.APPROVER, ""),
    ("PUT", "/api/console/messages/{message}"): (Role.OPERATOR, ""),
    ("POST", "/api/console/messages/{message}/approve"): (Role.APPROVER, FRESH),
    ("POST", "/api/console/messages/{message}/reject"): (Role.APPROVER, ""),
    ("DELETE", "/api/session"): SESSION,
    **{
        ("POST", f"/api/session/{name}"): SESSION
        for name in ("password", "code", "second-factor", "second-factor/confirm")
    },
    ("GET", "/api/session/all"): SESSION,
    **{("DELETE", f"/api/session/{name}"): SESSION for name in ("others", "all/{number}")},
}
"""Method and path of a route: the role it needs and whether with a fresh code of the second factor, or just a session."""


def check_doors(app: FastAPI) -> None:
    """Raises StartError where a route of staff has no door at all: nothing is open by mistake.

    The mistake that is easily made: an ``Annotated[Person, Depends(door)]`` whose ``door`` is a local variable is not understood,
    and silently no door. Write ``dependencies=[Depends(door)]`` and ask ``web.access.person_of``.
    """
    for method, route in routes_of(app):
        if route.path.startswith(CLOSED) and needed(route) is None:
            raise StartError(
                f"{method} {route.path} would be open to everybody",
                hint="give it dependencies=[Depends(parts.access.need(role))]; the person is web.access.person_of(request)",
            )


def astray(app: FastAPI) -> list[str]:
    """The routes whose doors are not those of the table, and entries of the table without a route, in words."""
    found = {(method, route.path): needed(route) for method, route in routes_of(app)}
    said = [
        f"{method} {path} needs {has}, the table says {TABLE.get((method, path))}"
        for (method, path), has in found.items()
        if has != TABLE.get((method, path))
    ]
    return said + [
        f"{method} {path} is in the table and nowhere else" for method, path in TABLE if (method, path) not in found
    ]


def routes_of(app: FastAPI) -> Iterator[tuple[str, APIRoute]]:
    """Every route with each of its methods."""
    for route in app.routes:
        if isinstance(route, APIRoute):
            for method in sorted(route.methods or ()):
                yield method, route


def needed(route: APIRoute) -> tuple[Role, str] | str | None:
    """What a route needs by its dependencies, None for a public one."""
    for call in _calls(route.dependant):
        if isinstance(call, Need):
            return call.role, FRESH if call.fresh_code else ""
        if getattr(call, "__name__", "") == "own" and getattr(call, "__module__", "") == Need.__module__:
            return SESSION
    return None


def _calls(dependant: Dependant) -> Iterator[object]:
    for each in dependant.dependencies:
        yield each.call
        yield from _calls(each)
