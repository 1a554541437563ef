from __future__ import annotations

from decimal import Decimal

import pytest

from runway_flow.engine.events import EarlierFate, EarlierTask, RunStatus
from runway_flow.kernel.codes import ExitCode
from runway_flow.report.summary import headline, output_paths, render_summary
from runway_flow.report.terminal import Terminal, width_of
from tests.fakes.plans import SOUND, exported, summary_of

AGAIN = "runway-flow run flows/teaser.yaml"
SHOW = "runway-flow runs show 01JD8Q"


def test_headline_counts() -> None:
    """The worst is counted first; what did not happen is not mentioned."""
    summary = summary_of(failed=1, not_run=1, ran=4, spent=Decimal(63))
    assert headline(summary) == "lamp-teaser: 1 failed, 1 not run, 4 done · 63 credits spent · 48 s"


def test_headline_of_a_stored_run() -> None:
    """What the store saved is said; one credit is singular."""
    assert headline(summary_of(stored=6, saved=Decimal(131))) == (
        "lamp-teaser: 6 stored · 0 credits spent, 131 saved by the store · 48 s"
    )
    assert " 1 credit spent" in headline(summary_of(spent=Decimal(1)))
    assert "nothing to do" in headline(summary_of())


def test_every_end_is_counted() -> None:
    """Each way in which an instance can end has its place in the line."""
    summary = summary_of(failed=1, in_doubt=2, not_run=3, ran=4, stored=5, skipped=6)
    assert "1 failed, 2 in doubt, 3 not run, 4 done, 5 stored, 6 skipped" in headline(summary)


def test_files() -> None:
    """Each file is named with size, length and bytes; a run that went well needs no advice."""
    outputs = {"film": (exported("out/lamp/film.mp4"),), "dub": (exported("out/a.mp3", SOUND),)}
    assert render_summary(summary_of(ran=2, outputs=outputs), Terminal(), AGAIN, SHOW) == (
        "✓ lamp-teaser: 2 done · 0 credits spent · 48 s\n"
        "  out/lamp/film.mp4  1280×720 · 8.50 s · 277 kB\n"
        "  out/a.mp3          3.00 s · 812 B\n"
    )


def test_tasks_of_an_earlier_flow() -> None:
    """What a changed flow had left behind is told with its step, its task and what became of it."""
    task = "8c2b0000-0000-4000-8000-000000000000"
    earlier = tuple(EarlierTask("clip[wide]", task, fate, Decimal(60)) for fate in EarlierFate)
    text = render_summary(summary_of(stored=2, earlier=earlier), Terminal(200), AGAIN, SHOW)
    whose = f"  clip[wide]: task {task} of an earlier form of the flow"
    assert text.splitlines()[1:] == [
        f"{whose} is collected: its result is kept in the store (60 credits, paid then)",
        f"{whose} failed (60 credits)",
        f"{whose} goes on; the next run collects it",
    ]
    text = render_summary(summary_of(stored=2, earlier=earlier), Terminal(60), AGAIN, SHOW)
    assert text.count(task) == 3
    assert all(len(line) <= 60 for line in text.splitlines())


@pytest.mark.parametrize("width", [40, 60, 80])
@pytest.mark.parametrize("status", [RunStatus.INTERRUPTED, RunStatus.FAILED, RunStatus.WAITING])
def test_sentences_break_between_words(width: int, status: RunStatus) -> None:
    """The head and the advice fit the screen; commands and ids are never broken."""
    task = "8c2b0000-0000-4000-8000-000000000000"
    summary = summary_of(status, ExitCode.FAILED, failed=1, not_run=8, ran=4, remote={"clip[wide]": task})
    again = f"{AGAIN} --emulate --budget 1200 -i product=lamp"
    lines = render_summary(summary, Terminal(width), again, SHOW).splitlines()
    assert lines[-1].endswith((again, SHOW))
    assert all(width_of(line) <= max(width, len(task) + 2) for line in lines[:-1])
    assert any(task in line for line in lines)


