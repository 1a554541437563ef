from __future__ import annotations

from decimal import Decimal

import pytest
from msgspec.structs import replace

from runway_flow.kernel.amounts import UNKNOWN_PRICE
from runway_flow.plan.duration import LOCAL
from runway_flow.plan.plan import Change, Crowd, PlanState
from runway_flow.report.plan_sums import summary_lines
from runway_flow.report.plan_table import render_plan, runs_text, symbol
from runway_flow.report.terminal import Terminal, width_of
from tests.fakes.plans import TEASER, credits_of, plan_of, planned_step

STORE = "~/.local/share/runway-flow"
COMMAND = "runway-flow run flows/teaser.yaml"
WIDE = """\
lamp-teaser · 4 steps · models of 2026-10-23 · store ~/.local/share/runway-flow

    step         runs                    what                credits  why
 =  still[wide]  gen4_image              1920:1080 · seed 7        0  stored, 9f3c1a2e
 ~  clip[wide]   gen4.5 image_to_video   1280:720 · 5 s           60  prompt_text changed
 +  clip[hand]   gen4.5 image_to_video   1280:720 · 5 s           60  new
 >  clip[macro]  gen4.5 image_to_video   1280:720 · 4 s            –  in flight: task 5d1e… (paid, will be collected)
 +  voice        eleven_multilingual_v2  142 characters            3  new
 ·  cut          media/concat            3 clips                   0  local; needs clip[…]

Plan: 3 paid tasks, 1 to collect, 1 local, 1 stored.
Cost: 123 credits ($1.23) of a budget of 600. Saved by the store: 8. About 1 min 50 s (critical path clip[wide] → cut).
Run it:  runway-flow run flows/teaser.yaml
"""  # noqa: E501 - as wide as it is shown
NARROW = """\
lamp-teaser . 4 steps . models of 2026-10-23
store ~/.local/share/runway-flow

    step         runs            credits  why
 =  still[wide]  gen4_image            0  stored, 9f3c1a2e
 ~  clip[wide]   gen4.5 imag...       60  prompt_text cha...
 +  clip[hand]   gen4.5 imag...       60  new
 >  clip[macro]  gen4.5 imag...        -  in flight: task...
 +  voice        eleven_mult...        3  new
 .  cut          media/concat          0  local; needs cl...

Plan: 3 paid tasks, 1 to collect, 1 local, 1 stored.
Cost: 123 credits ($1.23) of a budget of 600.
Saved by the store: 8.
About 1 min 50 s (critical path clip[wide] -> cut).
Run it:  runway-flow run flows/teaser.yaml
"""


def test_whole_plan() -> None:
    """With room a plan shows every column, its sums, and the command that runs it."""
    assert render_plan(TEASER, Terminal(200), store=STORE, command=COMMAND, count=4) == WIDE


def test_plan_over_its_budget() -> None:
    """A plan that a run would refuse says by how much, and gives no command for it."""
    plan = replace(TEASER, budget=Decimal(100))
    text = render_plan(plan, Terminal(200), store=STORE, command=COMMAND, count=4)
    assert "of a budget of 100: 23 too many, a run would be refused." in text
    assert COMMAND not in text


def test_plan_that_continues_a_run() -> None:
    """What the unfinished run has spent is shown beside its limit, and counts against it."""
    plan = replace(TEASER, spent=Decimal(40))
    assert "of a budget of 600. Spent so far: 40 of 600. Saved" in summary_lines(plan, Terminal(200))[1]
    text = summary_lines(replace(plan, budget=None), Terminal(200))[1]
    assert "Cost: 123 credits ($1.23). Spent so far: 40. " in text
    text = render_plan(
        replace(plan, budget=Decimal(150)), Terminal(200), store=STORE, command=COMMAND, count=4
    )
    assert "of a budget of 150: 13 too many, a run would be refused. Spent so far: 40 of 150." in text
    assert COMMAND not in text


def test_plan_over_the_budget_of_a_step() -> None:
    """A step's own budget that does not cover its instances is told, too."""
    step = planned_step("clip[a]", estimate=credits_of(60), budget=Decimal(50))
    text = render_plan(plan_of(step), Terminal(200), store=STORE, command=COMMAND, count=1)
    assert "Cost: 60 credits ($0.60). The budget of clip is 50: 10 too few, a run would be refused." in text
    assert COMMAND not in text


def test_narrow_plan_in_ascii() -> None:
    """At 60 columns the least important column is gone, others are cut, and sums stand on their own lines."""
    text = render_plan(TEASER, Terminal(60, is_ascii=True), store=STORE, command=COMMAND, count=4)
    assert text == NARROW


@pytest.mark.parametrize("width", [40, 60, 100, 200])
@pytest.mark.parametrize("is_ascii", [False, True])
def test_symbol_and_step_are_never_squeezed_away(width: int, *, is_ascii: bool) -> None:
    """At every width each instance has its symbol and its whole name, and no line is too wide."""
    text = render_plan(TEASER, Terminal(width, is_ascii=is_ascii), store=STORE, count=4)
    rows = text.split("\n\n")[1].split("\n")
    assert all(width_of(row) <= width for row in rows)
    signs = "=~+>+." if is_ascii else "=~+>+·"
    for row, sign, step in zip(rows[1:], signs, TEASER.steps, strict=True):
        assert row.startswith(f" {sign}  {step}")


