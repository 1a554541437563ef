from __future__ import annotations

import errno
import io
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest
from msgspec.structs import replace

from runway_flow.cli.audience import Audience
from runway_flow.cli.options import Common
from runway_flow.cli.progress import Quiet, open_progress
from runway_flow.engine.events import StepState
from runway_flow.report.live import LiveProgress
from runway_flow.report.plain import PlainProgress
from runway_flow.report.sinks import Collected, JsonLines
from runway_flow.report.terminal import Terminal
from runway_flow.wiring import Settings
from tests.fakes.plans import changed
from tests.fakes.schemas import faults

if TYPE_CHECKING:
    from runway_flow.engine.events import Event

EVENT = changed("clip", StepState.RUNNING)
COMMON = Common(
    Settings(environ={"TERM": "xterm"}),
    Terminal(),
    Terminal(),
    is_json=False,
    is_quiet=False,
    verbosity=0,
    progress="auto",
    confirm_above=Decimal(100),
)


class Breaking:
    """A sink whose writing fails."""

    def __init__(self, error: OSError) -> None:
        """Take how it fails."""
        self.error = error

    def emit(self, event: Event) -> None:
        """Fail."""
        del event
        raise self.error


def test_one_that_fails_does_not_stop_the_others() -> None:
    """A sink that cannot write leaves the others alone; why is known."""
    full = Breaking(OSError(errno.ENOSPC, "No space left on device"))
    kept = Collected()
    audience = Audience.of(full, kept)
    audience.emit(EVENT)
    assert kept.events == [EVENT]
    assert audience.failure_of(full) is full.error
    assert audience.failure_of(kept) is None
    assert audience.failure_of(None) is None
    assert not audience.is_lost


def test_a_reader_that_leaves_is_told_once() -> None:
    """A closed pipe is told, once, to whoever listens."""
    told: list[str] = []
    audience = Audience.of(Breaking(BrokenPipeError()))
    audience.on_loss = lambda: told.append("lost")
    audience.emit(EVENT)
    audience.emit(EVENT)
    audience.look()
    assert told == ["lost"]
    assert audience.is_lost


def test_a_loss_before_anyone_listens() -> None:
    """Who begins to listen after the loss is told when they look."""
    told: list[str] = []
    audience = Audience.of(Breaking(BrokenPipeError()))
    audience.emit(EVENT)
    audience.on_loss = lambda: told.append("lost")
    audience.look()
    assert told == ["lost"]


def test_a_display_that_breaks_between_events() -> None:
    """A display may break while it shows that time passes."""
    display = Collected()
    audience = Audience.of(display, other := Collected())
    audience.lose(display, BrokenPipeError())
    audience.lose(display, OSError())
    audience.emit(EVENT)
    assert isinstance(audience.failure_of(display), BrokenPipeError)
    assert display.events == []
    assert other.events == [EVENT]


@pytest.mark.parametrize(
    ("progress", "kind"),
    [("live", LiveProgress), ("plain", PlainProgress), ("json", Quiet), ("none", Quiet)],
)
@pytest.mark.parametrize("is_terminal", [False, True])
def test_what_was_asked_for_is_shown(
    monkeypatch: pytest.MonkeyPatch, progress: str, kind: type, *, is_terminal: bool
) -> None:
    """An explicit choice beats every detection."""
    monkeypatch.setattr("sys.stderr.isatty", lambda: is_terminal, raising=False)
    environ = {"CI": "1"} if is_terminal else {}
    common = replace(COMMON, progress=progress, settings=Settings(environ=environ))
    assert type(open_progress(common)) is kind


@pytest.mark.parametrize(
    ("environ", "is_terminal", "kind"),
    [
        ({}, True, LiveProgress),
        ({}, False, PlainProgress),
        ({"CI": "true"}, True, PlainProgress),
        ({"TERM": "dumb"}, True, PlainProgress),
    ],
)
def test_detection(
    monkeypatch: pytest.MonkeyPatch, environ: dict[str, str], kind: type, *, is_terminal: bool
) -> None:
    """By itself the display is live on a terminal outside CI, else plain."""
    monkeypatch.setattr("sys.stderr.isatty", lambda: is_terminal, raising=False)
    assert type(open_progress(replace(COMMON, settings=Settings(environ=environ)))) is kind


def test_programs_and_quiet_people_see_no_progress(monkeypatch: pytest.MonkeyPatch) -> None:
    """With `--json` or `-q` there is no display, unless one was asked for."""
    monkeypatch.setattr("sys.stderr.isatty", lambda: True, raising=False)
    for common in (replace(COMMON, is_json=True), replace(COMMON, is_quiet=True)):
        progress = open_progress(common)
        progress.emit(EVENT)
        progress.heartbeat(0.0)
        progress.stop()
        assert progress.view.steps["clip"].state is StepState.RUNNING
        assert progress.interval_s == 30


def test_progress_as_json(monkeypatch: pytest.MonkeyPatch) -> None:
    """`--progress json` writes events to stderr; not twice where stdout has them."""
    stream = io.StringIO()
    monkeypatch.setattr("sys.stderr", stream)
    progress = open_progress(replace(COMMON, progress="json"))
    progress.emit(EVENT)
    lines = stream.getvalue().splitlines()
    assert len(lines) == 2
    assert all(faults(__import__("json").loads(line), "event") == [] for line in lines)
    silent = open_progress(replace(COMMON, progress="json", is_json=True))
    assert isinstance(silent, Quiet)
    assert silent.lines is None
    assert isinstance(JsonLines(stream), JsonLines)


def test_verbosity_lists_everything() -> None:
    """Verbosely plain progress lists what is stored."""
    progress = open_progress(replace(COMMON, progress="plain", verbosity=1))
    assert isinstance(progress, PlainProgress)
    assert progress.lists_all
