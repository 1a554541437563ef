"""Runs the program in forked processes that are killed at their n-th effect, and then once more to the end.

Started by `test_crash_kill_points.py` with a folder of flows; reads one work folder and one number a line,
answers each with a line of JSON. Forking spares every run the imports.
"""

from __future__ import annotations

import asyncio
import inspect
import json
import os
import signal
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from msgspec.structs import replace

from runway_flow import wiring
from runway_flow.cli.main import main
from runway_flow.store import opening

if TYPE_CHECKING:
    from runway_flow.engine.ports import TaskProvider
    from runway_flow.store.opening import OpenStore

EFFECTS = frozenset(
    [
        "begin_run",
        "end_run",
        "intend",
        "mark_submitted",
        "close_attempt",
        "record",
        "note_use",
        "acquire_lease",
        "release_lease",
        "record_upload",
        "record_file",
        "put_file",
        "draft",
        "write",
        "keep",
        "discard",
        "materialise",
        "prepare",
        "submit",
        "fetch",
    ]
)
PRELOADED = [
    "runwayml",
    "httpx",
    "uvicorn",
    "starlette",
    "av",
    "PIL.Image",
    "jsonschema",
    "yaml",
    "jinja2",
    "rich_click",
    "runway_flow.cli.cmd_run",
    "runway_flow.cli.executing",
    "runway_flow.emulator.server",
    "runway_flow.providers.runway.parts",
    "runway_flow.providers.media.provider",
    "runway_flow.providers.media.concat",
]


@dataclass
class Fuse:
    """Kills this process at the `at`-th moment; writes down which ones it passed."""

    at: int
    log: Path
    count: int = 0

    def burn(self, moment: str) -> None:
        """Pass one moment."""
        self.count += 1
        with self.log.open("a", encoding="utf-8") as file:
            file.write(f"{moment}\n")
        if self.count == self.at:
            os.kill(os.getpid(), signal.SIGKILL)


class Fused:
    """Any port, with a moment before and one after each effect; drafts have theirs, too."""

    def __init__(self, inner: object, fuse: Fuse) -> None:
        self._inner = inner
        self._fuse = fuse

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - whatever the port has
        """Give what the port has; an effect with its moments."""
        method = getattr(self._inner, name)
        if name not in EFFECTS:
            return method
        fuse = self._fuse
        if inspect.iscoroutinefunction(method):

            async def waited(*args: object, **kwargs: object) -> object:
                fuse.burn(f"before {name}")
                value = await method(*args, **kwargs)
                fuse.burn(f"after {name}")
                return value

            return waited

        def called(*args: object, **kwargs: object) -> object:
            fuse.burn(f"before {name}")
            value = method(*args, **kwargs)
            fuse.burn(f"after {name}")
            return Fused(value, fuse) if name == "draft" else value

        return called


def arm(fuse: Fuse) -> None:
    """Let everything that the program opens have the fuse."""
    open_store, task_provider = opening.open_store, wiring.Session.task_provider

    def opened(root: Path, *, create: bool) -> OpenStore:
        store = open_store(root, create=create)
        blobs: Any = Fused(store.blobs, fuse)
        state: Any = Fused(store.state, fuse)
        return replace(store, blobs=blobs, state=state)

    def provided(session: wiring.Session) -> TaskProvider:
        provider: Any = Fused(task_provider(session), fuse)
        return provider  # type: ignore[no-any-return] # it stands for the provider

    opening.open_store = opened
    wiring.Session.task_provider = provided  # type: ignore[method-assign,assignment] # this process is ours alone


def run_forked(folder: Path, fuse: Fuse | None, name: str) -> int:
    """Run the flow in a process of its own; gives its exit code, or the negative signal that ended it."""
    pid = os.fork()
    if pid:
        return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    try:
        os.chdir(folder)
        for stream, number in (("out", 1), ("err", 2)):
            file = os.open(folder / f"{name}.{stream}", os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
            os.dup2(file, number)
        if fuse is not None:
            arm(fuse)
        asyncio.set_event_loop_policy(None)
        code = main(["run", "flow.yaml", "--emulate", "--speed", "1000", "--store", "store", "--json"])
        sys.stdout.flush()
    except BaseException as error:  # noqa: BLE001 - a forked process must not come back
        os.write(2, repr(error).encode())
        code = 70
    os._exit(code)


def serve() -> None:
    """Do what stdin says."""
    for module in PRELOADED:
        __import__(module)
    for line in sys.stdin:
        name, at = line.split()
        folder = Path(name)
        fuse = Fuse(int(at), folder / "moments")
        killed = run_forked(folder, fuse, "first")
        code = run_forked(folder, None, "second") if killed == -signal.SIGKILL else killed
        sys.stdout.write(json.dumps({"killed": killed, "code": code}) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    serve()
