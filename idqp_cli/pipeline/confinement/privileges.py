"""Privileges of root: this process, and what it starts, has none from now on but those over files.

What Landlock lets it reach, root of a container reads whoever owns it. The other privileges would
let it look into other processes. Source: https://man7.org/linux/man-pages/man7/capabilities.7.html.
"""

from __future__ import annotations

import ctypes
import struct

# Read, write and own files of other users.
KEPT = (1 << 1) | (1 << 2) | (1 << 3)
MOST, BOUNDING_DROP = 64, 24
AMBIENT, CLEAR_ALL = 47, 4
HEAD, SETS, VERSION = struct.Struct("=Ii"), struct.Struct("=6I"), 0x20080522


def drop() -> None:
    """Give up all privileges but those over files; where the system has no such privileges, nothing is to do."""
    libc = ctypes.CDLL(None, use_errno=True)
    if not hasattr(libc, "capset") or not hasattr(libc, "prctl"):
        return
    head = ctypes.create_string_buffer(HEAD.pack(VERSION, 0), HEAD.size)
    sets = ctypes.create_string_buffer(SETS.size)
    if libc.capget(head, sets):
        return
    for number in range(MOST):
        if not KEPT >> number & 1:
            libc.prctl(BOUNDING_DROP, number, 0, 0, 0)
    libc.prctl(AMBIENT, CLEAR_ALL, 0, 0, 0)
    effective, permitted, *_ = SETS.unpack(sets.raw)
    kept = SETS.pack(effective & KEPT, permitted & KEPT, 0, 0, 0, 0)
    libc.capset(head, ctypes.create_string_buffer(kept, SETS.size))
