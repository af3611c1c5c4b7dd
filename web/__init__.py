"""HTTP: the pages, the open data interface, the live stream, health and metrics; error → status table."""

from web.application import create_app
from web.server import WebServer, require_free_port, serve
from web.settings import WebSettings

__all__ = ["WebServer", "WebSettings", "create_app", "require_free_port", "serve"]
