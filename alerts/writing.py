"""From outcomes to the rows of one transaction: states, episodes, transitions, and what has to be told."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from alerts.episodes import episode_id, episode_row, transition_row
from alerts.evaluator import RETRO_LIMIT
from alerts.instances import Instance, Outcome, is_shadow
from alerts.state import Episode, begin, dump
from alerts.trouble import Trouble, has_to_be_told, tell_broken, tell_over
from store.alert_rows import EpisodeRow, Evaluation, InstanceRow

RETRY_BROKEN = timedelta(minutes=1)


def evaluation_of(outcomes: Sequence[Outcome], now: datetime, fence: int | None) -> Evaluation:
    """What a round changed; an instance that works again is told so."""
    evaluation = Evaluation(fence=fence)
    for outcome in outcomes:
        instance, target = outcome.instance, outcome.instance.target
        before = instance.state
        if outcome.state != before or instance.trouble is not None:
            row = InstanceRow(target.rule.id, target.key, target.rule.version, dump(outcome.state))
            evaluation.instances.append(row)
        if instance.trouble is not None and instance.trouble.told:
            tell_over(target, instance.trouble, now, evaluation, works=not outcome.removed)
        evaluation.episodes += _episode_rows(outcome, before.episode if before else None)
        for item in outcome.told:
            number = episode_id(target.site.id, target.rule.id, target.key, item.episode)
            evaluation.transitions.append(transition_row(number, item, target.rule.version, now))
        evaluation.tellings += outcome.tellings
    return evaluation


def trouble_of(instance: Instance, trouble: Trouble, now: datetime, fence: int | None) -> tuple[Trouble, Evaluation]:
    """The trouble as it stands after it was told where it has to be, and the rows that say so; the state stays."""
    evaluation = Evaluation(fence=fence)
    target = instance.target
    if has_to_be_told(trouble, target, now):
        tell_broken(target, trouble, now, evaluation)
        trouble = replace(trouble, told=True)
    state = instance.state or replace(begin("", now - RETRO_LIMIT), shadow=is_shadow(target))
    row = InstanceRow(target.rule.id, target.key, target.rule.version, dump(state), trouble.dump())
    evaluation.instances.append(row)
    return trouble, evaluation


def _episode_rows(outcome: Outcome, before: Episode | None) -> list[EpisodeRow]:
    """The episodes that changed, each once, as they stand in the end."""
    target = outcome.instance.target
    changed = {item.episode.number: item.episode for item in outcome.told}
    after = outcome.state.episode
    if after is not None and after != before:
        changed[after.number] = after
    return [
        episode_row(target.site.id, target.rule.id, target.key, episode, shadow=outcome.shadow)
        for episode in changed.values()
    ]
