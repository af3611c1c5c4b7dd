"""``/api/console/rules``: which rules are at work, in which version, since when, and whether they were tried before."""

from __future__ import annotations

from fastapi import Depends, FastAPI, Request
from starlette.responses import Response

from alerts.rule_life import life_of_rules
from alerts.rule_overview import overview
from core.accounts import Role
from web.console import ASK_ALWAYS
from web.documents import answer_of, list_of, object_of
from web.parts import Parts
from web.payloads import answer, json_payload
from web.staff_documents import REFUSALS

PATH = "/api/console/rules"
_TEXT = {"type": "string"}
_MAY_COUNT = {"type": ["integer", "null"], "minimum": 0}
_RULE = object_of(
    {
        **dict.fromkeys(("rule", "version", "kind", "title", "title_en", "reason"), _TEXT),
        "state": {"enum": ["draft", "shadow", "active"]},
        "instances": {"type": "integer", "minimum": 0},
        **dict.fromkeys(("tests", "episodes", "shadow_s"), _MAY_COUNT),
        "evaluated": {"enum": ["shadow", "active", None]},
        "since": {"type": ["string", "null"], "format": "date-time"},
        "standing": {"enum": ["founding", "tried", "met", "despite", "untried", None]},
    }
)
ANSWER = answer_of("The rules", **{"application/json": object_of({"rules": list_of(_RULE)})})


def add_console_rules(app: FastAPI, parts: Parts) -> None:
    """Adds the route, for viewers."""
    app.add_api_route(
        PATH,
        ConsoleRules(parts).rules,
        methods=["GET"],
        dependencies=[Depends(parts.access.need(Role.VIEWER))],
        response_class=Response,
        responses={200: ANSWER, **REFUSALS},
        include_in_schema=bool(parts.settings.staff_token),
    )


class ConsoleRules:
    """The route as a method; a plain function, because it waits for the store."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts

    def rules(self, request: Request) -> Response:
        """Each rule of the site folder: state, version, since when it is evaluated so, and how it became active."""
        parts = self._parts
        # The rules of an exercise are the town's; when they began is told there.
        lives = (
            None if parts.site.exercise else life_of_rules(parts.site, parts.store, parts.registry.site, parts.clock())
        )
        lines = overview(parts.site, None, None, lives)
        return answer(request, json_payload({"rules": [line.as_json() for line in lines]}), ASK_ALWAYS)
