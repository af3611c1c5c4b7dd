"""Members of a site: names, shares, who is silent, and looking after a session without fighting for it."""

from __future__ import annotations

import json
import random
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg
import pytest
from hypothesis import given
from hypothesis import strategies as st
from psycopg_pool import ConnectionPool

from config import load_site
from config.model import Site, Source
from core.broker_address import BrokerAddress
from core.errors import StartError, StoreError
from core.times import utc_now
from ingest.adoption import Adoptions
from ingest.inlets import Inlets
from ingest.lookout import Lookout
from ingest.membership import Member, Place, PlaceTakenError, require_shared_subscriptions
from ingest.messages import Message
from ingest.pipeline import Pipeline
from ingest.publishing import Publisher
from ingest.repeats import Repeats
from ingest.session import Session
from ingest.writer import Target
from store import Store, open_store
from store.members import Members

FUKUI = load_site(Path(__file__).resolve().parents[2] / "config" / "fukui")
GAUGE = FUKUI.datastreams[0].device
NOON = datetime(2026, 1, 10, 3, 0, tzinfo=UTC)
PATIENCE_S = 20.0

pytestmark = [pytest.mark.broker, pytest.mark.db]


def eventually(true: Callable[[], object], what: str) -> None:
    waiting = threading.Event()
    for _ in range(round(PATIENCE_S / 0.02)):
        if true():
            return
        waiting.wait(0.02)
    raise AssertionError(f"waited in vain: {what}")


# Names and shares


def with_topics(*sources: Source) -> Site:
    return replace(FUKUI, sources=sources)


def test_alone_it_has_the_plain_name_and_the_plain_topics():
    alone = Member()
    assert alone.client_id("fukui") == "yukimori-collect-fukui"
    assert alone.filters(FUKUI) == [source.topic for source in FUKUI.sources]


def test_members_have_names_of_their_own_and_no_site_has_the_name_of_anothers_member():
    names = [Member(number, 3).client_id("fukui") for number in (1, 2, 3)]
    assert names == ["yukimori-collect-fukui", "yukimori-collect-fukui.2", "yukimori-collect-fukui.3"]
    assert Member(2, 2).client_id("town") != Member().client_id("town-2")


def test_members_share_every_topic_and_the_first_hears_states_by_itself():
    site = with_topics(
        Source(topic="yukimori/fukui/+/+", codec="yukimori"),
        Source(topic="application/+/device/+/event/up", codec="chirpstack"),
        Source(topic="$share/ours/v3/#", codec="ttn"),
    )
    shared = [
        "$share/yukimori-fukui/yukimori/fukui/+/+",
        "$share/yukimori-fukui/application/+/device/+/event/up",
        "$share/ours/v3/#",
    ]
    assert Member(2, 2).filters(site) == shared
    assert Member(1, 2).filters(site) == [*shared, "yukimori/fukui/+/status"]


def test_the_name_of_the_group_tells_nothing_and_is_the_same_for_all_members():
    site = with_topics(Source(topic="yukimori/fukui/+/reading", codec="yukimori"))
    (one,), (two,) = (Member(number, 2, secret="a password").filters(site) for number in (1, 2))
    assert one == two
    assert "password" not in one + repr(Member(1, 2, secret="a password"))
    assert one not in (Member(1, 2).filters(site)[0], Member(1, 2, secret="another").filters(site)[0])


@pytest.mark.parametrize(
    ("topic", "status"),
    [
        ("yukimori/fukui/+/+", ["yukimori/fukui/+/status"]),
        ("yukimori/fukui/#", ["yukimori/fukui/+/status"]),
        ("yukimori/#", ["yukimori/+/+/status"]),
        ("#", ["+/+/+/status"]),
        ("yukimori/fukui/gauge/status", ["yukimori/fukui/gauge/status"]),
        ("yukimori/fukui/+/reading", []),
        ("+/+", []),
    ],
)
def test_what_of_a_topic_is_states(topic, status):
    site = with_topics(Source(topic=topic, codec="yukimori"))
    assert Member(1, 2).filters(site)[1:] == status


@pytest.mark.parametrize(("number", "of"), [(0, 1), (2, 1), (-1, 3), (1, 0), (1, 65)])
def test_there_is_no_such_member(number, of):
    with pytest.raises(StartError, match=f"no member {number} of {of}"):
        Member(number, of).checked()


# What the broker can do


def test_mosquitto_shares(mosquitto_broker):
    require_shared_subscriptions(BrokerAddress.parse(mosquitto_broker.url))


