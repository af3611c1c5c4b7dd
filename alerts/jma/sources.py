"""Where telegrams come from: files in a folder, or the entries of the agency's Atom feed."""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from pathlib import Path
from stat import S_ISREG
from typing import Protocol
from urllib.parse import urljoin, urlsplit

from alerts.addresses import Resolver, system_resolver
from alerts.jma.fetching import Fetched, fetch
from alerts.jma.telegram import prefecture_in, type_in
from alerts.xml_intake import Allowance, read_xml
from config.jma_plan import Jma
from core.errors import DecodeError, NotifyError, YukimoriError

log = logging.getLogger(__name__)

MOST_BYTES = 8_000_000
"""What is larger is not read to its end; the reader's own limit refuses it."""
MOST_AT_ONCE = 200
"""So many new telegrams a round: a feed of a whole night is read in several."""

_ATOM = "{http://www.w3.org/2005/Atom}"
_FEED = Allowance(bytes=8_000_000, elements=200_000, depth=20)
_GONE = (404, 410)
"""Such a telegram never comes; it is set aside as empty, so that it is not asked for again and again."""
_READ_TYPES = ("VPWW5", "VPWW6", "VPBS50", "VXKO")

Seen = Callable[[Collection[str]], Collection[str]]
"""Which of these names were taken in already."""


@dataclass(frozen=True, slots=True)
class Found:
    """The bytes of a telegram and the name it was found under."""

    name: str
    raw: bytes


class Source(Protocol):
    """Something telegrams come from."""

    def new(self, seen: Seen) -> Iterator[Found]:
        """What has come. Raises YukimoriError where it cannot be looked."""
        ...

    def again(self) -> None:
        """What was handed over last was not kept: hand it over once more."""
        ...


def source_of(jma: Jma, *, resolver: Resolver = system_resolver) -> Source:
    """The source a site names."""
    return Folder(jma.folder) if jma.folder is not None else Feed(jma, resolver=resolver)


class Folder:
    """Files ``*.xml`` of one folder. A file is read again only where its time or size changed; nothing is moved or removed."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._read: dict[Path, tuple[int, int]] = {}

    def new(self, seen: Seen) -> Iterator[Found]:  # noqa: ARG002 — a file may be written anew under its name
        """The files that are new or were written anew, by name. Raises YukimoriError where the folder cannot be read."""
        try:
            files = sorted(path for path in self._folder.iterdir() if path.suffix.lower() == ".xml")
        except OSError as error:
            raise YukimoriError(
                f"looking for telegrams in {self._folder}: {error.strerror}",
                hint="check [jma] folder in site.toml, and that this account may read it",
            ) from error
        for path in files:
            found = self._one(path)
            if found is not None:
                yield found

    def again(self) -> None:
        """Read every file once more; what is kept already is known by its content."""
        self._read.clear()

    def _one(self, path: Path) -> Found | None:
        try:
            status = path.stat()
            if not S_ISREG(status.st_mode):
                return None  # a pipe would hold up the round for ever
            stamp = (status.st_mtime_ns, status.st_size)
            if self._read.get(path) == stamp:
                return None
            with path.open("rb") as file:
                raw = file.read(MOST_BYTES + 1)
        except OSError as error:
            log.warning("the telegram %s cannot be read: %s", path, error.strerror)
            return None
        self._read[path] = stamp
        return Found(path.name, raw)


class Feed:
    """The Atom feed of the agency: entries of types that are read, of the town's prefecture, each fetched once."""

    def __init__(self, jma: Jma, *, resolver: Resolver = system_resolver) -> None:
        self._jma, self._resolver = jma, resolver
        self._host = urlsplit(jma.feed).netloc
        self._prefectures = {area[:2] for area in jma.areas if len(area) in (6, 7)}
        self._known: dict[str, str] = {}

    def new(self, seen: Seen) -> Iterator[Found]:
        """The telegrams not yet taken in, the oldest first. Raises YukimoriError where the feed cannot be read."""
        answer = self._get(self._jma.feed, self._known)
        if answer.status == 304:
            return
        if answer.status != 200:
            raise NotifyError(f"{self._jma.feed} answered HTTP {answer.status}", retryable=True)
        wanted = [link for link in self._links(answer.body) if self._concerns(link)]
        known = set(seen(wanted))
        left = [link for link in wanted if link not in known]
        for link in left[:MOST_AT_ONCE]:
            telegram = self._get(link, {})
            if telegram.status not in (200, *_GONE):
                raise NotifyError(f"{link} answered HTTP {telegram.status}", retryable=True)
            yield Found(link, telegram.body)
        # Only what was read to its end may be asked for conditionally: else the rest would never come.
        rest = len(left) > MOST_AT_ONCE
        fields = {"If-None-Match": answer.etag, "If-Modified-Since": answer.last_modified}
        self._known = {} if rest else {name: value for name, value in fields.items() if value}

    def again(self) -> None:
        """Ask for the whole feed once more."""
        self._known = {}

    def _get(self, url: str, headers: dict[str, str]) -> Fetched:
        return fetch(
            url,
            most_bytes=MOST_BYTES,
            allow_private=self._jma.allow_private,
            headers=headers,
            resolver=self._resolver,
        )

    def _links(self, raw: bytes) -> list[str]:
        """The addresses of the entries, the oldest first (a feed begins with the newest); others' hosts are not asked."""
        try:
            root = read_xml(raw, _FEED)
        except DecodeError as error:
            raise NotifyError(f"{self._jma.feed} is no feed that can be read: {error}", retryable=True) from error
        links = [
            urljoin(self._jma.feed, link.get("href", ""))
            for entry in root.iter(f"{_ATOM}entry")
            for link in entry.iter(f"{_ATOM}link")
        ]
        own = [link for link in links if self._is_own(link)]
        if len(own) < len(links):
            log.warning("%d entries of %s lead to other hosts; not asked", len(links) - len(own), self._jma.feed)
        return list(dict.fromkeys(reversed(own)))

    def _is_own(self, link: str) -> bool:
        try:
            parts = urlsplit(link)
        except ValueError:
            return False
        return parts.netloc == self._host and parts.scheme in ("https", "http")

    def _concerns(self, link: str) -> bool:
        """By the name alone: a type nobody reads, or another prefecture, need not be fetched; names may also say nothing."""
        type_, prefecture = type_in(link), prefecture_in(link)
        if type_ and not type_.startswith(_READ_TYPES):
            return False
        # A river crosses borders, and the office at the end of a river forecast's name is not the town's.
        return type_.startswith("VXKO") or not prefecture or not self._prefectures or prefecture in self._prefectures
