"""Whatever people do in whatever order, a message goes out at most once, never without a second person, never after a cancel."""

from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID, uuid5

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from alerts.residents import lifecycle
from alerts.residents.deadlines import KEPT_FOR
from alerts.residents.desk import Desk
from alerts.residents.drafting import Wish
from alerts.residents.lifecycle import Seen
from alerts.residents.refusal import RefusedError
from alerts.residents.rounds import ResidentRound
from config.message_files import read_messages
from config.mistakes import Notes
from config.model import ChannelConfig
from config.people_plan import Audience, People
from core.accounts import Person, Role
from core.levels import Level
from core.resident_messages import MessageKind, MessageState, Mode, Text
from tests.examples import examples

pytestmark = pytest.mark.db

NAMES = UUID("0d6b9f43-6a0f-4d39-8a1c-66e1a7b0c002")
PEOPLE = [
    Person(account=uuid5(NAMES, name), name=name, shown_name=name, role=Role.APPROVER) for name in ("a", "b", "c")
]
WHO = st.sampled_from(PEOPLE)
WHICH = st.integers(0, 3)
TEMPLATES = ("snow_free", "danger_free")


class Life(RuleBasedStateMachine):
    """Three people at one desk, a clock, and an evaluator's process that is there or not."""

    bench = None
    """The site and its store; set by the test."""
    number = 0

    @initialize(far=st.integers(0, 3))
    def begin_work(self, far):
        """A desk with a message that has come so far already: begun, submitted, approved, gone."""
        site, store, site_no = Life.bench
        Life.number += 1
        self.area = f"地区{Life.number}"
        self.now = datetime(2026, 1, 10, 3, tzinfo=UTC) + Life.number * timedelta(days=40)
        self.desk = Desk(site, store, site_no, {})
        self.rounds = ResidentRound(site, store, site_no)
        self.store, self.site_no = store, site_no
        self.messages, self.seen, self.cancelled, self.approved = [], {}, set(), {}
        self.begin(PEOPLE[0], TEMPLATES[0])
        if far >= 1:
            self.submit(PEOPLE[0], 0)
        if far >= 2:
            self.look(0)
            self.approve(PEOPLE[1], 0, "")
        if far == 3:
            self.now += timedelta(seconds=31)
            self.rounds.round(self.now)

    def attempt(self, act):
        try:
            return act()
        except RefusedError:
            return None

    def stands(self, which):
        number = self.messages[which % len(self.messages)] if self.messages else None
        return None if number is None else self.desk.messages.get(self.site_no, number)

    @rule(who=WHO, template=st.sampled_from(TEMPLATES))
    def begin(self, who, template):
        number = uuid5(NAMES, f"{Life.number} {len(self.messages)}")
        if len(self.messages) < 4:
            self.desk.begin(template, Wish(area=self.area), None, number, who, self.now)
            self.messages.append(number)

    @rule(who=WHO, which=WHICH, word=st.sampled_from(["雪", "大雪", "たいへんな雪"]))
    def edit(self, who, which, word):
        found = self.stands(which)
        if found is not None:
            wish = Wish(texts={"ja": Text(word, word)})
            self.attempt(lambda: self.desk.edit(found.id, wish, found.version, who, self.now))

    @rule(who=WHO, which=WHICH)
    def submit(self, who, which):
        found = self.stands(which)
        if found is not None:
            self.attempt(lambda: self.desk.submit(found.id, who, self.now))

    @rule(which=WHICH)
    def look(self, which):
        """Somebody opens the message: this is what they have before their eyes from now on."""
        found = self.stands(which)
        if found is not None:
            counts = self.desk.counts(found)
            self.seen[found.id] = (Seen(self.desk.digest(found), lifecycle.total(counts), Mode.LIVE), found.texts)

    @rule(who=WHO, which=WHICH, override=st.sampled_from(["", "急ぎ"]))
    def approve(self, who, which, override):
        found = self.stands(which)
        if found is None or found.id not in self.seen:
            return
        seen, texts = self.seen[found.id]
        after = self.attempt(lambda: self.desk.approve(found.id, seen, override, who, self.now))
        if after is not None:
            assert who.account not in found.hands
            self.approved[found.id] = texts

    @rule(writer=st.integers(0, 2), step=st.integers(0, 2), which=WHICH, leaves=st.booleans())
    def hand_over(self, writer, step, which, leaves):
        """The usual way in one go, so that many get far; with ``step`` 0 somebody approves their own."""
        self.submit(PEOPLE[writer], which)
        self.look(which)
        self.approve(PEOPLE[(writer + step) % 3], which, "急ぎ")
        if leaves:
            self.now += timedelta(seconds=31)
            self.rounds.round(self.now)

    @rule(who=WHO, which=WHICH)
    def reject(self, who, which):
        found = self.stands(which)
        if found is not None:
            self.attempt(lambda: self.desk.reject(found.id, "だめ", who, self.now))

    @rule(who=WHO, which=WHICH)
    def cancel(self, who, which):
        found = self.stands(which)
        if found is not None and self.attempt(lambda: self.desk.cancel(found.id, "", who, self.now)) is not None:
            self.cancelled.add(found.id)

    @rule(who=WHO, which=WHICH, kind=st.sampled_from(list(MessageKind)[1:]))
    def follow(self, who, which, kind):
        found = self.stands(which)
        if found is None or len(self.messages) >= 4:
            return
        number = uuid5(NAMES, f"{Life.number} {len(self.messages)}")
        if self.attempt(lambda: self.desk.follow(found.id, kind, Wish(), number, who, self.now)) is not None:
            self.messages.append(number)

    @rule(seconds=st.sampled_from([1, 29, 30, 31, 31, 31, 600, 86_400]))
    def wait(self, seconds):
        self.now += timedelta(seconds=seconds)

    @rule(times=st.integers(1, 2))
    def run(self, times):
        for _ in range(times):
            self.rounds.round(self.now)

    @invariant()
    def what_went_out_is_right(self):
        if not hasattr(self, "messages"):
            return
        mine = {str(number): number for number in self.messages}
        rows = [row for row, *_ in self.store.outbox(self.site_no) if row.body["message"] in mine]
        assert [key for key, n in Counter((row.body["message"], row.channel) for row in rows).items() if n > 1] == []
        for row in rows:
            number = mine[row.body["message"]]
            message = self.desk.messages.get(self.site_no, number)
            assert number not in self.cancelled
            assert message.state is MessageState.QUEUED
            assert message.approval.by.account not in message.hands
            assert message.texts == self.approved[number]
            assert row.body["subject_ja"] == self.approved[number]["ja"].subject
            assert row.queued_at - message.approval.by.at <= timedelta(minutes=11)

    def teardown(self):
        """Nothing is left over a day later, whatever was begun."""
        if hasattr(self, "messages"):
            self.rounds.round(self.now + KEPT_FOR)
            left = [self.desk.messages.get(self.site_no, number) for number in self.messages]
            assert all(message is None or message.state.final for message in left)


