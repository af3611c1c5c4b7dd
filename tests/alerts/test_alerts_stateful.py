"""The invariants of alerts under anything that can happen to an instance of any kind, in any order."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from alerts.evaluator import RETRO_LIMIT, close, close_by_hand
from alerts.flapping import notices
from alerts.looking import look, needed_from
from alerts.state import dump, load
from alerts.targets import instances_of
from alerts.telling import Cause
from config.model import Limits, Privacy, Site
from config.rule_plan import Confirmation, Rule, RuleKind, RuleLevel
from core.levels import Level
from core.model import (
    Bounds,
    Datastream,
    DeviceId,
    Position,
    Quality,
    QualityReason,
    Station,
    StationId,
    StationKind,
    Thresholds,
)
from store.rows import Sample
from tests.examples import examples

T0 = datetime(2026, 1, 10, 3, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
PLACES = ("upper", "lower", "third")
FOLDER = Path("town")


def _site(rules):
    stations = [
        Station(id=StationId(name), kind=StationKind.RIVER, name_ja=name, name_en=name, position=Position(136.2, 36.0))
        for name in PLACES
    ]
    streams = [
        Datastream(
            station=StationId(name),
            quantity="water_level",
            device=DeviceId(f"d-{name}"),
            expected_interval=10 * MINUTE,
            stale_after=30 * MINUTE,
            range_min=-5.0,
            range_max=20.0,
            thresholds=Thresholds(caution=1.5, warning=1.8, danger=2.0 + place / 4),
        )
        for place, name in enumerate(PLACES)
    ]
    return Site(
        folder=FOLDER, id="town", code="00000", name_ja="架空町", name_en="Kaku", time_zone="Asia/Tokyo",
        bounds=Bounds(136, 35, 137, 37), plane_epsg=6674, zoom=10, notice_ja="", notice_en="", contact_ja="",
        contact_en="", sources=(), limits=Limits(), privacy=Privacy(), stations=tuple(stations),
        datastreams=tuple(streams), vehicles=(), rules=tuple(rules),
    )  # fmt: skip


def _level(level, raise_at, margin, hold=0, clear_hold=0):
    return RuleLevel(
        level=level, raise_at=raise_at, clear_margin=margin, hold=hold * MINUTE, clear_hold=clear_hold * MINUTE
    )


def _rule(kind, *levels, **changes):
    facts = {
        "id": kind.value, "title_ja": "規則", "title_en": "Rule", "quantity": "water_level", "unit": "m",
        "direction": "rising", "stations": frozenset(), "levels": levels, "min_samples": 2, "max_gap": None,
        "version": "1", "kind": kind,
    }  # fmt: skip
    return Rule(**(facts | changes))


OWN = (
    _level(Level.CAUTION, None, 0.1, 0, 10),
    _level(Level.WARNING, None, 0.1, 10, 0),
    _level(Level.DANGER, None, 0.1),
)
RULES = {
    "level": _rule(RuleKind.LEVEL, *OWN),
    "low": _rule(RuleKind.LEVEL, _level(Level.CAUTION, 1.0, 0.2), _level(Level.DANGER, 0.5, 0.1), direction="falling"),
    "suspects": _rule(RuleKind.LEVEL, *OWN, suspects=True),
    "rate": _rule(RuleKind.RATE, _level(Level.CAUTION, 0.5, 0.2), _level(Level.WARNING, 1.0, 0.2), unit="m/h", window=HOUR),
    "forecast": _rule(
        RuleKind.FORECAST, _level(Level.CAUTION, 60, 20), _level(Level.WARNING, 30, 10),
        unit="min", window=HOUR, horizon=80 * MINUTE, toward=Level.DANGER,
    ),
    "snowfall": _rule(RuleKind.SNOWFALL, _level(Level.CAUTION, 0.5, 0.2), window=HOUR),
    "blockage": _rule(
        RuleKind.BLOCKAGE, _level(Level.WARNING, 0.3, 0.1), window=HOUR, pairs=((StationId("upper"), StationId("lower")),)
    ),
    "missing": _rule(RuleKind.MISSING, _level(Level.CAUTION, 0.0, 0.0), _level(Level.WARNING, 60.0, 0.0), unit="min"),
    "group": _rule(RuleKind.LEVEL, *OWN, confirmation=Confirmation(needed=2, within=30 * MINUTE)),
}  # fmt: skip

values = st.sampled_from([0.4, 0.9, 1.0, 1.3, 1.45, 1.5, 1.7, 1.8, 1.95, 2.0, 2.3, 3.0])
qualities = st.sampled_from([Quality.GOOD] * 7 + [Quality.SUSPECT, Quality.FAIL, Quality.MISSING])


class Alerting(RuleBasedStateMachine):
    """One instance: samples in order, late, twice and not at all; time; errors; restarts; rules that change; people."""

    @initialize(kind=st.sampled_from(sorted(RULES)), place=st.integers(0, 2))
    def begin(self, kind, place):
        self.now = T0
        self.rule = self.first = RULES[kind]
        self.place = place
        self.stored = {f"{name}/water_level": {} for name in PLACES}
        self.state = None
        self.open = {}
        self.ended = {}
        self.seqs = {}
        self.evidence_at = None
        self.target = self._target()

    def _target(self):
        found = instances_of(_site([self.rule]))
        return found[min(self.place, len(found) - 1)]

    def _look(self, earliest=None, *, judge_silence=True, may_resolve=True):
        since = needed_from(self.target, self.state, earliest, self.now)
        raw = {
            stream.key: [known[at] for at in sorted(known) if at > since]
            for stream in self.target.streams
            for known in [self.stored[stream.key]]
        }
        before = None if self.state is None else json.dumps(dump(self.state))
        looked = look(self.target, self.state, raw, self.now, earliest=earliest, judge_silence=judge_silence)
        assert before is None or before == json.dumps(dump(self.state)), "look changed its argument"
        self._take(looked.state, looked.told, may_resolve=may_resolve)

    def _take(self, state, told, *, may_resolve):
        told_state, rows = notices(self.target, self.state, state, told, self.now)
        assert len({(row.episode, row.seq) for row in rows}) == len(rows)
        self.state = told_state
        for item in told:
            self._replay(item, may_resolve=may_resolve)
        # In between a run that is over may be told beside the one that goes on.
        assert len(self.open) <= 1

    def _replay(self, item, *, may_resolve):
        number = item.episode.number
        assert number not in self.ended, "told after its end"
        assert item.episode.seq == self.seqs.get(number, 0) + 1
        self.seqs[number] = item.episode.seq
        if item.kind == "fired":
            assert number not in self.open
            assert item.to_level > Level.NORMAL
            self.open[number] = item.to_level
        elif item.kind in ("resolved", "closed"):
            assert item.kind != "resolved" or may_resolve, "resolved without evidence"
            assert self.open.pop(number) == item.from_level
            self.ended[number] = item.kind
        else:
            assert self.open[number] == item.from_level
            self.open[number] = item.to_level

    @rule(minutes=st.integers(1, 20), value=values, quality=qualities, station=st.integers(0, 2))
    def arrive(self, minutes, value, quality, station):
        """The next sample of a gauge, in time."""
        self.now += minutes * MINUTE
        self._store(station, self.now, value, quality)

    @rule(back=st.integers(1, 600), value=values, quality=qualities, station=st.integers(0, 2))
    def arrive_late(self, back, value, quality, station):
        """A sample of a while ago."""
        self._store(station, self.now - back * MINUTE, value, quality)

    @rule(readings=st.lists(st.tuples(st.integers(-90, 0), values), min_size=2, max_size=8), station=st.integers(0, 2))
    def backlog(self, readings, station):
        """Several at once, while silence is not judged."""
        key = f"{PLACES[station]}/water_level"
        fresh = []
        for minute, value in readings:
            at = self.now + minute * MINUTE
            if at not in self.stored[key]:
                self.stored[key][at] = Sample(at, value, Quality.GOOD, self.now)
                fresh.append(at)
        if fresh and key in {stream.key for stream in self.target.streams}:
            self._look(min(fresh), judge_silence=False)

    @rule(values=st.lists(values, min_size=4, max_size=8), station=st.integers(0, 2))
    def run_on(self, values, station):
        """A gauge that reports each ten minutes for a while."""
        for value in values:
            self.now += 10 * MINUTE
            self._store(station, self.now, value, Quality.GOOD)

    @rule(station=st.integers(0, 2), place=st.integers(0, 50))
    def arrive_again(self, station, place):
        """A duplicate: nothing is stored, and looking again tells nothing that was not so before."""
        # Where nothing has been seen yet, samples count that are older than what is read at first.
        known = [at for at in self.stored[f"{PLACES[station]}/water_level"] if at > self.now - RETRO_LIMIT]
        if not known or f"{PLACES[station]}/water_level" not in {stream.key for stream in self.target.streams}:
            return
        before = len(self.seqs), dict(self.seqs)
        self._look()
        level = self.state.episode.level if self.state.episode else Level.NORMAL
        self._look(sorted(known)[place % len(known)])
        assert (self.state.episode.level if self.state.episode else Level.NORMAL) == level
        assert before[0] <= len(self.seqs)

    @rule(minutes=st.integers(1, 3000))
    def wait(self, minutes):
        """Time passes, and nothing comes: nothing is ever resolved by that."""
        self.now += minutes * MINUTE
        self._look(may_resolve=False)

    @rule(minutes=st.integers(1, 200))
    def wait_unjudged(self, minutes):
        self.now += minutes * MINUTE
        self._look(judge_silence=False, may_resolve=False)

    @rule()
    def restart(self):
        """The process is gone; another begins with what is stored."""
        if self.state is not None:
            again = load(json.loads(json.dumps(dump(self.state))))
            assert again == self.state
            self.state = again

    @rule(by=st.sampled_from([-0.2, -0.1, 0.1, 0.3]), hold=st.integers(0, 30))
    def change_rule(self, by, hold):
        """Other thresholds and another hold: what no longer holds is closed, never resolved."""
        levels = tuple(
            replace(
                level,
                raise_at=None if level.raise_at is None else max(level.raise_at * (1 + by), 0.0),
                hold=level.hold + hold * MINUTE,
            )
            for level in self.first.levels
        )
        if len({level.raise_at for level in levels}) < len(levels) and levels[0].raise_at is not None:
            return
        self.rule = replace(self.rule, levels=levels)
        self.target = self._target()
        self._look(may_resolve=False)

    @rule()
    def remove_and_bring_back(self):
        """The rule is taken away and comes back: the end is no all-clear, and what comes after is a new episode."""
        if self.state is None:
            return
        state, told = close(self.state, self.now, Cause.RULE_REMOVED)
        self._take(state, told, may_resolve=False)
        assert self.open == {}
        self._look(may_resolve=False)

    @rule()
    def close_by_hand(self):
        """Staff end an episode whose data are lost."""
        if self.state is None or self.state.episode is None or not self.state.episode.stale:
            return
        state, told = close_by_hand(self.state, self.target.ladder, self.now)
        assert [item.kind for item in told] == ["closed"]
        self._take(state, told, may_resolve=False)

    def _store(self, station, at, value, quality):
        key = f"{PLACES[station]}/water_level"
        if at in self.stored[key]:
            return
        reasons = QualityReason.WINTER if quality is Quality.SUSPECT and value in (1.0, 2.0) else QualityReason.NONE
        value = None if quality is Quality.MISSING else value
        self.stored[key][at] = Sample(at, value, quality, self.now, reasons)
        if key not in {stream.key for stream in self.target.streams}:
            return
        # What is not good is no evidence of calm; a group, a pair and a window may learn of calm by what was there before.
        one = self.target.rule.kind is RuleKind.LEVEL and not self.target.also and not self.target.rule.suspects
        newest = at >= max(self.stored[key])
        self._look(at, may_resolve=quality is Quality.GOOD or not (one and newest))

    @invariant()
    def one_episode_at_the_level_told_last(self):
        if getattr(self, "state", None) is None:
            return
        episode = self.state.episode
        assert list(self.open.values()) == ([episode.level] if episode else [])
        if episode is not None:
            assert list(self.open) == [episode.number]
            assert self.seqs[episode.number] == episode.seq

    @invariant()
    def what_is_open_has_ended_or_is_the_present_one(self):
        if getattr(self, "seqs", None):
            assert set(self.seqs) == set(self.ended) | set(self.open)


TestAlerting = Alerting.TestCase
TestAlerting.settings = settings(
    max_examples=examples(150), stateful_step_count=30, deadline=None, derandomize=True, print_blob=False
)
