from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from config import Known

HERE = Path(__file__).parent


@pytest.fixture(scope="session")
def known() -> Known:
    """The names the good and the bad sites are checked with."""
    return Known(
        codecs=frozenset({"yukimori", "chirpstack", "ttn", "owntracks"}),
        models=frozenset({"em500-udl", "em410-rdl", "at101"}),
        channel_kinds=frozenset({"smtp", "webhook"}),
        layer_kinds=frozenset({"areas", "boundary", "flood_depth", "roads", "shelters"}),
    )


@pytest.fixture
def good_site(tmp_path: Path) -> Path:
    """A copy of the good site, to be spoilt."""
    return shutil.copytree(HERE / "good", tmp_path / "site")


@pytest.fixture
def edit(good_site: Path) -> Callable[[str, str, str], None]:
    """Replaces a text that must be there once or more in a file of the good site."""

    def replace(file: str, old: str, new: str) -> None:
        text = (good_site / file).read_text(encoding="utf-8")
        assert old in text
        (good_site / file).write_text(text.replace(old, new, 1), encoding="utf-8")

    return replace
