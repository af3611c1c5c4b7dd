"""Devices to be claimed, in words for a terminal; what strangers send is shown, never obeyed."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby

from rich.console import Console

from app.inspect_commands import local_time, printable
from ingest.claims import Claim, Claims, Sent


def print_claims(found: Claims, console: Console) -> None:
    """One paragraph a device, then the lines to paste, each below the name of its file."""
    for claim in found.claims:
        console.print(f"[bold]{printable(claim.device)}[/bold]")
        for line in _facts(claim):
            console.print(f"  {line}")
        for file, lines in groupby(claim.lines, key=lambda line: line.file):
            _print_lines(console, file, [(line.header, line.text, line.to_fill_in) for line in lines])
        console.print()
    if not found.claims:
        console.print("every device that sends is in the site folder")
    if found.more_senders > 0:
        console.print(f"{found.more_senders} more senders are not shown: the busiest come first")


def _print_lines(console: Console, file: str, lines: list[tuple[str, str, tuple[str, ...]]]) -> None:
    blank = lines[0][2]
    console.print(f"  add to [bold]{file}[/bold]" + (f", and fill in {', '.join(blank)}:" if blank else ":"))
    console.print(f"    [dim]{printable(lines[0][0])}[/dim]")
    for _header, text, _blank in lines:
        console.print(f"    {printable(text)}")


def _facts(claim: Claim) -> Iterator[str]:
    yield (
        f"{claim.messages} messages from {local_time(claim.first_at)} to {local_time(claim.last_at)}, "
        f"codec {printable(claim.codec or 'none')}"
    )
    yield f"topics: {', '.join(map(printable, claim.topics[:5]))}{' …' if len(claim.topics) > 5 else ''}"
    for sent in claim.sent:
        yield _value(sent)
    if claim.position is not None:
        yield f"at {claim.position.lon:.6f}, {claim.position.lat:.6f}"
    if claim.frames is not None:
        data = "none" if claim.frames.data is None else claim.frames.data.hex()
        yield f"frame of port {claim.frames.f_port}: {data[:80]}; models: {', '.join(claim.frames.models) or 'none'}"
    for note in claim.notes:
        yield f"[yellow]{printable(note)}[/yellow]"


def _value(sent: Sent) -> str:
    value = "no value" if sent.value is None else f"{sent.value:g} {printable(sent.unit[:20])}"
    return f"{printable(sent.quantity[:40])}: {value} at {local_time(sent.at)}"
