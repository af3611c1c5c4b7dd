"""That an exercise (訓練) is held, in words, for pages that are read without a script."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from core.times import parse_rfc3339
from maps.facts import Wording


@dataclass(frozen=True, slots=True)
class Held:
    """``until`` is when it ends by itself (RFC 3339): the page takes the text away then, however old the page is."""

    until: str
    text: str


def exercise_held(told: Mapping[str, Any] | None, now: datetime, say: Wording) -> Held | None:
    """What ``/api/exercise`` says as a sentence that names the end; None where none is held at ``now``."""
    running = (told or {}).get("running")
    if running is None or parse_rfc3339(running["expires_at"]) <= now:
        return None
    title = running["title_en" if say.language == "en" else "title_ja"] or running["title_ja"]
    time = say.moment(parse_rfc3339(running["expires_at"]))
    return Held(running["expires_at"], say.say("exercise_held", title=title, time=time))
