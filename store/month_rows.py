"""The rows of one datastream or vehicle in one month, as a table: made from the database, merged with a file, summed up."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from core.model import Quality
from core.quantities import QUANTITIES
from core.times import JST
from store.months import OBSERVATIONS, Key, Kind

_READ = {
    "observations": ("at", "value", "raw_value", "quality", "reasons", "tests", "received_at"),
    "positions": (
        *("at", "lon", "lat", "speed_kmh", "heading_deg", "accuracy_m"),
        *("task", "quality", "reasons", "received_at"),
    ),
}
"""The columns as the queries ``columns_…`` give them."""
_MEASURED = {"observations": ("value",), "positions": ("lon", "lat")}
"""What makes two rows of the same key contradict each other."""
STEPS = (timedelta(minutes=10), timedelta(hours=1), timedelta(days=1))
_ORIGIN = round(datetime(2000, 1, 1, tzinfo=JST).timestamp() * 1_000_000)
PORTION = 20_000
_USABLE = (Quality.GOOD, Quality.NOT_EVALUATED, Quality.SUSPECT)
_COUNTS = {
    "good": Quality.GOOD,
    "unevaluated": Quality.NOT_EVALUATED,
    "suspect": Quality.SUSPECT,
    "failed": Quality.FAIL,
    "missing": Quality.MISSING,
}


@dataclass(frozen=True, slots=True)
class Merged:
    """A file's rows and the database's as one: in order of time, each time once.

    ``added`` rows are not in the file, ``conflicts`` are rows of the database whose place the file has another value
    for. ``changed`` says whether the file has to be written anew.
    """

    table: pa.Table
    added: int
    conflicts: pa.Table
    changed: bool


def table_of(kind: Kind, site: str, key: Key, columns: Sequence[list[Any] | None]) -> pa.Table:
    """The rows the database gave as one list a column; times are microseconds since 1970."""
    given = {name: column or [] for name, column in zip(_READ[kind.name], columns, strict=True)}
    count = len(given["at"])
    constant = {"site": site, **dict(zip(kind.key, key, strict=True))}
    if kind is OBSERVATIONS:
        constant["unit"] = unit_of(constant["quantity"])
    arrays = [
        pa.repeat(pa.scalar(constant[field.name], field.type), count)
        if field.name in constant
        else _array(given[field.name], field.type)
        for field in kind.schema
    ]
    return pa.Table.from_arrays(arrays, schema=kind.schema)


def unit_of(quantity: str) -> str:
    """The unit of a quantity, empty for one this program does not know any more."""
    known = QUANTITIES.get(quantity)
    return "" if known is None else known.unit


def merge(kind: Kind, stored: pa.Table, here: pa.Table, *, here_wins: bool) -> Merged:
    """Both as one. Of one time the file's row stays, or with ``here_wins`` the database's, which is the later judgement."""
    stored_at, here_at = micros(stored), micros(here)
    known = np.isin(here_at, stored_at)
    places = np.searchsorted(stored_at, here_at[known])
    twins, added = here.filter(pa.array(known)), here.filter(pa.array(~known))
    old = stored.take(pa.array(places))
    if here_wins:
        rest = stored.filter(pa.array(~np.isin(stored_at, here_at)))
        table, conflicts, changed = pa.concat_tables([rest, here]), here.slice(0, 0), not _same(twins, old)
    else:
        table, conflicts, changed = pa.concat_tables([stored, added]), twins.filter(_differ(kind, twins, old)), False
    order = np.argsort(micros(table), kind="stable")
    return Merged(table.take(pa.array(order)), added.num_rows, conflicts, changed or added.num_rows > 0)


def portions(kind: Kind, table: pa.Table) -> Iterator[dict[str, list[Any]]]:
    """The rows in parts for one statement each: one list a column, times as microseconds since 1970."""
    for start in range(0, table.num_rows, PORTION):
        part = table.slice(start, PORTION)
        yield {
            name: micros(part, name).tolist() if pa.types.is_timestamp(part[name].type) else part[name].to_pylist()
            for name in _READ[kind.name]
        }


def summarised(table: pa.Table, step: timedelta) -> dict[str, list[Any]]:
    """The summaries of observations in order of time, one list a column; times are microseconds since 1970.

    The same as the summaries of the database: what is usable is good, not evaluated or suspect.
    """
    at, quality = micros(table), table["quality"].to_numpy()
    length = step // timedelta(microseconds=1)
    usable = pa.array(np.isin(quality, [int(flag) for flag in _USABLE]))
    rows = pa.table(
        {
            "bucket": (at - _ORIGIN) // length * length + _ORIGIN,
            "value": pc.if_else(usable, table["value"], pa.scalar(None, pa.float64())),
            "at": pc.if_else(usable, pa.array(at), pa.scalar(None, pa.int64())),
            **{name: (quality == int(flag)).astype(np.int64) for name, flag in _COUNTS.items()},
        }
    )
    wanted = [("value", "min"), ("value", "max"), ("value", "sum"), ("value", "last"), ("at", "max")]
    found = rows.group_by("bucket", use_threads=False).aggregate([*wanted, *((name, "sum") for name in _COUNTS)])
    renamed = {"low": "value_min", "high": "value_max", "total": "value_sum", "last_value": "value_last"}
    renamed |= {"last_at": "at_max", "bucket": "bucket", **{name: f"{name}_sum" for name in _COUNTS}}
    return {name: found[column].to_pylist() for name, column in renamed.items()}


def micros(table: pa.Table, name: str = "at") -> NDArray[np.int64]:
    """A column of times as microseconds since 1970."""
    found: NDArray[np.int64] = table[name].cast(pa.int64()).to_numpy()
    return found


def _array(values: list[Any], wanted: pa.DataType) -> pa.Array:
    if pa.types.is_timestamp(wanted):
        return pa.array(values, pa.int64()).cast(wanted)
    return pa.array(values, wanted)


def _same(one: pa.Table, other: pa.Table) -> bool:
    """Whether two tables of one schema say the same, a NaN being a NaN."""
    return all(
        _equal(one[name], other[name]).all()
        if pa.types.is_floating(one[name].type)
        else one[name].combine_chunks().equals(other[name].combine_chunks())
        for name in one.schema.names
    )


def _differ(kind: Kind, one: pa.Table, other: pa.Table) -> pa.Array:
    same = np.ones(one.num_rows, dtype=bool)
    for name in _MEASURED[kind.name]:
        same &= _equal(one[name], other[name])
    return pa.array(~same)


def _equal(one: pa.ChunkedArray, other: pa.ChunkedArray) -> NDArray[np.bool_]:
    """Row by row whether two columns of numbers are the same, null being null and NaN being NaN."""
    first, second = one.to_numpy(), other.to_numpy()  # null becomes NaN
    nulls = pc.is_null(one).to_numpy() == pc.is_null(other).to_numpy()
    found: NDArray[np.bool_] = nulls & ((first == second) | (np.isnan(first) & np.isnan(second)))
    return found
