"""What an episode that is told as CAP is about: its rule, the stations that measured it, what was measured.

Most rules judge one gauge; a pair is two of them, a group several. A message names all of them and covers the places of all.
"""

from __future__ import annotations

from dataclasses import dataclass

from alerts.members import is_of_several, members_of
from config.model import Site
from config.rule_plan import Rule, RuleClass, RuleKind, RuleState
from core.model import Station
from core.quantities import QUANTITIES
from store.alert_rows import EpisodeRow

_GUESSED = frozenset({RuleKind.FORECAST, RuleKind.MISSING})


@dataclass(frozen=True, slots=True)
class Subject:
    """``stations`` has at least one; the first is the one the values are on the scale of. ``quantity`` is a known one."""

    rule: Rule
    stations: tuple[Station, ...]
    quantity: str

    @property
    def first(self) -> Station:
        """The station whose kind says what the message is about."""
        return self.stations[0]

    @property
    def fictitious(self) -> bool:
        """Whether any of it is made up: then nobody may take the message for earnest."""
        return any(station.fictitious for station in self.stations)

    @property
    def waits(self) -> bool:
        """Whether it is told to nobody outside until as many gauges agree as the rule asks for."""
        return self.rule.confirmation is not None and self.rule.kind is RuleKind.LEVEL


def subject_of(site: Site, episode: EpisodeRow) -> Subject | None:
    """What an episode is about; None for one that is never told as CAP."""
    _, _, quantity = episode.target.partition("/")
    rule = next((rule for rule in site.rules if rule.id == episode.rule), None)
    if rule is None or quantity not in QUANTITIES or episode.shadow or not _is_told(rule):
        return None
    stations = _stations(site, rule, episode.target)
    return Subject(rule, stations, quantity) if stations else None


def _is_told(rule: Rule) -> bool:
    return rule.rule_class is RuleClass.MEASUREMENT and rule.kind not in _GUESSED and rule.state is RuleState.ACTIVE


def _stations(site: Site, rule: Rule, target: str) -> tuple[Station, ...]:
    """The stations of a target; of a group that is no longer watched the first, so that its end can still be told."""
    known = {str(station.id): station for station in site.stations}
    places, _, _ = target.partition("/")
    ids = [places]
    if is_of_several(rule):
        members = members_of(site, (rule,)).get((rule.id, target))
        ids = [str(id_) for id_ in members] if members else places.split("+")
    if ids[0] not in known:
        return ()
    return tuple(known[id_] for id_ in ids if id_ in known)
