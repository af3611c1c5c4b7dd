"""Commands that look: decode a message, show the counters; and what every such command needs."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.markup import escape

from app.settings import read_settings
from app.wiring import opened, read_site
from config.model import Site
from core.errors import DecodeError
from core.times import JST, utc_now
from store import Store
from store.embedded import running_dsn
from store.rows import Registry

if TYPE_CHECKING:
    from ingest.messages import CodecOptions

LOOK = "What came in"

SiteOption = Annotated[Path | None, typer.Option("--site", help="Site folder (default config/example).")]
DataOption = Annotated[
    Path | None, typer.Option("--data", help="Data folder of the `run` to look into, without DATABASE_URL.")
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON for scripts.")]


def add_to(app: typer.Typer) -> None:
    """Add these commands to the command line."""
    app.command("decode", rich_help_panel=LOOK)(decode)
    app.command("counters", rich_help_panel=LOOK)(counters)


def decode(
    file: Annotated[Path, typer.Argument(help="File with the payload as it was sent.", exists=True, dir_okay=False)],
    codec: Annotated[str, typer.Option("--codec", help="One of the codecs of docs/sensors.md.")],
    topic: Annotated[str, typer.Option("--topic", help="Topic it was sent on.")],
    site: SiteOption = None,
) -> None:
    """Show what a codec makes of a payload, one JSON line a reading. Nothing is stored. Exit code 1 where it refuses any.

    Example: yukimori decode --codec yukimori --topic yukimori/obanazawa/gauge-1/reading message.json
    """
    from ingest.decoding import decode_with_devices
    from ingest.messages import Message

    checked = read_site(read_settings(site))
    models = {str(stream.device): stream.model for stream in checked.datastreams if stream.model is not None}
    models |= {str(vehicle.device): vehicle.model for vehicle in checked.vehicles if vehicle.model is not None}
    message = Message(topic.encode(), file.read_bytes(), utc_now(), 1, retain=False)
    try:
        rows = decode_with_devices(message, codec, _options_for(topic, codec, checked), models)
    except DecodeError as error:
        rows = [{"kind": "refused", "reason": error.reason, "detail": str(error)}]
    for row in rows:
        print(in_json(row))
    if any(row["kind"] == "refused" for row in rows):
        raise typer.Exit(1)


def _options_for(topic: str, codec: str, site: Site) -> CodecOptions:
    """The options of the source that reads the topic with this codec, else of the first source with it."""
    from ingest.codecs import CODECS
    from ingest.messages import CodecOptions
    from ingest.sources import topic_pattern

    sources = [source for source in site.sources if source.codec == codec]
    listening = [source for source in sources if topic_pattern(source.topic).fullmatch(topic)]
    for source in listening or sources:
        return CodecOptions.of(source, site.limits, CODECS[codec])
    return CodecOptions()


def counters(site: SiteOption = None, data: DataOption = None) -> None:
    """The counters of a site since its beginning, as JSON; received = what became of it.

    Example: yukimori counters
    """
    with looking(site, data) as (store, registry):
        print(json.dumps(store.counters(registry.site), indent=2, sort_keys=True))


@contextmanager
def looking(site: Path | None, data: Path | None) -> Iterator[tuple[Store, Registry]]:
    """The store named by DATABASE_URL, else the one `yukimori run` has running on the data folder."""
    settings = read_settings(site, data)
    if settings.database_url is None:
        settings = replace(settings, database_url=running_dsn(settings.data / "postgres"))
    with opened(settings, read_site(settings)) as (store, registry):
        yield store, registry


def printable(text: str) -> str:
    """Foreign text as a terminal may show it: no control character, nothing taken for markup."""
    return escape("".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text))


def in_json(value: object, indent: int | None = None) -> str:
    """As JSON, text as it is; what is no sign but steers a terminal is escaped, and reads back the same."""
    text = json.dumps(value, ensure_ascii=False, indent=indent)
    return "".join(c if c.isprintable() or c == "\n" else json.dumps(c)[1:-1] for c in text)


def local_time(at: datetime) -> str:
    """Month, day and time in Japan."""
    return at.astimezone(JST).strftime("%m-%d %H:%M:%S")
