"""Commands that publish: replay a recording, simulate a winter night, play what the site names as its demo."""

from __future__ import annotations

import logging
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from app.lifetime import stop_on_signals
from app.settings import Settings, read_settings
from app.wiring import log_to_stderr, opened, read_site
from config.model import Site
from core.errors import StartError
from core.times import utc_now

if TYPE_CHECKING:
    from ingest.publishing import Publisher
    from ingest.replay import Pace

log = logging.getLogger(__name__)

PLAY = "Play data into a broker (MQTT_URL)"
LOG_EVERY = 1_000

SiteOption = Annotated[Path | None, typer.Option("--site", help="Site folder (default config/example).")]


def add_to(app: typer.Typer) -> None:
    """Add these commands to the command line."""
    app.command("replay", rich_help_panel=PLAY)(replay)
    app.command("simulate", rich_help_panel=PLAY)(simulate)
    app.command("demo", hidden=True)(demo)


def replay(
    files: Annotated[list[Path], typer.Argument(help="Gauge files (CSV with 日時, 河川水位, id).", exists=True)],
    site: SiteOption = None,
    speed: Annotated[
        float | None, typer.Option("--speed", help="1 real speed, 60 an hour a minute; left out: as fast as possible.")
    ] = None,
    shift: Annotated[str, typer.Option("--shift", help="original: recorded times; now: shifted to now.")] = "original",
    loop: Annotated[bool, typer.Option("--loop", help="Begin again at the end.")] = False,
) -> None:
    """Publish recorded readings through the broker.

    Example: yukimori replay --site config/fukui --speed 720 --shift now config/fukui/recordings/2024-11-0*.csv
    """
    from ingest.replay import Pace, Shift

    if shift not in list(Shift):
        raise typer.BadParameter(f"{shift!r} is neither original nor now", param_hint="--shift")
    settings = read_settings(site)
    _replay(settings, read_site(settings), files, Pace(speed=speed, shift=Shift(shift), loop=loop), stop_on_signals())


def _replay(settings: Settings, site: Site, files: list[Path], pace: Pace, stop: threading.Event) -> None:
    from ingest.replay import read_gauges
    from ingest.replay import replay as play_recording

    recording = read_gauges(files)
    with _publisher(settings, "replay", stop) as publisher, _progress(len(recording.readings)) as progress:
        replayed = play_recording(
            recording, site_id=site.id, outlet=publisher, pace=pace, clock=utc_now, stop=stop, progress=progress
        )
    print(f"{replayed.published} readings published, {replayed.without_value} rows of the files had no value")


@contextmanager
def _publisher(settings: Settings, name: str, stop: threading.Event) -> Iterator[Publisher]:
    from core.broker_address import BrokerAddress
    from ingest.publishing import Publisher

    address = BrokerAddress.parse(settings.required_broker(), settings.mqtt_ca_file)
    with Publisher(address, client_id=f"yukimori-{name}", stop=stop) as publisher:
        yield publisher


@contextmanager
def _progress(total: int | None) -> Iterator[Callable[[int], None]]:
    """A bar on a terminal, a line now and then in a log."""
    if not sys.stderr.isatty():
        yield lambda done: log.info("%d messages published", done) if done % LOG_EVERY == 0 else None
        return
    columns = (TextColumn("publishing"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns) as bar:
        task = bar.add_task("publishing", total=total)
        yield lambda done: bar.update(task, completed=done)


def simulate(
    site: SiteOption = None,
    seed: Annotated[int, typer.Option("--seed", help="The same seed gives the same night.")] = 20260115,
    speed: Annotated[
        float, typer.Option("--speed", help="How much faster than real the weather goes by; ploughs keep theirs.")
    ] = 60.0,
) -> None:
    """Publish a winter night: snow builds up, a channel blocks and clears, ploughs clear the roads.

    Example: yukimori simulate --seed 7 --speed 120
    """
    settings = read_settings(site)
    _simulate(settings, read_site(settings), stop_on_signals(), seed=seed, speed=speed, known_until=None)


def _simulate(
    settings: Settings, site: Site, stop: threading.Event, *, seed: int, speed: float, known_until: datetime | None
) -> None:
    from ingest.simulate import simulate as play_night

    with _publisher(settings, "simulate", stop) as publisher, _progress(None) as progress:
        play_night(
            site,
            seed=seed,
            speed=speed,
            outlet=publisher,
            clock=utc_now,
            stop=stop,
            progress=progress,
            known_until=known_until,
        )


def demo(site: SiteOption = None) -> None:
    """Play what ``[demo]`` in ``site.toml`` names, for ``yukimori run``."""
    log_to_stderr()
    settings = read_settings(site)
    checked = read_site(settings)
    if checked.demo is None:
        raise StartError(f"{settings.site} names no [demo] in site.toml", hint="add one, or run with --no-demo")
    chosen: dict[str, Any] = dict(checked.demo.settings)
    played_until = _newest_stored(settings, checked)
    if checked.demo.kind == "simulate":
        seed, speed = int(chosen.get("seed", 0)), float(chosen.get("speed", 60))
        stop = stop_on_signals()
        _give_order(settings, checked, seed)
        with _shelters_beside(settings, checked):
            _simulate(settings, checked, stop, seed=seed, speed=speed, known_until=played_until)
        return
    files = [checked.folder / name for name in chosen["files"]]
    _replay(settings, checked, files, _demo_pace(chosen, played_until), stop_on_signals())


def _give_order(settings: Settings, site: Site, seed: int) -> None:
    """The order that sends the ploughs of the night out."""
    from app.demo_orders import give_order
    from ingest.simulate import ordered_before_start

    before = ordered_before_start(site, seed)
    with opened(settings, site) as (store, registry):
        give_order(store, registry.site, site, utc_now(), before)


@contextmanager
def _shelters_beside(settings: Settings, site: Site) -> Iterator[None]:
    """The shelters of the night are opened meanwhile, and no longer than it is played."""
    from app.demo_shelters import play_shelters

    over = threading.Event()
    with opened(settings, site) as (store, registry):
        layers = settings.public / "layers"
        play = threading.Thread(
            target=lambda: play_shelters(store, registry.site, layers, clock=utc_now, stop=over), name="demo-shelters"
        )
        play.start()
        try:
            yield
        finally:
            over.set()
            play.join()


def _demo_pace(chosen: dict[str, Any], played_until: datetime | None) -> Pace:
    from ingest.replay import Pace, Shift

    return Pace(
        speed=float(chosen.get("speed", 60)),
        shift=Shift(chosen.get("shift", "now")),
        history=timedelta(hours=float(chosen.get("history_hours", 0))),
        history_after=played_until,
        loop=True,
    )


def _newest_stored(settings: Settings, site: Site) -> datetime | None:
    """The newest event time an earlier run left, so that its past is not made up a second time."""
    with opened(settings, site) as (store, registry):
        return max((latest.at for latest in store.latest_values(registry.site)), default=None)
