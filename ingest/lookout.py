"""Which members are silent: those whose word in the database has not changed for a while.

The clocks of two machines are never compared: what counts is how long *we* have seen no new word. Time in which we could
not look (the database was away, we were suspended) does not count against anybody.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime

SILENT_AFTER_S = 30.0
LONGEST_STEP_S = 5.0


class Lookout:
    """Told the last words of all members now and then; ``now_s`` only goes forward."""

    def __init__(self, silent_after_s: float = SILENT_AFTER_S) -> None:
        self._silent_after_s = silent_after_s
        self._last: dict[int, datetime | None] = {}
        self._quiet_s: dict[int, float] = {}
        self._looked: float | None = None

    def look(self, members: Collection[int], words: Mapping[int, datetime], now_s: float) -> set[int]:
        """Those of the members that are silent now; who never spoke is, after the same time."""
        step_s = 0.0 if self._looked is None else min(now_s - self._looked, LONGEST_STEP_S)
        self._looked = now_s
        for member in members:
            word = words.get(member)
            known = member in self._last and self._last[member] == word
            self._quiet_s[member] = self._quiet_s[member] + step_s if known else 0.0
            self._last[member] = word
        return {member for member in members if self._quiet_s[member] >= self._silent_after_s}
