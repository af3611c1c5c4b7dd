"""The papers a work diary can be written on, in one table."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from config.model import Site
from core.diary import Seal
from maps.diary_content import diary_content
from maps.diary_csv import diary_csv
from maps.diary_form import DiaryContent
from maps.diary_pdf import diary_pdf
from maps.diary_sheet import diary_sheet
from maps.words import Language


@dataclass(frozen=True, slots=True)
class Paper:
    """A form of paper: what writes it and what it is called (RFC 6838)."""

    write: Callable[[DiaryContent], bytes]
    media_type: str


PAPERS: dict[str, Paper] = {
    "csv": Paper(diary_csv, "text/csv; charset=utf-8"),
    "xlsx": Paper(diary_sheet, "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
    "pdf": Paper(diary_pdf, "application/pdf"),
}


def paper(form: str, seal: Seal, site: Site, language: Language) -> bytes:
    """The bytes of one paper; ``form`` is a key of ``PAPERS``. Raises StartError where the set-up is not whole (PDF)."""
    town = site.name_ja if language == "ja" else site.name_en
    return PAPERS[form].write(diary_content(seal, language, town=town, time_zone=site.time_zone))


def file_name(form: str, seal: Seal, language: Language) -> str:
    """``nippo-2026-01-15-plough-01-r1.pdf``: ids of vehicles hold nothing a file system refuses. English ones end in ``-en``."""
    revision = f"r{seal.revision}" if seal.revision else "provisional"
    return f"nippo-{seal.day.isoformat()}-{seal.vehicle}-{revision}{'' if language == 'ja' else '-en'}.{form}"
