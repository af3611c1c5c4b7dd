"""Licence, credit and dates of an assessment: those of every layer that went in."""

from __future__ import annotations

from collections.abc import Iterable

from gis.exposure.model import Assessment, Source

TITLE_JA = "想定区域にかかる施設・道路・人口（防災アセスメント）"


def joined(texts: Iterable[str]) -> str:
    """The texts, each once, as one."""
    return "、".join(dict.fromkeys(text for text in texts if text))


def licence_of(sources: Iterable[Source]) -> str:
    """Every licence that holds: who uses the result keeps all of them."""
    return joined(source.licence for source in sources)


def credit_of(sources: Iterable[Source]) -> str:
    """Everyone to be named."""
    return joined(source.credit for source in sources)


def dates_of(sources: Iterable[Source]) -> str:
    """The dates of the layers, each once."""
    return joined(source.date for source in sources)


def made_up(sources: Iterable[Source]) -> bool:
    """Whether any of it is fiction; then so is the result."""
    return any(source.fictitious for source in sources)


def terms_of(assessment: Assessment) -> dict[str, str]:
    """The same as names and texts, for the metadata of files."""
    sources = assessment.sources
    return {
        "LICENCE": licence_of(sources),
        "CREDIT": credit_of(sources),
        "DATE": dates_of(sources),
        "FICTITIOUS": "1" if made_up(sources) else "0",
        "MADE": assessment.made,
    }
