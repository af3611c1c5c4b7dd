"""What ends an alert has been judged first; what begins or raises one waits for nobody."""

from datetime import timedelta

import pytest

from alerts.unjudged import PATIENCE
from core.levels import Level
from core.model import QualityLimits
from ingest.judge_rounds import Judge

CHANNEL = "asahi/channel_level"
MINUTE = timedelta(minutes=1)

pytestmark = pytest.mark.db


@pytest.fixture
def place(town, site, stream, rule, level):
    """A channel that blocks; what is below 5 cm is doubted by the judge, who has been at work."""
    caution = level(raise_at=80, clear_margin=10, hold=0, clear_hold=3)
    danger = level(Level.DANGER, raise_at=100, clear_margin=10, hold=0, clear_hold=3)
    watched = stream(limits=QualityLimits(suspect_min=5.0))
    made = town(site([rule(caution, danger)], streams=(watched,)))
    made.judge = Judge(made.site, made.store, made.registry)
    made.measure(CHANNEL, 0, 60)
    made.judge.round()
    made.play(CHANNEL, [(1, 95)])
    assert made.kinds == ["fired"]
    return made


def bunch(place, *readings):
    for minute, value in readings:
        place.measure(CHANNEL, minute, value)


def test_an_end_in_a_bunch_waits_until_it_is_judged(place):
    bunch(place, (2, 60), (3, 60), (4, 60), (5, 60), (6, 60))
    first = place.round(6)
    assert (place.kinds, first.broken) == (["fired"], 0)
    place.judge.round()
    place.round(6)
    assert place.kinds == ["fired", "resolved"]


def test_a_fall_the_judge_doubts_ends_nothing(place):
    bunch(place, (2, 1), (3, 1), (4, 1), (5, 1), (6, 1))
    place.round(6)
    place.judge.round()
    place.round(6)
    place.round(7)
    assert place.kinds == ["fired"]
    assert place.store.open_episodes(place.registry.site)


def test_a_fall_judged_between_reading_and_asking_ends_nothing(place, monkeypatch):
    """The samples were read as good; by the time of the question the judge is done with them."""
    bunch(place, (2, 1), (3, 1), (4, 1), (5, 1), (6, 1))
    read = place.store.samples

    def read_then_judged(*asked):
        found = read(*asked)
        place.judge.round()
        return found

    monkeypatch.setattr(place.store, "samples", read_then_judged)
    place.round(6)
    monkeypatch.undo()
    place.round(6)
    assert place.kinds == ["fired"]


def test_a_rise_in_the_same_bunch_is_told_at_once(place):
    bunch(place, (2, 105), (3, 1), (4, 1), (5, 1), (6, 1))
    place.round(6)
    assert place.kinds == ["fired", "raised"]
    (episode,) = place.store.open_episodes(place.registry.site)
    assert episode.level == Level.DANGER
    place.judge.round()
    place.round(6)
    assert place.kinds == ["fired", "raised"]


def test_after_such_a_rise_the_judged_fall_is_told(place):
    bunch(place, (2, 105), (3, 60), (4, 60), (5, 60), (6, 60))
    place.round(6)
    assert place.kinds == ["fired", "raised"]
    place.judge.round()
    place.round(6)
    assert place.kinds == ["fired", "raised", "resolved"]


def test_a_judge_that_stands_still_keeps_no_alert_up_for_ever(place, caplog):
    bunch(place, (2, 60), (3, 60), (4, 60), (5, 60), (6, 60))
    place.round(6)
    place.measure(CHANNEL, 10, 60)
    place.round(6 + PATIENCE / MINUTE - 1)
    assert place.kinds == ["fired"]
    place.round(6 + PATIENCE / MINUTE)
    assert place.kinds == ["fired", "resolved"]
    assert "waited 0:05:00 for its values to be judged" in caplog.text


def test_without_a_judge_nothing_waits(town, site, rule, level):
    made = town(site([rule(level(raise_at=80, clear_margin=10, hold=0, clear_hold=3))]))
    made.play(CHANNEL, [(1, 95)])
    bunch(made, (2, 60), (3, 60), (4, 60), (5, 60), (6, 60))
    made.round(6)
    assert made.kinds == ["fired", "resolved"]


def test_a_rise_that_comes_late_waits_for_no_judge(place):
    """The newest value of a backlog comes first; behind it a run that is over, and a rise that lasts."""
    bunch(place, (2, 60), (3, 60), (4, 60), (5, 60), (6, 60))
    place.judge.round()
    place.round(6)
    place.measure(CHANNEL, 40, 75)
    place.judge.round()
    place.round(40)
    assert place.kinds == ["fired", "resolved"]
    bunch(place, (20, 95), (21, 60), (22, 60), (23, 60), (24, 60), (25, 60), (38, 95), (39, 95))
    place.round(40)
    assert [episode.level for episode in place.store.open_episodes(place.registry.site)] == [Level.CAUTION]
    place.judge.round()
    place.round(40)
    assert len(place.store.open_episodes(place.registry.site)) == 1


def test_a_late_value_the_judge_doubts_unsays_nothing(town, site, stream, rule, level):
    """It would break the hold by which the alert began."""
    held = level(raise_at=80, clear_margin=10, hold=5, clear_hold=3)
    made = town(site([rule(held)], streams=(stream(limits=QualityLimits(suspect_min=5.0)),)))
    judge = Judge(made.site, made.store, made.registry)
    made.play(CHANNEL, [(0, 60), (1, 95), (3, 95), (5, 95), (6, 95)])
    judge.round()
    made.round(6)
    assert made.kinds == ["fired"]
    made.measure(CHANNEL, 4, 1)
    made.round(7)
    judge.round()
    made.round(7)
    assert made.kinds == ["fired"]
    made.measure(CHANNEL, 2, 60)
    judge.round()
    made.round(7)
    assert made.kinds == ["fired", "closed"]
