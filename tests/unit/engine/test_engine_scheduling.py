"""Where instances stand, and which action is next."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from msgspec.structs import replace

from runway_flow.engine.events import StepState
from runway_flow.engine.messages import (
    Announce,
    AskLimits,
    Bind,
    Collected,
    Collecting,
    Command,
    End,
    Freed,
    Halt,
    Halted,
    Left,
    LimitsKnown,
    Message,
    Missing,
    Offered,
    OverBudget,
    PoolDepths,
    Settled,
    Start,
)
from runway_flow.engine.scheduler import is_over, longest_remaining, next_commands
from runway_flow.engine.states import advance, begin
from runway_flow.kernel import codes
from runway_flow.kernel.errors import InternalError
from runway_flow.plan.action import ActionResult
from runway_flow.plan.plan import PlanState
from runway_flow.spec.flow import OnFailure
from tests.fakes.engine_plans import Made, action_of, plan_of, with_stored

if TYPE_CHECKING:
    from runway_flow.engine.standing import RunState
    from runway_flow.plan.plan import Plan

WIDE = PoolDepths(local=2, models={}, default=None, total=None)


def result_of(made: Made) -> ActionResult:
    """Give what an instance's action gave."""
    action = action_of(made)
    return ActionResult(action.key, action.document, (), 0.0)


def done(made: Made) -> Settled:
    """Say that an instance was done."""
    return Settled(made.id, End(StepState.DONE, result_of(made)))


def failed(made: Made) -> Settled:
    """Say that an instance failed."""
    return Settled(made.id, End(StepState.FAILED, code=codes.GENERATION_FAILED))


def offered(made: Made, *, at_once: bool = False) -> Offered:
    """Say that an instance is bound."""
    return Offered(made.id, action_of(made), at_once)


class Game:
    """Plays messages against a state, and keeps the commands that came."""

    def __init__(
        self, *made: Made, depths: PoolDepths = WIDE, knows: bool = True, plan: Plan | None = None
    ) -> None:
        plan = plan or plan_of(*made)
        self.state: RunState = begin(plan, depths, longest_remaining(plan))
        if knows:
            self.state = advance(self.state, LimitsKnown(depths))

    def tell(self, *messages: Message) -> list[Command]:
        """Tell what happened, and give what is to be done then."""
        for message in messages:
            self.state = advance(self.state, message)
        return self.ask()

    def ask(self) -> list[Command]:
        """Give everything that is to be done now."""
        commands: list[Command] = []
        while new := next_commands(self.state):
            commands.extend(new)
        return commands

    def ends(self) -> dict[str, str]:
        """Give how instances ended so far."""
        return {name: one.end.state.value for name, one in self.state.instances.items() if one.end}


def binds(commands: list[Command]) -> list[str]:
    """Give what is to be bound."""
    return [one.step for one in commands if isinstance(one, Bind)]


def starts(commands: list[Command]) -> list[str]:
    """Give what is to be started."""
    return [one.step for one in commands if isinstance(one, Start)]


def told(commands: list[Command]) -> list[tuple[str, str]]:
    """Give the ends that are to be told."""
    return [(one.step, one.end.state.value) for one in commands if isinstance(one, Announce)]


A, B, C, D = Made("a"), Made("b", ("a",)), Made("c"), Made("d", ("b", "c"))


def test_what_needs_nothing_is_bound_first() -> None:
    """Everything else waits until all its needs have ended."""
    game = Game(A, B, C, D)
    assert binds(game.ask()) == ["a", "c"]
    assert binds(game.tell(offered(A), done(A))) == ["b"]
    assert binds(game.tell(offered(B), done(B))) == []
    assert binds(game.tell(offered(C), done(C))) == ["d"]
    assert game.tell(offered(D), done(D)) == [Announce("d", End(StepState.DONE, result_of(D)))]
    assert is_over(game.state)


