"""Closed roads in words, for pages that are read without a script: what ``static/js/closure_words.js`` says of them live.

``told`` is what ``/api/closures`` says.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from config.model import Site
from core.times import parse_rfc3339
from maps.facts import Wording
from maps.shell import site_name
from maps.words import Language


@dataclass(frozen=True, slots=True, kw_only=True)
class ClosureRow:
    """One closed road in words; ``status`` is the slug, ``text`` what is known of it."""

    id: str
    status: str
    status_word: str
    name: str
    text: str


def closure_rows(told: Mapping[str, Any] | None, site: Site, now: str, say: Wording) -> list[ClosureRow]:
    """Every closed road in words, as of ``now`` (RFC 3339), those open again last; none where nothing is known."""
    known = sorted((told or {}).get("closures", ()), key=lambda closure: closure["status"] == "open")
    return [_row(closure, site, now, say) for closure in known]


def closures_line(told: Mapping[str, Any] | None, say: Wording, *, written: bool) -> str:
    """What stands above the list: of when it is, and that a road that is not in it is not thereby open."""
    if told is None:
        return say.words["closures_failed"]
    time = say.moment(parse_rfc3339(told["generated_at"]))
    if told["stale"]:
        return say.say("closures_stale", time=time)
    if not told["closures"]:
        return say.say("closures_none", time=time)
    return say.say("closures_copied", time=time) if written else ""


def _row(closure: Mapping[str, Any], site: Site, now: str, say: Wording) -> ClosureRow:
    language = say.language
    until = [] if closure["status"] == "open" else [_until(closure, now, say)]
    parts = [
        say.words[f"reason_{closure['reason']}"],
        *_since(closure, say),
        *until,
        _own(closure, "note", language),
        say.say("closures_said", name=site_name(site, language), time=say.moment(parse_rfc3339(closure["at"]))),
    ]
    return ClosureRow(
        id=closure["id"],
        status=closure["status"],
        status_word=say.words[f"closure_{closure['status']}"],
        name=_own(closure, "name", language),
        text=" ・ ".join(part for part in parts if part),
    )


def _since(closure: Mapping[str, Any], say: Wording) -> list[str]:
    if closure["status"] == "open":
        return []
    return [say.say("closures_since", time=say.moment(parse_rfc3339(closure["since"])))]


def _until(closure: Mapping[str, Any], now: str, say: Wording) -> str:
    if closure["until"] is None:
        return say.words["closures_until_unknown"]
    until = parse_rfc3339(closure["until"])
    key = "closures_until_past" if until <= parse_rfc3339(now) else "closures_until"
    return say.say(key, time=say.moment(until))


def _own(closure: Mapping[str, Any], name: str, language: Language) -> str:
    """A text in the page's language, the Japanese one where there is no other."""
    return str((closure[f"{name}_en"] if language == "en" else "") or closure[f"{name}_ja"])
