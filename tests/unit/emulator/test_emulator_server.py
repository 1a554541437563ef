"""The real SDK talks to the emulator over real sockets."""

from __future__ import annotations

import base64
import io
import json
import socket
import threading
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

import httpx
import pytest
import runwayml
from PIL import Image

from runway_flow.emulator import server
from runway_flow.emulator.options import DAY_S, EmulatorOptions
from runway_flow.emulator.server import EmulatorThread
from runway_flow.kernel.errors import StoreError
from tests.fakes.clock import FakeClock

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@dataclass
class Bench:
    """A running emulator whose time a test moves by hand, and a client of it."""

    url: str
    clock: FakeClock
    client: runwayml.RunwayML

    def pass_time(self, seconds: float) -> None:
        """Let time pass."""
        self.clock.time += seconds

    def still(self, prompt: str = "a lamp", **more: object) -> str:
        """Ask for a still; give the task's id."""
        body = {"model": "gen4_image", "promptText": prompt, "ratio": "1280:720"} | more
        answer = self.client.post("/v1/text_to_image", body=body, cast_to=httpx.Response)
        return str(answer.json()["id"])

    def task(self, id_: str) -> dict[str, object]:
        """Show a task as it stands on the wire."""
        answer = self.client.get(f"/v1/tasks/{id_}", cast_to=httpx.Response)
        found: dict[str, object] = answer.json()
        return found

    def output(self, id_: str) -> str:
        """Give a finished task's first address."""
        links = self.task(id_)["output"]
        assert isinstance(links, list)
        return str(links[0])


@contextmanager
def running(options: EmulatorOptions, clock: FakeClock | None = None) -> Iterator[Bench]:
    """Run an emulator."""
    clock = clock or FakeClock()
    with (
        EmulatorThread(options, clock) as emulator,
        runwayml.RunwayML(api_key="key", base_url=emulator.base_url, max_retries=0) as client,
    ):
        yield Bench(emulator.base_url, clock, client)


@pytest.fixture(scope="module")
def shared() -> Iterator[Bench]:
    """Give one emulator for the tests that leave no traces."""
    with running(EmulatorOptions(concurrency=1000)) as bench:
        yield bench


def png(colour: str = "navy") -> bytes:
    """Give a small picture."""
    out = io.BytesIO()
    Image.new("RGB", (400, 300), colour).save(out, "PNG")
    return out.getvalue()


def test_a_task_lives_as_the_sdk_expects(shared: Bench) -> None:
    """The typed client follows a task from PENDING to SUCCEEDED, with the fields of each state."""
    made = shared.client.text_to_image.create(
        model="gen4_image", prompt_text="a lamp", ratio="1920:1080", seed=7
    )
    assert made.to_dict()["estimatedCost"] == {"credits": 8}
    pending = shared.client.tasks.retrieve(made.id)
    assert pending.status == "PENDING"
    assert pending.estimated_cost.credits == 8
    shared.pass_time(4.0)
    running_task = shared.client.tasks.retrieve(made.id)
    assert running_task.status == "RUNNING"
    assert 0 < running_task.progress < 1
    shared.pass_time(4.0)
    done = shared.client.tasks.retrieve(made.id)
    assert done.status == "SUCCEEDED"
    assert done.cost.credits == 8
    answer = httpx.get(done.output[0])
    assert answer.headers["content-type"] == "image/png"
    assert int(answer.headers["content-length"]) == len(answer.content)
    with Image.open(io.BytesIO(answer.content)) as picture:
        assert picture.size == (1920, 1080)


async def test_the_asynchronous_client_works_too(shared: Bench) -> None:
    """`AsyncRunwayML` posts wire names and reads the account."""
    async with runwayml.AsyncRunwayML(api_key="key", base_url=shared.url, max_retries=0) as client:
        body = {"model": "eleven_voice_dubbing", "audioUri": "https://example.com/a.mp3", "targetLang": "es"}
        answer = await client.post("/v1/voice_dubbing", body=body, cast_to=httpx.Response)
        assert set(answer.json()) == {"id", "estimatedCost"}
        account = await client.organization.retrieve()
    assert account.tier.models["gen4.5"].max_concurrent_generations == 1000
    assert account.tier.models["gen4.5"].max_daily_generations is None
    assert account.usage.models["eleven_voice_dubbing"].daily_generations >= 1


