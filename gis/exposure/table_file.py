"""The assessment as one table: a line for each class of a hazard and each part of what is counted."""

from __future__ import annotations

from collections.abc import Iterator

from core.csv_text import Cell, csv_bytes
from gis.exposure.model import Assessment, ClassRow, Figure, Form, HazardTable, Target
from gis.exposure.terms import credit_of, dates_of, licence_of, made_up

COLUMNS = (
    "災害の層ID",
    "災害の層",
    "災害",
    "区分コード",
    "区分",
    "区分_英字",
    "対象の層ID",
    "対象",
    "対象の区分コード",
    "対象の区分",
    "単位",
    "値",
    "全体",
    "割合",
    "うちこの災害に指定",
    "名称",
    "推計",
    "データ時点",
    "架空",
    "ライセンス",
    "出典",
)

ALL = "計"
UNIT_WORDS = {Form.SITES: "か所", Form.LENGTH: "m", Form.AREA: "ha", Form.PERSONS: "人"}


def table_lines(assessment: Assessment) -> Iterator[list[Cell]]:
    """The lines below COLUMNS; ``割合`` is a share of 1 and empty where there is nothing to have a share of."""
    targets = {target.source.id: target for target in assessment.targets}
    for table in assessment.hazards:
        for row in table.rows:
            for figure in row.figures:
                yield from _lines(table, row, figure, targets[figure.target])


def make_csv(assessment: Assessment) -> bytes:
    """The table as a CSV file (UTF-8 with BOM, formulas neutralised)."""
    return csv_bytes(COLUMNS, table_lines(assessment))


def _lines(table: HazardTable, row: ClassRow, figure: Figure, target: Target) -> Iterator[list[Cell]]:
    sources = (table.source, target.source)
    head: list[Cell] = [table.source.id, table.source.title_ja, table.hazard, row.code, row.label_ja, row.label_en]
    about: list[Cell] = [target.form is Form.PERSONS, dates_of(sources), made_up(sources)]
    terms: list[Cell] = [licence_of(sources), credit_of(sources)]
    counted: list[Cell] = [target.source.id, target.source.title_ja]
    whole = [*_value(target, ALL, ALL, figure.value, target.total), figure.fit, "、".join(figure.names)]
    yield [*head, *counted, *whole, *about, *terms]
    for part in target.parts if len(target.parts) > 1 else ():
        value = figure.by_part.get(part.code, 0.0)
        yield [*head, *counted, *_value(target, part.code, part.label_ja, value, part.total), None, "", *about, *terms]


def _value(target: Target, code: str, label: str, value: float, total: float) -> list[Cell]:
    share = round(value / total, 6) if total else None
    return [code, label, UNIT_WORDS[target.form], value, round(total, 6), share]
