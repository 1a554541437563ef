from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runway_flow.engine.events import StepProgress, StepState
from runway_flow.report.screen import render_screen
from runway_flow.report.terminal import Terminal, width_of
from tests.fakes.plans import NOW, TEASER, changed, credits_of, plan_of, planned_step, view_of

AT = NOW + 38
EVENTS = (
    changed("still[wide]", StepState.STORED),
    changed("voice", StepState.DONE, 4, credits=Decimal(3)),
    changed("clip[wide]", StepState.RUNNING, task="17f00000-1111", credits=Decimal(60)),
    StepProgress("clip[wide]", AT, 0.62),
    changed("clip[hand]", StepState.THROTTLED, note="waits for a slot (3 of 3 in use)"),
    changed("clip[macro]", StepState.DOWNLOADING, task="5d1e0000"),
    StepProgress("clip[macro]", AT, bytes_done=8_100_000, bytes_total=12_400_000),
)
VIEW = view_of(TEASER, *EVENTS)
WIDE = """\
lamp-teaser  run 01JD8Q  ━━━━━━━━................  2/6   63 of 123 credits   0:38   ~1:02 left
 ✓ still[wide]  gen4_image              stored
 ⠼ clip[wide]   gen4.5 image_to_video   running 62 %          38 s  60 cr  task 17f00000…
 ⠼ clip[hand]   gen4.5 image_to_video   throttled             38 s         waits for a slot (3 of 3 in use)
 ↓ clip[macro]  gen4.5 image_to_video   8.1 of 12.4 MB        38 s         task 5d1e0000…
 ✓ voice        eleven_multilingual_v2  done                         3 cr
 · cut          media/concat            waiting                            for clip[…]"""
ASCII = """\
lamp-teaser  2/6   63 of 123 credits   0:38
 v still[wide]  stored
 | clip[wide]   running 62 %    task 17f00000...
 | clip[hand]   throttled       waits for a s...
 < clip[macro]  8.1 of 12.4 MB  task 5d1e0000...
 v voice        done
 . cut          waiting         for clip[...]"""


def test_whole_screen() -> None:
    """A head with the sums, then a line for each instance: sign, what runs, state, time, credits, note."""
    assert "\n".join(render_screen(VIEW, Terminal(200), 20, AT, 62)) == WIDE


def test_narrow_screen_in_ascii() -> None:
    """On a narrow screen columns leave, the least important first, and so do parts of the head."""
    assert "\n".join(render_screen(VIEW, Terminal(48, is_ascii=True), 20, AT, 62)) == ASCII


@given(st.integers(1, 40), st.integers(20, 140), st.booleans(), st.integers(0, 30))
def test_screen_fits(height: int, width: int, is_ascii: bool, more: int) -> None:  # noqa: FBT001
    """A screen is never taller or wider than it may be."""
    plan = plan_of(*TEASER.steps.values(), *(planned_step(f"extra[{at} 灯塔]") for at in range(more)))
    lines = render_screen(view_of(plan, *EVENTS), Terminal(width, is_ascii=is_ascii), height, AT, 5)
    assert len(lines) <= height
    assert all(width_of(line) <= width for line in lines)


def test_what_does_not_fit_is_counted() -> None:
    """The instances that matter now are shown in the plan's order, the others counted in the last line."""
    lines = render_screen(VIEW, Terminal(100), 4, AT)
    assert [line[:14].strip() for line in lines[1:3]] == ["⠼ clip[wide]", "↓ clip[macro]"]
    assert lines[3] == " … 1 stored, 1 throttled, 1 done, 1 waiting"


def test_failures_come_first() -> None:
    """Where not all instances fit, one that failed is shown before those that go on."""
    view = view_of(TEASER, *EVENTS, changed("cut", StepState.FAILED, 9, note="no"))
    assert "✗ cut" in render_screen(view, Terminal(100), 3, AT)[1]


def test_spinner_turns() -> None:
    """What goes on turns with the time."""
    frames = {render_screen(VIEW, Terminal(100), 9, AT + tick / 8)[2][1] for tick in range(10)}
    assert len(frames) == 10
    ascii_frames = {
        render_screen(VIEW, Terminal(100, is_ascii=True), 9, AT + tick / 8)[2][1] for tick in range(4)
    }
    assert ascii_frames == set("|/-\\")


def test_last_screen_stands_still() -> None:
    """In the last screen nothing turns, and nothing is left to wait for."""
    lines = render_screen(VIEW, Terminal(200), 20, AT, 62, is_last=True)
    assert lines[2].startswith(" > clip[wide]")
    assert "left" not in lines[0]


def test_screen_without_a_plan() -> None:
    """Before the run has begun there is a head, and nothing breaks."""
    view = view_of(plan_of(flow="f"))
    view.plan = None
    assert render_screen(view, Terminal(20), 5, NOW) == ["  0/0   0:00"]


def test_long_names_are_cut() -> None:
    """A flow's name gives way to the sums."""
    lines = render_screen(view_of(plan_of(flow="a-very-long-name-of-a-flow")), Terminal(24), 5, NOW)
    assert lines[0] == "a-very-long…  0/0   0:00"


@pytest.mark.parametrize(
    ("state", "code"), [(StepState.DONE, "32"), (StepState.FAILED, "31"), (StepState.RUNNING, "")]
)
def test_colours(state: StepState, code: str) -> None:
    """Ends are coloured by how they went; what goes on is not."""
    view = view_of(plan_of(planned_step("clip")), changed("clip", state))
    line = render_screen(view, Terminal(100, has_colour=True), 5, NOW)[1]
    assert line.startswith(f"\x1b[{code}m" if code else " ")


def test_bar_with_colour() -> None:
    """With colour the bar's rest is dim instead of dotted."""
    head = render_screen(VIEW, Terminal(200, has_colour=True), 9, AT)[0]
    assert f"{'━' * 8}\x1b[2m{'━' * 16}\x1b[0m" in head


def test_what_an_instance_waits_for() -> None:
    """What waits says for what: only what is not done yet, folded; a note of its own goes first."""
    plan = plan_of(planned_step("a"), planned_step("b[x]"), planned_step("c", needs=("a", "b[x]")))
    assert render_screen(view_of(plan), Terminal(100), 9, NOW)[3].endswith("for a, b[x]")
    done = view_of(plan, changed("a", StepState.DONE))
    assert render_screen(done, Terminal(100), 9, NOW)[3].endswith("for b[x]")
    ready = view_of(plan, changed("a", StepState.DONE), changed("b[x]", StepState.STORED))
    assert render_screen(ready, Terminal(100), 9, NOW)[3].endswith("waiting")
    noted = view_of(plan, changed("c", StepState.WAITING, note="for room"))
    assert render_screen(noted, Terminal(100), 9, NOW)[3].endswith("for room")


def test_costs_that_nobody_states_come_on_top() -> None:
    """Where tasks of unknown price are planned, the sum is said to be none."""
    plan = plan_of(planned_step("a", estimate=credits_of(60)), planned_step("b"), unknown_prices=1)
    assert "   0 of 60+ credits   " in render_screen(view_of(plan), Terminal(100), 9, NOW)[0]


def test_a_run_that_is_to_end_says_so() -> None:
    """After an interruption the head says that the run ends, not how much is left."""
    view = view_of(TEASER)
    view.is_stopping = True
    head = render_screen(view, Terminal(100), 9, NOW, 62)[0]
    assert head.endswith("   stopping")
    assert "left" not in head
    assert "stopping" not in render_screen(view, Terminal(100), 9, NOW, is_last=True)[0]
