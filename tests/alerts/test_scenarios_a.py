"""Scenarios other engines are tested with, played here: real evaluator, real store, a clock set by hand."""

import json
from collections import Counter
from datetime import timedelta
from uuid import uuid4

import pytest

from alerts.channels.webhook import body as webhook_body
from alerts.dispatch import Dispatcher
from alerts.external import read_reports
from config.people_plan import People
from config.rule_plan import RuleKind
from core.levels import Level
from core.model import DeviceId, Position, Station, StationId, StationKind, Thresholds
from core.times import format_rfc3339
from store.acknowledgements import Ack
from store.alert_rows import EpisodeRow, Evaluation, TellingRow
from store.silences import Silence

pytestmark = pytest.mark.db

MINUTE = timedelta(minutes=1)
SECOND = 1 / 60
CALM, CAUTION, WARNING, DANGER = 1.0, 1.6, 1.9, 2.1
EVERYTHING = frozenset({Level.STANDBY, Level.CAUTION, Level.WARNING})


@pytest.fixture
def gauges(site, river_rule, stream, hook, own_town):
    """A town with so many gauges g1, g2, … on one river, and one channel nobody calls."""

    def make(number, *rules, people=None, channels=None, carrier=""):
        stations = tuple(
            Station(
                id=StationId(f"g{n}"), kind=StationKind.RIVER, name_ja=f"測{n}", name_en=f"G{n}",
                position=Position(136.2, 36.0), river="荒川",
            )
            for n in range(1, number + 1)
        )  # fmt: skip
        streams = tuple(
            stream(
                station=each.id, quantity="water_level", device=DeviceId(f"d-{each.id}"), range_min=-5.0, range_max=20.0,
                expected_interval=10 * MINUTE, stale_after=90 * MINUTE, carrier=carrier,
                thresholds=Thresholds(standby=1.2, caution=1.5, warning=1.8, danger=2.0),
            )
            for each in stations
        )  # fmt: skip
        made = site(rules or [river_rule], channels or [hook()], stations, streams, people or People())
        return Scene(own_town(made))

    return make


class Scene:
    """A town in which minutes pass: readings come, rounds are made, and what is told is read."""

    def __init__(self, town):
        self.town, self.store, self.site_no = town, town.store, town.registry.site
        self.start = town.now
        town.round(0)

    def levels(self, minute, **values):
        """These gauges measure these heights at a minute, and a round follows."""
        self.town.now = self.start + minute * MINUTE
        for name, value in values.items():
            self.town.measure(f"{name}/water_level", minute, value)
        self.town.round(minute)

    def wait(self, *minutes):
        for minute in minutes:
            self.town.round(minute)

    def report(self, minute, *, starts=0, ends=None, name="disk", labels=None, **annotations):
        """Another system reports an alert at a minute."""
        at = lambda value: format_rfc3339(self.start + value * MINUTE)  # noqa: E731
        alert = {"labels": {"alertname": name, **(labels or {})}, "annotations": annotations, "startsAt": at(starts)}
        if ends is not None:
            alert["endsAt"] = at(ends)
        self.town.now = self.start + minute * MINUTE
        reports, mistakes = read_reports([alert], self.town.now)
        assert not mistakes
        self.store.external_alerts.report(self.site_no, reports, self.town.now)
        self.town.round(minute)

    def silence(self, minute, until, *, levels=EVERYTHING, approved="", **about):
        at = self.start + minute * MINUTE
        about = {name: frozenset(value) for name, value in about.items()}
        asked = Silence(
            id=uuid4(), levels=levels, starts_at=at, ends_at=self.start + until * MINUTE, author="sato", reason="工事",
            created_at=at, **about,
        )  # fmt: skip
        self.store.silences.add(self.site_no, asked)
        if approved:
            self.store.silences.approve(self.site_no, asked.id, approved, at)
        return asked

    def restart(self):
        """Another process goes on; nothing was kept but the store."""
        self.town.restart()

    @property
    def messages(self):
        return [row for row, *_ in self.town.outbox]

    @property
    def told(self):
        """(minute, purpose, what is new, what goes on) of every message about alerts."""
        found = []
        for row in self.messages:
            if row.purpose == "silence":
                continue
            new = sorted(_name(each) for each in row.body["alerts"] if each["fresh"])
            old = sorted(_name(each) for each in row.body["alerts"] if not each["fresh"])
            found.append((round((row.queued_at - self.start) / MINUTE, 2), row.purpose, new, old))
        return found


