"""The SQL of the store: named, commented statements in ``queries/*.sql``.

A statement begins with a line ``-- name: what it does``; its parameters are ``%(name)s``.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import LiteralString

_FOLDER = Path(__file__).parent / "queries"
_HEADING = re.compile(r"^-- ([a-z0-9_]+): .*$", re.MULTILINE)


def load(name: str) -> dict[str, LiteralString]:
    """The statements of one file by name."""
    parts = _HEADING.split((_FOLDER / f"{name}.sql").read_text(encoding="utf-8"))[1:]
    return {heading: literal(body.strip()) for heading, body in zip(parts[::2], parts[1::2], strict=True)}


def literal(sql: str) -> LiteralString:
    """The text of one of our own files, which counts as literal; never for text made at run time."""
    return sql
