"""What people who are called read: the alert as it was told, headed by why they are called."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

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
    alert: OpenAlert,
    told: Mapping[str, Any],
    call: Call,
    since: datetime,
    now: datetime,
    steps: int,
) -> dict[str, Any]:
    """The body of a call: every fact of what was ``told`` last of the episode, and why these people are called."""
    facts = dict(told) if told else _bare(site, alert, now)
    ja, en = _why(call, since, now, steps)
    marked_ja, marked_en = (PREFIX_JA, f"{PREFIX_EN} ") if site.exercise else ("", "")
    subject_ja, subject_en = str(facts["subject_ja"]), str(facts["subject_en"])
    return facts | {
        "subject_ja": f"{marked_ja}【未確認のため連絡】{subject_ja.removeprefix(PREFIX_JA)}",
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


def exhausted_notice(site: Site, alert: OpenAlert, timer: EscalationTimer, now: datetime) -> list[NotificationRow]:
    """Tells the administrators that everybody was called and nobody acknowledged."""
    texts = Texts(
        subject_ja=f"【要対応】{alert.target} の「{alert.level.label_ja}」に誰も応答していません",
        subject_en=f"[Act] nobody has answered the {alert.level.slug} at {alert.target}",
        text_ja=f"{jst(timer.started_at)} からの「{alert.level.label_ja}」（{alert.rule}、{alert.target}）について、\n"
        f"連絡先すべてに {timer.called} 回連絡しましたが、誰も確認していません。\n"
        "電話など別の方法で担当者に連絡し、コンソールで確認の操作をしてください。",
        text_en=f"{timer.called} calls went out for the {alert.level.slug} since {jst(timer.started_at)} "
        f"({alert.rule}, {alert.target}), and nobody has acknowledged.\n"
        "Reach somebody another way, by telephone, and acknowledge in the console.",
    )
    occasion = f"{alert.episode}|{timer.escalation}|{timer.started_at.isoformat()}"
    details = {"episode": str(alert.episode), "escalation": timer.escalation}
    return notice(site, occasion, "escalation-exhausted", texts, now, level=Level.DANGER, details=details)


def _why(call: Call, since: datetime, now: datetime, steps: int) -> tuple[list[str], list[str]]:
    minutes = max(0, int((now - since) / _MINUTE))
    place_ja = f"（{steps} 段階のうち {call.step + 1}、{call.loop} 回目）"
    place_en = f"(step {call.step + 1} of {steps}, round {call.loop})"
    ja = [
        f"{minutes} 分たっても誰も確認していないため、{call.audience.name_ja}に連絡しています{place_ja}。",
        "コンソールで「確認」すると、この連絡は止まります。",
    ]
    en = [
        f"Nobody has acknowledged for {minutes} min, so {call.audience.name_en} is called {place_en}.",
        "It stops when somebody acknowledges in the console.",
    ]
    if call.late >= _MINUTE:
        late = int(call.late / _MINUTE)
        ja.append(f"この連絡は、システムの停止や通知の一時停止などにより {late} 分遅れています。")
        en.append(f"This call is {late} min late because the system was down or the alert was held back.")
    return ja, en


def _bare(site: Site, alert: OpenAlert, now: datetime) -> dict[str, Any]:
    """Where nothing was told of the episode yet: what is known of it all the same."""
    texts = Texts(
        subject_ja=f"【{alert.level.label_ja}】{alert.target}",
        subject_en=f"[{alert.level.slug.capitalize()}] {alert.target}",
        text_ja=f"{alert.target} が「{alert.level.label_ja}」です（{alert.rule}）。",
        text_en=f"{alert.target} is at {alert.level.slug} ({alert.rule}).",
    )
    return system_body(site, "escalation", alert.level, texts, now)
