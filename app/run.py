"""``yukimori run``: a whole town on one machine, embedded parts included.

The order is the point: what others need comes first, and everything ends in the opposite order.
"""

from __future__ import annotations

import logging
import shlex
import sys
import threading
import time
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, replace
from http.client import HTTPException
from pathlib import Path
from typing import Protocol

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from app.children import Children
from app.demo_accounts import DemoAccount, end_demo_accounts, make_demo_accounts, reaches_only_itself
from app.demo_secrets import with_demo_secrets
from app.heartbeat import check_alive
from app.settings import ROOT, Settings, writable_folder
from app.wiring import read_site
from config.model import Site
from core.errors import StartError
from core.times import utc_now
from ingest.broker import start_broker
from store import migrate
from store.embedded import start as start_database
from web import require_free_port

log = logging.getLogger(__name__)

READY_WITHIN_S = 60.0
LOOK_EVERY_S = 0.5
REST_AFTER_FAILURE_S = 5.0


class EmbeddedPart(Protocol):
    """The embedded database or broker, as far as keeping it up goes."""

    @property
    def running(self) -> bool:
        """Whether its process lives."""

    def restart(self) -> None:
        """Start it again where it was; raises StartError."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RunOptions:
    """What ``run`` was asked for."""

    host: str
    port: int
    mqtt_port: int
    demo: bool


def run(settings: Settings, options: RunOptions, stop: threading.Event, console: Console) -> None:
    """Start everything, say where it is, keep it up, end it; raises StartError or ConfigError before anything runs."""
    site = read_site(settings)
    data = writable_folder(settings.data)
    require_free_port(options.host, options.port)
    settings.checked_staff_token()
    settings.checked_crew_secret()
    settings.checked_account_keys()
    set_by_hand = settings
    if options.demo and site.demo is not None:
        settings = with_demo_secrets(settings)
    parts: dict[str, EmbeddedPart] = {}
    with ExitStack() as stack:
        console.print(f"[bold]Yukimori[/bold] {site.name_ja} ({site.id})")
        if settings.database_url is None:
            parts["database"] = database = stack.enter_context(start_database(data / "postgres"))
            settings = replace(settings, database_url=database.dsn)
        migrate(settings.required_database())
        accounts = _demo_accounts(site, settings, set_by_hand, options)
        if settings.mqtt_url is None:
            parts["broker"] = broker = stack.enter_context(start_broker(options.mqtt_port))
            settings = replace(settings, mqtt_url=broker.url)
        children = Children(_environment(settings), data / "logs")
        stack.callback(children.end)
        children.start("collect", ["collect"])
        children.start("judge", ["judge", *_haste(site, options)])
        if site.ploughs is not None:
            children.start("match", ["match"])
        children.start("evaluate", ["evaluate"])
        children.start("publish", ["publish"])
        children.start("serve", ["serve", "--host", options.host, "--port", str(options.port)])
        address = f"http://{in_address(options.host)}:{options.port}"
        _wait_until_ready(address, data, children, stop)
        if options.demo and site.demo is not None:
            children.start("demo", ["demo"], once=True)
        _announce(console, site, settings, options, address)
        for name, link in _keyed_links(site, settings, set_by_hand, address):
            console.print(f"  {name}\n    {escape(link)}", soft_wrap=True)
        _announce_accounts(console, accounts, settings, address)
        _keep_up(parts, children, stop)
        console.print("ending …")


def _demo_accounts(site: Site, settings: Settings, set_by_hand: Settings, options: RunOptions) -> list[DemoAccount]:
    """The accounts of a demonstration nobody else can reach; any other start ends those an earlier one left."""
    alone = set_by_hand.database_url is None and reaches_only_itself(options.host)
    if options.demo and site.demo is not None and alone:
        return make_demo_accounts(settings, site, utc_now)
    ended = end_demo_accounts(settings.required_database(), site, utc_now)
    if ended:
        log.warning("%d accounts of an earlier demonstration are disabled", ended)
    return []


def _announce_accounts(console: Console, accounts: list[DemoAccount], settings: Settings, address: str) -> None:
    if not accounts:
        made = _pasted("user", "add", "NAME", "--role", "admin", settings=settings)
        console.print(f"  console\n    {address}/console", soft_wrap=True)
        console.print(f"    the first account is made by:\n    {escape(made)}", soft_wrap=True, highlight=False)
        return
    console.print(f"  console (fictitious people of this demonstration)\n    {address}/console")
    for each in accounts:
        needs = "   and a code" if each.needs_code else ""
        console.print(f"    {each.name}   {each.password}{needs}", soft_wrap=True, highlight=False)
    told = _pasted("user", "code", "NAME", settings=settings)
    console.print(
        f"    the code of the moment (put the account for NAME):\n    {escape(told)}", soft_wrap=True, highlight=False
    )


def _pasted(*words: str, settings: Settings) -> str:
    """A command of ours as it can be pasted into another terminal, wherever that one stands."""
    where = ["--site", str(settings.site.resolve()), "--data", str(settings.data.resolve())]
    return f"(cd {shlex.quote(str(ROOT))} && {shlex.join([sys.executable, '-m', 'app', *words, *where])})"


def _haste(site: Site, options: RunOptions) -> list[str]:
    """How much faster than life the demonstration goes by, for whoever judges how fast water may rise."""
    if not options.demo or site.demo is None:
        return []
    return ["--played-at", str(float(site.demo.settings.get("speed", 1)))]


def _keep_up(parts: Mapping[str, EmbeddedPart], children: Children, stop: threading.Event) -> None:
    """Start again what falls, until ``stop`` is set: the embedded parts and the processes that live on them."""
    while not stop.wait(LOOK_EVERY_S):
        for name, part in parts.items():
            if part.running:
                continue
            log.warning("the embedded %s ended; starting it again", name)
            try:
                part.restart()
            except StartError as error:
                log.warning("%s", error)
                stop.wait(REST_AFTER_FAILURE_S)
        children.look_after()


def in_address(host: str) -> str:
    """The host as it stands in an address: an IPv6 address in brackets (RFC 3986, section 3.2.2)."""
    return f"[{host}]" if ":" in host else host


def _environment(settings: Settings) -> dict[str, str]:
    return {
        "DATABASE_URL": settings.required_database(),
        "MQTT_URL": settings.required_broker(),
        "YUKIMORI_SITE": str(settings.site.resolve()),
        "YUKIMORI_DATA": str(settings.data.resolve()),
        "YUKIMORI_STAFF_TOKEN": settings.staff_token,
        "YUKIMORI_CREW_SECRET": settings.crew_secret,
    }


def _wait_until_ready(address: str, data: Path, children: Children, stop: threading.Event) -> None:
    """Wait for the web and for the first rounds of collector and judge; raises StartError where they do not come up."""
    deadline = time.monotonic() + READY_WITHIN_S
    started = time.time()
    while not stop.is_set():
        try:
            with urllib.request.urlopen(f"{address}/healthz", timeout=2):  # noqa: S310 - our own address
                pass
            if all(check_alive(data, name, time.time()) <= time.time() - started for name in ("collect", "judge")):
                return
        except (OSError, HTTPException, StartError) as error:
            if time.monotonic() > deadline:
                raise StartError(
                    f"not everything came up within {READY_WITHIN_S:.0f} s ({error})",
                    hint=f"read the logs in {data / 'logs'}",
                ) from error
        children.look_after()
        stop.wait(0.2)


def _announce(console: Console, site: Site, settings: Settings, options: RunOptions, address: str) -> None:
    table = Table(box=None, show_header=False, padding=(0, 2))
    table.add_row("map", f"[bold]{address}/[/bold]   English: {address}/en/")
    table.add_row("as a table", f"{address}/list")
    if site.ploughs is not None:
        table.add_row("roads cleared", f"{address}/#theme=plough   all of them: {address}/roads")
    table.add_row("broker", f"{settings.mqtt_url}   topics: {', '.join(source.topic for source in site.sources)}")
    table.add_row("data, logs", str(settings.data))
    if options.demo and site.demo is not None:
        table.add_row("playing", _DEMO_WORDS.get(site.demo.kind, site.demo.kind))
    table.add_row("to stop", "Ctrl-C (started again, it goes on with its data)")
    console.print(table)


def _keyed_links(site: Site, settings: Settings, set_by_hand: Settings, address: str) -> Iterator[tuple[str, str]]:
    """Pages that open with a key made for this demonstration; of secrets that somebody set nothing is printed.

    The key lies in the fragment, which no browser sends.
    """
    if not site.vehicles:
        return
    from web.crew_keys import crew_key, crew_link  # noqa: PLC0415 - FastAPI and all the geodata come with it

    vehicle = site.vehicles[0]
    key = "" if set_by_hand.crew_secret else crew_key(settings.crew_secret, site.id, vehicle)
    if key:
        yield f"crew page of {vehicle.id} (made for a phone)", crew_link(address, vehicle, key)
    if site.ploughs is not None and settings.staff_token and not set_by_hand.staff_token:
        yield "the night again (staff)", f"{address}/playback#key={settings.staff_token}"
        yield "what crews reported (staff)", f"{address}/notes#key={settings.staff_token}"


_DEMO_WORDS = {
    "simulate": "a winter night (fictitious): snow builds up, a channel blocks and clears, ploughs clear the roads",
    "replay": "a recorded flood in quick motion, shifted to now: watch the gauges rise, change level and fall",
}
