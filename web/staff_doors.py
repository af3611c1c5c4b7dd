"""Which role the routes below ``/api/staff`` need: whoever may look may read, an operator may change."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from fastapi import Depends

from core.accounts import Role
from web.access import Access
from web.parameters import only_known
from web.same_site import READING

StaffDoors = Callable[[str], list[Any]]
"""Gives the dependencies that let staff in, for a method of HTTP."""


def staff_doors(access: Access) -> StaffDoors:
    """The doors of one server."""
    looking, changing = access.need(Role.VIEWER), access.need(Role.OPERATOR)

    def doors(method: str) -> list[Any]:
        return [Depends(looking if method in READING else changing), Depends(only_known)]

    return doors
