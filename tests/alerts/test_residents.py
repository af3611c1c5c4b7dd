"""Messages to residents: two people, one send, nothing left over. Each rule is a test by name."""

import threading
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from uuid import UUID, uuid4, uuid5

import psycopg
import pytest

from alerts.channels import smtp
from alerts.residents import lifecycle
from alerts.residents.desk import Desk, signature
from alerts.residents.drafting import Wish
from alerts.residents.facts import hazard_of
from alerts.residents.lifecycle import Seen
from alerts.residents.outgoing import notifications, shown
from alerts.residents.refusal import RefusedError
from alerts.residents.rounds import ResidentRound
from alerts.settings import channel_settings
from app.exercise_hall import strike
from config.exercise import exercise_site
from config.exercise_plan import Scenario
from config.message_files import read_messages
from config.mistakes import Notes
from config.model import ChannelConfig
from config.people_plan import Audience, People
from core.accounts import Person, Role
from core.errors import StoreError
from core.levels import Level
from core.model import StationKind
from core.resident_messages import MessageKind, MessageState, MessageStep, Mode, Text
from store.exercises import ExerciseRow
from store.messages import Decision

pytestmark = pytest.mark.db

S = timedelta(seconds=1)
NAMES = UUID("0d6b9f43-6a0f-4d39-8a1c-66e1a7b0c001")
SAID = {
    "phone": {"ja": "0237-22-1111", "en": "0237-22-1111"},
    "shelters": {"ja": "中央公民館", "en": "Central hall"},
    "issuer": {"ja": "尾花沢市長、10日 12時00分", "en": "the mayor, 12:00"},
}
FACTS = {
    "value": 2.6,
    "at": "2026-01-10T03:00:00Z",
    "station": {"id": "harame", "kind": "river", "name_ja": "原目橋", "name_en": "Harame", "river": "丹生川"},
    "quantity": {"id": "water_level", "unit": "m"},
    "threshold": {
        "value": 2.5,
        "name_ja": "避難判断水位",
        "name_en": "evacuation judgement level",
        "source": "河川管理者",
    },
}


def person(name, role=Role.APPROVER):
    return Person(account=uuid5(NAMES, name), name=name, shown_name=f"{name}さん", role=role)


WRITER, CHIEF, MAYOR = person("writer", Role.OPERATOR), person("chief"), person("mayor")


@pytest.fixture(scope="session")
def templates():
    """The templates of the example town, read from its folder."""
    notes = Notes()
    found = read_messages(Path(__file__).parents[2] / "config" / "example", notes)
    assert not notes.mistakes
    return tuple(template for _, template in found)


@pytest.fixture
def desk(store, site, templates, t0):
    """A desk with two audiences of residents by mail and a sign, and one for exercises."""
    mail = {"host": "127.0.0.1", "port": 25, "sender": "town@example.jp", "security": "none"}

    def channel(name, *people, **more):
        settings = {**mail, "recipients": [f"{one}@example.jp" for one in people]}
        return ChannelConfig(id=name, kind="smtp", min_level=Level.STANDBY, settings=settings, **more)

    sign = ChannelConfig(id="sign", kind="mqtt", min_level=Level.STANDBY, settings={"topic": "town/sign"})
    place = replace(
        site([], (channel("mail", "a", "b", "c"), channel("mail2", "d"), channel("drill", "e", exercise=True), sign)),
        messages=templates,
        people=People(
            audiences=(
                Audience(id="staff", name_ja="職員", name_en="Staff", channels=("mail2",)),
                Audience(
                    id="residents", name_ja="住民", name_en="Residents", channels=("mail", "sign"), residents=True
                ),
                Audience(id="north", name_ja="北", name_en="North", channels=("mail",), residents=True),
                Audience(
                    id="kunren", name_ja="訓練", name_en="Drill", channels=("drill",), residents=True, exercise=True
                ),
            )
        ),
    )
    return Bench(place, store, t0)


