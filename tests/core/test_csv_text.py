"""Tables for spreadsheets: what is a formula and what is a number."""

import csv
import io

import pytest

from core.csv_text import csv_bytes, neutral


def _read(content: bytes) -> list[list[str]]:
    assert content.startswith(b"\xef\xbb\xbf")
    return list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline="")))


@pytest.mark.parametrize(
    "text", ["=1+1", "+81 90", "-2", "@SUM(A1)", "\tx", "\rx", "\nx", "=cmd|' /C calc'!A0", "＝1", "＋1", "－1", "＠x"]
)
def test_texts_that_begin_like_a_formula_begin_with_an_apostrophe(text):
    assert neutral(text) == f"'{text}"
    assert _read(csv_bytes(["x"], [[text]])) == [["x"], [f"'{text}"]]


@pytest.mark.parametrize("text", ["", "中央", "a=1", " 1", "'=1", "1-2", "#REF"])
def test_other_texts_stay(text):
    assert neutral(text) == text


def test_numbers_stay_numbers():
    row = [-3.5, 0, 1e-7, True, False, None, float("nan"), float("-inf")]
    assert _read(csv_bytes(["n"] * 8, [row]))[1] == ["-3.5", "0", "1e-07", "1", "0", "", "", ""]


def test_form_of_the_file():
    content = csv_bytes(["名", "=b"], [['a"b', "c,d"], ["e\r\nf", "g"]])
    assert content.decode("utf-8-sig") == '名,\'=b\r\n"a""b","c,d"\r\n"e\r\nf",g\r\n'
