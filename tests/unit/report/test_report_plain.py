from __future__ import annotations

import io
from decimal import Decimal

from runway_flow.engine.events import Found, RunStarted, StepProgress, StepState
from runway_flow.kernel import codes
from runway_flow.kernel.diagnostics import Diagnostic
from runway_flow.report.plain import PlainProgress
from runway_flow.report.terminal import Terminal
from tests.fakes.plans import NOW, TEASER, changed, plan_of, planned_step, summary_of


def started(*, continues: bool = False, lists_all: bool = False, is_ascii: bool = False) -> PlainProgress:
    """Give a display of the teaser's run that has just begun, with nothing written."""
    progress = PlainProgress(io.StringIO(), Terminal(is_ascii=is_ascii), lists_all)
    progress.emit(RunStarted("01JD8Q", NOW, TEASER, continues))
    return progress


def written(progress: PlainProgress) -> list[str]:
    """Give the lines behind the first."""
    assert isinstance(progress.stream, io.StringIO)
    return progress.stream.getvalue().splitlines()[1:]


def test_first_line() -> None:
    """The first line names flow, run and how many instances there are, and whether the run goes on."""
    progress = PlainProgress(stream := io.StringIO(), Terminal())
    progress.emit(RunStarted("01JD8Q", NOW, TEASER))
    progress.emit(RunStarted("01JD8Q", NOW, plan_of(planned_step("a")), continues=True))
    assert stream.getvalue() == (
        "lamp-teaser: run 01JD8Q starts, 6 instances\nlamp-teaser: run 01JD8Q goes on, 1 instance\n"
    )


def test_a_line_for_each_change() -> None:
    """Each change of state is a line; the same state again, and progress, are not."""
    progress = started()
    progress.emit(changed("voice", StepState.SUBMITTED, 1, task="12345678-9", credits=Decimal(3)))
    progress.emit(StepProgress("voice", NOW + 2, 0.5))
    progress.emit(changed("voice", StepState.SUBMITTED, 2))
    progress.emit(Found(Diagnostic(codes.MODERATED, "shown at the end"), NOW))
    progress.emit(changed("voice", StepState.DONE, 5, credits=Decimal(3)))
    assert written(progress) == [
        "0:01 · voice  eleven_multilingual_v2  submitted  3 cr  task 12345678…",
        "0:05 ✓ voice  eleven_multilingual_v2  done  4 s  3 cr",
    ]


def test_stored_ones_are_counted() -> None:
    """What is stored, skipped or waits is counted with the next line, not listed."""
    progress = started()
    for name in ("still[wide]", "clip[wide]"):
        progress.emit(changed(name, StepState.STORED, 1))
    progress.emit(changed("cut", StepState.SKIPPED, 1))
    progress.emit(changed("clip[hand]", StepState.WAITING, 1, note="x"))
    assert written(progress) == []
    progress.emit(changed("voice", StepState.RUNNING, 2))
    assert written(progress) == [
        "0:02 ✓ 2 stored, 1 skipped",
        "0:02 · voice  eleven_multilingual_v2  running",
    ]


def test_counts_are_not_lost_at_the_end() -> None:
    """What was counted is written before the run ends; nothing twice."""
    progress = started()
    progress.emit(changed("voice", StepState.STORED, 1))
    progress.emit(summary_of())
    progress.emit(summary_of())
    assert written(progress) == ["0:48 ✓ 1 stored"]


def test_everything_is_listed_on_demand() -> None:
    """Verbosely what is stored has its line too."""
    progress = started(lists_all=True)
    progress.emit(changed("voice", StepState.STORED, 1))
    assert written(progress) == ["0:01 ✓ voice  eleven_multilingual_v2  stored"]


def test_instances_that_nobody_announced() -> None:
    """An instance that the plan does not have is written all the same."""
    progress = PlainProgress(stream := io.StringIO(), Terminal())
    progress.emit(changed("clip", StepState.FAILED, note="no"))
    assert stream.getvalue().endswith("✗ clip  failed  no\n")


def test_heartbeat() -> None:
    """A heartbeat says how far the run is and what it works on, a few of them by name."""
    progress = started()
    progress.emit(changed("still[wide]", StepState.STORED))
    progress.heartbeat(NOW + 30)
    for name in ("clip[wide]", "clip[hand]", "clip[macro]", "voice", "cut"):
        progress.emit(changed(name, StepState.RUNNING, 31, credits=Decimal(10)))
    progress.heartbeat(NOW + 60)
    lines = written(progress)
    assert lines[:2] == ["0:30 ✓ 1 stored", "0:30   1/6 done, 0 credits; working on nothing"]
    assert lines[-1] == (
        "1:00   1/6 done, 40 credits; working on clip[wide], clip[hand], clip[macro], voice and 1 more"
    )


def test_plain_lines_are_clean() -> None:
    """Nothing from outside steers the terminal, and in ASCII every line is ASCII."""
    progress = started(is_ascii=True)
    progress.emit(changed("voice", StepState.FAILED, note="a\x1b[2Jb\nc"))
    progress.stop()
    assert written(progress) == ["0:00 x voice  eleven_multilingual_v2  failed  a?[2Jb\\nc"]


def test_interruptions_are_answered() -> None:
    """Whoever interrupts is told at once that the run ends, and what a second time does."""
    progress = started()
    progress.stopping()
    (line,) = written(progress)
    assert line == "stopping: what is under way is written down; interrupt again to leave at once"
