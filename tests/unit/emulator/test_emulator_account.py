"""Remote time, balances, links, the ledger, options."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runway_flow.emulator.account import Account
from runway_flow.emulator.ledger import Ledger, iso_time, whole
from runway_flow.emulator.links import LinkSigner
from runway_flow.emulator.options import DAY_S, EmulatorOptions
from runway_flow.emulator.records import TaskRecord
from runway_flow.emulator.remote_clock import Anchor, RemoteClock
from runway_flow.emulator.tasks import Life
from runway_flow.kernel.digests import digest_bytes
from runway_flow.kernel.errors import StoreError
from tests.fakes.clock import FakeClock

if TYPE_CHECKING:
    from pathlib import Path


def task(name: str, *, at: float = 0.0, pool: str = "gen4.5", settled: bool = False) -> TaskRecord:
    """Give a task of 60 credits at most that costs 50."""
    return TaskRecord(
        id=name,
        endpoint="text_to_video",
        variant=pool,
        pool=pool,
        request="{}",
        digest=digest_bytes(name.encode()),
        estimate=60.0,
        cost=50,
        created_at=at,
        life=Life(at, at, 30.0),
        is_settled=settled,
    )


def test_remote_time_passes_faster() -> None:
    """At speed 100 a real second is 100 remote ones."""
    clock = FakeClock()
    remote = RemoteClock.starting(clock, 100.0, None)
    begun = remote.now()
    clock.time += 2.0
    assert remote.now() == begun + 200.0
    assert remote.wall() == clock.time


def test_remote_time_goes_on_while_the_process_is_dead() -> None:
    """A process that starts later finds that time passed at the old speed, and goes on at its own."""
    first = Anchor(wall=1000.0, remote=1000.0, speed=100.0)
    clock = FakeClock(time=1010.0, start=1010.0)
    remote = RemoteClock.starting(clock, 1.0, first)
    assert remote.now() == 2000.0
    clock.time += 5.0
    assert remote.now() == 2005.0


@given(st.floats(-1000, 1000), st.floats(0.1, 1000))
def test_remote_time_never_goes_back(jump: float, speed: float) -> None:
    """A wall clock that was set back lets no remote time pass, but takes none away."""
    first = Anchor(wall=5000.0, remote=9000.0, speed=speed)
    assert first.moved(5000.0 + jump, 1.0).remote >= first.remote


def test_a_charge_is_the_estimate_until_the_end_was_seen() -> None:
    """The balance holds back the estimate of a task, then what it cost."""
    account = Account(EmulatorOptions(balance=1000), [task("a")])
    assert account.balance(10.0) == 940
    account.settle("a", 50)
    assert account.balance(10.0) == 950


def test_a_settled_task_counts_its_cost() -> None:
    """After a restart what is settled counts what it cost."""
    account = Account(EmulatorOptions(balance=1000), [task("a", settled=True)])
    assert account.balance(10.0) == 950


def test_a_day_later_the_account_is_topped_up() -> None:
    """Charges and generations count for 24 hours."""
    account = Account(EmulatorOptions(balance=1000), [task("a", at=0.0), task("b", at=100.0)])
    assert account.generations(DAY_S - 1) == {"gen4.5": 2}
    assert account.generations(DAY_S + 1) == {"gen4.5": 1}
    assert account.balance(DAY_S + 1) == 940
    account.settle("a", 0)
    assert account.balance(DAY_S + 101) == 1000


def test_a_pool_hands_out_its_slots_in_order() -> None:
    """With all slots held a new task starts when the first of them is free; other pools do not wait."""
    account = Account(EmulatorOptions(concurrency=2), [task("a", at=0.0), task("b", at=4.0)])
    assert account.next_start("gen4.5", 5.0) == 30.0
    assert account.next_start("veo3.1", 5.0) == 5.0
    account.replace_ends("gen4.5", [34.0])
    assert account.next_start("gen4.5", 5.0) == 5.0


def test_a_link_holds_until_it_expires() -> None:
    """A signed link is valid before its moment and not from it on."""
    signer = LinkSigner(b"secret")
    token = signer.token("/outputs/a/0.mp4", 100)
    assert signer.sign("/outputs/a/0.mp4", 100) == f"/outputs/a/0.mp4?expires=100&token={token}"
    assert signer.is_valid("/outputs/a/0.mp4", "100", token, 99.9)
    assert not signer.is_valid("/outputs/a/0.mp4", "100", token, 100.0)


@pytest.mark.parametrize(
    ("path", "expires", "token"),
    [
        ("/outputs/b/0.mp4", "100", None),
        ("/outputs/a/0.mp4", "101", None),
        ("/outputs/a/0.mp4", "x", None),
        ("/outputs/a/0.mp4", "²", None),
        ("/outputs/a/0.mp4", "100", "ö"),
    ],
)
def test_a_changed_link_is_not_ours(path: str, expires: str, token: str | None) -> None:
    """Neither path nor moment of a link can be changed."""
    signer = LinkSigner(b"secret")
    proof = token or signer.token("/outputs/a/0.mp4", 100)
    assert not signer.is_valid(path, expires, proof, 0.0)


def test_the_ledger_appends_lines(tmp_path: Path) -> None:
    """Every event is one JSON line, flushed at once, without what is not known."""
    path = tmp_path / "deep" / "ledger.ndjson"
    for status in (200, 400):
        with Ledger(path) as ledger:
            ledger.write("post", 0.0, path="/v1/uploads", status=status, task=None)
            lines = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    at = "1970-01-01T00:00:00.000Z"
    assert lines == [
        {"event": "post", "at": at, "path": "/v1/uploads", "status": 200},
        {"event": "post", "at": at, "path": "/v1/uploads", "status": 400},
    ]


def test_a_ledger_without_a_path_keeps_nothing() -> None:
    """Without `--ledger` nothing is written."""
    with Ledger(None) as ledger:
        ledger.write("post", 0.0)


def test_a_ledger_that_cannot_be_written_is_an_error_at_the_start(tmp_path: Path) -> None:
    """A folder in the ledger's place is told before anything runs."""
    with pytest.raises(StoreError, match="ledger"):
        Ledger(tmp_path)


def test_times_are_written_as_the_api_writes_them() -> None:
    """UTC with milliseconds and a Z; whole credits as integers."""
    assert iso_time(1_795_246_001.73) == "2026-11-21T07:26:41.730Z"
    assert (whole(10.0), whole(2.5)) == (10, 2.5)


@pytest.mark.parametrize(
    "wrong", [{"speed": 0}, {"concurrency": 0}, {"task_seconds": 0}, {"link_seconds": -1}]
)
def test_options_must_be_positive(wrong: dict[str, int]) -> None:
    """A speed, a limit or a length that is not positive is refused."""
    with pytest.raises(ValueError, match="positive"):
        EmulatorOptions(**wrong)  # type: ignore[arg-type] # one option at a time
