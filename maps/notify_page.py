"""The page on which a browser asks to be told (Web Push), and the service worker that shows what it is told."""

from __future__ import annotations

from config.model import Site
from maps.assets import STATIC
from maps.shell import data_block, render
from maps.words import Language, words
from maps.words_notify import notify_words

PATH = "/notify"
WORKER = "/notify-worker.js"


def notify_page(site: Site, language: Language, *, asset_version: str) -> str:
    """The page in one language; the same for everyone."""
    spoken = words(language) | notify_words(language)
    return render(
        "notify.html.j2",
        site,
        language,
        asset_version=asset_version,
        path=PATH,
        data=data_block(site, language) | {"words": spoken, "worker": WORKER},
        w=spoken,
    )


def notify_worker() -> str:
    """The service worker's script; it has to lie at the root, for it shows messages for every page."""
    return (STATIC / "js" / "notify_worker.js").read_text(encoding="utf-8")
