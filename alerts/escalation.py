"""Calling the next people while nobody acknowledges: persisted steps, so that timers survive every restart.

What is overdue is called once, the latest step only, with the delay stated. An acknowledgement or the end of the episode
stops it, a rise of the level begins anew, and a call that reached nobody goes on to the next people at once.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from alerts.episodes import notification_id
from alerts.escalation_words import Call, called_body, exhausted_notice
from alerts.fallback import deadline
from alerts.system_messages import audiences, staff_channels
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
        held = self._store.acknowledgements.holding(self._site_no, now)
        reached = self._store.escalations.reached([number for timer in timers.values() for number in timer.sent])
        bodies: Mapping[UUID, tuple[int, Mapping[str, Any]]] | None = None
        changes = _Changes()
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
                if after is None or after == before:
                    continue
                if call is not None:
                    bodies = bodies or self._store.escalations.bodies([each.episode for each in alerts])
                    messages = self._messages(chain, alert, after, call, bodies.get(alert.episode), now)
                    after = replace(after, sent=tuple(message.id for message in messages))
                    changes.messages += messages
                if after.ended == _EXHAUSTED:
                    changes.messages += exhausted_notice(self._site, alert, after, now)
                changes.timers.append(after)
        changes.timers += self._left_over(alerts, timers.values(), now)
        return changes

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

    def _messages(
        self,
        chain: Chain,
        alert: OpenAlert,
        timer: EscalationTimer,
        call: Call,
        told: tuple[int, Mapping[str, Any]] | None,
        now: datetime,
    ) -> list[NotificationRow]:
        seq, facts = told or (0, {})
        body = called_body(self._site, chain.escalation, alert, facts, call, timer.started_at, now, len(chain.waits))
        usable = {channel.id for channel in staff_channels(self._site)}
        occasion = f"{chain.escalation.id}-{timer.started_at.isoformat()}-{call.loop}-{call.step}-{timer.called}"
        return [
            NotificationRow(
                id=notification_id(alert.episode, seq, alert.level, channel, call.audience.id, occasion),
                episode=alert.episode,
                seq=seq,
                channel=channel,
                level=alert.level,
                body=body,
                queued_at=now,
                deadline_at=deadline(alert.level, now),
                audience=call.audience.id,
                thread=f"escalation|{alert.episode}|{chain.escalation.id}",
                purpose="escalation",
            )
            for channel in call.audience.channels
            if channel in usable
        ]
