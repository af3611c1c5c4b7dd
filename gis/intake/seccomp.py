"""A filter on system calls: the confined process can open no socket, start no program and look into no other process.

Numbers are those of the kernel's tables for x86-64 (arch/x86/entry/syscalls/syscall_64.tbl) and aarch64
(include/uapi/asm-generic/unistd.h); the filter is classic BPF as in seccomp(2).
"""

from __future__ import annotations

import ctypes
import platform
import struct

_PR_SET_NO_NEW_PRIVS = 38
_PR_SET_SECCOMP = 22
_MODE_FILTER = 2
_LOAD, _EQUAL, _AT_LEAST, _ANY_BIT, _RETURN = 0x20, 0x15, 0x35, 0x45, 0x06
_NUMBER, _ARCHITECTURE, _FIRST_ARGUMENT = 0, 4, 16  # where they lie in struct seccomp_data
# DENY answers EPERM; UNKNOWN answers ENOSYS, after which the C library falls back from clone3 to clone.
_ALLOW, _DENY, _UNKNOWN, _KILL = 0x7FFF0000, 0x00050001, 0x00050026, 0x80000000
_CLONE3 = 435
_CLONE_THREAD = 0x10000

# x32 calls carry this bit and would pass by the numbers below.
_X32 = 0x40000000

_X86_64 = {
    "socket": 41, "connect": 42, "accept": 43, "sendto": 44, "sendmsg": 46, "bind": 49, "listen": 50,
    "socketpair": 53, "accept4": 288, "sendmmsg": 307, "execve": 59, "execveat": 322, "fork": 57, "vfork": 58,
    "kill": 62, "tkill": 200, "ptrace": 101, "process_vm_readv": 310, "process_vm_writev": 311, "setrlimit": 160,
    "prlimit64": 302, "mount": 165, "umount2": 166, "pivot_root": 155, "chroot": 161, "unshare": 272, "setns": 308,
    "init_module": 175, "finit_module": 313, "kexec_load": 246, "bpf": 321, "perf_event_open": 298,
    "add_key": 248, "request_key": 249, "keyctl": 250, "userfaultfd": 323, "io_uring_setup": 425,
    "open_by_handle_at": 304, "pidfd_open": 434, "pidfd_getfd": 438, "symlink": 88, "symlinkat": 266, "link": 86,
    "linkat": 265, "mknod": 133, "mknodat": 259,
}  # fmt: skip
_AARCH64 = {
    "socket": 198, "connect": 203, "accept": 202, "sendto": 206, "sendmsg": 211, "bind": 200, "listen": 201,
    "socketpair": 199, "accept4": 242, "sendmmsg": 269, "execve": 221, "execveat": 281, "kill": 129, "tkill": 130,
    "ptrace": 117, "process_vm_readv": 270, "process_vm_writev": 271, "setrlimit": 164, "prlimit64": 261,
    "mount": 40, "umount2": 39, "pivot_root": 41, "chroot": 51, "unshare": 97, "setns": 268, "init_module": 105,
    "finit_module": 273, "kexec_load": 104, "bpf": 280, "perf_event_open": 241, "add_key": 217, "request_key": 218,
    "keyctl": 219, "userfaultfd": 282, "io_uring_setup": 425, "open_by_handle_at": 265, "pidfd_open": 434,
    "pidfd_getfd": 438, "symlinkat": 36, "linkat": 37, "mknodat": 33,
}  # fmt: skip
_MACHINES = {"x86_64": (0xC000003E, 56, _X86_64), "aarch64": (0xC00000B7, 220, _AARCH64)}


class _Program(ctypes.Structure):
    _fields_ = (("length", ctypes.c_ushort), ("filter", ctypes.c_char_p))


def forbid_network_and_programs() -> str:
    """Puts the filter in force for this process and its threads; what it lacks, empty where it is in force.

    No privileges can be gained afterwards either (no_new_privs).
    """
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0):
        return "the kernel knows no no_new_privs"
    machine = _MACHINES.get(platform.machine())
    if machine is None:
        return f"no filter of system calls for {platform.machine()}"
    code = _filter(*machine)
    program = _Program(len(code) // 8, code)
    if libc.prctl(_PR_SET_SECCOMP, _MODE_FILTER, ctypes.byref(program), 0, 0):
        return "the kernel takes no filter of system calls (seccomp)"
    return ""


def _filter(architecture: int, clone: int, calls: dict[str, int]) -> bytes:
    """Denies the listed calls, and ``clone`` unless it makes a thread; each jump names the steps it passes over."""
    denied = [(_EQUAL, number) for number in sorted(calls.values())]
    head = [(_LOAD, 0, 0, _ARCHITECTURE), (_EQUAL, 1, 0, architecture), (_RETURN, 0, 0, _KILL), (_LOAD, 0, 0, _NUMBER)]
    tail = [
        (_EQUAL, 5, 0, _CLONE3),
        (_EQUAL, 0, 2, clone),
        (_LOAD, 0, 0, _FIRST_ARGUMENT),
        (_ANY_BIT, 0, 1, _CLONE_THREAD),
        (_RETURN, 0, 0, _ALLOW),
        (_RETURN, 0, 0, _DENY),
        (_RETURN, 0, 0, _UNKNOWN),
    ]
    to_deny = len(tail) - 2
    listed = [(_AT_LEAST, _X32), *denied]
    middle = [(test, len(listed) - place - 1 + to_deny, 0, number) for place, (test, number) in enumerate(listed)]
    return b"".join(struct.pack("=HBBI", *step) for step in [*head, *middle, *tail])
