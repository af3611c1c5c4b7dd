"""Commands that look: decode a message, read the quarantine, show the counters."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from app.settings import read_settings
from app.wiring import opened, read_site
from core.errors import DecodeError, YukimoriError
from core.times import JST, format_rfc3339, utc_now
from store import Store
from store.embedded import running_dsn
from store.rows import QuarantineRow, Registry

LOOK = "What came in"

SiteOption = Annotated[Path | None, typer.Option("--site", help="Site folder (default config/example).")]
DataOption = Annotated[
    Path | None, typer.Option("--data", help="Data folder of the `run` to look into, without DATABASE_URL.")
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON for scripts.")]

quarantine_app = typer.Typer(help="Messages that could not be read: list, show.", no_args_is_help=True)


def add_to(app: typer.Typer) -> None:
    """Add these commands to the command line."""
    app.command("decode", rich_help_panel=LOOK)(decode)
    app.add_typer(quarantine_app, name="quarantine", rich_help_panel=LOOK)
    app.command("counters", rich_help_panel=LOOK)(counters)


def decode(
    file: Annotated[Path, typer.Argument(help="File with the payload as it was sent.", exists=True, dir_okay=False)],
    codec: Annotated[str, typer.Option("--codec", help="yukimori, chirpstack, ttn or owntracks.")],
    topic: Annotated[str, typer.Option("--topic", help="Topic it was sent on.")],
    site: SiteOption = None,
) -> None:
    """Show what a codec makes of a payload, one JSON line a reading. Nothing is stored. Exit code 1 where it refuses any.

    Example: yukimori decode --codec yukimori --topic yukimori/obanazawa/gauge-1/reading message.json
    """
    from ingest.codecs import CODECS
    from ingest.decoding import decode_with_devices
    from ingest.messages import CodecOptions, Message

    checked = read_site(read_settings(site))
    models = {str(stream.device): stream.model for stream in checked.datastreams if stream.model is not None}
    models |= {str(vehicle.device): vehicle.model for vehicle in checked.vehicles if vehicle.model is not None}
    options = next(
        (CodecOptions.of(s, checked.limits, CODECS[codec]) for s in checked.sources if s.codec == codec), CodecOptions()
    )
    message = Message(topic.encode(), file.read_bytes(), utc_now(), 1, retain=False)
    try:
        rows = decode_with_devices(message, codec, options, models)
    except DecodeError as error:
        rows = [{"kind": "refused", "reason": error.reason, "detail": str(error)}]
    for row in rows:
        print(json.dumps(row, ensure_ascii=False))
    if any(row["kind"] == "refused" for row in rows):
        raise typer.Exit(1)


@quarantine_app.command("list")
def quarantine_list(
    site: SiteOption = None,
    reason: Annotated[str | None, typer.Option("--reason", help="Only this reason code.")] = None,
    limit: Annotated[int, typer.Option("--limit", help="Most messages shown.", min=1, max=10_000)] = 50,
    data: DataOption = None,
    as_json: JsonOption = False,
) -> None:
    """The newest messages in quarantine, with the reason for each.

    Example: yukimori quarantine list --reason unknown-device
    """
    with _looking(site, data) as (store, registry):
        rows = store.quarantine_list(registry.site, limit, reason)
    if as_json:
        for number, row in rows:
            print(json.dumps(_as_dict(number, row), ensure_ascii=False))
        return
    table = Table("number", "arrived", "reason")
    for wide in ("topic", "detail"):
        table.add_column(wide, overflow="fold")
    for number, row in rows:
        topic = row.topic.decode(errors="replace")
        table.add_row(str(number), _local(row.received_at), row.reason, _printable(topic), _printable(row.detail))
    Console().print(table)


@quarantine_app.command("show")
def quarantine_show(
    number: Annotated[int, typer.Argument(help="As `quarantine list` shows it.")],
    site: SiteOption = None,
    data: DataOption = None,
) -> None:
    """One message in quarantine, with its raw bytes as text and as hexadecimal.

    Example: yukimori quarantine show 12
    """
    with _looking(site, data) as (store, _registry):
        row = store.quarantine_get(number)
    if row is None:
        raise YukimoriError(f"there is no message {number} in quarantine", hint="numbers: yukimori quarantine list")
    print(json.dumps(_as_dict(number, row), ensure_ascii=False, indent=2))


def counters(site: SiteOption = None, data: DataOption = None) -> None:
    """The counters of a site since its beginning, as JSON; received = what became of it.

    Example: yukimori counters
    """
    with _looking(site, data) as (store, registry):
        print(json.dumps(store.counters(registry.site), indent=2, sort_keys=True))


@contextmanager
def _looking(site: Path | None, data: Path | None) -> Iterator[tuple[Store, Registry]]:
    """The store named by DATABASE_URL, else the one `yukimori run` has running on the data folder."""
    settings = read_settings(site, data)
    if settings.database_url is None:
        settings = replace(settings, database_url=running_dsn(settings.data / "postgres"))
    with opened(settings, read_site(settings)) as (store, registry):
        yield store, registry


def _as_dict(number: int, row: QuarantineRow) -> dict[str, object]:
    return {
        "number": number,
        "received_at": format_rfc3339(row.received_at),
        "reason": row.reason,
        "detail": row.detail,
        "codec": row.codec,
        "device": row.device,
        "topic": row.topic.decode(errors="backslashreplace"),
        "qos": row.qos,
        "retain": row.retain,
        "payload_text": row.payload.decode(errors="backslashreplace"),
        "payload_hex": row.payload.hex(),
    }


def _printable(text: str) -> str:
    """Foreign text as a terminal may show it: no control character, nothing taken for markup."""
    return escape("".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text))


def _local(at: datetime) -> str:
    return at.astimezone(JST).strftime("%m-%d %H:%M:%S")
