"""Shadow, draft and broken rules; alerts that come and go; episodes closed by hand; two evaluators; who listens."""

from dataclasses import replace
from datetime import timedelta
from typing import NamedTuple

import pytest

from alerts.flapping import notices, share_of_changes
from alerts.listening import Listening
from alerts.looking import look
from alerts.rounds import Evaluator
from alerts.state import Flapping
from alerts.targets import instances_of
from config.rule_plan import RuleKind, RuleState
from core.errors import StoreError
from core.levels import Level
from store.watching import ProcessState

pytestmark = pytest.mark.db

RIVER = "harame/water_level"
CHANNEL = "asahi/channel_level"
FLOOD = [(0, 1.0), (10, 1.3), (20, 2.1), (30, 1.9), (40, 1.0)]
MINUTE = timedelta(minutes=1)


class _Telling(NamedTuple):
    rule: str
    kind: str
    level: int
    health: bool
    body: dict


def _tellings(place):
    """Everything the evaluator wanted told, told already or not, in order."""
    with place.store._pool.connection() as connection:
        rows = connection.execute("select rule, kind, level, health, body from telling order by queued_at, at, seq")
        return [_Telling(*row) for row in rows]


def _failing(monkeypatch, fails):
    def sometimes(target, *args, **kwargs):
        if target.rule.id in fails:
            raise ZeroDivisionError("nothing to divide by")
        return look(target, *args, **kwargs)

    monkeypatch.setattr("alerts.rounds.look", sometimes)


def test_a_draft_is_not_evaluated(town, site, river_rule):
    place = town(site([replace(river_rule, state=RuleState.DRAFT)]))
    place.play(RIVER, FLOOD)
    assert place.episodes == []
    assert place.store.instances(place.registry.site) == []


def test_a_shadow_rule_is_logged_and_tells_nobody(town, site, river_rule, hook, t0):
    place = town(site([replace(river_rule, state=RuleState.SHADOW)], [hook()]))
    place.play(RIVER, FLOOD)
    assert (place.episodes, _tellings(place), place.outbox) == ([], [], [])
    (episode,) = place.store.shadow_episodes(place.registry.site, t0)
    assert (episode.shadow, episode.outcome, episode.peak) == (True, "resolved", 2.1)
    kinds = [step.kind for step in place.store.transitions([episode.id])]
    assert kinds == ["fired", "raised", "lowered", "resolved"]


def test_going_active_begins_afresh(town, site, river_rule, hook, t0):
    """The shadow's episode ends with it; what is true now is told as the first thing of the active rule."""
    shadow, active = site([replace(river_rule, state=RuleState.SHADOW)], [hook()]), site([river_rule], [hook()])
    place = town(shadow)
    place.play(RIVER, FLOOD[:2])
    place.restart(active)
    place.round(11)
    assert [episode.outcome for episode in place.store.shadow_episodes(place.registry.site, t0)] == ["closed"]
    (episode,) = place.episodes
    assert (episode.shadow, episode.outcome, episode.level) == (False, None, Level.STANDBY)
    place.restart(shadow)
    place.round(12)
    assert place.episodes[0].outcome == "closed"
    assert [row.closed_at for row in place.store.shadow_episodes(place.registry.site, t0)].count(None) == 1


def test_a_rule_that_cannot_be_evaluated_is_told_after_three_failures(town, site, river_rule, monkeypatch):
    """Its episode stays open as it was; that it works again is told, and nothing was resolved by the error."""
    place = town(site([river_rule]))
    place.play(RIVER, FLOOD[:2])
    fails = ["river"]
    _failing(monkeypatch, fails)
    place.measure(RIVER, 20, 1.0)
    for minute in (20, 21):
        assert place.round(minute).broken == 1
    assert [row.kind for row in _tellings(place)] == ["fired"]
    place.restart()  # a restart does not begin to count anew
    place.round(22)
    (broken,) = [row for row in _tellings(place) if row.kind == "rule_broken"]
    assert (broken.health, broken.level, broken.body["rule"]["class"]) == (True, Level.WARNING, "health")
    assert "ZeroDivisionError" in broken.body["text_ja"]
    assert "解消ではありません" in broken.body["text_ja"]
    for minute in range(23, 40):
        place.round(minute)
    assert [row.kind for row in _tellings(place)].count("rule_broken") == 1
    assert {episode.rule: episode.closed_at for episode in place.episodes} == {"river": None, "system/evaluation": None}
    fails.clear()
    place.restart()
    place.round(40)
    assert [row.kind for row in _tellings(place)][-2:] == ["rule_ok", "resolved"] or {
        row.kind for row in _tellings(place)
    } >= {"rule_ok", "resolved"}
    assert {episode.outcome for episode in place.episodes} == {"resolved"}
    assert place.store.instances(place.registry.site)[0].trouble is None


def test_a_rule_that_is_removed_while_broken_ends_its_trouble(town, site, river_rule, monkeypatch):
    place = town(site([river_rule]))
    _failing(monkeypatch, ["river"])
    place.measure(RIVER, 0, 1.0)
    for minute in range(4):
        place.round(minute)
    assert [episode.rule for episode in place.episodes] == ["system/evaluation"]
    place.restart(site([]))
    place.round(5)
    assert [episode.outcome for episode in place.episodes] == ["closed"]


