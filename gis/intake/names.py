"""Names of properties that cannot hurt whoever reads them: renamed by rule, so that the next import names them alike."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

from gis.intake.limits import NAME_LENGTH, PROPERTIES
from gis.intake.refused import Refused

# ``geometry`` is the geometry's own column in frames; the others mean something to every JavaScript object.
_TAKEN = frozenset({"geometry", "__proto__", "constructor", "prototype", "hasOwnProperty", "toString", "valueOf"})


def safe_names(names: Iterable[str], warnings: list[str]) -> list[str]:
    """A name for each of ``names``, all different; every change is added to ``warnings``.

    Raises Refused for more of them than any layer of a person has.
    """
    names = list(names)
    if len(names) > PROPERTIES:
        raise Refused(
            f"has {len(names):,} properties, {PROPERTIES:,} are taken at most", hint="leave out what is not needed"
        )
    given: set[str] = set()
    safe = []
    for number, name in enumerate(names, 1):
        chosen = _free(_safe(name, number), given)
        given.add(chosen)
        safe.append(chosen)
        if chosen != name:
            warnings.append(f"property {_shown(name)} is named {chosen!r} here")
    return safe


def _safe(name: str, number: int) -> str:
    plain = "".join(sign if sign.isprintable() else " " for sign in name).strip()
    if not plain:
        return f"field_{number}"
    if plain in _TAKEN:
        return f"{plain.strip('_')}_"
    if len(plain) > NAME_LENGTH:
        digest = hashlib.sha256(name.encode("utf-8", "replace")).hexdigest()[:8]
        return f"{plain[: NAME_LENGTH - 9]}_{digest}"
    return plain


def _free(name: str, given: set[str]) -> str:
    chosen, number = name, 1
    while chosen in given:
        number += 1
        chosen = f"{name}_{number}"
    return chosen


def _shown(name: str) -> str:
    return repr(name if len(name) <= 40 else f"{name[:40]}…")
