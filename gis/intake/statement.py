"""What a person states of a layer; nothing of it is made up here."""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields

from config.model import LayerConfig
from gis.recognise import Recognised

_FLAGS = {
    "kind": "--kind",
    "title_ja": "--title-ja",
    "title_en": "--title-en",
    "licence": "--licence",
    "credit": "--credit",
    "date": "--date",
    "access": "--access",
}
"""What must be said of every layer, and the option that says it."""
_FORMS = {"date": "…, such as 2026-04-01", "access": "public or staff"}
"""What a word looks like, where that helps; an example of a licence or a credit would only be copied."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """The words of ``layers/<id>.toml``; None where the person said nothing."""

    kind: str | None = None
    title_ja: str | None = None
    title_en: str | None = None
    crs: str | None = None
    licence: str | None = None
    credit: str | None = None
    source_url: str | None = None
    date: str | None = None
    access: str | None = None
    department: str | None = None
    note_ja: str | None = None
    note_en: str | None = None

    def given(self) -> dict[str, str]:
        """The words that were said."""
        return {key: value for key, value in asdict(self).items() if value is not None}

    def before(self, other: Statement) -> Statement:
        """These words, and those of ``other`` where these say nothing."""
        return Statement(**{**other.given(), **self.given()})

    def missing(self) -> list[str]:
        """The keys that must be said and were not."""
        return [key for key in _FLAGS if getattr(self, key) is None]


def stated_before(layer: LayerConfig) -> Statement:
    """What ``layers/<id>.toml`` says already; blank words are none."""
    said = {field.name: getattr(layer, field.name) or None for field in fields(Statement) if field.name != "crs"}
    return Statement(**{**said, "access": layer.access.value})


def suggested(recognised: Recognised) -> Statement:
    """The words known for a data set of a public publisher; who publishes it under a known licence made it public."""
    names = ("kind", "title_ja", "title_en", "licence", "credit", "source_url", "note_ja", "note_en")
    known = {name: getattr(recognised, name) or None for name in names}
    return Statement(**known, access="public" if recognised.licence and recognised.credit else None)


def flags_to_add(missing: list[str], suggestion: Statement | None) -> str:
    """The options still to be given, as a person would type them."""
    known = {} if suggestion is None else suggestion.given()
    return " ".join(f'{_FLAGS[key]} "{known.get(key) or _FORMS.get(key, "…")}"' for key in missing)
