"""Which series and which device the resolved names of SenML stand for, as the settings say."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from core.errors import DecodeError
from core.model import DeviceId
from ingest.codecs import _mapping as mapping
from ingest.codecs._senml_records import Record
from ingest.codecs._settings import Settings

_SEPARATORS = ":/._-"
_KEY = re.compile(r"(?P<name>[A-Za-z0-9\-:./_]+)(?: (?P<unit>[^\s]{1,20}))?", re.ASCII)


@dataclass(frozen=True, slots=True)
class Series:
    """The end of a name, and a unit where the name alone does not tell; what such records measure."""

    ending: str
    unit: str | None
    measures: mapping.Measures

    def fits(self, record: Record) -> bool:
        """Whether a record belongs to it: a whole part of its name, not ``low-snow`` for ``w-snow``."""
        if (self.unit is not None and self.unit != record.unit) or not record.name.endswith(self.ending):
            return False
        before = record.name[: -len(self.ending)]
        return not before or before[-1] in _SEPARATORS or self.ending[0] in _SEPARATORS


def read_series(settings: Settings) -> tuple[Series, ...]:
    """The setting ``quantities``, the longest endings first; raises ValueError."""
    what = 'a table, as in { snow = "snow_depth", "env Cel" = "air_temperature" }'
    found: list[Series] = []
    for key, written in settings.named("quantities", what).items():
        match = _KEY.fullmatch(key)
        if match is None:
            settings.wrong(f"quantities.{key}", f"is no end of a SenML name, nor one with a unit; write {what}")
        measures = mapping.read_measures(settings, f"quantities.{key}", written, unit_needed=False)
        found.append(Series(match["name"], match["unit"], measures))
    if not found:
        settings.wrong("quantities", f"is missing; write {what}")
    return tuple(sorted(found, key=lambda series: (len(series.ending), series.unit is not None), reverse=True))


def find_series(series: Sequence[Series], record: Record) -> Series | None:
    """The series of the longest ending that fits, one with a unit before one without; None where none fits."""
    return next((candidate for candidate in series if candidate.fits(record)), None)


def read_owners(settings: Settings) -> dict[str, DeviceId]:
    """The setting ``devices``: from the beginning of names to the device; longest first; raises ValueError."""
    named = settings.named("devices", 'a table, as in { "urn:dev:mac:0024befffe804ff1" = "snow-01" }')
    owners = {
        beginning: mapping.device_name(settings, f"devices.{beginning}", device) for beginning, device in named.items()
    }
    return dict(sorted(owners.items(), key=lambda owner: len(owner[0]), reverse=True))


def owner_of(owners: Mapping[str, DeviceId], name: str) -> DeviceId:
    """The device whose names begin so; raises DecodeError ``unknown-device``."""
    for beginning, device in owners.items():
        rest = name.removeprefix(beginning)
        if rest != name and (not rest or rest[0] in _SEPARATORS or beginning[-1] in _SEPARATORS):
            return device
    raise DecodeError("unknown-device", f"the settings say nothing of names like {name[:80]!r} under devices")
