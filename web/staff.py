"""What staff may see and do: the quarantine and its replay, devices to claim, incidents, gaps, processes, silent devices.

Staff is who signed in, or a machine that brings the token of ``YUKIMORI_STAFF_TOKEN`` (``web.access``). Nothing here may be
kept by a cache.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import timedelta
from typing import Annotated, Any

from fastapi import Depends, FastAPI, Query, Request
from starlette.responses import JSONResponse, Response

from core.times import format_rfc3339
from ingest.aside_json import (
    claim_as_dict,
    listed_as_dict,
    message_as_dict,
    replayed_as_dict,
    tried_as_dict,
)
from ingest.claims import find_claims
from ingest.liveness_json import incident_as_dict, look_as_dict
from ingest.liveness_round import look
from ingest.quarantine_replay import QuarantineReplay, Tried
from web.access import person_of
from web.parts import Parts
from web.playback import add_playback
from web.problems import Problem
from web.staff_diaries import add_staff_diaries
from web.staff_documents import ANSWERS, REFUSALS, REPLAY_BODY
from web.staff_doors import staff_doors
from web.staff_layers import add_staff_layers
from web.staff_notes import add_staff_notes
from web.staff_ploughs import add_staff_ploughs
from web.staff_shelters import add_staff_shelters
from web.staff_wishes import ReplayWish, count, list_wish, moment, number_of, read_body, replay_wish

FRESH = {"Cache-Control": "no-store"}
USUAL_LIST, LONGEST_LIST = 50, 200
MOST_GAPS = 1_000
RECENT = timedelta(days=30)

_STATES = {"open": False, "settled": True, "all": None}


def add_staff(app: FastAPI, parts: Parts) -> None:
    """Adds the routes below ``/api/staff``."""
    staff = Staff(parts)
    reading: tuple[tuple[str, Callable[..., Response]], ...] = (
        ("quarantine", staff.quarantine),
        ("quarantine/{number}", staff.message),
        ("claims", staff.claims),
        ("incidents", staff.incidents),
        ("gaps", staff.gaps),
        ("processes", staff.processes),
        ("liveness", staff.liveness),
    )
    doors = staff_doors(parts.access)
    for name, endpoint in reading:
        app.add_api_route(
            f"/api/staff/{name}",
            endpoint,
            dependencies=doors("GET"),
            response_class=Response,
            responses={200: ANSWERS[name], **REFUSALS},
        )
    app.add_api_route(
        "/api/staff/quarantine/replay",
        staff.replay,
        methods=["POST"],
        dependencies=doors("POST"),
        response_class=Response,
        responses={200: ANSWERS["quarantine/replay"], **REFUSALS},
        openapi_extra=REPLAY_BODY,
    )
    add_staff_shelters(app, parts, doors)
    add_staff_ploughs(app, parts, doors)
    add_staff_diaries(app, parts, doors)
    add_staff_notes(app, parts, doors)
    add_playback(app, parts, doors)
    add_staff_layers(app, parts.staff_folder / "layers", doors)


class Staff:
    """The routes as methods; plain functions, because they wait for the store."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._replaying = threading.Lock()

    def quarantine(
        self,
        reason: str | None = None,
        device: str | None = None,
        since: Annotated[str | None, Query(description="RFC 3339 with offset, or seconds since 1970")] = None,
        state: Annotated[str | None, Query(description="open (the default), settled, all")] = None,
        limit: Annotated[str | None, Query(description=f"1 to {LONGEST_LIST}")] = None,
        before: Annotated[str | None, Query(description="Goes on below this number")] = None,
    ) -> Response:
        """Messages set aside, newest first, without their bytes; ``next`` is the number to go on with."""
        wanted = list_wish(reason, device, since)
        if state is not None and state not in _STATES:
            raise Problem(400, "Parameter 'state' is open, settled or all.")
        length = count("limit", limit, USUAL_LIST, LONGEST_LIST)
        below = None if before is None else count("before", before, 0, 2**63 - 1)
        aside, site = self._parts.store.aside, self._parts.registry.site
        found = aside.listed(
            site, wanted, limit=length, settled=_STATES[state or "open"], before=below, payload_bytes=0
        )
        counts = {name: {"open": one, "settled": other} for name, (one, other) in aside.counts(site).items()}
        following = found[-1].number if len(found) == length else None
        return _json({"messages": [listed_as_dict(each) for each in found], "next": following, "counts": counts})

    def message(self, number: str) -> Response:
        """One message set aside, with its bytes as text and as hexadecimal."""
        found = self._parts.store.aside.get(self._parts.registry.site, number_of(number))
        if found is None:
            raise Problem(404, "There is no such message.")
        return _json(message_as_dict(found))

    def replay(self, request: Request, body: Annotated[bytes, Depends(read_body)]) -> Response:
        """Takes open messages in again with the site folder this server was started with; at most so many a call."""
        wish = replay_wish(body, self._parts.settings.staff_replay_most)
        if not self._replaying.acquire(blocking=False):
            raise Problem(409, "Another replay is at work. Please try again shortly.", {"Retry-After": "5"})
        try:
            parts = self._parts
            parts.audit(person_of(request), "quarantine.replay", "messages", request, wish=str(wish))
            return self._replay(wish)
        finally:
            self._replaying.release()

    def _replay(self, wish: ReplayWish) -> Response:
        parts, told = self._parts, list[Tried]()
        replay = QuarantineReplay(parts.site, parts.registry, parts.store)
        result = replay.run(wish.wanted, dry_run=wish.dry_run, limit=wish.limit, told=told.append)
        messages = [tried_as_dict(tried) for tried in told]
        return _json({**replayed_as_dict(result), "dry_run": wish.dry_run, "messages": messages})

    def claims(self) -> Response:
        """Devices that send and are not in the site folder, with the lines that would add them."""
        parts = self._parts
        found = find_claims(parts.site, parts.registry.site, parts.store)
        return _json({"claims": [claim_as_dict(claim) for claim in found.claims], "more": found.more_senders})

    def incidents(self, since: str | None = None) -> Response:
        """What is, or lately was, wrong with the system; without ``since`` those of the last 30 days."""
        at = self._parts.clock() - RECENT if since is None else moment(since)
        found = self._parts.store.watching.incidents(self._parts.registry.site, at)
        return _json({"incidents": [incident_as_dict(one) for one in found]})

    def gaps(self, since: str | None = None) -> Response:
        """Messages that devices numbered and that never arrived, the newest gaps; ``missing`` counts all of them."""
        site = self._parts.registry.site
        found = self._parts.store.intake.gaps(site, None if since is None else moment(since))
        newest = sorted(found, key=lambda gap: gap.noticed_at, reverse=True)[:MOST_GAPS]
        rows = [
            {
                "device": gap.device,
                "first": gap.first,
                "last": gap.last,
                "count": gap.count,
                "before_at": format_rfc3339(gap.before_at),
                "after_at": format_rfc3339(gap.after_at),
                "noticed_at": format_rfc3339(gap.noticed_at),
            }
            for gap in newest
        ]
        return _json({"gaps": rows, "in_all": len(found), "missing": sum(gap.count for gap in found)})

    def processes(self) -> Response:
        """The last word of each process."""
        now = self._parts.clock()
        rows = [
            {
                "process": one.process,
                "member": one.member,
                "beat_at": format_rfc3339(one.beat_at),
                "age_s": max(0, int((now - one.beat_at).total_seconds())),
                "state": dict(one.state),
            }
            for one in self._parts.store.watching.processes(self._parts.registry.site)
        ]
        return _json({"processes": rows})

    def liveness(self) -> Response:
        """The devices of the stations: when each was heard last, how it is, its gateways; and their open incidents."""
        parts, now = self._parts, self._parts.clock()
        return _json(look_as_dict(look(parts.site, parts.registry, parts.store, now), now))


def _json(content: dict[str, Any]) -> Response:
    return JSONResponse(content, headers=FRESH)
