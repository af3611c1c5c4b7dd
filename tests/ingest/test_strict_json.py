"""JSON as the standard has it: what Python reads more than that is refused, each under its own code."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.errors import DecodeError
from ingest.strict_json import DEPTH, DIGITS, parse, text_of

LIMIT = 65_536


def reason_of(payload: bytes, limit: int = LIMIT) -> str:
    with pytest.raises(DecodeError) as caught:
        parse(payload, limit)
    assert str(caught.value).isprintable()
    return caught.value.reason


def nested(depth: int, opening: bytes = b"[", closing: bytes = b"]", middle: bytes = b"") -> bytes:
    return opening * depth + middle + closing * depth


@pytest.mark.parametrize(
    ("payload", "reason"),
    [
        (b"", "empty"),
        (b" \r\n\t ", "empty"),
        (b"\xef\xbb\xbf", "empty"),
        (b"\xff\xfe{\x00}\x00", "bad-utf8"),
        ("積雪".encode("cp932"), "bad-utf8"),
        (b'"\xed\xa0\x80"', "bad-utf8"),
        (b'"\xc0\xaf"', "bad-utf8"),
        (b"\x00", "bad-json"),
        (b"{", "bad-json"),
        (b"{'a':1}", "bad-json"),
        (b'{"a":1,}', "bad-json"),
        (b"[1,]", "bad-json"),
        (b"01", "bad-json"),
        (b"+1", "bad-json"),
        (b".5", "bad-json"),
        (b"1_000", "bad-json"),
        ("５.５".encode(), "bad-json"),
        (b"True", "bad-json"),
        (b'"\n"', "bad-json"),
        (b"{}{}", "bad-json"),
        (b"{} x", "bad-json"),
        (b"\xef\xbb\xbf\xef\xbb\xbf{}", "bad-json"),
        ("{}\u3000".encode(), "bad-json"),
        (b"NaN", "not-finite"),
        (b"[Infinity]", "not-finite"),
        (b'{"a":-Infinity}', "not-finite"),
        (b"1e999", "not-finite"),
        (b"[-1e999]", "not-finite"),
        (b"1" * (DIGITS + 1), "huge-number"),
        (b"-" + b"9" * 400, "huge-number"),
        (b"[" + b"7" * 5_000 + b"]", "huge-number"),
        (b"0." + b"1" * 5_000, "huge-number"),
        (b'{"a":1,"a":1}', "duplicate-key"),
        (b'{"a":{"b":1,"c":2,"b":3}}', "duplicate-key"),
        (b'{"a":1,"\\u0061":2}', "duplicate-key"),
        (nested(DEPTH + 1), "too-deep"),
        (nested(DEPTH + 1, b'{"a":', b"}", b"1"), "too-deep"),
        (nested(30_000), "too-deep"),
        (b"[" * 60_000, "too-deep"),
        (b'"\\ud800"', "bad-text"),
        (b'{"\\udfff":1}', "bad-text"),
        (b'[["\\ude00\\ud83d"]]', "bad-text"),
        (b'"a\\u0000b"', "bad-text"),
        (b'{"\\u0000":1}', "bad-text"),
    ],
    ids=lambda value: repr(value[:24]) if isinstance(value, bytes) else value,
)
def test_refused(payload: bytes, reason: str) -> None:
    assert reason_of(payload) == reason


def test_thousands_of_keys_of_which_the_last_comes_twice() -> None:
    keys = [f'"{number:x}":1' for number in range(100_000)]
    assert reason_of(f"{{{','.join([*keys, keys[-1]])}}}".encode(), 10_000_000) == "duplicate-key"


def test_a_hundred_thousand_brackets() -> None:
    assert reason_of(b"[" * 100_000, 200_000) == "too-deep"
    assert reason_of(nested(100_000, b'{"a":', b"}", b"1"), 1_000_000) == "too-deep"


def test_ten_megabytes_are_refused_unread() -> None:
    assert reason_of(b"[" * 10_000_000) == "too-large"
    assert reason_of(b"\xff" * (LIMIT + 1)) == "too-large"
    assert len(parse(b'"' + b"a" * (LIMIT - 2) + b'"', LIMIT)) == LIMIT - 2


@pytest.mark.parametrize(
    ("payload", "document"),
    [
        (b'\xef\xbb\xbf{"a":1}', {"a": 1}),
        (b' \r\n{"a":1}\n', {"a": 1}),
        ('{"名":"雪"}'.encode(), {"名": "雪"}),
        (b'"\\ud83d\\ude9c"', "🚜"),
        (b'"C:\\\\u0000"', "C:\\u0000"),
        (b"-0.0", 0.0),
        (b"5e-324", 5e-324),
        (b"1e-999", 0.0),
        (b"null", None),
        (b"9" * DIGITS, int("9" * DIGITS)),
        (nested(DEPTH), json.loads(nested(DEPTH))),
        (b'["' + b"[" * 200 + b'"]', ["[" * 200]),
        (b"[" + b"{}," * 2_000 + b"{}]", [{}] * 2_001),
    ],
    ids=lambda value: repr(value[:24]) if isinstance(value, bytes) else "",
)
def test_accepted(payload: bytes, document: Any) -> None:
    assert parse(payload, LIMIT) == document


def test_text_keeps_what_is_inside() -> None:
    assert text_of(b"\xef\xbb\xbf on line \n", 100) == "on line"


documents = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**18), 10**18) | st.floats(allow_nan=False, allow_infinity=False)
    # what a database cannot take is refused elsewhere
    | st.text(st.characters(codec="utf-8", exclude_characters="\x00")),
    lambda inner: st.lists(inner, max_size=6) | st.dictionaries(st.text(st.characters(codec="ascii"), min_size=1).filter(lambda key: "\x00" not in key), inner, max_size=6),
    max_leaves=30,
)  # fmt: skip


@settings(derandomize=True, deadline=None)
@given(documents, st.booleans(), st.sampled_from([None, 1]))
def test_every_document_that_python_writes_is_read_back(document: Any, ascii_only: bool, indent: int | None) -> None:
    written = json.dumps(document, ensure_ascii=ascii_only, indent=indent).encode()
    assert parse(written, 1_000_000) == document


@settings(derandomize=True, deadline=None, max_examples=300)
@given(st.binary(max_size=200) | st.text(alphabet='{}[]",:\\u0dea1-.+eE NI', max_size=60).map(str.encode))
def test_whatever_the_bytes_only_decode_errors(payload: bytes) -> None:
    try:
        document = parse(payload, LIMIT)
    except DecodeError:
        return
    json.dumps(document, ensure_ascii=False, allow_nan=False).encode("utf-8")
