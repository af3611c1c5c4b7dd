"""How an instance stands, in the words of rule tests."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from alerts.machine import Machine, evidence_until
from alerts.rehearsal import Actor
from core.levels import Level


@dataclass(frozen=True, slots=True)
class Standing:
    """One instance: ``since`` when it stands so (None where it never was looked at), ``stale`` firing without data."""

    rule: str
    stream: str
    state: str
    level: Level | None
    since: datetime | None
    stale: bool = False


def standing_of(actor: Actor, before: Standing | None) -> Standing:
    """How the instance stands; ``before`` is how it stood at the round before, which tells since when it is pending."""
    rule, stream, state = actor.target.rule.id, actor.target.key, actor.state
    if state is None:
        return Standing(rule, stream, "ok", None, None)
    machine, episode = state.machine, state.episode
    if episode is not None:
        word = "recovering" if episode.recovering else "firing"
        return Standing(rule, stream, word, episode.level, episode.opened_at, episode.stale)
    if machine.lost:
        return Standing(rule, stream, "nodata", None, evidence_until(machine, actor.target.ladder))
    level = _pending(actor, machine)
    if level is None:
        return Standing(rule, stream, "ok", None, machine.good_at)
    goes_on = before is not None and before.state == "pending"
    return Standing(rule, stream, "pending", level, before.since if goes_on and before else machine.good_at)


def _pending(actor: Actor, machine: Machine) -> Level | None:
    """The highest rung whose timer runs, where none has been reached; None where none runs."""
    rungs = zip(actor.target.ladder.rungs, machine.rising, strict=False)
    running = [rung.level for rung, timer in rungs if timer is not None]
    return max(running, default=None)
