"""``yukimori alerts activate``: what it means that rules become active, and, where they were tried, that they do."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Annotated, Any

import typer

from app.backtest_commands import FromOption, ToOption, instant, shown
from app.inspect_commands import DataOption, JsonOption, SiteOption, in_json, looking
from app.settings import read_settings
from app.user_desk import WHO
from app.wiring import read_site
from config.model import Site
from config.rule_plan import Rule, RuleState
from core.accounts import AuditEntry
from core.times import utc_now
from store import Store
from store.rows import Registry

if TYPE_CHECKING:
    from alerts.activation import Activation
    from alerts.backtest import Span

ACTION = "rule.activate"
LONGEST_REASON = 500
_LOOK_BACK = timedelta(days=30)
_DAY = timedelta(days=1)


def add_to(alerts: typer.Typer) -> None:
    """Add the command to the group."""
    alerts.command("activate")(activate)


def activate(
    rules: Annotated[list[str], typer.Argument(help="Ids of rules.", show_default=False)],
    *,
    despite: Annotated[
        str | None,
        typer.Option(
            "--despite", help="Let it become active though it was not tried, for this reason.", metavar="REASON"
        ),
    ] = None,
    yes: Annotated[
        bool, typer.Option("--yes", help="Do not ask; without it and nobody to ask nothing is changed.")
    ] = False,
    begin: FromOption = None,
    end: ToOption = None,
    site: SiteOption = None,
    data: DataOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show what it means that rules become active, and write state = "active" into their files.

    Shown are each rule's time and episodes in shadow, what it says otherwise than the version that was active last, and what both
    make of the stored history (30 days, else --from and --to), with the labelled events met and missed. A version that was
    neither in shadow for 7 days nor met a labelled event there is refused, unless --despite says why; that goes into the
    audit. All of the rules or none. The evaluator takes them over when it is started again.
    Exit code 1 where a rule is refused, or nobody said yes.

    Example: yukimori alerts activate river-rate --site /site
    """
    from alerts.activation_text import as_text

    town = read_site(read_settings(site, data))
    wanted = _wanted(town, rules)
    reason = _reason(despite)
    now = utc_now()
    span = _span(begin, end, now)
    with looking(site, data) as (store, registry):
        looked = _looked(town, wanted, store, registry, span, now)
        if not as_json:
            print("\n".join(as_text(found) for found in looked))
        undone = _undone(looked, reason, yes=yes, ask=not as_json)
        activated = [] if undone else _activated(town, looked, store, registry, reason)
    if as_json:
        print(in_json(_as_json(looked, activated, undone), indent=1))
    else:
        print(undone or _done(looked, activated))
    if undone:
        raise typer.Exit(1)


def _wanted(town: Site, ids: Sequence[str]) -> list[Rule]:
    """The rules named, each once, in the order of the site's files."""
    known = [rule.id for rule in town.rules]
    unknown = sorted(set(ids) - set(known))
    if unknown:
        raise typer.BadParameter(f"there is no rule {', '.join(unknown)}; there are: {', '.join(known)}")
    return [rule for rule in town.rules if rule.id in ids]


def _reason(text: str | None) -> str:
    if text is None:
        return ""
    if not text.strip() or len(text) > LONGEST_REASON or not text.isprintable():
        message = f"a reason of 1 to {LONGEST_REASON} printable characters"
        raise typer.BadParameter(message, param_hint="--despite")
    return text.strip()


def _span(begin: str | None, end: str | None, now: datetime) -> Span:
    from alerts.backtest import Span

    last = now if end is None else instant(end, "--to", _DAY)
    first = last - _LOOK_BACK if begin is None else instant(begin, "--from", timedelta(0))
    if first >= last:
        raise typer.BadParameter("the end is not after the beginning", param_hint="--to")
    return Span(first, last)


def _looked(
    town: Site, rules: Sequence[Rule], store: Store, registry: Registry, span: Span, now: datetime
) -> list[Activation]:
    from alerts.activation import activation
    from alerts.backtest_store import stored

    history = stored(store, registry, span), span
    found = []
    for rule in rules:
        with shown() as done:
            found.append(activation(town, rule, store, registry.site, history, now, done))
    return found


def _undone(looked: Sequence[Activation], reason: str, *, yes: bool, ask: bool) -> str:
    """Why nothing is changed; empty where it shall be."""
    refused = [found.rule.id for found in looked if not found.is_tried and not reason]
    if refused:
        return (
            f"REFUSED, nothing was changed: {', '.join(refused)} not tried. Leave it in shadow for 7 days or over a labelled event,"
            " or say why it has to be without: --despite REASON"
        )
    if yes or all(found.is_done for found in looked):
        return ""
    if not ask or not sys.stdin.isatty():
        return "Nothing was changed: nobody is there to ask. Read what is above, then give --yes"
    return "" if typer.confirm("Let it become active?") else "Nothing was changed."


def _activated(
    town: Site, looked: Sequence[Activation], store: Store, registry: Registry, reason: str
) -> list[Activation]:
    """Write down the decision, then change the files: nothing is active without its line in the audit."""
    from alerts.rule_life import evaluated_rule
    from config.rule_state import planned, write

    wanted = [found for found in looked if not found.is_done]
    changes = [
        planned(town.folder, found.rule, RuleState.ACTIVE)
        for found in wanted
        if found.rule.state is not RuleState.ACTIVE
    ]
    for found in wanted:
        rule, now = found.rule, utc_now()
        why = found.reason if found.is_tried else reason
        store.rule_life.approve(registry.site, evaluated_rule(rule), now, why)
        entry = AuditEntry(at=now, who=WHO, action=ACTION, subject=rule.id, details=_details(found, why))
        store.audit.add(registry.site, entry)
    for file, content in changes:
        write(file, content)
    return wanted


def _details(found: Activation, reason: str) -> dict[str, Any]:
    last = found.last
    details: dict[str, Any] = {
        "version": found.rule.version,
        "was": None if last is None else last.version,
        "shadow_s": int(found.shadow.total_seconds()),
        "met": [event.id for event in found.met],
    }
    return details | ({"despite": reason} if reason else {})


def _done(looked: Sequence[Activation], activated: Sequence[Activation]) -> str:
    ids = ", ".join(found.rule.id for found in activated)
    already = ", ".join(found.rule.id for found in looked if found not in activated)
    lines = [f"{already}: active already in its file, nothing to do."] if already else []
    if ids:
        lines.append(
            f"{ids}: active. Start the evaluator again (or `yukimori run`): it reads the rules when it begins."
        )
    return "\n".join(lines)


def _as_json(looked: Sequence[Activation], activated: Sequence[Activation], undone: str) -> dict[str, Any]:
    from alerts.activation_text import as_json

    return {
        "rules": [as_json(found) for found in looked],
        "activated": [found.rule.id for found in activated],
        "not_done": undone,
    }