def test_colour_changes_no_text() -> None:
    """Colour only adds: without its codes the plan is the same."""
    painted = render_plan(TEASER, Terminal(200, has_colour=True), store=STORE, command=COMMAND, count=4)
    for code in ("\x1b[0m", "\x1b[1m", "\x1b[2m", *(f"\x1b[{number}m" for number in range(31, 37))):
        painted = painted.replace(code, "")
    assert painted == WIDE


@pytest.mark.parametrize(
    ("state", "change", "sign"),
    [
        (PlanState.RUN, Change.NEW, "+"),
        (PlanState.RUN, Change.CHANGED, "~"),
        (PlanState.STORED, Change.NONE, "="),
        (PlanState.IN_FLIGHT, Change.NONE, ">"),
        (PlanState.LOCAL, Change.CHANGED, "·"),
        (PlanState.UNKNOWN, Change.NONE, "?"),
        (PlanState.SKIPPED, Change.NONE, "-"),
        (PlanState.BLOCKED, Change.NONE, "-"),
        (PlanState.IN_DOUBT, Change.NONE, "*"),
    ],
)
def test_symbols(state: PlanState, change: Change, sign: str) -> None:
    """Each state has its symbol; what is new and what changed differ."""
    assert symbol(planned_step("clip", state, change=change)) == sign


@pytest.mark.parametrize(
    ("uses", "text"),
    [
        ("image_to_video/gen4.5", "gen4.5 image_to_video"),
        ("text_to_image/gen4_image", "gen4_image"),
        ("media/concat", "media/concat"),
    ],
)
def test_what_runs(uses: str, text: str) -> None:
    """A model is named; the endpoint too where videos come from texts, images or videos; or the operation."""
    assert runs_text(planned_step("s", uses=uses)) == text


@pytest.mark.parametrize(
    ("state", "shown"),
    [
        (PlanState.IN_DOUBT, "–"),
        (PlanState.BLOCKED, "–"),
        (PlanState.SKIPPED, "0"),
        (PlanState.UNKNOWN, "56–280"),
    ],
)
def test_credits(state: PlanState, shown: str) -> None:
    """Credits are what a run would still spend; a dash where that is not for this plan to say."""
    plan = plan_of(planned_step("clip", state, estimate=credits_of(56, 280)))
    row = render_plan(plan, Terminal(200), store="s", count=1).split("\n")[3]
    assert row.split("1280:720 · 5 s")[1].split()[0] == shown


def test_large_plans_are_folded() -> None:
    """In a plan of many instances those of one step that fare alike take one line with their sum."""
    clips = [planned_step(f"clip[{at}]", estimate=credits_of(60)) for at in range(60)]
    stored = [planned_step(f"clip[s{at}]", PlanState.STORED, why=f"stored, {at}") for at in range(5)]
    plan = plan_of(*clips, *stored, planned_step("voice", what="x", uses="text_to_image/gen4_image"))
    rows = render_plan(plan, Terminal(100), store="s", count=2).split("\n")[3:6]
    assert [" ".join(row.split()) for row in rows] == [
        "+ clip[…] × 60 gen4.5 image_to_video 1280:720 · 5 s 3600 new",
        "= clip[…] × 5 gen4.5 image_to_video 1280:720 · 5 s 0 stored",
        "+ voice gen4_image x 0 new",
    ]


def test_folded_lines_say_that_they_differ() -> None:
    """Where folded instances differ, the first one's words are marked."""
    clips = [planned_step(f"clip[{at}]", what=f"{at} s") for at in range(61)]
    row = render_plan(plan_of(*clips), Terminal(100), store="s", count=1).split("\n")[3]
    assert "0 s …" in row


def test_folded_lines_fold_what_they_need() -> None:
    """What many instances wait for is folded, too."""
    stills = [planned_step(f"still[{at}]") for at in range(31)]
    clips = [
        planned_step(f"clip[{at}]", PlanState.UNKNOWN, why=f"needs still[{at}]", needs=(f"still[{at}]",))
        for at in range(31)
    ]
    row = render_plan(plan_of(*stills, *clips), Terminal(100), store="s", count=2).split("\n")[4]
    assert row.endswith("needs still[…]")


def test_whole_plan_on_demand() -> None:
    """Every instance has its line if that is asked for."""
    plan = plan_of(*(planned_step(f"clip[{at}]") for at in range(61)))
    assert render_plan(plan, Terminal(100), store="s", count=1, is_whole=True).count("\n +  clip[") == 61


def test_keys_with_line_breaks_stay_on_their_line() -> None:
    """A key is any text; it cannot break the table."""
    text = render_plan(plan_of(planned_step("clip[a\nb\x1b]")), Terminal(100), store="s", count=1)
    assert "clip[a↵b\ufffd]" in text


