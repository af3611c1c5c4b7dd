"""The records of a SenML pack, resolved: base fields worked in (RFC 8428, sections 4.1 to 4.6)."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from core.errors import DecodeError
from core.units import added
from ingest.codecs import _fields as fields
from ingest.codecs._settings import shown

_BASE = frozenset({"bver", "bn", "bt", "bu", "bv", "bs"})
_VALUES = ("v", "vs", "vb", "vd")
_KINDS = {"vs": "a text", "vb": "true or false", "vd": "data"}
_KNOWN_VERSIONS = (*range(1, 11), 26)
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9\-:./_]*", re.ASCII)
_NAME_LENGTH = 512


@dataclass(frozen=True, slots=True)
class Record:
    """A record that needs no other to be understood; ``value`` is the error where it has none that can be read."""

    name: str
    unit: str
    time: float
    value: float | DecodeError

    def number(self) -> float:
        """The value; raises the DecodeError it cannot be read for."""
        if isinstance(self.value, DecodeError):
            raise self.value
        return self.value


@dataclass(slots=True)
class _Base:
    """The base fields as they stand at a record."""

    name: str = ""
    unit: str = ""
    numbers: dict[str, float] = field(default_factory=dict)
    version: int | None = None


def resolve(body: list[Any]) -> Iterator[Record | DecodeError]:
    """Each record that measures something, or the error for which it has no name or time; raises for the pack.

    A pack is refused (DecodeError) where a record is no object, a base field is wrong (later records would be read
    wrongly), the version is not known, or a label asks to be understood (it ends in ``_``) and is not.
    """
    records = [fields.as_object(entry, "a record") for entry in body]
    for record in records:
        _check_labels(record)
    base = _Base()
    for record in records:
        _take_base(base, record)
        if record.keys() <= _BASE:
            continue
        try:
            yield _resolved(base, record)
        except DecodeError as error:
            yield error


def _check_labels(record: fields.Body) -> None:
    for label in record:
        if label.endswith("_"):
            raise DecodeError("unsupported", f"label {label[:40]!r} must be understood (it ends in _), and is not")


def _take_base(base: _Base, record: fields.Body) -> None:
    if _BASE.isdisjoint(record):
        return
    if "bver" in record:
        _check_version(base, record["bver"])
    base.name = _base_text(record, "bn", base.name)
    base.unit = _base_text(record, "bu", base.unit)
    for label in ("bt", "bv", "bs"):
        if label in record:
            base.numbers[label] = fields.number(record, label)


def _base_text(record: fields.Body, label: str, before: str) -> str:
    found = record.get(label, before)
    if isinstance(found, str):
        return found
    raise DecodeError("bad-shape", f"{label} is {shown(found)}, not a text")


def _check_version(base: _Base, version: Any) -> None:
    if version.__class__ is not int or version not in _KNOWN_VERSIONS:
        raise DecodeError("unsupported", f"bver {shown(version)}: versions up to 10, and 26, are read")
    if base.version not in (None, version):
        raise DecodeError("bad-shape", f"bver is {base.version} and {version} in one pack")
    base.version = version


def _resolved(base: _Base, record: fields.Body) -> Record:
    name = base.name + _own_text(record, "n")
    if len(name) > _NAME_LENGTH or not _NAME.fullmatch(name):
        raise DecodeError("bad-shape", f"the name {name[:60]!r} is empty or has signs no SenML name has")
    own_time = fields.number(record, "t") if "t" in record else 0.0
    time = _sum(base.numbers.get("bt", 0.0), own_time, f"the time of {name[:60]!r}")
    try:
        value: float | DecodeError = _value(base, record, name)
    except DecodeError as error:
        value = error
    return Record(name, _own_text(record, "u") or base.unit, time, value)


def _value(base: _Base, record: fields.Body, name: str) -> float:
    given = [label for label in _VALUES if label in record]
    if len(given) > 1:
        raise DecodeError("bad-shape", f"{name[:60]!r} has more than one value: {', '.join(given)}")
    if given == ["v"]:
        return _sum(base.numbers.get("bv", 0.0), fields.number(record, "v"), f"the value of {name[:60]!r}")
    if given:
        raise DecodeError("unsupported", f"{name[:60]!r} is {_KINDS[given[0]]}; only numbers are read")
    if "s" in record or "bs" in base.numbers:
        raise DecodeError("unsupported", f"{name[:60]!r} has a sum and no value; sums are not kept")
    raise DecodeError("bad-shape", f"{name[:60]!r} has no value")


def _own_text(record: fields.Body, label: str) -> str:
    found = record.get(label, "")
    if isinstance(found, str):
        return found
    raise DecodeError("bad-shape", f"{label} is {shown(found)}, not a text")


def _sum(base: float, own: float, what: str) -> float:
    """Both added up in the digits they are written with: 20.1 + 1.2 is 21.3, 0.1 + 0.2 is 0.3."""
    if not base:
        return own
    total = added(base, own)
    if not math.isfinite(total):
        raise DecodeError("not-finite", f"{what} is beyond any float")
    return total
