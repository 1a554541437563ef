"""Runs that a user, a shell or a closed pipe ends at any stage: in order, or at once if asked again."""

from __future__ import annotations

import asyncio
import signal
import sys
from typing import TYPE_CHECKING

import pytest
import pytest_asyncio

from tests.fakes.clips import clip
from tests.fakes.clips import program as ffmpeg
from tests.fakes.faulty_runway import Create, FaultyRunway
from tests.fakes.http_server import FakeServer, Reply
from tests.fakes.runway_api import png
from tests.fakes.watched_program import Programs, Watched, is_running, until
from tests.fakes.whole_runs import STILL

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from tests.fakes.workspace import Finished

RUN = ("run", "flow.yaml", "--json", "--speed", "1000")
RUNNING: dict[str, object] = {"status": "RUNNING"}

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such signals")


@pytest_asyncio.fixture
async def api() -> AsyncIterator[FaultyRunway]:
    """Give an API that does as it is told."""
    async with FakeServer() as server:
        yield FaultyRunway(server)


@pytest.fixture
def programs(api: FaultyRunway, tmp_path: Path) -> Programs:
    """Give programs in a folder with a small flow."""
    (tmp_path / "flow.yaml").write_text(STILL, encoding="utf-8")
    return Programs(tmp_path, api.server.url)


def check_ended(ended: Finished, code: int) -> None:
    """Check that a run ended in order: its code, its last line, no traceback."""
    assert ended.code == code, ended.err
    assert "Traceback" not in ended.err
    assert ended.summary()["exit"] == code
    assert ended.summary()["status"] == "interrupted"


async def check_goes_on(api: FaultyRunway, programs: Programs) -> None:
    """Check that the same command gets the result, and that one task was paid in all."""
    ended = await programs.run(*RUN)
    assert ended.code == 0, ended.err
    assert len(api.made) == 1
    assert (programs.folder / "out" / "faults" / "still.png").exists()
    assert not list((programs.folder / "store" / "drafts").iterdir())


PLANNING = """
import sys, time
from runway_flow import api
from runway_flow.cli.main import main
def plan(*_):
    print("planning", file=sys.stderr, flush=True)
    time.sleep(60)
api.plan = plan
sys.exit(main())
"""


async def test_a_run_is_ended_while_it_plans(api: FaultyRunway, programs: Programs) -> None:
    """Nothing began: exit 130 without a traceback, and nothing was sent."""
    async with programs.start(*RUN, script=PLANNING) as program:
        await program.said("planning")
        program.signal(signal.SIGINT)
        ended = await program.end()
    assert ended.code == 130
    assert "Traceback" not in ended.err
    assert not api.server.seen


async def test_a_run_is_ended_during_an_upload(api: FaultyRunway, programs: Programs) -> None:
    """An upload costs nothing and is broken off; nothing is submitted."""
    (programs.folder / "lamp.png").write_bytes(png(b"lamp", 6_000_000))
    flow = STILL.replace("    with:", "    with:\n      reference_images: {lamp: lamp.png}")
    (programs.folder / "flow.yaml").write_text(flow, encoding="utf-8")
    api.uploads.append(Reply(hangs=True))
    async with programs.start(*RUN) as program:
        await until(lambda: api.server.count("POST", "/upload") == 1)
        program.signal(signal.SIGINT)
        ended = await program.end()
    check_ended(ended, 130)
    assert api.posts == 0
    await check_goes_on(api, programs)


async def test_a_run_is_ended_while_the_account_is_asked(api: FaultyRunway, programs: Programs) -> None:
    """A question costs nothing and is broken off."""
    api.accounts.append(Reply(hangs=True))
    async with programs.start(*RUN) as program:
        await until(lambda: api.server.count("GET", "/v1/organization") == 1)
        program.signal(signal.SIGINT)
        ended = await program.end()
    check_ended(ended, 130)
    await check_goes_on(api, programs)


async def test_a_run_is_ended_while_a_post_is_answered(api: FaultyRunway, programs: Programs) -> None:
    """The first signal waits for the answer: the task is journaled, and collected by the next run."""
    answered = asyncio.Event()
    api.late = answered
    async with programs.start(*RUN) as program:
        await until(lambda: api.posts == 1)
        program.signal(signal.SIGINT)
        await asyncio.sleep(0.3)
        assert program.process.returncode is None
        answered.set()
        ended = await program.end()
    check_ended(ended, 130)
    assert ended.summary()["remote"] == {"still": next(iter(api.made))}
    await check_goes_on(api, programs)


async def test_a_second_signal_leaves_a_post_in_doubt(api: FaultyRunway, programs: Programs) -> None:
    """The second signal waits for nothing: the step is in doubt afterwards, and never submitted again."""
    api.creates.append(Create(Reply(hangs=True), makes=True))
    async with programs.start(*RUN) as program:
        await until(lambda: api.posts == 1)
        program.signal(signal.SIGINT)
        await asyncio.sleep(0.3)
        assert program.process.returncode is None
        program.signal(signal.SIGINT)
        ended = await program.end()
    check_ended(ended, 130)
    again = await programs.run(*RUN)
    assert again.code == 9, again.err
    assert "RF611" in again.err
    assert api.posts == 1


