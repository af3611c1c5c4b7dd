"""The shapes of the console's reading interface; pure, so that what staff sees can be tested without a server.

Times are RFC 3339 with offset, values in the quantity's unit, levels by their slug.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from config.model import Site
from config.rule_plan import Rule, RuleKind
from core.levels import Level
from core.model import Quality
from core.quantities import QUANTITIES
from core.times import format_rfc3339
from store.alert_rows import EpisodeRow, TransitionRow
from store.console import EpisodeFacts, ToldRow
from store.escalations import EscalationTimer
from store.rows import Sample
from store.silences import Silence
from web.features import Shapes, finite

Json = dict[str, Any]

TREND_WINDOW = timedelta(minutes=20)
_OVER = ("resolved", "closed")
_STEADY_STEPS = 2
"""So many of the last decimals a value may move and still be called steady."""


def trend_of(samples: Sequence[Sample], decimals: int) -> Json | None:
    """Where good values have been going: ``direction``, by how much, over how many minutes. None where one cannot tell.

    ``samples`` are in order of event time and already those of the window. Suspect values say nothing of a trend.
    """
    good = [(one.at, one.value) for one in samples if one.quality is Quality.GOOD and one.value is not None]
    if len(good) < 2:
        return None
    (began, first), (ended, last) = good[0], good[-1]
    change = last - first
    steady = abs(change) < _STEADY_STEPS * 10.0**-decimals
    direction = "steady" if steady else "rising" if change > 0 else "falling"
    return {
        "direction": direction,
        "change": round(change, decimals),
        "minutes": max(1, round((ended - began).total_seconds() / 60)),
    }


def as_known(row: EpisodeRow, steps: Iterable[TransitionRow], at: datetime) -> EpisodeRow | None:
    """The episode as it was known at ``at``: only what had been detected by then. None where nothing had."""
    known = [step for step in steps if step.detected_at <= at]
    if not known:
        return None
    last = known[-1]
    over = next((step for step in known if step.kind in _OVER), None)
    moves = [step for step in known if step.to_level is not None and step.kind not in _OVER]
    values = [step.value for step in known if step.value is not None]
    far = values[-1] if row.peak is None and values else row.peak or 0.0  # whichever way the rule looks
    silent = [step.kind for step in known if step.kind in ("data_lost", "data_back")]
    return replace(
        row,
        level=(moves[-1].to_level if moves else None) or row.level,
        stale=over is None and bool(silent) and silent[-1] == "data_lost",
        recovering=False,
        value=values[-1] if values else None,
        peak=min(values, key=lambda value: abs(value - far)) if values else None,
        closed_at=over.at if over else None,
        outcome=last.kind if over else None,
    )


def places_of(target: str) -> tuple[list[str], str]:
    """The stations a target is about, the one it is shown at first (a pair or a group has several), and the quantity."""
    places, _, measured = target.partition("/")
    return places.split("+"), measured


class EpisodeShapes:
    """Turns episodes into what the console shows of them; knows the site, holds no state."""

    def __init__(self, site: Site, shapes: Shapes) -> None:
        self._shapes = shapes
        self._site = site
        self._rules: dict[str, Rule] = {rule.id: rule for rule in site.rules}
        self._audiences = {audience.id: audience for audience in site.people.audiences}
        self._chains = {chain.id: chain for chain in site.people.escalations}
        self._channels = {channel.id: channel.kind for channel in site.channels}

    def episode(
        self,
        row: EpisodeRow,
        facts: EpisodeFacts | None,
        told: Sequence[ToldRow] = (),
        *,
        present: Json | None = None,
        trend: Json | None = None,
    ) -> Json:
        """One episode as a card: what, where, how high, since when, how sure, who was told.

        ``value`` and ``peak`` are what the rule compares, in ``signal_unit``; they are the measured value only where ``kind`` is
        ``level``. ``present`` is what the place measures now, as stations tell it (None where it measures nothing, or in looking back).
        """
        places, measured = places_of(row.target)
        rule = self._rules.get(row.rule)
        episode = self._shapes.episode(row)
        return {
            **episode,
            "place": self._shapes.place(places[0]),
            "others": [about for place in places[1:] if (about := self._shapes.place(place)) is not None],
            "detected_at": format_rfc3339(row.detected_at),
            "closed_at": episode.get("closed_at"),
            "outcome": row.outcome,
            "decimals": QUANTITIES[measured].decimals if measured in QUANTITIES else 1,
            "peak": finite(row.peak),
            "highest": max(row.level, facts.highest if facts else row.level).slug,
            "present": present,
            "trend": trend,
            "kind": rule.kind.value if rule else RuleKind.LEVEL.value,
            "signal_unit": rule.unit if rule else episode["unit"],
            "falling": bool(rule and rule.direction == "falling"),
            "forecast": bool(rule and rule.kind is RuleKind.FORECAST),
            "health": bool(facts and facts.health) or bool(rule and rule.rule_class.value == "health"),
            "unconfirmed": bool(facts and facts.unconfirmed),
            "proposes": self._proposal(rule, row),
            "shadow": row.shadow,
            "told": [self.told(one) for one in told],
        }

    def told(self, row: ToldRow) -> Json:
        """Who was told over what, and whether it got there."""
        return {
            "audience": row.audience,
            **self.audience(row.audience),
            "channel": row.channel,
            "channel_kind": self._channels.get(row.channel, ""),
            "resident": row.resident,
            "queued": row.queued,
            "delivered": row.delivered,
            "dead": row.dead,
            "last_at": format_rfc3339(row.last_at),
        }

    def audience(self, id_: str) -> Json:
        """The names of an audience; its id where the site names it no more."""
        known = self._audiences.get(id_)
        return {"audience_ja": known.name_ja if known else id_, "audience_en": known.name_en if known else id_}

    def call(self, timer: EscalationTimer) -> Json:
        """The next call for an episode: when, and who; the ids of the site's files where they name it no more."""
        chain = self._chains.get(timer.escalation)
        step = chain.steps[timer.step] if chain and timer.step < len(chain.steps) else None
        return {
            "due_at": format_rfc3339(timer.due_at),
            **self.audience(step.audience if step else timer.escalation),
            "called": timer.called,
            "loop": timer.loop,
        }

    def channel_kind(self, id_: str) -> str:
        """What kind of channel it is; empty where the site has it no more."""
        return self._channels.get(id_, "")

    def _proposal(self, rule: Rule | None, row: EpisodeRow) -> Json | None:
        """The 警戒レベル the rung an open episode stands on proposes to a person; None for all but rivers."""
        if rule is None or row.closed_at is not None or row.level is Level.NORMAL:
            return None
        rung = next((rung for rung in rule.levels if rung.level is row.level), None)
        places, measured = places_of(row.target)
        place = self._shapes.place(places[0])
        if rung is None or rung.proposes is None or place is None or place["kind"] != "river":
            return None
        stream = next((one for one in self._site.datastreams if one.key == f"{places[0]}/{measured}"), None)
        own = rung.raise_at is None and stream is not None
        height = getattr(stream.thresholds, row.level.slug, None) if own and stream else rung.raise_at
        return {
            "level": rung.proposes,
            "gauge": place["name"],
            "gauge_en": place["name_en"],
            "threshold": height,
            "source": stream.threshold_source if stream else "",
        }


