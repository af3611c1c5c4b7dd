"""The state of shelters as a table: CSV as a spreadsheet saves it, read strictly, all of it or nothing.

Columns, by either name: ``id`` (共通ID) or ``name`` (名称), ``status`` (状態: 開設・満員・閉鎖 or open, full, closed), and
where wanted ``people`` (人数), ``capacity`` (定員), ``note`` (備考), ``note_en``, ``at`` (日時). ``kind`` (種別) and
``address`` (住所) are for the reader and are passed over. A row without a state says nothing.
"""

from __future__ import annotations

import csv
import io
import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from core.shelter_words import MOST_PEOPLE, refusal_of, status_of
from core.shelters import ShelterState
from core.times import parse_rfc3339
from gis.shelter_sites import ShelterSite, near_sites

LARGEST_FILE = 1_000_000
"""Bytes; a table of all shelters of a large city has a tenth of it."""
MOST_MISTAKES = 100
"""So many are looked into; a table with more is another table altogether."""

COLUMNS = {
    "id": ("id", "共通id"),
    "name": ("name", "名称", "施設名", "施設・場所名"),
    "status": ("status", "状態", "開設状況"),
    "people": ("people", "人数", "避難者数"),
    "capacity": ("capacity", "定員", "収容人数"),
    "note_ja": ("note", "note_ja", "備考"),
    "note_en": ("note_en", "備考(英語)"),
    "at": ("at", "日時", "時刻"),
    "kind": ("kind", "種別"),
    "address": ("address", "住所"),
}
"""The column each heading names, in lower case and normal width."""

_COLUMN = {heading: column for column, headings in COLUMNS.items() for heading in headings}
_LOCAL = re.compile(r"(\d{4})[-/](\d{1,2})[-/](\d{1,2})[ T](\d{1,2}):(\d\d)(?::(\d\d))?", re.ASCII)
_FORMULA = re.compile(r"'(?=[=+\-@])")


