"""Drives over the real network: how much of them comes back on the right roads. The full table is the bench ``match``."""

import numpy as np
import pytest

from bench.plough_drives import Noise, length_back, score, tour
from gis.ploughs.matching import match_fixes


def drawn(network):
    return sum(road.length_m for road in network.roads.values())


def test_the_whole_network_comes_back_within_half_a_percent(nishiyama, plan):
    drive = tour(nishiyama, list(nishiyama.roads), np.random.default_rng(1), interval_s=5.0, noise=Noise(5.0))
    track = match_fixes(nishiyama, plan, 1, drive.fixes)
    found = score(nishiyama, drive, track.passages)
    assert found.matched_share >= 0.995
    assert found.wrong_share <= 0.005
    assert 0.995 <= length_back(nishiyama, track.passages) / drawn(nishiyama) <= 1.005


@pytest.mark.parametrize("wanders", [False, True])
@pytest.mark.parametrize(("interval_s", "metres"), [(1.0, 5.0), (2.0, 7.0), (5.0, 7.0), (10.0, 5.0), (10.0, 8.0)])
def test_sampled_roads_with_snow_sheds(nishiyama, plan, interval_s, metres, wanders):
    dice = np.random.default_rng(20260115)
    roads = sorted(str(road) for road in dice.choice(list(nishiyama.roads), 60, replace=False))
    drive = tour(nishiyama, roads, dice, interval_s=interval_s, noise=Noise(metres, wanders), sheds=0.5, partly=0.15)
    track = match_fixes(nishiyama, plan, 1, drive.fixes)
    found = score(nishiyama, drive, track.passages)
    assert found.matched_share >= 0.98
    assert found.wrong_share <= 0.01
    assert any(gap.reason.value == "silence" for gap in track.gaps)


def test_nothing_is_found_where_nobody_drove(nishiyama, plan):
    """Every passage of a drive over ten roads lies on one of them, or where a way between them led along another."""
    roads = list(nishiyama.roads)[:10]
    drive = tour(nishiyama, roads, np.random.default_rng(3), interval_s=1.0, noise=Noise(0.0))
    track = match_fixes(nishiyama, plan, 1, drive.fixes)
    assert score(nishiyama, drive, track.passages).wrong_share <= 0.002
