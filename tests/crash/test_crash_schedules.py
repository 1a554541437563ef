"""Random schedules of trouble against whole runs that are ended and started again: the promises hold."""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from typing import TYPE_CHECKING

import pytest

from runway_flow.engine.attempts import AttemptState
from runway_flow.engine.stopping import StopSignal
from runway_flow.store.opening import open_store
from tests.fakes.faulty_runway import Create, FaultyRunway
from tests.fakes.http_server import FakeServer, Reply, json_reply
from tests.fakes.runway_api import png
from tests.fakes.whole_runs import Runs

if TYPE_CHECKING:
    from pathlib import Path

    from runway_flow.engine.attempts import Attempt

SEEDS = 24
FLOW = """\
version: 1
name: faults
steps:
  still:
    uses: gen4_image
    foreach: {look: [dawn, noon]}
    with: {ratio: 1280:720, prompt_text: "A lamp at ${{ look }}", reference_images: {lamp: lamp.png}}
  above:
    uses: gen4_image
    foreach: {still: "${{ steps.still }}"}
    with: {ratio: 1280:720, prompt_text: From above, reference_images: {lamp: "${{ still.output }}"}}
outputs:
  stills: ${{ steps.above.outputs }}
"""
ACTIONS = 4
HTML = (("Content-Type", "text/html"),)
PNG = (("Content-Type", "image/png"),)
PASSING = (
    json_reply({"error": "busy"}, 429, Retry_After="0.02"),
    json_reply({"error": "busy"}, 503),
)
LOST = (
    Reply(hangs=True),
    Reply(resets=True),
    Reply(200, b'{"id": "17f2', cut=9),
    Reply(502, b"<html>", HTML),
    Reply(200, b"<html>", HTML),
    json_reply({"error": "?"}, 500),
)
STATES: tuple[dict[str, object], ...] = tuple(
    {"status": state} for state in ("THROTTLED", "RUNNING", "DREAMING")
)
LOOKS: tuple[Reply | dict[str, object], ...] = (
    *PASSING,
    Reply(resets=True),
    Reply(200, b"<html>", HTML),
    Reply(404, b"<html>", HTML),
    *STATES,
)
FETCHES = (
    Reply(403),
    Reply(500),
    Reply(resets=True),
    Reply(200, png(b"x", 900), PNG, cut=500),
    Reply(200, b"<html>", HTML),
    Reply(200, b"", PNG),
)


def make_trouble(api: FaultyRunway, draw: random.Random) -> None:
    """Order some trouble of every kind."""
    for _ in range(draw.randrange(4)):
        reply = draw.choice(PASSING)
        api.creates.append(Create(reply))
    if draw.random() < 0.3:
        api.creates.append(Create(draw.choice(LOST), makes=draw.random() < 0.7))
    api.polls.extend(draw.choice(LOOKS) for _ in range(draw.randrange(8)))
    api.downloads.extend(draw.choice(FETCHES) for _ in range(draw.randrange(4)))
    api.uploads.extend(Reply(500) for _ in range(draw.randrange(2)))


def calm_down(api: FaultyRunway) -> None:
    """End all trouble."""
    for queue in (api.creates, api.polls, api.downloads, api.uploads):
        queue.clear()


async def disturb(stop: StopSignal, draw: random.Random) -> None:
    """End a run at some moment, and sometimes at once."""
    await asyncio.sleep(draw.random() * 0.3)
    for _ in range(draw.randrange(3)):
        stop.request()
        await asyncio.sleep(draw.random() * 0.05)


def check_promises(api: FaultyRunway, attempts: list[Attempt]) -> None:
    """Check that no request was paid twice, and that every task is known or its request in doubt."""
    bodies = Counter(str(made.body) for made in api.made.values())
    assert not [body for body, count in bodies.items() if count > 1]
    journaled = {one.task for one in attempts}
    in_doubt = sum(one.state is AttemptState.INTENDED for one in attempts)
    assert sum(task not in journaled for task in api.made) <= in_doubt


def journal(folder: Path) -> list[Attempt]:
    """Give every attempt of every run."""
    with open_store(folder / "store", create=True) as store:
        return [
            attempt for run in store.state.list_runs(99) for attempt in store.state.attempts_of(run.run_id)
        ]


@pytest.mark.parametrize("seed", range(SEEDS))
async def test_trouble_pays_nothing_twice_and_loses_nothing(seed: int, tmp_path: Path) -> None:
    """Once the trouble ends the run ends well, or names what is in doubt; nothing is paid twice."""
    draw = random.Random(seed)  # noqa: S311 - a schedule, no secret
    (tmp_path / "lamp.png").write_bytes(png(b"lamp", 6_000_000))
    async with FakeServer() as server, asyncio.timeout(60):
        api = FaultyRunway(server)
        runs = Runs(tmp_path, server.url)
        for _ in range(3):
            make_trouble(api, draw)
            stop = StopSignal()
            ending = asyncio.ensure_future(disturb(stop, draw))
            await runs.run(FLOW, stop)
            ending.cancel()
            check_promises(api, journal(tmp_path))
        calm_down(api)
        last = await runs.run(FLOW)
        attempts = journal(tmp_path)
        check_promises(api, attempts)
        in_doubt = {one.intent.step for one in attempts if one.state is AttemptState.INTENDED}
        assert last.exit == (9 if in_doubt else 0), last.told
        assert last.summary.in_doubt == len(in_doubt)
        if not in_doubt:
            assert len(api.made) == ACTIONS
        assert not list((tmp_path / "store" / "drafts").iterdir())
        posts = api.posts
        assert (await runs.run(FLOW)).exit == last.exit
        assert api.posts == posts
