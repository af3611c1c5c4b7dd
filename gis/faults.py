"""How an import refuses: one way to name the layer, the file, the feature and the remedy."""

from __future__ import annotations

from config.model import LayerConfig
from core.errors import LayerError


class FeatureError(ValueError):
    """One feature cannot be read; the loader adds which one. ``hint`` says what to do."""

    def __init__(self, message: str, *, hint: str) -> None:
        super().__init__(message)
        self.hint = hint


def refusal(layer: LayerConfig, message: str, *, hint: str) -> LayerError:
    """The error that ``layer``'s file is refused, with the file in the message."""
    return LayerError(layer.id, f"{layer.file}: {message}", hint=hint)


def feature_refusal(layer: LayerConfig, number: int, message: str, *, hint: str) -> LayerError:
    """The error that one feature, counted from 1, is refused."""
    return refusal(layer, f"feature {number}: {message}", hint=hint)