def test_the_embedded_broker_does_not(embedded_broker):
    with pytest.raises(StartError, match="offers no shared subscriptions") as refused:
        require_shared_subscriptions(BrokerAddress.parse(embedded_broker.url))
    assert "Mosquitto" in refused.value.hint


def test_of_a_broker_that_is_away_nothing_is_said(mosquitto_broker):
    address = BrokerAddress.parse(mosquitto_broker.url)
    mosquitto_broker.stop()
    require_shared_subscriptions(address)


# Who is silent


def test_silent_is_whose_word_has_not_changed_for_long_enough():
    lookout = Lookout(30)
    for second in range(0, 31, 2):
        silent = lookout.look({2, 3}, {2: NOON, 3: NOON + timedelta(seconds=second)}, float(second))
        assert silent == ({2} if second == 30 else set())
    assert lookout.look({2, 3}, {2: NOON + timedelta(seconds=1), 3: NOON}, 32.0) == set()


def test_who_never_spoke_is_silent_too():
    lookout = Lookout(30)
    assert [lookout.look({2}, {}, 5.0 * step) for step in range(7)] == [set()] * 6 + [{2}]


def test_time_in_which_nobody_could_look_counts_against_nobody():
    lookout = Lookout(30)
    lookout.look({2}, {2: NOON}, 0.0)
    assert lookout.look({2}, {2: NOON}, 3600.0) == set()


@given(skew=st.integers(-(10**6), 10**6), steps=st.lists(st.floats(0.1, 20), min_size=1, max_size=40))
def test_a_clock_that_goes_wrong_makes_nobody_silent_who_speaks(skew, steps):
    lookout, now = Lookout(30), 0.0
    word = NOON + timedelta(seconds=skew)
    for step in steps:
        now += step
        word -= timedelta(microseconds=1)
        assert lookout.look({2}, {2: word}, now) == set()


# The place


@pytest.fixture
def site_no(store) -> int:
    return store.register(FUKUI).site


def never(_seconds: float) -> bool:
    return False


def at_once(_seconds: float) -> bool:
    return True


def test_a_place_is_held_once_and_free_again(store, site_no):
    first, second, other = Place(Member(), "fukui", at_once), Place(Member(), "fukui", at_once), None
    first.enter(store, site_no)
    with pytest.raises(PlaceTakenError, match="member 1 of fukui"):
        second.enter(store, site_no)
    other = Place(Member(2, 2), "fukui", at_once)
    other.enter(store, site_no)
    assert store.members.holder(site_no, 1) is not None
    first.leave()
    eventually(lambda: store.members.holder(site_no, 1) is None, "the lock is let go")
    second.enter(store, site_no)
    second.leave()
    other.leave()


def test_a_place_is_taken_anew_after_the_connection_broke_and_refused_where_another_was_faster(dsn, store, site_no):
    first, second = Place(Member(), "fukui", at_once), Place(Member(), "fukui", at_once)
    with ExitStack() as stack:
        stack.callback(first.leave)
        stack.callback(second.leave)
        first.enter(store, site_no)
        before = store.members.holder(site_no, 1)
        end_session(dsn, before)
        first.ensure()
        assert store.members.holder(site_no, 1) not in (before, None)
        end_session(dsn, store.members.holder(site_no, 1))
        eventually(lambda: store.members.holder(site_no, 1) is None, "the lock is let go")
        second.enter(store, site_no)
        with pytest.raises(PlaceTakenError):
            for _ in range(100):
                first.ensure()


def test_what_the_database_cannot_say_now_is_a_store_error(store, site_no):
    hold = store.members.membership(site_no, 1)
    assert hold.take()
    store.close()
    assert hold.take()  # it has a connection of its own
    hold.close()
    for ask in (lambda: store.members.holder(site_no, 1), lambda: store.members.dismiss(site_no, "collect", "2")):
        with pytest.raises(StoreError):
            ask()
    away = Members(ConnectionPool("postgresql://127.0.0.1:1/nowhere", open=False), "plain")
    with pytest.raises(StoreError) as error:
        away.membership(site_no, 1).take()
    assert error.value.retryable


def end_session(dsn: str, pid: int | None) -> None:
    with psycopg.connect(dsn, autocommit=True) as connection:
        connection.execute("select pg_terminate_backend(%s, 5000)", [pid])


def test_whoever_returns_waits_until_nobody_looks_after_its_session(store, site_no):
    adopter = store.members.adoption(site_no, 2)
    assert adopter.take()
    waits: list[float] = []

    def wait(seconds: float) -> bool:
        waits.append(seconds)
        if len(waits) == 3:
            adopter.close()
        return waiting.wait(0.01)

    waiting = threading.Event()
    place = Place(Member(2, 2), "fukui", wait)
    place.enter(store, site_no)
    assert len(waits) >= 3
    place.leave()


