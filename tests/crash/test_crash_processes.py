"""Several processes on one flow and one store at once: each action is submitted once, all get the result."""

from __future__ import annotations

import asyncio
import signal
import subprocess
import sys
from collections import Counter
from typing import TYPE_CHECKING

import pytest
import pytest_asyncio

from tests.fakes.faulty_runway import Create, FaultyRunway
from tests.fakes.http_server import FakeServer, Reply
from tests.fakes.watched_program import Programs, until
from tests.fakes.whole_runs import STILL

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

FLOW = """\
version: 1
name: shared
steps:
  still:
    uses: gen4_image
    foreach: {look: [dawn, noon, dusk]}
    with: {ratio: 1280:720, prompt_text: "A lamp at ${{ look }}"}
  above:
    uses: gen4_image
    foreach: {still: "${{ steps.still }}"}
    with:
      ratio: 1280:720
      prompt_text: The lamp from above
      reference_images: {lamp: "${{ still.output }}"}
outputs:
  stills: ${{ steps.above.outputs }}
"""
ACTIONS = 6


@pytest_asyncio.fixture
async def api() -> AsyncIterator[FaultyRunway]:
    """Give an API that does as it is told."""
    async with FakeServer() as server:
        yield FaultyRunway(server)


@pytest.fixture
def programs(api: FaultyRunway, tmp_path: Path) -> Programs:
    """Give programs in a folder with a flow of six actions."""
    (tmp_path / "flow.yaml").write_text(FLOW, encoding="utf-8")
    return Programs(tmp_path, api.server.url)


def run(out: str) -> tuple[str, ...]:
    """Give a command line with an output folder of its own."""
    return ("run", "flow.yaml", "--json", "--speed", "1000", "--out", out)


@pytest.mark.parametrize("count", [2, 4])
async def test_processes_share_every_action(api: FaultyRunway, programs: Programs, count: int) -> None:
    """All exit 0 with the same files; every request was sent once, and paid once."""
    api.polls.extend([{"status": "RUNNING"}] * 40)
    ended = await asyncio.gather(*(programs.run(*run(f"out{number}")) for number in range(count)))
    assert [one.code for one in ended] == [0] * count, [one.err for one in ended]
    assert api.posts == len(api.made) == ACTIONS
    assert set(Counter(str(made.body) for made in api.made.values()).values()) == {1}
    files = [
        {path.name: path.read_bytes() for path in (programs.folder / f"out{number}").rglob("*.png")}
        for number in range(count)
    ]
    assert len(files[0]) == 3
    assert all(one == files[0] for one in files)
    assert sum(int(str(one.summary()["credits_spent"])) for one in ended) == 5 * ACTIONS


async def test_a_waiting_process_goes_on_when_the_other_dies(api: FaultyRunway, programs: Programs) -> None:
    """The lease of a killed process is taken over, and what it submitted is collected."""
    api.polls.extend([{"status": "RUNNING"}] * 100_000)
    async with programs.start(*run("out1")) as first:
        await first.told("running", "still[dawn]", "still[noon]", "still[dusk]")
        async with programs.start(*run("out2")) as second:
            await second.told("waiting")
            first.process.kill()
            api.polls.clear()
            ended = await second.end()
    assert ended.code == 0, ended.err
    assert len(api.made) == api.posts == ACTIONS


async def test_a_process_that_dies_in_a_post_leaves_a_doubt_to_the_others(
    api: FaultyRunway, programs: Programs
) -> None:
    """Who takes the lease over finds the intent: it is in doubt, and not submitted again."""
    (programs.folder / "flow.yaml").write_text(STILL, encoding="utf-8")
    api.creates.append(Create(Reply(hangs=True), makes=True))
    async with programs.start(*run("out1")) as first:
        await until(lambda: api.posts == 1)
        async with programs.start(*run("out2")) as second:
            await second.told("waiting")
            first.process.kill()
            ended = await second.end()
    assert ended.code == 9, ended.err
    assert ended.summary()["in_doubt"] == 1
    assert api.posts == 1


async def test_a_killed_process_that_nobody_waited_for_holds_nothing(
    api: FaultyRunway, programs: Programs
) -> None:
    """A zombie is no owner: its lease is taken over (in a container nobody may ever wait for it)."""
    api.polls.extend([{"status": "RUNNING"}] * 100_000)
    first = subprocess.Popen(  # noqa: ASYNC220 - asyncio would wait for it, and nobody must
        [sys.executable, "-m", "runway_flow.cli.main", *run("out1")],
        cwd=programs.folder,
        env=programs.environment,
        stdout=subprocess.DEVNULL,
    )
    try:
        await until(lambda: api.posts == 3)
        first.kill()
        api.polls.clear()
        ended = await programs.run(*run("out2"))
    finally:
        first.wait()
    assert ended.code in (0, 9), ended.err
    assert set(Counter(str(made.body) for made in api.made.values()).values()) == {1}


async def test_a_process_that_waits_for_another_can_be_ended(api: FaultyRunway, programs: Programs) -> None:
    """Nothing of it is under way: exit 130 at once, and the other one goes on."""
    api.polls.extend([{"status": "RUNNING"}] * 100_000)
    async with programs.start(*run("out1")) as first:
        await first.told("running", "still[dawn]", "still[noon]", "still[dusk]")
        async with programs.start(*run("out2")) as second:
            await second.told("waiting")
            second.signal(signal.SIGINT)
            assert (await second.end()).code == 130
        api.polls.clear()
        assert (await first.end()).code == 0
