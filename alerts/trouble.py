"""A rule that cannot be evaluated: noticed, told to administrators, and told again once it works.

What it had found stays as it is all the while: an error never looks like calm. The trouble is an episode of its own, of
the rule ``system/evaluation``, so that it is told, acknowledged and ended as every other.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from alerts.episodes import about, episode_id, episode_row, guarded, transition_row
from alerts.machine import Kind
from alerts.measures import Said
from alerts.plain_text import jst, one_line
from alerts.state import Episode
from alerts.targets import Target
from alerts.telling import Cause, Transition
from config.rule_plan import RuleState
from core.levels import Level
from core.times import format_rfc3339
from store.alert_rows import Evaluation, TellingRow

RULE = "system/evaluation"
"""No rule of a site can have this id: none has a slash."""

FAILURES = 3
LASTING = timedelta(minutes=5)
_LEVEL = Level.WARNING


@dataclass(frozen=True, slots=True)
class Trouble:
    """Why an instance cannot be evaluated: ``failures`` in a row since ``since``; ``told`` once somebody was told."""

    since: datetime
    failures: int
    error: str
    told: bool = False

    def dump(self) -> dict[str, Any]:
        """As JSON."""
        return {
            "since": self.since.isoformat(),
            "failures": self.failures,
            "error": self.error,
            "told": self.told,
        }


def load(stored: Mapping[str, Any] | None) -> Trouble | None:
    """What ``dump`` wrote."""
    if stored is None:
        return None
    return Trouble(datetime.fromisoformat(stored["since"]), stored["failures"], stored["error"], stored["told"])


def after_failure(trouble: Trouble | None, error: str, now: datetime) -> Trouble:
    """The trouble after one more failure."""
    if trouble is None:
        return Trouble(now, 1, error)
    return replace(trouble, failures=trouble.failures + 1, error=error)


def has_to_be_told(trouble: Trouble, target: Target, now: datetime) -> bool:
    """Whether it has failed three times in a row, or for more than five minutes, and nobody has been told."""
    broken = trouble.failures >= FAILURES or now - trouble.since > LASTING
    return broken and not trouble.told and target.rule.state is RuleState.ACTIVE


def tell_broken(target: Target, trouble: Trouble, now: datetime, evaluation: Evaluation) -> None:
    """Add to ``evaluation`` that the rule cannot be evaluated at this target."""
    episode = _episode(trouble, now)
    _add(
        target, trouble, Transition(episode, Kind.FIRED, Level.NORMAL, _LEVEL, now, None, Cause.ERROR), now, evaluation
    )


def tell_over(target: Target, trouble: Trouble, now: datetime, evaluation: Evaluation, *, works: bool) -> None:
    """Add that it works again; or, where not, that the rule or its target is gone."""
    kind = Kind.RESOLVED if works else Kind.CLOSED
    episode = replace(_episode(trouble, now), seq=2, closed_at=now, outcome=kind.value)
    to_level, cause = (Level.NORMAL, Cause.ERROR) if works else (None, Cause.RULE_REMOVED)
    _add(target, trouble, Transition(episode, kind, _LEVEL, to_level, now, None, cause), now, evaluation)


def _episode(trouble: Trouble, now: datetime) -> Episode:
    return Episode(
        number=1,
        seq=1,
        level=_LEVEL,
        highest=_LEVEL,
        stale=False,
        recovering=False,
        opened_at=trouble.since,
        detected_at=now,
        value=None,
        peak=None,
    )


def _add(target: Target, trouble: Trouble, step: Transition, now: datetime, evaluation: Evaluation) -> None:
    name = f"{target.rule.id}@{target.key}"
    number = episode_id(target.site.id, RULE, name, step.episode)
    evaluation.episodes.append(episode_row(target.site.id, RULE, name, step.episode))
    evaluation.transitions.append(transition_row(number, step, target.rule.version, now))
    kind = "rule_broken" if step.kind == Kind.FIRED else "rule_ok"
    evaluation.tellings.append(
        TellingRow(
            episode=number,
            seq=step.episode.seq,
            rule=RULE,
            target=name,
            kind=kind,
            level=_LEVEL if step.kind == Kind.FIRED else Level.NORMAL,
            reach=_LEVEL,
            at=now,
            queued_at=now,
            body=_body(target, trouble, step, kind, number, now),
            health=True,
        )
    )


def _body(target: Target, trouble: Trouble, step: Transition, kind: str, number: UUID, now: datetime) -> dict[str, Any]:
    subject, text = _subject(target, step), _text(target, trouble, step, now)
    facts = about(target)
    return guarded(
        {
            "kind": kind,
            "status": "firing" if step.kind == Kind.FIRED else "resolved",
            "level": _LEVEL.slug,
            "from_level": step.from_level.slug,
            "highest": _LEVEL.slug,
            "value": None,
            "at": format_rfc3339(now),
            "detected_at": format_rfc3339(now),
            "opened_at": format_rfc3339(trouble.since),
            "closed_at": format_rfc3339(now) if step.episode.outcome else None,
            "late": False,
            "retroactive": False,
            "stale": False,
            "unconfirmed": False,
            "cause": step.cause.value,
            "episode": str(number),
            "seq": step.episode.seq,
            **facts,
            "rule": facts["rule"] | {"class": "health"},
            "threshold": None,
            "proposal": None,
            "subject_ja": subject.ja,
            "subject_en": subject.en,
            "text_ja": text.ja,
            "text_en": text.en,
        }
    )


def _subject(target: Target, step: Transition) -> Said:
    place = Said(one_line(target.station.name_ja), one_line(target.station.name_en or target.station.name_ja))
    rule = Said(one_line(target.rule.title_ja), one_line(target.rule.title_en))
    what = {
        Kind.FIRED: Said("判定できません", "cannot be evaluated"),
        Kind.RESOLVED: Said("判定を再開しました", "is evaluated again"),
    }.get(step.kind, Said("判定の対象から外れました", "is no longer evaluated"))
    return Said(
        f"【機器・{_LEVEL.label_ja}】{rule.ja}（{place.ja}） {what.ja}", f"[System] {rule.en} ({place.en}) {what.en}"
    )


def _text(target: Target, trouble: Trouble, step: Transition, now: datetime) -> Said:
    subject, error = _subject(target, step), one_line(trouble.error)[:500]
    if step.kind == Kind.FIRED:
        return Said(
            f"{subject.ja}\n{jst(trouble.since)} から {trouble.failures} 回失敗しています。原因: {error}\n"
            "それまでの状態はそのまま保たれています（解消ではありません）。この規則の値は画面で直接確かめてください。",
            f"{subject.en}\nIt has failed {trouble.failures} times since {jst(trouble.since)}: {error}\n"
            "What it had found before stays as it was (no all-clear). Watch the values themselves until it works.",
        )
    return Said(f"{subject.ja}\n時刻: {jst(now)}", f"{subject.en}\nTime: {jst(now)}")
