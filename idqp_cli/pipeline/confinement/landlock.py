"""Landlock: the kernel lets this process reach the named files and folders, and no other, for as long as it lives.

Called by number through ctypes: what PyPI has for it is a development release, or
brings a program of its own. Source: https://docs.kernel.org/userspace-api/landlock.html.
"""

from __future__ import annotations

import ctypes
import os
import stat
import struct
from collections.abc import Iterable

CREATE_RULESET, ADD_RULE, RESTRICT_SELF = 444, 445, 446
VERSION = 1
PATH_BENEATH = 1
NO_NEW_PRIVILEGES = 38
EXECUTE, WRITE_FILE, READ_FILE, READ_DIR, TRUNCATE, IOCTL = 1 << 0, 1 << 1, 1 << 2, 1 << 3, 1 << 14, 1 << 15
# How many rights over files there are, by the version of the interface.
RIGHTS = (13, 14, 15, 15, 16)
READ = EXECUTE | READ_FILE | READ_DIR
OF_FILES = EXECUTE | WRITE_FILE | READ_FILE | TRUNCATE | IOCTL
# Devices, sockets and pipes are made by nobody here.
NEVER = (1 << 6) | (1 << 9) | (1 << 10) | (1 << 11) | (1 << 12)
TCP, SCOPES = 0b11, 0b11
OF_NETWORK, OF_SCOPES = 4, 6


class KernelError(Exception):
    """The kernel has Landlock, and refuses this."""


def version() -> int:
    """Return the version of the interface, 0 where the kernel has none, or has it switched off."""
    return max(0, _call(CREATE_RULESET, None, 0, VERSION))


def restrict(reading: Iterable[str], writing: Iterable[str], listing: Iterable[str] = ()) -> bool:
    """Reach only these files, and these folders with all that is in them; return False without Landlock.

    Of folders to list the names are read, and no file. What is not there is left
    out. TCP is closed where the kernel can, and so are signals to other processes.
    It holds for this thread and what it starts.

    Raises:
        KernelError: the kernel refuses.

    """
    known = version()
    if not known:
        return False
    every = (1 << RIGHTS[min(known, len(RIGHTS)) - 1]) - 1
    attributes = struct.pack("=QQQ", every, TCP if known >= OF_NETWORK else 0, SCOPES if known >= OF_SCOPES else 0)
    size = 24 if known >= OF_SCOPES else 16 if known >= OF_NETWORK else 8
    ruleset = _call(CREATE_RULESET, ctypes.create_string_buffer(attributes, 24), size, 0)
    if ruleset < 0:
        raise KernelError("Landlock makes no ruleset")
    try:
        for paths, rights in ((reading, READ), (writing, every & ~NEVER & ~EXECUTE), (listing, READ_DIR)):
            for path in dict.fromkeys(paths):
                _allow(ruleset, path, rights & every)
        give_up_privileges()
        if _call(RESTRICT_SELF, ruleset, 0) < 0:
            raise KernelError("Landlock does not restrict this process")
    finally:
        os.close(ruleset)
    return True


def give_up_privileges() -> None:
    """Gain no rights by starting a program from now on. Raises KernelError."""
    if _libc().prctl(NO_NEW_PRIVILEGES, 1, 0, 0, 0):
        raise KernelError("the kernel does not take privileges away")


def _allow(ruleset: int, path: str, rights: int) -> None:
    try:
        descriptor = os.open(path, os.O_PATH | os.O_CLOEXEC)
    except OSError:
        return
    try:
        if not stat.S_ISDIR(os.fstat(descriptor).st_mode):
            rights &= OF_FILES
        attributes = struct.pack("=Qi", rights, descriptor)
        if _call(ADD_RULE, ruleset, PATH_BENEATH, ctypes.create_string_buffer(attributes, len(attributes)), 0) < 0:
            raise KernelError("Landlock takes no rule")
    finally:
        os.close(descriptor)


def _call(number: int, *words: object) -> int:
    try:
        return int(_libc().syscall(number, *words))
    except AttributeError:
        return -1


def _libc() -> ctypes.CDLL:
    return ctypes.CDLL(None, use_errno=True)
