"""The one POST that may cost: sent once, its outcome told apart as far as it can be."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import httpx

from runway_flow.engine.service import Accepted, Ambiguous, Submission
from runway_flow.kernel.redaction import redact
from runway_flow.providers.runway import answers
from runway_flow.providers.runway.failures import classify, said_by

if TYPE_CHECKING:
    import runwayml

    from runway_flow.engine.service import PreparedRequest
    from runway_flow.kernel.amounts import Credits
    from runway_flow.kernel.clock import Clock


async def submit(
    client: runwayml.AsyncRunwayML,
    request: PreparedRequest,
    *,
    deadline_s: float,
    clock: Clock,
    secrets: tuple[str, ...] = (),
) -> Submission:
    """Send the request exactly once and say what became of it; the whole call ends within `deadline_s`.

    Never raises for what the service or the network did. Cancellation passes through.
    """
    try:
        async with asyncio.timeout(deadline_s):
            # Our own wire names by way of `post`: the typed `create` methods refuse what rows allow.
            response = await client.post(request.path, body=dict(request.body), cast_to=httpx.Response)
    except TimeoutError:
        return Ambiguous(f"no complete answer came within {deadline_s:g} s")
    except Exception as error:  # noqa: BLE001 - whatever it is, a task may exist: it must be journaled
        return classify(error, clock.now(), *secrets)
    return read_acceptance(response, *secrets)


def read_acceptance(response: httpx.Response, *secrets: str) -> Accepted | Ambiguous:
    """Read a 2xx: accepted only with a task's id in it."""
    body = answers.read_object(response.content)
    if body is None:
        return Ambiguous(said_by(response, *secrets))
    task = answers.task_id(body.get("id"))
    if task is None:
        return Ambiguous(redact(f"the API answered {response.status_code} without a task's id", *secrets))
    return Accepted(task, _estimate(body))


def _estimate(body: answers.JsonObject) -> Credits | None:
    direct = answers.credits_at(body, "estimatedCost")
    # generate/* tells what its router chose, with the price inside
    return direct if direct is not None else answers.credits_at(body.get("routing"), "estimatedCost")
