"""Commands about the quality of what is stored: judge history anew, read the history of a flag."""

from __future__ import annotations

import json
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from app.inspect_commands import looking
from app.lifetime import stop_on_signals
from app.settings import read_settings
from app.wiring import log_to_stderr, read_site
from config.model import Site
from core.errors import YukimoriError
from core.model import QualityReason
from core.quality import unpack
from core.times import format_rfc3339, parse_rfc3339
from store import Store
from store.rows import Registry
from store.verdicts import Span, Standing, Version

if TYPE_CHECKING:
    from ingest.judging import Part
    from ingest.requality import Outcome, Plan

QUALITY = "The quality of what is stored"
EXIT_INTERRUPTED = 3
MOST_SHOWN = 500
_INSTANT = timedelta(microseconds=1)

SiteOption = Annotated[Path | None, typer.Option("--site", help="Site folder (default config/example).")]
DataOption = Annotated[
    Path | None, typer.Option("--data", help="Data folder of the `run` to work on, without DATABASE_URL.")
]
SinceOption = Annotated[str, typer.Option("--from", help="Only values measured at or after this RFC 3339 time.")]
UntilOption = Annotated[str, typer.Option("--to", help="Only values measured before this time.")]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON for scripts, one line an entry.")]


def add_to(app: typer.Typer) -> None:
    """Add these commands to the command line."""
    app.command("requality", rich_help_panel=QUALITY)(requality)
    app.command("verdicts", rich_help_panel=QUALITY)(verdicts)


