"""Silences, alerts of other systems, and what the dispatcher remembers."""

from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import psycopg
import pytest

from core.levels import Level
from store.alert_rows import Evaluation, TellingRow
from store.dispatching import Dispatch, Member
from store.external_alerts import MOST_OPEN, ExternalReport, merged
from store.silences import Silence

pytestmark = pytest.mark.db

HOUR = timedelta(hours=1)


@pytest.fixture
def silence(noon):
    def make(number=1, **changes):
        facts = {
            "id": UUID(int=number),
            "rules": frozenset({"river"}),
            "levels": frozenset({Level.CAUTION, Level.WARNING}),
            "starts_at": noon,
            "ends_at": noon + 2 * HOUR,
            "author": "sato",
            "reason": "橋の工事",
            "created_at": noon,
        }
        return Silence(**(facts | changes))

    return make


@pytest.fixture
def report(noon):
    def make(name="a", *, starts=0, ends=None, **annotations):
        return ExternalReport(
            fingerprint=name,
            labels={"alertname": name},
            annotations=annotations,
            starts_at=noon + starts * HOUR,
            ends_at=None if ends is None else noon + ends * HOUR,
            lasts_until=noon + 12 * HOUR,
        )

    return make


def test_a_silence_is_kept_as_it_was_asked_for(store, registry, silence, noon):
    asked = silence(stations=frozenset({"harame"}), kinds=frozenset({"river"}))
    assert store.silences.add(1, asked)
    assert not store.silences.add(1, replace(asked, reason="another"))
    assert store.silences.get(1, asked.id) == asked
    assert store.silences.get(2, asked.id) is None
    assert store.silences.since(1, noon) == [asked]
    assert store.silences.since(1, noon + 2 * HOUR) == []
    assert store.silences.count_open(1, noon) == 1
    assert [asked.state(noon + n * HOUR) for n in (-1, 0, 2)] == ["coming", "active", "over"]


def test_danger_waits_for_a_second_person_and_the_first_word_stands(store, registry, silence, noon):
    asked = silence(levels=frozenset({Level.DANGER}))
    store.silences.add(1, asked)
    assert asked.state(noon) == "waiting"
    assert store.silences.approve(1, asked.id, "suzuki", noon)
    assert not store.silences.approve(1, asked.id, "tanaka", noon)
    assert not store.silences.approve(2, asked.id, "tanaka", noon)
    approved = store.silences.get(1, asked.id)
    assert (approved.approved_by, approved.in_force(noon)) == ("suzuki", True)
    assert store.silences.end(1, asked.id, "sato", noon + HOUR, "済んだ")
    ended = store.silences.get(1, asked.id)
    assert (ended.state(noon + HOUR), ended.over_at, ended.end_reason) == ("over", noon + HOUR, "済んだ")
    assert store.silences.count_open(1, noon) == 0


def test_what_was_said_of_a_silence_stays_said(store, registry, silence, noon, dsn):
    store.silences.add(1, silence())
    store.silences.approve(1, silence().id, "suzuki", noon)
    with psycopg.connect(dsn, autocommit=True, prepare_threshold=None) as connection:
        for statement in ("update silence set reason = 'x'", "delete from silence_step"):
            with pytest.raises(psycopg.IntegrityError, match="append-only"):
                connection.execute(statement)


def test_reports_of_one_identity_are_one_alert(report, noon):
    first = merged(None, report(starts=0), noon)
    assert (first.number, first.starts_at, first.ends_at) == (1, noon, None)
    earlier = merged(first, report(starts=-1, summary="new"), noon)
    assert (earlier.number, earlier.starts_at, earlier.annotations) == (1, noon - HOUR, {"summary": "new"})
    over = merged(earlier, report(starts=-1, ends=2), noon + 3 * HOUR)
    assert over.ends_at == noon + 2 * HOUR
    for ends, counts in ((1, 2), (3, 3)):
        assert merged(over, report(starts=-1, ends=ends), noon + 3 * HOUR).ends_at == noon + counts * HOUR
    again = merged(over, report(starts=4), noon + 4 * HOUR)
    assert (again.number, again.starts_at, again.ends_at) == (2, noon + 4 * HOUR, None)
    assert merged(again, report(starts=-1, ends=3), noon + 5 * HOUR) is None, "a word on the activation before"


def test_other_systems_cannot_open_any_number_of_alerts(store, registry, report, noon):
    assert store.external_alerts.report(1, [report(str(n)) for n in range(MOST_OPEN + 2)], noon) == 2
    assert store.external_alerts.report(1, [report("0", ends=0)], noon) == 0
    assert store.external_alerts.report(1, [report("another"), report("and another")], noon) == 1
    assert len(store.external_alerts.recent(1, noon - HOUR, 5_000)) == MOST_OPEN + 1


def test_what_is_not_reported_again_is_over(store, registry, report, noon):
    store.external_alerts.report(1, [replace(report(), lasts_until=noon + HOUR)], noon)
    (alert,) = store.dispatching.standing(1, noon).externals
    assert alert.ends_at is None
    store.dispatching.save(
        1, Dispatch(members=[Member(audience="a", matter=UUID(int=9), group_key="g", external_no=alert.no)]), noon
    )
    (alert,) = store.dispatching.standing(1, noon + HOUR).externals
    assert alert.ends_at == noon + HOUR


def test_a_round_finds_what_the_one_before_left(store, registry, silence, episode, message, noon):
    member = Member(
        audience="staff", matter=episode().id, group_key="river|", seq=3, turn=1, level=Level.DANGER, firing=True,
        told_at=noon, held="silence", held_at=noon,
    )  # fmt: skip
    before = store.dispatching.news(1)
    store.watching.open_incident(1, "broker-away", "collector", noon)
    store.silences.add(1, silence())
    telling = TellingRow(
        episode().id, 1, "r", "t", "fired", Level.DANGER, Level.DANGER, noon, noon, {"status": "firing"}
    )
    store.save_evaluation(1, Evaluation(episodes=[episode()], tellings=[telling]))
    assert store.dispatching.news(1) != before
    standing = store.dispatching.standing(1, noon)
    assert standing.tellings == [(telling, None)]
    assert [each.kind for each in standing.incidents] == ["broker-away"]
    assert [each.id for each in standing.silences] == [silence().id]
    store.dispatching.save(
        1,
        Dispatch(
            messages=[message()], verdicts=[(telling, "sent")], members=[member], groups=[("staff", "river|")],
            words=[(silence().id, "made")],
        ),
        noon,
    )  # fmt: skip
    again = store.dispatching.standing(1, noon)
    assert again.members == [member]
    assert again.tellings == [(telling, noon)], "its episode is open"
    assert again.groups == {("staff", "river|"): noon}
    assert again.announced == {(silence().id, "made")}
    assert [(hold.matter, hold.why) for hold in store.dispatching.holds(1)] == [(episode().id, "silence")]
    assert len(store.outbox(1)) == 1
    store.dispatching.save(1, Dispatch(dropped=[member]), noon)
    assert store.dispatching.standing(1, noon).members == []
    assert store.dispatching.news(1) == store.dispatching.news(1)
