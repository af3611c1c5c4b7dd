"""A work diary as an Excel workbook: a sheet with everything that is signed, and one for each table."""

from __future__ import annotations

import io
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from xlsxwriter import Workbook
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from maps.diary_form import DiaryContent, Form, Row, Table, Value

_NUMBER_FORMATS = {
    Form.NUMBER: "#,##0.###",
    Form.METRES: "#,##0.0",
    Form.SPAN: "[h]:mm:ss",
    Form.CLOCK: "yyyy-mm-dd hh:mm:ss",
}
_FONT = "BIZ UDPゴシック"  # on every Windows since 2018; elsewhere the program takes another
_LONGEST = 32_767  # characters in a cell; longer ones the library would leave out
_A4 = 9  # the number of that paper in the file format

Formats = Mapping[str, Format]


def diary_sheet(content: DiaryContent) -> bytes:
    """The workbook (ECMA-376). Texts are texts: nothing in it is a formula or a link. The same content gives the same bytes."""
    written = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    book = Workbook(written, options)
    # Without this the file would hold the time of writing.
    book.set_properties({"title": content.title, "created": content.made_at.astimezone(UTC).replace(tzinfo=None)})
    formats = _formats(book)
    _first_sheet(book.add_worksheet(_sheet_name(content.title)), content, formats)
    for table in content.tables:
        _table_sheet(book.add_worksheet(_sheet_name(table.title)), table, formats)
    book.close()
    return written.getvalue()


def _formats(book: Workbook) -> Formats:
    base = {"font_name": _FONT, "font_size": 11, "valign": "top"}
    made = {form.value: book.add_format({**base, "num_format": text}) for form, text in _NUMBER_FORMATS.items()}
    return {
        **made,
        "text": book.add_format({**base, "text_wrap": True}),
        "title": book.add_format({**base, "bold": True, "font_size": 16}),
        "head": book.add_format({**base, "bold": True, "bg_color": "#DDE3EA", "border": 1, "text_wrap": True}),
        "warning": book.add_format({**base, "bold": True, "font_color": "#B00020"}),
    }


def _sheet_name(title: str) -> str:
    """At most 31 characters without the ones the format forbids."""
    return "".join(" " if sign in "[]:*?/\\" else sign for sign in title)[:31]


def _paper(sheet: Worksheet, *, landscape: bool) -> None:
    sheet.set_paper(_A4)
    if landscape:
        sheet.set_landscape()
    sheet.fit_to_pages(1, 0)
    sheet.set_footer("&P / &N")


def _first_sheet(sheet: Worksheet, content: DiaryContent, formats: Formats) -> None:
    _paper(sheet, landscape=False)
    sheet.set_column(0, 0, 30)
    sheet.set_column(1, 1, 76)
    sheet.write_string(0, 0, content.title, formats["title"])
    sheet.write_string(1, 0, content.warning, formats["warning"])
    line = 3
    for label, value in (*content.facts, *content.seal):
        sheet.write_string(line, 0, label, formats["head"])
        sheet.write_string(line, 1, value[:_LONGEST], formats["text"])
        line += 1
    for note in content.notes:
        line += 1
        sheet.write_string(line, 0, note)
    for column, who in enumerate(content.signatures):
        sheet.write_string(line + 2, column, who, formats["head"])
        sheet.write_blank(line + 3, column, None, formats["head"])
    sheet.set_row(line + 3, 48)


def _table_sheet(sheet: Worksheet, table: Table, formats: Formats) -> None:
    _paper(sheet, landscape=True)
    for number, column in enumerate(table.columns):
        sheet.set_column(number, number, max(12.0, 11 * column.share))
        sheet.write_string(0, number, column.label, formats["head"])
    sheet.freeze_panes(1, 0)
    sheet.repeat_rows(0)
    if not table.rows:
        sheet.write_string(1, 0, table.empty, formats["text"])
    rows = [*table.rows, *([] if table.total is None else [table.total])]
    for line, row in enumerate(rows, start=1):
        _write_row(sheet, line, row, table, formats)


def _write_row(sheet: Worksheet, line: int, row: Row, table: Table, formats: Formats) -> None:
    for number, (value, column) in enumerate(zip(row, table.columns, strict=True)):
        _write(sheet, line, number, value, formats["text" if isinstance(value, str) else column.form.value])


def _write(sheet: Worksheet, line: int, number: int, value: Value, form: Format) -> None:
    if value is None:
        sheet.write_blank(line, number, None, form)
    elif isinstance(value, str):
        sheet.write_string(line, number, value[:_LONGEST], form)
    elif isinstance(value, datetime):
        sheet.write_datetime(line, number, value.replace(tzinfo=None), form)
    elif isinstance(value, timedelta):
        sheet.write_number(line, number, value.total_seconds() / 86_400, form)
    else:
        sheet.write_number(line, number, value, form)
