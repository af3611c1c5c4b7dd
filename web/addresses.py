"""Our own address as links in answers give it: never one that a caller made up (ADR 0013)."""

from __future__ import annotations

import re
from ipaddress import ip_address

from starlette.requests import Request

_HOST = re.compile(r"(?P<name>localhost|\d{1,3}(?:\.\d{1,3}){3}|\[[0-9a-f:]{2,39}\])(?::(?P<port>\d{1,5}))?", re.ASCII)
_USUAL_PORT = {"http": 80, "https": 443}


def own_address(request: Request, public_address: str) -> str:
    """What goes before a path in a link: ``https://host``, or nothing where no name can be trusted.

    ``public_address``, where the town has set it, always holds. Else the Host field counts only where it names the very
    address and port this connection arrived at, or the reader's own machine; any other name is the caller's word.
    """
    if public_address:
        return public_address.rstrip("/")
    host = request.headers.get("host", "").lower()
    found = _HOST.fullmatch(host)
    if found is None or not (_is_loopback(found["name"]) or _is_socket(request, found["name"], found["port"])):
        return ""
    return f"{request.scope['scheme']}://{host}"


def _is_loopback(name: str) -> bool:
    try:
        return name == "localhost" or ip_address(name.strip("[]")).is_loopback
    except ValueError:
        return False


def _is_socket(request: Request, name: str, port: str | None) -> bool:
    scheme = request.scope["scheme"]
    here = request.scope.get("server")
    try:
        asked = (ip_address(name.strip("[]")), int(port) if port else _USUAL_PORT.get(scheme))
        return here is not None and asked == (ip_address(here[0]), here[1])
    except ValueError:
        return False
