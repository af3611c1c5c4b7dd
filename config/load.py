"""From a folder to a ``Site``: reads every file, then checks what they say about each other."""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path
from typing import NamedTuple

from config.cross_checks import Folder, check_references
from config.event_file import check_quantities, read_events
from config.exercise_files import check_exercises, read_exercises
from config.known import ANY_NAME, Known
from config.layer_files import read_layers
from config.message_files import check_audiences, read_messages
from config.mistakes import Mistake, Notes
from config.model import Site
from config.people_file import check_people, read_people
from config.plough_checks import check_ploughs, with_road_facts
from config.plough_file import read_ploughs
from config.quality_file import check_limits, read_quality, with_limits
from config.rule_files import read_rules
from config.shelter_file import read_shelter_facts, with_facts
from config.site_file import FILE, SiteFile, read_site_file
from config.station_files import DATASTREAMS, STATIONS, entries, read_datastreams, read_stations, read_vehicles
from core.errors import ConfigError


class Checked(NamedTuple):
    """The outcome of a check: the site (None where there is a mistake), all mistakes, all warnings."""

    site: Site | None
    mistakes: list[Mistake]
    warnings: list[Mistake]


def load_site(folder: Path, known: Known = ANY_NAME) -> Site:
    """The site a folder describes; ``known`` are the names other parts bring.

    Raises ConfigError with every mistake, one a line.
    """
    checked = check_site(folder, known)
    if checked.site is None:
        lines = "".join(f"\n  {mistake}" for mistake in checked.mistakes)
        number = len(checked.mistakes)
        raise ConfigError(
            f"the site folder {folder} has {number} mistake{'s' if number > 1 else ''}:{lines}",
            hint=f"put them right and look again with: yukimori check --site {folder}",
        )
    return checked.site


def check_site(folder: Path, known: Known = ANY_NAME) -> Checked:
    """Everything that is wrong or doubtful in a site folder, and the site where nothing is wrong. Never raises."""
    notes = Notes()
    site = _read(folder, known, notes) if _is_folder(folder, notes) else None
    return Checked(None if notes.mistakes else site, _in_file_order(notes.mistakes), _in_file_order(notes.warnings))


def _is_folder(folder: Path, notes: Notes) -> bool:
    try:
        if folder.is_dir():
            return True
        exists = folder.exists()
    except (OSError, ValueError):
        exists = False
    message = "this is a file, a site folder was expected" if exists else "there is no such folder"
    notes.mistake(str(folder), "", message, "give the folder that holds site.toml with --site")
    return False


def _read(folder: Path, known: Known, notes: Notes) -> Site | None:
    folder = folder.resolve()
    site_file = read_site_file(folder, known, notes)
    stations = read_stations(folder, notes)
    datastreams = read_datastreams(folder, known, notes)
    complete = DATASTREAMS not in notes.incomplete
    limits = read_quality(folder, notes)
    datastreams = with_limits(datastreams, limits)
    vehicles = read_vehicles(folder, known, notes)
    rules = read_rules(folder, notes)
    layers, shelter_facts = with_facts(read_layers(folder, known, notes), read_shelter_facts(folder, notes))
    ploughs = read_ploughs(folder, notes)
    people = read_people(folder, notes)
    exercises = read_exercises(folder, notes)
    messages = read_messages(folder, notes)
    if not stations and not any(mistake.file == STATIONS for mistake in notes.mistakes):
        notes.mistake(STATIONS, "", "there is no station in it", "add a row for each station")
    trusted = site_file and not any(mistake.where == "bounds" and mistake.file == FILE for mistake in notes.mistakes)
    check_references(
        Folder(
            bounds=site_file.bounds if site_file and trusted else None,
            stations=stations,
            datastreams=datastreams,
            vehicles=vehicles,
            rules=rules,
            all_stations=bool(stations) and STATIONS not in notes.incomplete,
            all_datastreams=complete,
            speed=_speed(site_file),
        )
    )
    check_ploughs(ploughs, layers, vehicles, site_file, site_file.bounds if site_file and trusted else None, notes)
    if complete:
        check_exercises(exercises, entries(datastreams))
    check_people(people, site_file.channels if site_file else (), entries(stations))
    check_audiences(messages, people.people.audiences)
    if complete and not any(mistake.file == DATASTREAMS for mistake in notes.mistakes):
        check_limits(datastreams, limits)
    events = read_events(folder, stations, notes)
    if complete:
        check_quantities(events, datastreams)
    if site_file is None:
        return None
    return Site(
        folder=folder,
        stations=entries(stations),
        datastreams=entries(datastreams),
        vehicles=entries(vehicles),
        rules=tuple(rule for _, rule in rules),
        layers=with_road_facts(layers, ploughs, entries(vehicles), site_file.plane_epsg),
        shelter_facts=shelter_facts,
        events=tuple(event for _, event in events),
        ploughs=ploughs.plan if ploughs else None,
        people=people.people,
        exercises=tuple(scenario for _, scenario in exercises),
        messages=tuple(template for _, template in messages),
        **{field.name: getattr(site_file, field.name) for field in fields(site_file)},
    )


def _speed(site_file: SiteFile | None) -> float:
    """How much faster than life the demonstration goes by; 1 where there is none, or none that can be read."""
    speed = site_file.demo.settings.get("speed") if site_file and site_file.demo else None
    return float(speed) if isinstance(speed, (int, float)) and speed >= 1 else 1.0


def _in_file_order(notes: list[Mistake]) -> list[Mistake]:
    """By file as first met, then by line; keys keep the order they were found in."""
    files = list(dict.fromkeys(note.file for note in notes))
    return sorted(notes, key=lambda note: (files.index(note.file), int(note.where) if note.where.isdigit() else 0))