def _name(alert):
    who = alert["station"]["id"] if alert["station"]["id"] != "yukimori" else alert["rule"]["id"].rpartition("/")[2]
    return f"{who} {alert['kind']}"


def test_a01_reported_twice_is_one_with_the_earliest_beginning(gauges):
    scene = gauges(1, people=People(group_wait=timedelta(seconds=1)))
    scene.report(0, starts=0)
    scene.report(0.5 * SECOND, starts=-1)
    scene.wait(SECOND, 2 * SECOND, 10 * SECOND)
    assert scene.told == [(0.02, "alert", ["disk fired"], [])]
    assert scene.messages[0].body["opened_at"] == format_rfc3339(scene.start - MINUTE)


def test_a02_new_words_keep_the_identity(gauges):
    scene = gauges(1)
    scene.report(0, summary="nearly full")
    scene.wait(0.5)
    scene.report(2, summary="full")
    scene.wait(6)
    assert len(scene.told) == 1, "words alone are no news"
    scene.report(6.5, ends=6, summary="full")
    scene.wait(7)
    first, last = scene.messages
    assert "nearly full" in first.body["text_ja"]
    assert "nearly full" not in last.body["text_ja"]
    assert "full" in last.body["text_ja"]
    assert first.body["alerts"][0]["id"] == last.body["alerts"][0]["id"]
    assert first.id != last.id


@pytest.mark.parametrize("ends", [(2, 4), (4, 2)])
def test_a03_of_two_ends_the_later_counts(gauges, ends):
    scene = gauges(1)
    scene.report(0)
    scene.wait(0.5)
    for minute, end in zip((4.5, 5), ends, strict=True):
        scene.report(minute, ends=end)
    scene.wait(5.5)
    assert [kind for _, _, kind, _ in scene.told] == [["disk fired"], ["disk resolved"]]
    assert scene.messages[-1].body["closed_at"] == format_rfc3339(scene.start + 4 * MINUTE)


def test_a04_a_later_activation_is_another_alert(gauges):
    scene = gauges(1)
    for minute, word, looks in ((0, {}, [0.5]), (4, {"ends": 4}, [4.5, 5.5]), (7, {"starts": 7}, [8, 10.5])):
        scene.report(minute, **word)
        scene.wait(*looks)
    assert [kind for _, _, kind, _ in scene.told] == [["disk fired"], ["disk resolved"], ["disk fired"]]
    ids = {row.body["alerts"][0]["id"] for row in scene.messages}
    assert len(ids) == 2
    assert scene.messages[-1].body["opened_at"] == format_rfc3339(scene.start + 7 * MINUTE)


def test_a05_repeat_interval(gauges):
    scene = gauges(1)
    for minute in range(0, 70, 10):
        scene.levels(minute, g1=DANGER)
        scene.wait(minute + 9.9)
    scene.levels(75, g1=CALM)
    scene.wait(75.5)
    assert scene.told == [
        (0, "alert", ["g1 fired"], []),
        (30, "repeat", ["g1 fired"], []),
        (60, "repeat", ["g1 fired"], []),
        (75.5, "alert", ["g1 resolved"], []),
    ]
    assert len({row.id for row in scene.messages}) == 4
    assert scene.messages[1].body["subject_ja"].startswith("【再連絡】【危険】")


def test_a05_what_is_acknowledged_is_not_repeated(gauges):
    scene = gauges(1)
    scene.levels(0, g1=DANGER)
    (episode,) = scene.store.open_episodes(scene.site_no)
    seen = Ack(episode=episode.id, level=Level.DANGER, who="sato", at=scene.start + MINUTE)
    scene.store.acknowledgements.add(scene.site_no, seen)
    for minute in range(30, 241, 30):
        scene.levels(minute, g1=DANGER)
    assert len(scene.told) == 1
    scene.wait(4 * 60 + 2)
    assert [purpose for _, purpose, *_ in scene.told] == ["alert", "repeat"], "after four hours somebody looks again"


