"""What a river gauge may propose to a person: a 警戒レベル, which only the municipality issues.

Names and levels: 内閣府 避難情報に関するガイドライン (2021). Snow and channels have none, whatever a rule carries.
"""

from __future__ import annotations

from dataclasses import dataclass

from alerts.machine import Kind
from alerts.measures import Said, called, height
from alerts.plain_text import one_line
from alerts.targets import Target
from alerts.telling import Transition
from config.rule_plan import RuleKind
from core.model import StationKind

_NAMES = {
    3: Said("高齢者等避難", "evacuation of the elderly and others who need time"),
    4: Said("避難指示", "evacuation instruction"),
    5: Said("緊急安全確保", "emergency safety measures"),
}
_UPWARD = (Kind.FIRED, Kind.RAISED, Kind.CONFIRMED)


@dataclass(frozen=True, slots=True)
class Proposal:
    """A 警戒レベル (3 to 5) to be considered, and what it is founded on: a gauge, a height, and who set that height."""

    level: int
    name: Said
    gauge: Said
    threshold: Said
    source: str

    def lines(self, site_name: str) -> Said:
        """The sentence for a message."""
        mayor = f"{site_name[-1]}長" if site_name[-1:] in ("市", "町", "村") else "市町村長"
        return Said(
            f"警戒レベル{self.level}（{self.name.ja}）の発令を検討してください（発令は{mayor}の判断です）。"
            f"根拠: {self.gauge.ja} {self.threshold.ja}（出典: {self.source}）",
            f"Consider issuing Warning Level {self.level} ({self.name.en}); the mayor decides. "
            f"Founded on: {self.gauge.en}, {self.threshold.en} (source: {self.source})",
        )


def proposal_of(target: Target, head: Transition) -> Proposal | None:
    """What the rung that was reached proposes; None for anything but the confirmed height of a river."""
    rule, station = target.rule, target.station
    river = station.kind == StationKind.RIVER and target.stream.quantity == "water_level"
    if not river or rule.kind is not RuleKind.LEVEL or head.kind not in _UPWARD or head.doubted or not head.to_level:
        return None
    if head.episode.outcome is not None:
        return None
    proposed = next((level.proposes for level in rule.levels if level.level == head.to_level), None)
    rung = target.ladder.rung(head.to_level)
    if proposed not in _NAMES or rung is None:
        return None
    named, at = called(target, head.to_level, own=rung.own), height(target, rung.raise_at)
    source = one_line(target.stream.threshold_source) if rung.own else ""
    return Proposal(
        level=proposed,
        name=_NAMES[proposed],
        gauge=Said(one_line(station.name_ja), one_line(station.name_en or station.name_ja)),
        threshold=Said(f"{named.ja} {at.ja}", f"{named.en} {at.en}"),
        source=source or rule.id,
    )
