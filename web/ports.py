"""The port to listen on, and in words why it cannot be had; nothing here needs a web server."""

from __future__ import annotations

import errno
import socket

from core.errors import StartError


def require_free_port(host: str, port: int) -> None:
    """Returns where the port can be had at this moment, else raises StartError; keeps nothing."""
    bound_socket(host, port).close()


def bound_socket(host: str, port: int) -> socket.socket:
    """A socket that listens there; raises StartError where the port cannot be had."""
    doing = f"listening on {host} port {port}"
    if not 0 <= port <= 65_535:
        raise StartError(f"{doing}: no such port", hint="ports go from 1 to 65535; 0 takes a free one")
    try:
        family, kind, protocol, _, place = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        bound = socket.socket(family, kind, protocol)
    except (OSError, OverflowError, UnicodeError) as error:
        raise StartError(f"{doing}: no such address", hint="give an address of this machine, or 127.0.0.1") from error
    try:
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        bound.bind(place)
        bound.listen(2048)
    except (OSError, OverflowError) as error:
        bound.close()
        raise StartError(f"{doing}: {_reason(error)}", hint=_hint(error)) from error
    return bound


def _reason(error: Exception) -> str:
    if isinstance(error, OSError) and error.errno == errno.EADDRINUSE:
        return "the port is taken by another program"
    return getattr(error, "strerror", None) or str(error)


def _hint(error: Exception) -> str:
    if isinstance(error, OSError) and error.errno == errno.EACCES:
        return "ports below 1024 belong to the system: choose a higher one with --port"
    return "choose another port with --port, or stop the program that has it"