def test_a07_two_bursts_are_two_batches_the_second_lists_all(gauges):
    scene = gauges(5)
    scene.levels(0, g1=CAUTION, g2=CAUTION, g3=CAUTION)
    scene.wait(0.4)
    assert scene.told == []
    scene.wait(0.5)
    scene.levels(1, g4=CAUTION, g5=CAUTION)
    scene.wait(5.4, 5.5, 6, 11, 40)
    assert scene.told == [
        (0.5, "alert", ["g1 fired", "g2 fired", "g3 fired"], []),
        (5.5, "alert", ["g4 fired", "g5 fired"], ["g1 fired", "g2 fired", "g3 fired"]),
    ]
    assert scene.messages[1].body["subject_ja"].endswith("（ほか 4 件）")


def test_a07_a_letter_about_an_end_says_what_goes_on(gauges):
    """For whoever shows one alert only."""
    scene = gauges(2)
    scene.levels(0, g1=CAUTION, g2=CAUTION)
    scene.wait(0.5)
    scene.levels(10, g1=CALM, g2=CAUTION)
    scene.wait(10.5)
    scene.levels(20, g1=CALM, g2=CALM)
    scene.wait(20.5)
    assert [row.body["status"] for row in scene.messages] == ["firing", "resolved", "resolved"]
    standing = [row.body["standing"] for row in scene.messages]
    assert [each and (each["station"]["id"], each["level"]) for each in standing[1:]] == [("g2", "caution"), None]


def test_a08_an_external_source_that_falls_silent_is_over_a_gauge_is_not(gauges):
    scene = gauges(1)
    scene.report(0)
    scene.levels(0, g1=CAUTION)
    scene.wait(0.5, 4.9, 5, 5.5, 80)
    assert scene.told == [
        (0.5, "alert", ["g1 fired"], []),
        (0.5, "alert", ["disk fired"], []),
        (5.5, "alert", ["disk resolved"], []),
    ]
    assert [episode.outcome for episode in scene.store.open_episodes(scene.site_no)] == [None]


def test_a09_what_was_not_told_as_over_counts_as_fresh_when_it_comes_again(gauges):
    scene = gauges(2)
    asked = scene.silence(0, 20, stations={"g1"})
    scene.levels(0, g1=CAUTION, g2=CAUTION)
    scene.wait(0.5)
    scene.levels(10, g1=CALM)
    scene.wait(15)
    scene.levels(20, g1=CAUTION, g2=CAUTION)
    scene.wait(20.5)
    assert [(new, old) for _, _, new, old in scene.told] == [(["g2 fired"], []), (["g1 fired"], ["g2 fired"])]
    assert "silence" in verdicts(scene), "the log has what nobody was told"
    assert asked.state(scene.town.now) == "over"


def verdicts(scene):
    with scene.store.dispatching._transaction("look") as connection:
        rows = connection.execute("select verdict from telling where site_no = %s", [scene.site_no]).fetchall()
    return [verdict for (verdict,) in rows]


def test_a10_old_alerts_at_a_cold_start_are_one_batch_after_the_wait(gauges):
    scene = gauges(1)
    for place, name in enumerate(("disk", "memory", "clock")):
        scene.report(place * 0.1, starts=-600, name=name)
    scene.wait(0.4)
    assert scene.told == []
    scene.wait(0.5, 1, 4)
    assert scene.told == [(0.5, "alert", ["clock fired", "disk fired", "memory fired"], [])]


def test_a11_a_restart_sends_nothing_again_and_intervals_go_on(gauges):
    scene = gauges(2)
    scene.levels(0, g1=DANGER)
    scene.restart()
    scene.wait(1, 29)
    scene.restart()
    scene.wait(29.5)
    assert len(scene.told) == 1
    scene.wait(30)
    assert scene.told[1:] == [(30, "repeat", ["g1 fired"], [])]
    scene.levels(31, g2=CAUTION)
    scene.restart()
    scene.wait(34.9, 35)
    assert scene.told[2:] == [(35, "alert", ["g2 fired"], ["g1 fired"])]


def test_a14_a_silence_holds_back_inside_its_window_only(gauges):
    scene = gauges(2, people=People(group_wait=timedelta(0), group_interval=timedelta(0)))
    scene.silence(0, 2 * SECOND, stations={"g1"})
    scene.levels(0, g1=CAUTION, g2=CAUTION)
    scene.wait(SECOND)
    assert [new for _, _, new, _ in scene.told] == [["g2 fired"]]
    scene.wait(2 * SECOND)
    assert [new for _, _, new, _ in scene.told] == [["g2 fired"], ["g1 fired"]]
    last = [row for row in scene.messages if row.purpose == "alert"][-1]
    assert last.body["text_ja"].startswith("連絡の一時停止が終わりました")
    assert [row.body["details"]["word"] for row in scene.messages if row.purpose == "silence"] == ["made", "over"]


