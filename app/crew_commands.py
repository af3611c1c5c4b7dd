"""Commands about crews, below ``yukimori ploughs``: the links of their pages, and what they reported."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Column, Table

from app.demo_secrets import known_crew_secret
from app.inspect_commands import DataOption, JsonOption, SiteOption, in_json, local_time, looking, printable
from app.settings import Settings, read_settings
from app.wiring import read_site
from core.errors import StartError
from core.model import Vehicle
from core.ploughs import CrewNote
from core.times import format_rfc3339

AddressOption = Annotated[
    str | None,
    typer.Option(
        "--address", help="How the pages are reached; without it YUKIMORI_PUBLIC_ADDRESS.", show_default=False
    ),
]


def add_to(ploughs: typer.Typer) -> None:
    """Add these commands to the group."""
    ploughs.command("links")(links)
    ploughs.command("notes")(notes)


def links(
    site: SiteOption = None,
    data: DataOption = None,
    address: AddressOption = None,
    svg: Annotated[
        Path | None,
        typer.Option("--svg", help="Write a QR code of each link to this folder: <vehicle>.svg.", metavar="DIR"),
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """The link of each vehicle's crew page, to hand out. Whoever has the link speaks for the vehicle: treat it as a key.

    A link is taken back by another `crew_key` in vehicles.csv, all of them by another YUKIMORI_CREW_SECRET.

    Example: yukimori ploughs links --address https://snow.example.jp --svg links
    """
    settings = read_settings(site, data)
    found = _links(settings, address or settings.public_address)
    if svg is not None:
        _write_codes(svg, found)
    if as_json:
        for vehicle, link in found:
            print(in_json({"vehicle": vehicle.id, "name": vehicle.name_ja, "link": link or None}))
        return
    for vehicle, link in found:
        print(f"{vehicle.id}  {printable(vehicle.name_ja)}\n  {link or 'no crew page: crew_key is 0'}")


def _links(settings: Settings, base: str) -> list[tuple[Vehicle, str]]:
    """Each vehicle with its link, empty where it has none; raises StartError where no link can be made."""
    from web.crew_keys import crew_key, crew_link

    site, secret = read_site(settings), known_crew_secret(settings)
    if not secret:
        raise StartError(
            "YUKIMORI_CREW_SECRET is not set, so there are no crew pages", hint="make one with: openssl rand -hex 32"
        )
    if not base.startswith(("http://", "https://")):
        raise StartError(
            "nobody said how the pages are reached from outside", hint="give --address https://yukimori.example.jp"
        )
    keys = [(vehicle, crew_key(secret, site.id, vehicle)) for vehicle in site.vehicles]
    return [(vehicle, crew_link(base, vehicle, key) if key else "") for vehicle, key in keys]


def _write_codes(folder: Path, found: list[tuple[Vehicle, str]]) -> None:
    import segno

    try:
        folder.mkdir(parents=True, exist_ok=True)
        for vehicle, link in found:
            file = folder / f"{vehicle.id}.svg"
            file.unlink(missing_ok=True)
            if link:
                file.touch(mode=0o600)
                segno.make(link, error="m", micro=False).save(str(file), scale=8, border=4, title=str(vehicle.id))
    except OSError as error:
        raise StartError(f"the QR codes cannot be written to {folder} ({error.strerror or error})") from error


def notes(
    site: SiteOption = None,
    data: DataOption = None,
    everything: Annotated[bool, typer.Option("--all", help="Also those that are dealt with.")] = False,
    limit: Annotated[int, typer.Option("--limit", help="At most so many.", min=1, max=10_000)] = 50,
    as_json: JsonOption = False,
) -> None:
    """What crews reported, the newest first; without --all only what is not dealt with.

    Example: yukimori ploughs notes --all --limit 200
    """
    with looking(site, data) as (store, registry):
        found = store.crew.notes(registry.site, settled=None if everything else False, most=limit)
    names = {number: str(vehicle) for vehicle, number in registry.vehicles.items()}
    if as_json:
        for note in found:
            print(in_json(_as_dict(note, names)))
        return
    table = Table("at", "vehicle", "kind", "place", Column("text", overflow="fold"), "photo", "dealt with", box=None)
    for note in found:
        place = "" if note.lon is None else f"{note.lat:.5f}, {note.lon:.5f}"
        row = (local_time(note.at), names.get(note.vehicle, ""), note.kind.value, place, printable(note.text))
        table.add_row(*row, "yes" if note.photo else "", printable(note.settled_by))
    Console().print(table if found else "nothing")


def _as_dict(note: CrewNote, names: Mapping[int, str]) -> dict[str, Any]:
    return {
        "id": note.id,
        "vehicle": names.get(note.vehicle),
        "kind": note.kind.value,
        "at": format_rfc3339(note.at),
        "lon": note.lon,
        "lat": note.lat,
        "text": note.text,
        "photo": note.photo,
        "settled_by": note.settled_by or None,
    }