def test_an_upload_takes_two_legs(shared: Bench) -> None:
    """What the SDK uploads can be used as an input, and is seen in the result."""
    uploaded = shared.client.uploads.create_ephemeral(file=("hero.png", png("red")))
    id_ = shared.still(referenceImages=[{"uri": uploaded.uri, "tag": "hero"}])
    shared.pass_time(8.0)
    with Image.open(io.BytesIO(httpx.get(shared.output(id_)).content)) as picture:
        assert picture.convert("RGB").getpixel((60, 60)) == (255, 0, 0)


def test_the_same_content_gives_the_same_result(shared: Bench) -> None:
    """Two uploads of the same bytes are the same input, and so is a data URI of them."""
    uri = f"data:image/png;base64,{base64.b64encode(png()).decode()}"
    uris = [shared.client.uploads.create_ephemeral(file=(name, png())).uri for name in ("a.png", "b.png")]
    tasks = [shared.still(referenceImages=[{"uri": each}]) for each in (*uris, uri)]
    shared.pass_time(8.0)
    assert len({httpx.get(shared.output(id_)).content for id_ in tasks}) == 1


def test_two_servers_give_the_same_bytes(shared: Bench) -> None:
    """Results depend on the request alone."""
    with running(EmulatorOptions()) as other:
        found = []
        for bench in (shared, other):
            id_ = bench.still("the same", seed=3)
            bench.pass_time(8.0)
            found.append(httpx.get(bench.output(id_)).content)
    assert found[0] == found[1]


def test_an_expired_upload_is_refused() -> None:
    """An upload holds for 24 real hours, however fast tasks are."""
    with running(EmulatorOptions(speed=100.0)) as bench:
        uploaded = bench.client.uploads.create_ephemeral(file=("hero.png", png()))
        bench.pass_time(DAY_S - 1)
        bench.still(referenceImages=[{"uri": uploaded.uri}])
        bench.pass_time(1)
        with pytest.raises(runwayml.BadRequestError, match="expired"):
            bench.still(referenceImages=[{"uri": uploaded.uri}])


@pytest.mark.parametrize(
    ("uri", "complaint"),
    [
        ("runway://emulated/nothing", "no such upload"),
        ("ftp://example.com/a.png", "Expected an HTTPS URL"),
        ("https://example.com/" + "a" * 2048, "at most 2048"),
        ("data:image/png,abc", "in base64"),
        ("data:image/png;base64,a*b", "not valid base64"),
        ("data:image/png;base64,aGVsbG8=", "holds no medium"),
        ("data:image/png;base64," + "A" * (5 * 1024 * 1024), "upload the file"),
    ],
)
def test_an_unusable_medium_is_refused(shared: Bench, uri: str, complaint: str) -> None:
    """Media are checked before a task is made."""
    with pytest.raises(runwayml.BadRequestError, match=complaint) as caught:
        shared.still(referenceImages=[{"uri": uri}])
    assert isinstance(caught.value.body, dict)
    assert caught.value.body["issues"][0]["path"] == ["referenceImages", 0, "uri"]


def test_an_upload_that_never_came_or_is_no_medium_is_refused(shared: Bench) -> None:
    """The first leg alone is no upload; text is no image; a removed file is gone."""
    headers = {"Authorization": "Bearer k", "X-Runway-Version": "2024-11-06"}
    body = {"filename": "a.png", "type": "ephemeral"}
    announced = httpx.post(f"{shared.url}/v1/uploads", json=body, headers=headers).json()
    with pytest.raises(runwayml.BadRequestError, match="never came"):
        shared.still(referenceImages=[{"uri": announced["runwayUri"]}])
    text = shared.client.uploads.create_ephemeral(file=("a.png", b"only text, no picture"))
    with pytest.raises(runwayml.BadRequestError, match="is no medium"):
        shared.still(referenceImages=[{"uri": text.uri}])


