"""The database: durable, shared, refused when it is newer, damaged or held."""

from __future__ import annotations

import sqlite3
from typing import TYPE_CHECKING

import pytest

from runway_flow.kernel.codes import STORE_BUSY
from runway_flow.kernel.errors import InternalError, StoreError
from runway_flow.store.database import (
    Database,
    clean_text,
)
from runway_flow.store.layout import StoreLayout
from runway_flow.store.locking import file_lock
from tests.fakes.disk import FakeDisk

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def layout(tmp_path: Path) -> StoreLayout:
    """Make the folders of a store."""
    layout = StoreLayout(tmp_path / "store")
    layout.create()
    return layout


@pytest.fixture
def database(layout: StoreLayout) -> Iterator[Database]:
    """Open a new database."""
    database = create(layout)
    yield database
    database.close()


def create(layout: StoreLayout) -> Database:
    """Open a database for writing."""
    return Database.create(layout.state, lock=layout.lock, reserve=layout.reserve)


def insert(connection: sqlite3.Connection) -> None:
    """Write one row."""
    connection.execute("INSERT INTO ledger VALUES ('run:1', '5')")


def count(database: Database) -> int:
    """Count the rows."""
    return len(database.read_all("SELECT * FROM ledger"))


def test_settings(database: Database) -> None:
    """A commit is on the disk when it returns, readers do not wait for writers, foreign keys hold."""
    assert database.read_one("PRAGMA journal_mode") == ("wal",)
    assert database.read_one("PRAGMA synchronous") == (2,)
    assert database.read_one("PRAGMA foreign_keys") == (1,)


def test_relaxed_write(database: Database) -> None:
    """A write that need not be durable does not wait for the disk; the next durable one does again."""
    seen = []

    def work(connection: sqlite3.Connection) -> None:
        seen.append(connection.execute("PRAGMA synchronous").fetchone())
        insert(connection)

    database.write(work, is_durable=False)
    assert seen == [(1,)]
    assert database.read_one("PRAGMA synchronous") == (2,)
    assert count(database) == 1


def test_transaction_is_whole(database: Database) -> None:
    """If the work fails nothing of it is written, and the database goes on."""

    def work(connection: sqlite3.Connection) -> None:
        insert(connection)
        message = "half way"
        raise ValueError(message)

    with pytest.raises(ValueError, match="half way"):
        database.write(work)
    assert count(database) == 0
    database.write(insert)
    assert count(database) == 1


def test_sqlite_may_roll_back_by_itself(database: Database) -> None:
    """A transaction that SQLite ended after an error is not ended twice."""

    def work(connection: sqlite3.Connection) -> None:
        insert(connection)
        connection.execute("ROLLBACK")
        message = "the disk is full"
        raise sqlite3.OperationalError(message)

    with pytest.raises(InternalError, match="the disk is full"):
        database.write(work)
    assert count(database) == 0


def test_records_survive(layout: StoreLayout) -> None:
    """What was written is there when the database is opened again."""
    database = create(layout)
    database.write(insert)
    database.close()
    database = create(layout)
    assert count(database) == 1
    database.close()


def test_new_database_is_private_and_its_name_durable(layout: StoreLayout) -> None:
    """The file is its owner's alone, and the folder is synced once, when it is made."""
    disk = FakeDisk()
    for _ in range(2):
        Database.create(layout.state, lock=layout.lock, reserve=layout.reserve, disk=disk).close()
    assert disk.calls == [("sync_folder", layout.root.name)]
    assert layout.state.stat().st_mode & 0o077 in (0, 0o066)


def test_unfinished_database_is_no_store(layout: StoreLayout) -> None:
    """A database whose maker died before its tables were there is read as none, and made by the next."""
    layout.state.write_bytes(b"")
    assert Database.read(layout.state) is None
    create(layout).close()
    database = Database.read(layout.state)
    assert database is not None
    database.close()


def test_reading_while_another_writes(layout: StoreLayout, database: Database) -> None:
    """A reader sees what was committed, waits for nobody, and cannot write."""
    reader = Database.read(layout.state)
    assert reader is not None

    def work(connection: sqlite3.Connection) -> None:
        insert(connection)
        assert count(reader) == 0

    database.write(work)
    assert count(reader) == 1
    with pytest.raises(InternalError):
        reader.write(insert)
    reader.close()


def test_closed_database() -> None:
    """Using a closed database is our bug; closing it again is none."""
    database = Database.in_memory()
    database.close()
    database.close()
    for use in (
        lambda: database.read_one("SELECT 1"),
        lambda: database.read_all("SELECT 1"),
        lambda: database.write(insert),
        database.prepare,
    ):
        with pytest.raises(InternalError):
            use()


def test_clean_text() -> None:
    """Text that is no Unicode is escaped, other text is left alone."""
    assert clean_text("é \udcff") == "é \\udcff"


def test_lock_is_waited_for(tmp_path: Path) -> None:
    """A lock that another holds is waited for, with pauses, and then it is an error."""
    pauses: list[float] = []
    with file_lock(tmp_path / "lock"):
        with (
            pytest.raises(StoreError, match="another process") as caught,
            file_lock(tmp_path / "lock", wait_s=0.05, pause=pauses.append),
        ):
            pass
        assert caught.value.code is STORE_BUSY
    assert sum(pauses) == pytest.approx(0.05)
    with file_lock(tmp_path / "lock", wait_s=0.0, pause=pauses.append):
        pass
