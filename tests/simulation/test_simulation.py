"""Random graphs, faults and crashes over the real engine and journal, in virtual time.

Every failure names its seed: `run_seed(SEED)` replays it. More seeds: `RUNWAY_FLOW_SEEDS=10000`.
"""

from __future__ import annotations

import asyncio
import os
import random
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pytest
from msgspec.structs import replace

from runway_flow.engine.attempts import AttemptState
from runway_flow.engine.events import RunStatus, StepChanged, StepState
from runway_flow.engine.executor import StopSignal, execute
from runway_flow.engine.service import Account, Ambiguous, PoolLimits, Rejected, TaskState
from runway_flow.kernel import codes
from runway_flow.kernel.errors import MediaError, ProviderError
from runway_flow.plan.plan import PlanState
from tests.fakes.crashing import Crash, Fuse, fused
from tests.fakes.engine_plans import Made, plan_of
from tests.fakes.engine_world import OPTIONS, EngineWorld
from tests.fakes.task_provider import busy, unreachable
from tests.fakes.virtual_time import run_virtual

if TYPE_CHECKING:
    from runway_flow.engine.executor import Ports
    from runway_flow.engine.outcome import RunOutcome
    from runway_flow.engine.service import Submission

SEEDS = int(os.environ.get("RUNWAY_FLOW_SEEDS", "300"))
BLOCKS = 10
MODELS = ("gen4.5", "gen4_image", "eleven_v3", None)
LONGEST_S = 200_000.0
"""No run of these takes longer in virtual time, faults and patience included."""


@dataclass
class Scenario:
    """One seed's world, graph and faults."""

    seed: int
    world: EngineWorld = field(default_factory=EngineWorld)

    def __post_init__(self) -> None:
        self.random = random.Random(self.seed)  # noqa: S311 - a replayable choice, not a secret
        self.world.draw = self.random.random
        self.made = self.graph()
        self.depths = {model: self.random.randint(1, 3) for model in MODELS if model}
        self.options = replace(OPTIONS, local_jobs=self.random.randint(1, 3), patience_s=600.0)
        provider = self.world.provider
        provider.account_ = Account(None, {model: PoolLimits(depth) for model, depth in self.depths.items()})
        provider.takes_s = self.random.choice([0.5, 5.0, 40.0])
        provider.states_cost = self.random.random() < 0.8

    def graph(self) -> tuple[Made, ...]:
        """Make up to twelve instances; later ones need earlier ones, some are equal, few are not wanted."""
        rng = self.random
        made: list[Made] = []
        for index in range(rng.randint(1, 12)):
            earlier = [one.id for one in made]
            needs = tuple(rng.sample(earlier, min(len(earlier), rng.choice([0, 1, 1, 2]))))
            order = tuple(rng.sample(earlier, 1)) if earlier and rng.random() < 0.1 else ()
            made.append(
                Made(
                    f"s{index}",
                    needs,
                    rng.choice(MODELS),
                    name=f"n{rng.randint(0, 9)}",
                    order=tuple(name for name in order if name not in needs),
                    retry_max=rng.choice([0, 0, 1, 2]),
                    timeout_s=rng.choice([None, None, None, 20.0]),
                    seconds=rng.choice([None, 5.0, 40.0]),
                    is_wanted=rng.random() > 0.05,
                )
            )
        return tuple(made)

    def arrange_faults(self) -> None:
        """Let things go wrong in the next run."""
        rng, faults = self.random, self.world.provider.faults
        for _ in range(rng.randint(0, 4)):
            outcomes: list[Submission] = [busy(7.0), busy(), Rejected("bad", 400), Ambiguous("reset")]
            faults.submits.append(rng.choice(outcomes))
        faults.lost = rng.choice([0, 0, 0, 1])
        faults.polls.extend(unreachable() for _ in range(rng.choice([0, 0, 3])))
        faults.fetches.extend(self.fetch_fault() for _ in range(rng.choice([0, 0, 1, 2])))
        faults.prepares.extend(unreachable() for _ in range(rng.choice([0, 0, 1])))
        for _ in range(rng.choice([0, 0, 1, 3])):
            codes_ = ["SAFETY.INPUT.TEXT", "INTERNAL", "INTERNAL.BAD_OUTPUT.CODE01", "ODD", None]
            faults.ends.append((rng.choice([TaskState.FAILED, TaskState.CANCELLED]), rng.choice(codes_)))
        faults.queues_s.extend(rng.choice([0.0, 60.0, 5000.0]) for _ in range(rng.choice([0, 0, 2])))
        faults.account = unreachable() if rng.random() < 0.1 else None
        self.world.local.failures.extend(MediaError("ffmpeg failed") for _ in range(rng.choice([0, 0, 0, 1])))

    def fetch_fault(self) -> Exception:
        """Give a download that did not work."""
        damaged = ProviderError("the download is damaged", code=codes.DOWNLOAD_DAMAGED)
        return self.random.choice([unreachable("the download broke off"), damaged])

    def calm(self) -> None:
        """Let nothing go wrong any more."""
        provider = self.world.provider
        provider.faults = type(provider.faults)()
        self.world.local.failures.clear()

    def run(self, fuse: Fuse, *, with_stop: bool = False) -> RunOutcome | None:
        """Run in a process of its own; None if it died."""
        world, stop = self.world, StopSignal()
        world.events.all.clear()
        world.provider.polls.clear()
        ports = world.ports(*self.made)
        work = execute(plan_of(*self.made), fused(ports, fuse), self.options, stop)
        times = [self.random.uniform(0.0, 30.0) for _ in range(self.random.choice([1, 1, 2]))]

        async def stopped() -> RunOutcome:
            for at in times if with_stop else ():
                asyncio.get_running_loop().call_later(at, stop.request)
            return await work

        try:
            return run_virtual(stopped(), world.clock, LONGEST_S)
        except Crash:
            return None
        finally:
            world.alive.discard(ports.owner.token)


