"""Reads ``[jma]`` of site.toml: where telegrams of the Meteorological Agency come from, and which areas are the town's."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit

from config import values
from config.fields import Table
from config.jma_plan import EVERY, Jma
from config.mistakes import WrongValueError, shown

_AREA = re.compile(r"\d{6}|\d{7}|\d{10}|\d{12}", re.ASCII)
_SHORTEST, _LONGEST = timedelta(seconds=10), timedelta(hours=1)


def read_jma(top: Table, folder: Path, code: str) -> Jma | None:
    """What the table says, None where there is none; ``code`` is the municipality's, from which its area follows."""
    if top.found("jma") is None:
        return None
    table = top.table("jma")
    found = Jma(
        areas=table.texts("areas", area_code) or ((f"{code}00",) if code else ()),
        folder=table.may("folder", _folder_in(folder), None),
        feed=table.may("feed", _address, ""),
        every=table.may("every", _pause, EVERY),
        allow_private=table.may("allow_private", values.toml_flag, default=False),
    )
    if table.sound and bool(found.folder) == bool(found.feed):
        table.mistake("", "exactly one of folder and feed is needed", 'write folder = "jma" or feed = "https://…"')
    if table.sound and found.feed.startswith("http:") and not found.allow_private:
        table.mistake("feed", "plain http can be forged by anyone on the way", "write https://")
    table.finish()
    return found


def area_code(value: object) -> str:
    """A code of JMA: 6 digits (府県予報区・一次細分区域), 7 (市町村等), 10 (河川) or 12 (予報区域)."""
    found = values.text(value)
    if not _AREA.fullmatch(found):
        hint = "a municipality has seven digits: its code and two zeros, e.g. 0621200"
        raise WrongValueError(f"{shown(found)} is no area code of the Meteorological Agency", hint)
    return found


def _folder_in(folder: Path) -> Callable[[object], Path]:
    def read(value: object) -> Path:
        return folder / values.text(value)

    return read


def _address(value: object) -> str:
    found = values.text(value)
    hint = 'e.g. feed = "https://www.data.jma.go.jp/developer/xml/feed/extra.xml"'
    try:
        parts = urlsplit(found)
        _ = parts.port
    except ValueError as error:
        raise WrongValueError(f"{shown(found)} is no address", hint) from error
    if parts.scheme not in ("https", "http") or not parts.hostname:
        raise WrongValueError(f"{shown(found)} is no address of a feed", hint)
    if parts.username is not None or parts.password is not None:
        raise WrongValueError("an address must not hold a password", hint)
    return found


def _pause(value: object) -> timedelta:
    found = values.duration(value)
    if not _SHORTEST <= found <= _LONGEST:
        raise WrongValueError(f"{shown(value)} is not possible here: expected 10s to 1h")
    return found
