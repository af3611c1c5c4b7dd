"""How well and how fast fixes of ploughs are matched to roads, on the real network of 西山地区 (288 lines, 107 km).

``match_stream``: sixty ploughs that send a fix each second, fed one by one in the order of arrival to one ``LiveMatcher``, on
one core; the factor is seconds of ploughing by seconds of work. ``match_share`` and ``match_wrong``: drives over all roads, some out and
back, some through snow sheds, with noise of 5 and 10 m (standard deviation east and north, independent or wandering) and fixes each
1, 2, 5 and 10 s; which part of the length driven is found on the right road in the right direction, and how much is found where nobody
drove. ``match_length_back``: what part of the drawn length of the network some passage covers after one drive over all of it.
"""

from __future__ import annotations

import itertools
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from bench.measurement import Measurement
from bench.plough_drives import Noise, Score, length_back, score, tour
from config import load_site
from config.model import PloughPlan
from core.ploughs import Fixes
from gis.ploughs.matching import LiveMatcher, match_fixes
from gis.ploughs.network import Network, read_network

SITE = Path(__file__).parent.parent / "config" / "nishiyama"
PLOUGHS = 60
STREAMED_S = 900
INTERVALS_S = (1.0, 2.0, 5.0, 10.0)
NOISES = (Noise(5.0), Noise(10.0), Noise(5.0, wanders=True), Noise(10.0, wanders=True))
SEEDS = 3
SHEDS = 0.2
PLAN = PloughPlan(roads="roads", classes={})
"""Without depots: every metre driven counts."""


def measure(_folder: Path, scale: float) -> list[Measurement]:
    """The measurements of matching; ``scale`` 1 is three seeds and a quarter of an hour of streaming."""
    network = read_network(load_site(SITE))
    return [*_streaming(network, max(60, round(STREAMED_S * scale))), *_matrix(network, max(1, round(SEEDS * scale)))]


def _streaming(network: Network, seconds: int) -> Iterator[Measurement]:
    fleet = [_plough(network, number, seconds) for number in range(PLOUGHS)]
    matcher = LiveMatcher(network, PLAN)
    fed = passages = 0
    began = time.process_time()
    for second in range(seconds):
        for vehicle, fixes in enumerate(fleet):
            if second < len(fixes):
                passages += len(matcher.feed(vehicle, fixes[second]).passages)
                fed += 1
    took = time.process_time() - began
    yield Measurement("match_stream", fed / took, "fixes/s")
    yield Measurement("match_real_time_factor", fed / PLOUGHS / took, "x", at_least=20)
    yield Measurement("match_stream_passages", passages, "")


def _plough(network: Network, number: int, seconds: int) -> list[Fixes]:
    """Single fixes of a plough with a part of the roads, one a second without its silences."""
    dice = np.random.default_rng(number)
    roads = [str(road) for road in dice.choice(list(network.roads), 24, replace=False)]
    fixes = tour(network, roads, dice, interval_s=1.0, noise=Noise(5.0)).fixes
    return [_one(fixes, place) for place in range(min(seconds, len(fixes)))]


def _one(fixes: Fixes, place: int) -> Fixes:
    return Fixes(
        at_us=fixes.at_us[place : place + 1],
        lon=fixes.lon[place : place + 1],
        lat=fixes.lat[place : place + 1],
        speed_kmh=(None,),
        heading_deg=(None,),
        accuracy_m=(None,),
        task=(None,),
    )


def _matrix(network: Network, seeds: int) -> Iterator[Measurement]:
    whole = Score()
    worst_back = 1.0
    for interval_s, noise in itertools.product(INTERVALS_S, NOISES):
        found, back = _setting(network, interval_s, noise, range(seeds))
        whole += found
        name = f"{'wander' if noise.wanders else 'gauss'}_{noise.metres:g}m_{interval_s:g}s"
        yield Measurement(f"match_share_{name}", found.matched_share, "", at_least=0.98)
        yield Measurement(f"match_wrong_{name}", found.wrong_share, "", at_most=0.01)
        yield Measurement(f"match_length_back_{name}", back, "", at_least=0.995, at_most=1.005)
        worst_back = min(worst_back, back)
    yield Measurement("match_share", whole.matched_share, "", at_least=0.98)
    yield Measurement("match_wrong", whole.wrong_share, "", at_most=0.01)
    yield Measurement("match_length_back_worst", worst_back, "")


def _setting(network: Network, interval_s: float, noise: Noise, seeds: Sequence[int]) -> tuple[Score, float]:
    """The sum of all seeds with snow sheds, and what of the network comes back on the average without."""
    roads = list(network.roads)
    drawn = sum(road.length_m for road in network.roads.values())
    whole, back = Score(), 0.0
    for seed in seeds:
        drive = tour(network, roads, np.random.default_rng(seed), interval_s=interval_s, noise=noise, sheds=SHEDS)
        whole += score(network, drive, match_fixes(network, PLAN, 1, drive.fixes).passages)
        drive = tour(network, roads, np.random.default_rng(1000 + seed), interval_s=interval_s, noise=noise)
        back += length_back(network, match_fixes(network, PLAN, 1, drive.fixes).passages) / drawn
    return whole, back / len(seeds)
