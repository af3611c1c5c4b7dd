"""The page on which staff reads what crews reported; all it shows is read with the key of staff, in the browser."""

from __future__ import annotations

from config.model import Site
from maps.shell import data_block, render
from maps.words import Language, words
from maps.words_crew import note_words
from maps.words_notes import notes_words
from maps.words_playback import playback_words
from maps.words_sign_in import staff_words

PATH = "/notes"


def notes_page(site: Site, language: Language, *, asset_version: str) -> str:
    """The page in one language; the same for everyone."""
    spoken = words(language) | playback_words(language) | notes_words(language) | staff_words(language)
    return render(
        "notes.html.j2",
        site,
        language,
        asset_version=asset_version,
        path=PATH,
        data=data_block(site, language) | {"words": spoken, "kinds": note_words(language)},
        w=spoken,
    )
