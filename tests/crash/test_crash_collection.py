"""Whole runs against a service that misbehaves after it made a task: nothing that was paid for is lost."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import pytest_asyncio

from runway_flow.engine.events import EarlierFate
from runway_flow.kernel.digests import digest_bytes
from tests.fakes.faulty_runway import Create, FaultyRunway
from tests.fakes.http_server import FakeServer, Reply, json_reply
from tests.fakes.runway_api import mp4, png
from tests.fakes.whole_runs import STILL, Runs

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from tests.fakes.whole_runs import Ran

HTML = Reply(200, b"<html>Log in</html>", (("Content-Type", "text/html"),))
PNG = (("Content-Type", "image/png"),)
RETRIES = STILL.replace("    with:", "    retry: {max: 1}\n    with:")


@pytest_asyncio.fixture
async def api() -> AsyncIterator[FaultyRunway]:
    """Give an API that does as it is told."""
    async with FakeServer() as server:
        yield FaultyRunway(server)


@pytest.fixture
def runs(api: FaultyRunway, tmp_path: Path) -> Runs:
    """Give runs against that API."""
    return Runs(tmp_path, api.server.url)


def check_done(api: FaultyRunway, ran: Ran, runs: Runs) -> None:
    """Check that the step is done, and one task was paid for it."""
    assert (ran.exit, ran.codes) == (0, []), ran.told
    assert api.posts == len(api.made) == 1
    assert not ran.open_attempts
    assert (runs.folder / "out" / "still.png").read_bytes() == png(next(iter(api.made)).encode())


async def check_kept(api: FaultyRunway, ran: Ran, runs: Runs) -> None:
    """Check that the task stays in the journal, and the next run collects it for nothing."""
    task = next(iter(api.made))
    assert [attempt.task for attempt in ran.open_attempts] == [task]
    assert task in ran.told
    for queue in (api.polls, api.downloads):
        queue.clear()
    check_done(api, await runs.run(), runs)


PASSING = {
    "500": json_reply({"error": "Internal error"}, 500),
    "502": Reply(502, b"<html>Bad gateway</html>", (("Content-Type", "text/html"),)),
    "503": json_reply({"error": "busy"}, 503, Retry_After="0.02"),
    "429": json_reply({"error": "busy"}, 429),
    "408": json_reply({"error": "slow"}, 408),
    "never answers": Reply(hangs=True),
    "resets": Reply(resets=True),
    "breaks off": Reply(200, b'{"status": "SUCCEEDED"}', cut=9),
    "a portal": HTML,
    "a portal's 404": Reply(404, b"<html>Not found</html>", (("Content-Type", "text/html"),)),
    "no status": json_reply({"id": "x"}),
    "nothing": Reply(200, b""),
    "redirects": Reply(302, b"", (("Location", "/login"),)),
}


@pytest.mark.parametrize("reply", PASSING.values(), ids=PASSING.keys())
async def test_a_look_that_fails_is_repeated(api: FaultyRunway, runs: Runs, reply: Reply) -> None:
    """Asking is free: the task is asked for again, and its result comes."""
    api.polls.extend([reply] * (1 if reply.hangs else 2))
    check_done(api, await runs.run(), runs)


@pytest.mark.parametrize("name", ["500", "resets", "a portal", "a portal's 404"])
async def test_a_task_out_of_reach_is_kept(api: FaultyRunway, runs: Runs, name: str) -> None:
    """Exit 7 once patience is over; the next run collects the task."""
    api.polls.extend([PASSING[name]] * 500)
    ran = await runs.run()
    assert (ran.exit, ran.codes) == (7, ["RF512"])
    assert ran.summary.remote == {"still": next(iter(api.made))}
    await check_kept(api, ran, runs)


@pytest.mark.parametrize("status", [400, 401, 403])
async def test_a_look_that_is_refused_keeps_the_task(api: FaultyRunway, runs: Runs, status: int) -> None:
    """A key that is refused while a task goes on fails the run, and loses nothing."""
    api.polls.extend([json_reply({"error": "no"}, status)] * 9)
    ran = await runs.run()
    assert ran.exit == (4 if status in (401, 403) else 1)
    await check_kept(api, ran, runs)


async def test_states_are_shown_and_waited_for(api: FaultyRunway, runs: Runs) -> None:
    """THROTTLED is shown as queued; a state that nobody knows is polled on."""
    api.polls.extend({"status": status} for status in ("THROTTLED", "PENDING", "RUNNING", "DREAMING"))
    ran = await runs.run()
    check_done(api, ran, runs)
    assert ran.states("still") == ["submitted", "throttled", "submitted", "running", "downloading", "done"]
    assert any("queued by Runway" in note for note in ran.notes("still"))


async def test_moderation_is_never_retried(api: FaultyRunway, runs: Runs) -> None:
    """SAFETY fails the step with RF521, whatever `retry` says; one attempt was paid."""
    api.ends.append({"status": "FAILED", "failure": "no", "failureCode": "SAFETY.INPUT.TEXT"})
    ran = await runs.run(RETRIES)
    assert (ran.exit, ran.codes) == (1, ["RF521"])
    assert "SAFETY.INPUT.TEXT" in ran.told
    assert api.posts == 1
    assert not ran.open_attempts


async def test_what_moderation_refused_is_not_paid_again_by_a_later_run(
    api: FaultyRunway, runs: Runs
) -> None:
    """The unchanged flow fails with the earlier failure and submits nothing; a changed one is submitted."""
    api.ends.append({"status": "FAILED", "failure": "no", "failureCode": "SAFETY.INPUT.TEXT"})
    await runs.run()
    again = await runs.run()
    assert (again.exit, again.codes) == (1, ["RF521"])
    assert "refused the same request before (SAFETY.INPUT.TEXT)" in again.told
    assert again.summary.spent == 0
    assert api.posts == 1
    assert (await runs.run(STILL.replace("rock", "stone"))).exit == 0
    assert api.posts == 2


async def test_a_4xx_that_refuses_the_content_is_not_sent_again(api: FaultyRunway, runs: Runs) -> None:
    """Too many of them suspend the account; other refusals of requests are sent again by the next run."""
    api.creates.append(Create(json_reply({"error": "Blocked by content moderation"}, 400)))
    assert (await runs.run()).codes == ["RF521"]
    assert (await runs.run()).codes == ["RF521"]
    assert api.posts == 1
    other = STILL.replace("rock", "stone")
    api.creates.append(Create(json_reply({"error": "Validation of body failed"}, 400)))
    assert (await runs.run(other)).codes == ["RF522"]
    assert (await runs.run(other)).exit == 0


@pytest.mark.parametrize(("flow", "posts"), [(STILL, 1), (RETRIES, 2)])
async def test_an_internal_failure_is_paid_again_as_often_as_allowed(
    api: FaultyRunway, runs: Runs, flow: str, posts: int
) -> None:
    """`retry: {max: 1}` allows one more attempt; without it there is none."""
    api.ends.extend([{"status": "FAILED", "failureCode": "INTERNAL.BAD_OUTPUT.CODE01"}] * 9)
    ran = await runs.run(flow)
    assert (ran.exit, ran.codes) == (1, ["RF523"])
    assert api.posts == posts
    assert not ran.open_attempts


async def test_a_second_attempt_may_succeed(api: FaultyRunway, runs: Runs) -> None:
    """The attempt after an internal failure is the result; both are counted."""
    api.ends.append({"status": "FAILED", "failureCode": "INTERNAL", "cost": {"credits": 0}})
    ran = await runs.run(RETRIES)
    assert (ran.exit, ran.codes) == (0, [])
    assert api.posts == 2
    assert ran.summary.spent == 5


@pytest.mark.parametrize("code", ["ASSET.INVALID", "INPUT_PREPROCESSING.INTERNAL", "THIRD_PARTY", None])
async def test_other_failures_are_not_paid_again(api: FaultyRunway, runs: Runs, code: str | None) -> None:
    """Only what Runway documents as retryable is retried."""
    api.ends.append({"status": "FAILED", "failure": "no", "failureCode": code})
    ran = await runs.run(RETRIES)
    assert (ran.exit, ran.codes) == (1, ["RF523"])
    assert api.posts == 1


async def test_a_cancelled_task_ends_its_step(api: FaultyRunway, runs: Runs) -> None:
    """CANCELLED is an end: exit 1, not polled for ever, not submitted again."""
    api.ends.append({"status": "CANCELLED"})
    ran = await runs.run(RETRIES)
    assert (ran.exit, ran.codes) == (1, ["RF524"])
    assert api.posts == 1


async def test_a_task_that_is_gone_ends_its_step(api: FaultyRunway, runs: Runs) -> None:
    """A 404 of the API is an end, once it was said twice; the id is named."""
    api.polls.extend([json_reply({"error": "not found"}, 404)] * 2)
    ran = await runs.run(RETRIES)
    assert (ran.exit, ran.codes) == (1, ["RF525"])
    assert next(iter(api.made)) in ran.told
    assert api.posts == 1
    assert not ran.open_attempts


async def test_a_single_404_loses_no_paid_task(api: FaultyRunway, runs: Runs) -> None:
    """A service that does not know a task for a moment is asked once more."""
    api.polls.append(json_reply({"error": "not found"}, 404))
    check_done(api, await runs.run(), runs)


DAMAGED = {
    "cut": Reply(200, png(b"x", 4000), PNG, cut=900),
    "cut without a length": Reply(200, png(b"x", 4000)[:900], PNG, length=-1),
    "reset": Reply(200, png(b"x", 4000), PNG, cut=900, resets=True),
    "stalls": Reply(hangs=True),
    "500": Reply(500),
    "503": Reply(503, b"", (("Retry-After", "0.05"),)),
    "expired": Reply(403),
    "expired and gone": Reply(410),
}


@pytest.mark.parametrize("reply", DAMAGED.values(), ids=DAMAGED.keys())
async def test_a_download_that_fails_is_repeated(api: FaultyRunway, runs: Runs, reply: Reply) -> None:
    """A result that breaks off, or whose link expired, is fetched again; nothing is paid."""
    api.downloads.append(reply)
    check_done(api, await runs.run(), runs)
    assert not list((runs.folder / "store" / "drafts").iterdir())


HOPELESS = {
    "html": (HTML, 1, "RF542"),
    "another kind": (Reply(200, mp4(), (("Content-Type", "video/mp4"),)), 1, "RF542"),
    "not what it says": (Reply(200, b"MZ" * 500, PNG), 1, "RF542"),
    "empty": (Reply(200, b"", PNG), 1, "RF542"),
    "always cut": (DAMAGED["cut"], 500, "RF542"),
    "always 500": (DAMAGED["500"], 500, "RF512"),
    "always expired": (DAMAGED["expired"], 500, "RF541"),
    "leads elsewhere": (Reply(302, b"", (("Location", "https://example.com/x.png"),)), 1, "RF542"),
}


@pytest.mark.parametrize("name", HOPELESS)
async def test_a_result_that_cannot_be_fetched_is_kept_at_the_service(
    api: FaultyRunway, runs: Runs, name: str
) -> None:
    """The step fails with its code and its task; the next run fetches the result for nothing."""
    reply, times, code = HOPELESS[name]
    api.downloads.extend([reply] * times)
    ran = await runs.run()
    assert ran.codes == [code]
    assert ran.exit == (7 if code == "RF512" else 1)
    assert not list((runs.folder / "store" / "drafts").iterdir())
    assert not (runs.folder / "out").exists()
    await check_kept(api, ran, runs)


async def test_a_task_without_outputs_is_kept(api: FaultyRunway, runs: Runs) -> None:
    """A task that SUCCEEDED and names no output fails the step, and is asked again by the next run."""
    api.polls.append({"status": "SUCCEEDED", "output": []})
    ran = await runs.run()
    assert (ran.exit, ran.codes) == (1, ["RF542"])
    await check_kept(api, ran, runs)


async def test_one_broken_download_stops_no_other_branch(api: FaultyRunway, runs: Runs) -> None:
    """A result that always arrives damaged fails its own step; steps after others go on."""
    other = STILL.replace("outputs:", CHAIN + "outputs:")
    api.downloads.extend([DAMAGED["cut"]] * 500)
    api.server.on("GET", "/never", Reply(404))
    broken = await runs.run(STILL)
    assert broken.summary.failed == 1
    api.downloads.clear()
    assert (await runs.run(other)).exit == 0


CHAIN = """\
  other:
    uses: gen4_image
    with: {ratio: 1280:720, prompt_text: Another lamp}
