"""Shuts this process in: limits on what it uses, no network, no programs, no files but its own."""

from __future__ import annotations

import resource
import sys
from pathlib import Path

from gis.intake import limits
from gis.intake.landlock import only_these_folders
from gis.intake.seccomp import forbid_network_and_programs

_SYSTEM = (
    "/usr",
    "/lib",
    "/lib64",
    "/etc/ld.so.cache",
    "/dev/null",
    "/dev/urandom",
    "/proc/self",
    "/sys/devices/system/cpu",
)


def confine(work: Path, largest_file: int) -> list[str]:
    """Confines this process to ``work`` for the rest of its life; what this kernel could not give, a line each."""
    _limit_resources(largest_file)
    lacking = [
        only_these_folders(_libraries(), work),
        forbid_network_and_programs(),
    ]
    return [line for line in lacking if line]


def _limit_resources(largest_file: int) -> None:
    for what, amount in (
        (resource.RLIMIT_AS, limits.MEMORY_BYTES),
        (resource.RLIMIT_CPU, limits.CPU_S),
        (resource.RLIMIT_FSIZE, largest_file),
        (resource.RLIMIT_NOFILE, limits.OPEN_FILES),
        (resource.RLIMIT_NPROC, 0),
        (resource.RLIMIT_CORE, 0),
    ):
        _soft, hard = resource.getrlimit(what)
        allowed = amount if hard == resource.RLIM_INFINITY else min(amount, hard)
        resource.setrlimit(what, (allowed, allowed))


def _libraries() -> list[Path]:
    """Where Python, its packages, our own code and the system's libraries are."""
    own = Path(__file__).resolve().parents[1]
    return [*(Path(prefix) for prefix in {sys.prefix, sys.base_prefix}), own, *map(Path, _SYSTEM)]