@pytest.mark.parametrize(
    "body",
    [{}, {"filename": "a", "type": "ephemeral"}, {"filename": "abc", "type": "x"}, [], {"filename": 5}],
)
def test_an_upload_needs_a_name_with_an_extension(shared: Bench, body: object) -> None:
    """A first leg without a proper name or type is refused."""
    with pytest.raises(runwayml.BadRequestError):
        shared.client.post("/v1/uploads", body=body, cast_to=httpx.Response)


def test_the_second_leg_needs_the_fields_of_the_first(shared: Bench) -> None:
    """Nobody uploads to an address that was not given to them; a form needs a file."""
    body = {"filename": "a.png", "type": "ephemeral"}
    leg = shared.client.post("/v1/uploads", body=body, cast_to=httpx.Response).json()
    files = {"file": ("a.png", png())}
    assert httpx.post(leg["uploadUrl"], data={"policy": "guess"}, files=files).status_code == 403
    assert httpx.post(f"{shared.url}/uploads/x", data=leg["fields"], files=files).status_code == 403
    assert httpx.post(leg["uploadUrl"], data=leg["fields"]).status_code == 400
    assert httpx.post(leg["uploadUrl"], data=leg["fields"], files=files).status_code == 204


def test_too_large_is_refused_before_it_is_read(shared: Bench) -> None:
    """More than 200 MB, or a body larger than any request, gets a 413."""
    for path, size in (("/uploads/x", 300_000_000), ("/v1/text_to_image", 100_000_000)):
        address = httpx.URL(shared.url)
        with socket.create_connection((address.host, address.port or 0), timeout=10) as connection:
            head = (
                f"POST {path} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer k\r\n"
                f"X-Runway-Version: 2024-11-06\r\nContent-Length: {size}\r\n\r\n"
            )
            connection.sendall(head.encode())
            assert connection.recv(64).startswith(b"HTTP/1.1 413")


def test_a_link_expires_and_is_renewed() -> None:
    """After 24 remote hours a link answers 403; fetching the task again gives a new one."""
    with running(EmulatorOptions(speed=100.0)) as bench:
        id_ = bench.still()
        bench.pass_time(1.0)
        link = bench.output(id_)
        assert httpx.head(link).status_code == 200
        bench.pass_time(DAY_S / 100)
        expired = httpx.get(link)
        assert (expired.status_code, list(expired.json())) == (403, ["error"])
        assert httpx.get(bench.output(id_)).status_code == 200


def test_a_link_is_for_one_result_alone(shared: Bench) -> None:
    """Neither another number nor another task can be reached with a token; an unsigned link says 403."""
    id_ = shared.still()
    shared.pass_time(8.0)
    link = shared.output(id_)
    assert httpx.get(link.replace("/0.png", "/1.png")).status_code == 403
    assert httpx.get(link.partition("?")[0]).status_code == 403


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"X-Runway-Version": "2024-11-06"}, 401),
        ({"Authorization": "Bearer", "X-Runway-Version": "2024-11-06"}, 401),
        ({"Authorization": "Basic a2V5", "X-Runway-Version": "2024-11-06"}, 401),
        ({"Authorization": "Bearer key"}, 400),
        ({"Authorization": "Bearer key", "X-Runway-Version": "2020-01-01"}, 400),
    ],
)
def test_key_and_version_are_required(shared: Bench, headers: dict[str, str], status: int) -> None:
    """Without a key 401, without the version 400, both as JSON."""
    answer = httpx.get(f"{shared.url}/v1/organization", headers=headers)
    assert (answer.status_code, list(answer.json())) == (status, ["error"])


def test_a_key_can_be_left_out_where_that_is_allowed() -> None:
    """With `key_required` off nobody is asked."""
    with running(EmulatorOptions(key_required=False)) as bench:
        headers = {"X-Runway-Version": "2024-11-06"}
        assert httpx.get(f"{bench.url}/v1/organization", headers=headers).status_code == 200


