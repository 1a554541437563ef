"""The program on a real terminal: nothing wraps, Ctrl-C ends in order, and the screen is left as it was."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from runway_flow.report.terminal import width_of
from tests.fakes.workspace import Workspace

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="needs pseudo-terminals and POSIX signals")

FLOW = """\
version: 1
name: one
steps:
  still:
    uses: gen4_image_turbo
    foreach: {look: [dawn, dusk, noon]}
    with:
      ratio: 16:9@720p
      prompt_text: A lamp at ${{ look }}, as in @hero.
      reference_images: {hero: hero.png}
"""
HERO = Path(__file__).resolve().parents[2] / "examples" / "flows" / "assets" / "lamp.png"
HIDE, SHOW = "\x1b[?25l", "\x1b[?25h"
CODES = re.compile(r"\x1b\[[?0-9;]*[A-Za-z]")


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    """Give a folder with one flow of three stills."""
    (tmp_path / "one.yaml").write_text(FLOW, encoding="utf-8")
    (tmp_path / "hero.png").write_bytes(HERO.read_bytes())
    return Workspace(tmp_path)


@dataclass
class Session:
    """A program on a pseudo-terminal, and everything that it wrote."""

    process: subprocess.Popen[bytes]
    master: int
    text: str = ""

    def read_until(self, pattern: str) -> None:
        """Read until what was written has the pattern."""
        while not re.search(pattern, CODES.sub("", self.text)):
            assert self._read(), f"the program ended before it said {pattern}:\n{self.text}"

    def finish(self) -> int:
        """Read to the end, and give the exit code."""
        while self._read():
            pass
        return self.process.wait(timeout=30)

    def press(self, keys: str) -> None:
        """Type."""
        os.write(self.master, keys.encode())

    def _read(self) -> bool:
        try:
            data = os.read(self.master, 65536)
        except OSError:  # what Linux says at the end of a terminal
            return False
        self.text += data.decode("utf-8", "replace")
        return bool(data)


@pytest.fixture
def sessions() -> Iterator[list[Session]]:
    """Close what tests opened."""
    opened: list[Session] = []
    yield opened
    for session in opened:
        session.process.kill()
        session.process.wait()
        os.close(session.master)


def start(
    workspace: Workspace, sessions: list[Session], width: int, *words: str, **environment: str
) -> Session:
    """Start the program on a terminal of a width, 24 rows high."""
    import fcntl
    import pty
    import struct
    import termios

    master, slave = pty.openpty()
    fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 24, width, 0, 0))
    process = subprocess.Popen(
        [sys.executable, "-m", "runway_flow.cli.main", *words],
        cwd=workspace.folder,
        env={**workspace.environment, "TERM": "xterm-256color", "LANG": "C.UTF-8", **environment},
        stdin=slave,
        stdout=slave,
        stderr=slave,
        start_new_session=True,
        preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0),  # noqa: PLW1509 - no threads here; it makes Ctrl-C a signal
    )
    os.close(slave)
    session = Session(process, master)
    sessions.append(session)
    return session


def is_restored(text: str) -> bool:
    """Whether the cursor was hidden, and is seen again."""
    return text.rindex(SHOW) > text.rindex(HIDE)


@pytest.mark.parametrize("width", [60, 200])
@pytest.mark.parametrize(
    "words", [(), ("--color", "never"), ("--ascii",)], ids=["plain", "no colour", "ascii"]
)
def test_live_run(workspace: Workspace, sessions: list[Session], width: int, words: tuple[str, ...]) -> None:
    """On a terminal the run is drawn in place: no line is wider than the screen, the cursor comes back."""
    session = start(workspace, sessions, width, "run", "one.yaml", "--emulate", *words)
    assert session.finish() == 0, session.text
    assert is_restored(session.text)
    plain = CODES.sub("", session.text)
    drawn = plain[plain.index("Plan: ") :]
    assert all(width_of(line) <= width for line in re.split(r"[\r\n]+", drawn)), drawn
    assert "3 done" in drawn
    assert bool(re.search(r"\x1b\[[0-9;]+m", session.text)) is ("never" not in words)
    assert session.text.isascii() is ("--ascii" in words)


def test_interrupt(workspace: Workspace, sessions: list[Session]) -> None:
    """Ctrl-C ends the run in order: what goes on, how it is collected, exit 130; the next run collects it."""
    session = start(workspace, sessions, 100, "run", "one.yaml", "--emulate", "--speed", "2")
    session.read_until("running")
    session.press("\x03")
    assert session.finish() == signal.SIGINT + 128, session.text
    assert is_restored(session.text)
    assert "Traceback" not in session.text
    assert "goes on remotely as task" in session.text
    again = "runway-flow run one.yaml --emulate --speed 2.0"
    assert f"this collects it, and goes on:  {again}" in session.text.replace("\r\n", "")
    resumed = workspace.run("run", "one.yaml", "--emulate")
    assert resumed.code == 0, resumed.err
    assert len(workspace.ledger("billed")) == 3


@pytest.mark.parametrize("width", [46, 60])
def test_interrupt_leaves_one_picture(workspace: Workspace, sessions: list[Session], width: int) -> None:
    """The echo of Ctrl-C does not shift the screen: no line of it is left behind; echoing is restored."""
    import termios

    session = start(workspace, sessions, width, "run", "one.yaml", "--emulate", "--speed", "2")
    before = termios.tcgetattr(session.master)[3]
    session.read_until("running")
    assert not termios.tcgetattr(session.master)[3] & termios.ECHOCTL
    session.press("\x03")
    assert session.finish() == signal.SIGINT + 128, session.text
    assert "^C" not in session.text
    assert termios.tcgetattr(session.master)[3] == before


def test_interrupt_in_lines(workspace: Workspace, sessions: list[Session]) -> None:
    """Without a live display, too, Ctrl-C is answered at once."""
    words = ("run", "one.yaml", "--emulate", "--speed", "2", "--progress", "plain")
    session = start(workspace, sessions, 100, *words)
    session.read_until("running")
    session.press("\x03")
    assert session.finish() == signal.SIGINT + 128, session.text
    assert "stopping: what is under way is written down" in session.text


def test_second_interrupt(workspace: Workspace, sessions: list[Session]) -> None:
    """Ctrl-C twice leaves at once; the terminal is restored all the same, and nothing paid is lost."""
    session = start(workspace, sessions, 100, "run", "one.yaml", "--emulate", "--speed", "2")
    session.read_until("running")
    session.press("\x03\x03")
    assert session.finish() == signal.SIGINT + 128, session.text
    assert is_restored(session.text)
    assert "Traceback" not in session.text
    assert workspace.run("run", "one.yaml", "--emulate").code == 0
    assert len(workspace.ledger("billed")) == 3


def test_question(workspace: Workspace, sessions: list[Session]) -> None:
    """Much is asked about; Ctrl-C at the question ends with nothing submitted."""
    (workspace.folder / "runway-flow.toml").write_text("confirm_above = 1\n")
    session = start(workspace, sessions, 100, "run", "one.yaml", RUNWAYML_API_SECRET="key")  # noqa: S106 - no secret
    session.read_until(r"Spend up to 6 credits \(\$0\.06\)\? \[y/N\]")
    session.press("\x03")
    assert session.finish() == signal.SIGINT + 128
    assert "Traceback" not in session.text
    session = start(workspace, sessions, 100, "run", "one.yaml", RUNWAYML_API_SECRET="key")  # noqa: S106
    session.read_until("Spend up to")
    session.press("n\n")
    assert session.finish() == 5
    assert "not confirmed; nothing was submitted" in session.text


def test_reader_that_leaves(workspace: Workspace) -> None:
    """`--json | head -1` ends the run in order and quietly, with the exit code of a broken pipe."""
    process = workspace.start("run", "one.yaml", "--emulate", "--speed", "2", "--json")
    assert process.stdout is not None
    assert process.stderr is not None
    assert json.loads(process.stdout.readline())["type"] == "version"
    process.stdout.close()
    assert process.stderr.read() == ""
    process.stderr.close()
    assert process.wait(timeout=60) == 141
    runs = json.loads(workspace.run("runs", "ls", "--json").out)["runs"]
    assert [run["status"] for run in runs] == ["interrupted"]


def test_closed_output(workspace: Workspace) -> None:
    """A program whose stdout and stderr are closed does its work."""
    command = f'"{sys.executable}" -m runway_flow.cli.main run one.yaml --emulate >&- 2>&-'
    finished = subprocess.run(
        ["/bin/sh", "-c", command], cwd=workspace.folder, env=workspace.environment, check=False, timeout=60
    )
    assert finished.returncode == 0
    assert len(list((workspace.folder / "out" / "one").rglob("*.png"))) == 3
