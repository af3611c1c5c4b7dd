"""Commands about a site folder and the machine: check, broker-config, migrate, alive, doctor."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape

from app.alert_commands import rule_test_mistakes, untried_rules
from app.heartbeat import check_alive
from app.settings import read_settings
from app.wiring import read_site
from config import Mistake, check_site
from config.model import Site
from core.errors import ConfigError

SITE = "A site folder"
HEALTH = "Health"

SiteOption = Annotated[Path | None, typer.Option("--site", help="Site folder (default config/example).")]
DataOption = Annotated[Path | None, typer.Option("--data", help="Data folder (default var/<site>).")]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON for scripts.")]


def add_to(app: typer.Typer) -> None:
    """Add these commands to the command line."""
    app.command("check", rich_help_panel=SITE)(check)
    app.command("broker-config", rich_help_panel=SITE)(broker_config)
    app.command("migrate", rich_help_panel=HEALTH)(migrate_database)
    app.command("alive", rich_help_panel=HEALTH)(alive)
    app.command("doctor", rich_help_panel=HEALTH)(doctor)


def check(site: SiteOption = None, data: DataOption = None, as_json: JsonOption = False) -> None:
    """Check a site folder: every mistake with file, line or key, and what to do. Exit code 1 where there is one.

    Where a database is there (DATABASE_URL, or a `run` on the data folder) it also warns of rules that are active without shadow time.
    Example: yukimori check --site config/example
    """
    from app.known import known_names

    settings = read_settings(site, data)
    folder = settings.site
    checked = check_site(folder, known_names())
    mistakes, warnings = list(checked.mistakes), list(checked.warnings)
    if checked.site is not None:
        mistakes += _channel_mistakes(checked.site)
        mistakes += rule_test_mistakes(checked.site)
        warnings += untried_rules(checked.site, settings)
        layer_mistakes, layer_warnings = _layer_notes(checked.site)
        mistakes += layer_mistakes
        warnings += layer_warnings
    if as_json:
        print(json.dumps({"mistakes": [_as_dict(m) for m in mistakes], "warnings": [_as_dict(w) for w in warnings]}))
    else:
        _print_notes(folder, mistakes, warnings)
    if mistakes:
        raise typer.Exit(1)


def _channel_mistakes(site: Site) -> list[Mistake]:
    from alerts import channel_settings

    found = []
    for channel in site.channels:
        try:
            channel_settings(channel.kind, channel.settings)
        except ConfigError as error:
            found.append(Mistake("site.toml", f"channels.{channel.id}", str(error), error.hint or ""))
    return found


def _layer_notes(site: Site) -> tuple[list[Mistake], list[Mistake]]:
    from gis import check_layers

    mistakes, warnings = [], []
    for checked in check_layers(site):
        file = f"layers/{checked.layer.id}.toml"
        if checked.error is not None:
            mistakes.append(Mistake(file, "file", str(checked.error), checked.error.hint or ""))
        if checked.report is not None:
            warnings += [Mistake(file, "file", warning, "") for warning in checked.report.warnings]
    return mistakes, warnings


def _as_dict(note: Mistake) -> dict[str, str]:
    return {"file": note.file, "where": note.where, "message": note.message, "hint": note.hint}


def _print_notes(folder: Path, mistakes: list[Mistake], warnings: list[Mistake]) -> None:
    console = Console()
    for colour, word, notes in (("red", "mistake", mistakes), ("yellow", "warning", warnings)):
        for note in notes:
            console.print(f"[{colour}]{word}[/{colour}] {escape(str(note))}", soft_wrap=True)
    verdict = "[green]sound[/green]" if not mistakes else f"[red]{len(mistakes)} mistakes[/red]"
    console.print(f"{folder}: {verdict}, {len(warnings)} warnings")


def broker_config(
    out: Annotated[Path, typer.Option("--out", help="Folder for mosquitto.conf, acl, passwords, credentials.csv.")],
    site: SiteOption = None,
    here: Annotated[
        bool, typer.Option("--here", help="For a Mosquitto on this machine rather than in its container.")
    ] = False,
    port: Annotated[int, typer.Option("--port", help="TLS port.")] = 8883,
) -> None:
    """Make the configuration of the production broker: TLS, one password a device, access lists.

    Example: yukimori broker-config --site /site --out deploy/broker
    """
    from ingest.broker_config import BrokerFolders, write_broker_config

    folders = None
    if here:
        base = out.resolve()
        folders = BrokerFolders(
            folder=str(base), certificates=str(base.parent / "certificates"), data=str(base.parent / "broker-data")
        )
    users = write_broker_config(read_site(read_settings(site)), out, folders=folders, port=port)
    print(
        f"{len(users)} users in {out}; hand out the passwords in {out / 'credentials.csv'} and keep that file private"
    )


def migrate_database(site: SiteOption = None) -> None:
    """Bring the database named by DATABASE_URL to the schema of this program.

    Example: DATABASE_URL=postgresql://yukimori@localhost/yukimori yukimori migrate
    """
    from store import migrate

    applied = migrate(read_settings(site).required_database())
    print("\n".join(applied) if applied else "the schema is up to date")


def alive(
    name: Annotated[str, typer.Argument(help="collect, judge, match, evaluate or publish")], data: DataOption = None
) -> None:
    """Tell whether a process goes round, for health checks. Exit code 3 where it does not.

    Example: yukimori alive collect
    """
    print(f"{name} was alive {check_alive(read_settings(None, data).data, name, time.time()):.0f} s ago")


def doctor(site: SiteOption = None, data: DataOption = None) -> None:
    """Look at site folder, data folder, database and broker; a red line says what to do. Exit code 1 on red.

    Example: yukimori doctor
    """
    from app.doctor import examine

    console = Console()
    healthy = True
    for finding in examine(read_settings(site, data)):
        mark = "[green]✓[/green]" if finding.healthy else "[red]✗[/red]"
        remedy = f"  → {finding.remedy}" if finding.remedy and not finding.healthy else ""
        console.print(f"{mark} {finding.subject}: {escape(finding.message)}{escape(remedy)}", soft_wrap=True)
        healthy &= finding.healthy
    if not healthy:
        raise typer.Exit(1)
