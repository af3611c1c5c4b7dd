"""The SQL of the store: named, commented statements in ``queries/*.sql``.

A statement begins with a line ``-- name: what it does``; its parameters are ``%(name)s``.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import LiteralString, cast

_FOLDER = Path(__file__).parent / "queries"
_HEADING = re.compile(r"^-- ([a-z0-9_]+): .*$", re.MULTILINE)


def load(name: str) -> dict[str, LiteralString]:
    """The statements of one file by name. Text from our own files counts as literal."""
    parts = _HEADING.split((_FOLDER / f"{name}.sql").read_text(encoding="utf-8"))[1:]
    return {heading: cast("LiteralString", body.strip()) for heading, body in zip(parts[::2], parts[1::2], strict=True)}
