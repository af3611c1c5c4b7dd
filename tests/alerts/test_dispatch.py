"""What is decided of what has to be told: the pure function, played with a memory of its own."""

from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alerts.dispatch_matters import matters_of
from alerts.dispatch_plan import plan
from alerts.inhibition import inhibited
from config.model import ChannelConfig
from config.people_plan import Audience, People
from config.rule_plan import RuleKind, ScheduleWindow
from core.levels import Level
from core.model import StationId, StationKind
from store.alert_rows import TellingRow
from store.dispatching import Standing
from store.silences import Silence
from store.watching import Incident
from tests.examples import examples

NOON = datetime(2026, 1, 12, 3, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
AT_ONCE = People(group_wait=timedelta(0), group_interval=timedelta(0))


def channel(name="hook", min_level=Level.STANDBY, *, exercise=False):
    return ChannelConfig(id=name, kind="webhook", min_level=min_level, settings={}, exercise=exercise)


def audience(name, channels=("hook",), **facts):
    return Audience(id=name, name_ja=name, name_en=name, channels=channels, **facts)


@pytest.fixture
def desk(site, rule, level, river_rule):
    def make(*audiences, channels=None, rules=None, people=AT_ONCE, **changes):
        known = rules or (river_rule, rule(level()))
        made = site(known, channels or [channel()], people=replace(people, audiences=tuple(audiences)))
        return Desk(replace(made, **changes))

    return make


class Desk:
    """What the store would remember between the rounds."""

    def __init__(self, site):
        self.site = site
        self.now = NOON
        self.tellings = {}
        self.incidents, self.silences = [], []
        self.members, self.groups, self.announced = {}, {}, set()
        self.messages, self.verdicts = [], {}
        self.acknowledged = {}

    def tell(self, number, seq, level, kind="fired", *, rule="river", target="harame/water_level", reach=None, **facts):
        status = "resolved" if kind in ("resolved", "closed") else "firing"
        words = f"{target} {kind} {level.slug}"
        body = {"status": status, "kind": kind, "station": {"id": target.partition("/")[0]}, "rule": {"id": rule}}
        body |= dict.fromkeys(("subject_ja", "subject_en", "text_ja", "text_en"), words)
        row = TellingRow(
            UUID(int=number), seq, rule, target, kind, level, reach or level, self.now, self.now, body, **facts
        )
        self.tellings[row.episode, seq] = (row, None)

    def round(self, minutes=0.0):
        """A round so many minutes later; the messages it queued."""
        self.now += minutes * MINUTE
        newest = {}
        for row, told_at in self.tellings.values():
            if row.episode not in newest or newest[row.episode][0].seq < row.seq:
                newest[row.episode] = (row, told_at)
        in_play = [
            (row, told_at)
            for row, told_at in self.tellings.values()
            if told_at is None or (newest[row.episode][0] is row and row.body["status"] == "firing")
        ]
        standing = Standing(
            tellings=in_play, incidents=self.incidents, silences=self.silences, announced=frozenset(self.announced),
            members=list(self.members.values()), groups=dict(self.groups),
        )  # fmt: skip
        decided = plan(self.site, standing, self.acknowledged, self.now)
        assert decided == plan(self.site, standing, self.acknowledged, self.now), "the same again"
        done = decided.dispatch
        for row, verdict in done.verdicts:
            self.tellings[row.episode, row.seq] = (row, self.now)
            self.verdicts[row.episode.int, row.seq] = verdict
        self.members |= {(each.audience, each.matter): each for each in done.members}
        for each in done.dropped:
            del self.members[each.audience, each.matter]
        self.groups |= dict.fromkeys(done.groups, self.now)
        self.announced |= set(done.words)
        self.messages += done.messages
        assert decided.look_at is None or decided.look_at > self.now, "never in the past: it would look without end"
        return done.messages

    def silence(self, minutes, **about):
        facts = {"levels": frozenset({Level.STANDBY, Level.CAUTION, Level.WARNING}), "rules": frozenset({"river"})}
        made = Silence(
            id=UUID(int=1_000 + len(self.silences)), starts_at=self.now, ends_at=self.now + minutes * MINUTE,
            author="sato", reason="工事", created_at=self.now, **(facts | about),
        )  # fmt: skip
        self.silences.append(made)


def fresh(message):
    return [(each["station"]["id"], each["kind"]) for each in message.body["alerts"] if each["fresh"]]


def test_each_audience_is_told_what_is_its_own(desk):
    town = desk(
        audience("all", ("a",)),
        audience("rivers", ("b",), kinds=frozenset({StationKind.RIVER})),
        audience("asahi", ("c",), stations=frozenset({StationId("asahi")})),
        audience("grave", ("d",), min_level=Level.DANGER),
        audience("residents", ("e",), residents=True),
        audience("drill", ("f",), exercise=True),
        channels=[channel(name, exercise=name == "f") for name in "abcdef"],
    )
    town.tell(1, 1, Level.CAUTION)
    town.tell(2, 1, Level.CAUTION, rule="channel", target="asahi/channel_level")
    told = [(row.audience, *fresh(row)) for row in town.round()]
    river, asahi = ("harame", "fired"), ("asahi", "fired")
    assert sorted(told) == [("all", asahi), ("all", river), ("asahi", asahi), ("rivers", river)]
    town.tell(1, 2, Level.DANGER, "raised")
    assert {row.audience for row in town.round(1)} == {"all", "rivers", "grave"}
    town.tell(1, 3, Level.DANGER, "resolved")
    assert {row.audience for row in town.round(1)} == {"all", "rivers", "grave"}
    assert town.members.keys() == {("all", UUID(int=2)), ("asahi", UUID(int=2))}, "what is over is not remembered"


def test_health_goes_to_who_takes_it_and_broken_rules_to_the_admin(desk):
    people = replace(AT_ONCE, admin="office")
    town = desk(
        audience("duty", ("a",)), audience("crew", ("b",), health=False), audience("office", ("c",), health=False),
        channels=[channel(name) for name in "abc"], people=people,
    )  # fmt: skip
    town.incidents.append(Incident(1, "broker-away", "collector", NOON, None, {}))
    assert [row.audience for row in town.round()] == ["duty"]
    town.tell(1, 1, Level.WARNING, "rule_broken", health=True)
    assert [row.audience for row in town.round()] == ["office"]


def test_where_nobody_is_named_every_channel_is_told_from_its_level_on(desk):
    town = desk(channels=[channel("low"), channel("high", Level.DANGER), channel("drill", exercise=True)])
    town.tell(1, 1, Level.STANDBY)
    assert [(row.audience, row.channel) for row in town.round()] == [("staff", "low")]
    town.tell(1, 2, Level.DANGER, "raised")
    assert [row.channel for row in town.round()] == ["low", "high"]


def test_an_exercise_reaches_those_of_exercises_only(desk):
    town = desk(
        audience("duty", ("live",)), audience("drill", ("live", "played"), exercise=True),
        channels=[channel("live"), channel("played", exercise=True)], exercise=True,
    )  # fmt: skip
    town.tell(1, 1, Level.DANGER)
    (message,) = town.round()
    assert (message.audience, message.channel) == ("drill", "played")
    assert message.body["subject_ja"].startswith("【訓練】")


@pytest.mark.parametrize("named", [True, False])
def test_a_rule_reaches_the_public_by_no_channel(desk, named):
    """Not even where the town's files name such a channel for staff, or name nobody."""
    public = [
        replace(channel("push"), kind="webpush"), replace(channel("line"), kind="line", settings={"broadcast": True}),
    ]  # fmt: skip
    town = desk(*([audience("duty", ("push", "line", "hook"))] if named else []), channels=[*public, channel()])
    town.tell(1, 1, Level.DANGER)
    town.silence(10)
    assert {row.channel for row in town.round()} == {"hook"}
    assert len(town.messages) == 2


def test_news_waits_for_company_danger_for_nobody(desk):
    town = desk(people=People())
    town.tell(1, 1, Level.CAUTION)
    assert town.round() == []
    assert town.round(0.4) == []
    town.tell(2, 1, Level.DANGER, rule="other")
    (message,) = town.round()
    assert fresh(message) == [("harame", "fired"), ("harame", "fired")], "what waited goes along"
    assert message.level == Level.DANGER
    assert message.deadline_at - town.now == timedelta(minutes=30)


def test_newer_steps_replace_what_waits(desk):
    town = desk(people=People())
    for seq, (level, kind) in enumerate(
        [(Level.CAUTION, "fired"), (Level.WARNING, "raised"), (Level.CAUTION, "lowered")]
    ):
        town.tell(1, seq + 1, level, kind)
        town.round(0.1)
    (message,) = town.round(1)
    assert fresh(message) == [("harame", "lowered")]
    assert message.seq == 3
    assert town.verdicts == {(1, 1): "superseded", (1, 2): "superseded", (1, 3): "sent"}


def test_what_began_and_ended_while_it_waited_is_one_line(desk):
    town = desk(people=People())
    town.tell(1, 1, Level.CAUTION)
    town.round()
    town.tell(1, 2, Level.CAUTION, "resolved")
    assert [fresh(message) for message in (*town.round(0.1), *town.round(1))] == [[("harame", "resolved")]]
    assert town.round(600) == []


def test_an_incident_that_passes_while_it_waits_is_no_word(desk):
    town = desk(people=People())
    town.incidents = [Incident(1, "device-silent", "d-harame", NOON, None, {"devices": ["d-harame"]})]
    assert town.round() == town.round(9) == []
    town.incidents = [replace(town.incidents[0], closed_at=town.now)]
    assert town.round(0.1) == town.round(10) == []
    assert town.members == {}


def test_a_rule_tells_within_its_hours_and_tells_what_lasts_when_they_begin(desk, river_rule):
    night = ScheduleWindow(days=frozenset(range(7)), begin=time(22), end=time(6))
    town = desk(rules=[replace(river_rule, schedule=(night,))])
    town.tell(1, 1, Level.DANGER)
    town.tell(2, 1, Level.CAUTION)
    town.tell(2, 2, Level.CAUTION, "resolved")
    assert town.round() == [], "noon in Japan"
    assert town.verdicts == {(2, 1): "superseded", (2, 2): "schedule"}
    (message,) = town.round(10 * 60)
    assert fresh(message) == [("harame", "fired")]
    assert message.body["alerts"][0]["released"] == "schedule"
    assert town.round(9 * 60) == [], "morning: not repeated outside its hours"


def test_what_is_worse_than_all_the_group_heard_waits_for_company_only(desk):
    town = desk(people=replace(AT_ONCE, group_wait=MINUTE / 2, group_interval=5 * MINUTE))
    town.tell(1, 1, Level.CAUTION)
    town.round()
    assert len(town.round(0.5)) == 1
    town.tell(1, 2, Level.WARNING, "raised")
    assert town.round(0.1) == []
    (message,) = town.round(0.5)
    assert fresh(message) == [("harame", "raised")]
    town.tell(2, 1, Level.WARNING)
    assert town.round(1) == [], "as high as what was heard: at the group's next turn"
    assert len(town.round(4)) == 1
    town.tell(1, 3, Level.CAUTION, "lowered")
    town.tell(2, 2, Level.NORMAL, "resolved")
    assert town.round(1) == [], "news that is good waits for the group's turn"


def test_a_clock_that_is_set_back_delays_nothing_longer_than_it_waits_anyway(desk):
    """Groups that spoke in the future, news that waits since then, and repeats."""
    town = desk(people=replace(AT_ONCE, group_wait=MINUTE, group_interval=5 * MINUTE))
    town.tell(1, 1, Level.WARNING)
    assert town.round() == []
    assert town.round(-60) == []
    assert len(town.round(1)) == 1
    town.tell(1, 2, Level.DANGER, "raised")
    assert len(town.round(1)) == 1
    (repeat,) = town.round(-60)
    assert repeat.body["purpose"] == "repeat", "nobody has acknowledged the danger"
    town.tell(2, 1, Level.WARNING)
    town.round(-60)
    assert len(town.round(5)) == 1


def test_one_that_cannot_be_understood_stops_no_other(desk, caplog):
    town = desk()
    town.incidents = [Incident(1, "broker-away", None, NOON, None, {})]
    town.tell(1, 1, Level.CAUTION)
    town.tell(2, 1, Level.CAUTION)
    (row, _) = town.tellings[UUID(int=2), 1]
    town.tellings[UUID(int=2), 1] = (replace(row, body={"station": {"id": "bare"}, "rule": {"id": "r"}}), None)
    (message,) = town.round()
    assert sorted(each["subject_en"] for each in message.body["alerts"]) == [
        "caution river harame/water_level fired", "harame/water_level fired caution",
    ]  # fmt: skip
    assert "incident 1 cannot be told" in caplog.text


def test_long_lists_end_in_a_number(desk):
    town = desk()
    for number in range(1, 31):
        town.tell(number, 1, Level.CAUTION, rule=f"r{number}")
    (message,) = town.round()
    assert (len(message.body["alerts"]), message.body["truncated"]) == (20, 10)
    assert len(message.body["episodes"]) == 30
    assert message.body["text_ja"].endswith("他 10 件")
    assert message.body["text_en"].endswith("and 10 more")
    assert message.body["group"] == {"key": "river|荒川", "hazard": "river", "area": "荒川"}


def test_data_that_are_back_are_no_news_to_who_never_heard_they_were_lost(desk):
    town = desk(people=People())
    town.tell(1, 1, Level.CAUTION)
    town.round()
    town.round(1)
    town.tell(1, 2, Level.CAUTION, "data_lost")
    town.round(0.1)
    town.tell(1, 3, Level.CAUTION, "data_back")
    assert town.round(0.1) == town.round(20) == []
    assert town.verdicts[1, 3] == "superseded"


def test_episodes_told_before_there_was_a_memory_are_not_told_again(desk):
    town = desk()
    town.tell(1, 1, Level.DANGER)
    ((key, (row, _)),) = town.tellings.items()
    town.tellings[key] = (row, NOON)
    assert town.round() == town.round(1) == []
    town.tell(1, 2, Level.DANGER, "resolved")
    assert len(town.round(1)) == 1


# Inhibition


@pytest.fixture
def watched(desk, rule, level):
    """A desk with rules that stand for others, and tellings of them at one station."""

    def make(**inhibits):
        rules = [
            rule(level(), id=name, quantity="water_level", unit="m", inhibits=frozenset(muted.split()))
            for name, muted in inhibits.items()
        ]
        town = desk(rules=rules)
        for number, name in enumerate(inhibits, 1):
            town.tell(number, 1, Level.CAUTION, rule=name)
        return town

    return make


def muted(town, also=()):
    matters = matters_of(town.site, Standing(tellings=list(town.tellings.values()), incidents=town.incidents))
    found = inhibited(matters, {UUID(int=number) for number in also})
    return {target.int for target in found}


def test_a_chain_mutes_only_what_something_told_stands_for(watched):
    town = watched(a="b", b="c", c="")
    assert muted(town) == {2}, "c is told: what stands for it is not"


def test_of_a_circle_one_is_told(watched):
    assert len(muted(watched(a="b", b="c", c="a"))) < 3
    assert len(muted(watched(a="b", b="a"))) == 1


def test_nothing_mutes_itself(watched):
    assert muted(watched(a="a")) == set()


def test_what_is_not_told_itself_mutes_nothing(watched):
    assert muted(watched(a="b", b=""), also={1}) == set()


def test_what_is_graver_is_not_muted(watched):
    """A caution says nothing of a danger of another rule at the same gauge."""
    town = watched(a="b", b="")
    assert muted(town) == {2}
    town.tell(2, 2, Level.DANGER, rule="b")
    del town.tellings[UUID(int=2), 1]
    assert muted(town) == set()
    town.tell(1, 2, Level.DANGER, rule="a")
    del town.tellings[UUID(int=1), 1]
    assert muted(town) == {2}


def test_another_station_is_not_muted(watched):
    town = watched(a="b", b="")
    town.tell(2, 2, Level.CAUTION, rule="b", target="asahi/channel_level")
    del town.tellings[UUID(int=2), 1]
    assert muted(town) == set()


@pytest.mark.parametrize(
    ("kind", "detail", "height", "hidden"),
    [
        ("carrier-silent", {"devices": ["d-harame"]}, Level.CAUTION, True),
        ("carrier-silent", {"devices": ["d-harame"]}, Level.WARNING, False),
        ("carrier-silent", {"devices": ["another"]}, Level.CAUTION, False),
        ("carrier-silent", {"devices": "no list"}, Level.CAUTION, False),
        ("broker-away", {}, Level.CAUTION, True),
        ("broker-away", {}, Level.DANGER, False),
        ("spool-full", {}, Level.CAUTION, False),
    ],
)
def test_an_outage_stands_for_the_silence_of_its_gauges_never_for_a_grave_measurement(
    desk, kind, detail, height, hidden
):
    town = desk()
    town.incidents = [Incident(1, kind, "x", NOON, None, detail)]
    town.tell(1, 1, height, "data_lost")
    assert muted(town) == ({1} if hidden else set())
    town.tell(1, 2, height, "raised")
    del town.tellings[UUID(int=1), 1]
    assert muted(town) == set(), "what was measured is told"


def test_a_silent_device_is_told_once_by_the_rule_that_watches_it(desk, rule, level):
    silent = rule(level(), id="silent", kind=RuleKind.MISSING, quantity="water_level", unit="min")
    town = desk(rules=[silent])
    town.incidents = [Incident(1, "device-silent", "d-harame", NOON, None, {"devices": ["d-harame"]})]
    town.tell(1, 1, Level.CAUTION, rule="silent", health=True)
    assert [fresh(row) for row in town.round()] == [[("harame", "fired")]]


# Whatever happens

STEPS = st.lists(
    st.tuples(st.sampled_from(["up", "up", "down", "end", "silence", "wait", "wait"]), st.sampled_from([1, 2, 25])),
    min_size=6,
    max_size=30,
)


@settings(deadline=None, derandomize=True, max_examples=examples(300))
@given(steps=STEPS)
def test_whoever_is_told_of_a_beginning_is_told_of_the_end_and_nothing_is_told_twice(steps, request):
    town = request.getfixturevalue("desk")(people=People())
    open_, seqs, opened = {}, Counter(), Counter()
    for what, number in steps:
        if what == "silence":
            town.silence(number)
        elif what == "wait":
            town.round(number)
        else:
            _happen(town, what, min(number, 2), open_, seqs, opened)
        town.round(0.1)
    town.round(60)  # every silence is over
    for _ in range(3):
        town.round(10)
    ids = [row.id for row in town.messages]
    assert len(ids) == len(set(ids))
    told = [
        (each["id"], row.seq, each["kind"])
        for row in town.messages
        if row.purpose == "alert"
        for each in row.body["alerts"]
        if each["fresh"]
    ]
    heads = Counter((UUID(each), kind) for each, _, kind in told)
    for (episode, _), (row, told_at) in town.tellings.items():
        newest = max(seq for number, seq in town.tellings if number == episode)
        if row.seq < newest:
            continue
        assert told_at is not None, "everything is decided on in the end"
        began = [kind for each, _, kind in told if UUID(each) == episode and kind != "resolved"]
        if row.kind == "resolved":
            assert heads[episode, "resolved"] <= 1
            assert heads[episode, "resolved"] == 1 or not began, "told of the beginning, told of the end"
        else:
            assert began, "what lasts is told once no silence is in the way"
    lasting = {(member.matter) for member in town.members.values()}
    assert lasting == set(open_.values()), "only what lasts is remembered"


def _happen(town, what, number, open_, seqs, opened):
    """An episode of a gauge begins, rises, falls or ends."""
    levels = (Level.CAUTION, Level.WARNING, Level.DANGER)
    place = next((i for i, level in enumerate(levels) if seqs.get((number, "at")) == level), None)
    if number not in open_:
        if what != "up":
            return
        opened[number] += 1
        open_[number] = UUID(int=number * 100 + opened[number])
        seqs[number, "at"], seqs[number, "seq"], kind = levels[0], 1, "fired"
    elif what == "end":
        seqs[number, "seq"] += 1
        town.tell(open_.pop(number).int, seqs[number, "seq"], seqs[number, "at"], "resolved", rule="river")
        return
    else:
        step = place + (1 if what == "up" else -1)
        if not 0 <= step < len(levels):
            return
        seqs[number, "at"], kind = levels[step], "raised" if what == "up" else "lowered"
        seqs[number, "seq"] += 1
    town.tell(open_[number].int, seqs[number, "seq"], seqs[number, "at"], kind, rule="river")
