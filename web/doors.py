"""Who asks: the address behind a request, whether it belongs to the house, and how often it may ask."""

from __future__ import annotations

import logging
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from ipaddress import IPv6Address, ip_address

from starlette.requests import Request

from web.problems import Problem
from web.settings import WebSettings

log = logging.getLogger(__name__)

FORWARDING = ("x-forwarded-for", "forwarded", "x-real-ip")

MOST_REMEMBERED = 10_000


class Doors:
    """Knows the addresses of the house. Forwarding headers count only where a proxy is configured."""

    def __init__(self, settings: WebSettings) -> None:
        self._inside = settings.inside
        # Where everybody is believed, the address in the field is the caller's own word.
        self._proxied = settings.proxies.strip() not in ("", "*")
        self._warned = False

    def address(self, request: Request) -> str:
        """The address that counts as one caller: IPv4 as it is, IPv6 by its /64 network."""
        host = request.client.host if request.client else ""
        try:
            parsed = ip_address(host)
        except ValueError:
            return host
        if isinstance(parsed, IPv6Address):
            return str(parsed.ipv4_mapped) if parsed.ipv4_mapped else parsed.exploded[:19]
        return host

    def is_inside(self, request: Request) -> bool:
        """Whether the caller may read what is not public.

        A request that says it was forwarded, by somebody nobody configured or without the one field that is
        read, comes from outside: such a proxy would otherwise lend its own inside address to the whole world.
        """
        forwarded = any(name in request.headers for name in FORWARDING)
        if forwarded and not (self._proxied and request.headers.get(FORWARDING[0], "").strip()):
            self._warn()
            return False
        try:
            host = ip_address(request.client.host if request.client else "")
        except ValueError:
            return False
        if isinstance(host, IPv6Address) and host.ipv4_mapped:
            host = host.ipv4_mapped
        return any(host in network for network in self._inside)

    def _warn(self) -> None:
        if not self._warned:
            self._warned = True
            log.warning("requests arrive through a proxy that is not configured, or does not say X-Forwarded-For")


class Limiter:
    """A token bucket per address: ``rate`` a second on average, ``burst`` at once."""

    def __init__(self, rate: float, burst: int, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._rate = rate
        self._burst = float(burst)
        self._monotonic = monotonic
        self._lock = threading.Lock()
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def wait_s(self, address: str) -> float:
        """Zero where the request may pass (it is counted), else the seconds until the next may."""
        with self._lock:
            now = self._monotonic()
            tokens, since = self._buckets.pop(address, (self._burst, now))
            tokens = min(self._burst, tokens + (now - since) * self._rate)
            passes = tokens >= 1.0
            self._buckets[address] = (tokens - 1.0 if passes else tokens, now)
            if len(self._buckets) > MOST_REMEMBERED:
                self._buckets.popitem(last=False)
            return 0.0 if passes else (1.0 - tokens) / self._rate


def refuse_haste(limiter: Limiter, address: str) -> None:
    """Refuses (429) an address that asks faster than its limiter lets it."""
    wait_s = limiter.wait_s(address)
    if wait_s > 0:
        raise Problem(429, "Too many requests from this address.", {"Retry-After": str(max(1, round(wait_s)))})
