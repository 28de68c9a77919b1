"""How long a process has been there: a deadline counts from when its command was started."""

from __future__ import annotations

import os
import time

TICK = os.sysconf("SC_CLK_TCK")
# In /proc/PID/stat, after the name: when the process was started, in ticks since the machine was.
STARTED = 19
# In seconds: a process that is older does more than to start this command.
LONGEST_START = 30.0


def age() -> float:
    """Return the seconds that it took to start this command; 0 where the system does not tell."""
    try:
        with open("/proc/self/stat", encoding="utf-8", errors="replace") as file:
            started = int(file.read().rpartition(")")[2].split()[STARTED])
        seconds = time.clock_gettime(time.CLOCK_BOOTTIME) - started / TICK
    except (OSError, ValueError, IndexError, AttributeError):
        return 0.0
    return seconds if 0 < seconds < LONGEST_START else 0.0
