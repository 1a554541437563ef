"""How a run ended: the worst thing that happened decides status and exit code."""

from __future__ import annotations

from typing import TYPE_CHECKING

from runway_flow.engine.events import EarlierFate, RunStatus, StepState
from runway_flow.engine.outcome import RunOutcome, StepOutcome
from runway_flow.kernel.amounts import ZERO, Credits
from runway_flow.kernel.codes import ExitCode

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from runway_flow.engine.events import EarlierTask
    from runway_flow.engine.messages import End
    from runway_flow.engine.standing import RunState
    from runway_flow.kernel.codes import Code

TERMINATE = "terminate"

_WORST_FIRST = {
    ExitCode.INTERNAL: RunStatus.FAILED,
    ExitCode.MACHINE: RunStatus.FAILED,
    ExitCode.WAITING: RunStatus.WAITING,
    ExitCode.REFUSED: RunStatus.REFUSED,
    ExitCode.UNREACHABLE: RunStatus.UNREACHABLE,
    ExitCode.BUSY: RunStatus.BUSY,
    ExitCode.FAILED: RunStatus.FAILED,
}
"""Exit code → status, the one that asks most of the user first."""


def conclude(
    state: RunState,
    shown: Mapping[str, StepState],
    tasks: Mapping[str, str],
    *,
    stopped: str | None = None,
    earlier: Sequence[EarlierTask] = (),
) -> RunOutcome:
    """Sum a run up.

    `shown`: the state that was last told of instances that did not end; `tasks`: instance → task that goes
    on remotely; `stopped`: why the user ended the run; `earlier`: tasks of an earlier flow.
    """
    steps = {
        name: _outcome(instance.end, shown.get(name, StepState.WAITING), tasks.get(name))
        for name, instance in state.instances.items()
    }
    ends = [instance.end for instance in state.instances.values() if instance.end is not None]
    found = [end.code for end in ends if end.code is not None]
    status, exit_code = decide_status([*found, *state.halt_codes])
    if stopped is not None and not state.is_all_ended:
        status = RunStatus.INTERRUPTED
        exit_code = ExitCode.TERMINATED if stopped == TERMINATE else ExitCode.INTERRUPTED
    return RunOutcome(
        status=status,
        exit=exit_code,
        steps=steps,
        spent=sum((end.spent for end in ends), _charged(earlier)),
        saved=_saved(ends),
        remote={name: task for name, task in tasks.items() if name in state.instances},
        earlier=tuple(earlier),
    )


def _charged(earlier: Sequence[EarlierTask]) -> Credits:
    return sum((one.credits for one in earlier if one.fate is not EarlierFate.GOES_ON), ZERO)


def decide_status(found: Iterable[Code]) -> tuple[RunStatus, ExitCode]:
    """Give status and exit code by the worst of what was found; a flaw of a request is a failed step."""
    exits = {code.exit if code.exit in _WORST_FIRST else ExitCode.FAILED for code in found}
    for exit_code, status in _WORST_FIRST.items():
        if exit_code in exits:
            return status, exit_code
    return RunStatus.OK, ExitCode.DONE


def _outcome(end: End | None, shown: StepState, task: str | None) -> StepOutcome:
    if end is None:
        return StepOutcome(shown, task=task)
    return StepOutcome(end.state, end.result, end.task, end.spent)


def _saved(ends: Sequence[End]) -> Credits:
    """Give what the stored results had cost: each once, and none that this run paid itself."""
    paid = {end.result.key for end in ends if end.state is StepState.DONE and end.result is not None}
    stored = {
        end.result.key: end.result.credits
        for end in ends
        if end.state is StepState.STORED and end.result is not None and end.result.key not in paid
    }
    return sum(stored.values(), ZERO)
