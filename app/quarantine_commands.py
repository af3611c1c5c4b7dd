"""Commands about what was set aside: list, show and replay the quarantine, claim the devices behind it."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from app.inspect_commands import LOOK, DataOption, JsonOption, SiteOption, in_json, local_time, looking, printable
from app.settings import read_settings
from app.wiring import read_site
from core.errors import YukimoriError
from core.times import parse_rfc3339, utc_now
from store.aside import SetAside, Wanted

if TYPE_CHECKING:
    from ingest.quarantine_replay import QuarantineReplay, Replayed, Tried

quarantine_app = typer.Typer(help="Messages that could not be used: list, show, replay.", no_args_is_help=True)
HIGHEST_NUMBER = 2**63 - 1


def _utf8(text: str | None) -> str | None:
    """What no message can have is wrong usage, not a fault of the database."""
    try:
        (text or "").encode()
    except UnicodeEncodeError as error:
        raise typer.BadParameter("it is not UTF-8") from error
    return text


ReasonOption = Annotated[str | None, typer.Option("--reason", help="Only this reason code.", callback=_utf8)]
DeviceOption = Annotated[str | None, typer.Option("--device", help="Only this device.", callback=_utf8)]
SinceOption = Annotated[
    str | None, typer.Option("--since", help="Only what arrived since: RFC 3339 with offset, or 90m, 6h, 2d ago.")
]


def add_to(app: typer.Typer) -> None:
    """Add these commands to the command line."""
    app.add_typer(quarantine_app, name="quarantine", rich_help_panel=LOOK)
    app.command("claims", rich_help_panel=LOOK)(claims)


@quarantine_app.command("list")
def quarantine_list(
    site: SiteOption = None,
    reason: ReasonOption = None,
    device: DeviceOption = None,
    since: SinceOption = None,
    everything: Annotated[bool, typer.Option("--all/--open", help="Also those a replay has settled.")] = False,
    limit: Annotated[int, typer.Option("--limit", help="Most messages shown.", min=1, max=10_000)] = 50,
    data: DataOption = None,
    as_json: JsonOption = False,
) -> None:
    """The newest messages in quarantine that are open, with the reason for each.

    Example: yukimori quarantine list --reason unknown-device --since 2d
    """
    from ingest.aside_json import message_as_dict

    wanted = Wanted(reason=reason, device=device, since=_instant(since))
    settled = None if everything else False
    with looking(site, data) as (store, registry):
        found = store.aside.listed(registry.site, wanted, limit=limit, settled=settled)
    if as_json:
        for message in found:
            print(in_json(message_as_dict(message)))
        return
    table = Table()
    for narrow in ("number", "arrived", "reason"):
        table.add_column(narrow, no_wrap=True)
    for wide in ("topic", "detail", "last replay"):
        table.add_column(wide, overflow="fold")
    for message in found:
        row = message.message
        words = (row.topic.decode(errors="replace"), row.detail, _fate(message))
        table.add_row(str(message.number), local_time(row.received_at), row.reason, *map(printable, words))
    Console().print(table)


@quarantine_app.command("show")
def quarantine_show(
    number: Annotated[int, typer.Argument(help="As `quarantine list` shows it.")],
    site: SiteOption = None,
    data: DataOption = None,
) -> None:
    """One message in quarantine, with its raw bytes as text and as hexadecimal, and what replays made of it.

    Example: yukimori quarantine show 12
    """
    from ingest.aside_json import message_as_dict

    with looking(site, data) as (store, registry):
        message = store.aside.get(registry.site, number)
    if message is None:
        raise YukimoriError(f"there is no message {number} in quarantine", hint="numbers: yukimori quarantine list")
    print(in_json(message_as_dict(message), indent=2))


@quarantine_app.command("replay")
def quarantine_replay(
    numbers: Annotated[
        list[int] | None,
        typer.Argument(help="Numbers as `quarantine list` shows them.", min=1, max=HIGHEST_NUMBER, show_default=False),
    ] = None,
    *,
    site: SiteOption = None,
    reason: ReasonOption = None,
    device: DeviceOption = None,
    since: SinceOption = None,
    everything: Annotated[bool, typer.Option("--all", help="Every open message.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would become of them.")] = False,
    data: DataOption = None,
    as_json: JsonOption = False,
) -> None:
    """Take open messages in again, with the site folder as it is now. What is stored already is not stored twice.

    Example: yukimori quarantine replay --device snow-09
    """
    from ingest.quarantine_replay import QuarantineReplay

    wanted = Wanted(numbers=numbers or None, reason=reason, device=device, since=_instant(since))
    if wanted == Wanted() and not everything:
        raise typer.BadParameter(
            "say which messages: numbers, --reason, --device, --since, or --all for every open one"
        )
    with looking(site, data) as (store, registry):
        replay = QuarantineReplay(read_site(read_settings(site, data)), registry, store)
        result = _replay(replay, wanted, dry_run=dry_run, as_json=as_json)
    _say(result, dry_run=dry_run, as_json=as_json)


def claims(site: SiteOption = None, data: DataOption = None, as_json: JsonOption = False) -> None:
    """Devices that send and are not in the site folder, each with the lines that would add it.

    Example: yukimori claims
    """
    from app.claim_words import print_claims
    from ingest.aside_json import claim_as_dict
    from ingest.claims import find_claims

    with looking(site, data) as (store, registry):
        found = find_claims(read_site(read_settings(site, data)), registry.site, store)
    if as_json:
        print(json.dumps({"claims": [claim_as_dict(each) for each in found.claims], "more": found.more_senders}))
    else:
        print_claims(found, Console(soft_wrap=True, highlight=False))


def _replay(replay: QuarantineReplay, wanted: Wanted, *, dry_run: bool, as_json: bool) -> Replayed:
    from ingest.aside_json import tried_as_dict

    with _progress(replay.open(wanted)) as done:

        def told(tried: Tried) -> None:
            done()
            if as_json:
                print(in_json(tried_as_dict(tried)))

        return replay.run(wanted, dry_run=dry_run, told=told)


@contextmanager
def _progress(total: int) -> Iterator[Callable[[], None]]:
    if not sys.stderr.isatty():
        yield lambda: None
        return
    columns = (TextColumn("replaying"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True)) as bar:
        task = bar.add_task("replaying", total=total)
        yield lambda: bar.advance(task)


def _say(result: Replayed, *, dry_run: bool, as_json: bool) -> None:
    if as_json:
        from ingest.aside_json import replayed_as_dict

        print(json.dumps({**replayed_as_dict(result), "dry_run": dry_run}))
        return
    if dry_run:
        print(
            f"{result.tried} messages: {result.settled} would be settled, {result.refused} still refused; "
            f"{result.rows} rows would go to the store. Nothing was written."
        )
        return
    print(
        f"{result.tried} messages: {result.settled} settled, {result.refused} still refused; rows: "
        f"{result.stored} stored, {result.duplicate} there already, {result.conflict} in conflict"
    )


def _instant(text: str | None) -> datetime | None:
    if text is None:
        return None
    span = re.fullmatch(r"(\d{1,5})([mhd])", text, re.ASCII)
    if span is not None:
        return utc_now() - int(span[1]) * _SPANS[span[2]]
    try:
        return parse_rfc3339(text)
    except ValueError as error:
        raise typer.BadParameter(f"{text!r} is neither RFC 3339 with offset nor 90m, 6h or 2d ({error})") from error


_SPANS = {"m": timedelta(minutes=1), "h": timedelta(hours=1), "d": timedelta(days=1)}


def _fate(message: SetAside) -> str:
    if message.settled_at is not None:
        return f"settled {local_time(message.settled_at)}: {message.outcome}"
    return f"{message.attempts}×: {message.outcome}" if message.attempts else ""
