"""How well and how fast fixes of ploughs are matched to roads, on the real network of 西山地区 (288 lines, 107 km).

``match_stream``: sixty ploughs that send a fix each second, fed one by one in the order of arrival to one ``LiveMatcher``, on
one core; the factor is seconds of ploughing by seconds of work. ``match_delay``: how long after a metre was driven it is told, by the times of the fixes; what was
driven last before a silence is told when that is over, and is not counted.
``match_share`` and ``match_wrong``: drives over all roads, some out and back, some left halfway, some through snow sheds, with fixes each 1, 2, 5 and
10 s that are off by 5 and 10 m in the mean (independent or wandering); which part of the length driven is found on the right road in the right direction, and how much is
found where nobody drove. ``match_wrong_12m`` counts all that is more than 12 m from where the plough was, not 25 m. ``match_length_back``: what part of the drawn length of the
network some passage covers after one drive over all of it.
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
from config.plough_plan import PloughPlan
from core.ploughs import Fixes, Passage
from gis.ploughs.fixes import SILENCE_US
from gis.ploughs.matching import LiveMatcher, match_fixes
from gis.ploughs.network import Network, read_network

SITE = Path(__file__).parent.parent / "config" / "nishiyama"
PLOUGHS = 60
STREAMED_S = 900
INTERVALS_S = (1.0, 2.0, 5.0, 10.0)
NOISES = (Noise(5.0), Noise(10.0), Noise(5.0, wanders=True), Noise(10.0, wanders=True))
SEEDS = 3
SHEDS = 0.2
PARTLY = 0.15
STRICT_M = 12.0
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
    delays: list[tuple[float, float]] = []
    began = time.process_time()
    for second in range(seconds):
        for vehicle, fixes in enumerate(fleet):
            if second < len(fixes):
                found = matcher.feed(vehicle, fixes[second]).passages
                passages += len(found)
                fed += 1
                if second and fixes[second].at_us[0] - fixes[second - 1].at_us[0] <= SILENCE_US:
                    delays += [delay for each in found for delay in _delays(each, fixes[second].at_us[0] / 1e6)]
    took = time.process_time() - began
    yield Measurement("match_stream", fed / took, "fixes/s")
    yield Measurement("match_real_time_factor", fed / PLOUGHS / took, "x", at_least=20)
    yield Measurement("match_stream_passages", passages, "")
    yield Measurement("match_delay_median", _weighted(delays, 0.5), "s")
    yield Measurement("match_delay_p95", _weighted(delays, 0.95), "s", at_most=120)
    yield Measurement("match_delay_longest", _weighted(delays, 1.0), "s")


def _delays(passage: Passage, told_s: float) -> list[tuple[float, float]]:
    """For the begin, the middle and the end of a passage how long ago it was when told, and the metres that stand for it."""
    begin, end = passage.began_at.timestamp(), passage.ended_at.timestamp()
    third = (passage.to_m - passage.from_m) / 3
    return [(told_s - at, third) for at in (begin, (begin + end) / 2, end)]


def _weighted(delays: list[tuple[float, float]], share: float) -> float:
    """The delay that this share of the metres does not exceed."""
    ordered = sorted(delays)
    reached = np.cumsum([metres for _, metres in ordered])
    return ordered[min(len(ordered) - 1, int(np.searchsorted(reached, share * reached[-1])))][0]


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
    worst_back, strictest = 1.0, 0.0
    for interval_s, noise in itertools.product(INTERVALS_S, NOISES):
        found, strict, back = _setting(network, interval_s, noise, range(seeds))
        whole += found
        name = f"{'wander' if noise.wanders else 'gauss'}_{noise.metres:g}m_{interval_s:g}s"
        yield Measurement(f"match_share_{name}", found.matched_share, "", at_least=0.98)
        yield Measurement(f"match_wrong_{name}", found.wrong_share, "", at_most=0.01)
        yield Measurement(f"match_wrong_12m_{name}", strict.wrong_share, "")
        yield Measurement(f"match_length_back_{name}", back, "", at_least=0.995, at_most=1.005)
        worst_back, strictest = min(worst_back, back), max(strictest, strict.wrong_share)
    yield Measurement("match_share", whole.matched_share, "", at_least=0.98)
    yield Measurement("match_wrong", whole.wrong_share, "", at_most=0.01)
    yield Measurement("match_wrong_12m_worst", strictest, "")
    yield Measurement("match_length_back_worst", worst_back, "")


def _setting(network: Network, interval_s: float, noise: Noise, seeds: Sequence[int]) -> tuple[Score, Score, float]:
    """The sum of all seeds with snow sheds, also by the strict measure, and what of the network comes back on the average without."""
    roads = list(network.roads)
    drawn = sum(road.length_m for road in network.roads.values())
    whole, strict, back = Score(), Score(), 0.0
    for seed in seeds:
        dice = np.random.default_rng(seed)
        drive = tour(network, roads, dice, interval_s=interval_s, noise=noise, sheds=SHEDS, partly=PARTLY)
        found = match_fixes(network, PLAN, 1, drive.fixes).passages
        whole += score(network, drive, found)
        strict += score(network, drive, found, STRICT_M)
        drive = tour(network, roads, np.random.default_rng(1000 + seed), interval_s=interval_s, noise=noise)
        back += length_back(network, match_fixes(network, PLAN, 1, drive.fixes).passages) / drawn
    return whole, strict, back / len(seeds)
