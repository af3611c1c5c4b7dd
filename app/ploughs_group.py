"""The commands below ``yukimori ploughs``; each topic has a module of its own."""

from __future__ import annotations

import typer

from app import crew_commands, diary_commands, match_commands, plough_order_commands, plough_road_commands

ploughs_app = typer.Typer(help="Snowploughs: roads, orders, crews.", no_args_is_help=True)
PANEL = "Snowploughs"


def add_to(app: typer.Typer) -> None:
    """Add the group to the command line."""
    plough_road_commands.add_to(ploughs_app)
    plough_order_commands.add_to(ploughs_app)
    crew_commands.add_to(ploughs_app)
    diary_commands.add_to(ploughs_app)
    match_commands.add_to(ploughs_app)
    app.add_typer(ploughs_app, name="ploughs", rich_help_panel=PANEL)
