"""What the console is told of episodes, as pure functions: trends, what was known when, order, counts, courses."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from core.levels import Level
from core.model import Quality
from store.alert_rows import EpisodeRow, TransitionRow
from store.console import MessageRow, ToldOf
from store.rows import Sample
from store.silences import Silence
from web.console_timeline import message_entries, step_entry, timeline
from web.console_view import EpisodeShapes, as_known, counts_of, gravest_first, silence_of, trend_of
from web.features import Shapes

NOON = datetime(2026, 1, 15, 3, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
ID = UUID("00000000-0000-4000-8000-000000000001")


def _samples(*values, quality=Quality.GOOD):
    return [Sample(NOON + index * MINUTE, value, quality, NOON) for index, value in enumerate(values)]


def _row(**changes):
    row = EpisodeRow(
        ID, "river-high", "bridge/water_level", Level.DANGER, False, False, NOON, NOON, 3.1, 3.4, None, None
    )
    return replace(row, **changes)


def _step(seq, kind, before, after, minute, value, known=None):
    at = NOON + minute * MINUTE
    return TransitionRow(ID, seq, kind, before, after, at, NOON + (known or minute) * MINUTE, value, "value", "v1")


STEPS = [
    _step(1, "fired", Level.NORMAL, Level.WARNING, 0, 2.6),
    _step(2, "raised", Level.WARNING, Level.DANGER, 10, 3.4, known=25),
    _step(3, "data_lost", Level.DANGER, Level.DANGER, 40, None),
    _step(4, "data_back", Level.DANGER, Level.DANGER, 50, 2.0),
    _step(5, "resolved", Level.DANGER, Level.NORMAL, 60, 1.5),
]


@pytest.mark.parametrize(
    ("values", "direction", "change"),
    [((1.0, 1.1, 1.3), "rising", 0.3), ((1.3, 1.2, 1.0), "falling", -0.3), ((1.0, 1.01, 1.01), "steady", 0.01)],
)
def test_a_trend_is_first_to_last(values, direction, change):
    found = trend_of(_samples(*values), 2)
    assert found == {"direction": direction, "change": change, "minutes": 2}


def test_one_value_and_doubtful_ones_have_no_trend():
    assert trend_of(_samples(1.0), 2) is None
    assert trend_of(_samples(1.0, 9.0, quality=Quality.SUSPECT), 2) is None
    assert trend_of(_samples(None, 1.0), 2) is None


@pytest.mark.parametrize(
    ("minute", "level", "stale", "over", "peak"),
    [
        (5, Level.WARNING, False, False, 2.6),
        (20, Level.WARNING, False, False, 2.6),  # had risen by then, but nobody knew
        (25, Level.DANGER, False, False, 3.4),
        (45, Level.DANGER, True, False, 3.4),
        (55, Level.DANGER, False, False, 3.4),
        (61, Level.DANGER, False, True, 3.4),
    ],
)
def test_an_episode_is_looked_back_on_as_it_was_known(minute, level, stale, over, peak):
    then = as_known(_row(closed_at=NOON + 60 * MINUTE, outcome="resolved"), STEPS, NOON + minute * MINUTE)
    assert then is not None
    assert (then.level, then.stale, then.closed_at is not None, then.peak) == (level, stale, over, peak)
    assert then.outcome == ("resolved" if over else None)


def test_before_it_was_detected_an_episode_was_not_known():
    assert as_known(_row(), STEPS, NOON - MINUTE) is None


def test_of_a_falling_rule_the_farthest_is_the_lowest():
    steps = [
        _step(1, "fired", Level.NORMAL, Level.CAUTION, 0, 9.0),
        _step(2, "raised", Level.CAUTION, Level.WARNING, 1, 4.0),
    ]
    then = as_known(_row(value=6.0, peak=3.0), steps, NOON + 5 * MINUTE)
    assert then is not None
    assert then.peak == 4.0


def _card(name, level="danger", *, closed=None, ack=None, minute=0, stale=False):
    at = (NOON + minute * MINUTE).isoformat()
    return {
        "id": name, "level": level, "closed_at": closed, "opened_at": at, "ack": ack, "stale": stale, "rule": "r",
        "station": "bridge", "place": {"kind": "river"},
    }  # fmt: skip


def test_the_gravest_comes_first_then_what_nobody_answers_for_then_the_newest():
    cards = [
        _card("over", closed=NOON.isoformat()),
        _card("old", "warning"),
        _card("answered", "warning", ack={"who": "a"}, minute=9),
        _card("new", "warning", minute=5),
        _card("grave", "danger", ack={"who": "a"}),
    ]
    assert [card["id"] for card in gravest_first(cards)] == ["grave", "new", "old", "answered", "over"]


def test_counts_are_of_what_goes_on():
    cards = [_card("a"), _card("b", ack={"who": "x"}), _card("c", "caution", stale=True), _card("d", closed="x")]
    counts = counts_of(cards)
    assert counts == {"danger": 2, "warning": 0, "caution": 1, "standby": 0, "stale": 1, "unanswered": 1}


def test_the_silence_that_lasts_longest_is_named():
    short = Silence(
        id=ID, rules=frozenset({"r"}), levels=frozenset({Level.DANGER}), starts_at=NOON, ends_at=NOON + MINUTE,
        author="a", reason="掃除", created_at=NOON,
    )  # fmt: skip
    long = replace(short, rules=frozenset(), kinds=frozenset({"river"}), ends_at=NOON + 5 * MINUTE, author="b")
    other = replace(short, stations=frozenset({"field"}), ends_at=NOON + 9 * MINUTE)
    found = silence_of(_card("a"), [short, long, other])
    assert found is not None
    assert found["who"] == "b"
    assert silence_of(_card("a", "caution"), [short, long]) is None


def _message(channel, **changes):
    row = MessageRow(
        ID, 1, "staff", channel, "alert", False, Level.DANGER, {"subject_ja": "危険", "text_ja": 3}, NOON, 1, "delivered",
        NOON + MINUTE, None,
    )  # fmt: skip
    return replace(row, **changes)


@pytest.fixture
def shapes(town):
    return EpisodeShapes(town, Shapes(town))


def test_one_text_over_several_ways_is_one_entry(shapes):
    entries = message_entries(
        shapes, [_message("mail"), _message("line", state="dead", error="410"), _message("mail", seq=2)]
    )
    assert [len(entry["ways"]) for entry in entries] == [2, 1]
    assert entries[0]["subject_ja"] == "危険"
    assert entries[0]["text_ja"] == ""  # whatever a body holds, a text is a text
    assert [way["state"] for way in entries[0]["ways"]] == ["delivered", "dead"]


def test_the_course_is_in_the_order_of_knowing(shapes):
    held = ToldOf(2, "raised", Level.DANGER, NOON, NOON + 25 * MINUTE, False, False, NOON + 26 * MINUTE, "silenced", {})
    sent = replace(held, seq=1, verdict="sent")
    ack = {"entry": "answer", "kind": "ack", "known_at": "2026-01-15T03:30:00.000Z", "who": "a"}
    entries = timeline(shapes, STEPS, [sent, held], [_message("mail")], [ack])
    kinds = [(entry["entry"], entry.get("kind")) for entry in entries]
    assert kinds == [
        ("step", "fired"), ("message", None), ("step", "raised"), ("telling", "raised"), ("answer", "ack"),
        ("step", "data_lost"), ("step", "data_back"), ("step", "resolved"),
    ]  # fmt: skip
    assert step_entry(STEPS[1])["at"] < step_entry(STEPS[1])["known_at"]


def test_only_a_river_proposes_and_names_gauge_height_and_source(town):
    rule = town.rules[0]
    proposing = replace(town, rules=(replace(rule, levels=(replace(rule.levels[0], proposes=4),)),))
    shapes = EpisodeShapes(proposing, Shapes(proposing))
    assert shapes.episode(_row(), None)["proposes"] == {
        "level": 4, "gauge": "大橋", "gauge_en": "Bridge", "threshold": 3.0, "source": "town",
    }  # fmt: skip
    assert shapes.episode(_row(target="field/snow_depth"), None)["proposes"] is None
    pair = shapes.episode(_row(target="bridge+field+gone/water_level"), None)
    assert (pair["place"]["name"], [other["id"] for other in pair["others"]]) == ("大橋", ["field"])
    assert shapes.episode(_row(closed_at=NOON), None)["proposes"] is None
    assert shapes.episode(_row(rule="gone", target="gone/gone"), None)["proposes"] is None
