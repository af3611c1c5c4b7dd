"""Ten gauges of one flood are one call: what is due at the same step of the same people goes out as one message."""

from dataclasses import replace
from datetime import timedelta

import pytest

from alerts.escalation import Escalator
from alerts.superseding import carries
from config.people_plan import Audience, Escalation, EscalationStep, People
from core.levels import Level
from core.model import DeviceId, StationId
from store.acknowledgements import Ack, Answer

MINUTE = timedelta(minutes=1)
SECOND = timedelta(seconds=1)
PEOPLE = People(
    audiences=tuple(Audience(id=name, name_ja=name, name_en=name, channels=("hook",)) for name in ("duty", "chief")),
    escalations=(
        Escalation(
            id="night",
            min_level=Level.WARNING,
            steps=(
                EscalationStep(audience="duty", wait=5 * MINUTE),
                EscalationStep(audience="chief", wait=10 * MINUTE),
            ),
            loops=1,
        ),
    ),
    group_wait=30 * SECOND,
    group_interval=timedelta(0),
    admin="duty",
)


@pytest.fixture
def flood(own_town, site, river_rule, hook):
    """A town of so many river gauges that rise to 危険 together, or so many seconds after one another."""

    def make(gauges, apart=timedelta(0)):
        plain = site([river_rule], [hook()])
        ids = [f"gauge{number:02}" for number in range(gauges)]
        stations = tuple(replace(plain.stations[0], id=StationId(each), name_ja=each) for each in ids)
        streams = tuple(
            replace(plain.datastreams[0], station=StationId(each), device=DeviceId(f"d-{each}")) for each in ids
        )
        place = own_town(replace(plain, stations=stations, datastreams=streams, people=PEOPLE))
        place.now += 10 * MINUTE
        for each in ids:
            for minute, value in ((0, 1.0), (10, 2.5)):
                place.measure(f"{each}/water_level", minute, value)
            if apart or each == ids[-1]:
                place.evaluator.round(place.now)
                place.dispatcher.round(place.now)
                place.now += apart
        return place

    return make


def look(place, after):
    """A round of an escalator that was just started, so long after the last one."""
    place.now += after
    Escalator(place.site, place.store, place.registry.site).round(place.now)


def calls(place):
    return [row for row, *_ in place.outbox if row.purpose == "escalation"]


def timers(place):
    found = place.store.escalations.timers(place.registry.site)
    return sorted((timer.level, timer.step, timer.called, timer.ended) for timer in found)


@pytest.mark.db
def test_many_gauges_are_one_call_and_long_lists_end_in_a_number(flood):
    place = flood(25)
    look(place, SECOND)
    assert calls(place) == []
    look(place, 5 * MINUTE)
    (call,) = calls(place)
    assert call.audience == "duty"
    assert call.body["subject_ja"].startswith("【未対応のため連絡】【危険】gauge")
    assert call.body["subject_ja"].endswith("（ほか 24 件）")
    assert (len(call.body["episodes"]), len(call.body["alerts"]), call.body["truncated"]) == (25, 20, 5)
    text = call.body["text_ja"].split("\n")
    assert "ほかにも未対応の警報が 24 件あります。1 件ずつ「対応する」を押してください。" in text
    assert sum(line.startswith("・【危険】gauge") for line in text) == 19
    assert text[-1] == "他 5 件"
    assert call.body["text_en"].endswith("\nand 5 more")
    assert timers(place) == [(Level.DANGER, 1, 1, None)] * 25
    assert {timer.sent for timer in place.store.escalations.timers(place.registry.site)} == {(call.id,)}
    look(place, SECOND)
    assert len(calls(place)) == 1, "the timers know that they were called, also after a restart"
    look(place, 10 * MINUTE)
    assert [row.audience for row in calls(place)] == ["duty", "chief"]
    first, second = calls(place)
    assert first.id != second.id
    assert carries(second, first), "the newer one speaks of them all"


@pytest.mark.db
def test_what_is_acknowledged_is_in_no_further_call_and_the_end_is_one_alarm(flood):
    place = flood(3)
    look(place, 5 * MINUTE)
    seen, *others = place.episodes
    ack = Ack(episode=seen.id, level=Level.DANGER, who="sato", at=place.now)
    assert place.store.acknowledgements.add(place.registry.site, ack) is Answer.TAKEN
    look(place, 10 * MINUTE)
    duty, chief = calls(place)
    assert set(duty.body["episodes"]) == {str(each.id) for each in place.episodes}
    assert set(chief.body["episodes"]) == {str(each.id) for each in others}
    look(place, 6 * MINUTE)
    notices = [row for row, *_ in place.outbox if row.body["kind"] == "escalation-exhausted"]
    assert [set(row.body["details"]["episodes"]) for row in notices] == [{str(each.id) for each in others}]
    assert "（ほか 1 件）に誰も応答していません" in notices[0].body["subject_ja"]
    assert [ended for *_, ended in timers(place)].count("exhausted") == 2


@pytest.mark.db
def test_what_rose_a_moment_later_comes_along_and_what_rose_later_is_a_call_of_its_own(flood):
    """Within ``group_wait``: seconds before its own time, never minutes."""
    place = flood(3, apart=20 * SECOND)
    look(place, 4 * MINUTE)
    (first,) = calls(place)
    assert len(first.body["episodes"]) == 2, "the third is due in forty seconds"
    look(place, 40 * SECOND)
    _, second = calls(place)
    assert "episodes" not in second.body
    assert second.body["subject_ja"].count("ほか") == 0
    assert timers(place) == [(Level.DANGER, 1, 1, None)] * 3