"""


@pytest.mark.parametrize("status", [500, 503])
async def test_an_upload_that_fails_is_repeated(api: FaultyRunway, runs: Runs, status: int) -> None:
    """Uploads are free: they are tried again, and only then is anything paid."""
    (runs.folder / "lamp.png").write_bytes(png(b"lamp", 6_000_000))
    flow = STILL.replace("    with:", "    with:\n      reference_images: {lamp: lamp.png}")
    api.uploads.append(Reply(status))
    ran = await runs.run(flow)
    check_done(api, ran, runs)
    assert api.server.count("POST", "/upload") == 2


async def test_a_task_of_an_earlier_flow_is_collected_though_all_else_is_stored(
    api: FaultyRunway, runs: Runs
) -> None:
    """What a changed flow left behind is looked after by every run, one with nothing else to do included."""
    assert (await runs.run(STILL)).exit == 0
    api.downloads.append(HTML)
    assert (await runs.run(STILL.replace("rock", "stone"))).exit == 1
    ran = await runs.run(STILL)
    assert (ran.exit, ran.codes, ran.open_attempts) == (0, [], ())
    assert (ran.summary.stored, ran.summary.ran) == (1, 0)
    assert ran.summary.spent == 0
    assert api.posts == 2
    other = list(api.made)[1]
    (told,) = ran.summary.earlier
    assert (told.step, told.task, told.fate) == ("still", other, EarlierFate.KEPT)
    assert [item.digest for item in told.outputs] == [digest_bytes(png(other.encode()))]
    kept = [path.read_bytes() for path in (runs.folder / "store" / "cas").rglob("*") if path.is_file()]
    assert png(other.encode()) in kept


async def test_what_became_of_tasks_of_an_earlier_flow_is_told(api: FaultyRunway, runs: Runs) -> None:
    """An earlier task that cannot be had now goes on, and one that failed is told with what it cost."""
    assert (await runs.run(STILL)).exit == 0
    api.downloads.append(HTML)
    assert (await runs.run(STILL.replace("rock", "stone"))).exit == 1
    other = list(api.made)[1]
    api.downloads.append(HTML)
    (told,) = (await runs.run(STILL)).summary.earlier
    assert (told.task, told.fate, told.outputs) == (other, EarlierFate.GOES_ON, ())
    api.polls.append(json_reply({"id": other, "status": "FAILED", "failureCode": "SAFETY.OUTPUT"}))
    (told,) = (await runs.run(STILL)).summary.earlier
    assert (told.task, told.fate) == (other, EarlierFate.FAILED)
    assert not (await runs.run(STILL)).summary.earlier
