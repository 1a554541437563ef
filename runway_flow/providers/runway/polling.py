"""Asks for a task, for the account, and for the end of a task; all of it free and repeatable."""

from __future__ import annotations

import asyncio
import contextlib
import re
from typing import TYPE_CHECKING

import httpx

from runway_flow.engine.service import Account, PoolLimits, TaskReport, TaskState
from runway_flow.kernel import codes
from runway_flow.kernel.amounts import Credits
from runway_flow.kernel.errors import ProviderError, Unreachable
from runway_flow.kernel.redaction import excerpt, redact
from runway_flow.providers.runway import answers
from runway_flow.providers.runway.failures import NotFound, NotFoundByStranger, said_by, trouble

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    import runwayml

    from runway_flow.kernel.clock import Clock

_STATES = {
    name: TaskState(name) for name in ("PENDING", "THROTTLED", "RUNNING", "SUCCEEDED", "FAILED", "CANCELLED")
}
"""The states that the API states (SDK 5.24.0, `TaskRetrieveResponse`)."""

_TASK_NAME = re.compile(r"[0-9A-Za-z][0-9A-Za-z_-]{0,127}")


class Questions:
    """What may be asked of the API; each question once, within a deadline."""

    def __init__(
        self, client: runwayml.AsyncRunwayML, *, deadline_s: float, clock: Clock, secrets: tuple[str, ...]
    ) -> None:
        """Take the client that never retries, and what must not appear in messages."""
        self._client = client
        self._deadline_s = deadline_s
        self._clock = clock
        self._secrets = secrets

    async def poll(self, task: str) -> TaskReport:
        """Ask how a task stands. A task that the API itself does not know (any more) is GONE.

        Raises `Unreachable` where asking again may help, else `ProviderError`.
        """
        path = _task_path(task)
        what = f"asking for task {task} failed"
        try:
            body = await self._ask(what, lambda: self._client.get(path, cast_to=httpx.Response))
        except NotFoundByStranger as error:
            raise Unreachable(error.message) from None
        except NotFound:
            return TaskReport(TaskState.GONE)
        return read_report(body, what, *self._secrets)

    async def account(self) -> Account:
        """Ask for the balance and the limits of every model. Raises `ProviderError`."""
        what = "asking for the account failed"
        path = "/v1/organization"
        return read_account(await self._ask(what, lambda: self._client.get(path, cast_to=httpx.Response)))

    async def cancel(self, task: str) -> None:
        """Cancel or delete a task; one that is gone already is no error. Raises `ProviderError`."""
        path = _task_path(task)
        what = f"cancelling task {task} failed"
        with contextlib.suppress(NotFound):
            await self._send(what, lambda: self._client.delete(path, cast_to=httpx.Response))

    async def begin_upload(self, filename: str) -> answers.JsonObject:
        """Ask where a medium may be put (first leg of an upload). Raises `ProviderError`."""
        body = {"filename": filename, "type": "ephemeral"}
        return await self._ask(
            "asking for a place to upload to failed",
            lambda: self._client.post("/v1/uploads", body=body, cast_to=httpx.Response),
        )

    async def _ask(self, what: str, call: Callable[[], Awaitable[httpx.Response]]) -> answers.JsonObject:
        response = await self._send(what, call)
        body = answers.read_object(response.content)
        if body is None:
            raise Unreachable(f"{what}: {said_by(response, *self._secrets)}")
        return body

    async def _send(self, what: str, call: Callable[[], Awaitable[httpx.Response]]) -> httpx.Response:
        try:
            async with asyncio.timeout(self._deadline_s):
                return await call()
        except TimeoutError:
            raise Unreachable(f"{what}: no complete answer within {self._deadline_s:g} s") from None
        except Exception as error:  # noqa: BLE001 - the SDK lets errors of several libraries through
            # `from None`: the SDK's error holds the request, and with it the key
            raise trouble(error, what, self._clock.now(), *self._secrets) from None


def _task_path(task: str) -> str:
    if _TASK_NAME.fullmatch(task) is None:
        raise ProviderError(
            f"{excerpt(task, 40)!r} is not the id of a task", code=codes.TASK_GONE, hint="ids are UUIDs"
        )
    return f"/v1/tasks/{task}"


def read_report(body: answers.JsonObject, what: str, *secrets: str) -> TaskReport:
    """Read a task. Raises `Unreachable` if it has no status: then it is some other answer."""
    status = answers.text_at(body, "status")
    if status is None:
        raise Unreachable(f"{what}: the answer has no status")
    state = _STATES.get(status, TaskState.UNRECOGNISED)
    return TaskReport(
        state=state,
        progress=_progress(body.get("progress")),
        links=_links(body.get("output")) if state is TaskState.SUCCEEDED else (),
        failure=_safe(answers.text_at(body, "failure"), *secrets),
        failure_code=_safe(answers.text_at(body, "failureCode"), *secrets),
        cost=answers.credits_at(body, "cost"),
        estimate=answers.credits_at(body, "estimatedCost"),
    )


def _safe(text: str | None, *secrets: str) -> str | None:
    return None if text is None else excerpt(redact(text, *secrets), 2000)


def _progress(value: object) -> float | None:
    found = answers.number(value)
    return None if found is None else min(max(float(found), 0.0), 1.0)


def _links(value: object) -> tuple[str, ...]:
    return tuple(item for item in value if isinstance(item, str)) if isinstance(value, list) else ()


def read_account(body: answers.JsonObject) -> Account:
    """Read the organisation; whatever is missing or null is unknown or unlimited."""
    limits = answers.object_at(answers.object_at(body, "tier"), "models")
    usage = answers.object_at(answers.object_at(body, "usage"), "models")
    balance = answers.number(body.get("creditBalance"))
    return Account(
        balance=None if balance is None else Credits(str(balance)),
        pools={
            model: PoolLimits(
                concurrent=answers.count(answers.object_at(limits, model).get("maxConcurrentGenerations")),
                daily=answers.count(answers.object_at(limits, model).get("maxDailyGenerations")),
                used_today=answers.count(answers.object_at(usage, model).get("dailyGenerations")),
            )
            for model in (*limits, *(name for name in usage if name not in limits))
        },
    )
