"""Carries faults out: ASGI middleware that answers wrongly, late, in part, or not at all."""

from __future__ import annotations

import asyncio
import json
import socket
import struct
import zlib
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, cast

from starlette.responses import JSONResponse, Response

from runway_flow.emulator.faults import FATES
from runway_flow.emulator.ledger import iso_time
from runway_flow.emulator.post_log import NOTE

if TYPE_CHECKING:
    from collections.abc import Iterator

    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from runway_flow.emulator.faults import Fault, FaultSchedule

FATE = "emulator.fate"
"""Where a call's handler finds the fault that decides what becomes of the task that it creates."""
TRANSPORT = "emulator.transport"
"""Where the server leaves the connection, for faults that break it."""

_MEGABYTE = 1024 * 1024
_GZIP = 31
"""zlib's number for the largest window in a gzip wrapper."""
_LINGER_OFF = struct.pack("ii", 1, 0)
"""SO_LINGER for zero seconds: closing then resets the connection instead of ending it in order."""


@dataclass(slots=True)
class _Answer:
    """An answer of the application, kept back."""

    status: int = 0
    headers: list[tuple[bytes, bytes]] = field(default_factory=list)
    body: bytes = b""

    async def keep(self, message: Message) -> None:
        """Take a part of the answer, as `send` would."""
        if message["type"] == "http.response.start":
            self.status, self.headers = message["status"], list(message["headers"])
        else:
            self.body += message.get("body", b"")

    async def pass_on(self, send: Send, body: bytes | None = None, *, is_whole: bool = True) -> None:
        """Send it, or another body under its headers; not `is_whole`: the length stays the promised one."""
        shown = self.body if body is None else body
        headers = self.headers
        if is_whole:
            headers = [(name, value) for name, value in headers if name != b"content-length"]
            headers.append((b"content-length", str(len(shown)).encode()))
        await send({"type": "http.response.start", "status": self.status, "headers": headers})
        await send({"type": "http.response.body", "body": shown, "more_body": not is_whole})


class Faults:
    """Lets the faults of a schedule strike. `speed` shortens their delays as it does all remote time."""

    def __init__(self, app: ASGIApp, schedule: FaultSchedule, speed: float) -> None:
        """Take the application that works."""
        self.app = app
        self.schedule = schedule
        self.speed = speed

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a call on, as it is or as a fault has it."""
        fault = self.schedule.strike(scope["method"], scope["path"]) if scope["type"] == "http" else None
        if fault is None:
            await self.app(scope, receive, send)
        elif fault.kind in FATES:
            scope[FATE] = fault
            await self.app(scope, receive, send)
        elif fault.kind in _INSTEAD:
            await self._answer_instead(fault, scope, receive, send)
        else:
            await self._spoil(fault, scope, receive, send)

    async def _answer_instead(self, fault: Fault, scope: Scope, receive: Receive, send: Send) -> None:
        """Let the call not reach the application, or reach it late."""
        if fault.kind == "delay":
            await asyncio.sleep(_amount(fault) / self.speed)
            await self.app(scope, receive, send)
        elif fault.kind == "hang":
            await _until_gone(scope, receive)
        elif fault.kind == "reset":
            # A caller that is still writing would not see the reset, only the end.
            while (await receive()).get("more_body"):
                pass
            await _break(scope, is_reset=True)
        else:
            await _false_answer(fault)(scope, receive, send)

    async def _spoil(self, fault: Fault, scope: Scope, receive: Receive, send: Send) -> None:
        """Let the application do its work, and spoil its answer."""
        answer = _Answer()
        await self.app(scope, receive, answer.keep)
        if fault.kind == "late-hang":
            await _until_gone(scope, receive)
        elif fault.kind == "late-reset":
            await _break(scope, is_reset=True)
        elif fault.kind == "late-status":
            await _false_answer(fault)(scope, receive, send)
        elif fault.kind == "half":
            await answer.pass_on(send, answer.body[: len(answer.body) // 2], is_whole=False)
            await _break(scope, is_reset=False)
        elif fault.kind == "trickle":
            await self._trickle(answer, _amount(fault), send)
        else:
            await answer.pass_on(send, _spoilt(fault, answer.body))

    async def _trickle(self, answer: _Answer, pause_s: float, send: Send) -> None:
        await send({"type": "http.response.start", "status": answer.status, "headers": answer.headers})
        for byte in answer.body:
            await asyncio.sleep(pause_s / self.speed)
            await send({"type": "http.response.body", "body": bytes([byte]), "more_body": True})
        await send({"type": "http.response.body", "body": b"", "more_body": False})


_INSTEAD = ("status", "delay", "hang", "reset", "redirect", "html", "bomb", "expire")
"""Kinds of which the application hears nothing, or hears later."""


def _amount(fault: Fault) -> float:
    return cast("float", fault.value)


def _false_answer(fault: Fault) -> Response:
    if fault.kind == "redirect":
        return Response(status_code=307, headers={"location": str(fault.value)})
    if fault.kind == "html":
        return Response("<!doctype html><title>Sign in</title>", media_type="text/html")
    if fault.kind == "expire":
        return JSONResponse({"error": "The link is not valid, or it has expired; fetch the task again"}, 403)
    if fault.kind == "bomb":
        packer = zlib.compressobj(wbits=_GZIP)
        packed = (
            b"".join(packer.compress(bytes(_MEGABYTE)) for _ in range(int(_amount(fault)))) + packer.flush()
        )
        return Response(packed, headers={"content-encoding": "gzip"}, media_type="application/json")
    wait = {} if fault.retry_after is None else {"retry-after": f"{fault.retry_after:g}"}
    return JSONResponse(
        {"error": f"The emulator was asked to say {fault.value}"}, int(_amount(fault)), headers=wait
    )


def _spoilt(fault: Fault, body: bytes) -> bytes:
    if fault.kind == "short":
        return body[: len(body) // 2]
    if fault.kind == "corrupt":
        middle = len(body) // 2
        return body[:middle] + bytes(byte ^ 0xFF for byte in body[middle : middle + 64]) + body[middle + 64 :]
    return b"".join(_respelt(fault, body))


def _respelt(fault: Fault, body: bytes) -> Iterator[bytes]:
    """Give a task's view with another status, or with times of a clock that goes wrong."""
    try:
        view = json.loads(body)
    except ValueError:
        yield body
        return
    if fault.kind == "state":
        view = {name: value for name, value in view.items() if name not in ("output", "progress")}
        view["status"] = fault.value
    elif "createdAt" in view:
        moment = datetime.fromisoformat(view["createdAt"]).astimezone(UTC).timestamp()
        view["createdAt"] = iso_time(moment + _amount(fault))
    yield json.dumps(view).encode()


def _note(scope: Scope) -> None:
    """Let the ledger say of a POST that it came: no answer will."""
    if NOTE in scope:
        scope[NOTE]()


async def _until_gone(scope: Scope, receive: Receive) -> None:
    """Wait until the caller gives up."""
    _note(scope)
    while (await receive())["type"] != "http.disconnect":
        pass


async def _break(scope: Scope, *, is_reset: bool) -> None:
    """End the connection: by a reset, or in order after what was written has gone out."""
    transport: asyncio.Transport = scope[TRANSPORT]
    if is_reset:
        _note(scope)
        found: socket.socket = transport.get_extra_info("socket")
        found.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _LINGER_OFF)
        transport.abort()
    else:
        transport.close()
    # The server hears of it in the next turn of the loop; until then it would miss an answer.
    for _ in range(3):
        await asyncio.sleep(0)
