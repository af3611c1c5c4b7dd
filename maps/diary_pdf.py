"""A work diary as PDF for print and signature, A4 upright, with its letters embedded."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from xml.sax.saxutils import escape

from reportlab.lib import colors
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import CondPageBreak, Flowable, KeepTogether, Paragraph, SimpleDocTemplate, Spacer, TableStyle
from reportlab.platypus import Table as PaperTable

from core.errors import StartError
from maps.diary_content import span_text
from maps.diary_form import Column, DiaryContent, Form, Table, Value

FONTS = Path(__file__).with_name("fonts")
"""BIZ UDPGothic (SIL Open Font License 1.1), put here by the set-up: made to be read with tired eyes."""

_MARGIN = 14 * mm
_FRAME = 6  # points the library leaves free on each side within the margins
_WIDTH = A4[0] - 2 * _MARGIN - 2 * _FRAME
_LONGEST = 160
"""Longer texts are cut on paper: a cell must fit on a page. The sealed document and the CSV have them whole."""
_GREY, _LIGHT = colors.HexColor("#5A6572"), colors.HexColor("#E6EAEE")
_RIGHT = frozenset({Form.NUMBER, Form.METRES, Form.SPAN})

_GRID = TableStyle(
    [
        ("GRID", (0, 0), (-1, -1), 0.4, _GREY),
        ("BACKGROUND", (0, 0), (-1, 0), _LIGHT),
        ("VALIGN", (0, 0), (-1, -1), "MIDDLE"),
        ("LEFTPADDING", (0, 0), (-1, -1), 3),
        ("RIGHTPADDING", (0, 0), (-1, -1), 3),
        ("TOPPADDING", (0, 0), (-1, -1), 2),
        ("BOTTOMPADDING", (0, 0), (-1, -1), 2),
    ]
)
_FACTS = TableStyle([*_GRID.getCommands()[:1], ("BACKGROUND", (0, 0), (0, -1), _LIGHT), *_GRID.getCommands()[2:]])


def diary_pdf(content: DiaryContent) -> bytes:
    """The diary as PDF 1.4; the same content gives the same bytes. Raises StartError where the set-up did not bring the letters."""
    _letters()
    count, _ = _built(content, 0)  # how many pages there are is known only when they are laid out
    return _built(content, count)[1]


def _built(content: DiaryContent, count: int) -> tuple[int, bytes]:
    """How many pages it has, and the file, which says below each page that there are ``count``."""
    written = io.BytesIO()
    paper = SimpleDocTemplate(
        written,
        pagesize=A4,
        leftMargin=_MARGIN,
        rightMargin=_MARGIN,
        topMargin=_MARGIN,
        bottomMargin=_MARGIN + 8 * mm,
        title=content.title,
        author=content.facts[0][1],
        subject=content.digest,
        invariant=1,  # no time of writing, no random id
    )
    below = _below(content, count)
    paper.build(list(_story(content)), onFirstPage=below, onLaterPages=below)
    return paper.page, written.getvalue()


@cache
def _letters() -> None:
    """Register the letters, once."""
    try:
        for name, file in (("Diary", "BIZUDPGothic-Regular.ttf"), ("Diary-Bold", "BIZUDPGothic-Bold.ttf")):
            pdfmetrics.registerFont(TTFont(name, FONTS / file))
    except Exception as error:
        raise StartError(
            f"writing a PDF: the letters in {FONTS} cannot be used ({error})",
            hint="set up anew: make clean, then make run",
        ) from error


def _style(size: float, *, bold: bool = False, right: bool = False) -> ParagraphStyle:
    return ParagraphStyle(
        name=f"diary-{size}-{bold}-{right}",
        fontName="Diary-Bold" if bold else "Diary",
        fontSize=size,
        leading=size * 1.45,
        alignment=2 if right else 0,
        wordWrap="CJK",
    )


def _words(text: str, size: float = 9, *, bold: bool = False, right: bool = False) -> Paragraph:
    shown = text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"
    return Paragraph(escape(shown), _style(size, bold=bold, right=right))


def _story(content: DiaryContent) -> Iterator[Flowable]:
    yield _words(content.title, 18, bold=True)
    if content.warning:
        yield _words(content.warning, 11, bold=True)
    yield Spacer(0, 3 * mm)
    yield _pairs(content.facts)
    yield Spacer(0, 3 * mm)
    yield _signatures(content)
    for table in content.tables:
        yield Spacer(0, 4 * mm)
        yield from _table(table)
    yield Spacer(0, 4 * mm)
    yield KeepTogether([*(_words(note, 8) for note in content.notes), Spacer(0, 2 * mm), _pairs(content.seal, 8)])


def _pairs(pairs: tuple[tuple[str, str], ...], size: float = 10) -> PaperTable:
    rows = [[_words(label, size, bold=True), _words(value, size)] for label, value in pairs]
    return PaperTable(rows, colWidths=[_WIDTH * 0.27, _WIDTH * 0.73], style=_FACTS)


def _signatures(content: DiaryContent) -> PaperTable:
    """Boxes for seal or signature at the right, as on the forms that are filed."""
    cells = [[_words(who, 9) for who in content.signatures], ["" for _ in content.signatures]]
    box = 34 * mm
    return PaperTable(
        cells, colWidths=[box for _ in content.signatures], rowHeights=[None, 20 * mm], style=_GRID, hAlign="RIGHT"
    )


def _table(table: Table) -> Iterator[Flowable]:
    title = _words(table.title, 12, bold=True)
    if not table.rows:
        yield KeepTogether([title, _words(table.empty)])
        return
    wide = len(table.columns) > 6
    size = 7.0 if wide else 9.0
    shares = sum(column.share for column in table.columns)
    head = [_words(column.label, size, bold=True) for column in table.columns]
    rows = [*table.rows, *([] if table.total is None else [table.total])]
    cells = [head, *([_cell(*pair, size) for pair in zip(row, table.columns, strict=True)] for row in rows)]
    yield CondPageBreak(30 * mm)  # a title does not stand alone at the foot of a page
    yield title
    yield PaperTable(
        cells, colWidths=[_WIDTH * column.share / shares for column in table.columns], repeatRows=1, style=_GRID
    )


def _cell(value: Value, column: Column, size: float) -> Paragraph:
    return _words(_text(value, column), size, right=column.form in _RIGHT and not isinstance(value, str))


def _text(value: Value, column: Column) -> str:
    if value is None:
        return "—"
    if isinstance(value, str):
        return value
    if isinstance(value, datetime):
        return f"{value.month}/{value.day} {value:%H:%M}"
    if isinstance(value, timedelta):
        return span_text(value)
    return f"{value:,.1f}" if column.form is Form.METRES else f"{value:,g}" if value < 1e5 else f"{value:,.0f}"


def _below(content: DiaryContent, count: int) -> Callable[[Canvas, object], None]:
    """Writes the hash and the number of the page below each page."""

    def write(canvas: Canvas, _: object) -> None:
        canvas.setFont("Diary", 7)
        if content.digest:
            canvas.drawString(_MARGIN + _FRAME, 9 * mm, f"SHA-256 {content.digest}")
        number = content.page.format(number=canvas.getPageNumber(), count=count)
        canvas.drawRightString(A4[0] - _MARGIN - _FRAME, 9 * mm, number)

    return write