def requality(
    datastreams: Annotated[
        list[str] | None, typer.Argument(help="STATION/QUANTITY, as many as you like; left out: all of the site.")
    ] = None,
    site: SiteOption = None,
    data: DataOption = None,
    since: SinceOption = "",
    until: UntilOption = "",
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would change.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Judge stored values anew by the limits, mount heights and offsets the site folder has now.

    Raw values never change, and every flag or value that does keeps its former version (`yukimori verdicts`). Run
    twice it changes nothing more; Ctrl-C stops it after the present part, and what is done stays done.
    Exit code 3 where it was interrupted.

    Example: yukimori requality snow-ginzan/snow_depth --from 2026-01-01T00:00:00+09:00 --dry-run
    """
    log_to_stderr()
    checked = read_site(read_settings(site, data))
    keys = _known(checked, datastreams or [])
    span = _span(since, until)
    with looking(site, data) as (store, registry):
        _judge_anew(_Anew(checked, store, registry, keys, dry_run=dry_run), span, as_json=as_json)


def verdicts(
    datastreams: Annotated[list[str], typer.Argument(help="STATION/QUANTITY, one or more.")],
    site: SiteOption = None,
    data: DataOption = None,
    at: Annotated[str, typer.Option("--at", help="Only of the value measured at this RFC 3339 time.")] = "",
    since: SinceOption = "",
    until: UntilOption = "",
    as_json: JsonOption = False,
) -> None:
    """Every version of the flags of stored values: what it was, what it became, when, and because of what.

    Example: yukimori verdicts snow-ginzan/snow_depth --from 2026-01-15T00:00:00+09:00
    """
    keys = _known(read_site(read_settings(site, data)), datastreams)
    first, end = _span(since, until)
    if at and (instant := _instant(at, "--at")) is not None:
        first, end = instant, instant + _INSTANT
    with looking(site, data) as (store, registry):
        _show_history(store, {key: registry.datastreams[key] for key in keys}, (first, end), as_json=as_json)


def _known(site: Site, wanted: list[str]) -> list[str]:
    """The datastreams meant, in the order of the site folder; raises YukimoriError for one that is not in it."""
    keys = [stream.key for stream in site.datastreams]
    unknown = [key for key in wanted if key not in keys]
    if unknown:
        raise YukimoriError(
            f"{', '.join(unknown)}: no such datastream in {site.folder}",
            hint="it is STATION/QUANTITY, as datastreams.csv has them",
        )
    return [key for key in keys if key in wanted] if wanted else keys


def _instant(text: str, option: str) -> datetime | None:
    try:
        return parse_rfc3339(text) if text else None
    except ValueError as error:
        raise typer.BadParameter(f"{error}; write 2026-01-31T06:00:00+09:00", param_hint=option) from error


def _span(since: str, until: str) -> tuple[datetime | None, datetime | None]:
    first, end = _instant(since, "--from"), _instant(until, "--to")
    if first is not None and end is not None and end <= first:
        raise typer.BadParameter(f"{until} is not after {since}", param_hint="--to")
    return first, end


@dataclass(frozen=True, slots=True)
class _Anew:
    """What is to be judged anew, and where."""

    site: Site
    store: Store
    registry: Registry
    keys: list[str]
    dry_run: bool


def _judge_anew(anew: _Anew, span: tuple[datetime | None, datetime | None], *, as_json: bool) -> None:
    from ingest.judging import subjects_of
    from ingest.requality import Requality, plan

    subjects = {subject.stream.key: subject for subject in subjects_of(anew.site, anew.registry).values()}
    plans = plan(anew.store, [subjects[key] for key in anew.keys], *span)
    stop = stop_on_signals()
    outcomes = []
    with _progress(plans) as tell:
        work = Requality(store=anew.store, site_no=anew.registry.site, plans=plans, dry_run=anew.dry_run, tell=tell)
        for outcome in work.run(stop):
            outcomes.append(outcome)
            if as_json:
                print(json.dumps(asdict(outcome)), flush=True)
    if not as_json:
        _print_outcomes(outcomes, dry_run=anew.dry_run)
    _tell_interruption(outcomes, len(plans), stop)


@contextmanager
def _progress(plans: list[Plan]) -> Iterator[Callable[[Part], None]]:
    """A bar on a terminal, nothing elsewhere: the outcome says it all."""
    if not sys.stderr.isatty():
        yield lambda _part: None
        return
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True)) as bar:
        task = bar.add_task("judging", total=sum(len(each.parts) for each in plans))

        def tell(part: Part) -> None:
            bar.update(task, advance=1, description=part.subject.stream.key)

        yield tell


def _print_outcomes(outcomes: list[Outcome], *, dry_run: bool) -> None:
    table = Table("datastream", "limits before", "limits now", "rows", "values changed", "flags changed")
    for each in outcomes:
        numbers = (f"{number:,}" for number in (each.rows, each.values, each.flags))
        table.add_row(each.datastream, each.was_version or "–", each.version, *numbers)
    Console().print(table)
    if dry_run:
        print("nothing was written (--dry-run)")


def _tell_interruption(outcomes: list[Outcome], planned: int, stop: threading.Event) -> None:
    unfinished = planned - sum(each.finished for each in outcomes)
    if stop.is_set() and unfinished:
        print(f"interrupted: {unfinished} datastreams are not done; run it again to go on", file=sys.stderr)
        raise typer.Exit(EXIT_INTERRUPTED)


def _show_history(
    store: Store, numbers: Mapping[str, int], span: tuple[datetime | None, datetime | None], *, as_json: bool
) -> None:
    from ingest.requality import BEGINNING, END

    since, until = span[0] or BEGINNING, span[1] or END
    found = {key: store.judging.versions(Span(number, since, until), MOST_SHOWN) for key, number in numbers.items()}
    if as_json:
        for key, versions in found.items():
            for version in versions:
                print(json.dumps(_version_as_dict(key, version)))
        return
    table = Table("datastream", "measured", "judged", "because", "limits", "was", "became")
    for key, versions in found.items():
        for version in versions:
            change = version.change
            when = (format_rfc3339(change.at), format_rfc3339(version.judged_at))
            table.add_row(key, *when, version.cause, version.limits_version, _words(change.was), _words(change.now))
        if len(versions) == MOST_SHOWN:
            table.add_row(key, "…", "", "", "", f"more than {MOST_SHOWN}", "ask with --from and --to")
    Console().print(table)


def _version_as_dict(key: str, version: Version) -> dict[str, object]:
    return {
        "datastream": key,
        "at": format_rfc3339(version.change.at),
        "judged_at": format_rfc3339(version.judged_at),
        "cause": version.cause,
        "limits_version": version.limits_version,
        "was": _standing_as_dict(version.change.was),
        "now": _standing_as_dict(version.change.now),
    }


def _standing_as_dict(standing: Standing) -> dict[str, object]:
    outcomes = {} if standing.tests is None else unpack(standing.tests)
    return {
        "value": standing.value,
        "quality": standing.quality.name.lower(),
        "reasons": _reasons(standing.reasons),
        "tests": {test.name.lower(): int(flag) for test, flag in outcomes.items()},
    }


def _words(standing: Standing) -> str:
    value = "no value" if standing.value is None else f"{standing.value:g}"
    return " ".join([value, standing.quality.name.lower(), *_reasons(standing.reasons)])


def _reasons(reasons: QualityReason) -> list[str]:
    return [str(reason.name).lower() for reason in reasons]
