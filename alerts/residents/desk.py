"""The desk where messages to residents are written and decided on: rules, store and recipients put together."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any
from uuid import UUID

from alerts.channel import Environment, StoredBook
from alerts.residents import lifecycle
from alerts.residents.deadlines import APART
from alerts.residents.drafting import About, Drafting, Wish
from alerts.residents.lifecycle import Counts, Seen
from alerts.residents.recipients import channels_for, counts_of
from alerts.residents.refusal import RefusedError
from config.model import Site
from core.accounts import Person
from core.resident_messages import MessageKind, MessageState, MessageStep, ResidentMessage, Signature
from core.resident_words import plain
from store import Store
from store.messages import Decision, EpisodeFacts, Recent

LONGEST_REASON = 400
MOST_OPEN = 50
"""Messages that are not at their end; more at once cannot be meant."""

FOLLOWING = {
    MessageKind.CORRECTION: "correction",
    MessageKind.WITHDRAWAL: "withdrawal",
    MessageKind.ALL_CLEAR: "all_clear",
}
"""The key of a template that names what follows, by the kind of what follows."""


class Desk:
    """The messages of one site, live or the stand-in of an exercise; ``site_no`` is the store's number of it.

    Every method that changes something raises RefusedError where a rule forbids it, and StoreError.
    """

    def __init__(self, site: Site, store: Store, site_no: int, environment: Environment) -> None:
        self.site = site
        self.site_no = site_no
        self.drafting = Drafting(site)
        self.messages = store.messages
        self._environment = environment
        self._book = StoredBook(store, site_no)

    # Beginning

    def begin(
        self, template: str, wish: Wish, episode: UUID | None, number: UUID, person: Person, now: datetime
    ) -> ResidentMessage:
        """A new draft of a template of kind ``message``, filled in from an episode where one is given."""
        return self._added(self.draft(template, wish, episode, number, person, now), person, now)

    def draft(
        self, template: str, wish: Wish, episode: UUID | None, number: UUID, person: Person, now: datetime
    ) -> ResidentMessage:
        """What such a draft would be; nothing is written down."""
        found = self.drafting.template(template)
        if found.kind is not MessageKind.MESSAGE:
            raise RefusedError(
                "kind",
                "このひな形は元のお知らせから使います。",
                "This template follows a message: begin it from there.",
            )
        about = About(episode=episode, facts=None if episode is None else self._episode(episode))
        return self.drafting.message(number, found, wish, about, signature(person, now))

    def follow(
        self, refers_to: UUID, kind: MessageKind, wish: Wish, number: UUID, person: Person, now: datetime
    ) -> ResidentMessage:
        """A draft that corrects, withdraws or ends a message that went out."""
        origin = self.origin(refers_to)
        template = self.drafting.template(getattr(self.drafting.template(origin.template), FOLLOWING[kind]))
        made = self.drafting.message(number, template, wish, About(refers_to=origin), signature(person, now))
        return self._added(made, person, now)

    def origin(self, number: UUID) -> ResidentMessage:
        """The message that went out first: this one, or the one it refers to."""
        found = _there(self.messages.get(self.site_no, number))
        if found.state is not MessageState.QUEUED:
            raise RefusedError(
                "not_sent",
                "まだ送っていないお知らせです。取りやめられます。",
                "It has not gone out: cancel it instead.",
            )
        return found if found.refers_to is None else _there(self.messages.get(self.site_no, found.refers_to))

    def _added(self, message: ResidentMessage, person: Person, now: datetime) -> ResidentMessage:
        begun = [one for one in self.messages.listed(self.site_no, now, MOST_OPEN + 1) if not one.state.final]
        if len(begun) >= MOST_OPEN:
            raise RefusedError(
                "too_many",
                "作成中のお知らせが多すぎます。",
                "Too many messages are being written: finish or cancel some.",
            )
        step = self._step(message, "begun", person, now, facts=dict(message.facts))
        self.messages.add(self.site_no, message, step)
        return message

    # Deciding

    def edit(self, number: UUID, wish: Wish, version: int, person: Person, now: datetime) -> ResidentMessage:
        """The message rewritten: a draft again. ``version`` is the one the person had on the screen."""
        by = signature(person, now)

        def change(message: ResidentMessage) -> ResidentMessage:
            if message.version != version:
                raise RefusedError(
                    "version",
                    "ほかの人が先に書き換えました。読み直してください。",
                    "Somebody else changed it meanwhile: load it again.",
                )
            return lifecycle.edit(message, self.drafting.content(message, wish), by)

        return self._decide(number, "edited", person, now, change)

    def confirm(self, number: UUID, reason: str, person: Person, now: datetime) -> ResidentMessage:
        """The message with a person's word that its alert is true."""
        reason, by = _reason(reason), signature(person, now)
        return self._decide(
            number, "confirmed", person, now, lambda found: lifecycle.confirm(found, reason, by), reason=reason
        )

    def submit(self, number: UUID, person: Person, now: datetime) -> ResidentMessage:
        """The message handed to an approver."""
        by, known = signature(person, now), self.known(_there(self.messages.get(self.site_no, number)))

        def change(message: ResidentMessage) -> ResidentMessage:
            wrong = self.drafting.wrong(message, now)
            return lifecycle.submit(message, wrong, by, unconfirmed=known is not None and known.unconfirmed)

        return self._decide(number, "submitted", person, now, change, **_written(known))

    def approve(self, number: UUID, seen: Seen, override: str, person: Person, now: datetime) -> ResidentMessage:
        """The message as it goes out when its cancel window is over."""
        by, override = signature(person, now), _reason(override)
        # Before the decision: a channel may have to be asked, and nobody shall wait for that.
        found = _there(self.messages.get(self.site_no, number))
        counts, known = self.counts(found), self.known(found)

        def decide(message: ResidentMessage, recent: Recent) -> Decision:
            after = lifecycle.approve(
                message,
                self.drafting.template(message.template),
                seen,
                counts,
                recent(now - APART),
                by,
                wrong=self.drafting.wrong(message, now),
                unconfirmed=known is not None and known.unconfirmed,
                override=override,
            )
            shown = {"recipients": dict(counts), "override": override, **_written(known)}
            return Decision(message=after, step=self._step(after, "approved", person, now, **shown))

        return _there(self.messages.decide(self.site_no, number, decide))

    def reject(self, number: UUID, reason: str, person: Person, now: datetime) -> ResidentMessage:
        """The message handed back to who wrote it."""
        reason = _reason(reason)
        signature(person, now)
        return self._decide(
            number, "rejected", person, now, lambda found: lifecycle.reject(found, reason), reason=reason
        )

    def cancel(self, number: UUID, reason: str, person: Person, now: datetime) -> ResidentMessage:
        """The message given up before it went out."""
        reason = _reason(reason)
        signature(person, now)
        return self._decide(
            number, "cancelled", person, now, lambda found: lifecycle.cancel(found, reason, now), reason=reason
        )

    def _decide(
        self,
        number: UUID,
        act: str,
        person: Person,
        now: datetime,
        change: Callable[[ResidentMessage], ResidentMessage],
        **known: Any,
    ) -> ResidentMessage:
        def decide(message: ResidentMessage, _: Recent) -> Decision:
            after = change(message)
            return Decision(message=after, step=self._step(after, act, person, now, **known))

        return _there(self.messages.decide(self.site_no, number, decide))

    # Looking

    def counts(self, message: ResidentMessage) -> Counts:
        """How many people each channel of the message reaches now."""
        return counts_of(self.site, self.channels(message), self._environment, self._book)

    def channels(self, message: ResidentMessage) -> dict[str, str]:
        """The channels the message would go by now, each with its audience."""
        return channels_for(self.site, message.audiences, message.level)

    def digest(self, message: ResidentMessage) -> str:
        """The digest of the message as it would go out now."""
        return lifecycle.digest(message, self.channels(message))

    def known(self, message: ResidentMessage) -> EpisodeFacts | None:
        """What the episode a message stands on says now, None where it stands on none."""
        return None if message.episode is None else self.messages.episode(self.site_no, message.episode)

    def _episode(self, number: UUID) -> EpisodeFacts:
        facts = self.messages.episode(self.site_no, number)
        if facts is None or facts.shadow:
            raise RefusedError("episode", "その警報はありません。", "There is no such episode.")
        return facts

    def _step(self, message: ResidentMessage, act: str, person: Person, now: datetime, **known: Any) -> MessageStep:
        shown = {
            "state": message.state.value,
            "version": message.version,
            "mode": message.mode.value,
            "audiences": list(message.audiences),
            "texts": {language: [text.subject, text.text] for language, text in message.texts.items()},
        }
        return MessageStep(at=now, who=person.name, act=act, digest=self.digest(message), known={**shown, **known})


def signature(person: Person, at: datetime) -> Signature:
    """Who acts; refused for the staff token, because nobody can tell two of its bearers apart."""
    if person.account is None:
        raise RefusedError(
            "no_account",
            "住民へのお知らせには、個人のアカウントでのサインインが必要です。",
            "Messages to residents need an account of one's own, not the token.",
        )
    return Signature(account=person.account, name=person.shown_name or person.name, at=at)


def _there(message: ResidentMessage | None) -> ResidentMessage:
    if message is None:
        raise RefusedError("unknown", "そのお知らせはありません。", "There is no such message.")
    return message


def _written(known: EpisodeFacts | None) -> dict[str, Any]:
    """What is known of the episode at this moment, for the log."""
    return {} if known is None else {"episode": {"unconfirmed": known.unconfirmed, "facts": dict(known.facts)}}


def _reason(text: str) -> str:
    found = plain(text, lines=False)
    if len(found) > LONGEST_REASON:
        raise RefusedError(
            "too_long", f"理由は{LONGEST_REASON}字までです。", f"A reason has at most {LONGEST_REASON} characters."
        )
    return found
