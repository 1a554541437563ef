"""Runway, over the real SDK and a server on loopback, keeps the rules of the port."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from runway_flow.engine.service import Accepted, Ambiguous, Refused, Rejected, Submission, TaskState
from runway_flow.kernel.media import MediaKind
from tests.conformance.task_provider_suite import ProviderWorld, TaskProviderSuite
from tests.fakes.http_server import FakeServer, Reply, json_reply
from tests.fakes.runway_api import PATH, TASK, TASK_PATH, Provider, action_of, png, provider_at

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from runway_flow.kernel.digests import Digest
    from runway_flow.plan.action import Action

OUTCOMES: dict[type[Submission], Reply] = {
    Accepted: json_reply({"id": TASK, "estimatedCost": {"credits": 5}}),
    Refused: json_reply({"error": "busy"}, 429),
    Rejected: json_reply({"error": "no"}, 400),
    Ambiguous: Reply(resets=True),
}


class RunwayWorld(ProviderWorld):
    """A server that answers as the API does."""

    def __init__(self, server: FakeServer, provider: Provider) -> None:
        self.server = server
        self.provider = provider
        self._over_http = provider
        server.on("GET", "/v1/organization", json_reply({"creditBalance": 10}))

    def action(self) -> Action:
        """Give an action for one image."""
        return action_of({"promptText": "a lamp"}, MediaKind.IMAGE)

    def arrange_submit(self, outcome: type[Submission]) -> None:
        """Answer a POST."""
        self.server.on("POST", PATH, OUTCOMES[outcome])

    def arrange_task(self, state: TaskState | None, *outputs: bytes) -> None:
        """Answer polls and deletes, and serve the outputs."""
        deleted = Reply(404 if state is TaskState.GONE else 200)
        self.server.on("DELETE", TASK_PATH, deleted, Reply(404))
        if state is None:
            self.server.on("GET", TASK_PATH, Reply(502))
        elif state is TaskState.GONE:
            self.server.on("GET", TASK_PATH, json_reply({"error": "not found"}, 404))
        else:
            links = [f"{self.server.url}/out/{number}?s=1" for number in range(len(outputs))]
            body = {"id": TASK, "status": str(state), "progress": 0.5, "output": links}
            self.server.on("GET", TASK_PATH, json_reply(body))
        for number, data in enumerate(outputs):
            self.server.on("GET", f"/out/{number}", Reply(200, data, (("Content-Type", "image/png"),)))

    def expire_links(self, times: int) -> None:
        """Refuse the first output so many times."""
        answers = self.server.routes["GET", "/out/0"]
        self.server.on("GET", "/out/0", *[Reply(403)] * times, *answers)

    def count_posts(self) -> int:
        """Count POSTs to the paid endpoint."""
        return self.server.count("POST", PATH)

    def image(self, number: int) -> bytes:
        """Give a PNG."""
        return png(bytes([number]))

    def read(self, digest: Digest) -> bytes:
        """Read a blob."""
        return self._over_http.bytes_of(digest)


class TestRunwayProvider(TaskProviderSuite):
    """The adapter to the API."""

    @pytest.fixture
    async def world(self) -> AsyncIterator[ProviderWorld]:
        """Make a server and a provider that talks to it."""
        async with FakeServer() as server, provider_at(server.url) as provider:
            yield RunwayWorld(server, provider)