class Bench:
    """A desk with a clock that is set by hand, and rounds."""

    def __init__(self, site, store, now):
        self.site, self.store, self.now = site, store, now
        self.site_no = store.register(site).site
        self.desk = Desk(site, store, self.site_no, {})
        self.rounds = ResidentRound(site, store, self.site_no)

    def later(self, **parts):
        self.now += timedelta(**parts)
        return self.rounds.round(self.now)

    def begin(self, template="snow", by=WRITER, episode=None, **values):
        said = SAID | {"station": {"ja": "役場", "en": "Town hall"}, "value": {"ja": "120", "en": "120"}}
        said |= {
            "unit": {"ja": "cm", "en": "cm"},
            "time": {"ja": "12時", "en": "noon"},
            "river": {"ja": "川", "en": "R"},
        }
        said |= {"threshold": {"ja": "基準", "en": "T"}, "source": {"ja": "町", "en": "town"}}
        values = {**({} if episode else said), **SAID, **values}
        return self.desk.begin(template, Wish(values=values), episode, uuid4(), by, self.now)

    def submitted(self, template="snow", by=WRITER, **values):
        return self.desk.submit(self.begin(template, by, **values).id, by, self.now)

    def seen(self, message, **changes):
        now = self.desk.messages.get(self.site_no, message.id)
        facts = {
            "digest": self.desk.digest(now),
            "recipients": lifecycle.total(self.desk.counts(now)),
            "mode": self.desk.drafting.mode,
        }
        return Seen(**(facts | changes))

    def approve(self, message, by=CHIEF, override="", **changes):
        return self.desk.approve(message.id, self.seen(message, **changes), override, by, self.now)

    def sent(self, template="snow", **values):
        message = self.approve(self.submitted(template, **values))
        self.later(seconds=30)
        return self.get(message)

    def get(self, message):
        return self.desk.messages.get(self.site_no, message.id)

    @property
    def outbox(self):
        return [row for row, *_ in self.store.outbox(self.site_no)]

    def acts(self, message):
        return [step.act for step in self.desk.messages.steps(self.site_no, message.id)]


def refused(code):
    return pytest.raises(RefusedError, check=lambda error: error.code == code)


@pytest.fixture
def episode(desk):
    """Makes an episode with its telling, as the evaluator writes them."""

    def make(*, unconfirmed=False, facts=FACTS, shadow=False):
        number = uuid4()
        with psycopg.connect(desk.store._pool.conninfo, autocommit=True) as connection:
            connection.execute(
                "insert into episode (site_no, id, rule, target, level, stale, recovering, opened_at, detected_at, shadow)"
                " values (%s, %s, 'river', %s, 3, false, false, now(), now(), %s)",
                (desk.site_no, number, f"harame/{number}", shadow),
            )
            tell(connection, number, 1, unconfirmed, facts)
        return number

    def tell(connection, number, seq, unconfirmed, facts=FACTS):
        connection.execute(
            "insert into telling (episode_id, seq, site_no, rule, target, kind, level, reach, at, queued_at, body,"
            " retroactive, unconfirmed, health) values (%s, %s, %s, 'river', 't', 'fired', 3, 3, now(), now(), %s,"
            " false, %s, false)",
            (number, seq, desk.site_no, psycopg.types.json.Jsonb(facts), unconfirmed),
        )

    def again(number, seq, *, unconfirmed):
        with psycopg.connect(desk.store._pool.conninfo, autocommit=True) as connection:
            tell(connection, number, seq, unconfirmed)

    make.again = again
    return make


# Two people


