"""Commands about work diaries (除雪日報), below ``yukimori ploughs``: seal them, write them on paper, verify a paper."""

from __future__ import annotations

import hashlib
import json
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console
from rich.table import Column, Table

from app.inspect_commands import DataOption, JsonOption, SiteOption, in_json, local_time, looking, printable
from app.settings import read_settings, writable_folder
from app.wiring import read_site
from core.errors import YukimoriError
from core.times import format_rfc3339, parse_rfc3339, utc_now

if TYPE_CHECKING:
    from config.model import Site
    from core.diary import Seal
    from gis.ploughs.diary_book import DiaryBook
    from maps.words import Language
    from store import Store
    from store.rows import Registry

EXIT_MISTAKES = 1
SEALED_NONE = "not sealed"
LONGEST_BY = 100


def add_to(ploughs: typer.Typer) -> None:
    """Add these commands to the group."""
    ploughs.command("diary")(diary)
    ploughs.command("verify")(verify)


def diary(
    *,
    day: Annotated[str, typer.Option("--day", help="The date on which the day of work begins, YYYY-MM-DD.")],
    vehicle: Annotated[str | None, typer.Option("--vehicle", help="Only of this vehicle; left out: of all.")] = None,
    seal: Annotated[bool, typer.Option("--seal", help="Seal what is known now; the day must be over.")] = False,
    by: Annotated[str, typer.Option("--by", help="Who seals it, as it stands on the paper.")] = "command line",
    out: Annotated[Path | None, typer.Option("--out", help="Write papers into this folder.", metavar="DIR")] = None,
    form: Annotated[str, typer.Option("--format", help="Of the papers: csv, xlsx, pdf, several with commas.")] = "pdf",
    lang: Annotated[str, typer.Option("--lang", help="Of the papers: ja or en.")] = "ja",
    site: SiteOption = None,
    data: DataOption = None,
    as_json: JsonOption = False,
) -> None:
    """The work diaries of a day: hours by task, length by class, stops, how well it is known; sealed, and as papers.

    Without --seal nothing is sealed: what was not sealed yet, or is known otherwise now, is marked as provisional.

    Example: yukimori ploughs diary --day 2026-01-15 --seal --by 除雪センター --out nippo --format pdf,xlsx
    """
    from gis.ploughs.diary_book import DiaryBook

    settings = read_settings(site, data)
    town = read_site(settings)
    wanted, forms, language, by = _day(day), _forms(form), _language(lang), _name(by)
    with looking(site, data) as (store, registry):
        book = DiaryBook(town, store, registry)
        found = _sealed(book, town, vehicle, wanted, by) if seal else _seen(book, town, vehicle, wanted)
        written = [] if out is None else _write(store, registry, town, found, writable_folder(out), forms, language)
    if as_json:
        for one in found:
            print(in_json(_as_dict(one)))
        return
    _print(found)
    for path in written:
        print(printable(str(path)))


def verify(
    file: Annotated[Path | None, typer.Argument(help="A diary as CSV, Excel or PDF, unchanged.")] = None,
    *,
    digest: Annotated[
        str | None, typer.Option("--hash", help="The hash printed on a paper: whether that seal is still there.")
    ] = None,
    chain: Annotated[bool, typer.Option("--chain", help="Whether all seals of the site follow one another.")] = False,
    site: SiteOption = None,
    data: DataOption = None,
) -> None:
    """Whether a paper is one that was written here, of which diary, and whether a later revision stands. Exit code 1: it is not.

    With --hash by what is printed on it; with --chain whether any seal was changed or taken out from between others.

    Example: yukimori ploughs verify nippo-2026-01-15-plough-01-r1.pdf
    """
    if (file is not None) + (digest is not None) + chain != 1:
        raise typer.BadParameter("name a file, or give --hash or --chain")
    with looking(site, data) as (store, registry):
        if file is not None:
            _verify_file(store, registry, file)
        elif digest is not None:
            _verify_digest(store, registry, digest)
        else:
            _verify_chain(store, registry)


def _day(text: str) -> date:
    try:
        day = date.fromisoformat(text)
    except ValueError as error:
        raise typer.BadParameter(f"{text!r} is not a date, YYYY-MM-DD", param_hint="--day") from error
    if not 2000 <= day.year <= 2200:
        raise typer.BadParameter(f"{day} is not of the years 2000 to 2200", param_hint="--day")
    return day


def _name(text: str) -> str:
    """Who seals, as it is to stand on the paper."""
    if not 0 < len(text) <= LONGEST_BY or not text.isprintable():
        raise typer.BadParameter(f"a name of at most {LONGEST_BY} printable characters", param_hint="--by")
    return text


def _forms(text: str) -> list[str]:
    from maps.diary_papers import PAPERS

    forms = [one.strip() for one in text.split(",")]
    strange = [one for one in forms if one not in PAPERS]
    if strange:
        raise typer.BadParameter(f"{strange[0]!r} is none of {', '.join(PAPERS)}", param_hint="--format")
    return forms


def _language(text: str) -> Language:
    if text == "ja":
        return "ja"
    if text == "en":
        return "en"
    raise typer.BadParameter(f"{text!r} is neither ja nor en", param_hint="--lang")


def _seen(book: DiaryBook, town: Site, vehicle: str | None, day: date) -> list[Seal]:
    now = utc_now()
    if vehicle is None:
        return book.of_day(day, now)
    found = book.of_vehicle(vehicle, day, now)
    if found is None:
        raise _stranger(town, vehicle)
    return [found]


