"""Bodies of requests as JSON, read strictly; what cannot be read is a 400 that says why."""

from __future__ import annotations

from typing import Any

from core.errors import DecodeError
from ingest import strict_json
from web.problems import Problem


def json_of(body: bytes, most: int) -> Any:
    """The value of a body of at most ``most`` bytes (400 for what is not JSON)."""
    try:
        return strict_json.parse(body, most)
    except DecodeError as error:
        raise Problem(400, f"The body is not JSON: {error}") from error


def members_of(body: bytes, most: int) -> dict[str, Any]:
    """The members of a body (400 for what is not a JSON object)."""
    members = json_of(body, most)
    if not isinstance(members, dict):
        raise Problem(400, "The body is an object.")
    return members
