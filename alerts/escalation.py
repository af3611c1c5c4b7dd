"""Calling the next people while nobody acknowledges: persisted steps, so that timers survive every restart.

What is overdue is called once, the latest step only, with the delay stated. An acknowledgement or the end of the episode
stops it, a rise of the level begins anew, and a call that reached nobody goes on to the next people at once. What calls the
same people by the same step is one message.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from uuid import UUID

from alerts.escalation_calls import Due, gathered, messages
from alerts.escalation_words import Call, exhausted_notice
from alerts.system_messages import audiences
from config.model import Site
from config.people_plan import Audience, Escalation
from core.levels import Level
from store import Store
from store.alert_rows import NotificationRow
from store.escalations import EscalationTimer, OpenAlert

_ACKNOWLEDGED, _OVER, _BELOW, _EXHAUSTED, _REMOVED = "acknowledged", "over", "below", "exhausted", "removed"


@dataclass(frozen=True, slots=True)
class Chain:
    """An escalation whose people the site knows: the steps of others (in an exercise, those of real life) are left out."""

    escalation: Escalation
    audiences: tuple[Audience, ...]
    waits: tuple[timedelta, ...]

    @classmethod
    def of(cls, escalation: Escalation, site: Site) -> Chain:
        """The chain of an escalation at this site; never residents, and in an exercise only who is in it."""
        known = {each.id: each for each in audiences(site) if not each.residents and each.exercise == site.exercise}
        steps = [step for step in escalation.steps if step.audience in known]
        return cls(escalation, tuple(known[step.audience] for step in steps), tuple(step.wait for step in steps))


@dataclass(frozen=True, slots=True)
class Stand:
    """How the calls of one escalation for one alert stand: the timer ``before`` and ``after`` this look, who is called by it."""

    chain: Chain
    alert: OpenAlert
    before: EscalationTimer | None
    after: EscalationTimer | None
    call: Call | None


def begin(chain: Chain, alert: OpenAlert, since: datetime) -> EscalationTimer:
    """A timer that has just begun: the first people are called their wait after ``since``."""
    return EscalationTimer(
        episode=alert.episode,
        escalation=chain.escalation.id,
        level=alert.level,
        started_at=since,
        loop=1,
        step=0,
        due_at=since + chain.waits[0],
    )


def follow(
    chain: Chain,
    alert: OpenAlert,
    timer: EscalationTimer | None,
    *,
    acknowledged: bool,
    unreached: bool,
    now: datetime,
) -> tuple[EscalationTimer | None, Call | None]:
    """How the calls for an alert stand at ``now``, and who is called now.

    ``unreached``: every message of the last call was given up.
    """
    if alert.level < chain.escalation.min_level:
        return _ended(timer, _BELOW, now), None
    if acknowledged:
        return _ended(timer, _ACKNOWLEDGED, now), None
    began = max(alert.risen_at, alert.told_at or alert.risen_at)
    if timer is None:
        timer = None if alert.held else begin(chain, alert, began)
    elif alert.risen_at > timer.started_at or alert.level > timer.level:
        timer, unreached = begin(chain, alert, alert.risen_at), False
    elif timer.ended in (_ACKNOWLEDGED, _BELOW):
        timer, unreached = begin(chain, alert, now), False  # what was acknowledged is nobody's again
    if timer is None or timer.ended_at is not None or alert.held:
        return timer, None
    latest = now + chain.waits[min(timer.step, len(chain.waits) - 1)]
    if timer.due_at > latest:  # a clock that was set back, or a wait made shorter in the files: nobody waits for that
        timer = replace(timer, due_at=latest)
    if now < timer.due_at and not unreached:
        return timer, None
    return _call(chain, timer, now)


def _call(chain: Chain, timer: EscalationTimer, now: datetime) -> tuple[EscalationTimer, Call | None]:
    """The latest step that is due, and the timer after it."""
    loop, step, at = timer.loop, timer.step, min(timer.due_at, now)
    last = chain.escalation.loops
    while True:
        following = (loop, step + 1) if step + 1 < len(chain.waits) else (loop + 1, 0)
        next_at = at + chain.waits[following[1]]
        if loop > last or following[0] > last or next_at > now:
            break
        (loop, step), at = following, next_at
    if loop > last:
        return replace(timer, ended=_EXHAUSTED, ended_at=now), None
    call = Call(chain.audiences[step], loop, step, now - at)
    after = replace(
        timer,
        loop=following[0],
        step=following[1],
        due_at=now + chain.waits[following[1]],
        called=timer.called + 1,
    )
    return after, call


def _ended(timer: EscalationTimer | None, why: str, now: datetime) -> EscalationTimer | None:
    if timer is None or timer.ended_at is not None:
        return timer
    return replace(timer, ended=why, ended_at=now)


def in_company(stands: Sequence[Stand], wait: timedelta, now: datetime) -> list[Stand]:
    """The same, and with every call those of its step that would be due within ``wait``: they come along.

    At most half of the step's own wait earlier: a short one does not become none.
    """
    called = {(each.chain.escalation.id, each.call.step) for each in stands if each.call is not None}
    return [_along(each, now) if _may_come_along(each, called, wait, now) else each for each in stands]


def _may_come_along(stand: Stand, called: Collection[tuple[str, int]], wait: timedelta, now: datetime) -> bool:
    timer, escalation = stand.after, stand.chain.escalation
    if timer is None or timer.ended_at is not None or stand.call is not None or stand.alert.held:
        return False
    if timer.loop > escalation.loops or (escalation.id, timer.step) not in called:
        return False
    return timer.due_at - now <= min(wait, stand.chain.waits[timer.step] / 2)


def _along(stand: Stand, now: datetime) -> Stand:
    assert stand.after is not None
    after, call = _call(stand.chain, replace(stand.after, due_at=now), now)
    return replace(stand, after=after, call=call)


@dataclass(slots=True)
class _Changes:
    timers: list[EscalationTimer] = field(default_factory=list)
    messages: list[NotificationRow] = field(default_factory=list)


class Escalator:
    """Calls people for the alerts of a site; what it knows is the store's."""

    def __init__(self, site: Site, store: Store, site_no: int) -> None:
        self._site = site
        self._store = store
        self._site_no = site_no
        chains = [Chain.of(escalation, site) for escalation in site.people.escalations]
        self._chains = [chain for chain in chains if chain.waits]
        self._idle = False

    def round(self, now: datetime) -> int:
        """How many messages were queued by ``now``. Raises StoreError; the next round then does the same work.

        No round may be asked for before the dispatcher had its own: what it holds back nobody is called for.
        """
        if self._idle:
            return 0
        calls = self._store.escalations
        timers = {(timer.episode, timer.escalation): timer for timer in calls.timers(self._site_no)}
        lowest = min((chain.escalation.min_level for chain in self._chains), default=Level.DANGER)
        alerts = calls.alerts(self._site_no, Level.NORMAL if timers else lowest) if self._chains else []
        changes = self._changes(alerts, timers, now) if alerts or timers else _Changes()
        if changes.timers:
            calls.save(self._site_no, changes.timers, changes.messages)
        self._idle = not self._chains
        return len(changes.messages)

    def _changes(
        self, alerts: Sequence[OpenAlert], timers: Mapping[tuple[UUID, str], EscalationTimer], now: datetime
    ) -> _Changes:
        stands = in_company(self._stands(alerts, timers, now), self._site.people.group_wait, now)
        changes = _Changes()
        sent = self._call(stands, changes, now)
        exhausted: dict[str, list[tuple[OpenAlert, EscalationTimer]]] = defaultdict(list)
        for stand in stands:
            if stand.after is None or stand.after == stand.before:
                continue
            if stand.after.ended == _EXHAUSTED:
                exhausted[stand.after.escalation].append((stand.alert, stand.after))
            key = stand.alert.episode, stand.after.escalation
            changes.timers.append(replace(stand.after, sent=sent.get(key, stand.after.sent)))
        for unanswered in exhausted.values():
            gravest_first = sorted(unanswered, key=lambda each: -each[0].level)
            changes.messages += exhausted_notice(self._site, gravest_first, now)
        changes.timers += self._left_over(alerts, timers.values(), now)
        return changes

    def _stands(
        self, alerts: Sequence[OpenAlert], timers: Mapping[tuple[UUID, str], EscalationTimer], now: datetime
    ) -> list[Stand]:
        held = self._store.acknowledgements.holding(self._site_no, now)
        reached = self._store.escalations.reached([number for timer in timers.values() for number in timer.sent])
        found = []
        for alert in alerts:
            for chain in self._chains:
                before = timers.get((alert.episode, chain.escalation.id))
                after, call = follow(
                    chain,
                    alert,
                    before,
                    acknowledged=alert.episode in held,
                    unreached=before is not None and before.called > 0 and not reached & set(before.sent),
                    now=now,
                )
                found.append(Stand(chain, alert, before, after, call))
        return found

    def _call(
        self, stands: Sequence[Stand], changes: _Changes, now: datetime
    ) -> dict[tuple[UUID, str], tuple[UUID, ...]]:
        """Put the calls into the changes, gathered; by episode and escalation the messages of its call."""
        dues = [
            Due(each.chain.escalation, len(each.chain.waits), each.alert, each.after, each.call)
            for each in stands
            if each.after is not None and each.call is not None
        ]
        told = self._store.escalations.bodies([due.alert.episode for due in dues]) if dues else {}
        sent: dict[tuple[UUID, str], tuple[UUID, ...]] = {}
        for together in gathered(dues):
            queued = messages(self._site, together, told, now)
            changes.messages += queued
            sent |= {(due.alert.episode, due.escalation.id): tuple(row.id for row in queued) for due in together}
        return sent

    def _left_over(
        self, alerts: Sequence[OpenAlert], timers: Collection[EscalationTimer], now: datetime
    ) -> list[EscalationTimer]:
        """The timers of what is over, and of escalations the files no longer name."""
        open_ones = {alert.episode for alert in alerts}
        known = {chain.escalation.id for chain in self._chains}
        running = [timer for timer in timers if timer.ended_at is None]
        return [
            replace(timer, ended=_REMOVED if timer.escalation not in known else _OVER, ended_at=now)
            for timer in running
            if timer.escalation not in known or timer.episode not in open_ones
        ]
