"""One HTTP request to a receiver outside, without the ways such a request can be led astray.

The name is resolved once and every address checked; only those are connected to. Redirects are not followed, proxies of the
environment not used, at most a little of the answer is read, and the whole exchange ends in time.
"""

from __future__ import annotations

import ssl
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import SplitResult, urlsplit

import httpx

from alerts.addresses import Address, Resolver, checked_addresses, system_resolver
from alerts.cutoff import Cutoff
from core.errors import NotifyError

MOST_READ_BYTES = 65_536
RETRYABLE = frozenset({408, 425, 429})


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back: the status, the headers (names in small letters), the beginning of the body."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def taken(self) -> bool:
        """Whether the receiver took it."""
        return 200 <= self.status < 300

    @property
    def retryable(self) -> bool:
        """Whether time may heal what the status says."""
        return self.status in RETRYABLE or self.status >= 500

    @property
    def retry_after_s(self) -> float | None:
        """Seconds the receiver asks to wait (RFC 9110 §10.2.3: a number, or a date against its own clock)."""
        text = self.headers.get("retry-after", "")
        if text.isascii() and text.isdigit():
            return float(text[:9])
        try:
            until, now = parsedate_to_datetime(text), parsedate_to_datetime(self.headers.get("date", ""))
            return max(0.0, (until - now).total_seconds())
        except (ValueError, TypeError, OverflowError):
            return None


def checked_url(url: str, *, allow_private: bool) -> SplitResult:
    """The parts of an address that may be asked; raises ValueError with what is wrong with it."""
    parts = urlsplit(url)
    if parts.scheme not in ("https", "http") or not parts.hostname:
        raise ValueError("url has to begin with https:// and name a host")
    if parts.username is not None or parts.password is not None:
        raise ValueError("url must not hold a password; use bearer_env or url_env")
    if parts.scheme == "http" and not allow_private:
        raise ValueError("plain http sends the message readable by anyone; use https, or allow_private = true inside")
    try:
        _ = parts.port
    except ValueError as error:
        raise ValueError("url has a port that is no port number") from error
    return parts


def ask(
    method: str,
    url: str,
    *,
    headers: Mapping[str, str],
    timeout_s: float,
    allow_private: bool,
    json: Any = None,
    content: bytes | None = None,
    resolver: Resolver = system_resolver,
) -> Answer:
    """The answer of the first address of the host that takes the connection; no other address is ever used.

    Raises NotifyError: final where the address may not be asked, retryable where nobody answered in time.
    """
    try:
        parts = checked_url(url, allow_private=allow_private)
    except ValueError as error:
        raise NotifyError(f"the address is not usable: {error}", retryable=False) from error
    host, port = parts.hostname or "", parts.port or (443 if parts.scheme == "https" else 80)
    *others, last = checked_addresses(host, port, allow_private=allow_private, resolver=resolver)
    sent = {"User-Agent": "Yukimori", **headers, "Host": parts.netloc}
    _refuse_unsendable(sent)
    # The system's trust store, so that a town's own authority counts; httpx would bring a list of its own.
    # Reading it takes longer than sending; where nothing is encrypted a context that trusts nobody does.
    trust = ssl.create_default_context() if parts.scheme == "https" else ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    with (
        Cutoff(timeout_s) as cutoff,
        httpx.Client(timeout=timeout_s, follow_redirects=False, trust_env=False, verify=trust) as client,
    ):

        def try_at(address: Address) -> Answer:
            numeric = f"[{address}]" if address.version == 6 else str(address)
            target = parts._replace(netloc=f"{numeric}:{port}", fragment="").geturl()
            with client.stream(
                method,
                target,
                json=json,
                content=content,
                headers=sent,
                extensions={"sni_hostname": host, "trace": _watcher(cutoff)},
            ) as response:
                return Answer(response.status_code, dict(response.headers), _beginning(response))

        try:
            for address in others:
                with suppress(httpx.ConnectError):
                    return try_at(address)
            return try_at(last)
        except (httpx.HTTPError, httpx.InvalidURL, OSError) as error:
            said = "no answer in time" if cutoff.passed else (str(error) or type(error).__name__)
            raise NotifyError(f"{host} could not be reached: {said}", retryable=True) from error


def _refuse_unsendable(headers: Mapping[str, str]) -> None:
    """Refuses what no header can carry, naming the header alone: the library's own words would show a secret."""
    for name, value in headers.items():
        if not (value.isascii() and value.isprintable()):
            raise NotifyError(
                f"the header {name} holds a sign no header can carry",
                retryable=False,
                hint="look for line breaks and letters other than ASCII in the secret or the address",
            )


def _beginning(response: httpx.Response) -> bytes:
    """The first bytes of the body; one that cannot be read is no reason to send again what was answered."""
    body = b""
    with suppress(httpx.HTTPError):
        for part in response.iter_bytes(4096):
            body += part
            if len(body) >= MOST_READ_BYTES:
                break
    return body[:MOST_READ_BYTES]


def _watcher(cutoff: Cutoff) -> Any:
    def trace(event: str, info: dict[str, Any]) -> None:
        if event in ("connection.connect_tcp.complete", "connection.start_tls.complete"):
            cutoff.watch(info["return_value"].get_extra_info("socket"))

    return trace
