"""Keeping a process off the network and off the machine's files, on Linux; it needs no privilege and cannot be undone.

Landlock (kernel 5.13, https://docs.kernel.org/userspace-api/landlock.html) refuses files, seccomp refuses sockets, and
what Landlock does not see: changes of a file's mode, owner, times and length by its name. Either may be missing from a
kernel or be refused in a container: what holds is told, never assumed. Like ``extract``, this imports nothing of the
packages.
"""

from __future__ import annotations

import ctypes
import os
import struct
import sys
import sysconfig
from collections.abc import Iterable

FILES = "files"
NETWORK = "network"

_PR_SET_NO_NEW_PRIVS = 38
_PR_SET_SECCOMP = 22
_SECCOMP_MODE_FILTER = 2

# Calls of Landlock have the same numbers everywhere.
_CREATE_RULESET, _ADD_RULE, _RESTRICT_SELF = 444, 445, 446
_ASK_VERSION = 1
_RULE_PATH_BENEATH = 1
_READ = 1 << 2 | 1 << 3  # files, and lists of folders
_EVERY_RIGHT = {1: 13, 2: 14, 3: 15, 4: 15}  # version -> how many rights it knows; later ones: 16
_SCOPE_SIGNALS = 2  # from version 6: no signal to any process outside

_REFUSED = {
    # socket, truncate, chmod, fchmod, chown, fchown, lchown, utime, fchownat, futimesat, fchmodat, utimensat, utimes,
    # setxattr, lsetxattr, fsetxattr, removexattr, lremovexattr, fremovexattr
    "x86_64": (0xC000003E, (41, 76, 90, 91, 92, 93, 94, 132, 260, 261, 268, 280, 235, 188, 189, 190, 197, 198, 199)),
    # socket, truncate, fchmod, fchmodat, fchownat, fchown, utimensat, the same for attributes
    "aarch64": (0xC00000B7, (198, 45, 52, 53, 54, 55, 88, 5, 6, 7, 14, 15, 16)),
}
"""A machine's number in a filter (``AUDIT_ARCH_…``), and its calls that are refused, by the kernel's tables."""

_REFUSED_EVERYWHERE = (425, 452, 463, 466, 469)  # io_uring_setup (a ring opens sockets), fchmodat2, setxattrat, …
_FOREIGN_CALLS = 0x40000000  # x86-64: the same calls under other numbers begin here


def confine() -> frozenset[str]:
    """Give up files and network: what of ``FILES`` and ``NETWORK`` this process is kept off from now on.

    What is left of files is reading the interpreter's libraries, which may be imported late. To be called while the
    process has one thread: others that began before would not be held.
    """
    if sys.platform != "linux":
        return frozenset()
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0):
        return frozenset()
    libraries = {sysconfig.get_path(name) for name in ("stdlib", "platstdlib", "purelib", "platlib")}
    off_files = _landlock(libc, filter(os.path.isdir, libraries))
    off_network = _seccomp(libc)
    # Without the filter a file's mode could be changed by its name.
    held = {FILES: off_files and off_network, NETWORK: off_network}
    return frozenset(name for name, holds in held.items() if holds)


def _landlock(libc: ctypes.CDLL, readable: Iterable[str]) -> bool:
    version = libc.syscall(_CREATE_RULESET, None, ctypes.c_size_t(0), _ASK_VERSION)
    if version < 1:
        return False
    rights = (1 << _EVERY_RIGHT.get(version, 16)) - 1
    attributes = struct.pack("=QQQ", rights, 0, _SCOPE_SIGNALS) if version >= 6 else struct.pack("=Q", rights)
    rules = libc.syscall(_CREATE_RULESET, attributes, ctypes.c_size_t(len(attributes)), 0)
    if rules < 0:
        return False
    try:
        for path in readable:
            folder = os.open(path, os.O_PATH | os.O_CLOEXEC)
            beneath = struct.pack("=Qi", _READ, folder)
            refused = libc.syscall(_ADD_RULE, rules, _RULE_PATH_BENEATH, beneath, 0)
            os.close(folder)
            if refused:
                return False
        return bool(libc.syscall(_RESTRICT_SELF, rules, 0) == 0)
    finally:
        os.close(rules)


def _seccomp(libc: ctypes.CDLL) -> bool:
    machine = os.uname().machine
    if machine not in _REFUSED or sys.maxsize < 2**32:
        return False
    architecture, calls = _REFUSED[machine]
    refused = (*calls, *_REFUSED_EVERYWHERE)
    load, equal, at_least, answer = 0x20, 0x15, 0x35, 0x06
    kill, refuse, allow = 0x80000000, 0x00050000 | 1, 0x7FFF0000  # the process; with EPERM; nothing
    # (operation, how many to step over where it holds, where it does not, operand)
    program = [
        (load, 0, 0, 4),  # the architecture of the call
        (equal, 1, 0, architecture),
        (answer, 0, 0, kill),
        (load, 0, 0, 0),  # its number
        (at_least, len(refused) + 1, 0, _FOREIGN_CALLS),
        *((equal, len(refused) - at, 0, number) for at, number in enumerate(refused)),
        (answer, 0, 0, allow),
        (answer, 0, 0, refuse),
    ]
    code = b"".join(struct.pack("=HBBI", *step) for step in program)
    kept = ctypes.create_string_buffer(code)
    filter_ = struct.pack("@HP", len(program), ctypes.addressof(kept))
    return bool(libc.prctl(_PR_SET_SECCOMP, _SECCOMP_MODE_FILTER, filter_, 0, 0) == 0)
