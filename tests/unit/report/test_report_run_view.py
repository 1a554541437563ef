from __future__ import annotations

from decimal import Decimal

import pytest

from runway_flow.engine.events import Found, StepProgress, StepState
from runway_flow.kernel import codes
from runway_flow.kernel.diagnostics import Diagnostic
from runway_flow.plan.plan import PlanState
from runway_flow.report.run_view import RunView, StepView
from runway_flow.report.step_lines import transfer_text, words
from tests.fakes.plans import NOW, TEASER, changed, plan_of, planned_step, summary_of, view_of

CLIP = plan_of(planned_step("clip"))


def test_begins_with_every_instance_waiting() -> None:
    """A run begins with each instance of its plan waiting."""
    view = view_of(TEASER)
    assert list(view.steps) == list(TEASER.steps)
    assert {step.state for step in view.steps.values()} == {StepState.WAITING}
    assert view.finished == 0


def test_a_change_of_state_forgets_the_progress() -> None:
    """Progress belongs to the state in which it was told."""
    view = view_of(CLIP, StepProgress("clip", NOW, 0.5, 1, 2), changed("clip", StepState.RUNNING, 3))
    step = view.steps["clip"]
    assert (step.ratio, step.bytes_done, step.bytes_total, step.since) == (None, None, None, NOW + 3)


def test_the_same_state_again_keeps_the_progress() -> None:
    """The same state with another note is no change of state."""
    view = view_of(
        CLIP,
        changed("clip", StepState.RUNNING, 1),
        StepProgress("clip", NOW, 0.5),
        changed("clip", StepState.RUNNING, 9, note="slow"),
    )
    assert (view.steps["clip"].ratio, view.steps["clip"].since, view.steps["clip"].note) == (
        0.5,
        NOW + 1,
        "slow",
    )


def test_a_task_is_remembered() -> None:
    """The id of a task stays known in later states that do not repeat it."""
    view = view_of(CLIP, changed("clip", StepState.SUBMITTED, task="t"), changed("clip", StepState.RUNNING))
    assert view.steps["clip"].task == "t"


def test_instances_that_the_plan_does_not_have() -> None:
    """An event about an instance that nobody announced is taken as it comes."""
    view = view_of(CLIP, changed("other", StepState.DONE), StepProgress("third", NOW, 0.1))
    assert set(view.steps) == {"clip", "other", "third"}


def test_findings_and_the_end_are_kept() -> None:
    """What was found, and the summary, are kept for whoever shows them."""
    item = Diagnostic(codes.MODERATED, "no")
    view = view_of(CLIP, Found(item, NOW), summary_of())
    assert view.diagnostics == [item]
    assert view.summary == summary_of()


def test_credits_of_what_is_stored_do_not_count() -> None:
    """The store's results cost nothing again."""
    view = view_of(
        TEASER,
        changed("still[wide]", StepState.STORED, credits=Decimal(8)),
        changed("voice", StepState.DONE, credits=Decimal(3)),
        changed("clip[wide]", StepState.RUNNING, credits=Decimal(60)),
    )
    assert view.credits == 63
    assert view.finished == 2


def test_credits_of_what_was_paid_before_do_not_count() -> None:
    """What an earlier run submitted was paid then: the plan does not count it, nor does the run."""
    plan = plan_of(planned_step("old", PlanState.IN_FLIGHT), planned_step("new"))
    view = view_of(
        plan,
        changed("old", StepState.RUNNING, credits=Decimal(60)),
        changed("new", StepState.RUNNING, credits=Decimal(8)),
    )
    assert view.credits == 8


def test_left_is_the_longest_chain() -> None:
    """What is left is the longest chain of what is not done; what runs counts with its rest."""
    plan = plan_of(planned_step("a"), planned_step("b", needs=("a",)), planned_step("c", seconds=100.0))
    view = view_of(plan, changed("a", StepState.RUNNING))
    assert view.seconds_left(NOW + 20) == 100
    view.take(changed("c", StepState.DONE, 30))
    assert view.seconds_left(NOW + 30) == 90
    assert view.seconds_left(NOW + 500) == 66  # a tenth of what it usually takes, as it is late
    assert RunView().seconds_left(NOW) == 0


def test_emulated_time_passes_faster() -> None:
    """With the emulator remote work takes less, local work what it takes."""
    plan = plan_of(
        planned_step("a"), planned_step("last", PlanState.LOCAL, "media/frame", seconds=None, needs=("a",))
    )
    assert view_of(plan).seconds_left(NOW) == pytest.approx(61)
    assert view_of(plan).seconds_left(NOW, speed=100) == pytest.approx(1.6)


def test_left_is_what_waits_for_room() -> None:
    """Where more is left than may run at once, the room decides, the user's limit too."""
    steps = [planned_step(f"c{at}") for at in range(6)]
    assert view_of(plan_of(*steps)).seconds_left(NOW) == 120
    assert view_of(plan_of(*steps, jobs=1)).seconds_left(NOW) == 360


@pytest.mark.parametrize(
    ("done", "total", "text"),
    [(8_100_000, 12_400_000, "8.1 of 12.4 MB"), (812, 34_000, "812 B of 34 kB"), (34_000, None, "34 kB")],
)
def test_transfers(done: int, total: int | None, text: str) -> None:
    """How far a transfer is, the unit once where it is the same."""
    assert transfer_text(done, total) == text


def step(state: StepState, **fields: object) -> StepView:
    """Make an instance that began at `NOW` and has been in its state since 10 s."""
    view = StepView("clip", state, since=NOW + 10, began=NOW)
    for name, value in fields.items():
        setattr(view, name, value)
    return view


@pytest.mark.parametrize(
    ("view", "cells"),
    [
        (step(StepState.WAITING, note="waits for a"), ("", "waiting", "", "", "waits for a")),
        (step(StepState.RUNNING, ratio=0.625, task="12345678-9", credits=Decimal(60)),
         ("", "running 62 %", "38 s", "60 cr", "task 12345678…")),
        (step(StepState.SUBMITTED, task="12345678-9", note="slow"),
         ("", "submitted", "38 s", "", "task 12345678… · slow")),
        (step(StepState.DONE, task="12345678-9", ratio=1.0), ("", "done", "10 s", "", "")),
        (step(StepState.IN_DOUBT), ("", "in doubt", "10 s", "", "")),
        (step(StepState.STORED, credits=Decimal(8), note="stored, 9f3c"), ("", "stored", "", "", "")),
        (step(StepState.BLOCKED, note="a failed"), ("", "blocked", "", "", "a failed")),
        (step(StepState.DOWNLOADING, bytes_done=5), ("", "5 B", "38 s", "", "")),
        (step(StepState.FAILED, note="see https://h/x?sig=secret"), ("", "failed", "10 s", "", "see https://h/x?…")),
    ],
    ids=lambda value: value.state.value if isinstance(value, StepView) else "",
)  # fmt: skip
def test_words(view: StepView, cells: tuple[str, ...]) -> None:
    """Each state has its words: what runs, state, time, credits, note."""
    assert words(view, None, NOW + 38) == cells


def test_words_name_what_runs() -> None:
    """What runs is named where the plan knows it; less than a second is no time."""
    view = StepView("clip", StepState.RUNNING, since=NOW, began=NOW)
    assert words(view, planned_step("clip"), NOW + 0.9) == ("gen4.5 image_to_video", "running", "", "", "")
