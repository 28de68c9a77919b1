"""Seccomp: the kernel refuses this process calls from now on: of the network, of other processes, of itself.

A filter of the kernel's own instructions, set through ctypes: the binding on PyPI needs
a library that few machines have. Source: https://docs.kernel.org/userspace-api/seccomp_filter.html.
"""

from __future__ import annotations

import ctypes
import errno
import os
import platform
import struct
from collections.abc import Iterable
from enum import Enum

from idqp_cli.core.frozen import frozen
from idqp_cli.pipeline.confinement.landlock import KernelError, give_up_privileges

SET_SECCOMP, FILTER = 22, 2
LOAD, EQUAL, AT_LEAST, ANY_BIT, RETURN = 0x20, 0x15, 0x35, 0x45, 0x06
ALLOW, REFUSE, KILL = 0x7FFF0000, 0x00050000, 0x80000000
NUMBER, MACHINE, FIRST_WORD = 0, 4, 16
NEW_THREAD = 0x00010000


@frozen
class Calls:
    """The numbers of a processor's calls, and how it is told apart; `other` is from where another numbering begins."""

    machine: int
    network: tuple[int, ...]
    kernel: tuple[int, ...]
    programs: tuple[int, ...]
    clone: int
    signals: tuple[int, ...]
    other: int | None = None


# socket, connect, accept, accept4, sendto, recvfrom, sendmsg, recvmsg, bind, listen, sendmmsg · ptrace, mount, umount,
# pivot_root, chroot, modules, keys, namespaces, other processes' memory, bpf, perf, handles of files, and so on.
PROCESSORS = {
    "x86_64": Calls(
        machine=0xC000003E,
        network=(41, 42, 43, 288, 44, 45, 46, 47, 49, 50, 307, 299),
        kernel=(
            101, 103, 135, 155, 161, 163, 165, 166, 167, 168, 169, 172, 173, 175, 176, 179, 246, 248, 249, 250, 272,
            298, 303, 304, 308, 310, 311, 313, 320, 321, 323,
        ),
        programs=(57, 58, 59, 322),
        clone=56,
        signals=(62, 129, 200, 234, 297),
        other=0x40000000,
    ),
    "aarch64": Calls(
        machine=0xC00000B7,
        network=(198, 203, 202, 242, 206, 207, 211, 212, 200, 201, 269, 243),
        kernel=(
            117, 116, 92, 41, 51, 89, 40, 39, 224, 225, 142, 105, 106, 60, 104, 217, 218, 219, 97, 241, 264, 265, 268,
            270, 271, 273, 294, 280, 282,
        ),
        programs=(221, 281),
        clone=220,
        signals=(129, 130, 131, 138, 240),
    ),
}  # fmt: skip
# Of newer calls all processors have the same numbers: io_uring, which does what others are refused; mounts; processes
# by a descriptor.
NEWER = (424, 425, 426, 427, 428, 429, 430, 431, 432, 433, 434, 438, 442)
CLONE3 = 435


class Refused(Enum):
    """What is refused: to a command that starts processes of its own, or to one that works alone."""

    NETWORK = "network"
    ALONE = "alone"


def available() -> bool:
    """Tell whether the kernel takes filters, and this processor's calls are known."""
    libc = ctypes.CDLL(None, use_errno=True)
    if platform.machine() not in PROCESSORS or not hasattr(libc, "prctl"):
        return False
    # Without a filter the kernel says that the address is bad, or that it knows no filters.
    return bool(libc.prctl(SET_SECCOMP, FILTER, None, 0, 0)) and ctypes.get_errno() == errno.EFAULT


def refuse(what: Refused) -> bool:
    """Refuse calls from now on, to this thread and what it starts; return False where that cannot be.

    Raises:
        KernelError: the kernel takes no such filter.

    """
    if not available():
        return False
    give_up_privileges()
    steps = _program(PROCESSORS[platform.machine()], what)
    content = ctypes.create_string_buffer(steps, len(steps))
    head = struct.pack("@HP", len(steps) // 8, ctypes.addressof(content))
    program = ctypes.create_string_buffer(head, len(head))
    if ctypes.CDLL(None, use_errno=True).prctl(SET_SECCOMP, FILTER, program, 0, 0):
        raise KernelError("seccomp takes no filter")
    return True


def _program(calls: Calls, what: Refused) -> bytes:
    refused = REFUSE | errno.EPERM
    steps = [(LOAD, 0, 0, MACHINE), (EQUAL, 1, 0, calls.machine), (RETURN, 0, 0, KILL), (LOAD, 0, 0, NUMBER)]
    if calls.other is not None:
        steps += [(AT_LEAST, 0, 1, calls.other), (RETURN, 0, 0, refused)]
    steps += _each((*calls.network, *calls.kernel, *NEWER), refused)
    if what is Refused.ALONE:
        steps += _each(calls.programs, refused)
        # The C library starts a thread in the older way, whose words can be looked at, where it has no newer one.
        steps += _each((CLONE3,), REFUSE | errno.ENOSYS)
        threads = [
            (LOAD, 0, 0, FIRST_WORD),
            (ANY_BIT, 1, 0, NEW_THREAD),
            (RETURN, 0, 0, refused),
            (RETURN, 0, 0, ALLOW),
        ]
        steps += [(EQUAL, 0, len(threads), calls.clone), *threads]
        itself = [(LOAD, 0, 0, FIRST_WORD), (EQUAL, 1, 0, os.getpid()), (RETURN, 0, 0, refused), (RETURN, 0, 0, ALLOW)]
        for number in calls.signals:
            steps += [(EQUAL, 0, len(itself), number), *itself]
    steps.append((RETURN, 0, 0, ALLOW))
    return b"".join(struct.pack("=HBBI", *step) for step in steps)


def _each(numbers: Iterable[int], answer: int) -> list[tuple[int, int, int, int]]:
    return [step for number in numbers for step in ((EQUAL, 0, 1, number), (RETURN, 0, 0, answer))]
