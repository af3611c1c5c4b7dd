"""A reckoned sample: what a signal found at an instant, and what it may be used for."""

from __future__ import annotations

from dataclasses import dataclass

from store.rows import Sample


@dataclass(frozen=True, slots=True)
class Finding(Sample):
    """A sample nobody measured: reckoned from those that were.

    ``calm`` False: it may speak for danger, but is no evidence that danger is over. ``doubted``: what it says is told as
    unconfirmed. ``ends``: the question is settled (a height that was forecast has been reached): an episode is closed,
    not resolved.
    """

    calm: bool = True
    doubted: bool = False
    ends: bool = False
