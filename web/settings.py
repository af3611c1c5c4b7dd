"""What can be set about serving; every value has a default that suits one small town on one machine."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from ipaddress import IPv4Network, IPv6Network, ip_network

Network = IPv4Network | IPv6Network

# Loopback (RFC 1122, RFC 4291), private (RFC 1918) and unique local addresses (RFC 4193).
INSIDE = tuple(
    ip_network(text) for text in ("127.0.0.0/8", "::1/128", "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7")
)


@dataclass(frozen=True, slots=True, kw_only=True)
class WebSettings:
    """Limits and rhythms of the web server.

    The store is asked every ``poll_every`` while somebody listens to the stream, else every
    ``poll_unheard_every``. ``proxies`` names the addresses (comma-separated, or ``*``) whose ``X-Forwarded-*`` headers are
    believed; empty believes nobody. ``public_address`` is what the town's own name for this server
    begins links with that other programs need in full (``https://yukimori.example.jp``); empty: only what cannot be made up
    (``web.addresses``). ``inside`` are the networks that may read metrics and the reasons
    behind ``/readyz``. ``openapi`` publishes the machine-readable description at ``/openapi.json``. Who
    brings ``staff_token`` is staff (empty: nobody); one call replays at most ``staff_replay_most`` messages.
    Of one address at most ``max_listeners_of_one`` listen: a whole town hall, or many telephones, may share it.
    ``crew_secret`` is what the keys of crew pages are made from (``web.crew_keys``); empty: there are none.
    ``channel_secrets`` are the secrets of channels by the name of their variable: how many people a channel reaches has to be
    asked with them. Nothing is ever sent from here.
    ``account_keys`` are the keys of accounts (``web.account_keys``), the newest first; empty: second factors cannot be read. None:
    a key of this process alone, for a server whose accounts need not outlive it.
    """

    poll_every: timedelta = timedelta(milliseconds=100)
    poll_unheard_every: timedelta = timedelta(milliseconds=500)
    vehicles_every: timedelta = timedelta(seconds=1)
    roads_every: timedelta = timedelta(seconds=5)
    retry_store_every: timedelta = timedelta(seconds=1)
    stale_after: timedelta = timedelta(seconds=5)
    heartbeat_every: timedelta = timedelta(seconds=10)
    send_timeout: timedelta = timedelta(seconds=30)
    kept_deltas: int = 256
    backlog_bytes: int = 512 * 1024
    max_listeners: int = 1000
    max_listeners_of_one: int = 200
    recent_alerts: timedelta = timedelta(hours=48)
    vehicle_window: timedelta = timedelta(minutes=30)
    series_range: timedelta = timedelta(days=400)
    series_points: int = 60_000
    series_at_once: int = 3
    requests_per_second: float = 50.0
    requests_burst: int = 200
    collector_silence: timedelta = timedelta(minutes=5)
    stop_within: timedelta = timedelta(seconds=5)
    proxies: str = ""
    public_address: str = ""
    inside: tuple[Network, ...] = INSIDE
    openapi: bool = False
    staff_token: str = field(default="", repr=False)
    staff_replay_most: int = 500
    crew_secret: str = field(default="", repr=False)
    channel_secrets: Mapping[str, str] = field(default_factory=dict, repr=False)
    account_keys: tuple[bytes, ...] | None = field(default=None, repr=False)