@pytest.fixture
def bench(store, site):
    """A site with templates that ask for nothing but what is known."""
    found = [template for _, template in read_messages(Path(__file__).parents[2] / "config" / "example", Notes())]
    plain = {language: Text("お知らせ", "お知らせです。") for language in ("ja", "easy", "en")}
    free = [replace(template, texts=plain) for template in found]
    snow = next(template for template in free if template.id == "snow")
    mail = {"host": "127.0.0.1", "sender": "t@example.jp", "security": "none", "recipients": ["a@example.jp"]}
    place = replace(
        site([], (ChannelConfig(id="mail", kind="smtp", min_level=Level.STANDBY, settings=mail),)),
        messages=(*free, replace(snow, id="snow_free"), replace(snow, id="danger_free", level=Level.DANGER)),
        people=People(
            audiences=(Audience(id="r", name_ja="住民", name_en="Residents", channels=("mail",), residents=True),)
        ),
    )
    return place, store, store.register(place).site


def test_at_most_once_never_alone_never_after_a_cancel(bench):
    Life.bench = bench
    run_state_machine_as_test(
        Life,
        settings=settings(
            max_examples=examples(75),
            stateful_step_count=25,
            deadline=None,
            derandomize=True,
            suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
        ),
    )
    store, site_no = bench[1:]
    assert store.outbox(site_no), "some have to have gone out at all"
