"""Lines cut where any hazard changes: every metre belongs to one section, which says what holds there."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby, pairwise

import numpy as np
import shapely
from numpy.typing import NDArray

from gis.exposure.ground import NOWHERE, Ground, Numbers, Shapes, Shares, Stretches
from gis.metres import in_metres

JOINT_M = 0.001
"""Cuts closer than this are one: the edges of neighbouring areas meet no better."""


@dataclass(frozen=True, slots=True)
class Section:
    """A stretch of one line under the same areas: which line, its length in metres, and the gravity by ground."""

    line: int
    length_m: float
    gravity: tuple[int, ...]
    shape: shapely.LineString


@dataclass(frozen=True, slots=True)
class _Bit:
    """A part of one straight piece; ``joined`` where it goes on from the bit before."""

    line: int
    part: int
    gravity: tuple[int, ...]
    start: NDArray[np.float64]
    end: NDArray[np.float64]
    length_m: float


def sections_of(lines: Shapes, grounds: Sequence[Ground], plane_epsg: int) -> list[Section]:
    """The sections of lines (degrees), in order along each; their lengths add up to those of the lines."""
    pieces = _Pieces(lines, plane_epsg)
    covered = [ground.along(pieces.shapes) for ground in grounds]
    cuts = [_by_piece(stretches, len(pieces.shapes)) for stretches in covered]
    bits = (bit for at in range(len(pieces.shapes)) for bit in pieces.bits(at, [cut[at] for cut in cuts]))
    return [_section(list(run)) for _, run in groupby(bits, key=lambda bit: (bit.line, bit.part, bit.gravity))]


class _Pieces:
    """The straight pieces of lines; those without length are left out."""

    def __init__(self, lines: Shapes, plane_epsg: int) -> None:
        parts, line_of_part = shapely.get_parts(lines, return_index=True)
        degrees, part = shapely.get_coordinates(parts, return_index=True)
        metres = shapely.get_coordinates(in_metres(parts, plane_epsg))
        follows = part[1:] == part[:-1]
        length = np.hypot(*(metres[1:] - metres[:-1]).T)
        used = follows & (length > 0.0)
        self.ends: Shares = np.stack([degrees[:-1], degrees[1:]], axis=1)[used]
        self.shapes: Shapes = np.asarray(shapely.linestrings(self.ends), dtype=object).reshape(-1)
        self.length_m = length[used]
        self.part: Numbers = part[:-1][used]
        self.line: Numbers = line_of_part[self.part]

    def bits(self, at: int, cover: Sequence[Stretches | None]) -> Iterator[_Bit]:
        """One straight piece cut where anything changes."""
        cuts = self._cuts(at, cover)
        first, last = self.ends[at]
        middles = (cuts[1:] + cuts[:-1]) / 2
        states = np.stack([_gravest(middles, stretches) for stretches in cover], axis=1) if cover else None
        for number, (start, end) in enumerate(pairwise(cuts)):
            state = () if states is None else tuple(states[number].tolist())
            here, there = first + (last - first) * start, first + (last - first) * end
            length = float((end - start) * self.length_m[at])
            yield _Bit(int(self.line[at]), int(self.part[at]), state, here, there, length)

    def _cuts(self, at: int, cover: Sequence[Stretches | None]) -> Shares:
        inner = [ends for stretches in cover if stretches is not None for ends in (stretches.start, stretches.end)]
        joint = min(JOINT_M / self.length_m[at], 0.5)
        cuts = np.unique(np.concatenate(inner)) if inner else np.empty(0)
        kept = [0.0]
        for cut in cuts[(cuts > joint) & (cuts < 1.0 - joint)].tolist():
            if cut - kept[-1] > joint:
                kept.append(cut)
        return np.array([*kept, 1.0])


def _by_piece(stretches: Stretches, count: int) -> list[Stretches | None]:
    """The stretches of each piece; None where it has none."""
    found: list[Stretches | None] = [None] * count
    order = np.argsort(stretches.piece, kind="stable")
    firsts = np.flatnonzero(np.diff(stretches.piece[order], prepend=-1))
    for group in np.split(order, firsts[1:]) if len(order) else []:
        found[int(stretches.piece[group[0]])] = Stretches(
            stretches.piece[group], stretches.start[group], stretches.end[group], stretches.gravity[group]
        )
    return found


def _gravest(places: Shares, stretches: Stretches | None) -> Numbers:
    """The gravest stretch over each place of a piece."""
    if stretches is None:
        return np.full(len(places), NOWHERE, dtype=np.int64)
    over = (stretches.start[:, None] <= places) & (places <= stretches.end[:, None])
    return np.asarray(np.where(over, stretches.gravity[:, None], NOWHERE).max(axis=0), dtype=np.int64)


def _section(bits: list[_Bit]) -> Section:
    way = [bits[0].start, *(bit.end for bit in bits)]
    return Section(bits[0].line, sum(bit.length_m for bit in bits), bits[0].gravity, shapely.LineString(way))
