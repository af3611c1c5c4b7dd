"""Which device model sent some LoRaWAN frames: every model tries to read them all."""

from __future__ import annotations

from collections.abc import Sequence

from core.errors import DecodeError
from core.quantities import QUANTITIES
from core.units import convert
from ingest.devices import MODELS, read_uplink
from ingest.messages import Fix, Reading, Uplink


def guess_models(uplinks: Sequence[Uplink]) -> list[str]:
    """The models that read every frame and find something in them, likeliest first: who finds most possible values."""
    scores = {name: _score(uplinks, name) for name in MODELS}
    found = [name for name, score in scores.items() if score is not None and score > 0]
    return sorted(found, key=lambda name: (-(scores[name] or 0), name))


def read_frames(uplinks: Sequence[Uplink], model: str) -> list[Reading | Fix]:
    """What the model finds in the frames it can read."""
    found: list[Reading | Fix] = []
    for uplink in uplinks:
        try:
            found += read_uplink(uplink, model)
        except DecodeError:
            continue
    return found


def _score(uplinks: Sequence[Uplink], model: str) -> int | None:
    """Possible values less impossible ones; None where a frame is none of this model."""
    score = 0
    for uplink in uplinks:
        try:
            found = read_uplink(uplink, model)
        except DecodeError:
            return None
        score += sum(1 if _is_possible(one) else -1 for one in found)
    return score


def _is_possible(one: Reading | Fix) -> bool:
    if isinstance(one, Fix):
        return not one.lon == one.lat == 0
    quantity = QUANTITIES.get(one.quantity)
    if quantity is None or one.value is None:
        return quantity is not None
    try:
        return quantity.low <= convert(one.value, one.unit, quantity.unit) <= quantity.high
    except ValueError:
        return False
