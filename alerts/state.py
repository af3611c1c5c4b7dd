"""What is kept of an instance between rounds, and its JSON form.

The form carries a version: a state written by a newer program is refused, never half read.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from alerts.machine import Machine, Timer
from core.levels import Level

STATE_VERSION = 3
_READABLE = (1, 2, 3)
"""Version 1 is that of a program that knew the values themselves alone, version 2 did not keep how high past episodes were;
both lack only what has a default here."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Episode:
    """An episode as it was last told: what has been said is never taken back, only followed by more.

    ``number`` counts the episodes of the instance, ``seq`` the transitions of the episode; ``highest`` is
    the highest level it ever reached. Times are event times but for ``detected_at``. ``unconfirmed``: its level was told
    as such.
    """

    number: int
    seq: int
    level: Level
    highest: Level
    stale: bool
    recovering: bool
    opened_at: datetime
    detected_at: datetime
    value: float | None
    peak: float | None
    closed_at: datetime | None = None
    outcome: str | None = None
    unconfirmed: bool = False


class Past(NamedTuple):
    """An episode that is over: from when to when it lasted, in event time, and the highest level that was told of it."""

    opened_at: datetime
    closed_at: datetime
    highest: Level


@dataclass(frozen=True, slots=True, kw_only=True)
class Flapping:
    """An alert comes and goes: ``told_at`` is when people heard of it last, ``held`` the changes they were not told since.

    ``head`` is the newest of those, as its episode stood after it; None where there is none.
    """

    since: datetime
    told_at: datetime
    held: int = 0
    head: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class InstanceState:
    """The state of one rule at one datastream.

    ``ladder`` is the digest of the ladder it was reckoned with. ``checkpoints`` are older machines, oldest
    first, from which late samples are reckoned again; the oldest is where the known history begins.
    ``past`` are the episodes that ended within reach of the checkpoints. ``shadow``: the rule told nobody
    when this was reckoned.
    """

    ladder: str
    machine: Machine
    checkpoints: tuple[Machine, ...]
    episodes: int = 0
    episode: Episode | None = None
    past: tuple[Past, ...] = ()
    flapping: Flapping | None = None
    shadow: bool = False


def begin(ladder: str, since: datetime) -> InstanceState:
    """The state of an instance nothing is known of; samples newer than ``since`` will be read."""
    return InstanceState(ladder=ladder, machine=Machine(since), checkpoints=(Machine(since),))


def dump(state: InstanceState) -> dict[str, Any]:
    """The state as JSON: objects, lists, texts, numbers and null."""
    return {
        "version": STATE_VERSION,
        "ladder": state.ladder,
        "machine": _dump_machine(state.machine),
        "checkpoints": [_dump_machine(machine) for machine in state.checkpoints],
        "episodes": state.episodes,
        "episode": dump_episode(state.episode) if state.episode is not None else None,
        "past": [[each.opened_at.isoformat(), each.closed_at.isoformat(), int(each.highest)] for each in state.past],
        "flapping": _dump_flapping(state.flapping),
        "shadow": state.shadow,
    }


def load(stored: Mapping[str, Any]) -> InstanceState:
    """The state ``dump`` wrote; raises ValueError where another version of the program wrote it."""
    if stored.get("version") not in _READABLE:
        raise ValueError(f"state version {stored.get('version')!r} is not {STATE_VERSION}")
    return InstanceState(
        ladder=stored["ladder"],
        machine=_load_machine(stored["machine"]),
        checkpoints=tuple(_load_machine(machine) for machine in stored["checkpoints"]),
        episodes=stored["episodes"],
        episode=load_episode(stored["episode"]) if stored["episode"] is not None else None,
        past=tuple(_load_past(*each) for each in stored["past"]),
        flapping=_load_flapping(stored.get("flapping")),
        shadow=stored.get("shadow", False),
    )


def _load_past(opened: str, closed: str, highest: int = Level.DANGER) -> Past:
    """Where nobody wrote down how high it was, it was as high as can be: better than telling it twice."""
    return Past(_instant(opened), _instant(closed), Level(highest))


def _dump_machine(machine: Machine) -> dict[str, Any]:
    return {
        "seen_at": machine.seen_at.isoformat(),
        "good_at": _text(machine.good_at),
        "value": machine.value,
        "level": int(machine.level),
        "opened_at": _text(machine.opened_at),
        "changed_at": _text(machine.changed_at),
        "peak": machine.peak,
        "lost": machine.lost,
        "rising": [_dump_timer(timer) for timer in machine.rising],
        "falling": [_dump_timer(timer) for timer in machine.falling],
        "doubted": machine.doubted,
        "recent": machine.recent,
    }


def _load_machine(stored: Mapping[str, Any]) -> Machine:
    return Machine(
        seen_at=_instant(stored["seen_at"]),
        good_at=_maybe(stored["good_at"]),
        value=stored["value"],
        level=Level(stored["level"]),
        opened_at=_maybe(stored["opened_at"]),
        changed_at=_maybe(stored["changed_at"]),
        peak=stored["peak"],
        lost=stored["lost"],
        rising=[_load_timer(timer) for timer in stored["rising"]],
        falling=[_load_timer(timer) for timer in stored["falling"]],
        doubted=stored.get("doubted", False),
        recent=stored.get("recent", ""),
    )


def _dump_timer(timer: Timer | None) -> list[float] | None:
    return None if timer is None else [timer.covered.total_seconds(), timer.samples]


def _load_timer(stored: list[float] | None) -> Timer | None:
    return None if stored is None else Timer(timedelta(seconds=stored[0]), int(stored[1]))


def _dump_flapping(flapping: Flapping | None) -> dict[str, Any] | None:
    if flapping is None:
        return None
    return {
        "since": flapping.since.isoformat(),
        "told_at": flapping.told_at.isoformat(),
        "held": flapping.held,
        "head": flapping.head,
    }


def _load_flapping(stored: Mapping[str, Any] | None) -> Flapping | None:
    if stored is None:
        return None
    since, told_at = _instant(stored["since"]), _instant(stored["told_at"])
    return Flapping(since=since, told_at=told_at, held=stored["held"], head=stored["head"])


def dump_episode(episode: Episode) -> dict[str, Any]:
    """An episode as JSON."""
    return {
        "number": episode.number,
        "seq": episode.seq,
        "level": int(episode.level),
        "highest": int(episode.highest),
        "stale": episode.stale,
        "recovering": episode.recovering,
        "opened_at": episode.opened_at.isoformat(),
        "detected_at": episode.detected_at.isoformat(),
        "value": episode.value,
        "peak": episode.peak,
        "closed_at": _text(episode.closed_at),
        "outcome": episode.outcome,
        "unconfirmed": episode.unconfirmed,
    }


def load_episode(stored: Mapping[str, Any]) -> Episode:
    """The episode ``dump_episode`` wrote."""
    return Episode(
        number=stored["number"],
        seq=stored["seq"],
        level=Level(stored["level"]),
        highest=Level(stored["highest"]),
        stale=stored["stale"],
        recovering=stored["recovering"],
        opened_at=_instant(stored["opened_at"]),
        detected_at=_instant(stored["detected_at"]),
        value=stored["value"],
        peak=stored["peak"],
        closed_at=_maybe(stored.get("closed_at")),
        outcome=stored.get("outcome"),
        unconfirmed=stored.get("unconfirmed", False),
    )


def _text(at: datetime | None) -> str | None:
    return None if at is None else at.isoformat()


def _maybe(text: str | None) -> datetime | None:
    return None if text is None else _instant(text)


def _instant(text: str) -> datetime:
    return datetime.fromisoformat(text)