def test_what_the_plan_found_stored_or_skipped_is_over_at_once() -> None:
    """It is told, and whoever needs it is bound."""
    plan = with_stored(plan_of(A, B, C, D), {"a": result_of(A)})
    skipped = replace(plan.steps["c"], state=PlanState.SKIPPED)
    game = Game(plan=replace(plan, steps={**plan.steps, "c": skipped}))
    commands = game.ask()
    assert told(commands) == [("a", "stored"), ("c", "skipped")]
    assert binds(commands) == ["b"]
    assert game.state.results == {"a": result_of(A), "c": None}


def test_many_instances_are_bound_in_portions() -> None:
    """What is ready is started between two portions."""
    game = Game(*(Made(f"s{n}") for n in range(40)))
    assert [len(next_commands(game.state)) for _ in range(3)] == [32, 8, 0]


def test_nothing_remote_starts_before_the_limits_are_known() -> None:
    """They are asked once; local work does not wait for them."""
    local = Made("l", model=None)
    game = Game(A, C, local, knows=False)
    game.ask()
    commands = game.tell(offered(A), offered(C), offered(local))
    assert commands == [AskLimits(), Start("l", action_of(local))]
    assert not is_over(game.state)
    game.tell(done(local))
    assert not is_over(game.state), "the answer is waited for"
    assert starts(game.tell(LimitsKnown(WIDE))) == ["a", "c"]


def test_the_longest_remaining_path_goes_first() -> None:
    """What holds up the most is started before what holds up less; equals in the order of the plan."""
    short, long, tail = Made("s", seconds=50.0), Made("l", seconds=1.0), Made("t", ("l",), seconds=99.0)
    game = Game(short, long, tail, Made("z", seconds=50.0), depths=PoolDepths(1, {}, 1, None))
    game.ask()
    assert starts(game.tell(offered(Made("z")), offered(short), offered(long))) == ["l"]
    assert starts(game.tell(done(long))) == ["s"]
    assert starts(game.tell(done(short))) == ["z"]


def test_an_unknown_duration_counts_a_second() -> None:
    """So that a long chain of unknown steps goes before a single one; needs outside of the plan count not."""
    plan = plan_of(A, B, C, Made("e", ("b", "elsewhere"), seconds=2.0))
    assert longest_remaining(plan) == {"a": 4.0, "b": 3.0, "c": 1.0, "e": 2.0}


def test_pools_have_their_depths_and_a_common_one() -> None:
    """Models do not take each other's room; `total` is for all of them; local work has its own."""
    made = [Made(f"{model}{n}", model=model) for n in range(3) for model in ("x", "y", "z")]
    local = [Made(f"l{n}", model=None) for n in range(3)]
    depths = PoolDepths(local=2, models={"x": 1, "y": None}, default=2, total=5)
    game = Game(*made, *local, depths=depths)
    game.ask()
    started = starts(game.tell(*(offered(one) for one in (*made, *local))))
    assert sorted(started) == sorted(["l0", "l1", "x0", "y0", "z0", "y1", "z1"])
    assert starts(game.tell(done(made[0]))) == ["x1"]


def test_room_is_given_back_before_the_download() -> None:
    """`Freed` lets the next one start; the end of the first gives nothing back twice."""
    game = Game(A, C, Made("e"), depths=PoolDepths(1, {}, 1, None))
    game.ask()
    assert starts(game.tell(offered(A), offered(C), offered(Made("e")))) == ["a"]
    assert starts(game.tell(Freed("a"))) == ["c"]
    assert starts(game.tell(Freed("a"), done(A))) == []
    local = Made("l", model=None)
    game = Game(local, Made("m", model=None), depths=PoolDepths(1, {}, 1, None))
    game.ask()
    assert starts(game.tell(offered(local), offered(Made("m", model=None)))) == ["l"]
    assert starts(game.tell(Freed("l"))) == ["m"]


def test_what_there_is_to_recover_needs_no_room() -> None:
    """A task that goes on already takes its place at the service anyway; it counts for the others."""
    game = Game(A, C, depths=PoolDepths(1, {}, 1, None))
    game.ask()
    assert starts(game.tell(offered(C))) == ["c"]
    assert starts(game.tell(offered(A, at_once=True))) == ["a"]


