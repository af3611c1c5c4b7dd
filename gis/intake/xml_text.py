"""XML of strangers: decoded as declared, and refused with a DTD, entities or inclusions before any reader sees it."""

from __future__ import annotations

import re
from xml.parsers import expat

from gis.intake import limits
from gis.intake.encodings import codec_named
from gis.intake.formats import dtd_refused
from gis.intake.refused import Refused

_DECLARATION = re.compile(rb"""^\s*<\?xml[^>]*?encoding\s*=\s*["']([A-Za-z0-9._-]{1,40})["'][^>]*\?>""")
_HEAD = re.compile(r"^\s*<\?xml[^>]*\?>")
_INCLUSION = "http://www.w3.org/2001/XInclude"


def plain_xml(content: bytes) -> tuple[bytes, str]:
    """The document as UTF-8 without a declaration, and the encoding it came in; raises Refused for what it may not hold."""
    codec = _codec(content)
    try:
        text = content.decode(codec)
    except UnicodeDecodeError as error:
        raise Refused(
            f"is declared as {codec}, byte {error.start} is not that",
            hint="save it as UTF-8 and let the first line say so",
        ) from error
    plain = _HEAD.sub("", text.lstrip("\ufeff"), count=1).lstrip().encode("utf-8", "surrogatepass")
    _walk(plain)
    return plain, codec


def _codec(content: bytes) -> str:
    if content.startswith(b"\xef\xbb\xbf"):
        return "utf-8-sig"
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "utf-16"
    declared = _DECLARATION.match(content)
    if declared is None:
        return "utf-8"
    codec = codec_named(declared[1].decode())
    if codec is None:
        raise Refused(f"is declared as {declared[1].decode()}, which is not read here", hint="save it as UTF-8")
    return codec


class _Walk:
    """Goes through the tags only, to find what must not be there."""

    def __init__(self) -> None:
        self.depth = 0

    def start(self, name: str, _attributes: dict[str, str]) -> None:
        self.depth += 1
        if self.depth > limits.XML_DEPTH:
            raise Refused("its tags are nested too deep", hint="fetch the file again")
        if name.startswith(f"{_INCLUSION} "):
            raise Refused("includes other files (XInclude), which is never done", hint="export the layer anew")

    def end(self, _name: str) -> None:
        self.depth -= 1


def _walk(content: bytes) -> None:
    def doctype(*_of_it: object) -> None:
        raise dtd_refused()

    walk = _Walk()
    parser = expat.ParserCreate(encoding="utf-8", namespace_separator=" ")
    parser.StartDoctypeDeclHandler = doctype
    parser.EntityDeclHandler = doctype
    parser.StartElementHandler = walk.start
    parser.EndElementHandler = walk.end
    try:
        parser.Parse(content, True)  # noqa: FBT003 - expat's own signature
    except expat.ExpatError as error:
        raise Refused(
            f"is not well-formed XML ({expat.errors.messages[error.code]}, line {error.lineno})",
            hint="fetch the file again, it may be cut off",
        ) from error
