"""Reads the text files of a site folder; tells apart every way a file can be unreadable."""

from __future__ import annotations

from pathlib import Path

from config.mistakes import Notes

LARGEST_FILE = 16 * 1024 * 1024


def read_text(folder: Path, name: str, notes: Notes) -> str | None:
    """The text of ``folder/name`` (UTF-8, with or without BOM), or None with the reason noted as a mistake."""
    raw = _read_bytes(folder / name, name, notes)
    if raw is None:
        return None
    text = _decode(raw, name, notes)
    if text is not None and not text.strip():
        notes.mistake(name, "", "the file is empty", "see docs/configuration.md for what belongs in it")
        return None
    return text


def toml_files(folder: Path, sub_folder: str, notes: Notes) -> list[str]:
    """The TOML files of a sub-folder as names within the folder, sorted; none where there is no such folder.

    Warns of files nobody reads, such as a rule saved as text.
    """
    try:
        files = sorted(
            path.name for path in (folder / sub_folder).iterdir() if path.suffix == ".toml" or not path.is_dir()
        )
    except FileNotFoundError:
        return []
    except NotADirectoryError:
        notes.mistake(sub_folder, "", "this is a file, a folder was expected", "move the file away")
        return []
    except OSError as error:
        notes.mistake(sub_folder, "", f"the folder cannot be read: {error.strerror}", "check the rights and the disk")
        return []
    for name in files:
        if not name.endswith(".toml") and not name.startswith((".", "LICENSE", "README")):
            notes.warn(f"{sub_folder}/{name}", "", "nobody reads this file", "its name must end in .toml")
    return [f"{sub_folder}/{name}" for name in files if name.endswith(".toml")]


def _read_bytes(path: Path, name: str, notes: Notes) -> bytes | None:
    try:
        if path.is_dir():
            notes.mistake(name, "", "this is a folder, a file was expected", "move the folder away")
            return None
        if path.exists() and not path.is_file():
            notes.mistake(name, "", "this is a pipe or a device, a file was expected", "put the file itself there")
            return None  # one never ends, the other is waited for without end
        if path.stat().st_size > LARGEST_FILE:
            notes.mistake(name, "", "the file is larger than 16 MB", "a site file is small; is this the right file?")
            return None
        return path.read_bytes()
    except FileNotFoundError:
        notes.mistake(name, "", "the file is missing", _missing_hint(path))
    except PermissionError:
        notes.mistake(name, "", "the file may not be read", "give the account that runs Yukimori the right to read it")
    except OSError as error:
        notes.mistake(name, "", f"the file cannot be read: {error.strerror}", "check the disk and the file")
    return None


def _missing_hint(path: Path) -> str:
    try:
        beside = [entry.name for entry in path.parent.iterdir() if entry.suffix == path.suffix]
    except OSError:
        return "create it; see docs/configuration.md"
    near = [name for name in beside if name.lower().rstrip("s") == path.name.lower().rstrip("s")]
    near = near or [name for name in beside if _stem(name) == _stem(path.name)]
    return f"is “{near[0]}” meant? rename it" if near else "create it; see docs/configuration.md"


def _stem(name: str) -> str:
    return name.rpartition(".")[0].lower().strip(" s").replace("_", "").replace("-", "")


def _decode(raw: bytes, name: str, notes: Notes) -> str | None:
    if raw.startswith((b"\xff\xfe", b"\xfe\xff")):
        notes.mistake(name, "", "the file is UTF-16 (“Unicode text”)", "save it as “CSV UTF-8” or as UTF-8 text")
        return None
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = str(raw.count(b"\n", 0, error.start) + 1)
        kind = "is Shift_JIS, UTF-8 is expected" if _is_shift_jis(raw) else "is not valid UTF-8"
        notes.mistake(name, line, f"the file {kind}", "in Excel save as “CSV UTF-8 (comma delimited)”")
        return None


def _is_shift_jis(raw: bytes) -> bool:
    try:
        raw.decode("cp932")
    except UnicodeDecodeError:
        return False
    return True