@dataclass(frozen=True, slots=True)
class ShelterFile:
    """What a table says; with ``mistakes`` it says nothing, each of them names its line."""

    states: list[ShelterState]
    mistakes: list[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Saying:
    """Who says it and when: ``at`` is the time of rows that name none, ``ahead`` how far one may lie before ``now``."""

    by: str
    at: datetime
    now: datetime
    ahead: timedelta
    zone: ZoneInfo


class _LineError(Exception):
    """What is wrong with a line."""


def read_shelter_file(content: bytes, sites: Sequence[ShelterSite], saying: Saying) -> ShelterFile:
    """What the table says of these sites, or every mistake in it; never a part of it."""
    try:
        rows = _rows(_decoded(content))
        columns = _columns(next(rows, (1, []))[1])
    except _LineError as mistake:
        return ShelterFile([], [f"line 1: {mistake}"])
    except csv.Error as error:
        return ShelterFile([], [_no_csv(error)])
    states: dict[str, ShelterState] = {}
    mistakes: list[str] = []
    reader = _Reader(sites, saying)
    try:
        for line, cells in rows:
            try:
                _add(states, reader.state(columns, cells))
            except _LineError as mistake:
                mistakes.append(f"line {line}: {mistake}")
            if len(mistakes) == MOST_MISTAKES:
                mistakes.append(f"{MOST_MISTAKES} mistakes up to here, the rest was not read")
                break
    except csv.Error as error:
        mistakes.append(_no_csv(error))
    if not states and not mistakes:
        mistakes.append("no row has a state")
    return ShelterFile([] if mistakes else list(states.values()), mistakes)


def _no_csv(error: csv.Error) -> str:
    return f"the table cannot be read as CSV ({error}); is a double quote left open?"


def _add(states: dict[str, ShelterState], state: ShelterState | None) -> None:
    if state is None:
        return
    if state.shelter in states:
        raise _LineError(f"{state.shelter} is named a second time")
    states[state.shelter] = state


def _decoded(content: bytes) -> str:
    if len(content) > LARGEST_FILE:
        raise _LineError(f"the file has more than {LARGEST_FILE} bytes")
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise _LineError("the file is UTF-16; save it as CSV (UTF-8)")
    for encoding in ("utf-8-sig", "cp932"):
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise _LineError("the file is neither UTF-8 nor Shift_JIS; save it as CSV (UTF-8)")


def _rows(text: str) -> Iterator[tuple[int, list[str]]]:
    """The rows that are not empty, each with the number of its last line."""
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    for cells in reader:
        if any(cell.strip() for cell in cells):
            yield reader.line_num, [cell.strip() for cell in cells]


def _columns(headings: Sequence[str]) -> list[str]:
    known = [_COLUMN.get(_plain(heading).lower()) for heading in headings]
    for heading, column in zip(headings, known, strict=True):
        if column is None:
            raise _LineError(f"there is no column {heading[:40]!r}; known are {', '.join(COLUMNS)}")
    columns = [column for column in known if column is not None]
    doubled = {column for column in columns if columns.count(column) > 1}
    if doubled:
        raise _LineError(f"column {', '.join(sorted(doubled))} is there twice")
    if "status" not in columns or not {"id", "name"} & set(columns):
        raise _LineError("the heading needs a column id (共通ID) or name (名称), and status (状態)")
    return columns


class _Reader:
    """Reads rows on known sites."""

    def __init__(self, sites: Sequence[ShelterSite], saying: Saying) -> None:
        self._sites = sites
        self._saying = saying
        self._by_id = {site.id: site for site in sites}
        self._by_name: dict[str, dict[str, ShelterSite]] = {}
        for site in sites:
            self._by_name.setdefault(_plain(site.name), {})[site.id] = site

    def state(self, columns: Sequence[str], cells: Sequence[str]) -> ShelterState | None:
        """What a row says, None where it has no state."""
        if len(cells) != len(columns):
            raise _LineError(f"it has {len(cells)} cells, the heading {len(columns)}")
        row = dict(zip(columns, cells, strict=True))
        if not row["status"]:
            if any(row.get(name) for name in ("people", "at")):
                raise _LineError("it has no state (開設・満員・閉鎖)")
            return None
        status = status_of(row["status"])
        if status is None:
            raise _LineError(f"state {row['status'][:20]!r} is none of 開設, 満員, 閉鎖 (open, full, closed)")
        saying = self._saying
        state = ShelterState(
            shelter=self.site(row.get("id", ""), row.get("name", "")).id,
            status=status,
            people=_count("people", row),
            capacity=_count("capacity", row),
            note_ja=_FORMULA.sub("", row.get("note_ja", ""), count=1),
            note_en=_FORMULA.sub("", row.get("note_en", ""), count=1),
            at=_time(row["at"], saying.zone) if row.get("at") else saying.at,
            by=saying.by,
        )
        refused = refusal_of(state, saying.now, saying.ahead)
        if refused is not None:
            raise _LineError(refused)
        return state

    def site(self, identity: str, name: str) -> ShelterSite:
        """The site a row names."""
        if not identity:
            return self._named(name)
        site = self._by_id.get(_plain(identity))
        if site is None:
            raise _LineError(f"there is no shelter {identity[:40]!r}{self._near(identity)}")
        if name and _plain(name) != _plain(site.name):
            raise _LineError(f"{site.id} is {site.name}, the row says {name[:40]!r}")
        return site

    def _named(self, name: str) -> ShelterSite:
        found = self._by_name.get(_plain(name), {}) if name else {}
        if not name:
            raise _LineError("it names no shelter")
        if not found:
            raise _LineError(f"there is no shelter {name[:40]!r}{self._near(name)}")
        if len(found) > 1:
            each = ", ".join(f"{site.id} {site.kind_ja}" for site in found.values())
            raise _LineError(f"{name} is {len(found)} shelters, give the id: {each}")
        return next(iter(found.values()))

    def _near(self, text: str) -> str:
        near = ", ".join(f"{site.id} {site.name}" for site in near_sites(self._sites, text))
        return f"; near it: {near}" if near else ""


def find_site(sites: Sequence[ShelterSite], text: str) -> ShelterSite | str:
    """The site with this id or this name; the reason as a text where there is none or not one."""
    reader = _Reader(sites, _NOBODY)
    by_id = next((site for site in sites if site.id == _plain(text)), None)
    try:
        return by_id or reader.site("", text)
    except _LineError as mistake:
        return str(mistake)


def _count(name: str, row: Mapping[str, str]) -> int | None:
    text = _plain(row.get(name, ""))
    if not text:
        return None
    if not re.fullmatch(r"\d{1,9}", text, re.ASCII):
        raise _LineError(f"{name} {text[:20]!r} is no whole number from 0 to {MOST_PEOPLE}")
    return int(text)


def _time(text: str, zone: ZoneInfo) -> datetime:
    """RFC 3339, or a local time as a spreadsheet writes it (2026-01-15 3:10, 2026/1/15 3:10:00)."""
    local = _LOCAL.fullmatch(_plain(text))
    try:
        if local is None:
            return parse_rfc3339(text)
        year, month, day, hour, minute, second = (int(part or 0) for part in local.groups())
        return datetime(year, month, day, hour, minute, second, tzinfo=zone).astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise _LineError(f"its time {text[:40]!r} is none; write it like 2026-01-15 03:10") from error


def _plain(text: str) -> str:
    return unicodedata.normalize("NFKC", text).strip()


_NOBODY = Saying(
    by="",
    at=datetime(2000, 1, 1, tzinfo=UTC),
    now=datetime(2000, 1, 1, tzinfo=UTC),
    ahead=timedelta(0),
    zone=ZoneInfo("UTC"),
)