def test_a_message_goes_from_a_writer_by_an_approver_to_every_channel_once(desk):
    message = desk.submitted()
    assert (message.state, desk.outbox) == (MessageState.SUBMITTED, [])
    approved = desk.approve(message)
    assert approved.send_at - desk.now == 30 * S
    assert desk.later(seconds=29) == 0
    assert desk.later(seconds=1) == 1
    assert desk.later(seconds=1) == 0
    assert sorted(row.channel for row in desk.outbox) == ["mail", "sign"]
    assert all(row.resident and row.purpose == "resident" and row.episode is None for row in desk.outbox)
    assert desk.get(message).state is MessageState.QUEUED
    assert desk.acts(message) == ["begun", "submitted", "approved", "queued"]


def test_whoever_wrote_cannot_approve(desk):
    message = desk.submitted(by=CHIEF)
    with refused("own_message"):
        desk.approve(message, CHIEF)
    assert desk.approve(message, MAYOR).state is MessageState.APPROVED


def test_whoever_edited_or_submitted_cannot_approve(desk):
    message = desk.begin()
    message = desk.desk.edit(message.id, Wish(area="北町"), message.version, MAYOR, desk.now)
    desk.desk.submit(message.id, CHIEF, desk.now)
    for one in (MAYOR, CHIEF):
        with refused("own_message"):
            desk.approve(message, one)


def test_what_was_left_over_is_approved_by_nobody_though_no_round_deleted_it(desk):
    message = desk.submitted()
    desk.now += timedelta(hours=24)
    with refused("left_over"):
        desk.approve(message)


def test_another_session_of_the_same_account_is_the_same_person(desk):
    message = desk.submitted(by=CHIEF)
    with refused("own_message"):
        desk.approve(message, replace(CHIEF, name="renamed", shown_name="別名", second_factor_at=desk.now))


def test_the_staff_token_is_nobody_who_can_be_told_from_another(desk):
    token = Person(account=None, name="token", shown_name="token", role=Role.OPERATOR)
    with refused("no_account"):
        desk.begin(by=token)
    message = desk.submitted()
    with refused("no_account"):
        desk.approve(message, token)


def test_the_database_itself_refuses_one_person_and_a_jump_over_the_approval(desk):
    message = desk.submitted()
    approval = lifecycle.approve(
        message,
        desk.desk.drafting.template("snow"),
        desk.seen(message),
        desk.desk.counts(message),
        None,
        signature(CHIEF, desk.now),
        wrong=[],
        unconfirmed=False,
    )
    jumps = (
        replace(approval, hands=(*message.hands, CHIEF.account)),
        replace(approval, state=MessageState.QUEUED),
        replace(message, state=MessageState.QUEUED, version=message.version + 1),
        replace(message, mode=Mode.EXERCISE, version=message.version + 1),
        replace(message, note="without a new version"),
    )
    forged = MessageStep(at=desk.now, who="x", act="forged")
    for jump in jumps:
        with pytest.raises(StoreError):
            desk.desk.messages.decide(
                desk.site_no, message.id, lambda _, __, jump=jump: Decision(message=jump, step=forged)
            )
    assert desk.acts(message) == ["begun", "submitted"]


# What was approved


def test_an_edit_after_submission_is_a_draft_again(desk):
    message = desk.submitted()
    edited = desk.desk.edit(message.id, Wish(area="北町"), message.version, WRITER, desk.now)
    assert (edited.state, edited.submitted) == (MessageState.DRAFT, None)
    with refused("state"):
        desk.approve(edited)


def test_an_edit_after_approval_drops_the_approval(desk):
    message = desk.approve(desk.submitted())
    edited = desk.desk.edit(message.id, Wish(area="北町"), message.version, WRITER, desk.now)
    assert (edited.state, edited.approval, edited.send_at) == (MessageState.DRAFT, None, None)
    assert desk.later(minutes=1) == 0
    assert desk.outbox == []


def test_an_approval_is_of_the_text_that_was_seen(desk):
    message = desk.submitted()
    seen = desk.seen(message)
    edited = desk.desk.edit(message.id, Wish(area="北町"), message.version, WRITER, desk.now)
    desk.desk.submit(edited.id, WRITER, desk.now)
    with refused("changed"):
        desk.desk.approve(message.id, seen, "", CHIEF, desk.now)


