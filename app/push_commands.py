"""The command that makes the pair of keys for Web Push."""

from __future__ import annotations

import json

import typer

from app.inspect_commands import JsonOption

PANEL = "Alerts"


def add_to(app: typer.Typer) -> None:
    """Add the command to the command line."""
    app.command("push-key", rich_help_panel=PANEL)(push_key)


def push_key(as_json: JsonOption = False) -> None:
    """Make a pair of keys for Web Push: one half for site.toml, the other for the environment.

    Example: yukimori push-key
    """
    from alerts.channels.webpush import make_keys

    private, public = make_keys()
    if as_json:
        print(json.dumps({"public_key": public, "private_key": private}))
        return
    print(f'site.toml      settings = {{ public_key = "{public}", private_key_env = "YUKIMORI_PUSH_KEY", … }}')
    print(f"environment    YUKIMORI_PUSH_KEY={private}")
    print("Keep the second line secret, and keep both: browsers that asked know the first half.")
