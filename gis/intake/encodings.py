"""Which letters the bytes of a file are: stated, proven, or refused; broken Japanese (文字化け) is found afterwards."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from gis.intake.refused import Refused

_KNOWN = {
    "utf8": "utf-8",
    "65001": "utf-8",
    "shiftjis": "cp932",
    "sjis": "cp932",
    "932": "cp932",
    "cp932": "cp932",
    "ms932": "cp932",
    "windows932": "cp932",
    "windows31j": "cp932",
    "mskanji": "cp932",
    "ansi932": "cp932",
    "oem932": "cp932",
    "eucjp": "euc_jp",
    "51932": "euc_jp",
    "iso2022jp": "iso2022_jp",
    "iso88591": "cp1252",
    "88591": "cp1252",
    "latin1": "cp1252",
    "1252": "cp1252",
    "cp1252": "cp1252",
    "windows1252": "cp1252",
    "ansi1252": "cp1252",
    "usascii": "ascii",
    "ascii": "ascii",
    "utf16": "utf-16",
}
_STATE_IT = "state the encoding: --encoding cp932 (Shift_JIS, usual in Japan) or --encoding utf-8"


@dataclass(frozen=True, slots=True)
class Encoding:
    """A codec of Python by name, and how it was found."""

    name: str
    found: str


def codec_named(name: str) -> str | None:
    """The codec a ``.cpg`` file, an XML declaration or a person names; None for an unknown one."""
    return _KNOWN.get(re.sub(r"[^a-z0-9]", "", name.lower()))


def stated_codec(name: str) -> str:
    """The codec a person names; raises Refused for an unknown one."""
    codec = codec_named(name)
    if codec is None:
        raise Refused(f"the encoding {name[:40]!r} is not known", hint="write utf-8, cp932 or euc-jp")
    return codec


def choose(texts: Sequence[bytes], *, cpg: str | None, stated: str | None) -> Encoding:
    """The encoding of a table's texts: stated, else as ``.cpg`` says, else UTF-8 where all of it is, else CP932.

    A text may end in half a character where its field was cut. Raises Refused where a statement is not true or
    nothing fits.
    """
    if stated is not None:
        return _require(texts, Encoding(stated_codec(stated), "stated by --encoding"))
    if cpg is not None:
        codec = codec_named(cpg)
        if codec is None:
            raise Refused(f"its .cpg names the encoding {cpg[:40]!r}, which is not known", hint=_STATE_IT)
        return _require(texts, Encoding(codec, "the .cpg file"))
    if all(text.isascii() for text in texts):
        return Encoding("ascii", "all texts are ASCII")
    for codec, how in (("utf-8", "no .cpg; all texts are UTF-8"), ("cp932", "no .cpg; not UTF-8, all texts are CP932")):
        if all(decoded(text, codec) is not None for text in texts):
            return Encoding(codec, how)
    raise Refused("its texts are neither UTF-8 nor Shift_JIS (CP932)", hint=_STATE_IT)


def _require(texts: Iterable[bytes], encoding: Encoding) -> Encoding:
    for text in texts:
        if decoded(text, encoding.name) is None:
            raise Refused(
                f"{encoding.found}: {encoding.name}, but the text {text[:20]!r} is not that",
                hint="the statement is wrong: " + _STATE_IT,
            )
    return encoding


def decoded(text: bytes, codec: str) -> str | None:
    """The text, without a last character that the field's end cut in half; None where it is not in that encoding."""
    try:
        return text.decode(codec)
    except UnicodeDecodeError as error:
        cut = len(text) - error.start
        if len(text) >= 10 and cut <= (3 if codec == "utf-8" else 1) and error.reason.startswith(("unexp", "incompl")):
            return text[: error.start].decode(codec)
        return None


_BOX_OR_REPLACED = re.compile("[\ufffd\u2500-\u257f\u0080-\u009f]")
_RULED = re.compile("[\u2500-\u257f]")


def require_readable(names: Iterable[str], values: Iterable[str], remedy: str) -> None:
    """Raises Refused where the names, or most of the non-ASCII values, are letters read in the wrong encoding."""
    for name in names:
        if is_broken(name, strict=True):
            raise Refused(f"the letters of the property name {name[:40]!r} are broken (文字化け)", hint=remedy)
    foreign = [value for value in values if not value.isascii()]
    broken = [value for value in foreign if is_broken(value, strict=False)]
    if broken and 2 * len(broken) > len(foreign):
        raise Refused(
            f"the letters of {len(broken)} of {len(foreign)} texts are broken (文字化け), such as {broken[0][:30]!r}",
            hint=remedy,
        )


def require_sound(names: Iterable[str], values: Iterable[object], encoding: Encoding) -> None:
    """As ``require_readable``, of a file that was read in ``encoding``; values that are no texts are passed over."""
    require_readable(
        names,
        (value for value in values if isinstance(value, str)),
        f"it was read as {encoding.name} ({encoding.found}): where that is wrong state the right one, --encoding cp932 "
        "or utf-8; where the letters are broken in the file itself, ask for the original",
    )


def is_broken(text: str, *, strict: bool) -> bool:
    """Whether the text is UTF-8 read as something else, or holds what such a reading leaves behind.

    ``strict`` also counts box-drawing characters: a name has none, a remark may.
    """
    if text.isascii():
        return False
    if _BOX_OR_REPLACED.search(text if strict else _RULED.sub("", text)):
        return True
    return any(_was_utf8(text, codec) for codec in ("cp932", "cp1252", "latin-1"))


def _was_utf8(text: str, codec: str) -> bool:
    try:
        raw = text.encode(codec)
    except UnicodeEncodeError:
        return False
    back = decoded(raw, "utf-8")
    return back is not None and not back.isascii()
