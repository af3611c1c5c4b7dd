"""Since when which version of a rule has been evaluated, and how; and which ones people let become active."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from psycopg.types.json import Jsonb

from store import statements
from store.append import storable
from store.part import Part

_SQL = statements.load("rule_life")
SHADOW, ACTIVE, APPROVED = "shadow", "active", "approved"


@dataclass(frozen=True, slots=True, kw_only=True)
class LifeRow:
    """A span in which one version of a rule was evaluated as ``shadow`` or ``active``: from ``since`` to ``seen_at`` at least.

    ``recorded`` is the version as the steps of its episodes carry it. ``ended`` False: it goes on. ``plan`` is the rule as
    ``config.rule_history`` keeps it. State ``approved`` is no span: at ``since`` people let the version become active, ``note``
    being why although it had no shadow time (empty: it had).
    """

    rule: str
    version: str
    recorded: str
    state: str
    since: datetime
    seen_at: datetime
    ended: bool
    plan: Mapping[str, Any]
    note: str = ""


@dataclass(frozen=True, slots=True)
class EvaluatedRule:
    """A rule that is evaluated now: its ``state`` is ``shadow`` or ``active``."""

    rule: str
    version: str
    state: str
    plan: Mapping[str, Any]


class RuleLife(Part):
    """The lives of rules. ``site`` is the store's number of the site."""

    def evaluated(self, site: int, rules: Iterable[EvaluatedRule], now: datetime, caught_up_from: datetime) -> None:
        """Note that exactly these rules are evaluated; to be told at the beginning and again and again.

        A span that was not seen since ``caught_up_from`` is over, and another one begins.
        """
        rows = [{"rule": one.rule, "version": one.version, "state": one.state, "plan": one.plan} for one in rules]
        values = {"site": site, "now": now, "caught_up_from": caught_up_from, "rows": Jsonb(rows)}
        with self._transaction("note which rules are evaluated") as connection:
            connection.execute(_SQL["end"], values)
            connection.execute(_SQL["evaluated"], values)

    def approve(self, site: int, rule: EvaluatedRule, at: datetime, note: str) -> None:
        """Note that people let a version become active; ``note`` is why although it had no shadow time."""
        values = {
            "site": site,
            "rule": rule.rule,
            "version": rule.version,
            "at": at,
            "plan": Jsonb(rule.plan),
            "note": storable(note),
        }
        with self._transaction(f"note that rule {rule.rule} may become active") as connection:
            connection.execute(_SQL["approve"], values)

    def lives(self, site: int) -> list[LifeRow]:
        """All spans and approvals, in the order they were written."""
        names = LifeRow.__dataclass_fields__
        with self._transaction("read the lives of rules") as connection:
            rows = connection.execute(_SQL["lives"], {"site": site}).fetchall()
        return [LifeRow(**dict(zip(names, row, strict=True))) for row in rows]

    def site_number(self, id_: str) -> int | None:
        """The number of a site, None where it was never here; unlike registering it this changes nothing."""
        with self._transaction(f"look for the site {id_}") as connection:
            row = connection.execute(_SQL["site_number"], {"id": id_}).fetchone()
        return None if row is None else int(row[0])
