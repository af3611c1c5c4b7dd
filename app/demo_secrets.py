"""Secrets that ``yukimori run`` makes for its demonstration, so that every page can be looked at without setting anything up.

They stay in the data folder, readable by their owner alone, and are the same at the next start. A production system never
makes its own: there they are set, or the pages they open do not exist.
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from app.settings import SHORTEST_TOKEN, Settings
from core.errors import StartError

FOLDER = "secrets"
BYTES = 32


def with_demo_secrets(settings: Settings) -> Settings:
    """The settings with a staff token and a crew secret where none was set. Raises StartError where they cannot be kept."""
    folder = settings.data / FOLDER
    return replace(
        settings,
        staff_token=settings.staff_token or kept_secret(folder / "staff-token"),
        crew_secret=settings.crew_secret or kept_secret(folder / "crew-secret"),
    )


def known_crew_secret(settings: Settings) -> str:
    """The crew secret that is set or, where ``run`` keeps its own database here, the one it made; empty where there is none."""
    path = settings.data / FOLDER / "crew-secret"
    if settings.crew_secret or settings.database_url is not None or not path.exists():
        return settings.checked_crew_secret()
    return kept_secret(path)


def kept_secret(path: Path, make: Callable[[], str] | None = None, *, shortest: int = SHORTEST_TOKEN) -> str:
    """The secret in a file (mode 0600), made (by ``make``, else 256 random bits) where there is none or it is too short."""
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        known = path.read_text(encoding="ascii").strip() if path.exists() else ""
        if len(known) >= shortest and known.isprintable() and " " not in known:
            path.chmod(0o600)
            return known
        return _made(path, secrets.token_hex(BYTES) if make is None else make())
    except (OSError, UnicodeDecodeError) as error:
        raise StartError(
            f"the secret {path} can be neither read nor made ({error})", hint="delete the file, or set the variable"
        ) from error


def _made(path: Path, secret: str) -> str:
    part = path.with_name(f"{path.name}.part")
    part.unlink(missing_ok=True)
    handle = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w", encoding="ascii") as file:
        file.write(f"{secret}\n")
        file.flush()
        os.fsync(file.fileno())
    part.replace(path)
    return secret
