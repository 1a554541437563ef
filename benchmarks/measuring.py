"""Measuring child processes: CPU seconds, wall seconds, peak memory; medians of several runs."""

from __future__ import annotations

import os
import platform
import resource
import statistics
import subprocess
import sys
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path


@dataclass(frozen=True, slots=True)
class Cost:
    """What a process cost: seconds of CPU and of the wall clock, peak resident megabytes, exit code."""

    cpu_s: float
    wall_s: float
    peak_mb: float
    code: int


def measure(command: Sequence[str], cwd: Path, environment: Mapping[str, str] | None = None) -> Cost:
    """Run a command to its end and take what it alone has cost."""
    started = time.perf_counter()
    process = subprocess.Popen(
        command,
        cwd=cwd,
        env={**os.environ, **(environment or {})},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    scale = 1 if sys.platform == "darwin" else 1024
    return Cost(
        usage.ru_utime + usage.ru_stime,
        time.perf_counter() - started,
        usage.ru_maxrss * scale / 1_000_000,
        process.returncode,
    )


def median(
    command: Sequence[str], cwd: Path, runs: int, environment: Mapping[str, str] | None = None
) -> Cost:
    """Run a command several times, after one run to warm caches; give the medians."""
    measure(command, cwd, environment)
    costs = [measure(command, cwd, environment) for _ in range(runs)]
    return Cost(
        statistics.median(cost.cpu_s for cost in costs),
        statistics.median(cost.wall_s for cost in costs),
        max(cost.peak_mb for cost in costs),
        max(cost.code for cost in costs),
    )


def machine() -> str:
    """Describe this machine in a line."""
    cores = os.cpu_count() or 0
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1_000_000_000
    return (
        f"{platform.system()} {platform.machine()}, {cores} cores, {memory:.0f} GB, "
        f"CPython {platform.python_version()}; shared, so read ratios rather than seconds"
    )


def own_cpu() -> float:
    """Give the CPU seconds of this process."""
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime
