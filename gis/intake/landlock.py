"""Landlock: the kernel lets the confined process read its libraries and write its folder, and nothing else.

Constants are those of linux/landlock.h; the three system calls have the same numbers on every architecture.
"""

from __future__ import annotations

import ctypes
import os
import struct
from collections.abc import Iterable
from pathlib import Path

_CREATE, _ADD_RULE, _RESTRICT = 444, 445, 446
_VERSION = 1
_PATH_BENEATH = 1
_EXECUTE, _WRITE_FILE, _READ_FILE, _READ_DIR = 1 << 0, 1 << 1, 1 << 2, 1 << 3
_READ = _READ_FILE | _READ_DIR
# By version of the interface: how many access rights it knows (refer, truncate, ioctl on devices came later).
_RIGHTS = {1: 13, 2: 14, 3: 15, 4: 15, 5: 16}
_TCP = 0b11
_SCOPES = 0b11


def only_these_folders(readable: Iterable[Path], writable: Path) -> str:
    """Allows reading below ``readable``, reading and writing below ``writable``; what it lacks, empty where in force."""
    libc = ctypes.CDLL(None, use_errno=True)
    version = libc.syscall(_CREATE, None, 0, _VERSION)
    if version < 1:
        return "the kernel has no Landlock: files outside the work folder are kept by file rights only"
    every = (1 << _RIGHTS[min(version, max(_RIGHTS))]) - 1
    attributes = struct.pack("=QQQ", every, _TCP if version >= 4 else 0, _SCOPES if version >= 6 else 0)
    rules = libc.syscall(_CREATE, attributes, 8 if version < 4 else 16 if version < 6 else 24, 0)
    if rules < 0:
        return "the kernel takes no Landlock rules"
    for path in readable:
        _allow(libc, rules, path, (_READ if path.is_dir() else _READ_FILE) & every)
    _allow(libc, rules, writable, every & ~_EXECUTE)
    refused = libc.syscall(_RESTRICT, rules, 0)
    os.close(rules)
    return "the kernel takes no Landlock rules" if refused else ""


def _allow(libc: ctypes.CDLL, rules: int, path: Path, rights: int) -> None:
    try:
        folder = os.open(path, os.O_PATH | os.O_CLOEXEC)
    except OSError:
        return  # what is not there cannot be read anyway
    try:
        libc.syscall(_ADD_RULE, rules, _PATH_BENEATH, struct.pack("=Qi", rights, folder), 0)
    finally:
        os.close(folder)
