"""A small HTTP/1.1 server on loopback that misbehaves to order and remembers every request."""

from __future__ import annotations

import asyncio
import json
import socket
import struct
from collections.abc import Callable
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import TYPE_CHECKING, Self

from msgspec import Struct

if TYPE_CHECKING:
    from types import TracebackType

UNSTATED = -1
"""As `Reply.length`: no Content-Length; the body ends with the connection."""


class Reply(Struct, frozen=True):
    """One answer. `length`: what Content-Length says, if not the truth.

    `cut`: close the connection after so many bytes of the body. `resets`: reset the connection instead
    of answering; with `cut`, after those bytes. `hangs`: never answer. `pause_s`: between single bytes of
    the body. `after`: answer only when that has happened.
    """

    status: int = 200
    body: bytes = b""
    headers: tuple[tuple[str, str], ...] = ()
    length: int | None = None
    cut: int | None = None
    resets: bool = False
    hangs: bool = False
    pause_s: float = 0.0
    after: asyncio.Event | None = None


def json_reply(value: object, status: int = 200, **headers: str) -> Reply:
    """Make an answer with a JSON body; header names with `_` for `-`."""
    named = tuple((name.replace("_", "-"), text) for name, text in headers.items())
    return Reply(status, json.dumps(value).encode(), (("Content-Type", "application/json"), *named))


@dataclass(frozen=True, slots=True)
class Seen:
    """One request as it came; header names are lower case. `connection` counts from 1."""

    method: str
    target: str
    headers: tuple[tuple[str, str], ...]
    body: bytes
    connection: int

    def header(self, name: str) -> str | None:
        """Give the only header of a name, or None; two of them are a mistake."""
        found = [value for key, value in self.headers if key == name]
        assert len(found) <= 1, f"{name} was sent {len(found)} times"
        return found[0] if found else None

    def json(self) -> object:
        """Read the body as JSON."""
        value: object = json.loads(self.body)
        return value


Answer = Reply | Callable[[Seen], Reply]


@dataclass
class FakeServer:
    """Routes by (method, path without query); several answers are given in turn, the last for ever."""

    seen: list[Seen] = field(default_factory=list)
    routes: dict[tuple[str, str], list[Answer]] = field(default_factory=dict)
    connections: int = 0
    port: int = 0
    _server: asyncio.Server | None = None
    _over: asyncio.Event = field(default_factory=asyncio.Event)
    _tasks: set[asyncio.Task[None]] = field(default_factory=set)

    async def __aenter__(self) -> Self:
        """Listen on a free port of 127.0.0.1."""
        self._server = await asyncio.start_server(self._accept, "127.0.0.1", 0)
        self.port = int(self._server.sockets[0].getsockname()[1])
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop listening and end every connection."""
        assert self._server is not None
        self._server.close()
        self._over.set()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._server.wait_closed()

    @property
    def url(self) -> str:
        """Where it listens, without a slash at the end."""
        return f"http://127.0.0.1:{self.port}"

    def on(self, method: str, path: str, *answers: Answer) -> None:
        """Set what is answered."""
        self.routes[method, path] = list(answers)

    def count(self, method: str, path: str | None = None) -> int:
        """How many requests came."""
        return sum(
            item.method == method and path in (None, item.target.partition("?")[0]) for item in self.seen
        )

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        self.connections += 1
        try:
            await self._serve(reader, writer, self.connections)
        except (ConnectionError, asyncio.IncompleteReadError):
            pass  # the client left
        except asyncio.CancelledError:
            writer.transport.abort()
        finally:
            self._tasks.discard(task)
            writer.close()

    async def _serve(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, connection: int
    ) -> None:
        while (request := await _read_request(reader, connection)) is not None:
            self.seen.append(request)
            answers = self.routes.get((request.method, request.target.partition("?")[0]), [Reply(404)])
            answer = answers.pop(0) if len(answers) > 1 else answers[0]
            reply = answer if isinstance(answer, Reply) else answer(request)
            if reply.hangs:
                await self._over.wait()
                return
            if reply.after is not None:
                await reply.after.wait()
            if not await _send(writer, reply) or request.header("connection") == "close":
                return


async def _read_request(reader: asyncio.StreamReader, connection: int) -> Seen | None:
    first = await reader.readline()
    if not first:
        return None
    method, target, _ = first.decode("ascii").split(" ", 2)
    headers: list[tuple[str, str]] = []
    while (line := (await reader.readline()).decode("latin-1").rstrip("\r\n")) != "":
        name, _, value = line.partition(":")
        headers.append((name.lower(), value.strip()))
    named = dict(headers)
    length = int(named.get("content-length", "0"))
    return Seen(method, target, tuple(headers), await reader.readexactly(length), connection)


async def _send(writer: asyncio.StreamWriter, reply: Reply) -> bool:
    """Send; False if the connection is over."""
    if reply.resets and reply.cut is None:
        _reset(writer)
        return False
    headers = list(reply.headers)
    length = len(reply.body) if reply.length is None else reply.length
    if length != UNSTATED:
        headers.append(("Content-Length", str(length)))
    phrase = HTTPStatus(reply.status).phrase
    head = f"HTTP/1.1 {reply.status} {phrase}\r\n" + "".join(f"{name}: {text}\r\n" for name, text in headers)
    writer.write(f"{head}\r\n".encode("latin-1"))
    body = reply.body if reply.cut is None else reply.body[: reply.cut]
    step = 1 if reply.pause_s else len(body) or 1
    for start in range(0, len(body), step):
        writer.write(body[start : start + step])
        await writer.drain()
        if reply.pause_s:
            await asyncio.sleep(reply.pause_s)
    await writer.drain()
    if reply.resets:
        _reset(writer)
    return reply.cut is None and length != UNSTATED


def _reset(writer: asyncio.StreamWriter) -> None:
    connected: socket.socket = writer.get_extra_info("socket")
    connected.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()