@pytest.mark.parametrize("width", [40, 60, 80, 100])
def test_sums_break_between_words(width: int) -> None:
    """No sentence runs over the edge of the screen, and no command is broken."""
    plan = replace(TEASER, spent=Decimal(40), unknown_prices=3, crowd=Crowd("eleven_multilingual_v2", 40, 3))
    command = "runway-flow run flows/a-long-name-of-a-flow.yaml --emulate --budget 1200"
    lines = render_plan(plan, Terminal(width), store=STORE, command=command, count=4).splitlines()
    assert lines[-1].endswith(command)
    assert all(width_of(line) <= width for line in lines[:-1])
    assert " ".join(lines[lines.index("") :]).count("40 tasks of eleven_multilingual_v2, 3 at once") == 1


def test_a_rehearsal_is_marked() -> None:
    """A plan of the emulator says so in its head, and whose time its time is."""
    text = render_plan(TEASER, Terminal(200), store=STORE, count=4, is_emulated=True)
    assert text.startswith("lamp-teaser · 4 steps · emulated · models of 2026-10-23 · store ")
    assert "About 1 min 50 s at Runway (critical path clip[wide] → cut)." in text


def test_nothing_to_do() -> None:
    """A plan without work says so, and what the store saved; no command is offered."""
    plan = plan_of(
        planned_step("a", PlanState.STORED), planned_step("b", PlanState.SKIPPED), saved=Decimal(8)
    )
    assert summary_lines(plan, Terminal(100)) == [
        "Nothing to do: 1 stored, 1 skipped. Saved by the store: 8 credits."
    ]
    assert "Run it" not in render_plan(plan, Terminal(100), store="s", command=COMMAND, count=2)


def test_empty_plan() -> None:
    """A flow whose lists are empty has a plan of no instances."""
    assert summary_lines(plan_of(), Terminal(100)) == ["Nothing to do: no instances."]
    text = render_plan(plan_of(), Terminal(80), store="s", count=1)
    assert text == ("lamp-teaser · 1 step · models of 2026-10-23 · store s\n\nNothing to do: no instances.\n")


def test_unknown_prices_are_counted() -> None:
    """Tasks whose price nobody states are counted beside the sum."""
    plan = plan_of(planned_step("a", estimate=UNKNOWN_PRICE), unknown_prices=1)
    assert summary_lines(plan, Terminal(200))[1] == "Cost: ? credits. Not counted: 1 task of unknown price."
    both = replace(plan, estimate=credits_of(3, 5), unknown_prices=2)
    assert (
        summary_lines(both, Terminal(200))[1]
        == "Cost: 3–5 credits ($0.05). Not counted: 2 tasks of unknown price."
    )


def test_long_critical_paths_are_folded() -> None:
    """Of a long critical path the ends are named."""
    names = [f"s{at}" for at in range(5)]
    plan = plan_of(*map(planned_step, names), critical_path=tuple(names), seconds=300.0)
    assert summary_lines(plan, Terminal(200))[1].endswith("About 5 min (critical path s0 → … → s4).")


def test_equal_actions_are_counted_once() -> None:
    """What is done for another instance too is counted once; the others are told apart."""
    plan = plan_of(
        planned_step("a", estimate=credits_of(1)),
        planned_step("b", same_as="a", why="same as a"),
        planned_step("c", PlanState.LOCAL),
        planned_step("d", PlanState.LOCAL, same_as="c", why="same as c"),
        planned_step("e", PlanState.IN_FLIGHT, same_as="a", why="same as a"),
    )
    assert summary_lines(plan, Terminal(200))[:2] == [
        "Plan: 1 paid task, 1 local, 3 the same as another.",
        "Cost: 1 credit ($0.01).",
    ]


@pytest.mark.parametrize(
    ("crowd", "text"),
    [
        (Crowd("gen4.5", 40, 3), "About 20 min (40 tasks of gen4.5, 3 at once)."),
        (Crowd(None, 40, 2), "About 20 min (40 tasks, 2 at once)."),
        (Crowd(LOCAL, 9, 1), "About 20 min (9 operations on this machine, one after the other)."),
    ],
)
def test_what_waits_for_room_is_named(crowd: Crowd, text: str) -> None:
    """Where room is what takes the time, the plan says of what there is too much, and how much fits."""
    plan = plan_of(planned_step("a"), critical_path=("a",), seconds=1200.0, crowd=crowd)
    assert summary_lines(plan, Terminal(200))[1].endswith(text)


def test_every_state_is_counted() -> None:
    """Each instance is counted in the line that begins with «Plan»."""
    plan = plan_of(*(planned_step(state.value, state) for state in PlanState))
    assert summary_lines(plan, Terminal(200))[0] == (
        "Plan: 1 paid task, 1 known later, 1 to collect, 1 local, 1 stored, 1 skipped, 1 in doubt, 1 blocked."
    )
