"""The text of ``layers/<id>.toml``: written anew, or changed line by line so that what a person wrote stays."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping

from gis.intake.statement import Statement

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
    """The text with these keys of the top table set: where they stand, or at the end of that table."""
    top, table, rest = _split(text)
    for key, value in values.items():
        line = _line(key, value)
        found = re.search(rf"^{key}\s*=.*$", top, re.MULTILINE)
        if found is not None:
            top = top[: found.start()] + line + top[found.end() :]
        else:
            top = top.rstrip("\n") + f"\n{line}\n" + ("\n" if table else "")
    return top + table + rest


def _split(text: str) -> tuple[str, str, str]:
    """The top table, the bracket that begins the next one, and everything after."""
    match = re.search(r"^\s*\[", text, re.MULTILINE)
    if match is None:
        return text, "", ""
    return text[: match.start()], match[0], text[match.end() :]


def _line(key: str, value: str) -> str:
    # What JSON escapes TOML escapes alike; the one sign TOML wants escaped besides is DEL.
    quoted = json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
    return f"{key} = {quoted}"