def test_equal_actions_are_one() -> None:
    """The second waits for the first, and gets its result for nothing."""
    twin = Made("t", name="a")
    game = Game(A, twin)
    game.ask()
    assert starts(game.tell(offered(A), offered(twin))) == ["a"]
    assert told(game.tell(done(A))) == [("a", "done"), ("t", "stored")]
    assert is_over(game.state)


@pytest.mark.parametrize("when", ["before", "after"])
def test_equals_of_a_failed_action_fail_with_it(when: str) -> None:
    """The same would happen to them, and would be paid again."""
    twin = Made("t", name="a")
    game = Game(A, twin)
    game.ask()
    messages: list[Message] = [offered(A), failed(A)]
    messages.insert(1 if when == "before" else 2, offered(twin))
    game.tell(*messages)
    assert game.ends() == {"a": "failed", "t": "failed"}
    end = game.state.instances["t"].end
    assert end is not None
    assert (end.note, end.culprit) == ("the same action as a, which failed", "a")


def test_equals_of_what_a_limit_refused_try_themselves() -> None:
    """The limit of one step is not that of another."""
    twin = Made("t", name="a")
    game = Game(A, twin)
    game.ask()
    game.tell(offered(A), offered(twin))
    blocked = End(StepState.BLOCKED, code=codes.OVER_BUDGET)
    assert starts(game.tell(OverBudget("a", blocked))) == ["t"]


def test_a_failure_blocks_whoever_needs_it_and_names_the_first_of_the_chain() -> None:
    """By data as the binder says, by `needs` as the plan says; independent branches go on."""
    ordered = Made("o", order=("d",))
    game = Game(A, B, C, D, ordered)
    game.ask()
    assert binds(game.tell(offered(A), failed(A))) == ["b"]
    assert told(game.tell(Missing("b", frozenset({"a"})))) == [("b", "blocked")]
    assert binds(game.tell(offered(C), done(C))) == ["d"]
    assert told(game.tell(Missing("d", frozenset({"b"})))) == [("d", "blocked"), ("o", "blocked")]
    end = game.state.instances["o"].end
    assert end is not None
    assert (end.note, end.culprit, end.code) == ("a failed", "a", None)


@pytest.mark.parametrize(
    ("state", "words"),
    [
        (StepState.FAILED, "failed"),
        (StepState.CANCELLED, "was cancelled"),
        (StepState.IN_DOUBT, "is in doubt"),
        (StepState.BLOCKED, "did not run"),
    ],
)
def test_every_bad_end_blocks(state: StepState, words: str) -> None:
    """And is named in words."""
    game = Game(A, Made("o", order=("a",)))
    game.ask()
    game.tell(offered(A), Settled("a", End(state)))
    end = game.state.instances["o"].end
    assert end is not None
    assert end.note == f"a {words}"


def test_a_skip_is_no_failure() -> None:
    """`needs` passes failures on, not skips."""
    game = Game(A, Made("o", order=("a",)))
    game.ask()
    assert binds(game.tell(Settled("a", End(StepState.SKIPPED)))) == ["o"]


def test_what_turns_out_to_be_missing_is_waited_for() -> None:
    """A need that only binding finds is waited for like any other."""
    game = Game(A, C)
    game.ask()
    assert game.tell(Missing("c", frozenset({"a"}))) == []
    assert binds(game.tell(offered(A), done(A))) == ["c"]


def test_what_is_not_in_the_run_blocks() -> None:
    """A selection left it out, and the store does not have it."""
    game = Game(Made("c", ("elsewhere",)))
    assert binds(game.ask()) == ["c"]
    assert told(game.tell(Missing("c", frozenset({"elsewhere"})))) == [("c", "blocked")]


def test_waiting_for_what_is_there_is_a_bug() -> None:
    """The binder and the state cannot disagree about it."""
    game = Game(A, C)
    game.ask()
    game.tell(offered(A), done(A))
    with pytest.raises(InternalError, match="waits for a, which is there"):
        game.tell(Missing("c", frozenset({"a"})))


