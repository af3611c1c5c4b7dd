"""The command line. Exit codes: 0 done, 1 mistakes found, 2 wrong usage, 3 cannot start or go on.

A command imports what it needs when it is called: a collector that fell is back before a second is over,
because it does not load maps and geodata first.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from app import (
    alert_commands,
    archive_commands,
    backup_commands,
    exposure_commands,
    inspect_commands,
    intake_commands,
    judge_commands,
    layer_commands,
    liveness_commands,
    play_commands,
    ploughs_group,
    push_commands,
    quarantine_commands,
    shelter_commands,
    site_commands,
    user_commands,
    warning_commands,
)
from app.lifetime import stop_on_signals
from app.settings import read_settings
from app.wiring import log_to_stderr
from core.errors import ConfigError, YukimoriError

EXIT_MISTAKES = 1
EXIT_CANNOT = 3

app = typer.Typer(
    name="yukimori",
    help="雪守: watches over a snowy municipality. Start with: yukimori run",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)

SiteOption = Annotated[
    Path | None, typer.Option("--site", help="Site folder (default config/example).", show_default=False)
]
DataOption = Annotated[
    Path | None, typer.Option("--data", help="Data folder (default var/<site>).", show_default=False)
]
HostOption = Annotated[str, typer.Option("--host", help="Address to listen on.")]
PortOption = Annotated[int, typer.Option("--port", help="Port of the web pages.")]

TOWN = "A town on one machine"
PROCESSES = "Processes of a production system (DATABASE_URL, MQTT_URL)"


@app.command(rich_help_panel=TOWN)
def run(
    site: SiteOption = None,
    data: DataOption = None,
    host: HostOption = "127.0.0.1",
    port: PortOption = 8000,
    mqtt_port: Annotated[int, typer.Option("--mqtt-port", help="Port of the embedded broker.")] = 1883,
    demo: Annotated[bool, typer.Option("--demo/--no-demo", help="Play the site's demonstration.")] = True,
) -> None:
    """Start everything: database, broker, collector, judge, matcher of ploughs, evaluator, publisher, web, and the site's demonstration.

    Example: yukimori run --site config/fukui --port 8123
    """
    from app.run import RunOptions
    from app.run import run as run_everything

    options = RunOptions(host=host, port=port, mqtt_port=mqtt_port, demo=demo)
    run_everything(read_settings(site, data), options, stop_on_signals(), Console())


@app.command(rich_help_panel=PROCESSES)
def collect(
    site: SiteOption = None,
    data: DataOption = None,
    member: Annotated[int, typer.Option("--member", help="Which of several collectors of this site it is.")] = 1,
    of: Annotated[int, typer.Option("--of", help="How many collectors share the messages (docs/scaling.md).")] = 1,
) -> None:
    """Take messages from the broker into the store; alone, or as one of several that share them.

    Example: yukimori collect --site /site --member 2 --of 3 --data /data/collect-2
    """
    from app.collect import collect as work
    from ingest.membership import Member

    log_to_stderr()
    work(read_settings(site, data), stop_on_signals(), Member(member, of))


@app.command(rich_help_panel=PROCESSES)
def judge(
    site: SiteOption = None,
    data: DataOption = None,
    played_at: Annotated[
        float,
        typer.Option("--played-at", help="How much faster than life a demonstration plays; `run` says it.", min=1),
    ] = 1.0,
) -> None:
    """Judge the quality of what was stored by what is around it in time and space.

    Example: yukimori judge --site /site
    """
    from app.judge import judge as work

    log_to_stderr()
    work(read_settings(site, data), stop_on_signals(), speed=played_at)


@app.command(rich_help_panel=PROCESSES)
def match(site: SiteOption = None, data: DataOption = None) -> None:
    """Match the positions of ploughs to the roads they clear, and keep up how clear each road is.

    A site without ploughs.toml has nothing to match: then this only says that it lives.

    Example: yukimori match --site /site
    """
    from app.match import match as work

    log_to_stderr()
    work(read_settings(site, data), stop_on_signals())


@app.command(rich_help_panel=PROCESSES)
def evaluate(site: SiteOption = None, data: DataOption = None) -> None:
    """Judge what was stored by the site's rules and send what follows.

    Example: yukimori evaluate --site /site
    """
    from app.evaluate import evaluate as work

    log_to_stderr()
    work(read_settings(site, data), stop_on_signals())


@app.command(rich_help_panel=PROCESSES)
def publish(
    site: SiteOption = None,
    data: DataOption = None,
    out: Annotated[
        Path | None,
        typer.Option("--out", help="Where the site is written; without it `public` in the data folder.", metavar="DIR"),
    ] = None,
    once: Annotated[bool, typer.Option("--once", help="Publish everything one time and end.")] = False,
) -> None:
    """Write the public site as plain files: pages, layers, and the state of the town every minute.

    Any web server can serve the folder, with everything else switched off. Only what changed is written.

    Example: yukimori publish --site /site --data /data

    Example: yukimori publish --once --out /srv/www/snow
    """
    from app.publish import publish as work

    log_to_stderr()
    work(read_settings(site, data), stop_on_signals(), out=out, once=once)


@app.command(rich_help_panel=PROCESSES)
def serve(
    site: SiteOption = None, data: DataOption = None, host: HostOption = "127.0.0.1", port: PortOption = 8000
) -> None:
    """Serve the pages, the API and the live stream.

    Example: yukimori serve --host 0.0.0.0 --port 8000
    """
    from app.serve import serve_web

    log_to_stderr()
    serve_web(read_settings(site, data), stop_on_signals(), host=host, port=port)


site_commands.add_to(app)
layer_commands.add_to(app)
exposure_commands.add_to(app)
play_commands.add_to(app)
inspect_commands.add_to(app)
alert_commands.add_to(app)
judge_commands.add_to(app)
liveness_commands.add_to(app)
quarantine_commands.add_to(app)
intake_commands.add_to(app)
archive_commands.add_to(app)
backup_commands.add_to(app)
shelter_commands.add_to(app)
warning_commands.add_to(app)
push_commands.add_to(app)
ploughs_group.add_to(app)
user_commands.add_to(app)


def main() -> None:
    """Run the command line; an intended error is one line and a hint, never a traceback."""
    try:
        app()
    except ConfigError as error:
        _say(error)
        sys.exit(EXIT_MISTAKES)
    except YukimoriError as error:
        _say(error)
        sys.exit(EXIT_CANNOT)


def _say(error: YukimoriError) -> None:
    print(f"yukimori: {error}", file=sys.stderr)
    if error.hint:
        print(f"  → {error.hint}", file=sys.stderr)
