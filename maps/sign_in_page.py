"""The page on which staff signs in; the same for everyone, what is shown is decided by ``/api/session`` in the browser."""

from __future__ import annotations

from config.model import Site
from maps.shell import data_block, render
from maps.words import Language, words
from maps.words_sign_in import sign_in_words

PATH = "/sign-in"


def sign_in_page(site: Site, language: Language, *, asset_version: str) -> str:
    """The page in one language."""
    spoken = words(language) | sign_in_words(language)
    return render(
        "sign_in.html.j2",
        site,
        language,
        asset_version=asset_version,
        path=PATH,
        data=data_block(site, language) | {"words": spoken},
        w=spoken,
    )
