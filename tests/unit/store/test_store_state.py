"""Records beyond the port's rules: nothing paid is forgotten, the ledger adds up."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from runway_flow.engine.attempts import AttemptState
from runway_flow.engine.records import RunRecord, StatIdentity
from runway_flow.kernel.amounts import ZERO
from runway_flow.kernel.digests import digest_bytes
from runway_flow.store.attempts import charge_of, run_scope, step_scope
from runway_flow.store.memory import MemoryStateStore
from runway_flow.store.opening import open_store
from tests.fakes.records import SOUND, key_of, make_intent, make_result

if TYPE_CHECKING:
    from pathlib import Path

Change = tuple[str, int, int | None]
changes = st.tuples(
    st.sampled_from(["intend", "submit", "stored", "failed", "refused", "dropped"]),
    st.integers(0, 3),
    st.none() | st.integers(0, 9),
)


@settings(max_examples=60, deadline=None)
@given(st.lists(changes, max_size=12))
def test_ledger_adds_up(steps: list[Change]) -> None:
    """Whatever happens to attempts, the ledger is the sum of what each of them counts."""
    state = MemoryStateStore(lambda _: True)
    state_names = {"stored", "failed", "refused", "dropped"}
    for what, number, amount in steps:
        attempt_id = f"a{number}"
        is_known = any(one.intent.attempt_id == attempt_id for one in state.attempts_of("r1"))
        credits_ = None if amount is None else Decimal(amount) / 10
        if what == "intend" and not is_known:
            state.intend(make_intent(attempt_id, attempt_id), (), may_be_unknown=False)
        elif what == "submit" and is_known:
            state.mark_submitted(attempt_id, "task", 1.0, credits_)
        elif what in state_names and is_known:
            state.close_attempt(attempt_id, AttemptState(what), 2.0, cost=credits_)
    total = sum(
        (charge_of(one.state, one.task, one.reserved or ZERO, one.cost) for one in state.attempts_of("r1")),
        ZERO,
    )
    assert state.spent("r1") == total
    state.close()


def test_scopes() -> None:
    """A step's scope is its declared id's, whatever key or take its address has."""
    assert run_scope("r1") == "run:r1"
    addresses = ("clip", "clip[wide]", "clip[a[b]#1]#2", "clip#2")
    assert {step_scope("r1", step) for step in addresses} == {"step:r1:clip"}


def test_earlier_results_are_kept() -> None:
    """A result that was paid again stays on record; the same outputs twice are one record."""
    state = MemoryStateStore(lambda _: True)
    for content, task in ((b"one", "t1"), (b"one", "t1"), (b"two", "t2")):
        state.record(make_result("clip", content, task=task), flow="teaser", step="clip")
    rows = state._database.read_all("SELECT task FROM result ORDER BY id")
    assert rows == [("t1",), ("t2",)]
    state.close()


def test_store_opened_for_reading(tmp_path: Path) -> None:
    """A store opened for reading answers, and forgets what need not be kept."""
    root = tmp_path / "store"
    with open_store(root, create=True) as store:
        store.state.begin_run(RunRecord("r1", "identity", "flow", "path", "runway", 1.0))
        store.state.record(make_result(), flow="teaser", step="clip")
    identity = StatIdentity("hero.png", 1, 2, 3, 4, 5)
    with open_store(root, create=False) as store:
        found = store.state.find_result(key_of("clip"))
        assert found is not None
        assert not found.is_whole
        store.state.record_file(identity, digest_bytes(b"hero"), SOUND)
        store.state.note_use("other", {"clip": key_of("clip")})
        assert store.state.find_file(identity) is None
        assert store.state.find_last_document("other", "clip") is None


def test_opening_to_read_makes_nothing(tmp_path: Path) -> None:
    """Without a store a plan reads an empty one, and none is made."""
    with open_store(tmp_path / "store", create=False) as store:
        assert store.state.find_result(key_of("clip")) is None
        assert not store.blobs.has(digest_bytes(b"film"))
        identity = StatIdentity("hero.png", 1, 2, 3, 4, 5)
        store.state.record_file(identity, digest_bytes(b"hero"), SOUND)
        assert store.state.find_file(identity) is not None
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("content", [None, b""])
def test_store_that_was_never_finished_is_empty(tmp_path: Path, content: bytes | None) -> None:
    """A folder without a finished database is read as an empty store."""
    root = tmp_path / "store"
    root.mkdir(mode=0o700)
    if content is not None:
        (root / "state.db").write_bytes(content)
    with open_store(root, create=False) as store:
        assert store.state.list_runs(5) == ()


def test_reading_leaves_the_database_alone(tmp_path: Path) -> None:
    """Reading changes no byte of the database; SQLite's own two files go with the next writer."""
    root = tmp_path / "store"
    with open_store(root, create=True) as store:
        store.state.record(make_result(), flow="teaser", step="clip")
    before = (root / "state.db").read_bytes()
    names = {path.name for path in root.iterdir()}
    with open_store(root, create=False) as store:
        store.state.find_result(key_of("clip"))
    assert (root / "state.db").read_bytes() == before
    assert {path.name for path in root.iterdir()} - names <= {"state.db-wal", "state.db-shm"}
    open_store(root, create=True).close()
    assert {path.name for path in root.iterdir()} == names
