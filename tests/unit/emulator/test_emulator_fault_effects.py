"""What each fault looks like from outside, over real sockets, and what it leaves in the ledger."""

from __future__ import annotations

import json
from contextlib import contextmanager
from typing import TYPE_CHECKING

import httpx
import pytest

from runway_flow.emulator.faults import parse_fault
from runway_flow.emulator.options import EmulatorOptions
from runway_flow.emulator.server import EmulatorThread
from tests.fakes.clock import FakeClock

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

BODY = {"model": "gen4_image", "promptText": "a lamp", "ratio": "1280:720"}
HEADERS = {"Authorization": "Bearer key", "X-Runway-Version": "2024-11-06", "Accept-Encoding": "identity"}
LONG_S = 1000.0


class Bench:
    """An emulator with faults, and a client that takes what comes."""

    def __init__(self, client: httpx.Client, clock: FakeClock, ledger: Path) -> None:
        """Take what the test talks to."""
        self.client = client
        self.clock = clock
        self.ledger = ledger

    def create(self) -> httpx.Response:
        """Ask for a still."""
        return self.client.post("/v1/text_to_image", json=BODY)

    def task(self, id_: str) -> dict[str, object]:
        """Look at a task."""
        found: dict[str, object] = self.client.get(f"/v1/tasks/{id_}").json()
        return found

    def link(self) -> str:
        """Make a still, wait for its end, give the address of its result."""
        id_ = self.create().json()["id"]
        self.clock.time += LONG_S
        output = self.task(id_)["output"]
        assert isinstance(output, list)
        return str(output[0])

    def billed(self) -> int:
        """Count the tasks that were billed."""
        return sum(line["event"] == "billed" for line in self.lines())

    def lines(self) -> list[dict[str, object]]:
        """Read the ledger."""
        return [json.loads(line) for line in self.ledger.read_text().splitlines()]


@contextmanager
def faulty(folder: Path, *texts: str) -> Iterator[Bench]:
    """Run an emulator with faults; its delays are a thousandth of what is asked."""
    ledger = folder / "ledger.ndjson"
    options = EmulatorOptions(
        speed=1000.0, ledger_path=ledger, faults=tuple(parse_fault(text) for text in texts), concurrency=9
    )
    clock = FakeClock()
    with (
        EmulatorThread(options, clock) as emulator,
        httpx.Client(base_url=emulator.base_url, headers=HEADERS, timeout=5.0) as client,
    ):
        yield Bench(client, clock, ledger)


def test_a_status_comes_before_anything_is_made(tmp_path: Path) -> None:
    """`status` answers alone, with a header that says when to come again; nothing is billed."""
    with faulty(tmp_path, "create status=503 first=1 retry-after=2") as bench:
        answer = bench.create()
        assert (answer.status_code, answer.headers["retry-after"]) == (503, "2")
        assert bench.billed() == 0
        assert bench.create().status_code == 200
        assert bench.billed() == 1


def test_a_late_status_comes_after_the_task_is_made(tmp_path: Path) -> None:
    """`late-status` hides a task that exists and is billed."""
    with faulty(tmp_path, "create late-status=502") as bench:
        answer = bench.create()
        assert (answer.status_code, "id" in answer.json()) == (502, False)
        assert bench.billed() == 1


@pytest.mark.parametrize(("kind", "billed"), [("hang", 0), ("late-hang", 1)])
def test_a_hang_lasts_until_the_caller_gives_up(tmp_path: Path, kind: str, billed: int) -> None:
    """No answer comes; a late hang has made the task."""
    with faulty(tmp_path, f"create {kind}") as bench:
        with pytest.raises(httpx.ReadTimeout):
            bench.client.post("/v1/text_to_image", json=BODY, timeout=0.3)
        assert bench.billed() == billed


@pytest.mark.parametrize(("kind", "billed"), [("reset", 0), ("late-reset", 1)])
def test_a_reset_breaks_the_connection(tmp_path: Path, kind: str, billed: int) -> None:
    """A late reset has made the task. The POST stands in the ledger without a status."""
    with faulty(tmp_path, f"create {kind}") as bench:
        with pytest.raises(httpx.ReadError):
            bench.create()
        assert bench.billed() == billed
        posts = [line for line in bench.lines() if line["event"] == "post"]
        assert len(posts) == 1
        assert "status" not in posts[0]


def test_half_an_answer_ends_early(tmp_path: Path) -> None:
    """The length is that of the whole answer, the bytes are half of it."""
    with faulty(tmp_path, "create half") as bench:
        with pytest.raises(httpx.RemoteProtocolError):
            bench.create()
        assert bench.billed() == 1


def test_a_short_answer_looks_whole(tmp_path: Path) -> None:
    """Half of the bytes, under their own length: only the content can tell."""
    with faulty(tmp_path, "download short") as bench:
        answer = bench.client.get(bench.link())
        assert int(answer.headers["content-length"]) == len(answer.content)
        assert answer.content.startswith(b"\x89PNG")
        assert b"IEND" not in answer.content