@pytest.mark.parametrize(
    ("method", "path", "status"), [("GET", "/v1/models", 404), ("PUT", "/v1/tasks/x", 405)]
)
def test_unknown_routes_answer_in_json(shared: Bench, method: str, path: str, status: int) -> None:
    """404 and 405 have a JSON body too."""
    answer = httpx.request(method, shared.url + path)
    assert (answer.status_code, list(answer.json())) == (status, ["error"])


@pytest.mark.parametrize("content", [b"{", b"\xff", b"[" * 100_000, b"[]", b"5"])
def test_a_body_that_is_no_object_is_refused(shared: Bench, content: bytes) -> None:
    """What is not JSON, or no object, is a 400 with an issue."""
    headers = {"Authorization": "Bearer key", "X-Runway-Version": "2024-11-06"}
    answer = httpx.post(f"{shared.url}/v1/text_to_image", content=content, headers=headers)
    assert answer.status_code == 400
    assert answer.json()["issues"]


def test_a_text_that_json_cannot_hold_is_refused(shared: Bench) -> None:
    """Half a surrogate pair is no text."""
    headers = {"Authorization": "Bearer key", "X-Runway-Version": "2024-11-06"}
    content = rb'{"model": "gen4_image", "promptText": "\ud800", "ratio": "1280:720"}'
    answer = httpx.post(f"{shared.url}/v1/text_to_image", content=content, headers=headers)
    assert answer.status_code == 400


def test_every_issue_is_told_at_once(shared: Bench) -> None:
    """The SDK shows the API's form: error, issues, docUrl."""
    with pytest.raises(runwayml.BadRequestError) as caught:
        shared.still("", ratio="1:1", seed=-1, stranger=1)
    body = caught.value.body
    assert isinstance(body, dict)
    assert set(body) == {"error", "issues", "docUrl"}
    assert len(body["issues"]) == 4


def test_parameters_that_do_not_go_together_are_refused(shared: Bench) -> None:
    """The catalogue's rules across parameters hold here too."""
    body = {"model": "gen4.5", "promptText": "x", "ratio": "1280:720", "duration": 5, "proresProfile": "422"}
    with pytest.raises(runwayml.BadRequestError, match="proresProfile"):
        shared.client.post("/v1/text_to_video", body=body, cast_to=httpx.Response)


def test_a_forced_failure_says_its_code(shared: Bench) -> None:
    """A mark in the prompt makes the task fail; moderation is charged, a broken generation is not."""
    tasks = [shared.still(f"x [emulate:fail={code}]") for code in ("SAFETY.INPUT.TEXT", "INTERNAL")]
    shared.pass_time(8.0)
    moderated, broken = (shared.client.tasks.retrieve(id_) for id_ in tasks)
    assert moderated.status == broken.status == "FAILED"
    assert (moderated.failure_code, moderated.cost.credits) == ("SAFETY.INPUT.TEXT", 5)
    assert (broken.failure_code, broken.cost.credits) == ("INTERNAL", 0)


def test_a_forced_cancellation_is_seen(shared: Bench) -> None:
    """The sixth state can be had too."""
    id_ = shared.still("x [emulate:cancel]")
    shared.pass_time(8.0)
    assert shared.client.tasks.retrieve(id_).status == "CANCELLED"


def test_a_removed_task_is_gone(shared: Bench) -> None:
    """After a DELETE nothing of a task can be fetched, and a second DELETE says 404."""
    id_ = shared.still()
    shared.pass_time(8.0)
    link = shared.output(id_)
    shared.client.tasks.delete(id_)
    assert httpx.get(link).status_code == 404
    with pytest.raises(runwayml.NotFoundError):
        shared.client.tasks.retrieve(id_)
    with pytest.raises(runwayml.NotFoundError):
        shared.client.tasks.delete(id_)


