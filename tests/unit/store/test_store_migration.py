"""Stores of earlier formats."""

from __future__ import annotations

import sqlite3
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest

from runway_flow.engine.inventory import Use
from runway_flow.store.database import Database
from runway_flow.store.layout import StoreLayout
from runway_flow.store.opening import open_store
from runway_flow.store.schema import VERSION
from tests.fakes.records import NOW, intend, make_intent, make_kept

if TYPE_CHECKING:
    from pathlib import Path

    from runway_flow.store.state import SqliteStateStore

_FORMAT_2 = (
    "DROP TABLE instance_use",
    """CREATE TABLE instance_use (flow TEXT NOT NULL, step TEXT NOT NULL,
    result INTEGER NOT NULL REFERENCES result (id), PRIMARY KEY (flow, step)) STRICT, WITHOUT ROWID""",
    "CREATE INDEX instance_use_by_result ON instance_use (result)",
    "INSERT INTO instance_use SELECT 'teaser', 'step ' || id, id FROM result",
    "PRAGMA user_version = 2",
)
_FORMAT_1 = (
    *_FORMAT_2,
    "ALTER TABLE attempt DROP COLUMN estimated",
    "ALTER TABLE attempt DROP COLUMN table_date",
    "PRAGMA user_version = 1",
)
"""What takes a store back to what the first format had."""


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Make a store of format 1 with one attempt in it."""
    layout = StoreLayout(tmp_path / "store")
    with open_store(layout.root, create=True) as store:
        intend(store.state, make_intent())
        store.state.mark_submitted("a1", "task-1", NOW + 1, Decimal(62))
    connection = sqlite3.connect(layout.state)
    for statement in _FORMAT_1:
        connection.execute(statement)
    connection.commit()
    connection.close()
    return layout.root


def check_attempt(state: SqliteStateStore) -> None:
    """Look at what the old store knew: what was reserved, and not where it came from."""
    (attempt,) = state.open_attempts()
    assert attempt.reserved == Decimal(62)
    assert (attempt.estimated, attempt.intent.table_date) == (None, "")
    assert state.spent("r1") == Decimal(62)


def test_an_old_store_is_read_as_it_is(root: Path) -> None:
    """A plan reads an old store and changes nothing about it."""
    with open_store(root, create=False) as store:
        check_attempt(store.state)
    assert _version(root) == 1


def test_an_old_store_is_brought_up_to_date_when_it_is_written(root: Path) -> None:
    """A run adds what is missing, once; what was written before is still there."""
    for _ in range(2):
        with open_store(root, create=True) as store:
            check_attempt(store.state)
    assert _version(root) == VERSION
    with open_store(root, create=True) as store:
        store.state.mark_submitted("a1", "task-1", NOW + 1, Decimal(63))
        (attempt,) = store.state.open_attempts()
        assert attempt.estimated == Decimal(63)


def test_uses_of_an_old_store_are_known_by_realm(tmp_path: Path) -> None:
    """What instances had they still have, also of a record that cannot be read; a rehearsal is apart now."""
    root = tmp_path / "store"
    paid = make_kept()
    broken = make_kept("broken")
    with open_store(root, create=True) as store:
        store.state.add_results([paid, broken])
    connection = sqlite3.connect(StoreLayout(root).state)
    connection.execute("UPDATE result SET document = '{' WHERE key = ?", (broken.result.key,))
    for statement in _FORMAT_2:
        connection.execute(statement)
    connection.commit()
    connection.close()
    with open_store(root, create=False) as store:
        assert store.state.list_results()[0].uses == (Use("teaser", "step 1"),)
    with open_store(root, create=True) as store:
        assert store.state.list_results()[0].uses == (Use("teaser", "step 1"),)
        rows = store.state._database.read_all("SELECT step, realm FROM instance_use ORDER BY step")
        assert rows == [("step 1", "runway"), ("step 2", "")]
        store.state.note_use("teaser", {"step 2": broken.result.key})
    assert _version(root) == VERSION


def _version(root: Path) -> int:
    database = Database.read(StoreLayout(root).state)
    assert database is not None
    try:
        return database.version()
    finally:
        database.close()
