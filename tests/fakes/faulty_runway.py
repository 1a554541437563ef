"""Runway's API as far as a whole run needs it, on a server that misbehaves to order."""

from __future__ import annotations

import json
import uuid
from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeVar

from msgspec.structs import replace

from tests.fakes.http_server import Reply, Seen, json_reply
from tests.fakes.runway_api import png

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Callable

    from tests.fakes.http_server import FakeServer

_T = TypeVar("_T")

PATHS = ("/v1/text_to_image", "/v1/text_to_video", "/v1/image_to_video", "/v1/text_to_speech")
SIGNATURE = "eyJhbGciOiJub25lIn0"
"""What the links to results are signed with: nobody may get to see it."""


@dataclass(frozen=True, slots=True)
class Create:
    """How one POST is answered, and whether a task was made all the same."""

    reply: Reply
    makes: bool = False


@dataclass(slots=True)
class Made:
    """A task that was made, and billed: what it was asked for, and how it ends."""

    path: str
    body: object
    end: dict[str, object]


@dataclass
class FaultyRunway:
    """The API at `server`. Each queue is used up in turn; then all is well.

    `creates`, `polls`, `downloads`, `accounts`, `uploads`: answers instead of the right ones. `ends`: what
    tasks are in the end, in the order in which they are made. `media`: what results are.
    `late`: when POSTs are answered.
    """

    server: FakeServer
    creates: deque[Create] = field(default_factory=deque)
    polls: deque[Reply | dict[str, object]] = field(default_factory=deque)
    downloads: deque[Reply] = field(default_factory=deque)
    accounts: deque[Reply] = field(default_factory=deque)
    uploads: deque[Reply] = field(default_factory=deque)
    ends: deque[dict[str, object]] = field(default_factory=deque)
    media: Callable[[str], bytes] = lambda task: png(task.encode())
    made: dict[str, Made] = field(default_factory=dict)
    links: int = 0
    late: asyncio.Event | None = None

    def __post_init__(self) -> None:
        for path in PATHS:
            self.server.on("POST", path, self.create)
        self.server.on("GET", "/v1/organization", self._account)
        self.server.on("POST", "/v1/uploads", self._begin_upload)
        self.server.on("POST", "/upload", lambda _: _next(self.uploads) or Reply(204))

    @property
    def posts(self) -> int:
        """How many POSTs that may cost came."""
        return sum(self.server.count("POST", path) for path in PATHS)

    def set_end(self, **end: object) -> None:
        """Let every task that was made end like this."""
        for made in self.made.values():
            made.end = dict(end)

    def create(self, seen: Seen) -> Reply:
        """Answer a POST that may cost."""
        fault = _next(self.creates)
        if fault is not None and not fault.makes:
            return fault.reply
        task = str(uuid.uuid4())
        end = _next(self.ends) or {"status": "SUCCEEDED"}
        self.made[task] = Made(seen.target, json.loads(seen.body), end)
        self.server.on("GET", f"/v1/tasks/{task}", lambda _: self._poll(task))
        self.server.on("GET", f"/out/{task}.png", lambda _: self._download(task))
        if fault is not None:
            return fault.reply
        return replace(json_reply({"id": task}), after=self.late)

    def _poll(self, task: str) -> Reply:
        answer = _next(self.polls)
        if isinstance(answer, Reply):
            return answer
        body: dict[str, object] = {"id": task, "createdAt": "2026-11-21T00:00:00Z"}
        body |= self.made[task].end if answer is None else answer
        if body["status"] == "SUCCEEDED" and "output" not in body:
            self.links += 1
            body["output"] = [f"{self.server.url}/out/{task}.png?_jwt={SIGNATURE}.{self.links}"]
            body["cost"] = {"credits": 5}
        return json_reply(body)

    def _download(self, task: str) -> Reply:
        image = Reply(200, self.media(task), (("Content-Type", "image/png"),))
        return _next(self.downloads) or image

    def _account(self, _: Seen) -> Reply:
        body = {"creditBalance": 1000, "tier": {"models": {}}, "usage": {"models": {}}}
        return _next(self.accounts) or json_reply(body)

    def _begin_upload(self, seen: Seen) -> Reply:
        target = f"{self.server.url}/upload?_jwt={SIGNATURE}"
        # by the name, which tells the content: equal requests have equal bodies
        uri = f"runway://{uuid.uuid5(uuid.NAMESPACE_OID, seen.body.decode())}"
        return json_reply({"uploadUrl": target, "fields": {"policy": SIGNATURE}, "runwayUri": uri})


def _next(queue: deque[_T]) -> _T | None:
    return queue.popleft() if queue else None
