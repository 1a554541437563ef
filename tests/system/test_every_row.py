"""Every row of the tables, asked through the SDK, gives the media it promises; drawing them takes a while."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import httpx
import pytest
import runwayml

from runway_flow.catalog.loader import load_catalog
from runway_flow.emulator.emulation import Emulation
from runway_flow.emulator.options import EmulatorOptions
from runway_flow.emulator.server import EmulatorThread
from runway_flow.kernel.media import kind_of, sniff_media_type
from tests.fakes.clock import FakeClock
from tests.oracles.generator import valid_requests
from tests.oracles.wire import call_sdk, check_faults, writing_client

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from runway_flow.catalog.capability import Capability

ROWS = [row for row in load_catalog().rows if not row.is_local]
LONG_S = 100_000.0
"""When every task is over."""


@pytest.fixture(scope="module")
def clock() -> FakeClock:
    """Give the emulator's time."""
    return FakeClock()


@pytest.fixture(scope="module")
def client(clock: FakeClock) -> Iterator[runwayml.RunwayML]:
    """Give a client of an emulator that listens on loopback."""
    account = EmulatorOptions(concurrency=1000, balance=100_000_000)
    with (
        EmulatorThread(account, clock) as emulator,
        runwayml.RunwayML(api_key="key", base_url=emulator.base_url, max_retries=0) as opened,
    ):
        yield opened


@pytest.fixture(scope="module")
def emulation(clock: FakeClock) -> Iterator[Emulation]:
    """Give one account, without a server."""
    found = Emulation(EmulatorOptions(concurrency=1000), clock, load_catalog())
    yield found
    found.close()


@pytest.fixture(scope="module")
def writer() -> Iterator[runwayml.RunwayML]:
    """Give a client that only writes."""
    with writing_client() as opened:
        yield opened


def test_there_are_111_rows() -> None:
    """None is left out."""
    assert len(ROWS) == 111


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row.endpoint}/{row.variant}")
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


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row.endpoint}/{row.variant}")
def test_the_emulator_declines_every_fault(
    row: Capability, emulation: Emulation, writer: runwayml.RunwayML
) -> None:
    """Every fault of the generator that shows on the wire is declined."""
    check_faults(row, emulation, writer, every=1)
