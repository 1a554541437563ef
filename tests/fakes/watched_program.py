"""The program as a process that a test watches and signals, against a service in the test's own loop."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from runway_flow.wiring import KEY_VARIABLE, URL_VARIABLE
from tests.fakes.runway_api import CANARY
from tests.fakes.workspace import Finished, Workspace

if TYPE_CHECKING:
    import signal
    from collections.abc import AsyncIterator, Callable

ROOT = Path(__file__).resolve().parents[2]

DEADLINE_S = 60.0
"""A test that waits this long for anything has failed."""


@dataclass(slots=True)
class Watched:
    """A running program; what it said so far."""

    process: asyncio.subprocess.Process
    lines: list[str] = field(default_factory=list)

    async def next_line(self) -> str:
        """Read one line of its output; empty at the end."""
        assert self.process.stdout is not None
        line = await asyncio.wait_for(self.process.stdout.readline(), DEADLINE_S)
        self.lines.append(line.decode())
        return self.lines[-1]

    async def told(self, state: str, *steps: str) -> None:
        """Wait until each of these instances was told to be in a state; without any, until one was."""
        missing = set(steps)
        while line := await self.next_line():
            event = json.loads(line)
            if event["type"] == "step" and event["state"] == state:
                missing.discard(event["step"])
                if not missing:
                    return
        assert self.process.stderr is not None
        raise AssertionError(f"it ended before all were {state}: {await self.process.stderr.read()!r}")

    async def said(self, text: str) -> None:
        """Wait until a line of stderr holds a text."""
        assert self.process.stderr is not None
        while line := await asyncio.wait_for(self.process.stderr.readline(), DEADLINE_S):
            if text in line.decode():
                return
        raise AssertionError(f"it ended without saying {text!r}")

    def signal(self, number: signal.Signals) -> None:
        """Send a signal."""
        self.process.send_signal(number)

    async def end(self) -> Finished:
        """Wait for its end."""
        out, err = await asyncio.wait_for(self.process.communicate(), DEADLINE_S)
        assert self.process.returncode is not None
        return Finished(self.process.returncode, "".join(self.lines) + out.decode(), err.decode())

    def descendants(self) -> set[int]:
        """Give the processes that it started, and those that they started, while they run (Linux)."""
        parents = {int(path.parent.name): _parent(path) for path in Path("/proc").glob("[0-9]*/stat")}
        found = {self.process.pid}
        while more := {pid for pid, parent in parents.items() if parent in found} - found:
            found |= more
        return found - {self.process.pid}


def _parent(path: Path) -> int | None:
    try:
        fields = path.read_text(encoding="ascii", errors="replace").rpartition(")")[2].split()
    except OSError:
        return None
    return None if fields[0] == "Z" else int(fields[1])


async def until(condition: Callable[[], bool]) -> None:
    """Wait until something is so that nobody tells of."""
    async with asyncio.timeout(DEADLINE_S):
        while not condition():  # noqa: ASYNC110 - what is waited for is in another process
            await asyncio.sleep(0.01)


def is_running(pid: int) -> bool:
    """Whether a process exists and is no zombie (Linux)."""
    try:
        text = Path(f"/proc/{pid}/stat").read_text(encoding="ascii", errors="replace")
    except OSError:
        return False
    return text.rpartition(")")[2].split()[0] != "Z"


@dataclass(frozen=True, slots=True)
class Programs:
    """Starts the program in a folder, with a key and the address of a service."""

    folder: Path
    url: str

    @property
    def workspace(self) -> Workspace:
        """The folder."""
        return Workspace(self.folder)

    @property
    def environment(self) -> dict[str, str]:
        """Its environment, with a key and the address of the service."""
        return {**self.workspace.environment, KEY_VARIABLE: CANARY, URL_VARIABLE: self.url}

    @asynccontextmanager
    async def start(self, *arguments: str, script: str | None = None) -> AsyncIterator[Watched]:
        """Start it; a `script` is run instead of the program. What still runs at the end is killed."""
        begin = ("-c", script) if script is not None else ("-m", "runway_flow.cli.main")
        environment = self.environment
        if script is not None:
            environment["PYTHONPATH"] = os.fspath(ROOT)
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            *begin,
            *arguments,
            cwd=self.folder,
            env=environment,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        try:
            yield Watched(process)
        finally:
            if process.returncode is None:
                process.kill()
                await process.communicate()

    async def run(self, *arguments: str) -> Finished:
        """Run it to its end."""
        async with self.start(*arguments) as watched:
            return await watched.end()
