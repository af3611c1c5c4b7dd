"""HTTP: the pages, the open data interface, the live stream, health and metrics; error → status table.

What needs FastAPI is loaded when it is asked for: ``run`` and ``publish`` use other parts and start without it.
"""

from importlib import import_module
from typing import TYPE_CHECKING

from web.ports import require_free_port
from web.settings import WebSettings

if TYPE_CHECKING:
    from web.application import create_app
    from web.server import WebServer, serve

__all__ = ["WebServer", "WebSettings", "create_app", "require_free_port", "serve"]

_WITH_FASTAPI = {"create_app": "web.application", "WebServer": "web.server", "serve": "web.server"}


def __getattr__(name: str) -> object:
    if name in _WITH_FASTAPI:
        return getattr(import_module(_WITH_FASTAPI[name]), name)
    raise AttributeError(f"module {__name__} has no {name}")
