"""Which road each step of a drive is on: the cheapest way through the candidates of all steps (Viterbi).

A step costs the more the farther it is from the road and the more it moves across it; staying on a road costs what the metres along
it differ from the metres driven; changing roads costs little where they meet and much where they do not. Being on no road of the network is
a candidate too. Costs are in the unit of half squared standard deviations (negative log-likelihoods).

A step is decided as soon as all ways still open agree on it, at the latest 12 steps on. Steps go in one by one, so what is
decided, and after which step, depends on the steps alone.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

from gis.ploughs.lines import REACH_M, Candidate, candidates
from gis.ploughs.steps import Step

if TYPE_CHECKING:
    from gis.ploughs.network import Network

MOST_CANDIDATES = 5
LONGEST_LAG = 12

ACROSS_M = 10.0
"""Standard deviation across the road: of the receiver, and of the lane and the drawing of the line."""

ALONG_M = 20.0
"""Standard deviation of the metres between two steps."""

OFF = 0.5 * (REACH_M / ACROSS_M) ** 2 + 0.4
"""A step off the network costs a little more than one at the end of reach, so that roads go before."""

WORST_ACROSS = 6.0
"""One step far beside a road costs less than to leave it and come back, several cost more."""

WORST_ALONG = 6.0
HEADING = 2.0
"""What moving straight across a road costs."""

HEADING_NOISE_M = 12.0
"""Over so many metres between two steps half of their direction is noise."""

CHANGE = 2.0
CHANGE_AT_END = 4.0
CHANGE_APART = 9.0
"""Changing roads where they meet, at an end of either, and elsewhere."""

LEAVE = 1.0
LEAVE_APART = 4.0
"""Leaving or entering the network at an end of a road, and elsewhere."""

NEAR_END_M = 40.0
FASTEST_M_PER_S = 80 / 3.6


class Decided(NamedTuple):
    """A step with the place on a road it belongs to; None: off the network.

    ``left`` False: it is farther than 25 m from the road the drive is on, but there is no sign that the road was left.
    """

    step: Step
    place: Candidate | None
    left: bool


class _State(NamedTuple):
    cost: float
    place: Candidate | None
    parent: int


class Lattice:
    """Takes the steps of an unbroken drive in order and gives them on with their roads."""

    def __init__(self, network: Network) -> None:
        self._network = network
        self._layers: deque[tuple[Step, list[_State]]] = deque()

    def push(self, step: Step) -> Iterator[Decided]:
        """The steps that are decided by this one."""
        places = [*candidates(self._network.edges, step.x, step.y, MOST_CANDIDATES), None]
        if not self._layers:
            self._layers.append((step, [_State(_emission(step, place), place, -1) for place in places]))
            return
        before, states = self._layers[-1]
        passed = math.sqrt((step.x - before.x) ** 2 + (step.y - before.y) ** 2)
        way = _Way(self._network, before, step, passed)
        layer = []
        for place in places:
            reached = [state.cost + way.cost(state.place, place) for state in states]
            least = min(reached)
            layer.append(_State(least + _emission(step, place), place, reached.index(least)))
        self._layers.append((step, layer))
        yield from self._decide()

    def end(self) -> Iterator[Decided]:
        """All that is open, by the cheapest way; then everything begins anew."""
        if self._layers:
            path = self._cheapest()
            for (step, states), chosen in zip(self._layers, path, strict=True):
                yield _decided(step, states[chosen].place)
            self._layers.clear()

    def _decide(self) -> Iterator[Decided]:
        for chosen in self._cheapest()[: self._agreed()]:
            step, states = self._layers.popleft()
            yield _decided(step, states[chosen].place)
        if len(self._layers) > LONGEST_LAG:
            yield self._take(self._cheapest()[0])

    def _agreed(self) -> int:
        """How many layers from the oldest on all open ways agree on; the newest is never among them."""
        open_ways = set(range(len(self._layers[-1][1])))
        for position in range(len(self._layers) - 1, 0, -1):
            states = self._layers[position][1]
            open_ways = {states[number].parent for number in open_ways if states[number].cost < math.inf}
            if len(open_ways) == 1:
                return position
        return 0

    def _cheapest(self) -> list[int]:
        last = self._layers[-1][1]
        chosen = min(range(len(last)), key=lambda number: last[number].cost)
        path = [chosen]
        for position in range(len(self._layers) - 1, 0, -1):
            chosen = self._layers[position][1][chosen].parent
            path.append(chosen)
        return path[::-1]

    def _take(self, chosen: int) -> Decided:
        """The oldest layer as decided; ways that go through another of its states are closed."""
        step, states = self._layers.popleft()
        if self._layers:
            following, layer = self._layers[0]
            kept = [state if state.parent == chosen else state._replace(cost=math.inf) for state in layer]
            self._layers[0] = following, kept
            self._close_behind()
        return _decided(step, states[chosen].place)

    def _close_behind(self) -> None:
        for position in range(1, len(self._layers)):
            above = self._layers[position - 1][1]
            step, layer = self._layers[position]
            kept = [state if above[state.parent].cost < math.inf else state._replace(cost=math.inf) for state in layer]
            self._layers[position] = step, kept


class _Way:
    """What it costs to come from a place on one road to a place on the same, another or none between two steps."""

    def __init__(self, network: Network, before: Step, step: Step, passed: float) -> None:
        self._network = network
        self._passed = passed
        self._seconds = (step.at_us - before.at_us) / 1e6
        self._east, self._north = (
            ((step.x - before.x) / passed, (step.y - before.y) / passed) if passed > 0 else (0.0, 0.0)
        )
        self._certainty = passed * passed / (passed * passed + HEADING_NOISE_M * HEADING_NOISE_M)

    def cost(self, here: Candidate | None, there: Candidate | None) -> float:
        """None is no road."""
        if here is None or there is None:
            place = here or there
            return 0.0 if place is None else self._leaving(place)
        if here.line == there.line:
            return self._across(here) + self._across(there) + self._along(here, there)
        return self._change(here, there)

    def _across(self, place: Candidate) -> float:
        straight = abs(self._east * place.along_x + self._north * place.along_y)
        return 0.5 * HEADING * self._certainty * (1.0 - straight)

    def _along(self, here: Candidate, there: Candidate) -> float:
        moved = self._network.lines[here.line].between(here.along, there.along)
        if moved <= self._passed:
            return min(0.5 * ((self._passed - moved) / ALONG_M) ** 2, WORST_ALONG)
        excess = moved - self._passed
        if moved <= self._seconds * FASTEST_M_PER_S + ALONG_M:
            return min(0.02 * excess, WORST_ALONG)
        return min(0.5 * (excess / ALONG_M) ** 2, 4 * WORST_ALONG)

    def _change(self, here: Candidate, there: Candidate) -> float:
        reach = 1.5 * self._passed + 40.0
        before, behind = self._network.lines[here.line], self._network.lines[there.line]
        for along, other, apart in self._network.junctions.get((here.line, there.line), ()):
            if before.between(along, here.along) + apart + behind.between(other, there.along) <= reach:
                return CHANGE
        return CHANGE_AT_END if self._near_end(here) or self._near_end(there) else CHANGE_APART

    def _leaving(self, place: Candidate) -> float:
        return LEAVE if self._near_end(place) else LEAVE_APART

    def _near_end(self, place: Candidate) -> bool:
        reach = NEAR_END_M + self._passed
        return any(abs(end - place.along) <= reach for end in self._network.lines[place.line].ends)


def _decided(step: Step, place: Candidate | None) -> Decided:
    far = place is None or place.squared > REACH_M * REACH_M
    return Decided(step, None if far else place, place is None)


def _emission(step: Step, place: Candidate | None) -> float:
    if place is None:
        return OFF
    east, north = step.heading
    said = math.sqrt(east * east + north * north)
    across = HEADING * (said - abs(east * place.along_x + north * place.along_y)) if said else 0.0
    return min(0.5 * place.squared / (ACROSS_M * ACROSS_M), WORST_ACROSS) + across
