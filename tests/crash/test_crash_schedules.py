"""Random schedules of trouble against whole runs that are ended and started again: the promises hold.

A failure names its seed. More seeds: `RUNWAY_FLOW_SCHEDULES=400`. A seed draws the same trouble each time;
what it meets also depends on how quick threads and sockets are, so a rare failure may need a few tries.
"""

from __future__ import annotations

import asyncio
import os
import random
from collections import Counter
from typing import TYPE_CHECKING

import pytest

from runway_flow.engine.attempts import AttemptState
from runway_flow.engine.stopping import StopSignal
from runway_flow.kernel.errors import StoreError
from runway_flow.store.opening import open_store
from tests.fakes.crashing import Crash, FullDisk, Fuse
from tests.fakes.faulty_runway import FaultyRunway
from tests.fakes.http_server import FakeServer
from tests.fakes.runway_api import png
from tests.fakes.trouble import calm_down, make_trouble
from tests.fakes.whole_runs import Runs

if TYPE_CHECKING:
    from pathlib import Path

    from runway_flow.engine.attempts import Attempt
    from tests.fakes.whole_runs import Ran

SEEDS = int(os.environ.get("RUNWAY_FLOW_SCHEDULES", "20"))
FLOW = """\
version: 1
name: faults
steps:
  still:
    uses: gen4_image
    retry: {max: 1}
    foreach: {look: [dawn, noon]}
    with: {ratio: 1280:720, prompt_text: "A lamp at ${{ look }}", reference_images: {lamp: lamp.png}}
  above:
    uses: gen4_image
    foreach: {still: "${{ steps.still }}"}
    with: {ratio: 1280:720, prompt_text: From above, reference_images: {lamp: "${{ still.output }}"}}
outputs:
  stills: ${{ steps.above.outputs }}
"""
FORMS = (FLOW, FLOW, FLOW.replace("noon", "dusk"), FLOW.replace("From above", "From below"))


async def disturb(stop: StopSignal, draw: random.Random) -> None:
    """End a run at some moment, and sometimes at once."""
    await asyncio.sleep(draw.random() * 0.3)
    for _ in range(draw.randrange(3)):
        stop.request()
        await asyncio.sleep(draw.random() * 0.05)


def draw_fuse(draw: random.Random) -> Fuse:
    """Give what ends a process, fills its disk, or neither."""
    chance = draw.random()
    if chance < 0.25:
        return Fuse(draw.randrange(1, 150))
    return FullDisk(draw.randrange(1, 40)) if chance < 0.45 else Fuse()


async def run_disturbed(runs: Runs, text: str, draw: random.Random) -> None:
    """Run, with a sudden end perhaps."""
    stop = StopSignal()
    ending = asyncio.ensure_future(disturb(stop, draw))
    fuse = draw_fuse(draw)
    try:
        await runs.run(text, stop, fuse)
    except (Crash, StoreError):
        assert fuse.where
    finally:
        ending.cancel()


def check_promises(api: FaultyRunway, attempts: list[Attempt]) -> None:
    """Check that nothing was paid twice, and that every task is known or its request in doubt."""
    worth = (made for made in api.made.values() if made.end["status"] == "SUCCEEDED")
    bodies = Counter(f"{made.path} {made.body}" for made in worth)
    assert not [body for body, count in bodies.items() if count > 1]
    assert api.posts <= len(attempts)
    opened = Counter(one.intent.key for one in attempts if one.state.is_open)
    assert not [key for key, count in opened.items() if count > 1]
    journaled = {one.task for one in attempts}
    in_doubt = sum(one.state is AttemptState.INTENDED for one in attempts)
    assert sum(task not in journaled for task in api.made) <= in_doubt


def check_results(folder: Path, attempts: list[Attempt]) -> None:
    """Check that the bytes of every task that was stored are there, and are its own."""
    with open_store(folder / "store", create=True) as store:
        for one in attempts:
            if one.state is AttemptState.STORED:
                found = store.state.find_result(one.intent.key)
                assert found is not None
                with store.blobs.open(found.result.outputs[0].digest) as file:
                    assert file.read() == png(str(one.task).encode())


def journal(folder: Path) -> list[Attempt]:
    """Give every attempt of every run."""
    with open_store(folder / "store", create=True) as store:
        return [
            attempt for run in store.state.list_runs(99) for attempt in store.state.attempts_of(run.run_id)
        ]


async def run_calmly(runs: Runs) -> Ran:
    """Run until no task that was to fail is left; what moderation refused is paid for again, as if asked."""
    while (ran := await runs.run(FLOW)).summary.failed:
        assert ran.exit in (1, 9), ran.told
        release_held(runs.folder)
    return ran


def release_held(folder: Path) -> None:
    """Say, as `runs resolve --resubmit` does, that what is held back may be paid for again."""
    with open_store(folder / "store", create=True) as store:
        for attempt in store.state.held_attempts():
            store.state.close_attempt(attempt.intent.attempt_id, AttemptState.RELEASED, 0.0)


@pytest.mark.parametrize("seed", range(SEEDS))
async def test_trouble_pays_nothing_twice_and_loses_nothing(seed: int, tmp_path: Path) -> None:
    """Once the trouble ends the run ends well, or names what is in doubt; nothing is paid twice."""
    draw = random.Random(seed)  # noqa: S311 - a schedule, no secret
    (tmp_path / "lamp.png").write_bytes(png(b"lamp", 400_000))
    async with FakeServer() as server, asyncio.timeout(60):
        api = FaultyRunway(server)
        runs = Runs(tmp_path, server.url)
        for _ in range(3):
            make_trouble(api, draw)
            texts = draw.choices(FORMS, k=draw.choice([1, 1, 2]))
            await asyncio.gather(*(run_disturbed(runs, text, draw) for text in texts))
            check_promises(api, journal(tmp_path))
        calm_down(api)
        last = await run_calmly(runs)
        attempts = journal(tmp_path)
        check_promises(api, attempts)
        in_doubt = sum(step == "in_doubt" for step in last.ends.values())
        assert last.exit == (9 if in_doubt else 0), last.told
        assert last.summary.in_doubt == in_doubt
        posts = api.posts
        assert (await runs.run(FLOW)).exit == last.exit
        assert api.posts == posts
        attempts = journal(tmp_path)
        assert not [one for one in attempts if one.state is AttemptState.SUBMITTED]
        check_results(tmp_path, attempts)