def silence_of(card: Mapping[str, Any], silences: Iterable[Silence]) -> Json | None:
    """The silence that keeps an episode from being told, the one that lasts longest; None where it is told."""
    kind = card["place"]["kind"] if card["place"] else ""
    found = [
        one
        for one in silences
        if (not one.rules or card["rule"] in one.rules)
        and (not one.stations or card["station"] in one.stations)  # of a pair or a group the first
        and (not one.kinds or kind in one.kinds)
        and card["level"] in {level.slug for level in one.levels}
    ]
    if not found:
        return None
    longest = max(found, key=lambda one: one.over_at)
    return {
        "id": str(longest.id),
        "until": format_rfc3339(longest.over_at),
        "who": longest.author,
        "reason": longest.reason,
    }


def gravest_first(episodes: Iterable[Json]) -> list[Json]:
    """Open before over; of the open ones the gravest, then those nobody answers for, then the newest."""
    rank = {level.slug: int(level) for level in Level}

    def order(one: Mapping[str, Any]) -> tuple[Any, ...]:
        over = one["closed_at"] is not None
        when = one["closed_at"] if over else one["opened_at"]
        newest = -datetime.fromisoformat(when).timestamp()
        return (over, 0 if over else -rank[one["level"]], bool(one.get("ack")), newest, one["id"])

    return sorted(episodes, key=order)


def counts_of(episodes: Iterable[Json]) -> dict[str, int]:
    """How many open episodes there are of each level that warns, how many without data, how many nobody answers for."""
    running = [one for one in episodes if one["closed_at"] is None]
    return {
        **{
            level.slug: sum(one["level"] == level.slug for one in running)
            for level in (Level.DANGER, Level.WARNING, Level.CAUTION, Level.STANDBY)
        },
        "stale": sum(one["stale"] for one in running),
        "unanswered": sum(not one.get("ack") and one["level"] in ("danger", "warning") for one in running),
    }
