from __future__ import annotations

import io
import re
from decimal import Decimal

import pytest

from runway_flow.engine.events import RunStarted, StepState
from runway_flow.report.live import LiveProgress
from runway_flow.report.terminal import Terminal
from tests.fakes.plans import NOW, TEASER, changed

HIDE, SHOW = "\x1b[?25l", "\x1b[?25h"


class Screen(io.StringIO):
    """A stream that calls itself a terminal, and can break."""

    error: OSError | None = None

    def isatty(self) -> bool:
        """Say yes."""
        return True

    def write(self, text: str, /) -> int:
        """Keep what is written, unless broken."""
        if self.error is not None:
            raise self.error
        return super().write(text)


@pytest.fixture
def screen(monkeypatch: pytest.MonkeyPatch) -> Screen:
    """Give a terminal of 100 × 30."""
    monkeypatch.setenv("COLUMNS", "100")
    monkeypatch.setenv("LINES", "30")
    monkeypatch.setenv("TERM", "xterm-256color")
    return Screen()


def started(screen: Screen, *, has_colour: bool = False, speed: float = 1.0) -> LiveProgress:
    """Give a display of the teaser's run."""
    progress = LiveProgress(screen, Terminal(has_colour=has_colour), speed)
    progress.emit(RunStarted("01JD8QABC", NOW, TEASER))
    return progress


def texts(screen: Screen) -> str:
    """Give what was written, without control codes."""
    return re.sub(r"\x1b\[[?0-9;]*[A-Za-z]", "", screen.getvalue())


def test_nothing_is_drawn_before_the_first_frame(screen: Screen) -> None:
    """Events alone draw nothing, so that a stored run loads no library for it."""
    progress = started(screen)
    progress.stop()
    assert screen.getvalue() == ""


def test_frames(screen: Screen) -> None:
    """Each frame shows the run as it is; the first hides the cursor."""
    progress = started(screen)
    progress.heartbeat(NOW + 1)
    assert screen.getvalue().startswith(HIDE)
    assert " · voice        eleven_multilingual_v2  waiting" in texts(screen)
    progress.emit(changed("voice", StepState.DONE, 4, credits=Decimal(3)))
    progress.heartbeat(NOW + 5)
    assert " ✓ voice        eleven_multilingual_v2  done" in texts(screen)
    progress.stop()


def test_the_last_frame_stays(screen: Screen) -> None:
    """At the end the last frame is drawn once more with what happened since, and the cursor is back."""
    progress = started(screen)
    progress.heartbeat(NOW + 1)
    progress.emit(changed("voice", StepState.FAILED, 4, note="no"))
    progress.stop()
    last = texts(screen).rpartition("lamp-teaser")[2]
    assert "✗ voice" in last
    assert last.endswith("\n")
    assert screen.getvalue().rindex(SHOW) > screen.getvalue().rindex(HIDE)
    before = screen.getvalue()
    progress.stop()
    assert screen.getvalue() == before


@pytest.mark.parametrize("error", [BrokenPipeError(32, "Broken pipe"), OSError(5, "Input/output error")])
def test_a_lost_terminal(screen: Screen, error: OSError) -> None:
    """If the stream breaks, drawing says so, and stopping is quiet."""
    progress = started(screen)
    progress.heartbeat(NOW)
    screen.error = error
    with pytest.raises(OSError, match=re.escape(str(error))):
        progress.heartbeat(NOW + 1)
    progress.stop()
    progress.stop()


def test_frames_keep_off_the_last_rows(screen: Screen, monkeypatch: pytest.MonkeyPatch) -> None:
    """A frame is lower than the terminal, because one as tall flickers."""
    monkeypatch.setenv("LINES", "8")
    progress = started(screen)
    progress.heartbeat(NOW)
    assert texts(screen).count("\n") <= 4
    assert "… " in texts(screen)
    progress.stop()


def test_colour_only_if_there_is_colour(screen: Screen) -> None:
    """Without colour no colour is written, although the stream is a terminal."""
    progress = started(screen)
    progress.heartbeat(NOW)
    progress.stop()
    assert not re.search(r"\x1b\[[0-9;]+m", screen.getvalue())
    coloured = started(other := Screen(), has_colour=True)
    coloured.heartbeat(NOW)
    coloured.stop()
    assert "\x1b[1m" in other.getvalue()


def test_guess_changes_once_a_second(screen: Screen) -> None:
    """What is left is guessed anew once a second, in the emulator's time."""
    progress = started(screen)
    progress.heartbeat(NOW)
    assert "~1:06 left" in texts(screen)
    progress.emit(changed("clip[wide]", StepState.RUNNING))
    for step in TEASER.steps:
        progress.emit(changed(step, StepState.DONE, 0.5))
    progress.heartbeat(NOW + 0.5)
    assert texts(screen).count("~1:06 left") == 2
    progress.heartbeat(NOW + 1)
    assert texts(screen).count("left") == 2
    progress.stop()
    fast = started(other := Screen(), speed=100)
    fast.heartbeat(NOW)
    assert "~0:06 left" in texts(other)
    fast.stop()


def test_clock_never_runs_back(screen: Screen) -> None:
    """A wall clock that is set back does not turn the display back."""
    progress = started(screen)
    progress.heartbeat(NOW + 9)
    progress.heartbeat(NOW + 2)
    assert texts(screen).count("0:09") == 2
    progress.stop()
