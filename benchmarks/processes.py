"""What processes of this machine have used, from the kernel's books."""

from __future__ import annotations

import resource
import time
from collections.abc import Iterable
from pathlib import Path

import psutil

MEGABYTE = 1024 * 1024


def cpu_seconds(pid: int) -> float:
    """Processor time of a process, of everything it started, and of those of them that have ended.

    The kernel counts in hundredths of a second, so a measure lasts some seconds.
    """
    total = 0.0
    root = psutil.Process(pid)
    for process in (root, *root.children(recursive=True)):
        try:
            times = process.cpu_times()
        except psutil.NoSuchProcess:
            continue
        total += times.user + times.system + times.children_user + times.children_system
    return total


def own_cpu_seconds(without: Iterable[int] = ()) -> float:
    """Processor time of this process and of its children that are not named in `without`."""
    ended = resource.getrusage(resource.RUSAGE_CHILDREN)
    total = time.process_time() + ended.ru_utime + ended.ru_stime
    for child in psutil.Process().children():
        if child.pid not in without and child.is_running():
            total += cpu_seconds(child.pid)
    return total


def own_memory_mb() -> float:
    """Resident memory of this process."""
    return float(psutil.Process().memory_info().rss / MEGABYTE)


def memory_mb(pid: int) -> dict[str, float]:
    """Resident memory of one process, and its share of it once what others map, too, is divided among them."""
    used = {"rss_mb": psutil.Process(pid).memory_info().rss / MEGABYTE}
    for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
        if line.startswith("Pss:"):
            used["pss_mb"] = int(line.split()[1]) / 1024
    return {name: round(value, 1) for name, value in used.items()}