def test_a15_a_broad_silence_ended_early_lets_alerts_flow(gauges):
    scene = gauges(3)
    asked = scene.silence(0, 600, kinds={"river"})
    scene.levels(0, g1=CAUTION, g2=CAUTION)
    scene.wait(1, 5)
    assert scene.told == []
    holds = scene.store.dispatching.holds(scene.site_no)
    assert Counter(hold.why for hold in holds) == {"silence": 2}
    scene.store.silences.end(scene.site_no, asked.id, "suzuki", scene.start + 7 * MINUTE, "済んだ")
    scene.wait(7, 7.5)
    assert scene.told == [(7.5, "alert", ["g1 fired", "g2 fired"], [])]
    assert scene.store.dispatching.holds(scene.site_no) == []
    last = [row for row in scene.messages if row.purpose == "silence"][-1]
    assert "期限前に終了: suzuki 済んだ" in last.body["text_ja"]
    assert "続いている警報: 2 件" in last.body["text_ja"]


@pytest.fixture
def two_rules(rule, level):
    """``high`` stands for ``low`` at the same gauge."""
    facts = {"quantity": "water_level", "unit": "m", "min_samples": 1}
    low = rule(level(raise_at=1.5, clear_margin=0.1), id="low", **facts)
    high = rule(level(Level.WARNING, raise_at=3.0, clear_margin=0.1), id="high", inhibits=frozenset({"low"}), **facts)
    return low, high


def test_a16_an_inhibitor_mutes_its_own_gauge_and_gives_it_back(gauges, two_rules):
    scene = gauges(2, *two_rules)
    scene.levels(0, g1=3.5, g2=1.6)
    scene.wait(0.5)
    assert [(each["station"]["id"], each["rule"]["id"]) for each in scene.messages[0].body["alerts"]] == [
        ("g1", "high"), ("g2", "low"),
    ]  # fmt: skip
    scene.levels(10, g1=1.6)
    scene.wait(10.5)
    alerts = scene.messages[1].body["alerts"]
    assert [(each["station"]["id"], each["rule"]["id"], each["kind"], each["fresh"]) for each in alerts] == [
        ("g1", "low", "fired", True), ("g1", "high", "resolved", True), ("g2", "low", "fired", False),
    ]  # fmt: skip
    assert alerts[0]["released"] == "inhibit"


def test_a16_both_over_together_are_in_the_last_message(gauges, two_rules):
    scene = gauges(1, *two_rules)
    for minute, height in ((0, 1.6), (10, 3.5), (20, 1.0)):
        scene.levels(minute, g1=height)
        scene.wait(minute + 5.5)
    assert [new for _, _, new, _ in scene.told] == [["g1 fired"], ["g1 fired"], ["g1 resolved", "g1 resolved"]]


def test_b08_a_dead_gateway_mutes_no_danger(gauges):
    scene = gauges(2)
    devices = {"devices": ["d-g1", "d-g2"]}
    scene.store.watching.open_incident(scene.site_no, "gateway-silent", "gw-1", scene.start, devices)
    scene.levels(0, g1=DANGER)
    assert scene.told == [(0, "alert", ["g1 fired"], [])]
    scene.wait(0.5)
    assert scene.told[1:] == [(0.5, "alert", ["gateway-silent fired"], [])]
    scene.wait(100)
    assert ["g1 data_lost"] in [new for _, _, new, _ in scene.told], "health never mutes a measurement of 警戒 and more"


def test_b10_what_was_told_is_told_as_over_though_silenced(gauges):
    scene = gauges(2)
    scene.levels(0, g1=CAUTION)
    scene.wait(0.5)
    scene.silence(1, 60, kinds={"river"})
    scene.levels(10, g1=CALM, g2=CAUTION)
    scene.wait(10.5)
    assert [new for _, _, new, _ in scene.told] == [["g1 fired"], ["g1 resolved"]]
    scene.levels(20, g2=CALM)
    scene.wait(60, 61)
    assert len(scene.told) == 2, "what nobody was told of is over without a word"


