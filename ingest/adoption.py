"""Looking after the sessions of members that are silent.

A broker goes on giving a member its share while it is away, and keeps it: if it never comes back, these messages are
parked for ever. So a member that sees another one silent connects in its name, gives its subscriptions back (from then
on its share goes to those who live), takes in what was parked, and leaves. Nothing has to be kept up after that: should
the last survivor fall too, nothing more is parked for the dead. A member that returns subscribes anew.

Whoever returns is let in at once. Its beat, or its lock, is seen within a round; and if it is there without a database
(then it was never dead, only cut off) it takes its connection back from us, and we do not take it again for a while.
Nobody fights for a session.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from config.model import Site
from core.broker_address import BrokerAddress
from core.errors import StartError
from core.times import Clock
from ingest.incidents import COLLECTOR_DEAD
from ingest.inlets import Inlets
from ingest.lookout import Lookout
from ingest.membership import PROCESS, Member
from ingest.session import Received, Session, new_client, release
from ingest.writer import Target
from store.members import Hold
from store.watching import ProcessState

log = logging.getLogger(__name__)

ENDING_S = 5.0
LEAVE_IT_S = 300.0
"""How long a session is left alone whose owner took it back from us, or that could not be had."""
CLEAN_ANSWERS = 2
LOOK_AGAIN_S = 600.0
"""After which a session that was empty is looked into again: its owner may have been there and gone without a word."""


class AdoptedSession(Session):
    """The session of another member: it gives subscriptions back, never makes one, and never comes again by itself."""

    def __init__(
        self, address: BrokerAddress, *, client_id: str, given_back: Sequence[str], clock: Clock, first_connection: int
    ) -> None:
        super().__init__(address, client_id=client_id, topics=(), no_longer=given_back, clock=clock, marked=client_id)
        self._given_back = list(given_back)
        self._connection = first_connection
        self._came = self._durable = 0
        self._asking = threading.Lock()  # an answer may come before we know the number of the question
        self._asked: tuple[int, int] | None = None
        self._clean_answers = 0
        self.lost = False
        self._client.on_unsubscribe = self._on_unsubscribe

    @property
    def drained(self) -> bool:
        """Whether the broker has nothing more for it. To be asked now and then: each time it is looked into further.

        The broker answers in order: if all that came is acknowledged, we ask something, and the answer comes without
        a message before it, then there is none.
        """
        with self._asking:
            if self._durable == self._came and self._asked is None:
                _result, number = self._client.unsubscribe(self._given_back)
                if number is not None:
                    self._asked = number, self._came
            return self._clean_answers >= CLEAN_ANSWERS

    def acknowledge(self, taken: Sequence[Received]) -> None:
        """As every session does."""
        super().acknowledge(taken)
        self._durable += sum(received.connection == self._connection for received in taken)

    def stop(self) -> None:
        """Leave; what is not acknowledged comes again to whoever has the session next."""
        super().stop()
        self._client.on_unsubscribe = None

    def _take_in(self, publishes: list[Any]) -> None:
        super()._take_in(publishes)
        self._came += len(publishes)
        self._clean_answers = 0

    def _on_unsubscribe(self, _client: Any, _data: Any, number: int, _reasons: Any, _properties: Any) -> None:
        with self._asking:
            if self._asked is not None and self._asked[0] == number:
                self._clean_answers = self._clean_answers + 1 if self._asked[1] == self._came else 0
                self._asked = None

    def _on_disconnect(self, client: Any, data: Any, flags: Any, reason: Any, properties: Any) -> None:
        super()._on_disconnect(client, data, flags, reason, properties)
        self.lost = True
        client.disconnect()  # else it would connect again


@dataclass(slots=True)
class _Guest:
    """An adoption that goes on."""

    session: AdoptedSession
    hold: Hold
    word: datetime | None


class Adoptions:
    """What one member does for the others; ``round`` about once a second.

    ``retired`` members, of a time when there were more, are looked after too, and then their session is ended.
    """

    def __init__(
        self,
        address: BrokerAddress,
        site: Site,
        member: Member,
        inlets: Inlets,
        *,
        clock: Clock,
        monotonic: Callable[[], float],
        lookout: Lookout | None = None,
    ) -> None:
        self._address, self._site, self._member, self._inlets = address, site, member, inlets
        self._clock, self._monotonic = clock, monotonic
        self._lookout = lookout or Lookout()
        self._guests: dict[int, _Guest] = {}
        self._told: dict[int, int | None] = {}  # whose lock it had when it fell silent
        self._not_before: dict[int, float] = {}

    def round(self, target: Target) -> None:
        """Look at the others and do what is to be done. Raises StoreError; what was begun goes on next time."""
        rows = {int(row.member): row for row in target.store.watching.processes(target.site) if _is_collector(row)}
        others = ({*range(1, self._member.of + 1)} | rows.keys()) - {self._member.number}
        silent = self._lookout.look(others, {number: row.beat_at for number, row in rows.items()}, self._monotonic())
        for number in sorted(others - silent):
            self._welcome(target, number)
        for number in sorted(silent):
            self._tell(target, number, rows.get(number))
        for number, guest in list(self._guests.items()):
            self._look_after(target, number, guest, rows.get(number))
        for number in sorted(silent - self._guests.keys()):
            due = self._monotonic() >= self._not_before.get(number, 0.0)
            if due and self._inlets.connected and not self._has_come_back(target, number):
                self._adopt(target, number, rows.get(number))

    def end(self) -> None:
        """Let go of everything; what is not durable stays at the broker."""
        for number in list(self._guests):
            self._leave(number)

    def _welcome(self, target: Target, number: int) -> None:
        """It is at work, as far as we know."""
        self._not_before.pop(number, None)
        if number in self._guests:
            log.info("member %d is back", number)
            self._leave(number)
        if number in self._told:
            target.store.watching.close_incident(target.site, COLLECTOR_DEAD, Member(number).subject, self._clock())
            del self._told[number]

    def _has_come_back(self, target: Target, number: int) -> bool:
        """Whether somebody took the place since the member fell silent; a process that hangs still has its own."""
        return target.store.members.holder(target.site, number) not in (self._told[number], None)

    def _tell(self, target: Target, number: int, row: ProcessState | None) -> None:
        if number in self._told:
            return
        subject, since = Member(number).subject, _since(row, self._clock())
        target.store.watching.open_incident(target.site, COLLECTOR_DEAD, subject, since, _what_is_known(row))
        self._told[number] = target.store.members.holder(target.site, number)
        log.warning("member %d is silent; its messages are taken over", number)

    def _adopt(self, target: Target, number: int, row: ProcessState | None) -> None:
        """Become the session of a member, where no other survivor is it already."""
        hold = target.store.members.adoption(target.site, number)
        if not hold.take():
            hold.close()
            return
        client_id = Member(number).client_id(self._site.id)
        try:
            known = target.store.intake.arrival_timed(target.site, client_id)
            target.pipeline.recognise(client_id, known)
            session = self._session(number, row)
            session.start()
        except StartError as error:
            hold.close()
            self._later(number, ENDING_S)
            log.warning("the session of member %d cannot be looked after yet (%s)", number, error)
            return
        except BaseException:
            hold.close()
            raise
        self._guests[number] = _Guest(session, hold, None if row is None else row.beat_at)
        self._inlets.add(session)

    def _session(self, number: int, row: ProcessState | None) -> AdoptedSession:
        said = () if row is None else row.state.get("topics", ())
        filters = [*said, *replace(self._member, number=number).filters(self._site)]
        return AdoptedSession(
            self._address,
            client_id=Member(number).client_id(self._site.id),
            given_back=list(dict.fromkeys(filters)),
            clock=self._clock,
            first_connection=next(self._inlets.connection_numbers),
        )

    def _look_after(self, target: Target, number: int, guest: _Guest, row: ProcessState | None) -> None:
        word = None if row is None else row.beat_at
        if guest.session.lost:
            log.warning("the session of member %d was taken back: it lives, without a word to the database", number)
            self._later(number, LEAVE_IT_S)
            self._leave(number)
            target.store.watching.open_incident(
                target.site, COLLECTOR_DEAD, Member(number).subject, _since(row, self._clock()), {"lives": True}
            )
        elif word != guest.word or self._has_come_back(target, number) or not guest.hold.take():
            self._leave(number)
        elif guest.session.drained:
            self._settle(target, number)

    def _settle(self, target: Target, number: int) -> None:
        """Everything that was parked is durable."""
        guest = self._guests.pop(number)
        self._inlets.remove(guest.session)
        guest.session.stop()
        try:
            log.info("what was parked for member %d is taken in", number)
            if number > self._member.of:
                self._retire(target, number)
            self._later(number, LOOK_AGAIN_S)
        finally:
            guest.hold.close()

    def _retire(self, target: Target, number: int) -> None:
        """There is no such member any more: the broker may forget its session, and we its last word."""
        _end_session(self._address, Member(number).client_id(self._site.id))
        target.store.members.dismiss(target.site, PROCESS, str(number))
        target.store.watching.close_incident(
            target.site, COLLECTOR_DEAD, Member(number).subject, self._clock(), {"retired": True}
        )
        del self._told[number]
        log.info("member %d is retired", number)

    def _leave(self, number: int) -> None:
        guest = self._guests.pop(number)
        self._inlets.remove(guest.session)
        guest.session.stop()
        guest.hold.close()

    def _later(self, number: int, seconds: float) -> None:
        self._not_before[number] = self._monotonic() + seconds


def _is_collector(row: ProcessState) -> bool:
    return row.process == PROCESS and row.member.isascii() and row.member.isdigit()


def _since(row: ProcessState | None, now: datetime) -> datetime:
    return now if row is None else row.beat_at


def _what_is_known(row: ProcessState | None) -> dict[str, Any]:
    """What the incident says besides who and since when."""
    if row is None:
        return {"last": "never heard of"}
    waiting = row.state.get("spool_messages", 0)
    detail: dict[str, Any] = {"last": row.state.get("mode", ""), "spool_messages": waiting}
    if waiting:
        detail["spool"] = "these messages lie on the disk of this collector and go in when it returns"
    return detail


def _end_session(address: BrokerAddress, client_id: str) -> None:
    """Tell the broker to forget a session, as far as it is there to hear it."""
    client = new_client(address, client_id, clean=True)
    forgotten = threading.Event()
    client.on_connect = lambda *_: forgotten.set()
    try:
        client.connect(address.host, address.port)
    except (OSError, ValueError) as error:
        log.warning("the broker could not be told to forget the session of %s (%s)", client_id, error)
        return
    client.loop_start()
    forgotten.wait(ENDING_S)
    client.disconnect()
    client.loop_stop()
    release(client)