def test_a_corrupt_answer_has_other_bytes_in_its_middle(tmp_path: Path) -> None:
    """Length and ends are right, 64 bytes between are not."""
    with faulty(tmp_path, "download corrupt nth=1") as bench:
        link = bench.link()
        bad, good = bench.client.get(link).content, bench.client.get(link).content
        assert len(bad) == len(good)
        assert sum(one != other for one, other in zip(bad, good, strict=True)) == 64


def test_a_delay_and_a_trickle_are_only_slow(tmp_path: Path) -> None:
    """The answer is right in the end."""
    with faulty(tmp_path, "create delay=1 nth=1", "create trickle=0.1 nth=2") as bench:
        assert bench.create().status_code == 200
        assert bench.create().json()["id"]
        assert bench.billed() == 2


def test_a_redirect_leads_elsewhere(tmp_path: Path) -> None:
    """A 307 with the address; nothing is made here."""
    with faulty(tmp_path, "create redirect=https://example.com/trap") as bench:
        answer = bench.create()
        assert (answer.status_code, answer.headers["location"]) == (307, "https://example.com/trap")
        assert bench.billed() == 0


def test_a_portal_answers_with_a_page(tmp_path: Path) -> None:
    """`html` is what a captive portal says: 200, and no JSON."""
    with faulty(tmp_path, "create html") as bench:
        answer = bench.create()
        assert (answer.status_code, answer.headers["content-type"]) == (200, "text/html; charset=utf-8")


def test_a_bomb_is_small_on_the_wire(tmp_path: Path) -> None:
    """Megabytes of nothing in kilobytes."""
    with faulty(tmp_path, "account bomb=8") as bench:
        answer = bench.client.get("/v1/organization")
        assert int(answer.headers["content-length"]) < 20_000
        assert len(answer.content) == 8 * 1024 * 1024


def test_a_link_can_be_expired(tmp_path: Path) -> None:
    """The first download is refused as an expired link is; the next one works."""
    with faulty(tmp_path, "download expire first=1") as bench:
        link = bench.link()
        assert bench.client.get(link).status_code == 403
        assert bench.client.get(link).status_code == 200


@pytest.mark.parametrize(
    ("fault", "expected"),
    [
        ("create fail=SAFETY.INPUT.TEXT", {"status": "FAILED", "failureCode": "SAFETY.INPUT.TEXT"}),
        ("create cancelled", {"status": "CANCELLED"}),
        ("create throttle", {"status": "THROTTLED"}),
        ("poll state=DREAMING", {"status": "DREAMING"}),
    ],
)
def test_a_fault_decides_how_a_task_is_seen(tmp_path: Path, fault: str, expected: dict[str, str]) -> None:
    """Long after, the task has the end that was asked for."""
    with faulty(tmp_path, fault) as bench:
        id_ = bench.create().json()["id"]
        bench.clock.time += LONG_S
        assert expected.items() <= bench.task(id_).items()


def test_a_task_that_is_throttled_for_ever_holds_no_slot(tmp_path: Path) -> None:
    """The tasks behind it go on, also when one of them is removed."""
    with faulty(tmp_path, "create throttle nth=1") as bench:
        stuck, other, last = (bench.create().json()["id"] for _ in range(3))
        assert bench.client.delete(f"/v1/tasks/{other}").status_code == 204
        bench.clock.time += LONG_S
        assert bench.task(last)["status"] == "SUCCEEDED"
        assert bench.task(stuck)["status"] == "THROTTLED"


def test_an_estimate_can_be_wrong(tmp_path: Path) -> None:
    """The API estimates so many times what it will charge."""
    with faulty(tmp_path, "create estimate=3 nth=2") as bench:
        right, wrong = (bench.create().json() for _ in range(2))
        assert wrong["estimatedCost"]["credits"] == 3 * right["estimatedCost"]["credits"]
        bench.clock.time += LONG_S
        assert bench.task(wrong["id"])["cost"] == bench.task(right["id"])["cost"]


def test_a_clock_can_be_skewed(tmp_path: Path) -> None:
    """Times of the API are off by so many seconds; what is no JSON stays as it is."""
    with faulty(tmp_path, "poll skew=-3600 nth=1", "download skew=5") as bench:
        link = bench.link()
        id_ = link.split("/outputs/")[1].split("/")[0]
        early = bench.lines()[0]["at"]
        assert str(bench.task(id_)["createdAt"]) == early
        assert bench.client.get(link).content.startswith(b"\x89PNG")


def test_a_skewed_clock_shows_in_the_view_of_a_task(tmp_path: Path) -> None:
    """An hour back."""
    with faulty(tmp_path, "poll skew=-3600 nth=2") as bench:
        id_ = bench.create().json()["id"]
        right, skewed = (str(bench.task(id_)["createdAt"]) for _ in range(2))
        assert right != skewed
        assert right[14:] == skewed[14:]
