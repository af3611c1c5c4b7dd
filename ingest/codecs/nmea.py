"""Sentences of a GNSS receiver (NMEA 0183): RMC is a fix; GGA, which has no date, belongs to the RMC of its epoch.

Several sentences a message, one a line; each stands for itself, so a broken one does not cost its neighbours. Every
checksum is verified. Times are UTC, speeds knots. A receiver that has lost count of the weeks is 1024 weeks behind
(or twice as many): where that repairs its date to within a day of the arrival the fix is taken and marked.
The device is the last level of the topic, or the one named by ``device_level``.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import reduce
from operator import xor
from typing import Any

from core.errors import DecodeError
from core.model import DeviceId, QualityReason
from ingest import strict_json
from ingest.codecs import _fields as fields
from ingest.codecs import _tracker as tracker
from ingest.codecs._mapping import Naming, at_most, number_of, read_naming
from ingest.codecs._settings import Settings
from ingest.messages import Codec, CodecOptions, Decoded, Fix, Message, Refused

ROLLOVER = timedelta(weeks=1024)
BELIEVED = timedelta(days=1)
"""How near to the arrival a repaired date must come."""

_SENTENCE = re.compile(r"\$(?P<text>(?P<address>[A-Z0-9]{3,12}),[\x20-\x29\x2b-\x7e]*)\*(?P<sum>[0-9A-Fa-f]{2})")
_CLOCK = re.compile(r"(\d\d)(\d\d)(\d\d)(?:\.(\d{1,9}))?", re.ASCII)
_DATE = re.compile(r"(\d\d)(\d\d)(\d\d)", re.ASCII)
_LATITUDE = re.compile(r"(\d\d)([0-5]\d(?:\.\d{1,12})?)", re.ASCII)
_LONGITUDE = re.compile(r"(\d{3})([0-5]\d(?:\.\d{1,12})?)", re.ASCII)
_TWO_DIGITS_FROM = 80
"""Two-digit years from here on are of the last century: GPS time begins in 1980."""

_NO_MODE = {"N": "no-fix", "M": "no-fix", "S": "simulated"}
_NO_QUALITY = {"0": "no-fix", "7": "no-fix", "8": "simulated"}


@dataclass(frozen=True, slots=True)
class _Sentence:
    """The fields after the address; missing ones are empty."""

    kind: str
    fields: tuple[str, ...]

    def __getitem__(self, number: int) -> str:
        return self.fields[number] if number < len(self.fields) else ""


def _read_settings(given: Mapping[str, Any]) -> Naming:
    settings = Settings(given)
    naming = read_naming(settings, needed=False)
    settings.finish()
    return naming


def _decode(message: Message, topic: str, options: CodecOptions) -> Sequence[Decoded]:
    naming = options.settings if isinstance(options.settings, Naming) else tracker.LAST_LEVEL
    device = tracker.device_of(naming, topic)
    lines = strict_json.text_of(message.payload, options.payload_bytes).splitlines()
    at_most(len(lines), options, "sentences")
    found = _Reader(device, message.received_at).read(line.strip() for line in lines if line.strip())
    if not found:
        raise DecodeError("unsupported", "no sentence with a position: RMC is read, and GGA beside it")
    first = found[0]
    if isinstance(first, Refused) and all(isinstance(item, Refused) for item in found):
        raise DecodeError(first.reason, first.detail)
    return found


class _Reader:
    """Reads the sentences of one message."""

    def __init__(self, device: DeviceId, received_at: datetime) -> None:
        self._device, self._received_at = device, received_at
        self._found: list[Decoded] = []

    def read(self, lines: Iterable[str]) -> list[Decoded]:
        """The fixes of all RMC, and what is refused."""
        sentences = [sentence for line in lines if (sentence := self._sentence(line)) is not None]
        ggas = {_epoch(gga): gga for gga in sentences if gga.kind == "GGA"}
        for rmc in sentences:
            if rmc.kind == "RMC":
                self._add(rmc, ggas.get(_epoch(rmc)))
        for time in sorted(ggas.keys() - {_epoch(rmc) for rmc in sentences if rmc.kind == "RMC"}):
            self._refuse(
                DecodeError(
                    "bad-time", f"GGA of {time.rstrip('.')[:12]!r} has no date, and no RMC of its time is there"
                )
            )
        return self._found

    def _sentence(self, line: str) -> _Sentence | None:
        try:
            return _sentence(line)
        except DecodeError as error:
            self._refuse(error)
            return None

    def _add(self, rmc: _Sentence, gga: _Sentence | None) -> None:
        try:
            _check_position(rmc, gga)
            self._found.append(_fix(rmc, self._device, self._received_at))
        except DecodeError as error:
            self._refuse(error)

    def _refuse(self, error: DecodeError) -> None:
        self._found.append(Refused(self._device, error.reason, str(error)))


def _sentence(line: str) -> _Sentence | None:
    """The sentence of a line, None for a kind that is not read; raises DecodeError."""
    match = _SENTENCE.fullmatch(line)
    if match is None:
        reason = "bad-shape" if "*" in line or not line.startswith("$") else "bad-checksum"
        raise DecodeError(reason, f"not a sentence with checksum: {line[:60]!r}")
    if reduce(xor, match["text"].encode("ascii")) != int(match["sum"], 16):
        raise DecodeError("bad-checksum", f"the checksum does not fit: {line[:80]!r}")
    kind = match["address"][2:]
    if kind not in ("RMC", "GGA"):
        return None
    return _Sentence(kind, tuple(field.strip() for field in match["text"].split(",")[1:]))


def _epoch(sentence: _Sentence) -> str:
    """The time of day of a sentence as receivers may write it differently in each: 030000, 030000.00."""
    whole, _, fraction = sentence[0].partition(".")
    return f"{whole}.{fraction.rstrip('0')}"


def _check_position(rmc: _Sentence, gga: _Sentence | None) -> None:
    """Raises DecodeError ``no-fix`` or ``simulated`` where the receiver itself says that it found no position."""
    if rmc[1] != "A":
        raise DecodeError("no-fix", f"the receiver's status is {rmc[1][:8]!r}, not A")
    if rmc[11] in _NO_MODE:
        raise DecodeError(_NO_MODE[rmc[11]], f"the receiver's mode is {rmc[11]}: not a position it found")
    if gga is not None and gga[5] in _NO_QUALITY:
        raise DecodeError(
            _NO_QUALITY[gga[5]], f"the GGA of the same time has quality {gga[5]}: not a position it found"
        )


def _fix(rmc: _Sentence, device: DeviceId, received_at: datetime) -> Fix:
    at, fault = _repaired(_instant(rmc[0], rmc[8]), received_at)
    return Fix(
        device,
        at,
        lon=_degrees(_LONGITUDE, rmc[4], rmc[5], "EW", 180.0),
        lat=_degrees(_LATITUDE, rmc[2], rmc[3], "NS", 90.0),
        speed_kmh=tracker.speed_kmh(_number(rmc[6], "speed", tracker.FASTEST_KMH / 1.852), "kn"),
        heading_deg=_number(rmc[7], "course", 360.0),
        fault=fault,
    )


def _instant(time: str, date: str) -> datetime:
    clock, day = _CLOCK.fullmatch(time), _DATE.fullmatch(date)
    if clock is None or day is None:
        raise DecodeError("bad-time", f"not hhmmss and ddmmyy: {time[:20]!r}, {date[:20]!r}")
    microsecond = int((clock[4] or "0").ljust(6, "0")[:6])
    year = int(day[3]) + (1900 if int(day[3]) >= _TWO_DIGITS_FROM else 2000)
    try:
        hms = (int(clock[1]), int(clock[2]), int(clock[3]))
        return datetime(year, int(day[2]), int(day[1]), *hms, microsecond, tzinfo=UTC)
    except ValueError as error:
        raise DecodeError("bad-time", f"no such time: {time[:20]!r}, {date[:20]!r}") from error


def _repaired(at: datetime, received_at: datetime) -> tuple[datetime, QualityReason]:
    for weeks in (ROLLOVER, 2 * ROLLOVER):
        if abs(at + weeks - received_at) <= BELIEVED:
            return at + weeks, QualityReason.CLOCK_REPAIRED
    return at, QualityReason.NONE


def _degrees(shape: re.Pattern[str], found: str, side: str, sides: str, most: float) -> float:
    """Degrees from ``dddmm.mmmm`` and the letter of the hemisphere; north and east are positive."""
    match = shape.fullmatch(found)
    if match is None or side not in tuple(sides):
        raise DecodeError(
            "bad-shape", f"not degrees and minutes with {sides[0]} or {sides[1]}: {found[:20]!r} {side[:4]!r}"
        )
    degrees = int(match[1]) + float(match[2]) / 60.0
    if degrees > most:
        raise DecodeError("bad-shape", f"{found} is beyond {most:g} degrees")
    return degrees if side == sides[0] else -degrees


def _number(found: str, what: str, most: float) -> float | None:
    if not found:
        return None
    return fields.optional_number({what: number_of(found, what)}, what, 0.0, most)


CODEC = Codec("nmea", _decode, _read_settings)
