"""The settings of a process: read once, from the command line and the environment, nowhere else."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from core.errors import StartError

ROOT = Path(__file__).resolve().parent.parent
DEFAULT_SITE = ROOT / "config" / "example"
DEFAULT_DATA = ROOT / "var"
SHORTEST_TOKEN = 32
_KEY = re.compile(r"[0-9a-fA-F]{64}", re.ASCII)

ENVIRONMENT: dict[str, str] = {
    "DATABASE_URL": "address of an outside PostgreSQL or TimescaleDB; without it the embedded one starts",
    "MQTT_URL": "address of an outside broker, mqtt:// or mqtts://; without it the embedded one starts",
    "MQTT_CA_FILE": "certificate of the authority that signed the broker's certificate",
    "YUKIMORI_SITE": "site folder, where --site is not given",
    "YUKIMORI_DATA": "data folder, where --data is not given",
    "YUKIMORI_PROXIES": "addresses or networks (comma-separated) of reverse proxies whose X-Forwarded-* headers are "
    "believed; without it nobody's are",
    "YUKIMORI_PUBLIC_ADDRESS": "how the pages are reached from outside, https://name; it begins the links of `/ogc` that other "
    "programs need in full",
    "YUKIMORI_SPOOL_MB": "how many megabytes of messages the collector may keep on disk while the database is away; "
    "without it 1024",
    "YUKIMORI_SPOOL_FREE_MB": "how many megabytes of that disk it leaves free; without it 512",
    "YUKIMORI_STAFF_TOKEN": "secret of at least 32 characters that opens the staff part of the interface; without it "
    "there is none",
    "YUKIMORI_ACCOUNT_KEY": "key that second factors are sealed with in the database, 64 hexadecimal digits; without it "
    "`secrets/account-key` in the data folder, made at the first start",
    "YUKIMORI_CREW_SECRET": "secret of at least 32 characters that the keys of crew pages are made from; without it there "
    "are none",
}
"""Every environment variable Yukimori itself reads; channels name their own secrets in ``site.toml``."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Where the site folder, the data folder, the database and the broker are.

    ``database_url`` and ``mqtt_url`` None: the embedded ones. ``proxies`` and ``public_address`` as in
    ``web.WebSettings``.
    ``environment`` is what channels look their secrets up in. ``staff_token``, ``crew_secret`` and ``account_key`` are empty where
    there is none.
    """

    site: Path
    data: Path
    database_url: str | None = field(repr=False)
    mqtt_url: str | None = field(repr=False)
    mqtt_ca_file: str | None
    proxies: str
    environment: Mapping[str, str] = field(repr=False)
    staff_token: str = field(default="", repr=False)
    spool_mb: int = 1024
    spool_free_mb: int = 512
    public_address: str = ""
    crew_secret: str = field(default="", repr=False)
    account_key: str = field(default="", repr=False)

    @property
    def public(self) -> Path:
        """The folder the publisher writes and the web serves."""
        return self.data / "public"

    @property
    def staff(self) -> Path:
        """The folder of what only staff may see; never inside the public one."""
        return self.data / "staff"

    def required_database(self) -> str:
        """The database address, for a process that cannot start one of its own; raises StartError."""
        if self.database_url is None:
            raise StartError(
                "DATABASE_URL is not set, so there is no database to work with",
                hint="set it (postgresql://user@host/name), or use `yukimori run`, which starts its own",
            )
        return self.database_url

    def required_broker(self) -> str:
        """The broker address, for a process that cannot start one of its own; raises StartError."""
        if self.mqtt_url is None:
            raise StartError(
                "MQTT_URL is not set, so there is no broker to listen to",
                hint="set it (mqtt://host:1883), or use `yukimori run`, which starts its own",
            )
        return self.mqtt_url

    def checked_staff_token(self) -> str:
        """The token of staff, empty where there is none; raises StartError for one that could be guessed or sent wrong."""
        return _unguessable("YUKIMORI_STAFF_TOKEN", self.staff_token)

    def checked_account_keys(self) -> tuple[bytes, ...]:
        """The keys of accounts that are set, the newest first, none where none is; raises StartError for what is no key."""
        return keys_in(self.account_key.replace(",", " "), "YUKIMORI_ACCOUNT_KEY") if self.account_key else ()

    def checked_crew_secret(self) -> str:
        """The secret of the crew pages, empty where there is none; raises StartError for one that could be guessed."""
        return _unguessable("YUKIMORI_CREW_SECRET", self.crew_secret)


def read_settings(
    site: Path | None = None, data: Path | None = None, environment: Mapping[str, str] | None = None
) -> Settings:
    """The settings of this process; options win over the environment, the environment over defaults."""
    env = os.environ if environment is None else environment
    site = site or _path(env.get("YUKIMORI_SITE")) or DEFAULT_SITE
    return Settings(
        site=site,
        data=data or _path(env.get("YUKIMORI_DATA")) or DEFAULT_DATA / site.resolve().name,
        database_url=env.get("DATABASE_URL") or None,
        mqtt_url=env.get("MQTT_URL") or None,
        mqtt_ca_file=env.get("MQTT_CA_FILE") or None,
        proxies=env.get("YUKIMORI_PROXIES", ""),
        environment=env,
        staff_token=env.get("YUKIMORI_STAFF_TOKEN", ""),
        spool_mb=_megabytes(env, "YUKIMORI_SPOOL_MB", 1024),
        spool_free_mb=_megabytes(env, "YUKIMORI_SPOOL_FREE_MB", 512),
        public_address=_web_address(env, "YUKIMORI_PUBLIC_ADDRESS"),
        crew_secret=env.get("YUKIMORI_CREW_SECRET", ""),
        account_key=env.get("YUKIMORI_ACCOUNT_KEY", "").strip(),
    )


def keys_in(text: str, where: str) -> tuple[bytes, ...]:
    """The keys a text holds, one or more of 64 hexadecimal digits; raises StartError for anything else."""
    words = text.split()
    if not words or not all(_KEY.fullmatch(word) for word in words):
        raise StartError(
            f"{where} holds no key of accounts: 64 hexadecimal digits, or several such words, the newest first",
            hint="make one with: openssl rand -hex 32",
        )
    return tuple(bytes.fromhex(word) for word in words)


def _unguessable(name: str, secret: str) -> str:
    if secret and (len(secret) < SHORTEST_TOKEN or not secret.isascii() or not secret.isprintable() or " " in secret):
        raise StartError(
            f"{name} is not {SHORTEST_TOKEN} or more letters, digits and signs without blanks",
            hint="make one with: openssl rand -hex 32",
        )
    return secret


def _megabytes(environment: Mapping[str, str], name: str, otherwise: int) -> int:
    """The whole number a variable holds; raises StartError for anything else."""
    text = environment.get(name, "").strip()
    if not text:
        return otherwise
    if not (text.isascii() and text.isdigit() and len(text) <= 9):
        raise StartError(f"{name} is {text!r}, which is no number of megabytes", hint=f"write {name}={otherwise}")
    return int(text)


def _web_address(environment: Mapping[str, str], name: str) -> str:
    """The address a variable holds, empty where it is not set; raises StartError for what cannot begin a link."""
    text = environment.get(name, "").strip()
    if text and not re.fullmatch(r"https?://[A-Za-z0-9.:\[\]-]+(?:/[A-Za-z0-9._~-]+)*/?", text, re.ASCII):
        raise StartError(
            f"{name} is {text!r}, which is no web address", hint=f"write {name}=https://yukimori.example.jp"
        )
    return text


def _path(text: str | None) -> Path | None:
    return Path(text) if text else None


def writable_folder(folder: Path) -> Path:
    """The folder, made if it was not there; raises StartError where nothing can be written in it."""
    probe = folder / ".writable"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        probe.write_bytes(b"")
        probe.unlink()
    except OSError as error:
        raise StartError(
            f"the data folder {folder} cannot be written ({error.strerror or error})",
            hint="give another one with --data DIR, or its rights to this user",
        ) from error
    return folder
