"""The history of a backtest from the store: read a few datastreams at a time, and never written to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta

from alerts.backtest import Feed, Span
from store import Store
from store.rows import Registry, Sample

_INSTANT = timedelta(microseconds=1)


def stored(store: Store, registry: Registry, span: Span, *, as_measured: bool = False) -> Feed:
    """Gives the stored samples of datastreams within the span, and of the time it listens before.

    ``as_measured`` takes each as received when it was measured: for history that was brought in afterwards.
    """

    def feed(keys: Sequence[str]) -> Mapping[str, Sequence[Sample]]:
        numbers = {registry.datastreams[key]: key for key in keys if key in registry.datastreams}
        found = store.samples(list(numbers), span.listens_from, span.end - _INSTANT)
        samples = {key: found.get(number, []) for number, key in numbers.items()}
        if as_measured:
            samples = {key: [replace(each, received_at=each.at) for each in rows] for key, rows in samples.items()}
        return {key: samples.get(key, []) for key in keys}

    return feed