def test_a_run_that_stands_still_is_a_bug() -> None:
    """Instances that wait for each other are named."""
    game = Game(A, C)
    game.ask()
    game.tell(Missing("c", frozenset({"a"})), Missing("a", frozenset({"c"})))
    with pytest.raises(InternalError, match=r"stands still.*a, c"):
        is_over(game.state)


def test_starting_what_is_not_bound_is_a_bug() -> None:
    """An instance has its action only once it was offered."""
    with pytest.raises(InternalError, match="a has no action yet"):
        _ = Game(A).state.instances["a"].bound


# --- limits -----------------------------------------------------------------------------------------

REFUSED = End(StepState.BLOCKED, code=codes.OVER_BUDGET)


def test_over_budget_waits_for_what_others_give_back() -> None:
    """An attempt that ends may cost less than was reserved; then the next one tries again."""
    game = Game(A, C)
    game.ask()
    assert starts(game.tell(offered(A), offered(C))) == ["a", "c"]
    assert game.tell(OverBudget("c", REFUSED)) == []
    assert starts(game.tell(done(A))) == ["c"]
    assert told(game.tell(OverBudget("c", REFUSED))) == [("c", "blocked")]
    assert is_over(game.state)


def test_over_budget_with_nothing_under_way_is_the_end() -> None:
    """Of the step; others may still fit, one after the other."""
    game = Game(A, C, depths=PoolDepths(1, {}, 1, None))
    game.ask()
    game.tell(offered(A), offered(C))
    assert starts(game.tell(OverBudget("a", REFUSED))) == ["c"]
    assert told(game.tell(OverBudget("c", REFUSED))) == [("c", "blocked")]


def test_two_over_budget_try_one_after_the_other() -> None:
    """Neither waits for the other for ever."""
    game = Game(A, C)
    game.ask()
    game.tell(offered(A), offered(C))
    game.tell(OverBudget("a", REFUSED))
    assert game.state.ended == 0
    assert starts(game.tell(OverBudget("c", REFUSED))) == ["a"]
    game.tell(OverBudget("a", REFUSED))
    assert is_over(game.state)


# --- halting ----------------------------------------------------------------------------------------


def test_after_a_halt_nothing_is_started() -> None:
    """What is under way may end; the rest stays as it is, for the next run."""
    game = Game(A, C, Made("e"))
    game.ask()
    game.tell(offered(A))
    assert game.tell(Halted(Halt(codes.UNAVAILABLE)), offered(C)) == []
    assert not is_over(game.state)
    assert told(game.tell(done(A))) == [("a", "done")]
    assert is_over(game.state)
    assert game.ends() == {"a": "done"}
    assert game.state.halt_codes == [codes.UNAVAILABLE]


def test_a_halt_with_a_note_ends_what_has_not_begun() -> None:
    """Waiting for needs, for room, for an equal that has not begun, for the budget: all of it."""
    budget, waiting, twin = Made("e"), Made("w", ("a",)), Made("t", name="c")
    game = Game(A, budget, C, waiting, twin, depths=PoolDepths(1, {}, 2, None))
    game.ask()
    game.tell(offered(A), offered(budget))
    game.tell(OverBudget("e", REFUSED))
    game.tell(Halted(Halt()), offered(C), offered(twin))
    game.tell(Halted(Halt(note="not started: for a reason")))
    assert game.ends() == {"e": "blocked", "c": "blocked", "w": "blocked", "t": "blocked"}
    game.tell(done(A), Offered("w", action_of(waiting)))
    assert game.ends()["a"] == "done"
    assert is_over(game.state)


def test_a_halt_lets_the_equals_of_what_is_under_way_have_its_result() -> None:
    """They cost nothing."""
    twin = Made("t", name="a")
    game = Game(A, twin, C)
    game.ask()
    game.tell(offered(A), offered(twin))
    game.tell(Halted(Halt(note="not started")))
    game.tell(done(A))
    assert game.ends() == {"a": "done", "t": "stored", "c": "blocked"}


