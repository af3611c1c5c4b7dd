"""LoRaWAN device models: one module each, with exactly one constant ``MODEL``; this package finds them itself."""

from __future__ import annotations

from collections.abc import Mapping

from core.errors import DecodeError
from ingest.devices._model import DeviceModel
from ingest.discovery import discover
from ingest.messages import Fix, Reading, Uplink

MODELS: Mapping[str, DeviceModel] = {model.name: model for model in discover(__name__, __path__, "MODEL", DeviceModel)}


def read_uplink(uplink: Uplink, model: str | None) -> list[Reading | Fix]:
    """Everything the device measured, from the raw bytes or else from the server's decode.

    Empty where the frame carries no measurement (proof of life). The site may not list every quantity a
    model measures. Raises DecodeError: ``unsupported`` for an unknown model, ``bad-frame`` for bytes the
    model does not send, ``bad-shape`` or ``bad-unit`` for a server's decode that cannot be read.
    """
    if model is None or model not in MODELS:
        known = ", ".join(MODELS)
        raise DecodeError("unsupported", f"no device model {model!r} reads frames of {uplink.device}; known: {known}")
    return MODELS[model].read(uplink)
