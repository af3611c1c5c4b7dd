"""What the evaluator's process does for messages to residents: send what is due, delete what was left over.

A round may be cut off anywhere and done again: each message is one transaction, and what it queues has ids of its own.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime
from typing import Any
from uuid import UUID

from alerts.residents import deadlines, lifecycle
from alerts.residents.outgoing import notifications, thread_of
from alerts.residents.recipients import channels_for
from alerts.residents.refusal import RefusedError
from config.model import Site
from core.accounts import AuditEntry
from core.errors import StoreError
from core.resident_messages import MessageKind, MessageState, MessageStep, Mode, ResidentMessage
from store import Store
from store.messages import Decision, Recent

_log = logging.getLogger(__name__)
SYSTEM = "system"
_IN_PLACE = (MessageKind.WITHDRAWAL, MessageKind.ALL_CLEAR)


class ResidentRound:
    """The rounds of one site, live or the stand-in of an exercise."""

    def __init__(self, site: Site, store: Store, site_no: int) -> None:
        self._site = site
        self._store = store
        self._site_no = site_no
        self._mode = Mode.EXERCISE if site.exercise else Mode.LIVE

    def round(self, now: datetime) -> int:
        """How many messages were handed to the outbox by ``now``. Raises StoreError; the next round goes on."""
        due = self._store.messages.due(self._site_no, now, now - deadlines.KEPT_FOR, now + deadlines.SET_BACK)
        return sum(self._settled(number, now, lambda message: self._decision(message, now)) for number in due)

    def discard(self, before: datetime, why: str, now: datetime) -> None:
        """Give up whatever was begun until ``before`` and is not sent: drafts are deleted, what was approved expires.

        Raises StoreError; doing it again goes on.
        """

        def decision(message: ResidentMessage) -> Decision | None:
            if message.state in (MessageState.DRAFT, MessageState.SUBMITTED):
                return Decision(message=None, step=_step("deleted", now, state=message.state.value, why=why))
            return self._expired(message, why, now) if message.state is MessageState.APPROVED else None

        for number in self._store.messages.unfinished(self._site_no, before):
            self._settled(number, now, decision)

    def _settled(self, number: UUID, now: datetime, decision: Callable[[ResidentMessage], Decision | None]) -> int:
        """One message goes wrong alone: neither the others nor the alerts of staff wait for it."""
        try:
            return self._settle(number, now, decision)
        except StoreError as error:
            if error.retryable:
                raise
            _log.exception("message to residents %s: the database refuses it", number)
        except Exception:  # noqa: BLE001 - whatever it is, it is this message's alone
            _log.exception("message to residents %s: an error nobody foresaw", number)
        return 0

    def _settle(self, number: UUID, now: datetime, decision: Callable[[ResidentMessage], Decision | None]) -> int:
        done: list[Decision] = []

        def decide(message: ResidentMessage, _: Recent) -> Decision | None:
            decided = decision(message)
            if decided is not None:
                done.append(decided)
            return decided

        self._store.messages.decide(self._site_no, number, decide)
        for decided in done:
            self._write_down(number, decided, now)
        return sum(1 for decided in done if decided.notifications)

    def _decision(self, message: ResidentMessage, now: datetime) -> Decision | None:
        if deadlines.left_over(message, now):
            return Decision(message=None, step=_step("deleted", now, state=message.state.value))
        if message.state is not MessageState.APPROVED or not deadlines.is_due(message, now):
            return None
        channels = channels_for(self._site, message.audiences, message.level)
        if deadlines.too_late(message, now):
            return self._expired(message, "too late: nothing was at work to send it in time", now)
        if message.mode is not self._mode:
            return self._expired(message, "it was made in another mode", now)
        try:
            after = lifecycle.queue(message, tuple(channels), now)
        except RefusedError as refused:
            return self._expired(message, str(refused), now)
        assert message.approval is not None
        return Decision(
            message=after,
            step=_step("queued", now, digest=message.approval.digest, channels=sorted(channels)),
            notifications=notifications(self._site, after, channels, now),
            thread=thread_of(after) if after.refers_to is not None else "",
            in_place=after.kind in _IN_PLACE,
        )

    def _expired(self, message: ResidentMessage, why: str, now: datetime) -> Decision:
        return Decision(message=lifecycle.expire(message, why, now), step=_step("expired", now, why=why))

    def _write_down(self, number: UUID, decision: Decision, now: datetime) -> None:
        """The decision is in its own log already; the audit of the town gets a line as well."""
        act = decision.step.act
        _log.log(logging.INFO if act == "queued" else logging.WARNING, "message to residents %s: %s", number, act)
        details = {key: value for key, value in decision.step.known.items() if key in ("why", "channels", "state")}
        entry = AuditEntry(at=now, who=SYSTEM, action=f"message.{act}", subject=str(number), details=details)
        self._store.audit.add(self._site_no, entry)


def _step(act: str, now: datetime, digest: str = "", **known: Any) -> MessageStep:
    return MessageStep(at=now, who=SYSTEM, act=act, digest=digest, known=known)
