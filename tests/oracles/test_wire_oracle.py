"""The second oracle: the SDK puts on the wire what we send, and the emulator judges it by the same rows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import httpx
import pytest
import runwayml

from runway_flow.catalog.judge import judge
from runway_flow.catalog.loader import load_catalog
from runway_flow.emulator.answers import RequestDeclined
from runway_flow.emulator.emulation import Emulation
from runway_flow.emulator.options import EmulatorOptions
from runway_flow.emulator.selection import rows_by_path
from runway_flow.emulator.server import EmulatorThread
from runway_flow.kernel.media import kind_of, sniff_media_type
from tests.fakes.clock import FakeClock
from tests.oracles.generator import mutants, open_address, valid_requests
from tests.oracles.wire import body_of, call_sdk, plain, writing_client

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from runway_flow.catalog.capability import Capability

ROWS = [row for row in load_catalog().rows if not row.is_local]
PATHS = rows_by_path(load_catalog())
EACH = 4
"""Requests for each row: one of each density of the generator."""
LONG_S = 100_000.0
"""When every task is over."""
ACCOUNT = EmulatorOptions(concurrency=10_000, balance=100_000_000)
UNSEEN = ("wire_name", "wrong_medium", "rule_0_tags", "rule_1_tags")
"""Faults that the wire does not show: a name that is right there, what lies at an address, and tags in a
prompt that nobody gave: the API takes any text, so only we refuse them."""

every_row = pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row.endpoint}/{row.variant}")


@pytest.fixture(scope="module")
def clock() -> FakeClock:
    """Give the emulator's time."""
    return FakeClock()


@pytest.fixture(scope="module")
def client(clock: FakeClock) -> Iterator[runwayml.RunwayML]:
    """Give a client of an emulator that listens on loopback."""
    with (
        EmulatorThread(ACCOUNT, clock) as emulator,
        runwayml.RunwayML(api_key="key", base_url=emulator.base_url, max_retries=0) as opened,
    ):
        yield opened


@pytest.fixture(scope="module")
def emulation() -> Iterator[Emulation]:
    """Give one account, without a server."""
    found = Emulation(ACCOUNT, FakeClock(), load_catalog())
    yield found
    found.close()


@pytest.fixture(scope="module")
def writer() -> Iterator[runwayml.RunwayML]:
    """Give a client that only writes."""
    with writing_client() as opened:
        yield opened


@every_row
def test_what_we_send_is_what_the_sdk_sends(row: Capability, client: runwayml.RunwayML) -> None:
    """Key by key, the SDK's body is our request; the emulator makes a task of it."""
    for request in valid_requests(row, EACH, seed=2):
        verdict = judge(row, request, open_address)
        assert verdict.findings == ()
        answer = call_sdk(client, row, request)
        assert body_of(answer) == plain(verdict.request)
        assert answer.json()["id"]


@every_row
def test_the_emulator_declines_what_the_row_refuses(
    row: Capability, emulation: Emulation, writer: runwayml.RunwayML
) -> None:
    """Every fault that shows on the wire is a 400 with a code, a place by wire names, and a message."""
    for mutant in mutants(row, seed=3):
        if mutant.kind.startswith(UNSEEN):
            continue
        try:
            body = body_of(call_sdk(writer, row, mutant.request))
        except (TypeError, ValueError):  # the SDK misses something, or JSON cannot carry it
            continue
        with pytest.raises(RequestDeclined) as caught:
            emulation.create(PATHS[row.path], body)
        assert caught.value.status == 400, (mutant.kind, body)
        assert caught.value.issues, (mutant.kind, body)
        for issue in caught.value.issues:
            assert issue.code
            assert issue.message
            assert not any("_" in str(part) for part in issue.path if part not in SNAKE_ON_THE_WIRE), issue


@every_row
def test_every_row_gives_what_it_promises(
    row: Capability, client: runwayml.RunwayML, clock: FakeClock
) -> None:
    """A request through the SDK ends with results of the row's kind that are the media they say."""
    request = min(valid_requests(row, 12, seed=4), key=_weight)
    task = call_sdk(client, row, request).json()["id"]
    clock.time += LONG_S
    place = "workflow_invocations" if row.endpoint == "workflows" else "tasks"
    answer = client.get(f"/v1/{place}/{task}", cast_to=httpx.Response).json()
    assert answer["status"] == "SUCCEEDED"
    output = answer["output"]
    links = output if isinstance(output, list) else [link for links in output.values() for link in links]
    assert links
    for link in links:
        found = httpx.get(link)
        media_type = sniff_media_type(found.content[:64])
        assert found.headers["content-type"] == media_type
        assert media_type is not None
        if row.endpoint != "workflows":
            assert kind_of(media_type) is row.output.kind


def _weight(request: Mapping[str, Any]) -> float:
    """Tell about how long it takes to render what is asked for."""
    length = request.get("duration")
    return (length if isinstance(length, int) else 10) + len(str(request)) / 50


SNAKE_ON_THE_WIRE = ("start_seconds", "end_seconds")
"""The only names that stay as they are (measured: every other one is written in camelCase)."""


def test_the_sdk_gets_the_answer_that_the_api_gives(client: runwayml.RunwayML) -> None:
    """All issues at once, in the form of the API: error, issues with code, path and message, docUrl."""
    row = load_catalog().find("text_to_image", "gen4_image")
    assert row is not None
    with pytest.raises(runwayml.BadRequestError) as caught:
        call_sdk(
            client, row, {"prompt_text": "", "ratio": "1:1", "seeds": 4, "reference_images": [{"tag": "ab"}]}
        )
    body = caught.value.body
    assert isinstance(body, dict)
    assert set(body) == {"error", "issues", "docUrl"}
    assert {tuple(issue["path"]) for issue in body["issues"]} == {
        (),
        ("promptText",),
        ("ratio",),
        ("referenceImages", 0, "uri"),
        ("referenceImages", 0, "tag"),
    }
