"""Work on many geometries at once, on all cores: shapely lets other threads run while it reckons."""

from __future__ import annotations

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
from numpy.typing import NDArray

FEWEST = 5_000
"""Below so many in all one thread is as quick."""

Predicate = Callable[..., Any]


def abreast(predicate: Predicate, first: NDArray[np.object_], *others: NDArray[np.object_]) -> NDArray[np.bool_]:
    """``predicate(first, *others)`` for arrays of one length, reckoned in parts side by side.

    Rows whose ``first`` is the same object must stand together: they are kept in one part, because a prepared geometry
    may serve one thread only.
    """
    if len(first) < FEWEST:
        return np.asarray(predicate(first, *others), dtype=bool)
    parts = [slice(start, end) for start, end in _parts(first, os.cpu_count() or 1)]
    with ThreadPoolExecutor(len(parts)) as threads:
        found = threads.map(lambda part: predicate(first[part], *(other[part] for other in others)), parts)
        return np.concatenate([np.asarray(one, dtype=bool) for one in found])


def _parts(first: NDArray[np.object_], count: int) -> list[tuple[int, int]]:
    """Where to cut: into ``count`` parts of about one length, never between equal neighbours."""
    cuts = [0]
    for number in range(1, count):
        cut = max(cuts[-1], len(first) * number // count)
        while 0 < cut < len(first) and first[cut] is first[cut - 1]:
            cut += 1
        cuts.append(cut)
    return [(start, end) for start, end in zip(cuts, [*cuts[1:], len(first)], strict=True) if start < end]
