"""What every `LocalProvider` must do; an adapter's test class inherits it and says how one is made."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from runway_flow.kernel.errors import MediaError

if TYPE_CHECKING:
    from collections.abc import Callable

    from runway_flow.engine.ports import BlobStore, LocalProvider
    from runway_flow.plan.action import Action


@dataclass(frozen=True, slots=True)
class Bench:
    """A provider with its store, an action that works, one that cannot, and a look at what is left over."""

    provider: LocalProvider
    blobs: BlobStore
    action: Action
    impossible: Action
    left_over: Callable[[], list[str]]


class LocalProviderSuite:
    """Each test is a rule of the port. `bench` gives a provider that nothing was asked of yet."""

    @pytest.fixture
    def bench(self) -> Bench:
        """Make a provider."""
        raise NotImplementedError

    async def test_results_are_in_the_store(self, bench: Bench) -> None:
        """Every artifact that is given is in the blob store, as many bytes as its facts say."""
        artifacts = await bench.provider.perform(bench.action, lambda _: None)
        assert artifacts
        for artifact in artifacts:
            with bench.blobs.open(artifact.digest) as file:
                assert len(file.read()) == artifact.facts.bytes

    async def test_repeatable(self, bench: Bench) -> None:
        """The same action gives the same content again."""
        first = await bench.provider.perform(bench.action, lambda _: None)
        assert await bench.provider.perform(bench.action, lambda _: None) == first

    async def test_progress_ends_at_one(self, bench: Bench) -> None:
        """Progress stays within 0 and 1, never falls, and ends at 1."""
        shares: list[float] = []
        await bench.provider.perform(bench.action, shares.append)
        assert shares == sorted(shares)
        assert 0 <= shares[0] <= shares[-1] == 1

    async def test_several_at_once(self, bench: Bench) -> None:
        """Calls do not disturb each other."""
        calls = (bench.provider.perform(bench.action, lambda _: None) for _ in range(3))
        results = await asyncio.gather(*calls)
        assert results[0] == results[1] == results[2]

    async def test_failure(self, bench: Bench) -> None:
        """What cannot be done is a `MediaError`, and leaves nothing behind."""
        with pytest.raises(MediaError):
            await bench.provider.perform(bench.impossible, lambda _: None)
        assert bench.left_over() == []

    async def test_success_leaves_nothing(self, bench: Bench) -> None:
        """Nothing but the blobs is left behind."""
        await bench.provider.perform(bench.action, lambda _: None)
        assert bench.left_over() == []

    @pytest.mark.parametrize("turns", [1, 3, 10, 30])
    async def test_cancellation(self, bench: Bench, turns: int) -> None:
        """Cancelled at any point it ends with a cancellation (or was done already) and leaves nothing."""
        call = asyncio.ensure_future(bench.provider.perform(bench.action, lambda _: None))
        for _ in range(turns):
            await asyncio.sleep(0)
        call.cancel()
        await asyncio.wait([call])
        assert call.cancelled() or call.result()
        assert bench.left_over() == []

    def test_version(self, bench: Bench) -> None:
        """The tool's version is one line of text."""
        version = bench.provider.tool_version()
        assert version
        assert version.isprintable()