@pytest.mark.parametrize(
    ("recent", "share"), [("0" * 21, 0.0), ("01" * 10 + "0", 1.0), ("1", 0.0), ("0" * 20 + "1", 0.0625), ("10", 0.0625)]
)
def test_the_share_of_changes_is_that_of_nagios(recent, share):
    assert share_of_changes(recent) == pytest.approx(share)


def _comes_and_goes(changes, *, newest):
    """21 evaluations of which so many, the newest or the oldest, changed the state."""
    turns = "".join("02"[place % 2] for place in range(changes + 1))
    calm = (turns[0] if newest else turns[-1]) * (20 - changes)
    return calm + turns if newest else turns + calm


@pytest.mark.parametrize(
    ("recent", "before", "after"),
    [
        (_comes_and_goes(8, newest=True), False, False),  # 46 %
        (_comes_and_goes(9, newest=True), False, True),  # 52 %
        (_comes_and_goes(7, newest=False), True, True),  # 29 %
        (_comes_and_goes(6, newest=False), True, False),  # 24.5 %
    ],
)
def test_it_begins_at_half_and_ends_below_a_quarter(site, rule, level, sample, t0, recent, before, after):
    assert len(recent) == 21
    (target,) = instances_of(site([rule(level())]))
    looked = look(target, None, {CHANNEL: [sample(0, 90)]}, t0, earliest=t0)
    flapping = Flapping(since=t0, told_at=t0) if before else None
    state = replace(looked.state, flapping=flapping, machine=replace(looked.state.machine, recent=recent))
    found, _ = notices(target, state, state, looked.told, t0 + MINUTE)
    assert (found.flapping is not None) == after


def test_an_alert_that_comes_and_goes_is_told_together(town, site, rule, level):
    """One notice, then a digest each half hour; danger at once; every change is stored."""
    place = town(site([rule(level(Level.CAUTION, 80, 10), level(Level.DANGER, 200, 10))]))
    place.play(CHANNEL, [(minute, 90 if minute % 2 else 60) for minute in range(60)])
    kinds = [row.kind for row in _tellings(place)]
    assert kinds.count("flapping") == 1
    assert 1 <= kinds.count("digest") <= 2
    assert len(kinds) < 20
    stored = place.store.transitions([episode.id for episode in place.episodes])
    assert len(stored) == 59 - 0
    digest = next(row for row in _tellings(place) if row.kind == "digest")
    assert "まとめ" in digest.body["text_ja"]
    place.restart()
    place.play(CHANNEL, [(60, 250)])
    assert _tellings(place)[-1].level == Level.DANGER
    place.play(CHANNEL, [(minute, 60) for minute in range(61, 85)])
    assert place.store.instances(place.registry.site)[0].state["flapping"] is None
    assert _tellings(place)[-1].body["status"] == "resolved"


def test_a_digest_comes_although_nothing_more_happens(town, site, rule, level):
    place = town(site([rule(level(Level.CAUTION, 80, 10))]))
    place.play(CHANNEL, [(minute, 90 if minute % 2 else 60) for minute in range(20)])
    before = [row.kind for row in _tellings(place)]
    assert "flapping" in before
    for minute in range(20, 60):
        place.round(minute)
    assert [row.kind for row in _tellings(place)][len(before) :].count("digest") == 1


def test_people_end_an_episode_whose_data_are_lost(town, site, river_rule):
    """Closed, not resolved; with fresh data it ends by evidence alone; water that is still high is a new episode."""
    place = town(site([river_rule]))
    place.play(RIVER, FLOOD[:2])
    site_no, answers = place.registry.site, place.store.acknowledgements
    (episode,) = place.episodes
    assert answers.wish_closed(site_no, episode.id, "係", place.now, "水位計を交換します") == "fresh"
    for minute in range(11, 60):
        place.round(minute)
    assert answers.wish_closed(site_no, episode.id, "係", place.now, "水位計を交換します") == "taken"
    place.round(60)
    assert place.episodes[0].outcome == "closed"
    assert [wish.outcome for wish in answers.wishes_of(site_no, episode.id)] == ["closed"]
    assert _tellings(place)[-1].body["cause"] == "by-hand"
    assert "値が下がったことを示すものではありません" in _tellings(place)[-1].body["text_ja"]
    place.play(RIVER, [(70, 1.4)])
    assert [one.outcome for one in place.episodes].count(None) == 1
    assert len({one.id for one in place.episodes}) == 2


def test_an_evaluator_that_was_replaced_writes_nothing(town, site, river_rule, store):
    """Two at work by mistake: the older one's number is refused, with all it wanted to write."""
    place = town(site([river_rule]))
    lock = store.evaluator_lock(place.registry.site)
    with lock:
        older = lock.number
    with lock:
        newer = lock.number
    assert newer == older + 1
    place.evaluator = Evaluator(place.site, store, place.registry, started_at=place.now, fence=lambda: older)
    place.measure(RIVER, 0, 2.5)
    with pytest.raises(StoreError, match="another evaluator"):
        place.round(0)
    assert (place.episodes, store.instances(place.registry.site)) == ([], [])
    place.evaluator = Evaluator(place.site, store, place.registry, started_at=place.now, fence=lambda: newer)
    place.round(1)
    assert place.kinds == ["fired"]


