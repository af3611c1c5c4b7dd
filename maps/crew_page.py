"""The page of a crew, one for all vehicles: which one it is for lies in the link's fragment, which no server sees.

The page is the same bytes for everyone and may be kept by the phone; ``worker_script`` is the service worker that does so.
"""

from __future__ import annotations

import hashlib
import json
import re
from pathlib import Path

from config.model import Site
from maps.assets import STATIC
from maps.road_looks import DASH_WIDTH, WITHHELD, age_looks
from maps.shell import render
from maps.symbols import PLOUGH
from maps.words import Language, words
from maps.words_crew import crew_words, note_words, task_words

ENTRY = "crew.js"
WORKER = "crew_worker.js"
CLASSES = ("1", "2", "3", "emergency")
ADDRESSES: dict[Language, str] = {"ja": "/plough", "en": "/en/plough"}

_IMPORT = re.compile(r'^(?:import|export) .*?from "\./([a-z0-9_]+\.js)";$', re.MULTILINE)
_VENDORED = ("leaflet.js", "leaflet.css", "protomaps-leaflet.js")


def crew_page(site: Site, language: Language, *, asset_version: str) -> str:
    """The page in a language."""
    own, common = crew_words(language), words(language)
    return render(
        "plough.html.j2",
        site,
        language,
        asset_version=asset_version,
        path=ADDRESSES["ja"],
        say=own,
        tasks=task_words(language),
        kinds=note_words(language),
        data={
            "language": language,
            "prefix": "" if language == "ja" else "/en",
            "static": False,
            "base": "/",
            "timeZone": site.time_zone,
            "site": {"id": site.id},
            "bounds": [[site.bounds.south, site.bounds.west], [site.bounds.north, site.bounds.east]],
            "words": own,
            "tasks": task_words(language),
            "kinds": note_words(language),
            "classes": {code: common[f"road_class_{code}"] for code in CLASSES},
            "ages": [look for look in age_looks(language) if look["id"] != WITHHELD],
            "dashWidth": DASH_WIDTH,
            "plough": PLOUGH,
        },
    )


def shell_files(static: Path = STATIC) -> list[str]:
    """The addresses of everything the page loads besides itself, found by following its imports."""
    found, waiting = [ENTRY], [ENTRY]
    while waiting:
        text = (static / "js" / waiting.pop()).read_text(encoding="utf-8")
        new = [name for name in _IMPORT.findall(text) if name not in found]
        found += dict.fromkeys(new)
        waiting += dict.fromkeys(new)
    scripts = [f"/static/js/{name}" for name in sorted(found)]
    return [*scripts, "/static/css/plough.css", "/static/icon.svg", *(f"/static/vendor/{name}" for name in _VENDORED)]


def worker_script(pages: list[str], asset_version: str, static: Path = STATIC) -> str:
    """The service worker's script, another one whenever anything it keeps changes; ``pages`` are the pages' texts."""
    version = hashlib.sha256("\n".join([asset_version, *pages]).encode()).hexdigest()[:16]
    known = {"version": version, "pages": list(ADDRESSES.values()), "files": shell_files(static)}
    text = (static / "js" / WORKER).read_text(encoding="utf-8")
    return f"const SHELL = {json.dumps(known)};\n{text}"
