"""Commands about dispatch orders (出動指示), below ``yukimori ploughs``: give one, end one, list them."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Column, Table

from app.inspect_commands import DataOption, JsonOption, SiteOption, in_json, local_time, looking, printable
from app.plough_road_commands import instant_of
from app.settings import read_settings
from app.wiring import read_site
from config.model import Site
from core.errors import YukimoriError
from core.order_words import end_refusal, order_id, refusal_of
from core.ploughs import Order
from core.times import utc_now

order_app = typer.Typer(help="Dispatch orders: give, end, list.", no_args_is_help=True)

_LISTED = ("classes", "by", "snow", "note", "until")

ByOption = Annotated[str, typer.Option("--by", help="Who says it, for the record.")]
AtOption = Annotated[
    str | None, typer.Option("--at", help="When it was said, RFC 3339; left out: now.", show_default=False)
]
DryRunOption = Annotated[bool, typer.Option("--dry-run", help="Only look what would be noted.")]


def add_to(ploughs: typer.Typer) -> None:
    """Add these commands to the group."""
    ploughs.add_typer(order_app, name="order")


@order_app.command("give")
def give(
    classes: Annotated[list[str], typer.Argument(help="Codes of classes, as in ploughs.toml.", show_default=False)],
    *,
    id_: Annotated[
        str, typer.Option("--id", help="Its name; left out, one of its time and classes.", show_default=False)
    ] = "",
    note: Annotated[str, typer.Option("--note", help="A remark.")] = "",
    measured: Annotated[str, typer.Option("--measured", help="The snow it rests on, in words.")] = "",
    at: AtOption = None,
    by: ByOption = "command line",
    dry_run: DryRunOption = False,
    site: SiteOption = None,
    data: DataOption = None,
) -> None:
    """Note that an order was given: from then on the deadlines of these classes run. Given again it is the same order.

    Example: yukimori ploughs order give 1 2 --by 当直 --measured "市役所前 12 cm"
    """
    checked, now = _planned(read_site(read_settings(site, data))), utc_now()
    when = now if at is None else instant_of(at, "--at")
    named = tuple(dict.fromkeys(classes))
    order = Order(id=id_ or order_id(when, named), at=when, classes=named, by=by, note=note, measured=measured)
    known = () if checked.ploughs is None else checked.ploughs.classes
    refused = refusal_of(order, known, now, checked.limits.future_sensor)
    if refused is not None:
        raise typer.BadParameter(refused)
    with looking(site, data) as (store, registry):
        before = store.orders.order(registry.site, order.id)
        if before is not None and (set(before.classes) != set(named) or (at is not None and before.at != when)):
            raise YukimoriError(
                f"giving the order {order.id}: there is one already, and it says other things", hint="give another --id"
            )
        noted = before is None and (dry_run or store.orders.give(registry.site, order, now))
    print(_said(order if before is None else before, "given", noted=noted, dry_run=dry_run))


@order_app.command("end")
def end(
    order: Annotated[str, typer.Argument(help="The id of the order.")],
    at: AtOption = None,
    by: ByOption = "command line",
    dry_run: DryRunOption = False,
    site: SiteOption = None,
    data: DataOption = None,
) -> None:
    """Note that an order is over; ended again it is the same. Exit code 3 where there is no such order.

    Example: yukimori ploughs order end 20260114T163000Z-1-2 --by 当直
    """
    checked, now = _planned(read_site(read_settings(site, data))), utc_now()
    when = now if at is None else instant_of(at, "--at")
    refused = end_refusal(when, by, now, checked.limits.future_sensor)
    if refused is not None:
        raise typer.BadParameter(refused)
    with looking(site, data) as (store, registry):
        before = store.orders.order(registry.site, order)
        if before is None:
            raise YukimoriError(
                f"ending the order {order[:80]!r}: there is none", hint="`yukimori ploughs order list` names them"
            )
        ended = before.ended_at is None and (dry_run or store.orders.end(registry.site, order, when, by, now))
    print(_said(before, "ended", noted=ended, dry_run=dry_run))


@order_app.command("list")
def list_(
    limit: Annotated[int, typer.Option("--limit", help="At most so many.", min=1, max=10_000)] = 20,
    site: SiteOption = None,
    data: DataOption = None,
    as_json: JsonOption = False,
) -> None:
    """What was ordered, the newest first.

    Example: yukimori ploughs order list --limit 5
    """
    from gis.ploughs.desk_documents import order_facts

    now = utc_now()
    with looking(site, data) as (store, registry):
        found = store.orders.history(registry.site, most=limit)
    if as_json:
        for each in found:
            print(in_json(order_facts(each, now)))
        return
    table = Table(
        *(Column(name, no_wrap=True) for name in ("id", "from")),
        *(Column(name, overflow="fold") for name in _LISTED),
        box=None,
    )
    for each in found:
        until = "stands" if each.ended_at is None or each.ended_at > now else _ended(each.ended_at, each.ended_by)
        words = (printable(text) for text in (each.by, each.measured, each.note))
        table.add_row(each.id, local_time(each.at)[:-3], " ".join(each.classes), *words, until)
    Console().print(table if found else "nothing was ordered")


def _planned(site: Site) -> Site:
    if site.ploughs is None:
        raise YukimoriError(f"site {site.id} has no ploughs.toml", hint="docs/configuration.md says what is in it")
    return site


def _said(order: Order, word: str, *, noted: bool, dry_run: bool) -> str:
    what = f"order {order.id}: classes {', '.join(order.classes)} from {local_time(order.at)}"
    if not noted:
        return f"{what} was {word} before, nothing was noted"
    return f"{what} would be {word}, nothing was noted" if dry_run else f"{what} is {word}"


def _ended(at: datetime, by: str) -> str:
    return f"{local_time(at)} ({printable(by)})"