def _sealed(book: DiaryBook, town: Site, vehicle: str | None, day: date, by: str) -> list[Seal]:
    now = utc_now()
    wanted = [one for one in town.vehicles if vehicle in (None, one.id)]
    if vehicle is not None and not wanted:
        raise _stranger(town, vehicle)
    if not book.is_over(day, now):
        raise YukimoriError(
            f"sealing the diary of {day}: that day of work is not over",
            hint="half an hour after it is, it can be sealed",
        )
    if not book.is_kept(day, now):
        raise YukimoriError(
            f"sealing the diary of {day}: the positions of that day are not kept any more",
            hint="what was sealed of it stands; how long they are kept is [retention] positions in site.toml",
        )
    return [book.seal(one, day, now=now, by=by)[0] for one in wanted]


def _stranger(town: Site, vehicle: str) -> YukimoriError:
    return YukimoriError(
        f"there is no vehicle {vehicle!r} in {town.folder / 'vehicles.csv'}", hint="its ids stand in the first column"
    )


def _write(
    store: Store,
    registry: Registry,
    town: Site,
    seals: list[Seal],
    folder: Path,
    forms: list[str],
    language: Language,
) -> list[Path]:
    from maps.diary_papers import file_name, paper

    written = []
    for seal in seals:
        for form in forms:
            content = paper(form, seal, town, language)
            path = folder / file_name(form, seal, language)
            path.write_bytes(content)
            written.append(path)
            if seal.revision:
                sha256 = hashlib.sha256(content).hexdigest()
                store.diaries.note_paper(registry.site, seal.digest, sha256, form=form, language=language, at=utc_now())
    return written


def _print(seals: list[Seal]) -> None:
    table = Table(
        Column("vehicle", no_wrap=True),
        "name",
        Column("worked km", justify="right"),
        Column("hours", justify="right"),
        "first",
        "last",
        "seal",
    )
    for seal in seals:
        facts = _as_dict(seal)
        first, last = (_clock(facts["diary"][key]) for key in ("first_at", "last_at"))
        state = f"revision {seal.revision}  {seal.digest[:16]}…" if seal.revision else SEALED_NONE
        hours = f"{facts['worked_s'] // 3600}:{facts['worked_s'] // 60 % 60:02d}"
        table.add_row(
            seal.vehicle,
            printable(facts["diary"]["name_ja"]),
            f"{facts['worked_m'] / 1000:,.2f}",
            hours,
            first,
            last,
            state,
        )
    Console().print(table)


def _clock(text: str | None) -> str:
    return "" if text is None else local_time(parse_rfc3339(text))


def _as_dict(seal: Seal) -> dict[str, Any]:
    document = json.loads(seal.document)
    return {
        "vehicle": seal.vehicle,
        "day": seal.day.isoformat(),
        "revision": seal.revision,
        "digest": seal.digest or None,
        "previous": seal.previous or None,
        "made_at": format_rfc3339(seal.made_at) if seal.revision else None,
        "made_by": seal.made_by,
        "worked_m": round(sum(one["worked_m"] for one in document["classes"]), 1),
        "worked_s": sum(one["seconds"] for one in document["times"] if one["evidence"]),
        "diary": document,
    }


def _verify_file(store: Store, registry: Registry, file: Path) -> None:
    try:
        sha256 = hashlib.sha256(file.read_bytes()).hexdigest()
    except OSError as error:
        raise YukimoriError(f"reading {file}: {error.strerror}", hint="name a file that can be read") from error
    seal = store.diaries.of_paper(registry.site, sha256)
    if seal is None or not seal.whole:
        print(f"NOT as written here: {printable(str(file))}")
        print("→ ask for the hash printed on it: yukimori ploughs verify --hash …")
        print("→ a provisional paper (暫定版) bears no hash and is never known")
        raise typer.Exit(EXIT_MISTAKES)
    _tell(store, registry, seal)


def _verify_digest(store: Store, registry: Registry, digest: str) -> None:
    seal = store.diaries.by_digest(registry.site, digest.strip().lower())
    if seal is None or not seal.whole:
        print(f"NO such seal here: {printable(digest)}")
        print("→ it was mistyped, is of another town, or the seal was taken out: yukimori ploughs verify --chain")
        raise typer.Exit(EXIT_MISTAKES)
    _tell(store, registry, seal)


def _tell(store: Store, registry: Registry, seal: Seal) -> None:
    print(
        f"as written: diary of {seal.vehicle} for {seal.day}, revision {seal.revision}, sealed {local_time(seal.made_at)}"
    )
    print(f"hash {seal.digest}")
    current = store.diaries.current(registry.site, seal.vehicle, seal.day)
    if current is not None and current.revision > seal.revision:
        print(f"a later revision stands: {current.revision}, sealed {local_time(current.made_at)}")


def _verify_chain(store: Store, registry: Registry) -> None:
    from gis.ploughs.diary_book import broken

    chain = list(store.diaries.chain(registry.site))
    faults = broken(chain)
    for fault in faults:
        print(f"BROKEN: diary of {fault.seal.vehicle} for {fault.seal.day}, revision {fault.seal.revision}")
    print(f"{len(chain)} seals, {len(faults)} that do not fit")
    if faults:
        raise typer.Exit(EXIT_MISTAKES)
