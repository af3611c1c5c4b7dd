"""What carries meaning on the map stands out: hatches, outlines and marks against what lies behind them (WCAG 2.1, 1.4.11)."""

from __future__ import annotations

import re

import pytest

from gis.kinds import all_kinds
from maps.assets import STATIC
from maps.looks import DARK_GROUND, FILL_OPACITY, bright, contrast, edge, hatch_on_dark, over

CSS = (STATIC / "css" / "base.css").read_text(encoding="utf-8")
LIGHT_GROUND = "#FAFCFD"
CLASSES = [(name, entry) for name, kind in all_kinds().items() for entry in kind.legend]
LEAST = 3.0


def parts(colour: str) -> tuple[float, float, float]:
    red, green, blue = (float(int(colour[at : at + 2], 16)) for at in (1, 3, 5))
    return red, green, blue


def test_the_grounds_are_those_of_the_style_sheet():
    found = [value.upper() for value in re.findall(r"--town: (#\w+);", CSS)]
    assert found == [LIGHT_GROUND, DARK_GROUND]


@pytest.mark.parametrize(("name", "entry"), CLASSES, ids=[f"{name}-{entry.code}" for name, entry in CLASSES])
def test_outlines_and_hatches_stand_out(name, entry):
    if all_kinds()[name].geometry not in ("polygon", "mixed"):
        assert contrast(parts(edge(entry.colour)), parts(LIGHT_GROUND)) >= LEAST
        return
    light = over(parts(entry.colour), parts(LIGHT_GROUND), FILL_OPACITY)
    dark = over(parts(entry.colour), parts(DARK_GROUND), FILL_OPACITY)
    assert contrast(parts(edge(entry.colour)), parts(LIGHT_GROUND)) >= LEAST
    assert contrast(parts(bright(entry.colour)), parts(DARK_GROUND)) >= LEAST
    if entry.hatch:
        assert contrast(parts(edge(entry.colour)), light) >= LEAST
        assert contrast(parts(hatch_on_dark(entry.colour)), dark) >= LEAST


def test_the_contrast_of_black_and_white_is_21():
    assert contrast((0, 0, 0), (255, 255, 255)) == pytest.approx(21)
    assert contrast(parts("#767676"), (255, 255, 255)) == pytest.approx(4.54, abs=0.01)
