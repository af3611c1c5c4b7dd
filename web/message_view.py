"""Messages to residents as the console shows them: what stands, what each channel would carry, who may do what."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from alerts.residents import deadlines, lifecycle
from alerts.residents.desk import Desk
from alerts.residents.drafting import Drafting
from alerts.residents.outgoing import marked, notifications, shown, thread_of, window_s
from alerts.residents.recipients import resident_audiences
from alerts.residents.refusal import RefusedError
from alerts.residents.rendering import asked, name_of
from config.message_plan import MessageTemplate
from config.model import Site
from core.accounts import Person, Role
from core.resident_messages import MessageState, MessageStep, ResidentMessage, Signature
from core.resident_words import Finding
from core.times import format_rfc3339
from store.messages import Delivered

_EDITABLE = (MessageState.DRAFT, MessageState.SUBMITTED, MessageState.APPROVED)


def template_as_dict(template: MessageTemplate, site: Site) -> dict[str, Any]:
    """A template as the composer needs it."""
    residents = [audience.id for audience in resident_audiences(site)]
    usual = template.audiences if template.audiences and not site.exercise else tuple(residents)
    return {
        "id": template.id,
        "title_ja": template.title_ja,
        "title_en": template.title_en,
        "kind": template.kind.value,
        "hazard": template.hazard.value,
        "level": template.level.slug,
        "areas": list(template.areas),
        "audiences": list(usual),
        "asked": [{"id": name, "name_ja": name_of(name)} for name in asked(template)],
        "variables": list(template.variables),
    }


def listed_as_dict(message: ResidentMessage, delivered: list[Delivered]) -> dict[str, Any]:
    """A message in the list."""
    return {
        **_facts(message),
        "subject_ja": marked(message)["ja"].subject,
        "subject_en": marked(message)["en"].subject,
        "channels": [delivered_as_dict(one) for one in delivered],
    }


def whole_as_dict(
    desk: Desk, message: ResidentMessage, person: Person, now: datetime, *, stored: bool
) -> dict[str, Any]:
    """A message with everything a person needs to write or decide about it."""
    counts, wrong = desk.counts(message), _wrong(desk.drafting, message, now)
    known = desk.known(message)
    doubted = message.unconfirmed or (known is not None and known.unconfirmed)
    delivered = desk.messages.deliveries(desk.site_no, thread_of(message)) if stored else []
    followers = desk.messages.followers(desk.site_no, message.id) if stored else []
    return {
        **_facts(message),
        "texts": {language: {"subject": text.subject, "text": text.text} for language, text in marked(message).items()},
        "values": message.values,
        "typed": list(message.typed),
        "facts": dict(message.facts),
        "doubted": doubted,
        "over": bool(known and known.closed_at),
        "confirmation": None
        if message.confirmation is None
        else {**_signed(message.confirmation.by), "reason": message.confirmation.reason},
        "wrong": [_finding(one) for one in wrong],
        "digest": desk.digest(message),
        "carried": _carried(desk, message, now, counts),
        "recipients": lifecycle.total(counts),
        "uncounted": sum(1 for count in counts.values() if count is None),
        "window_s": window_s(message),
        "may": acts(message, person),
        "channels": [delivered_as_dict(one) for one in delivered],
        "followers": [_facts(one) for one in followers],
    }


def step_as_dict(step: MessageStep) -> dict[str, Any]:
    """A line of the decision log."""
    return {
        "at": format_rfc3339(step.at),
        "who": step.who,
        "act": step.act,
        "digest": step.digest,
        "known": dict(step.known),
    }


def delivered_as_dict(one: Delivered) -> dict[str, Any]:
    """What became of a message on a channel."""
    return {
        "id": str(one.id),
        "channel": one.channel,
        "state": one.state,
        "attempts": one.attempts,
        "error": one.error,
        "finished_at": _time(one.finished_at),
    }


def acts(message: ResidentMessage, person: Person) -> list[str]:
    """What this person may do with a message as it stands."""
    state, role = message.state, person.role
    if person.account is None or role < Role.OPERATOR:
        return []
    found = ["edit", "cancel"] if state in _EDITABLE else []
    if state is MessageState.DRAFT:
        found.append("submit")
    if state in (MessageState.DRAFT, MessageState.SUBMITTED) and message.episode is not None:
        found.append("confirm")
    if state is MessageState.SUBMITTED and role >= Role.APPROVER:
        found += ["reject"] if person.account in message.hands else ["approve", "reject"]
    if state is MessageState.QUEUED:
        found += ["correct"] if message.refers_to else ["correct", "withdraw", "all-clear"]
    return found


def _facts(message: ResidentMessage) -> dict[str, Any]:
    approval = message.approval
    waiting = message.state in (MessageState.DRAFT, MessageState.SUBMITTED)
    return {
        "id": str(message.id),
        "mode": message.mode.value,
        "kind": message.kind.value,
        "template": message.template,
        "hazard": message.hazard.value,
        "area": message.area,
        "level": message.level.slug,
        "state": message.state.value,
        "version": message.version,
        "audiences": list(message.audiences),
        "refers_to": None if message.refers_to is None else str(message.refers_to),
        "episode": None if message.episode is None else str(message.episode),
        "note": message.note,
        "made": _signed(message.made),
        "submitted": None if message.submitted is None else _signed(message.submitted),
        "approval": None
        if approval is None
        else {**_signed(approval.by), "recipients": dict(approval.recipients), "override": approval.override},
        "send_at": _time(message.send_at),
        "until": _time(message.until),
        "ended_at": _time(message.ended_at),
        "deleted_at": _time(message.made.at + deadlines.KEPT_FOR) if waiting else None,
    }


def _wrong(drafting: Drafting, message: ResidentMessage, now: datetime) -> list[Finding]:
    """What is wrong with a message that can still be changed; a template that is gone is wrong as well."""
    if message.state.final:
        return []
    try:
        return drafting.wrong(message, now)
    except RefusedError as refused:
        return [Finding(refused.code, refused.ja, str(refused))]


def _carried(desk: Desk, message: ResidentMessage, now: datetime, counts: lifecycle.Counts) -> list[dict[str, Any]]:
    channels = {channel.id: channel for channel in desk.site.channels}
    rows = notifications(desk.site, message, desk.channels(message), message.send_at or now)
    return [
        {
            "channel": row.channel,
            "kind": channels[row.channel].kind,
            "audience": row.audience,
            "recipients": counts.get(row.channel),
            **shown(channels[row.channel], row),
        }
        for row in rows
    ]


def _finding(finding: Finding) -> dict[str, str]:
    return {"code": finding.code, "ja": finding.ja, "en": finding.en}


def _signed(by: Signature) -> dict[str, Any]:
    return {"by": by.name, "at": format_rfc3339(by.at)}


def _time(at: datetime | None) -> str | None:
    return None if at is None else format_rfc3339(at)