def test_tasks_beyond_the_limit_are_throttled() -> None:
    """Of three tasks of a model with one slot, two wait; another model does not; removal moves them up."""
    with running(EmulatorOptions(concurrency=1, task_seconds=10.0)) as bench:
        first, second, third = (bench.still(prompt) for prompt in "abc")
        other = bench.still("d", model="gemini_2.5_flash", ratio="1344:768")
        bench.pass_time(5.0)
        states = [bench.task(id_)["status"] for id_ in (first, second, third, other)]
        assert states == ["RUNNING", "THROTTLED", "THROTTLED", "RUNNING"]
        assert "estimatedCost" in bench.task(second)
        bench.client.tasks.delete(second)
        bench.pass_time(5.5)
        assert bench.task(first)["status"] == "SUCCEEDED"
        assert bench.task(third)["status"] == "PENDING"


def test_removing_is_refunded_only_before_it_runs() -> None:
    """A waiting task gives its credits back, a running one does not."""
    with running(EmulatorOptions(concurrency=1, task_seconds=10.0, balance=100)) as bench:
        first, second = bench.still("a"), bench.still("b")
        bench.pass_time(5.0)
        assert bench.client.organization.retrieve().credit_balance == 90
        bench.client.tasks.delete(second)
        assert bench.client.organization.retrieve().credit_balance == 95
        bench.client.tasks.delete(first)
        assert bench.client.organization.retrieve().credit_balance == 95


def test_an_empty_account_accepts_nothing() -> None:
    """A task that the balance does not cover is refused."""
    with running(EmulatorOptions(balance=7)) as bench:
        bench.still()
        with pytest.raises(runwayml.BadRequestError, match="enough credits"):
            bench.still()


def test_a_daily_limit_holds_for_24_hours() -> None:
    """Past the limit a model answers 429, until a day has passed."""
    with running(EmulatorOptions(daily=1)) as bench:
        bench.still()
        with pytest.raises(runwayml.RateLimitError):
            bench.still()
        bench.pass_time(DAY_S)
        bench.still()


def test_spending_is_told_by_day_and_model(shared: Bench) -> None:
    """`organization/usage` sums what tasks cost."""
    shared.still()
    usage = shared.client.organization.retrieve_usage()
    assert "gen4_image" in usage.models
    assert usage.results[0].used_credits


def test_the_ledger_tells_every_post_and_every_bill(tmp_path: Path) -> None:
    """Rejected POSTs stand in it as well; a refund is told when the end is seen."""
    path = tmp_path / "ledger.ndjson"
    with running(EmulatorOptions(ledger_path=path)) as bench:
        id_ = bench.still("x [emulate:fail=INTERNAL]")
        httpx.post(f"{bench.url}/v1/text_to_image")
        bench.pass_time(8.0)
        bench.task(id_)
        bench.task(id_)
        bench.client.tasks.delete(id_)
        lines = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    told = [(line["event"], line.get("status"), line.get("task"), line.get("credits")) for line in lines]
    assert told == [
        ("billed", None, id_, 5),
        ("post", 200, id_, None),
        ("post", 401, None, None),
        ("refunded", None, id_, 5),
    ]


def test_routers_workflows_and_avatars_answer_in_their_own_forms(shared: Bench) -> None:
    """A router tells its routing, a workflow and an avatar video only an id."""
    routed = shared.client.generate.image.create(config_id="best", input={"prompt_text": "a lamp"})
    assert "'credits': 10" in str(routed.to_dict()["routing"])
    spoken = shared.client.avatar_videos.create(
        model="gwm1_avatars",
        avatar={"type": "runway-preset", "preset_id": "cat-character"},
        speech={"type": "text", "text": "Hello"},
    )
    assert spoken.id
    invoked = shared.client.workflows.run(id="any")
    with pytest.raises(runwayml.NotFoundError):
        shared.client.tasks.retrieve(invoked.id)
    shared.pass_time(20.0)
    half = shared.client.workflow_invocations.retrieve(invoked.id)
    assert half.status == "RUNNING"
    assert half.output == {}
    shared.pass_time(20.0)
    done = shared.client.workflow_invocations.retrieve(invoked.id)
    assert done.status == "SUCCEEDED"
    assert [len(links) for links in done.output.values()] == [1]