def test_an_approval_is_of_the_people_who_were_shown(desk):
    message = desk.submitted()
    with refused("recipients"):
        desk.approve(message, recipients=4)
    other = replace(desk.site, channels=desk.site.channels[1:])
    with refused("changed"):
        Bench(other, desk.store, desk.now).desk.approve(message.id, desk.seen(message), "", CHIEF, desk.now)


def test_an_old_approval_cannot_be_played_again(desk):
    message = desk.submitted()
    seen = desk.seen(message)
    desk.desk.approve(message.id, seen, "", CHIEF, desk.now)
    with refused("state"):
        desk.desk.approve(message.id, seen, "", MAYOR, desk.now)
    desk.later(seconds=30)
    with refused("state"):
        desk.desk.approve(message.id, seen, "", MAYOR, desk.now)


def test_channels_that_changed_after_the_approval_send_nothing(desk):
    message = desk.approve(desk.submitted())
    other = Bench(replace(desk.site, channels=desk.site.channels[1:]), desk.store, desk.now + 30 * S)
    assert other.later() == 0
    assert other.outbox == []
    assert desk.get(message).state is MessageState.EXPIRED


def test_of_two_approvals_at_once_one_counts_and_one_message_goes(desk):
    message = desk.submitted()
    seen, start, results = desk.seen(message), threading.Barrier(2), []

    def approve(one):
        start.wait()
        try:
            results.append(desk.desk.approve(message.id, seen, "", one, desk.now).approval.by.name)
        except RefusedError as error:
            results.append(error.code)

    threads = [threading.Thread(target=approve, args=(one,)) for one in (CHIEF, MAYOR)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(results)[1:] == ["state"] or "state" in results
    assert len(results) == 2
    assert desk.acts(message).count("approved") == 1
    desk.later(seconds=30)
    assert len(desk.outbox) == 2


def test_two_rounds_at_once_queue_it_once(desk):
    message = desk.approve(desk.submitted())
    now, start, sent = desk.now + 31 * S, threading.Barrier(2), []

    def run():
        start.wait()
        sent.append(ResidentRound(desk.site, desk.store, desk.site_no).round(now))

    threads = [threading.Thread(target=run) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(sent) == [0, 1]
    assert len(desk.outbox) == 2
    assert desk.acts(message).count("queued") == 1


def test_of_a_cancel_and_a_round_at_once_either_nothing_went_or_the_cancel_was_refused(desk):
    message = desk.approve(desk.submitted())
    now, start, said = desk.now + 30 * S, threading.Barrier(2), []

    def cancel():
        start.wait()
        try:
            said.append(desk.desk.cancel(message.id, "", CHIEF, now).state.value)
        except RefusedError as error:
            said.append(error.code)

    def run():
        start.wait()
        desk.rounds.round(now)

    threads = [threading.Thread(target=one) for one in (cancel, run)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (said, len(desk.outbox)) in ((["cancelled"], 0), (["gone"], 2))


# Cancelling, and what is left over


def test_within_thirty_seconds_it_can_be_taken_back(desk):
    message = desk.approve(desk.submitted())
    desk.now += 29 * S
    assert desk.desk.cancel(message.id, "まちがい", WRITER, desk.now).state is MessageState.CANCELLED
    assert desk.later(minutes=5) == 0
    assert desk.outbox == []


def test_a_danger_does_not_wait(desk):
    message = desk.approve(desk.submitted("river_evacuation"))
    assert message.send_at == desk.now
    assert desk.later() == 1


def test_what_is_on_its_way_is_not_cancelled_but_withdrawn(desk):
    message = desk.sent()
    with refused("gone"):
        desk.desk.cancel(message.id, "", WRITER, desk.now)


def test_a_draft_is_deleted_after_a_day_and_that_is_written_down(desk):
    draft, waiting = desk.begin(), desk.submitted()
    desk.later(hours=12)
    desk.desk.edit(draft.id, Wish(area="北町"), draft.version, WRITER, desk.now)  # prolongs nothing
    desk.later(hours=11, minutes=59)
    assert desk.get(draft)
    desk.later(minutes=1)
    assert (desk.get(draft), desk.get(waiting)) == (None, None)
    assert desk.acts(draft)[-1] == desk.acts(waiting)[-1] == "deleted"
    assert _audited(desk).count("message.deleted") == 2


def _audited(desk):
    with psycopg.connect(desk.store._pool.conninfo) as connection:
        return [row[0] for row in connection.execute("select action from audit order by 1")]


def test_a_message_prepared_last_year_sends_itself_never(desk):
    desk.submitted()
    desk.begin()
    assert desk.later(days=365) == 0
    assert desk.outbox == []


def test_an_approved_message_nothing_could_send_in_time_expires(desk):
    message = desk.approve(desk.submitted())
    assert desk.later(minutes=11) == 0
    assert (desk.get(message).state, desk.outbox) == (MessageState.EXPIRED, [])
    assert desk.later(days=1) == 0
    assert desk.acts(message)[-1] == "expired"


@pytest.mark.parametrize("template", ["snow", "river_evacuation"])
def test_a_clock_that_is_set_back_does_not_hold_an_approved_message_for_an_hour(desk, template):
    message = desk.approve(desk.submitted(template))
    assert desk.later(hours=-1) == 1
    assert desk.get(message).state is MessageState.QUEUED
    assert desk.later(minutes=1) == 0


def test_a_message_that_is_out_of_date_is_given_up_by_the_outbox(desk):
    message = desk.sent("river_evacuation")
    assert {row.deadline_at - message.send_at for row in desk.outbox} == {timedelta(minutes=30)}


def test_the_end_of_a_message_is_its_end(desk):
    message = desk.sent()
    for act in (desk.desk.submit,):
        with refused("state"):
            act(message.id, WRITER, desk.now)
    with refused("state"):
        desk.desk.edit(message.id, Wish(area="北町"), message.version, WRITER, desk.now)


def test_an_approver_hands_back_with_a_reason(desk):
    message = desk.submitted()
    with refused("reason"):
        desk.desk.reject(message.id, " ", CHIEF, desk.now)
    back = desk.desk.reject(message.id, "地区が違います", CHIEF, desk.now)
    assert (back.state, back.note) == (MessageState.DRAFT, "地区が違います")


def test_two_writers_do_not_overwrite_each_other(desk):
    message = desk.begin()
    desk.desk.edit(message.id, Wish(area="北町"), message.version, WRITER, desk.now)
    with refused("version"):
        desk.desk.edit(message.id, Wish(area="南町"), message.version, CHIEF, desk.now)


# Live and exercise


def test_an_exercise_has_rows_channels_and_words_of_its_own(desk):
    night = Scenario(id="night", title_ja="夜", title_en="Night", minutes=60)
    drill = Bench(exercise_site(desk.site, night, speed=1, played=frozenset()), desk.store, desk.now)
    message = drill.sent()
    assert message.mode is Mode.EXERCISE
    (row,) = drill.outbox
    assert (row.channel, row.audience) == ("drill", "kunren")
    assert row.body["subject_ja"].startswith("【訓練】")
    assert row.body["subject_en"].startswith("[EXERCISE]")
    assert row.body["exercise"] is True
    assert desk.outbox == []
    assert desk.get(message) is None


def test_what_is_not_sent_when_an_exercise_ends_is_never_sent_in_the_next_one(desk):
    """Drafts go, what was approved expires; what was begun for the next one stays, and the live town is not touched."""
    night = Scenario(id="night", title_ja="夜", title_en="Night", minutes=60)
    drill = Bench(exercise_site(desk.site, night, speed=1, played=frozenset()), desk.store, desk.now)
    live = desk.approve(desk.submitted())
    draft, waiting, approved = drill.begin(), drill.submitted(), drill.approve(drill.submitted())
    begun_at = drill.now + timedelta(seconds=10)
    drill.now = begun_at + timedelta(seconds=1)
    new = drill.begin()
    row = ExerciseRow(uuid4(), drill.site_no, "night", "夜", "Night", 1.0, begun_at, "chief", begun_at + 60 * S)
    for _ in range(2):
        strike(desk.site, desk.store, row, lambda: drill.now, begun_at)
    assert [drill.get(draft), drill.get(waiting), drill.get(approved).state] == [None, None, MessageState.EXPIRED]
    assert [drill.acts(each)[-1] for each in (draft, waiting, approved)] == ["deleted", "deleted", "expired"]
    assert drill.get(new).state is MessageState.DRAFT
    assert drill.later(seconds=30) == 0
    assert drill.outbox == []
    assert desk.get(live) == live
    assert desk.later(seconds=30) == 1


def test_what_was_seen_as_the_other_mode_is_not_approved(desk):
    message = desk.submitted()
    with refused("mode"):
        desk.approve(message, mode=Mode.EXERCISE)


@pytest.mark.parametrize(
    "mark", ["【訓練】大雪", "これはテストです", "試験放送", "This is a drill", "TEST message", "[EXERCISE] snow"]
)
def test_marks_of_a_test_are_not_sent_live(desk, mark):
    message = desk.begin()
    edited = desk.desk.edit(message.id, Wish(texts={"ja": Text("お知らせ", mark)}), message.version, WRITER, desk.now)
    with refused("test_mark"):
        desk.desk.submit(edited.id, WRITER, desk.now)


def test_that_this_is_no_drill_may_be_said(desk):
    message = desk.begin()
    wish = Wish(
        texts={
            "ja": Text("大雪", "これは訓練ではありません。"),
            "en": Text("Snow", "This is not a drill. Exercise caution."),
        }
    )
    edited = desk.desk.edit(message.id, wish, message.version, WRITER, desk.now)
    assert desk.desk.submit(edited.id, WRITER, desk.now).state is MessageState.SUBMITTED


# How often


def test_ten_minutes_lie_between_two_of_an_area_and_hazard(desk):
    desk.sent()
    message = desk.submitted()
    with refused("too_soon"):
        desk.approve(message)
    assert desk.approve(message, override="道路が通れなくなった").approval.override == "道路が通れなくなった"


def test_after_ten_minutes_for_another_area_and_when_the_level_rises_it_may_go(desk):
    desk.approve(desk.submitted("river_caution"))
    other = desk.begin("river_caution")
    other = desk.desk.edit(other.id, Wish(area="北町"), other.version, WRITER, desk.now)
    desk.desk.submit(other.id, WRITER, desk.now)
    desk.approve(other)
    desk.approve(desk.submitted("river_evacuation"))
    desk.now += timedelta(minutes=10)
    desk.approve(desk.submitted("river_evacuation"))


# What follows


def test_a_correction_refers_to_what_went_out_and_waits_for_nobody(desk):
    message = desk.sent()
    follower = desk.desk.follow(
        message.id,
        MessageKind.CORRECTION,
        Wish(values={"right": {"ja": "北町", "en": "Kitamachi"}}),
        uuid4(),
        CHIEF,
        desk.now,
    )
    assert follower.refers_to == message.id
    assert message.texts["ja"].subject in follower.texts["ja"].subject
    assert (follower.area, follower.hazard, follower.level) == (message.area, message.hazard, message.level)
    desk.desk.submit(follower.id, CHIEF, desk.now)
    with refused("own_message"):
        desk.approve(follower)
    desk.approve(follower, MAYOR)
    desk.later(seconds=30)
    assert {row.thread for row in desk.outbox} == {f"resident-{message.id}"}


def test_what_never_went_out_has_no_follower(desk):
    message = desk.submitted()
    with refused("not_sent"):
        desk.desk.follow(message.id, MessageKind.ALL_CLEAR, Wish(), uuid4(), CHIEF, desk.now)


def test_a_withdrawal_takes_the_place_of_what_never_left(desk):
    """Where the sign never got the message, it does not hear of its withdrawal either."""
    message = desk.sent()
    by_channel = {row.channel: row for row in desk.outbox}
    assert desk.store.outgoing.lease(desk.site_no, "mail", desk.now, 60 * S, 1)
    follower = desk.desk.follow(
        message.id,
        MessageKind.WITHDRAWAL,
        Wish(values={"reason": {"ja": "誤り", "en": "a slip"}}),
        uuid4(),
        CHIEF,
        desk.now,
    )
    desk.desk.submit(follower.id, CHIEF, desk.now)
    desk.approve(follower, MAYOR)
    desk.later(seconds=30)
    states = {row.id: state for row, state, *_ in desk.store.outbox(desk.site_no)}
    assert states[by_channel["sign"].id] == "superseded"
    assert states[by_channel["mail"].id] == "queued"
    assert [row.channel for row in desk.outbox if row.id not in {one.id for one in by_channel.values()}] == ["mail"]
    assert desk.desk.messages.steps(desk.site_no, follower.id)[-1].known["unsent"] == ["sign"]


def test_a_follower_of_a_follower_is_one_of_the_first(desk):
    message = desk.sent()
    wish = Wish(values={"right": {"ja": "北町", "en": "Kitamachi"}})
    first = desk.desk.follow(message.id, MessageKind.CORRECTION, wish, uuid4(), CHIEF, desk.now)
    desk.desk.submit(first.id, CHIEF, desk.now)
    desk.approve(first, MAYOR)
    desk.later(seconds=30)
    second = desk.desk.follow(first.id, MessageKind.CORRECTION, wish, uuid4(), CHIEF, desk.now)
    assert second.refers_to == message.id


# From an episode


def test_a_proposal_names_the_gauge_and_where_its_threshold_comes_from(desk, episode):
    message = desk.begin("river_caution", episode=episode())
    text = message.texts["ja"].text
    said = ("原目橋", "丹生川", "2.60", "避難判断水位 2.50", "河川管理者")
    assert [word for word in said if word not in text] == []
    assert "1月10日 12時00分" in text
    steps = desk.desk.messages.steps(desk.site_no, message.id)
    assert steps[0].known["facts"] == FACTS


def test_b7_an_unconfirmed_proposal_is_blocked_until_a_person_confirms(desk, episode):
    message = desk.begin("river_caution", episode=episode(unconfirmed=True))
    with refused("unconfirmed"):
        desk.desk.submit(message.id, WRITER, desk.now)
    with refused("reason"):
        desk.desk.confirm(message.id, "", WRITER, desk.now)
    desk.desk.confirm(message.id, "現地の消防団から電話", WRITER, desk.now)
    desk.desk.submit(message.id, WRITER, desk.now)
    assert desk.approve(message).state is MessageState.APPROVED
    confirmed = next(step for step in desk.desk.messages.steps(desk.site_no, message.id) if step.act == "confirmed")
    assert confirmed.known["reason"] == "現地の消防団から電話"


def test_b7_what_becomes_doubtful_after_submission_is_not_approved(desk, episode):
    number = episode()
    message = desk.begin("river_caution", episode=number)
    desk.desk.submit(message.id, WRITER, desk.now)
    episode.again(number, 2, unconfirmed=True)
    with refused("unconfirmed"):
        desk.approve(message)


def test_the_log_keeps_what_was_known_when_it_was_approved(desk, episode):
    number = episode()
    message = desk.begin("river_caution", episode=number)
    desk.desk.submit(message.id, WRITER, desk.now)
    desk.approve(message)
    episode.again(number, 2, unconfirmed=True)
    step = desk.desk.messages.steps(desk.site_no, message.id)[-1]
    assert step.known["episode"] == {"unconfirmed": False, "facts": FACTS}
    assert step.known["recipients"] == {"mail": 3, "sign": None}
    assert step.known["texts"]["ja"][0] == message.texts["ja"].subject
    with psycopg.connect(desk.store._pool.conninfo) as connection:
        for change in ("update resident_message_step set who = 'x'", "delete from resident_message_step"):
            with pytest.raises(psycopg.Error), connection.transaction():
                connection.execute(change)


def test_an_episode_of_another_kind_or_of_a_shadow_rule_proposes_nothing(desk, episode):
    with refused("hazard"):
        desk.begin("snow", episode=episode())
    with refused("episode"):
        desk.begin("river_caution", episode=episode(shadow=True))
    with refused("episode"):
        desk.begin("river_caution", episode=uuid4())


@pytest.mark.parametrize("name", ["{x.__class__}", "{{7*7}}", "%n", "${code}", "{area}"])
def test_a_device_with_a_hostile_name_is_only_a_name(desk, episode, name):
    facts = {**FACTS, "station": {**FACTS["station"], "name_ja": name}}
    message = desk.begin("river_caution", episode=episode(facts=facts))
    shown_name = name.replace("{", "｛").replace("}", "｝")
    assert shown_name in message.texts["ja"].text
    assert desk.desk.submit(message.id, WRITER, desk.now).state is MessageState.SUBMITTED


# Whom it reaches


def test_an_audience_of_staff_is_never_a_resident(desk):
    message = desk.begin()
    with refused("audience"):
        desk.desk.edit(message.id, Wish(audiences=("staff",)), message.version, WRITER, desk.now)


def test_a_channel_of_two_audiences_carries_it_once(desk):
    message = desk.begin()
    message = desk.desk.edit(message.id, Wish(audiences=("north", "residents")), message.version, WRITER, desk.now)
    desk.desk.submit(message.id, WRITER, desk.now)
    desk.approve(message)
    desk.later(seconds=30)
    assert sorted(row.channel for row in desk.outbox) == ["mail", "sign"]


def test_without_anybody_it_does_not_go(desk):
    message = desk.begin()
    message = desk.desk.edit(message.id, Wish(audiences=()), message.version, WRITER, desk.now)
    with refused("nobody"):
        desk.desk.submit(message.id, WRITER, desk.now)


def test_what_a_channel_carries_is_what_was_shown(desk):
    message = desk.sent()
    channels = {channel.id: channel for channel in desk.site.channels}
    before = notifications(desk.site, message, desk.desk.channels(message), message.send_at)
    for row in before:
        sent = next(one for one in desk.outbox if one.channel == row.channel)
        assert shown(channels[row.channel], row) == shown(channels[row.channel], sent)
    mail = shown(channels["mail"], before[0])
    assert all(message.texts[language].text in mail["text"] for language in ("ja", "easy", "en"))


def test_residents_do_not_learn_each_others_addresses(desk):
    desk.sent()
    row = next(row for row in desk.outbox if row.channel == "mail")
    mail = smtp.message(row, channel_settings("smtp", desk.site.channels[0].settings))
    assert "a@example.jp" not in mail.as_string()
    assert mail["References"].startswith("<resident-")


def test_no_more_than_fifty_are_written_at_once(desk):
    for _ in range(50):
        desk.begin()
    with refused("too_many"):
        desk.begin()


def test_only_river_stations_are_about_rivers():
    assert [hazard_of({"station": {"kind": kind.value}}).value for kind in StationKind] == [
        *("snow", "river", "channel", "general", "general")
    ]
