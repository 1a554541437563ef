"""What every `TaskProvider` must do; a test class inherits it and says how its world is made."""

from __future__ import annotations

from abc import ABC, abstractmethod
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest

from runway_flow.engine.attempts import TaskHandle
from runway_flow.engine.service import Accepted, Account, Ambiguous, Refused, Rejected, Submission, TaskState
from runway_flow.kernel.digests import Digest, digest_bytes
from runway_flow.kernel.errors import ProviderError, Unreachable
from runway_flow.kernel.media import MediaKind

if TYPE_CHECKING:
    from runway_flow.engine.ports import TaskProvider
    from runway_flow.engine.service import TaskReport
    from runway_flow.plan.action import Action


class ProviderWorld(ABC):
    """A provider and the service behind it, as far as the rules need to move it."""

    provider: TaskProvider

    @abstractmethod
    def action(self) -> Action:
        """Give an action that makes one image, without media in its request."""

    @abstractmethod
    def arrange_submit(self, outcome: type[Submission]) -> None:
        """Let the following submits end so."""

    @abstractmethod
    def arrange_task(self, state: TaskState | None, *outputs: bytes) -> None:
        """Let every task stand so, with outputs of these bytes (images); None: the service is away."""

    @abstractmethod
    def expire_links(self, times: int) -> None:
        """Let links that were given before this, and the next `times - 1` fresh ones, be expired."""

    @abstractmethod
    def count_posts(self) -> int:
        """How many paid POSTs were sent."""

    @abstractmethod
    def image(self, number: int) -> bytes:
        """Give the bytes of an image; different ones for different numbers."""

    @abstractmethod
    def read(self, digest: Digest) -> bytes:
        """Read a blob of the store that the provider fetches into."""


def ignore(done: int, total: int | None) -> None:
    """Listen to no progress."""