def check_always(scenario: Scenario) -> None:
    """Check what must hold after every run, however it ended."""
    world, seed = scenario.world, scenario.seed
    provider = world.provider
    assert not provider.paid_twice, f"seed {seed}: paid twice"
    journaled = {attempt.task for attempt in world.state.attempts_of("r1")}
    doubtful = {one.intent.key for one in world.state.open_attempts() if one.task is None}
    for task in provider.tasks.values():
        assert task.id in journaled or task.key in doubtful, f"seed {seed}: {task.id} is a silent orphan"
    assert len(doubtful) <= OPTIONS.submit_parallel * BLOCKS, f"seed {seed}"
    last: dict[str, float] = {}
    for task_id, at in provider.polls:
        assert at - last.get(task_id, 0.0) >= OPTIONS.poll_min_s - 1e-6, f"seed {seed}: polled too soon"
        last[task_id] = at
    assert provider.most_posting <= OPTIONS.submit_parallel, f"seed {seed}"
    assert world.local.widest <= scenario.options.local_jobs, f"seed {seed}"
    check_order(scenario)


def check_order(scenario: Scenario) -> None:
    """Check that an instance begins after everything that it needs has ended, and ends at most once."""
    made = {one.id: one for one in scenario.made}
    ended: set[str] = set()
    ends: Counter[str] = Counter()
    for event in scenario.world.events.all:
        if not isinstance(event, StepChanged):
            continue
        if event.state in (StepState.SUBMITTED, StepState.RUNNING, StepState.DONE):
            one = made[event.step]
            assert {*one.needs, *one.order} <= ended, f"seed {scenario.seed}: {event.step} began too early"
        if event.state.is_end:
            ended.add(event.step)
            ends[event.step] += 1
    assert not ends or max(ends.values()) == 1, f"seed {scenario.seed}: ended twice"


def run_seed(seed: int) -> Scenario:
    """Run faults, crashes and interruptions, then calm; check the promises after each run."""
    scenario = Scenario(seed)
    rng = scenario.random
    for _ in range(rng.randint(1, 3)):
        scenario.arrange_faults()
        at = rng.randint(1, 60 * len(scenario.made)) if rng.random() < 0.7 else None
        scenario.run(Fuse(at), with_stop=rng.random() < 0.3)
        check_always(scenario)
    scenario.calm()
    outcome = run_calmly(scenario)
    while any(step.state in (StepState.FAILED, StepState.CANCELLED) for step in outcome.steps.values()):
        # tasks that were submitted before fail as they were going to, or run into a timeout once more
        assert scenario.world.clock.offset_s < LONGEST_S, f"seed {seed}: no end"
        release_held(scenario)
        outcome = run_calmly(scenario)
    check_calm(scenario, outcome)
    return scenario


