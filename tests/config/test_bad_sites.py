"""Each folder of ``bad/`` is laid over the good site and holds one mistake, named by the folder.

``removed.txt`` lists what is taken away, ``expected.txt`` all that must be said, exactly.
``YUKIMORI_BLESS=1`` records what is said now; read the difference before you commit it.
"""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from config import Known, check_site, load_site
from core.errors import ConfigError

CASES = sorted(path for path in (Path(__file__).parent / "bad").iterdir() if path.is_dir())
NOTES = ("expected.txt", "removed.txt")


def lay_over(case: Path, site: Path) -> None:
    removed = case / "removed.txt"
    for name in removed.read_text(encoding="utf-8").split() if removed.exists() else ():
        target = site / name
        if target.is_dir():
            shutil.rmtree(target)
        else:
            target.unlink()
    shutil.copytree(case, site, dirs_exist_ok=True, ignore=shutil.ignore_patterns(*NOTES))


def test_there_are_cases() -> None:
    assert len(CASES) >= 120


@pytest.mark.parametrize("case", CASES, ids=lambda path: path.name)
def test_everything_is_said_about_a_bad_site(case: Path, good_site: Path, known: Known) -> None:
    lay_over(case, good_site)
    checked = check_site(good_site, known)
    said = [str(mistake) for mistake in checked.mistakes] + [f"warning: {warning}" for warning in checked.warnings]
    if os.environ.get("YUKIMORI_BLESS"):
        (case / "expected.txt").write_text("".join(f"{line}\n" for line in said), encoding="utf-8")
    assert said == (case / "expected.txt").read_text(encoding="utf-8").splitlines()
    assert checked.mistakes
    assert checked.site is None


@pytest.mark.parametrize("case", CASES[::8], ids=lambda path: path.name)
def test_the_error_lists_every_mistake(case: Path, good_site: Path, known: Known) -> None:
    lay_over(case, good_site)
    with pytest.raises(ConfigError) as caught:
        load_site(good_site, known)
    mistakes = [str(mistake) for mistake in check_site(good_site, known).mistakes]
    assert [line.strip() for line in str(caught.value).splitlines()[1:]] == mistakes
    assert caught.value.hint
