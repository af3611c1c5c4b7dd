"""What people who are called read: the alert as it was told, headed by why they are called."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid5

from alerts.letters import MOST_LISTED, compact
from alerts.messages import Texts, jst
from alerts.system_messages import notice, system_body
from config.exercise import PREFIX_EN, PREFIX_JA
from config.model import Site
from config.people_plan import Audience, Escalation
from core.levels import Level
from store.alert_rows import NotificationRow
from store.escalations import EscalationTimer, OpenAlert

_MINUTE = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Call:
    """One step that is called now. ``late`` is by how much."""

    audience: Audience
    loop: int
    step: int
    late: timedelta


def called_body(
    site: Site,
    escalation: Escalation,
    facts: Mapping[str, Any],
    call: Call,
    since: datetime,
    now: datetime,
    steps: int,
) -> dict[str, Any]:
    """The body of a call: every fact of what was told last of the episode, and why these people are called."""
    ja, en = _why(call, since, now, steps)
    marked_ja, marked_en = (PREFIX_JA, f"{PREFIX_EN} ") if site.exercise else ("", "")
    subject_ja, subject_en = str(facts["subject_ja"]), str(facts["subject_en"])
    return dict(facts) | {
        "subject_ja": f"{marked_ja}【未対応のため連絡】{subject_ja.removeprefix(PREFIX_JA)}",
        "subject_en": f"{marked_en}[Nobody has acknowledged] {subject_en.removeprefix(PREFIX_EN).lstrip()}",
        "text_ja": "\n".join([*ja, "", str(facts["text_ja"])]),
        "text_en": "\n".join([*en, "", str(facts["text_en"])]),
        "exercise": site.exercise,
        "purpose": "escalation",
        "escalation": {
            "id": escalation.id,
            "step": call.step + 1,
            "steps": steps,
            "loop": call.loop,
            "late_s": int(call.late.total_seconds()),
        },
    }


def with_others(body: Mapping[str, Any], alerts: Sequence[tuple[OpenAlert, Mapping[str, Any]]]) -> dict[str, Any]:
    """The body of a call for several alerts, each with what was told of it last: the first heads it, the others are listed.

    ``alerts`` and ``truncated`` as in every gathered message; long lists end in a number (他 N 件).
    """
    listed, hidden = alerts[1:MOST_LISTED], max(0, len(alerts) - MOST_LISTED)
    ja = [f"・{facts['subject_ja']}" for _, facts in listed] + ([f"他 {hidden} 件"] if hidden else [])
    en = [f"- {facts['subject_en']}" for _, facts in listed] + ([f"and {hidden} more"] if hidden else [])
    title_ja = f"ほかにも未対応の警報が {len(alerts) - 1} 件あります。1 件ずつ「対応する」を押してください。"
    title_en = f"{len(alerts) - 1} more nobody has acknowledged. Each is acknowledged by itself."
    return dict(body) | {
        "subject_ja": f"{body['subject_ja']}（ほか {len(alerts) - 1} 件）",
        "subject_en": f"{body['subject_en']} (and {len(alerts) - 1} more)",
        "text_ja": "\n".join([str(body["text_ja"]), "", title_ja, *ja]),
        "text_en": "\n".join([str(body["text_en"]), "", title_en, *en]),
        "alerts": [
            compact(facts) | {"id": str(alert.episode), "episode": str(alert.episode), "fresh": True, "released": ""}
            for alert, facts in alerts[:MOST_LISTED]
        ],
        "episodes": [str(alert.episode) for alert, _ in alerts],
        "truncated": hidden,
    }


def exhausted_notice(
    site: Site, unanswered: Sequence[tuple[OpenAlert, EscalationTimer]], now: datetime
) -> list[NotificationRow]:
    """Tells the administrators that everybody was called and nobody acknowledged; the alerts are of one escalation."""
    alert, timer = unanswered[0]
    more_ja, more_en = (
        (f"ほか {len(unanswered) - 1} 件", f" and {len(unanswered) - 1} more") if unanswered[1:] else ("", "")
    )
    lines_ja, lines_en = _lines(unanswered)
    texts = Texts(
        subject_ja=f"【要対応】{alert.target} の「{alert.level.label_ja}」{more_ja and f'（{more_ja}）'}に誰も応答していません",
        subject_en=f"[Act] nobody has answered the {alert.level.slug} at {alert.target}{more_en}",
        text_ja=f"{jst(timer.started_at)} からの「{alert.level.label_ja}」（{alert.rule}、{alert.target}）について、\n"
        f"連絡先すべてに {timer.called} 回連絡しましたが、誰も対応していません。\n"
        f"電話など別の方法で担当者に連絡し、対応画面で「対応する」を押してください。{lines_ja}",
        text_en=f"{timer.called} calls went out for the {alert.level.slug} since {jst(timer.started_at)} "
        f"({alert.rule}, {alert.target}), and nobody has acknowledged.\n"
        f"Reach somebody another way, by telephone, and acknowledge in the console.{lines_en}",
    )
    occasions = [f"{each.episode}|{its.escalation}|{its.started_at.isoformat()}" for each, its in unanswered]
    occasion = occasions[0] if len(occasions) == 1 else str(uuid5(alert.episode, "|".join(sorted(occasions))))
    details = {
        "episode": str(alert.episode),
        "episodes": [str(each.episode) for each, _ in unanswered],
        "escalation": timer.escalation,
    }
    return notice(site, occasion, "escalation-exhausted", texts, now, level=Level.DANGER, details=details)


def _lines(unanswered: Sequence[tuple[OpenAlert, EscalationTimer]]) -> tuple[str, str]:
    """The others nobody answered either, a line each."""
    listed, hidden = unanswered[1:MOST_LISTED], max(0, len(unanswered) - MOST_LISTED)
    ja = [f"・{alert.level.label_ja}: {alert.target}（{alert.rule}）" for alert, _ in listed]
    en = [f"- {alert.level.slug}: {alert.target} ({alert.rule})" for alert, _ in listed]
    if hidden:
        ja, en = [*ja, f"他 {hidden} 件"], [*en, f"and {hidden} more"]
    return (
        ("\n".join(["\n次の警報も同じです。", *ja]), "\n".join(["\nThe same holds for", *en])) if listed else ("", "")
    )


def _why(call: Call, since: datetime, now: datetime, steps: int) -> tuple[list[str], list[str]]:
    minutes = max(0, int((now - since) / _MINUTE))
    place_ja = f"（{steps} 段階のうち {call.step + 1}、{call.loop} 回目）"
    place_en = f"(step {call.step + 1} of {steps}, round {call.loop})"
    ja = [
        f"{minutes} 分たっても誰も対応していないため、{call.audience.name_ja}に連絡しています{place_ja}。",
        "対応画面で「対応する」を押すと、この連絡は止まります。",
    ]
    en = [
        f"Nobody has acknowledged for {minutes} min, so {call.audience.name_en} is called {place_en}.",
        "It stops when somebody acknowledges in the console.",
    ]
    if call.late >= _MINUTE:
        late = int(call.late / _MINUTE)
        ja.append(f"この連絡は、システムの停止や連絡の一時停止などにより {late} 分遅れています。")
        en.append(f"This call is {late} min late because the system was down or the alert was held back.")
    return ja, en


def bare(site: Site, alert: OpenAlert, now: datetime) -> dict[str, Any]:
    """Where nothing was told of the episode yet: what is known of it all the same."""
    texts = Texts(
        subject_ja=f"【{alert.level.label_ja}】{alert.target}",
        subject_en=f"[{alert.level.slug.capitalize()}] {alert.target}",
        text_ja=f"{alert.target} が「{alert.level.label_ja}」です（{alert.rule}）。",
        text_en=f"{alert.target} is at {alert.level.slug} ({alert.rule}).",
    )
    return system_body(site, "escalation", alert.level, texts, now)
