"""Fetches a document from the agency's host: the name is resolved once, only checked addresses are used, nothing is followed."""

from __future__ import annotations

import ssl
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any
from urllib.parse import SplitResult, urlsplit

import httpx

from alerts.addresses import Address, Resolver, checked_addresses, system_resolver
from alerts.cutoff import Cutoff
from core.errors import NotifyError

TIMEOUT_S = 20.0


@dataclass(frozen=True, slots=True)
class Fetched:
    """An answer: its status, body (empty but for 200) and the two fields that let the next question be a conditional one."""

    status: int
    body: bytes
    etag: str
    last_modified: str


def fetch(
    url: str,
    *,
    most_bytes: int,
    allow_private: bool = False,
    headers: Mapping[str, str] | None = None,
    resolver: Resolver = system_resolver,
    timeout_s: float = TIMEOUT_S,
) -> Fetched:
    """The answer of the host to a GET. Raises NotifyError where there is none, or where it is larger than allowed.

    Redirects are not followed, proxies of the environment are not used, an address inside a private network only where it may be.
    """
    parts = urlsplit(url)
    host, port = parts.hostname or "", parts.port or (443 if parts.scheme == "https" else 80)
    if parts.scheme != "https" and not allow_private:
        raise NotifyError(f"{url[:120]} is not https", retryable=False, hint="telegrams are fetched by https only")
    addresses = checked_addresses(host, port, allow_private=allow_private, resolver=resolver)
    with (
        Cutoff(timeout_s) as cutoff,
        httpx.Client(
            timeout=timeout_s, follow_redirects=False, trust_env=False, verify=ssl.create_default_context()
        ) as client,
    ):
        asked = {"User-Agent": "Yukimori", "Host": parts.netloc, **(headers or {})}
        try:
            for address in addresses[:-1]:
                with suppress(httpx.ConnectError):
                    return _ask(client, cutoff, parts, (address, port), asked, most_bytes)
            return _ask(client, cutoff, parts, (addresses[-1], port), asked, most_bytes)
        except (httpx.HTTPError, httpx.InvalidURL, OSError) as error:
            said = "no answer in time" if cutoff.passed else (str(error) or type(error).__name__)
            raise NotifyError(f"{host} could not be read: {said}", retryable=True) from error


def _ask(
    client: httpx.Client,
    cutoff: Cutoff,
    parts: SplitResult,
    place: tuple[Address, int],
    headers: Mapping[str, str],
    most_bytes: int,
) -> Fetched:
    address, port = place
    numeric = f"[{address}]" if address.version == 6 else str(address)
    url = parts._replace(netloc=f"{numeric}:{port}", fragment="").geturl()

    def trace(event: str, info: dict[str, Any]) -> None:
        if event in ("connection.connect_tcp.complete", "connection.start_tls.complete"):
            cutoff.watch(info["return_value"].get_extra_info("socket"))

    extensions = {"sni_hostname": parts.hostname or "", "trace": trace}
    with client.stream("GET", url, headers=dict(headers), extensions=extensions) as response:
        body = _body(response, parts.hostname or "", most_bytes) if response.status_code == 200 else b""
        return Fetched(
            response.status_code,
            body,
            response.headers.get("ETag", ""),
            response.headers.get("Last-Modified", ""),
        )


def _body(response: httpx.Response, host: str, most_bytes: int) -> bytes:
    found = bytearray()
    for piece in response.iter_bytes():
        found += piece
        if len(found) > most_bytes:
            raise NotifyError(f"{host} sent more than {most_bytes} bytes", retryable=False)
    return bytes(found)