# Looking after a session


class Survivor:
    """Member 1 of 2, its own session, and adoptions whose time is set by hand."""

    def __init__(self, broker, store: Store, site_no: int) -> None:
        self.address = BrokerAddress.parse(broker.url)
        self.store, self.site_no = store, site_no
        self.now = 0.0
        self.member = Member(1, 2)
        self.own = self.session(self.member)
        self.inlets = Inlets(self.own)
        registry = store.register(FUKUI)
        self.target = Target(store, Pipeline(FUKUI, registry, Repeats(self.member.client_id("fukui"))), site_no)
        self.adoptions = Adoptions(
            self.address, FUKUI, self.member, self.inlets, clock=utc_now, monotonic=lambda: self.now
        )

    def session(self, member: Member) -> Session:
        session = Session(
            self.address, client_id=member.client_id("fukui"), topics=member.filters(FUKUI), clock=utc_now
        )
        session.start()
        return session

    def publish(self, *payloads: bytes) -> None:
        with Publisher(self.address, client_id="publisher") as publisher:
            for payload in payloads:
                publisher.publish(f"yukimori/fukui/{GAUGE}/reading", payload)
            assert publisher.drain()

    def rounds(self, seconds: int) -> None:
        for _ in range(seconds):
            self.now += 1.0
            self.adoptions.round(self.target)

    def write(self) -> int:
        taken = self.inlets.take(0.02, 1_000)
        if taken:
            self.store.append(self.site_no, self.target.pipeline.handle_all([each.message for each in taken]))
            self.inlets.acknowledge(taken)
        return len(taken)

    def close(self) -> None:
        self.adoptions.end()
        self.own.stop()


@pytest.fixture
def survivor(mosquitto_broker, store, site_no) -> Iterator[Survivor]:
    found = Survivor(mosquitto_broker, store, site_no)
    yield found
    found.close()


def reading(number: int, at: datetime | None = NOON) -> bytes:
    own = None if at is None else (at + timedelta(seconds=number)).isoformat()
    return json.dumps({"at": own, "quantity": "water_level", "value": number / 100, "unit": "m"}).encode()


def observations(store: Store, dsn: str) -> list[tuple[datetime, float]]:
    with psycopg.connect(dsn) as connection:
        return connection.execute("select at, value from observation order by at").fetchall()


def incidents(survivor: Survivor) -> list[tuple[str, str, dict]]:
    return [
        (each.kind, each.subject, dict(each.detail)) for each in survivor.store.watching.incidents(survivor.site_no)
    ]


def test_a_message_without_own_time_that_was_stored_and_not_acknowledged_is_the_same_row_for_the_adopter(
    survivor, store, dsn, site_no
):
    """The dead member had committed it; the broker sends it again, to somebody else."""
    member = Member(2, 2)
    dead = survivor.session(member)
    survivor.publish(*[reading(number, None) for number in range(10)])
    eventually(lambda: dead.waiting + survivor.own.waiting == 10, "both have their share")
    taken = dead.take(0, 100)
    assert taken
    pipeline = Pipeline(FUKUI, store.register(FUKUI), Repeats(member.client_id("fukui")))
    store.append(site_no, pipeline.handle_all([each.message for each in taken]))
    store.watching.beat(site_no, "collect", "2", utc_now(), member.state(FUKUI))
    dead.stop()

    survivor.rounds(31)
    eventually(lambda: survivor.write() == 0 and survivor.own.waiting == 0 and store_is_full(store, dsn), "all arrive")
    stored = observations(store, dsn)
    assert len(stored) == 10
    assert len({at for at, _ in stored}) == 10
    assert sorted(value for _, value in stored) == [number / 100 for number in range(10)]
    assert store.counters(site_no)["duplicate"] == len(taken)


def store_is_full(store: Store, dsn: str) -> bool:
    site_no = store.register(FUKUI).site
    counts = store.counters(site_no)
    return len(observations(store, dsn)) == 10 and counts.get("duplicate", 0) > 0


