"""Zip archives of strangers: judged before anything comes out, and nothing comes out under a name of theirs."""

from __future__ import annotations

import stat
import unicodedata
import zipfile
import zlib
from pathlib import Path

from gis.intake import limits
from gis.intake.refused import Refused

_ARCHIVES = (".zip", ".7z", ".rar", ".gz", ".tgz", ".tar", ".bz2", ".xz", ".lzh", ".kmz", ".cab")
_ANEW = "zip the files anew, in one folder, without a password"
_CHUNK = 1 << 20
_LONGEST = 512


class Archive:
    """An archive whose list of members is harmless; ``names`` are those of its files, as a person reads them."""

    def __init__(self, path: Path) -> None:
        try:
            self._zip = _opened(path)
            self._members = _checked(self._zip.infolist())
        except (zipfile.BadZipFile, NotImplementedError, ValueError, EOFError) as error:
            raise _damaged(error) from error
        self._taken = 0

    @property
    def names(self) -> list[str]:
        """The names of the files, without those an operating system adds."""
        return list(self._members)

    def extract(self, name: str, target: Path) -> None:
        """Writes a member to ``target``; raises Refused where more comes out than was declared, or it is damaged."""
        member = self._members[name]
        try:
            with self._zip.open(member) as source, target.open("xb") as sink:
                while chunk := source.read(_CHUNK):
                    self._taken += len(chunk)
                    if self._taken > limits.MEMBER_BYTES or sink.tell() + len(chunk) > member.file_size:
                        raise Refused(f"{name}: more comes out of it than it declares or than is taken", hint=_ANEW)
                    sink.write(chunk)
        except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, OSError) as error:
            raise _damaged(error) from error


def _damaged(error: Exception) -> Refused:
    return Refused(f"the zip archive is damaged ({str(error)[:80]})", hint="fetch the file again, it may be cut off")


def _opened(path: Path) -> zipfile.ZipFile:
    """The archive with its names decoded: names without the UTF-8 flag are UTF-8 (macOS) or CP932 (Windows)."""
    for codec in ("utf-8", "cp932"):
        try:
            return zipfile.ZipFile(path, metadata_encoding=codec)
        except UnicodeDecodeError:
            continue
    return zipfile.ZipFile(path)


def _checked(members: list[zipfile.ZipInfo]) -> dict[str, zipfile.ZipInfo]:
    if len(members) > limits.MEMBERS:
        raise Refused(f"the archive holds {len(members):,} files, more than {limits.MEMBERS:,}", hint=_ANEW)
    if sum(member.file_size for member in members) > limits.UNPACKED_BYTES:
        raise Refused(
            f"the archive unpacks to more than {limits.UNPACKED_BYTES:,} bytes",
            hint="take only the layer that is needed",
        )
    seen: set[str] = set()
    for member in members:
        _check_name(member)
        _check_content(member)
        folded = unicodedata.normalize("NFKC", member.filename).casefold()
        if folded in seen:
            raise Refused(f"the archive holds {member.filename[:80]!r} twice", hint=_ANEW)
        seen.add(folded)
    return {member.filename: member for member in members if not member.is_dir() and not _of_system(member.filename)}


def _check_name(member: zipfile.ZipInfo) -> None:
    name = member.filename
    parts = name.rstrip("/").split("/")
    broken = (
        name != member.orig_filename
        or len(name) > _LONGEST
        or "\\" in name
        or ":" in name
        or any(part in {"", ".", ".."} for part in parts)
        or any(unicodedata.category(sign) == "Cc" for sign in name)
    )
    if broken:
        raise Refused(f"the archive holds a file under the name {name[:80]!r}, which leads outside it", hint=_ANEW)


def _check_content(member: zipfile.ZipInfo) -> None:
    name = member.filename[:80]
    kind = stat.S_IFMT(member.external_attr >> 16)
    if kind not in {0, stat.S_IFREG, stat.S_IFDIR}:
        raise Refused(f"{name!r} in the archive is a link or a device, not a file", hint=_ANEW)
    if member.flag_bits & 0x2041:
        raise Refused(f"{name!r} in the archive is encrypted", hint="unpack it with its password and zip it anew")
    if member.compress_type not in {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}:
        raise Refused(f"{name!r} in the archive is packed in an unusual way", hint=_ANEW)
    if member.filename.lower().endswith(_ARCHIVES):
        raise Refused(f"the archive holds another archive, {name!r}", hint="unpack it and import the inner one alone")
    if member.file_size > limits.RATIO_FROM_BYTES and member.file_size > limits.RATIO * max(member.compress_size, 1):
        raise Refused(
            f"{name!r} in the archive unpacks to {member.file_size / max(member.compress_size, 1):.0f} times its size",
            hint="no map data is packed that densely; fetch the file from its publisher",
        )


def _of_system(name: str) -> bool:
    last = name.rpartition("/")[2]
    return name.startswith("__MACOSX/") or last.startswith(".") or last.lower() in {"thumbs.db", "desktop.ini"}