class TaskProviderSuite:
    """Each test is a rule of the port. A test class gives the fixture `world`."""

    async def submit(self, world: ProviderWorld) -> Submission:
        """Prepare and submit the world's action."""
        return await world.provider.submit(await world.provider.prepare(world.action(), ignore))

    async def handle(self, world: ProviderWorld) -> TaskHandle:
        """Give a task that was accepted."""
        world.arrange_submit(Accepted)
        accepted = await self.submit(world)
        assert isinstance(accepted, Accepted)
        return TaskHandle(accepted.task, "text_to_image", "gen4_image", 0.0)

    async def report(self, world: ProviderWorld, *outputs: bytes) -> tuple[TaskHandle, TaskReport]:
        """Give a task that succeeded, with its report."""
        handle = await self.handle(world)
        world.arrange_task(TaskState.SUCCEEDED, *outputs)
        return handle, await world.provider.poll(handle)

    async def test_preparing_is_free_and_repeatable(self, world: ProviderWorld) -> None:
        """The same action gives the same request, and nothing paid was sent."""
        action = world.action()
        first = await world.provider.prepare(action, ignore)
        assert await world.provider.prepare(action, ignore) == first
        assert first.path == action.capability.path
        assert world.count_posts() == 0

    @pytest.mark.parametrize("outcome", [Accepted, Refused, Rejected, Ambiguous])
    async def test_a_submit_is_one_post_and_an_outcome(
        self, world: ProviderWorld, outcome: type[Submission]
    ) -> None:
        """Whatever the service does comes back as a value, after exactly one POST."""
        world.arrange_submit(outcome)
        assert type(await self.submit(world)) is outcome
        assert world.count_posts() == 1

    async def test_two_submits_are_two_posts(self, world: ProviderWorld) -> None:
        """Nothing is remembered between submits: the engine alone decides."""
        world.arrange_submit(Accepted)
        await self.submit(world)
        await self.submit(world)
        assert world.count_posts() == 2

    @pytest.mark.parametrize(
        "state", [state for state in TaskState if state not in (TaskState.GONE, TaskState.UNRECOGNISED)]
    )
    async def test_a_poll_says_how_the_task_stands(self, world: ProviderWorld, state: TaskState) -> None:
        """The state of the service is the state of the report; links only when it succeeded."""
        handle = await self.handle(world)
        world.arrange_task(state, world.image(1))
        report = await world.provider.poll(handle)
        assert report.state is state
        assert bool(report.links) is (state is TaskState.SUCCEEDED)
        assert report.progress is None or 0 <= report.progress <= 1

    async def test_a_task_that_is_gone_is_a_report(self, world: ProviderWorld) -> None:
        """It is an end, not an error."""
        handle = await self.handle(world)
        world.arrange_task(TaskState.GONE)
        assert (await world.provider.poll(handle)).state is TaskState.GONE

    async def test_a_poll_that_may_be_repeated_is_unreachable(self, world: ProviderWorld) -> None:
        """The service being away says nothing of the task."""
        handle = await self.handle(world)
        world.arrange_task(None)
        with pytest.raises(Unreachable):
            await world.provider.poll(handle)

    @pytest.mark.parametrize("has_action", [True, False])
    async def test_every_output_is_fetched_in_order(self, world: ProviderWorld, *, has_action: bool) -> None:
        """Blobs hold the bytes, artifacts their digests and facts; also for a step that is gone."""
        data = [world.image(number) for number in range(3)]
        handle, report = await self.report(world, *data)
        found = await world.provider.fetch(handle, report, world.action() if has_action else None, ignore)
        assert [item.digest for item in found] == [digest_bytes(item) for item in data]
        assert [world.read(item.digest) for item in found] == data
        assert [(item.kind, item.facts.bytes) for item in found] == [
            (MediaKind.IMAGE, len(item)) for item in data
        ]

    async def test_fetching_again_gives_the_same(self, world: ProviderWorld) -> None:
        """A download that was interrupted is simply done again."""
        handle, report = await self.report(world, world.image(1))
        first = await world.provider.fetch(handle, report, None, ignore)
        assert await world.provider.fetch(handle, report, None, ignore) == first
        assert world.count_posts() == 1

    async def test_expired_links_are_renewed(self, world: ProviderWorld) -> None:
        """A result that was paid for is not lost with its address."""
        handle, report = await self.report(world, world.image(1))
        world.expire_links(2)
        (found,) = await world.provider.fetch(handle, report, world.action(), ignore)
        assert world.read(found.digest) == world.image(1)

    async def test_links_that_stay_expired_are_an_error(self, world: ProviderWorld) -> None:
        """There is an end to asking."""
        handle, report = await self.report(world, world.image(1))
        world.expire_links(99)
        with pytest.raises(ProviderError):
            await world.provider.fetch(handle, report, world.action(), ignore)

    async def test_success_without_output_is_an_error(self, world: ProviderWorld) -> None:
        """Nothing is not a result."""
        handle, report = await self.report(world)
        with pytest.raises(ProviderError) as caught:
            await world.provider.fetch(handle, report, world.action(), ignore)
        assert not isinstance(caught.value, Unreachable)

    @pytest.mark.parametrize("state", [TaskState.RUNNING, TaskState.GONE])
    async def test_cancelling_is_harmless_for_what_is_gone(
        self, world: ProviderWorld, state: TaskState
    ) -> None:
        """Cancelled is cancelled, however often."""
        handle = await self.handle(world)
        world.arrange_task(state)
        await world.provider.cancel(handle)
        await world.provider.cancel(handle)

    async def test_the_account_is_known(self, world: ProviderWorld) -> None:
        """A balance that is stated is a number of credits."""
        account = await world.provider.account()
        assert isinstance(account, Account)
        assert account.balance is None or account.balance >= Decimal(0)

    async def test_closing_twice_is_harmless(self, world: ProviderWorld) -> None:
        """Clean-up may run again."""
        await world.provider.aclose()
        await world.provider.aclose()
