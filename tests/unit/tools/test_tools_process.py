"""Programs are run without a shell and never outlive their caller."""

from __future__ import annotations

import asyncio
import os
import sys
from typing import TYPE_CHECKING

import pytest

from runway_flow.tools.process import TAIL_BYTES, Limits, finish, run_process

if TYPE_CHECKING:
    from pathlib import Path

# The child starts one of its own that keeps the pipes open: only the death of both ends them.
FAMILY = (
    "import subprocess, sys, time\n"
    "subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)'])\n"
    "print('ready', flush=True)\n"
    "time.sleep(60)\n"
)


def python(code: str) -> list[str]:
    """Give the arguments that run some Python."""
    return [sys.executable, "-c", code]


def is_child_left() -> bool:
    """Whether this process has a child, running or dead, that nobody waited for."""
    try:
        os.waitpid(-1, os.WNOHANG)
    except ChildProcessError:
        return False
    return True


async def test_lines_and_code(tmp_path: Path) -> None:
    """Each line of stdout is given on, without its end, and the exit code comes back."""
    lines: list[str] = []
    code = "import sys; print('a'); sys.stdout.write('b\\r\\nlast'); sys.exit(3)"
    done = await run_process(python(code), tmp_path, on_line=lines.append)
    assert (done.code, lines, done.has_timed_out) == (3, ["a", "b"], False)


async def test_output_may_be_ignored(tmp_path: Path) -> None:
    """Without a listener stdout is read and dropped."""
    assert (await run_process(python("print('x' * 100_000)"), tmp_path)).code == 0


async def test_stdin_is_empty(tmp_path: Path) -> None:
    """The program reads nothing from our stdin."""
    done = await run_process(python("import sys; sys.exit(len(sys.stdin.read()))"), tmp_path)
    assert done.code == 0


async def test_tail_of_errors_is_bounded(tmp_path: Path) -> None:
    """Only the end of stderr is kept, however much there is."""
    done = await run_process(python("import sys; sys.stderr.write('x' * 200_000 + 'end')"), tmp_path)
    assert len(done.errors) == TAIL_BYTES
    assert done.errors.endswith("xend")


async def test_no_shell(tmp_path: Path) -> None:
    """An argument is one argument, whatever is in it."""
    lines: list[str] = []
    arguments = [*python("import sys; print(sys.argv[1])"), "$(touch x); `id` 'a \"b"]
    await run_process(arguments, tmp_path, on_line=lines.append)
    assert lines == ["$(touch x); `id` 'a \"b"]
    assert os.listdir(tmp_path) == []  # noqa: PTH208 - a blocking look at a folder of our own


async def test_missing_program(tmp_path: Path) -> None:
    """A program that does not exist is an `OSError`."""
    with pytest.raises(FileNotFoundError):
        await run_process([str(tmp_path / "gone")], tmp_path)


async def test_timeout_kills_the_family(tmp_path: Path) -> None:
    """When its time is over the program and its children are killed and waited for."""
    done = await run_process(python(FAMILY), tmp_path, limits=Limits(wall_s=0.5))
    assert done.has_timed_out
    assert done.code < 0
    assert not is_child_left()


async def test_cancellation_kills_the_family(tmp_path: Path) -> None:
    """A cancelled call ends only when the program and its children are gone."""
    ready = asyncio.Event()
    call = asyncio.create_task(run_process(python(FAMILY), tmp_path, on_line=lambda _: ready.set()))
    await ready.wait()
    call.cancel()
    with pytest.raises(asyncio.CancelledError):
        await call
    assert not is_child_left()


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux has prlimit")
async def test_limits_reach_the_program(tmp_path: Path) -> None:
    """A file that grows past its limit ends the program."""
    code = (
        "import sys; sys.stdout.write('go\\n'); sys.stdout.flush()\n"
        "f = open('big', 'wb')\n"
        "while True: f.write(b'x' * 65536)\n"
    )
    done = await run_process(python(code), tmp_path, limits=Limits(wall_s=60, file_bytes=1_000_000))
    assert done.code != 0
    assert not done.has_timed_out


async def test_finish_survives_cancellations() -> None:
    """Work that must end is waited for through every cancellation, which comes after it."""
    gate, ended = asyncio.Event(), []

    async def work() -> None:
        await gate.wait()
        ended.append(True)

    waiter = asyncio.create_task(finish(work()))
    for _ in range(3):
        await asyncio.sleep(0)
        waiter.cancel()
    await asyncio.sleep(0)
    assert not waiter.done()
    gate.set()
    with pytest.raises(asyncio.CancelledError):
        await waiter
    assert ended


async def test_finish_gives_the_result_and_the_failure() -> None:
    """Undisturbed, it gives what the work gives, and raises what it raises."""

    async def answer() -> int:
        return 42

    async def fail() -> int:
        raise ValueError("no")

    assert await finish(answer()) == 42
    with pytest.raises(ValueError, match="no"):
        await finish(fail())


async def test_finish_of_cancelled_work() -> None:
    """Work that is cancelled itself is no reason to wait for ever."""

    async def cancelled() -> None:
        raise asyncio.CancelledError

    with pytest.raises(asyncio.CancelledError):
        await finish(cancelled())


async def test_finish_cancelled_while_the_work_fails() -> None:
    """A cancellation counts more than the failure of the work that it waited for."""
    gate = asyncio.Event()

    async def fail() -> None:
        await gate.wait()
        raise ValueError

    waiter = asyncio.create_task(finish(fail()))
    await asyncio.sleep(0)
    waiter.cancel()
    await asyncio.sleep(0)
    gate.set()
    with pytest.raises(asyncio.CancelledError):
        await waiter
