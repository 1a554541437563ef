"""Stores of earlier formats."""

from __future__ import annotations

import sqlite3
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest

from runway_flow.store.database import Database
from runway_flow.store.layout import StoreLayout
from runway_flow.store.opening import open_store
from runway_flow.store.schema import VERSION
from tests.fakes.records import NOW, intend, make_intent

if TYPE_CHECKING:
    from pathlib import Path

    from runway_flow.store.state import SqliteStateStore

_FORMAT_1 = (
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


def _version(root: Path) -> int:
    database = Database.read(StoreLayout(root).state)
    assert database is not None
    try:
        return database.version()
    finally:
        database.close()