@pytest.mark.parametrize(
    ("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGHUP, 143)]
)
async def test_a_run_is_ended_while_it_polls(
    api: FaultyRunway, programs: Programs, number: signal.Signals, code: int
) -> None:
    """The task goes on at the service; the summary names it, and the next run collects it."""
    api.polls.extend([RUNNING] * 100_000)
    async with programs.start(*RUN) as program:
        await program.told("running")
        program.signal(number)
        ended = await program.end()
    check_ended(ended, code)
    assert ended.summary()["remote"] == {"still": next(iter(api.made))}
    api.polls.clear()
    await check_goes_on(api, programs)


async def test_a_download_is_given_time_to_end(api: FaultyRunway, programs: Programs) -> None:
    """A result that is nearly there is kept although the run ends."""
    served = asyncio.Event()
    image = png(b"late", 1000)
    api.downloads.append(Reply(200, image, (("Content-Type", "image/png"),), after=served))
    async with programs.start(*RUN) as program:
        await program.told("downloading")
        program.signal(signal.SIGINT)
        await asyncio.sleep(0.2)
        served.set()
        ended = await program.end()
    assert ended.code in (0, 130), ended.err
    assert "Traceback" not in ended.err
    again = await programs.run(*RUN)
    assert again.code == 0
    assert again.summary()["stored"] == 1
    assert api.server.count("GET", f"/out/{next(iter(api.made))}.png") == 1


async def test_a_download_that_hangs_is_left(api: FaultyRunway, programs: Programs) -> None:
    """A second signal leaves at once; nothing partial stays, and the next run fetches the result."""
    api.downloads.append(Reply(hangs=True))
    async with programs.start(*RUN) as program:
        await program.told("downloading")
        program.signal(signal.SIGINT)
        await asyncio.sleep(0.2)
        program.signal(signal.SIGINT)
        ended = await program.end()
    check_ended(ended, 130)
    assert not list((programs.folder / "store" / "drafts").iterdir())
    await check_goes_on(api, programs)


FILM = """\
version: 1
name: faults
steps:
  film:
    uses: media/concat
    with: {clips: [a.mp4, b.mp4]}
outputs:
  film: ${{ steps.film.output }}
"""
SLOW_FFMPEG = """#!/bin/sh
case "$*" in
  *-progress*) /bin/sleep 300 & wait ;;
  *) exec '{}' "$@" ;;
esac
"""


@pytest.mark.skipif(sys.platform != "linux", reason="children are looked up in /proc")
@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
async def test_ffmpeg_ends_with_the_run(programs: Programs, number: signal.Signals, code: int) -> None:
    """A local step is broken off: its program and what that started are gone, and so is its work folder."""
    folder = programs.folder
    for name, made in (("a.mp4", "red"), ("b.mp4", "blue")):
        (folder / name).write_bytes(clip(made).read_bytes())
    (folder / "no-programs").mkdir()
    slow = folder / "no-programs" / "ffmpeg"
    slow.write_text(SLOW_FFMPEG.format(ffmpeg().path), encoding="utf-8")
    slow.chmod(0o755)
    (folder / "flow.yaml").write_text(FILM, encoding="utf-8")
    async with programs.start(*RUN) as program:
        await program.told("running", "film")
        await until(lambda: len(program.descendants()) >= 2)
        started = program.descendants()
        program.signal(number)
        ended = await program.end()
    check_ended(ended, code)
    assert not any(is_running(pid) for pid in started)
    assert not list((folder / "store" / "drafts").iterdir())


EXPORTING = """
import sys, time
from runway_flow import running
from runway_flow.cli.main import main
export = running.export
def slowly(*arguments):
    print("exporting", file=sys.stderr, flush=True)
    time.sleep(1)
    return export(*arguments)
running.export = slowly
sys.exit(main())
"""


async def test_a_run_is_ended_while_it_writes_outputs(api: FaultyRunway, programs: Programs) -> None:
    """What was made is kept; the next run writes the outputs and pays nothing."""
    async with programs.start(*RUN, script=EXPORTING) as program:
        await program.said("exporting")
        program.signal(signal.SIGINT)
        ended = await program.end()
    assert ended.code == 130
    assert "Traceback" not in ended.err
    await check_goes_on(api, programs)


@pytest.mark.parametrize("is_submitted", [False, True])
async def test_a_reader_that_leaves_ends_the_run(
    api: FaultyRunway, programs: Programs, *, is_submitted: bool
) -> None:
    """`| head` ends the run like an interrupt: quietly, and what was submitted is collected later."""
    api.polls.extend([RUNNING] * 100_000)
    async with programs.start(*RUN) as program:
        await (program.told("running") if is_submitted else program.next_line())
        close_output(program)
        api.polls.appendleft({"status": "THROTTLED"})  # something to tell: only a write finds the pipe closed
        assert program.process.stderr is not None
        errors = await asyncio.wait_for(program.process.stderr.read(), 60)
        code = await program.process.wait()
    assert (code, errors) == (141, b"")
    assert api.posts <= 1
    api.polls.clear()
    await check_goes_on(api, programs)


def close_output(program: Watched) -> None:
    """Stop to read the program's output."""
    transport = program.process._transport  # type: ignore[attr-defined] # asyncio has no other way
    transport.get_pipe_transport(1).close()


async def test_a_closed_terminal_does_not_stop_nohup(api: FaultyRunway, programs: Programs) -> None:
    """A hang-up that is ignored stays ignored."""
    api.polls.extend([RUNNING] * 20)
    script = (
        "import signal, sys; signal.signal(signal.SIGHUP, signal.SIG_IGN); "
        "from runway_flow.cli.main import main; sys.exit(main())"
    )
    async with programs.start(*RUN, script=script) as program:
        await program.told("running")
        program.signal(signal.SIGHUP)
        ended = await program.end()
    assert ended.code == 0, ended.err
    assert ended.summary()["status"] == "ok"
