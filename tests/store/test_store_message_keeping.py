"""What messages said leaves once it is past its keeping; that they were sent stays, and so does whatever somebody may need whole."""

from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import psycopg
import pytest
from psycopg.types.json import Jsonb

from config.model import Retention
from core.levels import Level
from store import message_keeping
from store.alert_rows import Evaluation, TellingRow

pytestmark = pytest.mark.db
DAY = timedelta(days=1)
BODY = {
    "kind": "fired",
    "subject_ja": "【注意】橋",
    "subject_en": "[Caution] bridge",
    "text_ja": "長い本文",
    "details": {"many": [1, 2]},
}
SLIM = {name: BODY[name] for name in ("kind", "subject_ja", "subject_en")}


@pytest.fixture
def peek(plain_dsn):
    """Runs a statement beside the store."""

    def run(sql, *parameters):
        with psycopg.connect(plain_dsn, autocommit=True) as connection:
            cursor = connection.execute(sql, parameters or None)
            return cursor.fetchall() if cursor.description else []

    return run


@pytest.fixture
def kept(plain_store, town, noon, episode, message, peek):
    """A town that keeps messages for a hundred days: puts episodes with a message and a telling each, made so many days ago."""
    site = plain_store.register(replace(town, retention=Retention(messages=100 * DAY))).site

    def put(number, age, *, closed=None, state="delivered", site=site, body=BODY, **fields):
        at = noon - age * DAY
        over = None if closed is None else noon - closed * DAY
        row = episode(number, opened_at=at, detected_at=at, closed_at=over, outcome=over and "resolved")
        telling = TellingRow(
            row.id, 1, row.rule, row.target, "fired", Level.CAUTION, Level.CAUTION, at, at, body, unconfirmed=True
        )
        sent = message(number, body=body, queued_at=at, deadline_at=at + DAY, **fields)
        plain_store.save_evaluation(site, Evaluation(episodes=[row], tellings=[telling], notifications=[sent]))
        peek("update telling set told_at = %s, verdict = 'sent' where episode_id = %s", at, row.id)
        if state != "queued":
            peek("update notification set state = %s, finished_at = %s where id = %s", state, at, sent.id)
        return sent.id

    put.site = site
    return put


@pytest.fixture
def whole(peek):
    """The episodes whose messages, and those whose tellings still say everything."""

    def read():
        messages = peek("select body from notification where episode_id is not null order by episode_id")
        tellings = peek("select episode_id, body from telling order by episode_id")
        heads = peek("select episode_id from notification where episode_id is not null order by episode_id")
        return (
            [number.int for (number,), (body,) in zip(heads, messages, strict=True) if "text_ja" in body],
            [number.int for number, body in tellings if "text_ja" in body],
        )

    return read


def test_what_is_over_and_arrived_keeps_its_subject(kept, plain_store, noon, peek):
    kept(1, 200, closed=199)
    plain_store.maintain(noon)
    assert peek("select body, let_go_at, state, channel from notification") == [(SLIM, noon, "delivered", "mail")]
    subjects = {name: BODY[name] for name in ("subject_ja", "subject_en")}
    assert peek("select body, let_go_at, unconfirmed, verdict from telling") == [(subjects, noon, True, "sent")]
    assert [each.id.int for each in plain_store.recent_episodes(kept.site, noon - 400 * DAY)] == [1]
    facts = plain_store.messages.episode(kept.site, UUID(int=1))
    assert (facts.facts, facts.unconfirmed) == ({}, True), "no message to residents begins from half of it"
    plain_store.maintain(noon + DAY)
    assert peek("select let_go_at from notification") == [(noon,)]


def test_young_ones_stay_whole_and_each_site_has_its_own_keeping(kept, plain_store, town, noon, whole):
    other = plain_store.register(replace(town, id="upstream")).site
    kept(1, 99, closed=98)
    kept(2, 200, closed=50)
    kept(3, 200, closed=199, site=other)
    kept(4, 401, closed=400.5, site=other)
    plain_store.maintain(noon)
    assert whole() == ([1, 3], [1, 2, 3]), "of the second the episode is not over for so long yet"


def test_nothing_leaves_that_somebody_may_need(kept, plain_store, noon, whole, peek):
    kept(1, 200)
    for number, state in enumerate(("queued", "dead", "unknown"), start=2):
        kept(number, 200, closed=199, state=state)
    kept(5, 200, closed=199, resident=True)
    kept(6, 200, closed=199)
    peek(
        "insert into escalation_timer values (%s, %s, 'night', 4, %s, 4, 0, %s, 9, '{}', %s, 'exhausted')",
        kept.site, UUID(int=6), noon, noon, noon,
    )  # fmt: skip
    kept(7, 200, closed=199)
    peek(
        "insert into resident_message values (%s, %s, 'live', 'message', null, 'draft', 1, 'flood', 'town', 4, %s, '{}',"
        " null, null, null, %s)",
        UUID(int=70), kept.site, noon, Jsonb({"episode": str(UUID(int=7))}),
    )  # fmt: skip
    kept(8, 200, closed=199, body=BODY | {"episodes": [str(UUID(int=8)), str(UUID(int=1))]})
    kept(9, 200, closed=199, body=BODY | {"episodes": [str(UUID(int=9))], "alerts": [{"episode": "x", "value": 3}]})
    kept(10, 200, closed=199, state="superseded")
    kept(11, 200, closed=199)
    peek(
        "insert into dispatch_member values (%s, 'duty', %s, 'g', 1, 1, 2, true, false, null, null, '', null)",
        kept.site,
        UUID(int=11),
    )
    plain_store.maintain(noon)
    messages, tellings = whole()
    assert messages == [1, 2, 3, 4, 5, 6, 7, 8, 11], "the eighth speaks of the first, which lasts"
    assert tellings == [1, 6, 7, 11]
    assert peek("select body from notification where episode_id = %s", UUID(int=9)) == [
        (SLIM | {"alerts": [{"episode": "x"}]},)
    ]


def test_heartbeats_stay_a_week_and_everything_leaves_in_batches(kept, plain_store, noon, peek, monkeypatch, message):
    monkeypatch.setattr(message_keeping, "AT_A_TIME", 2)
    for number in range(1, 6):
        kept(number, 150, closed=149)
    for age, state in ((8, "delivered"), (8.5, "dead"), (9, "superseded"), (6, "delivered")):
        at = noon - age * DAY
        beat = message(1, body=BODY, queued_at=at, deadline_at=at, purpose="heartbeat", channel=f"beat {age}")
        plain_store.outgoing.queue(kept.site, [replace(beat, id=UUID(int=int(age * 10)), episode=None)])
        peek("update notification set state = %s, finished_at = %s where id = %s", state, at, UUID(int=int(age * 10)))
    plain_store.maintain(noon)
    assert peek("select count(*) from notification where let_go_at is not null") == [(5,)]
    assert peek("select count(*) from telling where let_go_at is not null") == [(5,)]
    assert peek("select channel from notification where purpose = 'heartbeat'") == [("beat 6",)]


def test_of_alerts_of_other_systems_the_newest_of_each_stays(kept, plain_store, noon, peek):
    for number, age in ((1, 300), (2, 200), (3, 150)):
        peek(
            "insert into external_alert (site_no, fingerprint, number, labels, annotations, starts_at, ends_at, lasts_until,"
            " received_at) values (%s, 'f', %s, '{}', '{}', %s, %s, %s, %s)",
            kept.site, number, *[noon - age * DAY] * 4,
        )  # fmt: skip
    plain_store.maintain(noon)
    assert peek("select number from external_alert") == [(3,)]
