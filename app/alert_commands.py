"""Commands about alert rules, below ``yukimori alerts``: try them, play them on what was measured, list them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from app import activate_command, backtest_commands
from app.inspect_commands import JsonOption, SiteOption
from app.settings import Settings, read_settings
from app.wiring import read_site
from config.mistakes import Mistake
from config.model import Site
from core.errors import YukimoriError
from core.times import utc_now

if TYPE_CHECKING:
    from alerts.rule_tests import Outcome
    from alerts.rule_tests_plan import RuleTest, RuleTestFiles

alerts_app = typer.Typer(help="Alert rules: test, backtest, list, activate.", no_args_is_help=True)
PANEL = "Alerts"
_SOON_S = 2.0
"""A check does not wait longer for a database."""


def add_to(app: typer.Typer) -> None:
    """Add the group to the command line."""
    backtest_commands.add_to(alerts_app)
    activate_command.add_to(alerts_app)
    app.add_typer(alerts_app, name="alerts", rich_help_panel=PANEL)


@alerts_app.command("test")
def play_tests(
    rules: Annotated[
        list[str] | None, typer.Argument(help="Ids of rules; none: every rule.", show_default=False)
    ] = None,
    site: SiteOption = None,
    as_json: JsonOption = False,
) -> None:
    """Play the tests beside the rules (rules/ID.test.toml). Exit code 1 where one fails or cannot be read.

    Nothing is sent and no database is needed. Example: yukimori alerts test river --site config/fukui
    """
    from alerts.rule_tests import run_rule_tests
    from alerts.rule_tests_file import read_rule_tests

    town = read_site(read_settings(site))
    wanted = _known_rules(town, rules)
    files = read_rule_tests(town)
    outcomes = run_rule_tests(town, [test for test in files.tests if test.rules[0] in wanted])
    mistakes = [mistake for mistake in files.mistakes if _rule_of(mistake) in wanted]
    untested = [rule for rule in files.untested if rule in wanted]
    if as_json:
        print(json.dumps(_as_json(outcomes, mistakes, untested), ensure_ascii=False))
    else:
        _print(outcomes, mistakes, untested)
    if mistakes or not all(outcome.passed for outcome in outcomes):
        raise typer.Exit(1)


def _known_rules(town: Site, rules: list[str] | None) -> frozenset[str]:
    known = frozenset(rule.id for rule in town.rules)
    unknown = sorted(set(rules or ()) - known)
    if unknown:
        raise typer.BadParameter(f"there is no rule {', '.join(unknown)}; there are: {', '.join(sorted(known))}")
    return frozenset(rules) if rules else known


def _rule_of(mistake: Mistake) -> str:
    return mistake.file.rpartition("/")[2].removesuffix(".test.toml")


def _as_json(outcomes: Sequence[Outcome], mistakes: Sequence[Mistake], untested: Sequence[str]) -> dict[str, Any]:
    from alerts.rule_tests import as_mistakes

    return {
        "passed": sum(outcome.passed for outcome in outcomes),
        "failed": sum(not outcome.passed for outcome in outcomes),
        "untested": list(untested),
        "mistakes": [_mistake_as_json(mistake) for mistake in mistakes],
        "tests": [
            {
                **_test_as_json(outcome.test),
                "passed": outcome.passed,
                "differences": [
                    {"where": row.where, "at": row.at, "of": row.subject, "expected": row.expected, "found": row.found}
                    for row in outcome.differences
                ],
                "said": [str(mistake) for mistake in as_mistakes(outcome)],
            }
            for outcome in outcomes
        ],
    }


def _test_as_json(test: RuleTest) -> dict[str, Any]:
    return {"file": test.file, "where": test.where, "rule": test.rules[0], "title": test.title}


def _mistake_as_json(mistake: Mistake) -> dict[str, str]:
    return {"file": mistake.file, "where": mistake.where, "message": mistake.message, "hint": mistake.hint}


def _print(outcomes: Sequence[Outcome], mistakes: Sequence[Mistake], untested: Sequence[str]) -> None:
    console = Console()
    for mistake in mistakes:
        console.print(f"[red]mistake[/red] {escape(str(mistake))}", soft_wrap=True)
    for outcome in outcomes:
        mark = "[green]PASS[/green]" if outcome.passed else "[red]FAIL[/red]"
        console.print(f"{mark} {outcome.test.rules[0]}: {escape(outcome.test.title)}", soft_wrap=True)
        if outcome.differences:
            console.print(_table(outcome))
    for rule in untested:
        console.print(f"[yellow]no test[/yellow] {rule}: write rules/{rule}.test.toml (docs/alerts.md)", soft_wrap=True)
    failed = sum(not outcome.passed for outcome in outcomes)
    console.print(f"{len(outcomes) - failed} passed, {failed} failed, {len(mistakes)} mistakes in files")


def _table(outcome: Outcome) -> Table:
    table = Table(title=escape(outcome.test.file), title_justify="left")
    for name in ("where", "at", "of", "expected", "found"):
        table.add_column(name, overflow="fold")
    for row in outcome.differences:
        table.add_row(*(escape(cell) for cell in (row.where, row.at, row.subject, row.expected, row.found)))
    return table


def untried_rules(town: Site, settings: Settings) -> list[Mistake]:
    """Warnings of active rules that were never tried; only a database knows, so without one there are none."""
    from alerts.rule_life import Standing, life_of_rules
    from store import open_store
    from store.embedded import running_dsn

    try:
        dsn = settings.database_url or running_dsn(settings.data / "postgres")
        if dsn is None:
            return []
        with open_store(dsn, pool_size=1, connect_timeout_s=_SOON_S) as store:
            number = store.rule_life.site_number(town.id)  # to register the site would change what the others see
            lives = {} if number is None else life_of_rules(town, store, number, utc_now())
    except YukimoriError:
        return []
    hint = "yukimori alerts activate {} shows what it would do; begin with state = “shadow”, or say why not"
    return [
        Mistake(f"rules/{life.rule}.toml", "state", "active without shadow time", hint.format(life.rule))
        for life in lives.values()
        if life.standing is Standing.UNTRIED
    ]


def rule_test_mistakes(town: Site) -> list[Mistake]:
    """What is wrong with the rule tests of a site, or with its rules according to them: for ``yukimori check``."""
    from alerts.rule_tests import as_mistakes, run_rule_tests
    from alerts.rule_tests_file import read_rule_tests

    files: RuleTestFiles = read_rule_tests(town)
    outcomes = run_rule_tests(town, files.tests)
    return [*files.mistakes, *(mistake for outcome in outcomes for mistake in as_mistakes(outcome))]
