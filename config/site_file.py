"""Reads ``site.toml``: who the site is, what it listens to, whom it reaches."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from config import values
from config.fields import Table
from config.files import read_text
from config.jma_file import read_jma
from config.jma_plan import Jma
from config.known import Known
from config.limit_tables import read_limits, read_privacy, read_retention
from config.mistakes import Notes, WrongValueError, shown
from config.model import Basemap, ChannelConfig, Demo, Limits, Privacy, Retention, Source
from config.places import JAPAN
from config.source_tables import read_sources, refuse_secrets, settings
from core.levels import Level
from core.model import Bounds

FILE = "site.toml"
PLANE_ZONES = range(6669, 6688)
"""EPSG codes of the nineteen zones of the Japanese plane rectangular system on JGD2011: 6669 is zone I."""

DEMO_KINDS = ("simulate", "replay")
_WAYS_OUT = ("url", "topic", "public_key")
GSI_MAPS = ("std", "pale", "blank", "english")
"""The maps of 国土地理院 that may be offered, by the ids of its tile list (https://maps.gsi.go.jp/development/ichiran.html)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SiteFile:
    """What ``site.toml`` says, as the fields of ``Site`` of the same names."""

    id: str
    code: str
    name_ja: str
    name_en: str
    time_zone: str
    bounds: Bounds
    plane_epsg: int
    zoom: int
    notice_ja: str
    notice_en: str
    contact_ja: str
    contact_en: str
    credits: tuple[str, ...]
    licence: str
    sources: tuple[Source, ...]
    limits: Limits
    privacy: Privacy
    retention: Retention
    channels: tuple[ChannelConfig, ...]
    demo: Demo | None
    basemap: Basemap
    jma: Jma | None


def read_toml(folder: Path, name: str, notes: Notes) -> Table | None:
    """The top table of a TOML file of the folder, None where it cannot be read (noted)."""
    content = read_text(folder, name, notes)
    if content is None:
        return None
    try:
        return Table(tomllib.loads(content), name, notes)
    except RecursionError:
        notes.mistake(name, "", "the file is nested too deeply to be a site file", "write it anew from the example")
    except ValueError as error:
        line = re.search(r"at line (\d+)", str(error))
        what = re.sub(r"\s*\(at .*\)$", "", str(error), flags=re.DOTALL)
        where = line[1] if line else str(content.count("\n") + 1)
        hint = 'text stands in double quotes (code = "06212"), one key a line; a key may stand only once'
        notes.mistake(name, where, f"this is not TOML: {what}", hint)
    return None


def read_site_file(folder: Path, known: Known, notes: Notes) -> SiteFile | None:
    """What ``site.toml`` says; stand-ins where it is wrong (noted), None where it cannot be read at all."""
    top = read_toml(folder, FILE, notes)
    if top is None:
        return None
    limits = read_limits(top.table("limits"))
    site = SiteFile(
        id=top.need("id", values.identifier, ""),
        code=top.need("code", municipal_code, ""),
        name_ja=top.need("name_ja", values.text, ""),
        name_en=top.need("name_en", values.text, ""),
        time_zone=top.may("time_zone", values.time_zone, "Asia/Tokyo"),
        bounds=top.need("bounds", bounds, JAPAN),
        plane_epsg=top.need("plane_epsg", plane_zone, PLANE_ZONES[0]),
        zoom=top.may("zoom", values.whole(4, 18), 12),
        notice_ja=top.may("notice_ja", values.text, ""),
        notice_en=top.may("notice_en", values.text, ""),
        contact_ja=top.may("contact_ja", values.text, ""),
        contact_en=top.may("contact_en", values.text, ""),
        credits=top.texts("credits", values.text),
        licence=top.may("licence", values.text, ""),
        sources=read_sources(top, known),
        limits=limits,
        privacy=read_privacy(top.table("privacy")),
        retention=read_retention(top.table("retention"), limits),
        channels=_channels(top, known),
        demo=_demo(top, folder),
        basemap=_basemap(top.table("basemap")),
        jma=None,
    )
    site = replace(site, jma=read_jma(top, folder, site.code))
    top.finish()
    return site


def municipal_code(value: object) -> str:
    """A five-digit code of a municipality (全国地方公共団体コード without check digit) or of a prefecture (NN000)."""
    if not isinstance(value, str):
        raise WrongValueError(f"expected five digits in quotes, found {values.kind_of(value)}", 'write code = "06212"')
    code = value.strip()
    if re.fullmatch(r"\d{6}", code, re.ASCII):
        raise WrongValueError(
            f"{shown(code)} has six digits, five are expected", f"leave out the check digit: {code[:5]}"
        )
    if not re.fullmatch(r"\d{5}", code, re.ASCII) or not 1 <= int(code[:2]) <= 47:
        raise WrongValueError(f"{shown(code)} is not a municipal code: expected five digits, prefecture 01 to 47 first")
    return code


def bounds(value: object) -> Bounds:
    """A box ``[west, south, east, north]`` in degrees within Japan."""
    hint = "write bounds = [west, south, east, north] in degrees, e.g. [140.31, 38.43, 140.62, 38.73]"
    number = values.toml_between(-180.0, 180.0, "a number of degrees")
    if not isinstance(value, list) or len(value) != 4:
        raise WrongValueError("expected four numbers", hint)
    west, south, east, north = (number(entry) for entry in value)
    if JAPAN.contains(south, west) and JAPAN.contains(north, east):
        raise WrongValueError("longitude and latitude are exchanged", hint)
    if not (JAPAN.contains(west, south) and JAPAN.contains(east, north)):
        raise WrongValueError("the box is not in Japan", hint)
    if not (west < east and south < north):
        raise WrongValueError("the box is empty: west must be less than east, south less than north", hint)
    return Bounds(west, south, east, north)


def plane_zone(value: object) -> int:
    """The EPSG code of a zone of the Japanese plane rectangular system on JGD2011."""
    if isinstance(value, bool) or not isinstance(value, int):
        raise WrongValueError(
            f"expected an EPSG code, found {values.kind_of(value)}", "e.g. 6678 for zone X (Yamagata)"
        )
    if value not in PLANE_ZONES:
        zone = value if 1 <= value <= 19 else value - 2442 if 2443 <= value <= 2461 else None
        hint = f"zone {zone} is {6668 + zone}" if zone else "one of 6669 (zone I) to 6687 (zone XIX); Yamagata is 6678"
        raise WrongValueError(f"{shown(value)} is not a Japanese plane rectangular zone on JGD2011", hint)
    return value


def _channels(top: Table, known: Known) -> tuple[ChannelConfig, ...]:
    channels: list[ChannelConfig] = []
    for table in top.tables("channels"):
        channel = ChannelConfig(
            id=table.need("id", values.identifier, ""),
            kind=table.need("kind", values.any_text_or(known.channel_kinds, "a kind of channel"), ""),
            min_level=table.may("min_level", values.level, Level.CAUTION),
            settings=table.may("settings", settings, {}),
            exercise=table.may("exercise", values.toml_flag, default=False),
        )
        if channel.id and channel.id in [other.id for other in channels]:
            table.mistake("id", f"the id {shown(channel.id)} is used twice", "give each channel its own id")
        refuse_secrets(table, channel.settings)
        _keep_apart(table, channel, channels)
        table.finish()
        channels.append(channel)
    return tuple(channels)


def _keep_apart(table: Table, channel: ChannelConfig, others: Sequence[ChannelConfig]) -> None:
    """Note a way out, or a credential, that an exercise would share with what is in earnest."""
    for other in others:
        if other.exercise != channel.exercise:
            for key, value in channel.settings.items():
                if (key.endswith("_env") or key in _WAYS_OUT) and other.settings.get(key) == value:
                    message = f"{shown(other.id)} has the same {key}, and one of the two is for exercises"
                    table.mistake(f"settings.{key}", message, "an exercise has credentials and addresses of its own")


def _basemap(table: Table) -> Basemap:
    found = Basemap(
        gsi=table.may("gsi", values.one_of(GSI_MAPS, "a map of 国土地理院"), None),
        gsi_first=table.may("gsi_first", values.toml_flag, default=False),
    )
    if found.gsi_first and found.gsi is None and table.sound:
        table.mistake("gsi_first", "there is no map to show first", 'name one: gsi = "pale"')
    table.finish()
    return found


def _demo(top: Table, folder: Path) -> Demo | None:
    if top.found("demo") is None:
        return None
    table = top.table("demo")
    kind = table.need("kind", values.one_of(DEMO_KINDS, "a kind of demo"), "")
    chosen = table.table("settings")
    if kind:
        _check_demo_settings(chosen, kind, folder)
    table.finish()
    return Demo(kind=kind, settings=chosen.values)


def _check_demo_settings(chosen: Table, kind: str, folder: Path) -> None:
    chosen.may("speed", values.toml_between(1.0, 100_000.0, "a number"), 1.0)
    if kind == "simulate":
        chosen.may("seed", values.whole(0, 2**31 - 1), 0)
    else:
        chosen.may("shift", values.one_of(("now", "original"), "a shift"), "")
        chosen.may("history_hours", values.toml_between(0.0, 720.0, "a number of hours"), 0.0)
        if not chosen.texts("files", lambda name: str(values.file_inside(folder)(name))) and chosen.sound:
            chosen.mistake("files", "there is nothing to replay", 'write files = ["recordings/….csv"]')
    chosen.finish()
