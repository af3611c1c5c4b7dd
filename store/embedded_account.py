"""The user the embedded PostgreSQL runs as: PostgreSQL refuses to be root.

For an ordinary user it is that user. For root it is an unprivileged account that keeps the one
capability to pass through folders root owns, so no folder has to be opened to everyone.
"""

from __future__ import annotations

import os
import pwd
import shutil
from functools import cache
from pathlib import Path

from core.errors import StartError

_ACCOUNTS = ("postgres", "nobody")
_CAP_DAC_OVERRIDE = 1  # linux/capability.h


def command(arguments: list[str]) -> list[str]:
    """The command that runs ``arguments`` as the server's user. Raises StartError where root lacks a way."""
    if os.geteuid() != 0:
        return arguments
    setpriv = shutil.which("setpriv")
    if setpriv is None:
        raise StartError(
            "the embedded database cannot run as root here: the program setpriv is missing",
            hint="install util-linux, or run Yukimori as an ordinary user",
        )
    account = _account()
    drop = [setpriv, f"--reuid={account.pw_uid}", f"--regid={account.pw_gid}", "--clear-groups"]
    kept = "-all,+dac_override" if _may_pass_folders() else "-all"
    return [*drop, f"--inh-caps={kept}", f"--ambient-caps={kept}", *arguments]


def hand_over(folder: Path) -> None:
    """Give a folder of ours to the server's user; nothing outside it changes."""
    if os.geteuid() == 0:
        account = _account()
        os.chown(folder, account.pw_uid, account.pw_gid)


@cache
def _account() -> pwd.struct_passwd:
    for name in _ACCOUNTS:
        try:
            return pwd.getpwnam(name)
        except KeyError:
            continue
    raise StartError(
        "the embedded database cannot run as root, and there is no account to run it under",
        hint="run Yukimori as an ordinary user",
    )


def _may_pass_folders() -> bool:
    status = Path("/proc/self/status").read_text()
    effective = next(line.split()[1] for line in status.splitlines() if line.startswith("CapEff:"))
    return bool(int(effective, 16) >> _CAP_DAC_OVERRIDE & 1)
