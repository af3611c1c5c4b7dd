"""What is called for at the same step goes out as one message: ten gauges of one flood are one call, not ten."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID, uuid5

from alerts.episodes import notification_id
from alerts.escalation_words import Call, bare, called_body, with_others
from alerts.fallback import deadline
from alerts.system_messages import staff_channels
from config.model import Site
from config.people_plan import Escalation
from store.alert_rows import NotificationRow
from store.escalations import EscalationTimer, OpenAlert

Told = Mapping[UUID, tuple[int, Mapping[str, Any]]]
"""What was told last of an episode: the number of the step, and every fact of it."""


@dataclass(frozen=True, slots=True)
class Due:
    """An alert somebody is called for now; ``timer`` is how its calls stand after this one, ``steps`` how many there are."""

    escalation: Escalation
    steps: int
    alert: OpenAlert
    timer: EscalationTimer
    call: Call

    @property
    def occasion(self) -> str:
        """Tells this call apart from every other one for the episode."""
        call, timer = self.call, self.timer
        return f"{self.escalation.id}-{timer.started_at.isoformat()}-{call.loop}-{call.step}-{timer.called}"


def gathered(dues: Iterable[Due]) -> list[list[Due]]:
    """Those that call the same people by the same step together; in each the gravest first, then what waits longest."""
    found: dict[tuple[str, int], list[Due]] = defaultdict(list)
    for due in dues:
        found[due.escalation.id, due.call.step].append(due)
    return [sorted(each, key=_gravest_first) for each in found.values()]


def messages(site: Site, dues: Sequence[Due], told: Told, now: datetime) -> list[NotificationRow]:
    """One message a channel of the people called, for all of ``dues`` (as ``gathered`` gives them)."""
    head = dues[0]
    alert, audience = head.alert, head.call.audience
    seq, body = _body(site, dues, told, now)
    usable = {channel.id for channel in staff_channels(site)}
    return [
        NotificationRow(
            id=notification_id(alert.episode, seq, alert.level, channel, audience.id, _occasion(dues)),
            episode=alert.episode,
            seq=seq,
            channel=channel,
            level=alert.level,
            body=body,
            queued_at=now,
            deadline_at=deadline(alert.level, now),
            audience=audience.id,
            thread=f"escalation|{alert.episode}|{head.escalation.id}",
            purpose="escalation",
        )
        for channel in audience.channels
        if channel in usable
    ]


def _body(site: Site, dues: Sequence[Due], told: Told, now: datetime) -> tuple[int, dict[str, Any]]:
    """The number of the step the head was told last, and the body: the head as if it were alone, the others below it."""
    head, others = dues[0], dues[1:]
    facts = [told.get(due.alert.episode) or (0, bare(site, due.alert, now)) for due in dues]
    # Of several it says how long the longest waits, and by how much the latest is late.
    call = replace(head.call, late=max(due.call.late for due in dues))
    since = min(due.timer.started_at for due in dues)
    body = called_body(site, head.escalation, facts[0][1], call, since, now, head.steps)
    if others:
        body = with_others(body, [(due.alert, fact) for due, (_, fact) in zip(dues, facts, strict=True)])
    return facts[0][0], body


def _occasion(dues: Sequence[Due]) -> str:
    if len(dues) == 1:
        return dues[0].occasion
    everything = "|".join(sorted(f"{due.alert.episode}-{due.occasion}" for due in dues))
    return str(uuid5(dues[0].alert.episode, everything))


def _gravest_first(due: Due) -> tuple[int, datetime, str]:
    return -due.alert.level, due.timer.started_at, str(due.alert.episode)