def test_sums_are_not_torn() -> None:
    """Where the head needs two lines it breaks between its sums."""
    text = render_summary(summary_of(ran=4, spent=Decimal(63)), Terminal(44), AGAIN, SHOW)
    assert text == "✓ lamp-teaser: 4 done · 63 credits spent\n  48 s\n"


def test_paths_are_never_broken() -> None:
    """Where a path leaves no room for the facts about the file, it stands alone."""
    outputs = {"film": (exported("out/lamp-teaser/a-long-name.mp4"),)}
    text = render_summary(summary_of(outputs=outputs), Terminal(60), AGAIN, SHOW)
    assert text.splitlines()[1] == "  out/lamp-teaser/a-long-name.mp4"


def test_many_files_are_counted() -> None:
    """Of many files the first are named."""
    outputs = {"clips": tuple(exported(f"out/{at}.mp4") for at in range(14))}
    text = render_summary(summary_of(outputs=outputs), Terminal(is_ascii=True), AGAIN, SHOW)
    assert text.count(".mp4") == 12
    assert text.startswith("v lamp-teaser")
    assert text.endswith("\n  ... and 2 more files\n")


def test_paths_alone() -> None:
    """Quietly only the paths are given, one a line."""
    outputs = {"film": (exported("out/film.mp4"),), "dubs": (exported("a.mp3"), exported("b.mp3"))}
    assert output_paths(summary_of(outputs=outputs)) == "out/film.mp4\na.mp3\nb.mp3\n"


@pytest.mark.parametrize(
    ("status", "advice"),
    [
        (RunStatus.FAILED, f"What is done is kept and not paid again; after a change run:  {AGAIN}"),
        (RunStatus.REFUSED, f"What is done is kept and not paid again; after a change run:  {AGAIN}"),
        (RunStatus.INTERRUPTED, f"Nothing is lost; go on with:  {AGAIN}"),
        (RunStatus.UNREACHABLE, f"Nothing is lost; go on with:  {AGAIN}"),
        (RunStatus.BUSY, f"Nothing is lost; go on with:  {AGAIN}"),
        (RunStatus.WAITING, f"What is in doubt is not submitted again by itself; look at it with:  {SHOW}"),
    ],
)
def test_advice(status: RunStatus, advice: str) -> None:
    """Whatever went wrong, the last line says what to do next."""
    text = render_summary(summary_of(status, ExitCode.FAILED), Terminal(), AGAIN, SHOW)
    assert text.startswith("✗ ")
    assert text.splitlines()[-1] == advice


def test_tasks_that_go_on() -> None:
    """After an interruption each task that goes on remotely is named, and how it is collected."""
    remote = {f"clip[{at}]": f"task-{at}" for at in range(13)}
    summary = summary_of(RunStatus.INTERRUPTED, ExitCode.INTERRUPTED, not_run=15, remote=remote)
    lines = render_summary(summary, Terminal(), AGAIN, SHOW).splitlines()
    assert lines[0].startswith("✗ lamp-teaser: 2 not run, 13 in flight · ")
    assert lines[1] == "  clip[0] goes on remotely as task task-0"
    assert lines[13] == "  … and 1 more task"
    assert lines[14:] == [
        "What goes on remotely is paid already; this collects it, and goes on:",
        f"  {AGAIN}",
    ]


def test_colour_of_the_sign() -> None:
    """The sign is green or red."""
    colour = Terminal(has_colour=True)
    assert render_summary(summary_of(), colour, AGAIN, SHOW).startswith("\x1b[32m✓\x1b[0m ")
    failed = summary_of(RunStatus.FAILED, ExitCode.FAILED)
    assert render_summary(failed, colour, AGAIN, SHOW).startswith("\x1b[31m✗\x1b[0m ")
