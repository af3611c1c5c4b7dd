"""Another version of a site's rules, to be compared with those at work."""

from __future__ import annotations

from pathlib import Path

from config.mistakes import Notes
from config.model import Site
from config.rule_checks import check_rules
from config.rule_files import FOLDER, read_rules
from config.rule_plan import Rule
from core.errors import ConfigError


def read_other_rules(folder: Path, site: Site) -> tuple[Rule, ...]:
    """The rules of a site folder, or of a folder named ``rules``, checked against the stations of ``site``.

    Raises ConfigError with every mistake, one a line, or where there is no rule.
    """
    folder = folder.resolve()
    base = folder.parent if folder.name == FOLDER else folder
    notes = Notes()
    found = read_rules(base, notes)
    if not notes.mistakes:
        check_rules(found, site.stations, site.datastreams)
    if notes.mistakes or not found:
        lines = "".join(f"\n  {mistake}" for mistake in notes.mistakes) or f"\n  there is no {FOLDER}/*.toml in it"
        raise ConfigError(
            f"the rules in {folder} cannot be compared with:{lines}",
            hint="name a site folder, or its folder of rules",
        )
    return tuple(rule for _, rule in found)
