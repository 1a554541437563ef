from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest
from msgspec.structs import replace

from runway_flow.engine.attempts import Attempt, AttemptState
from runway_flow.report.runs_text import render_run, render_runs
from runway_flow.report.terminal import Terminal, width_of
from tests.fakes.records import NOW, RUN, make_intent

if TYPE_CHECKING:
    from collections.abc import Iterator

ID = "01M7ZCJKN376HXKYSAEYNWZJNB"
TASK = "debba57c-974a-4708-83fd-215dcd827cb9"
LONG = replace(RUN, run_id=ID, ended_at=NOW + 60, status="ok", spent=Decimal(13))
REHEARSAL = replace(LONG, run_id="01M7ZCJKN376HXKYSAEYNWZJNC", realm="local", spent=Decimal(1), status=None)
WIDTHS = (40, 60, 80, 100, 200)


@pytest.fixture(autouse=True)
def clock_of_the_machine(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Let the machine be in the zone of UTC: times are shown in its own."""
    import time

    monkeypatch.setenv("TZ", "UTC")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


def attempt(state: AttemptState = AttemptState.STORED, **fields: Any) -> Attempt:  # noqa: ANN401
    """Make an attempt with a task."""
    step = fields.pop("step", "clip[wide]")
    plain = Attempt(make_intent(step=step), state, task=TASK, cost=Decimal(60))
    return replace(plain, **fields)


def test_runs() -> None:
    """Each run has a line; an emulated one says so, and one that did not end is unfinished."""
    assert render_runs([LONG, REHEARSAL], Terminal(200)) == (
        "run                         flow    started           where     status      credits\n"
        "01M7ZCJKN376HXKYSAEYNWZJNB  teaser  2023-11-14 22:13  runway    ok               13\n"
        "01M7ZCJKN376HXKYSAEYNWZJNC  teaser  2023-11-14 22:13  emulated  unfinished        1\n"
    )


def test_no_runs() -> None:
    """A store without runs says so."""
    assert render_runs([], Terminal()) == "no runs yet\n"


@pytest.mark.parametrize("width", WIDTHS)
def test_ids_of_runs_are_whole(width: int) -> None:
    """An id is copied: whatever else goes on a narrow screen, it and the mark of a rehearsal stay."""
    lines = render_runs([LONG, REHEARSAL], Terminal(width)).splitlines()
    assert all(width_of(line) <= max(width, 38) for line in lines)
    assert lines[1].startswith(ID)
    assert "emulated" in lines[2]


def test_run() -> None:
    """A run is shown with its end, its cost, its flow, and a line for each attempt."""
    attempts = [attempt(estimated=Decimal(55)), attempt(step="voice", cost=Decimal(1))]
    assert render_run(LONG, attempts, Terminal(200)) == (
        f"teaser · run {ID} · ok · 13 credits · 2023-11-14 22:13 · flows/teaser.yaml\n\n"
        "step        model   state   table  API  paid  task\n"
        f"clip[wide]  gen4.5  stored   1–60   55    60  {TASK}\n"
        f"voice       gen4.5  stored   1–60    –     1  {TASK}\n"
    )


def test_a_rehearsal_says_so() -> None:
    """What a rehearsal spent is no money."""
    text = render_run(REHEARSAL, [], Terminal(200))
    assert f"run {REHEARSAL.run_id} · unfinished · 1 credit, emulated · " in text
    assert text.endswith("\nnothing was paid for in this run\n")


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("step", ["voice", "a_step_with_a_long_name[and a long key]"])
def test_ids_of_tasks_are_whole(width: int, step: str) -> None:
    """The id of a task is copied into the developer portal: it takes a line of its own where it must."""
    text = render_run(LONG, [attempt(step=step)], Terminal(width))
    assert TASK in text
    assert step in text
    assert all(width_of(line) <= max(width, len(TASK) + 4, len(step) + 4) for line in text.splitlines())


def test_what_an_attempt_came_to() -> None:
    """In flight, in doubt, failed: each has its words; why it failed stands whole below it."""
    why = "Runway refused the prompt because of a very long reason that no column would ever hold " * 2
    attempts = [
        attempt(AttemptState.SUBMITTED, cost=None),
        attempt(AttemptState.INTENDED, cost=None, task=None),
        attempt(AttemptState.FAILED, failure=why),
    ]
    lines = render_run(LONG, attempts, Terminal(100, is_ascii=True)).splitlines()[3:]
    assert lines[0].split() == ["clip[wide]", "gen4.5", "in", "flight", "1-60", "-", "-", TASK]
    assert lines[1].split() == ["clip[wide]", "gen4.5", "in", "doubt", "1-60", "-", "-"]
    assert lines[2].split() == ["clip[wide]", "gen4.5", "failed", "1-60", "-", "60", TASK]
    assert " ".join(" ".join(lines[3:]).split()) == why.strip()
    assert all(line.startswith("    ") and len(line) <= 100 for line in lines[3:])


def test_an_endpoint_without_a_model_is_named() -> None:
    """Where an endpoint has no model, the endpoint stands for it."""
    unnamed = attempt(intent=replace(make_intent(), model=None))
    assert "image_to_video" in render_run(LONG, [unnamed], Terminal(200))
