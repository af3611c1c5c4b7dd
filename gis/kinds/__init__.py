"""The layer kinds, found by looking into this folder: to add one, add one module with one ``KIND``."""

from __future__ import annotations

import importlib
import pkgutil
from functools import cache

from config.model import LayerConfig
from core.errors import LayerError
from gis.kinds.kind import Kind
from gis.legends import LegendEntry

_NOT_KINDS = frozenset({"kind", "fields"})


@cache
def all_kinds() -> dict[str, Kind]:
    """Every kind by its name, which is its module's name; raises TypeError for a module without a KIND."""
    found: dict[str, Kind] = {}
    for module in pkgutil.iter_modules(__path__):
        if module.name in _NOT_KINDS:
            continue
        kind = getattr(importlib.import_module(f"{__name__}.{module.name}"), "KIND", None)
        if not isinstance(kind, Kind) or kind.name != module.name:
            raise TypeError(f"gis/kinds/{module.name}.py must define KIND with name {module.name!r}")
        found[kind.name] = kind
    return found


def kind_of(layer: LayerConfig) -> Kind:
    """The kind a layer names, as this layer has it.

    Raises LayerError for an unknown one, and for a ``[style]`` where the kind brings its own.
    """
    try:
        kind = all_kinds()[layer.kind]
    except KeyError as error:
        known = ", ".join(sorted(all_kinds()))
        raise LayerError(layer.id, f"unknown kind {layer.kind!r}", hint=f"kinds are: {known}") from error
    if layer.style is not None and not kind.styled:
        styled = ", ".join(name for name, found in sorted(all_kinds().items()) if found.styled)
        raise LayerError(
            layer.id, f"the kind {kind.name} has a style of its own", hint=f"take [style] out; it is for {styled}"
        )
    return kind.for_layer(layer) if kind.for_layer else kind


def legend(layer: LayerConfig) -> tuple[LegendEntry, ...]:
    """Every class the layer can show, gravest last; raises LayerError for an unknown kind."""
    return kind_of(layer).legend