def test_a_killed_emulator_goes_on_where_it_was(tmp_path: Path) -> None:
    """Tasks end while no process runs; links, uploads and slots are kept across processes."""
    options = EmulatorOptions(state_path=tmp_path / "deep" / "emulator.db", concurrency=1, task_seconds=10.0)
    clock = FakeClock()
    with running(options, clock) as bench:
        uri = bench.client.uploads.create_ephemeral(file=("hero.png", png())).uri
        first = bench.still(referenceImages=[{"uri": uri}])
        second = bench.still("b")
        gone = bench.still("c")
        bench.client.tasks.delete(gone)
    clock.time += 15.0
    with running(options, clock) as bench:
        assert bench.task(first)["status"] == "SUCCEEDED"
        assert bench.task(second)["status"] == "RUNNING"
        assert httpx.get(bench.output(first)).status_code == 200
        third = bench.still("d", referenceImages=[{"uri": uri}])
        assert bench.task(third)["status"] == "THROTTLED"
        with pytest.raises(runwayml.NotFoundError):
            bench.task(gone)


def test_a_process_finds_the_tasks_of_another(tmp_path: Path) -> None:
    """Two processes may share a state: each answers for the tasks of both."""
    options = EmulatorOptions(state_path=tmp_path / "emulator.db")
    with running(options) as first, running(options) as second:
        id_ = first.still()
        assert second.task(id_)["status"] == "PENDING"


def test_a_state_that_cannot_be_used_is_told_at_the_start(tmp_path: Path) -> None:
    """Start-up errors are raised where the emulator was started."""
    broken = tmp_path / "emulator.db"
    broken.write_text("no database at all, but long enough to look at " * 50, encoding="utf-8")
    with (
        pytest.raises(StoreError, match="state"),
        EmulatorThread(EmulatorOptions(state_path=broken), FakeClock()),
    ):
        pass


def test_a_port_that_is_taken_is_told_at_the_start() -> None:
    """The stand-alone server says which address it cannot have."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        with pytest.raises(StoreError, match="cannot listen"):
            server.serve(EmulatorOptions(), FakeClock(), port=taken.getsockname()[1])


def test_a_server_that_breaks_while_starting_raises(monkeypatch: pytest.MonkeyPatch) -> None:
    """What goes wrong in the thread is raised outside of it."""

    async def broken(*_: object, **__: object) -> None:
        raise RuntimeError("no loop today")

    monkeypatch.setattr("uvicorn.Server.startup", broken)
    with pytest.raises(RuntimeError, match="no loop today"), EmulatorThread(EmulatorOptions(), FakeClock()):
        pass


def test_no_port_left_is_raised_and_leaves_nothing_open(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine without a free port is an error of the start."""

    def refuse(*_: object) -> socket.socket:
        raise StoreError("the emulator cannot listen")

    monkeypatch.setattr(server, "_listen", refuse)
    with pytest.raises(StoreError, match="cannot listen"), EmulatorThread(EmulatorOptions(), FakeClock()):
        pass


def test_the_stand_alone_server_says_where_it_listens(monkeypatch: pytest.MonkeyPatch) -> None:
    """`serve` calls back with the address, and serves until it is told to end."""
    urls: list[str] = []
    ready = threading.Event()
    servers: list[server._Server] = []
    original = server._Server.__init__

    def remember(self: server._Server, *arguments: object) -> None:
        servers.append(self)
        original(self, *arguments)  # type: ignore[arg-type] # passed on as they came

    def on_ready(url: str) -> None:
        urls.append(url)
        ready.set()

    monkeypatch.setattr(server._Server, "__init__", remember)
    options = EmulatorOptions(key_required=False)
    thread = threading.Thread(target=server.serve, args=(options, FakeClock(), "127.0.0.1", 0, on_ready))
    thread.start()
    assert ready.wait(10)
    headers = {"X-Runway-Version": "2024-11-06"}
    assert httpx.get(f"{urls[0]}/v1/organization", headers=headers).status_code == 200
    servers[0].should_exit = True
    thread.join(10)
    assert not thread.is_alive()
