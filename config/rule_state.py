"""Writes one thing into a rule's file: its state. Comments, order and everything else stay as they are, to the byte."""

from __future__ import annotations

import os
import re
import tempfile
import tomllib
from contextlib import suppress
from pathlib import Path

from config.fields import Table
from config.mistakes import Notes
from config.rule_files import FOLDER, rule_of_table
from config.rule_plan import Rule, RuleState
from core.errors import StartError

_LINE = re.compile(
    rb"""^((?:\xef\xbb\xbf)?[ \t]*(?:state|"state"|'state')[ \t]*=[ \t]*)(?:"[^"\r\n]*"|'[^'\r\n]*')""", re.MULTILINE
)


def planned(site: Path, rule: Rule, state: RuleState) -> tuple[Path, bytes]:
    """The file ``rules/<id>.toml`` of the site folder, and what it will hold; nothing is written.

    Raises StartError where the file is not that of ``rule`` any more, has its state where this cannot change it, or cannot be
    written.
    """
    file = (site / FOLDER / f"{rule.id}.toml").resolve()
    doing = f'writing state = "{state.value}" into {file}'
    by_hand = f'write state = "{state.value}" into it by hand, then give the same command: it will note the decision'
    try:
        content = file.read_bytes()
        if not os.access(file.parent, os.W_OK):
            raise StartError(f"{doing}: its folder is read-only", hint=by_hand)
    except OSError as error:
        raise StartError(f"{doing}: {error.strerror}", hint=by_hand) from error
    if _version_in(f"{rule.id}.toml", content) != rule.version:  # a link may lead to any name
        raise StartError(f"{doing}: it has been changed meanwhile", hint="look at it again with the same command")
    changed = with_state(content, state)
    if changed is None:
        raise StartError(f"{doing}: its line cannot be told", hint=by_hand)
    return file, changed


def write(file: Path, content: bytes) -> None:
    """Put the content in the file's place in one step: a reader sees the old file or the new one. Raises StartError."""
    try:
        _replace(file, content)
    except OSError as error:
        hint = "write the state into it by hand: the decision is noted already"
        raise StartError(f"writing {file}: {error.strerror}", hint=hint) from error


def with_state(content: bytes, state: RuleState) -> bytes | None:
    """The TOML file with another state and nothing else changed; None where that cannot be done by changing one line."""
    wanted = _values(content) | {"state": state.value}
    for line in _LINE.finditer(content):
        changed = content[: line.end(1)] + f'"{state.value}"'.encode() + content[line.end() :]
        try:
            if _values(changed) == wanted:  # a line of a text, or of a table, is not it
                return changed
        except tomllib.TOMLDecodeError:
            continue
    return None


def _values(content: bytes) -> dict[str, object]:
    return tomllib.loads(content.decode("utf-8-sig"))


def _version_in(name: str, content: bytes) -> str | None:
    """The version of the rule in a file, None where it is no sound rule."""
    notes = Notes()
    try:
        rule = rule_of_table(name, Table(_values(content), name, notes))
    except (ValueError, RecursionError):
        return None
    return None if notes.mistakes else rule.version


def _replace(file: Path, content: bytes) -> None:
    """Put the content in the file's place, with its rights; where that fails the file is as it was."""
    descriptor, name = tempfile.mkstemp(dir=file.parent, prefix=f".{file.name}.")
    try:
        with os.fdopen(descriptor, "wb") as beside:
            beside.write(content)
            beside.flush()
            os.fsync(beside.fileno())
        was = file.stat()
        with suppress(PermissionError):  # whoever may write it need not be able to give it away
            os.chown(name, was.st_uid, was.st_gid)
        Path(name).chmod(was.st_mode & 0o7777)
        Path(name).replace(file)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