def _collector(at, mode="direct", *, connected=True):
    return ProcessState("collect", "1", at, {"mode": mode, "connected": connected})


def test_silence_is_judged_only_while_somebody_listens(t0):
    listening = Listening(t0 - timedelta(hours=1))
    assert listening.long_enough(10 * MINUTE, t0)
    listening.note([], t0)
    assert listening.long_enough(10 * MINUTE, t0)
    for word in (_collector(t0 - 5 * MINUTE), _collector(t0, connected=False), _collector(t0, "spooling")):
        listening.note([word], t0)
        assert not listening.long_enough(10 * MINUTE, t0 + timedelta(days=1))
    listening.note([_collector(t0), _collector(t0 - timedelta(days=1))], t0)
    assert not listening.long_enough(10 * MINUTE, t0 + 19 * MINUTE)
    assert listening.long_enough(10 * MINUTE, t0 + 20 * MINUTE)
    assert listening.long_enough(timedelta(seconds=1), t0 + 2 * MINUTE)


def test_no_data_are_lost_while_the_collector_is_away(town, site, river_rule):
    place = town(site([river_rule]))
    place.play(RIVER, FLOOD[:2])
    place.store.watching.beat(place.registry.site, "collect", "1", place.now, {"mode": "direct", "connected": True})
    for minute in range(11, 90):
        place.round(minute)
    assert place.kinds == ["fired"]
    for minute in range(90, 120):
        place.store.watching.beat(
            place.registry.site, "collect", "1", place.now + MINUTE, {"mode": "direct", "connected": True}
        )
        place.round(minute)
    assert place.kinds == ["fired", "data_lost"]


def test_every_kind_of_rule_goes_through_the_store(town, site, river_rule, rule, level):
    """A river that rises: level, rate and forecast each have their episode; the forecast ends with the height itself."""
    own = {"quantity": "water_level", "max_gap": 30 * MINUTE, "window": timedelta(hours=1)}
    rate = rule(level(Level.WARNING, 0.5, 0.3), id="rate", kind=RuleKind.RATE, unit="m/h", **own)
    forecast = rule(
        level(Level.CAUTION, 60, 20), id="forecast", kind=RuleKind.FORECAST, unit="min",
        horizon=80 * MINUTE, toward=Level.DANGER, **own,
    )  # fmt: skip
    silent = rule(
        level(Level.CAUTION, 0.0, 0.0), id="silent", kind=RuleKind.MISSING, unit="min", quantity="water_level"
    )
    place = town(site([river_rule, rate, forecast, silent]))
    place.play(RIVER, [(10 * step, 1.0 + 0.1 * step) for step in range(12)])
    for minute in range(111, 150):
        place.round(minute)
    outcomes = {episode.rule: episode.outcome for episode in place.episodes}
    assert outcomes == {"river": None, "rate": None, "forecast": "closed", "silent": None}
    tellings = {row.rule: row for row in _tellings(place)}
    assert {rule: row.health for rule, row in tellings.items()} == {
        "river": False, "rate": False, "forecast": False, "silent": True,
    }  # fmt: skip
    facts = tellings["rate"].body
    assert (facts["rule"]["kind"], facts["rule"]["class"], facts["hazard"]) == ("rate", "measurement", "river")
    before = len(_tellings(place))
    place.restart()
    place.round(151)
    assert len(_tellings(place)) == before
    place.play(RIVER, [(152, 2.2)])
    assert {episode.rule: episode.outcome for episode in place.episodes}["silent"] == "resolved"


def test_a_pair_that_is_no_longer_watched_is_closed_under_its_own_name(town, site, rule, level, stream):
    """What stands in for it keeps its target, and tells of the first of its stations."""
    ends = tuple(stream(station=place) for place in ("asahi", "harame"))
    pair = rule(
        level(Level.WARNING, 10, 6), id="blocked", kind=RuleKind.BLOCKAGE, window=30 * MINUTE, pairs=(("asahi", "harame"),)
    )  # fmt: skip
    place = town(site([pair], streams=ends))
    for minute in range(0, 30, 3):
        place.measure("asahi/channel_level", minute, 50 + max(0, minute - 9))
        place.measure("harame/channel_level", minute, 50 - max(0, minute - 9))
    place.round(30)
    assert [(episode.target, episode.outcome) for episode in place.episodes] == [("asahi+harame/channel_level", None)]
    place.restart(site([], streams=ends))
    place.round(31)
    assert [(episode.target, episode.outcome) for episode in place.episodes] == [
        ("asahi+harame/channel_level", "closed")
    ]
    assert [row.target for row in place.store.instances(place.registry.site)] == ["asahi+harame/channel_level"]
    assert _tellings(place)[-1].body["station"]["name_ja"] == "旭町"
