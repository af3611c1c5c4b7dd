"""Where a broker is, and who we are there."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import unquote, urlsplit

from core.errors import StartError


@dataclass(frozen=True, slots=True)
class BrokerAddress:
    """Where a broker is and who we are there, read from ``mqtt://user:password@host:port`` or ``mqtts://…``."""

    host: str
    port: int
    username: str | None
    password: str | None
    tls: bool
    ca_file: str | None = None

    @classmethod
    def parse(cls, url: str, ca_file: str | None = None) -> BrokerAddress:
        """The address a URL names; raises StartError where it is none."""
        try:
            parts = urlsplit(url)
            host, port = parts.hostname, parts.port
        except ValueError:
            parts, host, port = urlsplit(""), None, None
        if parts.scheme not in ("mqtt", "mqtts") or not host:
            shown = url.rpartition("@")[2]  # what stands before it is a password
            raise StartError(
                f"MQTT_URL {shown!r} is not a broker address", hint="write mqtt://host:1883 or mqtts://host:8883"
            )
        tls = parts.scheme == "mqtts"
        return cls(
            host=host,
            port=port or (8883 if tls else 1883),
            username=unquote(parts.username) if parts.username else None,
            password=unquote(parts.password) if parts.password else None,
            tls=tls,
            ca_file=ca_file,
        )

    def __str__(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"