def test_b10_danger_goes_out_through_a_silence_that_does_not_name_it_or_waits_for_approval(gauges):
    scene = gauges(2)
    scene.silence(0, 60, kinds={"river"})
    waiting = scene.silence(0, 60, levels=frozenset({Level.DANGER}), stations={"g1"})
    scene.levels(0, g1=DANGER)
    assert [new for _, _, new, _ in scene.told] == [["g1 fired"]]
    scene.store.silences.approve(scene.site_no, waiting.id, "suzuki", scene.start + MINUTE)
    scene.wait(1, 31)
    assert len(scene.told) == 1, "it is not repeated either"
    words = [(row.body["details"]["word"]) for row in scene.messages if row.purpose == "silence"]
    assert sorted(words) == ["asked", "made", "made"]


def test_b15_a_carrier_that_fails_is_one_notification(gauges, rule, level, river_rule):
    """Devices fall silent one after the other within ten minutes, each with its own rule's word, before the cause is seen."""
    missing = rule(level(raise_at=10.0), id="silent", kind=RuleKind.MISSING, quantity="water_level", unit="min")
    scene = gauges(120, river_rule, missing, carrier="docomo")
    town = scene.town
    for minute in range(10):
        town.now = scene.start + minute * MINUTE
        rows = [lost(scene, n) for n in range(1, 121) if n % 10 == minute]
        scene.store.save_evaluation(
            scene.site_no, Evaluation(episodes=[row for row, _ in rows], tellings=[telling for _, telling in rows])
        )
        devices = [f"d-g{n}" for n in range(1, 121) if n % 10 <= minute]
        watching = scene.store.watching
        if minute < 3:
            watching.open_incident(scene.site_no, "device-silent", devices[0], town.now, {"devices": devices[:1]})
        else:
            watching.close_incident(scene.site_no, "device-silent", devices[0], town.now)
            watching.open_incident(scene.site_no, "carrier-silent", "docomo", town.now, {"devices": devices})
        town.dispatcher.round(town.now)
    for minute in (10, 12, 20, 60):
        town.dispatcher.round(scene.start + minute * MINUTE)
    assert scene.told == [(4, "alert", ["carrier-silent fired"], [])]
    text = scene.messages[0].body["text_ja"]
    assert "観測所（" in text
    assert "安全を示すものではありません" in text


def lost(scene, number):
    """What a rule that watches over a gauge itself says when it is silent."""
    town, key = scene.town, f"g{number}/water_level"
    row = EpisodeRow(
        id=uuid4(), rule="silent", target=key, level=Level.CAUTION, stale=False, recovering=False, opened_at=town.now,
        detected_at=town.now, value=None, peak=None, closed_at=None, outcome=None,
    )  # fmt: skip
    body = {"status": "firing", "subject_ja": key, "subject_en": key, "text_ja": key, "text_en": key}
    telling = TellingRow(
        row.id, 1, "silent", key, "fired", Level.CAUTION, Level.CAUTION, town.now, town.now, body, health=True
    )
    return row, telling


def test_a_webhook_lists_what_was_gathered(gauges):
    scene = gauges(25)
    scene.levels(0, **{f"g{n}": CAUTION for n in range(1, 26)})
    scene.wait(0.5)
    (message,) = scene.messages
    document = webhook_body(message)
    assert (len(document["alerts"]), document["truncatedAlerts"], document["groupKey"]) == (20, 5, "river|荒川")
    assert len({each["fingerprint"] for each in document["alerts"]}) == 20
    assert document["commonLabels"]["severity"] == "caution"
    assert "station" not in document["commonLabels"]
    assert document["groupLabels"] == {"alertname": "river"}
    assert json.dumps(document)


def test_an_idle_round_is_one_look(gauges, monkeypatch):
    scene = gauges(1)
    scene.levels(0, g1=DANGER)
    scene.wait(1, 2)
    dispatcher = scene.town.dispatcher
    monkeypatch.setattr(type(scene.store.dispatching), "standing", lambda *_: pytest.fail("everything was read"))
    assert [dispatcher.round(scene.start + minute * MINUTE) for minute in (3, 4, 29.9)] == [0, 0, 0]


def test_two_dispatchers_by_mistake_queue_what_one_would(gauges):
    scene = gauges(2)
    other = Dispatcher(scene.town.site, scene.store, scene.site_no)
    scene.levels(0, g1=DANGER, g2=DANGER)
    other.round(scene.town.now)
    assert scene.told == [(0, "alert", ["g1 fired", "g2 fired"], [])]
