"""One action on this machine: free, repeatable, so neither journal nor lease."""

from __future__ import annotations

from typing import TYPE_CHECKING

from runway_flow.engine import failures
from runway_flow.engine.events import StepState
from runway_flow.engine.messages import End, Message, Settled
from runway_flow.engine.shell import is_fatal
from runway_flow.kernel.errors import MediaError, StoreError
from runway_flow.plan.action import ActionResult

if TYPE_CHECKING:
    from runway_flow.engine.shell import Shell
    from runway_flow.plan.action import Action
    from runway_flow.plan.plan import PlannedStep


async def perform_local(shell: Shell, planned: PlannedStep, action: Action) -> Message:
    """Do it and write the result down. Raises `StoreError` where the store takes nothing any more."""
    ports = shell.ports
    shell.announce.change(planned.id, StepState.RUNNING)
    try:
        await shell.ingest(action)
        outputs = await ports.local.perform(action, lambda ratio: shell.announce.ratio(planned.id, ratio))
        result = ActionResult(
            key=action.key,
            document=action.document,
            outputs=outputs,
            created_at=ports.clock.now(),
            tool=ports.local.tool_version(),
        )
        await shell.offload.journal(lambda: ports.state.record(result, flow=shell.plan.flow, step=planned.id))
    except (MediaError, StoreError) as error:
        if is_fatal(error):
            raise
        return Settled(planned.id, failures.from_error(planned, error))
    return Settled(planned.id, End(StepState.DONE, result))
