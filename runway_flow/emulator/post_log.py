"""Writes every POST and its answer to the ledger before the answer leaves."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from runway_flow.emulator.emulation import Emulation

FACTS = "emulator.facts"
"""Where handlers leave what the ledger should say of a request: task, model, request."""
NOTE = "emulator.note"
"""Where those who will give no answer find what writes the line before they do not."""


class PostLog:
    """ASGI middleware: one ledger line for each POST, whatever becomes of it."""

    def __init__(self, app: ASGIApp, emulation: Emulation) -> None:
        """Take the application and whose ledger to write."""
        self.app = app
        self.emulation = emulation

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on and note a POST's answer."""
        if scope["type"] != "http" or scope["method"] != "POST":
            await self.app(scope, receive, send)
            return
        facts: dict[str, object] = {}
        scope[FACTS] = facts

        def note(status: int | None = None) -> None:
            wall = self.emulation.clock.wall()
            self.emulation.ledger.write("post", wall, path=scope["path"], status=status, **facts)

        async def noting(message: Message) -> None:
            if message["type"] == "http.response.start":
                note(message["status"])
            await send(message)

        scope[NOTE] = note
        await self.app(scope, receive, noting)
