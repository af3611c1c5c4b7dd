"""The text of ``layers/<id>.toml``: written anew, or changed line by line so that what a person wrote stays."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping

from gis.intake.statement import Statement

_TABLE = re.compile(r"^[ \t]*\[", re.MULTILINE)
_KEY = re.compile(r"^[A-Za-z_]+[ \t]*=.*$", re.MULTILINE)
_ORDER = ("kind", "title_ja", "title_en", "file", "crs", "licence", "credit", "source_url", "date", "access",
          "department", "note_ja", "note_en")  # fmt: skip


def data_file(layer: str) -> str:
    """The file of a layer that was brought in, from the site folder on."""
    return f"layers/data/{layer}.geojson"


def written(layer: str, statement: Statement, source: str) -> str:
    """A new file's text; ``source`` is the name of the file it came from."""
    head = f"# {source} を取り込んだ地図データです。取り込みの記録: layers/data/{layer}.import.json\n"
    values = {**statement.given(), "file": data_file(layer)}
    return head + "".join(f"{_line(key, values[key])}\n" for key in _ORDER if key in values)


def changed(text: str, values: Mapping[str, str]) -> str:
    """The text with these keys of the top table set: where they stand, or after the last one that stands there."""
    end = _TABLE.search(text)
    top, rest = (text, "") if end is None else (text[: end.start()], text[end.start() :])
    for key, value in values.items():
        line = _line(key, value)
        found = re.search(rf"^{key}[ \t]*=.*$", top, re.MULTILINE)
        if found is not None:
            top = f"{top[: found.start()]}{line}{top[found.end() :]}"
        else:
            last = max((match.end() for match in _KEY.finditer(top)), default=0)
            top = f"{top[:last]}\n{line}{top[last:]}"
    return top + rest


def _line(key: str, value: str) -> str:
    # What JSON escapes TOML escapes alike; the one sign TOML wants escaped besides is DEL.
    quoted = json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
    return f"{key} = {quoted}"
