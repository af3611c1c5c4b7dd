"""``/api/console/audit``: what was done, by whom, from where, the newest first, for administrators; as JSON or CSV."""

from __future__ import annotations

import json
from typing import Annotated, Any

from fastapi import Depends, FastAPI, Query, Request
from starlette.responses import JSONResponse, Response

from core.accounts import Role
from core.csv_text import csv_bytes
from core.times import format_rfc3339
from store.audit import AuditRow
from web.parameters import instant, only_known, wanted_format
from web.parts import Parts
from web.problems import Problem
from web.sign_in_documents import AUDIT_ANSWER, SESSION_REFUSALS
from web.staff_wishes import count

PATH = "/api/console/audit"
FRESH = {"Cache-Control": "no-store"}
USUAL_LIST, LONGEST_LIST = 100, 1_000
LONGEST_WORD = 200
HEAD = ("number", "at", "who", "action", "subject", "address", "details")


def add_audit(app: FastAPI, parts: Parts) -> None:
    """Adds the route."""
    app.add_api_route(
        PATH,
        AuditList(parts).listed,
        dependencies=[Depends(parts.access.need(Role.ADMIN)), Depends(only_known)],
        response_class=Response,
        responses={200: AUDIT_ANSWER, **SESSION_REFUSALS},
    )


class AuditList:
    """The route as a method."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts

    def listed(
        self,
        request: Request,
        who: Annotated[str | None, Query(description="The name of an account, or token")] = None,
        action: Annotated[
            str | None, Query(description="An action (`sign-in.refused`) or a kind of them (`sign-in`)")
        ] = None,
        since: Annotated[str | None, Query(description="RFC 3339 with offset, or seconds since 1970")] = None,
        until: Annotated[str | None, Query(description="The same; that instant is not in it")] = None,
        limit: Annotated[str | None, Query(description=f"1 to {LONGEST_LIST}")] = None,
        before: Annotated[str | None, Query(description="Goes on below this number")] = None,
        format_: Annotated[str | None, Query(alias="format", description="json or csv; wins over Accept")] = None,
    ) -> Response:
        """Lines of the audit; ``next`` is the number to go on with."""
        as_table = wanted_format(format_, request.headers.get("accept", "")) == "csv"
        for name, text in (("who", who), ("action", action)):
            if text is not None and not (0 < len(text) <= LONGEST_WORD and text.isprintable()):
                raise Problem(400, f"Parameter {name!r} is at most {LONGEST_WORD} printable characters.")
        length = count("limit", limit, USUAL_LIST, LONGEST_LIST)
        found = self._parts.store.audit.listed(
            self._parts.registry.site,
            limit=length,
            before=None if before is None else count("before", before, 0, 2**63 - 1),
            who=who,
            action=action,
            since=None if since is None else instant("since", since),
            until=None if until is None else instant("until", until),
        )
        if as_table:
            return _table(found, f"{self._parts.site.id}_audit.csv")
        lines = [dict(zip(HEAD, _cells(row), strict=True)) for row in found]
        following = found[-1].number if len(found) == length else None
        return JSONResponse({"lines": lines, "next": following}, headers=FRESH)


def _cells(row: AuditRow) -> tuple[Any, ...]:
    entry = row.entry
    at = format_rfc3339(entry.at)
    return (row.number, at, entry.who, entry.action, entry.subject, entry.address, dict(entry.details))


def _table(rows: list[AuditRow], name: str) -> Response:
    cells = [(*_cells(row)[:-1], json.dumps(dict(row.entry.details), ensure_ascii=False)) for row in rows]
    headers = {**FRESH, "Content-Disposition": f'attachment; filename="{name}"'}
    return Response(csv_bytes(HEAD, cells), media_type="text/csv; charset=utf-8", headers=headers)
