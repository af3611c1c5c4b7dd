"""The command that has the ways of ploughs matched again, below ``yukimori ploughs``."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

from app.inspect_commands import DataOption, JsonOption, SiteOption, in_json, looking
from app.lifetime import stop_on_signals
from app.settings import read_settings
from app.wiring import log_to_stderr, read_site
from core.errors import ConfigError, StartError, YukimoriError
from core.times import parse_rfc3339, utc_now

if TYPE_CHECKING:
    import threading

    from config.model import Site
    from config.plough_plan import PloughPlan
    from store import Store
    from store.rows import Registry

EXIT_INTERRUPTED = 3
POLL_S = 0.5
MOST = 100_000


def add_to(ploughs: typer.Typer) -> None:
    """Add this command to the group."""
    ploughs.command("rematch")(rematch)


def rematch(
    since: Annotated[str, typer.Option("--from", help="From this RFC 3339 time on.")],
    until: Annotated[str, typer.Option("--to", help="Before this time.")],
    vehicles: Annotated[
        list[str] | None, typer.Option("--vehicle", help="Only this vehicle; may be given several times.")
    ] = None,
    site: SiteOption = None,
    data: DataOption = None,
    as_json: JsonOption = False,
) -> None:
    """Match stored positions to the roads again, by the network and the rules of now, a day of a vehicle at a time.

    The process `match` does it beside its other work; where none runs, this command does. States of roads that are
    no longer what was said each leave a line behind. Run twice it changes nothing more. Ctrl-C leaves the rest to `match`.
    Exit code 3 where it was interrupted.

    Example: yukimori ploughs rematch --from 2026-01-15T12:00:00+09:00 --to 2026-01-16T12:00:00+09:00 --vehicle grader-1
    """
    from gis.ploughs.agenda import with_fixes
    from gis.ploughs.drives import WorkDays
    from store.tracks import REMATCH

    log_to_stderr()
    first, end = _instant(since, "--from"), _instant(until, "--to")
    if end <= first:
        raise typer.BadParameter(f"{until} is not after {since}", param_hint="--to")
    checked = read_site(read_settings(site, data))
    plan = _plan(checked)
    with looking(site, data) as (store, registry):
        numbers = _numbers(checked, registry, vehicles or [])
        now = utc_now()
        days = with_fixes(store.ploughs, numbers, WorkDays(plan, checked.time_zone), first, end, REMATCH, now)
        store.ploughs.match_again(days)
        started = now
        left = _finish(checked, plan, store, registry, len(days)) if days else 0
        changes = len(store.road_states.changes(registry.site, started, utc_now(), most=MOST))
    if as_json:
        print(in_json({"days": len(days), "left": left, "states_changed": changes}))
    else:
        print(f"{len(days) - left} days of vehicles were matched again; {changes} states of roads changed")
    if left:
        raise typer.Exit(EXIT_INTERRUPTED)


def _finish(site: Site, plan: PloughPlan, store: Store, registry: Registry, count: int) -> int:
    """Wait until the agenda is empty, or work it off where no process does; how many days are left."""
    stop = stop_on_signals()
    columns = TextColumn("matching again"), BarColumn(), MofNCompleteColumn()
    with ExitStack() as stack:
        step = _step(stack, site, plan, store, registry)
        bar = stack.enter_context(Progress(*columns, console=Console(stderr=True), transient=True))
        task = bar.add_task("", total=count)
        while (left := _left(store, registry)) and not stop.is_set():
            bar.update(task, completed=max(0, count - left))
            step(stop)
        return left


def _step(
    stack: ExitStack, site: Site, plan: PloughPlan, store: Store, registry: Registry
) -> Callable[[threading.Event], object]:
    """What brings the agenda forward: a round of our own, or waiting for the process that matches."""
    from gis.ploughs.network import read_network
    from gis.ploughs.rounds import Matcher

    try:
        stack.enter_context(store.ploughs.lock(registry.site))
    except StartError:
        return lambda stop: stop.wait(POLL_S)
    matcher = Matcher(site, plan, store, registry, read_network(site))
    return lambda _stop: matcher.round(utc_now())


def _left(store: Store, registry: Registry) -> int:
    return len(store.ploughs.agenda(registry.site, MOST))


def _plan(site: Site) -> PloughPlan:
    if site.ploughs is None:
        raise ConfigError(f"{site.folder} has no ploughs.toml: there is nothing to match", hint="docs/ploughs.md")
    return site.ploughs


def _numbers(site: Site, registry: Registry, wanted: list[str]) -> list[int]:
    known = {str(vehicle): number for vehicle, number in registry.vehicles.items()}
    unknown = [vehicle for vehicle in wanted if vehicle not in known]
    if unknown:
        raise YukimoriError(f"{', '.join(unknown)}: no such vehicle in {site.folder}", hint="see vehicles.csv")
    return sorted(known[vehicle] for vehicle in (wanted or known))


def _instant(text: str, option: str) -> datetime:
    try:
        return parse_rfc3339(text)
    except ValueError as error:
        raise typer.BadParameter(f"{error}; write 2026-01-31T06:00:00+09:00", param_hint=option) from error
