"""The program as a real process, in a folder with a store of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


@dataclass(frozen=True)
class Finished:
    """How a process ended, and what it said."""

    code: int
    out: str
    err: str

    def documents(self) -> list[dict[str, object]]:
        """Read the output as lines of JSON."""
        return [json.loads(line) for line in self.out.splitlines() if line.startswith("{")]

    def steps(self, state: str) -> set[str]:
        """Give the steps that were told to be in a state."""
        return {
            str(line["step"])
            for line in self.documents()
            if line["type"] == "step" and line["state"] == state
        }

    def summary(self) -> dict[str, object]:
        """Give the last line of a run's JSON."""
        last = self.documents()[-1]
        assert last["type"] == "summary"
        return last


@dataclass(frozen=True)
class Workspace:
    """A folder of its own with a store of its own; nothing of the machine's configuration is seen."""

    folder: Path

    @property
    def store(self) -> Path:
        """Where results are kept."""
        return self.folder / "store"

    @property
    def environment(self) -> dict[str, str]:
        """An environment without keys, without an ffmpeg on PATH, with homes of its own."""
        kept = {name: os.environ[name] for name in ("SYSTEMROOT", "LANG", "TMPDIR") if name in os.environ}
        own = {
            "PATH": str(self.folder / "no-programs"),
            "HOME": str(self.folder),
            "RUNWAY_FLOW_STORE": str(self.store),
            "PYTHONUTF8": "1",
        }
        return {**kept, **own}

    def start(self, *arguments: str, **environment: str) -> subprocess.Popen[str]:
        """Start the program."""
        return subprocess.Popen(
            [sys.executable, "-m", "runway_flow.cli.main", *arguments],
            cwd=self.folder,
            env={**self.environment, **environment},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            encoding="utf-8",
        )

    def run(self, *arguments: str, **environment: str) -> Finished:
        """Run the program to its end."""
        process = self.start(*arguments, **environment)
        out, err = process.communicate(timeout=100)
        return Finished(process.returncode, out, err)

    def edit(self, name: str, old: str, new: str) -> None:
        """Replace a text in a flow."""
        path = self.folder / "flows" / name
        text = path.read_text(encoding="utf-8")
        assert old in text
        path.write_text(text.replace(old, new), encoding="utf-8")

    def ledger(self, *kinds: str) -> list[dict[str, object]]:
        """Give the lines of the emulator's ledger, those of some kinds only."""
        path = self.store / "emulator" / "ledger.ndjson"
        if not path.exists():
            return []
        lines = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
        return [line for line in lines if not kinds or line["event"] in kinds]
