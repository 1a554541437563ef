"""Runs a program without a shell, with progress and limits, and leaves none behind when it is cancelled."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import subprocess
import sys
from typing import TYPE_CHECKING, TypeVar

from msgspec import Struct

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Mapping, Sequence
    from pathlib import Path

TAIL_BYTES = 8_192
"""How much of the end of stderr is kept: enough for ffmpeg's last complaints, bounded whatever it prints."""

_PASSED_ON = frozenset(
    {
        *("PATH", "HOME", "USERPROFILE", "LANG", "TMPDIR", "TMP", "TEMP", "SYSTEMROOT", "WINDIR"),
        *("LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "DYLD_FALLBACK_LIBRARY_PATH"),
        *("FONTCONFIG_FILE", "FONTCONFIG_PATH", "XDG_CACHE_HOME"),
    }
)
"""What a program needs to start, to find its libraries and fonts, and to write where the user wants."""

_GIB = 1 << 30

_NEW_GROUP = int(getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0))
"""Windows has the flag; elsewhere a new session is a new group."""

_READ_BYTES = 65_536
_LINE_BYTES = 4_096
_T = TypeVar("_T")


class Limits(Struct, frozen=True):
    """What a program may use; None is no limit. Only `wall_s` holds elsewhere than on Linux (`prlimit`)."""

    wall_s: float | None = None
    cpu_s: int | None = None
    file_bytes: int | None = None
    memory_bytes: int | None = None


class Finished(Struct, frozen=True):
    """How a program ended: its exit code (negative: the signal that ended it) and the end of its stderr."""

    code: int
    errors: str
    has_timed_out: bool = False


async def run_process(
    arguments: Sequence[str],
    folder: Path,
    *,
    on_line: Callable[[str], None] | None = None,
    limits: Limits | None = None,
) -> Finished:
    """Run a program in a folder to its end; `on_line` gets each line of its stdout.

    It reads nothing (stdin is the null device) and has a process group of its own. When the call is
    cancelled or `wall_s` passes, the whole group is killed and waited for before this returns.
    Raises `OSError` if it cannot be started.
    """
    limits = limits or Limits()
    process = await asyncio.create_subprocess_exec(
        *arguments,
        cwd=folder,
        env=child_environment(os.environ),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=sys.platform != "win32",
        creationflags=_NEW_GROUP,
    )
    _apply(limits, process.pid)
    tail = bytearray()
    output = asyncio.gather(
        _read_lines(_stream(process.stdout), on_line), _read_tail(_stream(process.stderr), tail)
    )
    has_timed_out = False
    try:
        async with asyncio.timeout(limits.wall_s):
            await asyncio.shield(output)
            await process.wait()
    except TimeoutError:
        has_timed_out = True
    finally:
        if process.returncode is None:
            _kill_group(process)
        await finish(_collect(process, output))
    code = process.returncode if process.returncode is not None else -1
    return Finished(code, tail.decode("utf-8", "replace"), has_timed_out)


def child_environment(environ: Mapping[str, str]) -> dict[str, str]:
    """Give what a program that we start gets of our environment: no key is in it, nor what steers ffmpeg."""
    return {
        name: value
        for name, value in environ.items()
        if name.upper() in _PASSED_ON or name.upper().startswith("LC_")
    }


def most_memory() -> int:
    """Give how many bytes of address space one program may take: half of the machine, at least 8 GiB."""
    try:
        machine = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (AttributeError, OSError, ValueError):  # pragma: no cover - Windows has no such call
        machine = 0
    return max(machine // 2, 8 * _GIB)


async def finish(work: Coroutine[object, object, _T]) -> _T:
    """Wait for `work` to its end, however often the waiter is cancelled; the cancellation comes after."""
    task = asyncio.ensure_future(work)
    cancelled: asyncio.CancelledError | None = None
    while not task.done():
        try:
            await asyncio.shield(task)
        except asyncio.CancelledError as error:
            if task.cancelled():
                raise
            cancelled = error
        except Exception:  # noqa: BLE001 - the task holds it and `result` raises it below
            break
    if cancelled is not None:
        if not task.cancelled():
            task.exception()
        raise cancelled
    return task.result()


async def _collect(process: asyncio.subprocess.Process, output: asyncio.Future[tuple[None, None]]) -> None:
    await process.wait()
    with contextlib.suppress(asyncio.CancelledError):
        await output


def _stream(stream: asyncio.StreamReader | None) -> asyncio.StreamReader:
    if stream is None:  # pragma: no cover - every stream is asked for as a pipe above
        raise RuntimeError("the program was started without pipes")
    return stream


async def _read_lines(stream: asyncio.StreamReader, on_line: Callable[[str], None] | None) -> None:
    pending = b""
    while data := await stream.read(_READ_BYTES):
        *lines, pending = (pending + data).split(b"\n")
        pending = pending[:_LINE_BYTES]
        if on_line is not None:
            for line in lines:
                on_line(line.decode("utf-8", "replace").rstrip("\r"))


async def _read_tail(stream: asyncio.StreamReader, tail: bytearray) -> None:
    while data := await stream.read(_READ_BYTES):
        tail += data
        del tail[:-TAIL_BYTES]


def _kill_group(process: asyncio.subprocess.Process) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        if sys.platform == "win32":  # pragma: no cover - the other platforms run the suite
            process.kill()
        else:
            os.killpg(process.pid, signal.SIGKILL)


def _apply(limits: Limits, pid: int) -> None:
    """Set limits from outside: a hook between fork and exec is not safe in a process with threads."""
    if sys.platform != "linux":  # pragma: no cover - only Linux has prlimit
        return
    import resource

    for kind, value in (
        (resource.RLIMIT_CPU, limits.cpu_s),
        (resource.RLIMIT_FSIZE, limits.file_bytes),
        (resource.RLIMIT_AS, limits.memory_bytes),
    ):
        if value is not None:
            # The program may have ended already, and a container may forbid the call: limits are optional.
            with contextlib.suppress(OSError, ValueError):
                resource.prlimit(pid, kind, (value, value))
