"""Which stations a pair or a group of gauges is made of."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from alerts.targets import instances_of
from config.model import Site
from config.rule_plan import Rule, RuleKind
from core.model import StationId

Members = Mapping[tuple[str, str], tuple[StationId, ...]]
"""By rule and target, the stations of what is watched together; the first is the one the target begins with."""


def is_of_several(rule: Rule) -> bool:
    """Whether a rule watches pairs or groups of gauges."""
    return rule.kind is RuleKind.BLOCKAGE or rule.confirmation is not None


def members_of(site: Site, rules: Sequence[Rule] | None = None) -> Members:
    """The stations of every pair and group of the rules (left out: all of the site). Raises what ``instances_of`` does."""
    wanted = [rule for rule in (site.rules if rules is None else rules) if is_of_several(rule)]
    return {
        (target.rule.id, target.key): tuple(dict.fromkeys(stream.station for stream in target.streams))
        for target in instances_of(site, wanted)
        if target.name
    }
