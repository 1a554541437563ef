"""The second oracle: the SDK puts on the wire what we send, and the emulator judges it by the same rows."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import runwayml

from runway_flow.catalog.judge import judge
from runway_flow.catalog.loader import load_catalog
from runway_flow.emulator.emulation import Emulation
from runway_flow.emulator.options import EmulatorOptions
from runway_flow.emulator.server import EmulatorThread
from tests.fakes.clock import FakeClock
from tests.oracles.generator import open_address, valid_requests
from tests.oracles.wire import body_of, call_sdk, check_faults, plain, writing_client

if TYPE_CHECKING:
    from collections.abc import Iterator

    from runway_flow.catalog.capability import Capability

ROWS = [row for row in load_catalog().rows if not row.is_local]
EACH = 4
"""Requests for each row: one of each density of the generator."""
ACCOUNT = EmulatorOptions(concurrency=10_000, balance=100_000_000)
every_row = pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row.endpoint}/{row.variant}")


@pytest.fixture(scope="module")
def client() -> Iterator[runwayml.RunwayML]:
    """Give a client of an emulator that listens on loopback."""
    with (
        EmulatorThread(ACCOUNT, FakeClock()) as emulator,
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
    # A fourth of the faults of each row; the system tests send all.
    check_faults(row, emulation, writer, every=4)


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