def release_held(scenario: Scenario) -> None:
    """Say, as `runs resolve --resubmit` does, that what moderation refused may be paid for again."""
    state = scenario.world.state
    for attempt in state.held_attempts():
        state.close_attempt(attempt.intent.attempt_id, AttemptState.RELEASED, scenario.world.clock.now())


def run_calmly(scenario: Scenario) -> RunOutcome:
    """Run without faults."""
    outcome = scenario.run(Fuse())
    check_always(scenario)
    assert outcome is not None
    return outcome


def check_calm(scenario: Scenario, outcome: RunOutcome) -> None:
    """Once faults stop, everything is done but what is in doubt; once more, nothing is submitted."""
    seed = scenario.seed
    good = (StepState.DONE, StepState.STORED, StepState.SKIPPED, StepState.IN_DOUBT, StepState.BLOCKED)
    states = {name: step.state for name, step in outcome.steps.items()}
    assert set(states.values()) <= set(good), f"seed {seed}: {states}"
    if StepState.IN_DOUBT in states.values():
        assert outcome.status is RunStatus.WAITING, f"seed {seed}"
    else:
        assert outcome.status is RunStatus.OK, f"seed {seed}: {states}"
        assert StepState.BLOCKED not in states.values(), f"seed {seed}"
        for attempt in scenario.world.state.open_attempts():
            assert attempt.intent.key not in scenario.world.provider.posts, f"seed {seed}: left open"
    posts = len(scenario.world.provider.posts)
    again = scenario.run(Fuse())
    assert again is not None
    assert again.spent == 0, f"seed {seed}"
    assert len(scenario.world.provider.posts) == posts, f"seed {seed}: submitted again"


@pytest.mark.parametrize("block", range(BLOCKS))
def test_whatever_goes_wrong_nothing_is_paid_twice_and_nothing_lost(block: int) -> None:
    """For every seed: the promises hold after each run, and once faults stop it ends."""
    for seed in range(block, SEEDS, BLOCKS):
        run_seed(seed)


def test_a_seed_is_replayed_exactly() -> None:
    """The same seed gives the same history, so that a failure can be looked at again."""
    first, second = run_seed(7), run_seed(7)
    assert first.world.provider.posts == second.world.provider.posts
    assert first.world.clock.offset_s == second.world.clock.offset_s


def test_without_faults_pools_are_as_deep_as_the_account_allows() -> None:
    """No model ever has more live tasks than its limit, nor does anything run wider than asked."""
    for seed in range(20):
        scenario = Scenario(seed)
        # a task that is left behind by a timeout takes a place that the run does not count any more
        scenario.made = tuple(replace(one, timeout_s=None) for one in scenario.made)
        scenario.run(Fuse())
        for model, widest in scenario.world.provider.widest.items():
            assert widest <= scenario.depths[model], f"seed {seed}: {model}"


async def run_both(scenario: Scenario, first: Ports, second: Ports) -> tuple[RunOutcome, RunOutcome]:
    """Run the same steps in two processes."""
    plan = plan_of(*scenario.made)
    other = replace(scenario.options, run_id="r2")
    return await asyncio.gather(
        execute(plan, first, scenario.options, StopSignal()), execute(plan, second, other, StopSignal())
    )


def test_two_processes_on_one_store_submit_each_action_once() -> None:
    """Two runs of the same steps at the same moment share every result."""
    for seed in range(30):
        scenario = Scenario(seed)
        world = scenario.world
        scenario.made = tuple(replace(one, timeout_s=None) for one in scenario.made)
        first, second = world.ports(*scenario.made), world.ports(*scenario.made)

        outcomes = run_virtual(run_both(scenario, first, second), world.clock, LONGEST_S)
        assert not world.provider.paid_twice, f"seed {seed}"
        assert max(Counter(world.provider.posts).values(), default=0) <= 1, f"seed {seed}"
        for outcome in outcomes:
            assert outcome.status is RunStatus.OK, f"seed {seed}"


def test_the_plan_of_these_scenarios_has_work() -> None:
    """The scenarios are not empty: most of them submit something."""
    paid = sum(bool(run_seed(seed).world.provider.tasks) for seed in range(1000, 1010))
    assert paid >= 7
    assert PlanState.UNKNOWN in {step.state for step in plan_of(*Scenario(1).made).steps.values()}
