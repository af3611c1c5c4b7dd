"""Hundreds of servers are made by these tests: what a handler takes is worked out once, not for each of them.

FastAPI reads the signature of each of 170 handlers and their doors, makes a validator for each argument and asks whether they
are coroutines, for every application anew. All this hangs on their source alone: what was found for one does for all.
"""

from __future__ import annotations
import __future__

import inspect
from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager
from types import FunctionType
from typing import Any

import fastapi.dependencies.models as fastapi_models
import fastapi.dependencies.utils as fastapi_utils
import pytest
from fastapi.security.base import SecurityBase
from pydantic.fields import FieldInfo

Call = Callable[..., Any]


@contextmanager
def arguments_known() -> Iterator[None]:
    """Within it, what FastAPI has found out about a handler is kept for all others of the same source."""
    first_of = _FirstOfSource()
    with pytest.MonkeyPatch.context() as patch:
        for name in ("_get_signature", "get_typed_signature"):
            patch.setattr(fastapi_utils, name, _once(getattr(fastapi_utils, name), first_of))
        patch.setattr(fastapi_utils, "analyze_param", _once_per_argument(fastapi_utils.analyze_param))
        for name in ("_is_gen_callable_cached", "_is_async_gen_callable_cached", "_is_coroutine_callable_cached"):
            patch.setattr(fastapi_models, name, _asked_of_first(getattr(fastapi_models, name), first_of))
        yield


class _FirstOfSource:
    """Gives the first of all calls of the same source; one itself where more than its source may decide."""

    def __init__(self) -> None:
        self._known: dict[Hashable, Call] = {}

    def __call__(self, call: Call) -> Call:
        source = _source_of(call)
        return call if source is None else self._known.setdefault(source, call)


def _source_of(call: Call) -> Hashable | None:
    if isinstance(call, SecurityBase):
        return type(call)
    own = getattr(call, "__func__", call)
    if not isinstance(own, FunctionType):
        own = type(call).__call__
    if not isinstance(own, FunctionType) or hasattr(own, "__wrapped__") or hasattr(call, "__wrapped__"):
        return None
    if not own.__code__.co_flags & __future__.annotations.compiler_flag:
        return None  # its annotations are reckoned where it is made
    defaults = (*(own.__defaults__ or ()), *(own.__kwdefaults__ or {}).values())
    return own.__code__, own is call, tuple(map(id, defaults))


def _once(read: Callable[[Call], inspect.Signature], first_of: _FirstOfSource) -> Callable[[Call], inspect.Signature]:
    known: dict[int, tuple[Call, inspect.Signature]] = {}

    def signature(call: Call) -> inspect.Signature:
        first = first_of(call)
        if first is call and _source_of(call) is None:
            return read(call)
        if id(first) not in known:
            known[id(first)] = first, read(first)
        return known[id(first)][1]

    return signature


def _asked_of_first(ask: Callable[[Any], bool], first_of: _FirstOfSource) -> Callable[[Any], bool]:
    return lambda identity: ask(type(identity)(first_of(identity.call)))


def _once_per_argument(analyse: Callable[..., Any]) -> Callable[..., Any]:
    known: dict[Hashable, tuple[Any, Any, Any]] = {}

    def analysed(*, param_name: str, annotation: Any, value: Any, path_param_names: set[str]) -> Any:
        facts = {"param_name": param_name, "annotation": annotation, "value": value}
        if isinstance(value, FieldInfo):
            return analyse(**facts, path_param_names=path_param_names)  # FastAPI writes into it
        key = param_name, id(annotation), id(value), param_name in path_param_names
        if key not in known:  # what is kept with the answer keeps its identity
            known[key] = annotation, value, analyse(**facts, path_param_names=path_param_names)
        return known[key][2]

    return analysed
