"""Millions of small lists without Python's cycle collector walking through all of them, time and again."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def collector_at_rest() -> Iterator[None]:
    """The cycle collector rests in the block: parsed JSON holds no cycles, and is freed by counting all the same."""
    was_running = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_running:
            gc.enable()
