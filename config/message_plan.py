"""What ``messages/<id>.toml`` says: templates of messages to residents, with a fixed list of variables."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import timedelta

from core.levels import Level
from core.resident_messages import MessageHazard, MessageKind, Texts

VARIABLES = {
    "town": "the municipality's name",
    "station": "the gauge or station",
    "river": "the river it stands at",
    "value": "what was measured, without unit",
    "unit": "its unit",
    "time": "when that was measured",
    "threshold": "the threshold that was reached, with its name",
    "source": "where the threshold comes from",
    "area": "the area the message is for",
    "shelters": "where people can go",
    "phone": "the telephone number for questions",
    "issuer": "who issued the order, and when (発令者・発令時刻)",
    "reason": "why a message is corrected or withdrawn",
    "right": "what is right instead (correction)",
    "reference": "the subject of the message referred to",
    "reference_time": "when that message went out",
}
"""Every variable there is; more are never added by a file."""

FROM_FACTS = frozenset(
    {"town", "station", "river", "value", "unit", "time", "threshold", "source", "reference", "reference_time"}
)
"""Those the system fills in from what is known; people type the others, and may put these right too."""

_VARIABLE = re.compile(r"\{([a-z_]+)\}")


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageTemplate:
    """A template. Only ``active`` ones can be used for a message.

    ``audiences`` empty means every audience of residents. ``correction``, ``withdrawal`` and ``all_clear`` name the
    templates of what may have to follow; an active template of kind ``message`` has all three. A message is out of date
    ``valid_for`` after its approval. ``level`` (注意・警戒・危険) decides the order, the interval and the cancel window.
    """

    id: str
    title_ja: str
    title_en: str
    kind: MessageKind
    hazard: MessageHazard
    level: Level
    audiences: tuple[str, ...]
    areas: tuple[str, ...]
    active: bool
    valid_for: timedelta
    texts: Texts
    correction: str = ""
    withdrawal: str = ""
    all_clear: str = ""

    @property
    def variables(self) -> tuple[str, ...]:
        """The variables its texts use, in the order of ``VARIABLES``."""
        used = {name for text in self.texts.values() for name in variables_of(f"{text.subject}\n{text.text}")}
        return tuple(name for name in VARIABLES if name in used)


def variables_of(text: str) -> tuple[str, ...]:
    """The names in braces of a template's text, in order."""
    return tuple(_VARIABLE.findall(text))


def filled(text: str, values: dict[str, str]) -> str:
    """The text with each variable replaced once; what stands in for one is never looked at again."""
    return _VARIABLE.sub(lambda found: values.get(found[1], ""), text)
