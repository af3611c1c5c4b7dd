"""Which address a message may be sent to: the name is resolved once, every address checked, only those used."""

from __future__ import annotations

import socket
from collections.abc import Callable
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

from core.errors import NotifyError

Address = IPv4Address | IPv6Address
_IN_IPV6 = tuple(map(ip_network, ("64:ff9b::/96", "::ffff:0:0:0/96", "::/96")))
"""IPv4 addresses in the last 32 bits: translated for IPv6-only networks (RFC 6052), by SIIT (RFC 2765), compatible (RFC 4291)."""

_SPECIAL = tuple(
    map(ip_network, ("192.0.0.0/24", "192.88.99.0/24", "64:ff9b:1::/48", "fec0::/10", "5f00::/16", "3fff::/20"))
)
"""Not everybody's, whatever the library's version says: protocol assignments (clouds answer there about themselves), 6to4 relays,
translation inside a network (RFC 8215), site-local (RFC 3879), segment routing (RFC 9602), documentation (RFC 9637).
"""

Resolver = Callable[[str, int], list[str]]
"""Gives the addresses of a host and port as text; raises OSError where it has none."""


def system_resolver(host: str, port: int) -> list[str]:
    """The addresses the operating system finds for a name."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return [str(entry[4][0]).partition("%")[0] for entry in found]


def checked_addresses(
    host: str, port: int, *, allow_private: bool, resolver: Resolver = system_resolver
) -> list[Address]:
    """The addresses to connect to, in the order to try them.

    Raises NotifyError: retryable where the name cannot be resolved now, final where any of its addresses is
    private, link-local, shared or otherwise not public and ``allow_private`` is False.
    """
    try:
        addresses = [ip_address(text) for text in resolver(host, port)]
    except (OSError, UnicodeError, ValueError) as error:
        raise NotifyError(f"the name {host} cannot be resolved: {error}", retryable=True) from error
    if not addresses:
        raise NotifyError(f"the name {host} has no address", retryable=True)
    inside = [address for address in addresses if not is_public(address)]
    if inside and not allow_private:
        raise NotifyError(
            f"{host} is at {inside[0]}, which is not a public address",
            retryable=False,
            hint="set allow_private = true if the receiver really is inside the town's network",
        )
    return addresses


def is_public(address: Address) -> bool:
    """Whether an address belongs to the public internet, also where it is an IPv4 address in IPv6 clothing."""
    if isinstance(address, IPv6Address):
        inner = address.ipv4_mapped or address.sixtofour or (address.teredo[1] if address.teredo else None)
        if inner is not None:
            return is_public(inner)
        if any(address in network for network in _IN_IPV6):
            return is_public(IPv4Address(int(address) & 0xFFFF_FFFF))
    special = address.is_multicast or any(address in network for network in _SPECIAL)
    return address.is_global and not special
