"""How far a spool is read, kept beside it in ``position.json``."""

from __future__ import annotations

import json
import logging
import os
from dataclasses import asdict, dataclass
from pathlib import Path

log = logging.getLogger(__name__)

_NAME = "position.json"
_BYTES = 256


@dataclass(frozen=True, slots=True)
class Position:
    """The file that is read (ordinal 0: none yet), the place in it, and the number expected there.

    ``harmed`` says that something before this place in the file could not be read.
    """

    ordinal: int = 0
    offset: int = 0
    number: int = 0
    harmed: bool = False


def read_position(folder: Path) -> Position:
    """The position last written; the very beginning where there is none that can be read."""
    try:
        fields = json.loads((folder / _NAME).read_text(encoding="utf-8"))
        return Position(int(fields["ordinal"]), int(fields["offset"]), int(fields["number"]), bool(fields["harmed"]))
    except FileNotFoundError:
        return Position()
    except (OSError, ValueError, TypeError, KeyError) as error:
        log.warning("the position of the spool in %s cannot be read (%s): all of it is read again", folder, error)
        return Position()


def write_position(folder: Path, position: Position, *, durable: bool) -> None:
    """Keep a position; with ``durable`` also through a power cut. Where that fails, more is read twice, nothing less.

    It is written over the one before, in the same bytes, so that it needs no room on a disk that is full.
    """
    text = json.dumps(asdict(position)).encode().ljust(_BYTES)
    try:
        file = os.open(folder / _NAME, os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            os.pwrite(file, text, 0)
            if durable:
                os.fsync(file)
        finally:
            os.close(file)
    except OSError as error:
        log.warning("the position of the spool in %s cannot be kept (%s)", folder, error)