def test_a_member_without_a_database_keeps_its_session_and_nobody_fights(survivor, store, site_no):
    store.watching.beat(site_no, "collect", "2", NOON, Member(2, 2).state(FUKUI))
    living = survivor.session(Member(2, 2))
    comings: list[int] = []
    on_connect = living._client.on_connect
    living._client.on_connect = lambda *words: (comings.append(1), on_connect(*words))
    try:
        survivor.rounds(31)
        eventually(lambda: comings, "the living member comes again")
        (guest,) = survivor.adoptions._guests.values()
        eventually(lambda: guest.session.lost, "the adopter is put out")
        survivor.rounds(60)
        assert survivor.adoptions._guests == {}
        assert living.connected
        assert comings == [1]
        assert incidents(survivor) == [
            ("collector-dead", "collect/2", {"last": "", "spool_messages": 0, "lives": True})
        ]
        store.watching.beat(site_no, "collect", "2", NOON + timedelta(hours=1))
        survivor.rounds(1)
        assert incidents(survivor) == []
    finally:
        living.stop()


def test_the_incident_says_what_lies_on_the_disk_of_the_dead(survivor, store, site_no):
    state = Member(2, 2).state(FUKUI) | {"mode": "spooling", "spool_messages": 12}
    store.watching.beat(site_no, "collect", "2", NOON, state)
    survivor.rounds(31)
    ((kind, subject, detail),) = incidents(survivor)
    assert (kind, subject) == ("collector-dead", "collect/2")
    assert (detail["last"], detail["spool_messages"]) == ("spooling", 12)
    assert "disk" in detail["spool"]


def test_the_adopter_leaves_as_soon_as_the_member_takes_its_place(survivor, store, site_no):
    store.watching.beat(site_no, "collect", "2", NOON, Member(2, 2).state(FUKUI))
    survivor.session(Member(2, 2)).stop()
    survivor.publish(*[reading(number) for number in range(20)])
    survivor.rounds(31)
    (guest,) = survivor.adoptions._guests.values()
    eventually(lambda: guest.session.waiting == 10, "what was parked comes to the adopter")
    survivor.rounds(5)
    assert survivor.adoptions._guests  # nothing is durable yet, so it stays

    place = Place(Member(2, 2), "fukui", never_alone(survivor))
    place.enter(store, site_no)
    assert survivor.adoptions._guests == {}
    survivor.rounds(5)
    assert survivor.adoptions._guests == {}
    returned = survivor.session(Member(2, 2))
    eventually(lambda: returned.waiting == 10, "the same comes to the member")
    returned.stop()
    place.leave()


def never_alone(survivor: Survivor) -> Callable[[float], bool]:
    """Waits as the survivor goes round."""

    def wait(_seconds: float) -> bool:
        survivor.rounds(1)
        return False

    return wait


def test_what_is_retained_reaches_the_first_member(mosquitto_broker, survivor):
    with Publisher(survivor.address, client_id="device") as publisher:
        publisher.publish(f"yukimori/fukui/{GAUGE}/status", b"online", retain=True)
        assert publisher.drain()
    eventually(lambda: survivor.own.waiting, "the state comes live")
    survivor.own.stop()
    fresh = survivor.session(Member(1, 2))
    eventually(lambda: any(each.message.retain for each in fresh.take(0.02, 10)), "the retained state comes")
    fresh.stop()


# Order and division do not matter


def test_however_messages_are_divided_ordered_and_repeated_among_members_the_rows_are_the_same(dsn, store, site_no):
    random_ = random.Random(20260110)
    gauges = [stream.device for stream in FUKUI.datastreams[:5]]
    messages = [
        Message(f"yukimori/fukui/{gauge}/reading".encode(), reading(number), NOON + timedelta(hours=2), qos=1)
        for number in range(200)
        for gauge in gauges
    ]
    shares: list[list[Message]] = [[], [], []]
    for message in messages:
        for share in random_.sample(shares, random_.choice([1, 1, 1, 2, 3])):
            share.append(message)
    for share in shares:
        random_.shuffle(share)

    def work(share: list[Message]) -> None:
        with open_store(dsn) as own:
            pipeline = Pipeline(FUKUI, own.register(FUKUI))
            for start in range(0, len(share), 50):
                own.append(site_no, pipeline.handle_all(share[start : start + 50]))

    threads = [threading.Thread(target=work, args=(share,)) for share in shares]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with psycopg.connect(dsn) as connection:
        rows = connection.execute("select datastream_id, at, value from observation").fetchall()
        latest = connection.execute("select datastream_id, at, value from observation_latest").fetchall()
    assert len(rows) == len(messages)
    assert {(at, value) for _, at, value in rows} == {
        (NOON + timedelta(seconds=number), number / 100) for number in range(200)
    }
    assert len(latest) == len(gauges)
    assert {(at, value) for _, at, value in latest} == {(NOON + timedelta(seconds=199), 1.99)}
    counts = store.counters(site_no)
    assert counts["rows_received"] == sum(map(len, shares)) == counts["stored"] + counts["duplicate"]
