"""Finds the plug-ins of one of our own packages: every module holds exactly one constant of a given type."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterable, Iterator
from types import ModuleType
from typing import TypeVar

T = TypeVar("T")


def discover(package: str, path: Iterable[str], constant: str, kind: type[T]) -> Iterator[T]:
    """The constants named ``constant`` of the package's modules, in order of module name.

    A module whose name begins with an underscore is shared by its neighbours and holds none. Raises
    ImportError naming the file where the constant is missing, is of another type, is there twice under
    two names, or has a ``name`` that is not the module's (``-`` written as ``_``).
    """
    for found in sorted(pkgutil.iter_modules(list(path)), key=lambda module: module.name):
        if not found.name.startswith("_"):
            yield _only_constant(importlib.import_module(f"{package}.{found.name}"), constant, kind)


def _only_constant(module: ModuleType, constant: str, kind: type[T]) -> T:
    value = getattr(module, constant, None)
    others = [name for name, found in vars(module).items() if isinstance(found, kind) and name != constant]
    if not isinstance(value, kind) or others:
        raise ImportError(f"{module.__file__}: wants exactly one {kind.__name__}, named {constant}; found {others}")
    name = getattr(value, "name", "")
    if name.replace("-", "_") != module.__name__.rpartition(".")[2]:
        raise ImportError(f"{module.__file__}: {constant} is named {name!r}, unlike its file")
    return value
