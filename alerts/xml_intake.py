"""Reads XML from outside: nothing is fetched, no entity is expanded, and no more is taken in than was allowed.

The encoding is the one the document declares, or is refused: text is never guessed. Refused too are document types (DTD),
entities, XInclude and what is too large, too deep or too long.
"""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass
from typing import NoReturn
from xml.etree.ElementTree import Element, ParseError, TreeBuilder

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import DefusedXMLParser

from core.errors import DecodeError

XINCLUDE = "http://www.w3.org/2001/XInclude"

_ENCODINGS = {
    "utf-8": "utf-8",
    "us-ascii": "ascii",
    "utf-16": "utf-16",
    "utf-16le": "utf-16-le",
    "utf-16be": "utf-16-be",
    "iso-8859-1": "iso-8859-1",
    "iso-8859-15": "iso-8859-15",
    "windows-1252": "cp1252",
    "shift_jis": "shift_jis",
    "windows-31j": "cp932",
    "euc-jp": "euc-jp",
    "iso-2022-jp": "iso-2022-jp",
}
"""The encodings that are read, by the name a declaration gives (IANA, in small letters)."""

_MARKS = (
    (codecs.BOM_UTF8, "utf-8", ("utf-8",)),
    (codecs.BOM_UTF16_LE, "utf-16-le", ("utf-16", "utf-16le")),
    (codecs.BOM_UTF16_BE, "utf-16-be", ("utf-16", "utf-16be")),
)
_WIDE = ((b"<\x00?\x00", "utf-16-le", ("utf-16le",)), (b"\x00<\x00?", "utf-16-be", ("utf-16be",)))
_DECLARATION = re.compile(r"<\?xml\s[^>]{0,200}?\?>")
_DECLARED = re.compile(r"""encoding\s*=\s*(["'])(?P<name>[A-Za-z][A-Za-z0-9._-]{0,39})\1""")


@dataclass(frozen=True, slots=True, kw_only=True)
class Allowance:
    """How much is taken in: bytes, elements, how deep they nest."""

    bytes: int = 4_000_000
    elements: int = 100_000
    depth: int = 60


PLENTY = Allowance()


def read_xml(raw: bytes, allowance: Allowance = PLENTY) -> Element:
    """The root of the document. Raises DecodeError with one of the reasons ``too_large``, ``bad_encoding``, ``forbidden_xml``,
    ``bad_xml``.
    """
    if len(raw) > allowance.bytes:
        raise DecodeError("too_large", f"{len(raw)} bytes, at most {allowance.bytes} are read")
    text = _DECLARATION.sub("", _decoded(raw), count=1)
    parser = DefusedXMLParser(target=_Limited(allowance), forbid_dtd=True, forbid_entities=True, forbid_external=True)
    try:
        parser.feed(text)
        root: Element = parser.close()
    except DefusedXmlException as error:
        raise DecodeError("forbidden_xml", f"a document type or entity ({type(error).__name__})") from error
    except (ParseError, ValueError) as error:
        raise DecodeError("bad_xml", f"not XML: {error}") from error
    return root


class _Limited(TreeBuilder):
    """Builds the tree as long as it stays within the allowance."""

    def __init__(self, allowance: Allowance) -> None:
        super().__init__()
        self._allowance = allowance
        self._count = self._depth = 0

    def start(self, tag: str, attrs: dict[str, str], /) -> Element:
        self._count += 1
        self._depth += 1
        if self._count > self._allowance.elements:
            raise DecodeError("too_large", f"more than {self._allowance.elements} elements")
        if self._depth > self._allowance.depth:
            raise DecodeError("too_large", f"nested deeper than {self._allowance.depth} elements")
        if tag.startswith(f"{{{XINCLUDE}}}"):
            raise DecodeError("forbidden_xml", "XInclude is not followed")
        return super().start(tag, attrs)

    def end(self, tag: str, /) -> Element:
        self._depth -= 1
        return super().end(tag)


def _decoded(raw: bytes) -> str:
    for mark, codec, names in _MARKS:
        if raw.startswith(mark):
            return _strictly(raw.removeprefix(mark), codec, names)
    for beginning, codec, names in _WIDE:
        if raw.startswith(beginning):
            return _strictly(raw, codec, names)
    name = _declared(raw[:256].decode("ascii", "replace")) or "utf-8"
    if name not in _ENCODINGS or name.startswith("utf-16"):
        _refuse(f"declared as {name}, which it is not, or which is not read")
    return _strictly(raw, _ENCODINGS[name], (name,))


def _strictly(raw: bytes, codec: str, names: tuple[str, ...]) -> str:
    """The text; what the bytes show and what the declaration says have to agree."""
    try:
        text = raw.decode(codec)
    except UnicodeDecodeError as error:
        raise DecodeError("bad_encoding", f"not {codec} as it says: byte {error.start}") from error
    said = _declared(text[:256])
    if said is not None and said not in names:
        _refuse(f"declared as {said}, but its first bytes are {codec}")
    return text


def _declared(beginning: str) -> str | None:
    declaration = _DECLARATION.match(beginning)
    found = _DECLARED.search(declaration[0]) if declaration else None
    return found["name"].lower() if found else None


def _refuse(detail: str) -> NoReturn:
    raise DecodeError("bad_encoding", detail)