@pytest.mark.parametrize("state", [StepState.FAILED, StepState.CANCELLED])
def test_on_failure_stop_starts_nothing_more(state: StepState) -> None:
    """The step that says so is named; without it independent branches go on."""
    strict = Made("a", on_failure=OnFailure.STOP)
    game = Game(strict, C)
    game.ask()
    game.tell(offered(strict), Settled("a", End(state)))
    end = game.state.instances["c"].end
    assert end is not None
    assert end.note == "not started: a failed, and its on_failure is stop"
    game = Game(A, C)
    game.ask()
    assert starts(game.tell(offered(A), failed(A), offered(C))) == ["c"]


def test_an_end_may_halt_the_run() -> None:
    """A key that is not accepted is accepted for no step."""
    game = Game(A, C)
    game.ask()
    halt = Halt(codes.KEY_REJECTED, "not started: the API does not accept the key")
    game.tell(offered(A), Settled("a", End(StepState.FAILED, halt=halt)))
    assert game.ends() == {"a": "failed", "c": "blocked"}


def test_the_first_reason_to_halt_is_the_one_that_is_told() -> None:
    """A second one adds its code, and says nothing new about what did not begin."""
    game = Game(A, C)
    game.ask()
    game.tell(offered(A), Halted(Halt(codes.KEY_REJECTED, "not started: first")))
    game.tell(Halted(Halt(codes.UNAVAILABLE)))
    assert game.state.halt == Halt(codes.KEY_REJECTED, "not started: first")
    assert game.state.halt_codes == [codes.KEY_REJECTED, codes.UNAVAILABLE]


def test_what_was_left_is_neither_under_way_nor_ended() -> None:
    """An interruption leaves it for the next run; it may say why nothing more is started."""
    game = Game(A, C)
    game.ask()
    game.tell(offered(A), offered(C))
    game.tell(Halted(Halt()), Left("a"), Left("c", Halt(codes.UNAVAILABLE)))
    assert is_over(game.state)
    assert game.ends() == {}
    assert game.state.halt_codes == [codes.UNAVAILABLE]
    game.tell(Halted(Halt(note="not started")), Left("a"))
    assert game.ends() == {}, "what was left keeps its state"


def test_an_end_that_comes_twice_counts_once() -> None:
    """The first one holds."""
    game = Game(A)
    game.ask()
    game.tell(offered(A), done(A), failed(A))
    assert game.ends() == {"a": "done"}
    assert game.state.ended == 1


def test_a_halt_forgets_what_was_about_to_be_bound_or_recovered() -> None:
    """An instance that ended meanwhile is neither bound nor started."""
    game = Game(A, C)
    game.tell(Halted(Halt(note="not started")))
    game.state.halt = None
    assert game.ask() == []
    game = Game(A)
    game.ask()
    game.state = advance(game.state, offered(A, at_once=True))
    game.tell(Halted(Halt(note="not started")))
    game.state.halt = None
    assert starts(game.ask()) == []


# --- tasks of an earlier flow -----------------------------------------------------------------------


def test_an_instance_uses_what_is_being_collected_beside_the_run() -> None:
    """It waits, and has the result; the run is not over before."""
    game = Game(A, knows=False)
    game.ask()
    game.tell(Collecting("task 7", action_of(A).key), offered(A))
    assert not is_over(game.state)
    assert told(game.tell(Collected("task 7", action_of(A).key, result_of(A)))) == [("a", "stored")]


def test_if_that_fails_the_instance_looks_itself() -> None:
    """A collection beside the run fails nothing."""
    game = Game(A)
    game.ask()
    game.tell(Collecting("task 7", action_of(A).key), offered(A))
    assert starts(game.tell(Collected("task 7", action_of(A).key, None))) == ["a"]


def test_a_halt_ends_what_waits_for_a_collection() -> None:
    """Nothing that has not begun is begun."""
    game = Game(A)
    game.ask()
    game.tell(Collecting("task 7", action_of(A).key), offered(A), Halted(Halt(note="not started")))
    assert game.ends() == {"a": "blocked"}
