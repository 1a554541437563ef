"""The database fails in words: full, damaged, newer, too old, on the wrong file system."""

from __future__ import annotations

import errno
import sqlite3
from typing import TYPE_CHECKING

import pytest

from runway_flow.kernel.codes import DISK_FULL, STORE_BUSY, STORE_NEWER, STORE_UNUSABLE, Code
from runway_flow.kernel.errors import StoreError
from runway_flow.store.database import (
    MIN_SQLITE,
    RESERVE_BYTES,
    Database,
    check_sqlite,
    database_error,
)
from runway_flow.store.layout import StoreLayout
from runway_flow.store.schema import VERSION
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


def failing(database: Database, code: int, times: int = 1) -> list[str]:
    """Let the next inserts fail as SQLite would; gives what was tried."""
    tried: list[str] = []

    def fail() -> None:
        tried.append("insert")
        if len(tried) <= times:
            error = sqlite3.OperationalError("said the disk")
            error.sqlite_errorcode = code
            raise error

    def work(connection: sqlite3.Connection) -> None:
        fail()
        insert(connection)

    database.write(work)
    return tried


def test_full_disk_gives_up_the_reserve(layout: StoreLayout, database: Database) -> None:
    """A durable write on a full disk gives the reserve up and is done again, once."""
    assert layout.reserve.stat().st_size == RESERVE_BYTES
    assert failing(database, sqlite3.SQLITE_FULL) == ["insert"] * 2
    assert not layout.reserve.exists()
    assert count(database) == 1


def test_full_disk_without_a_reserve(layout: StoreLayout, database: Database) -> None:
    """Once the reserve is gone a full disk is an error, and the database stays usable."""
    layout.reserve.unlink()
    with pytest.raises(StoreError) as caught:
        failing(database, sqlite3.SQLITE_FULL)
    assert caught.value.code is DISK_FULL
    database.write(insert)
    in_memory = Database.in_memory()
    with pytest.raises(StoreError):
        failing(in_memory, sqlite3.SQLITE_FULL)
    in_memory.close()


def test_full_disk_that_stays_full(database: Database) -> None:
    """If the reserve does not help, the error says so after one more try."""
    with pytest.raises(StoreError) as caught:
        failing(database, sqlite3.SQLITE_FULL, times=2)
    assert caught.value.code is DISK_FULL


def test_reserve_that_cannot_be_made(layout: StoreLayout) -> None:
    """No space for a reserve is no reason not to open the store; it is made again when there is some."""
    layout.reserve.mkdir()
    create(layout).close()
    layout.reserve.rmdir()
    layout.reserve.symlink_to(layout.root / "missing" / "file")
    create(layout).close()
    assert not layout.reserve.is_symlink()
    create(layout).close()
    assert layout.reserve.stat().st_size == RESERVE_BYTES


def test_nothing_is_written_after_an_input_output_error(database: Database) -> None:
    """After a failed fsync nothing is written any more: the next one could seem to succeed."""
    with pytest.raises(StoreError, match="said the disk"):
        failing(database, sqlite3.SQLITE_IOERR | (4 << 8))
    with pytest.raises(StoreError, match="said the disk"):
        database.write(insert)
    assert count(database) == 0


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        (sqlite3.SQLITE_FULL, DISK_FULL),
        (sqlite3.SQLITE_BUSY, STORE_BUSY),
        (sqlite3.SQLITE_LOCKED, STORE_BUSY),
        (sqlite3.SQLITE_CORRUPT, STORE_UNUSABLE),
        (sqlite3.SQLITE_NOTADB, STORE_UNUSABLE),
        (sqlite3.SQLITE_READONLY, STORE_UNUSABLE),
        (sqlite3.SQLITE_IOERR | (10 << 8), STORE_UNUSABLE),
    ],
)
def test_errors_of_the_world(code: int, expected: Code) -> None:
    """Each failure of SQLite's that the world causes has a code and says what to do."""
    error = sqlite3.OperationalError("no")
    error.sqlite_errorcode = code
    found = database_error(error)
    assert isinstance(found, StoreError)
    assert found.code is expected
    assert found.hint


def test_old_sqlite() -> None:
    """An SQLite without STRICT tables is refused with both versions."""
    check_sqlite(MIN_SQLITE)
    with pytest.raises(StoreError, match=r"SQLite 3\.36\.0; the store needs 3\.37\.0"):
        check_sqlite((3, 36, 0))


def test_newer_format(layout: StoreLayout) -> None:
    """A store of a newer version is refused for writing and for reading, and left as it is."""
    create(layout).close()
    with sqlite3.connect(layout.state) as connection:
        connection.execute(f"PRAGMA user_version = {VERSION + 1}")
    connection.close()
    with pytest.raises(StoreError, match=f"format {VERSION + 1}") as caught:
        create(layout)
    assert caught.value.code is STORE_NEWER
    with pytest.raises(StoreError, match=f"format {VERSION + 1}"):
        Database.read(layout.state)


def test_damaged_database(layout: StoreLayout) -> None:
    """A file that is no database is told, with what it means for money."""
    layout.state.write_bytes(b"not a database at all, " * 100)
    with pytest.raises(StoreError, match="damaged") as caught:
        create(layout)
    assert caught.value.code is STORE_UNUSABLE
    assert caught.value.hint is not None
    assert "before paying again" in caught.value.hint


def test_database_that_cannot_be_opened(layout: StoreLayout) -> None:
    """A folder where the database or its lock should be is an error of the store."""
    layout.state.mkdir()
    with pytest.raises(StoreError, match=r"state\.db"):
        create(layout)
    layout.lock.unlink()
    layout.lock.mkdir()
    with pytest.raises(StoreError, match=r"state\.lock"):
        create(layout)


def test_connection_that_cannot_be_made(tmp_path: Path) -> None:
    """Reading a database that is not there is an error of the store."""
    with pytest.raises(StoreError, match="cannot be used"):
        Database.read(tmp_path / "missing.db")


def test_file_system_without_shared_memory() -> None:
    """Where processes cannot share SQLite's journal, the store is refused."""

    class Stubborn(sqlite3.Connection):
        """SQLite on a network drive: asked for WAL it stays with `delete`."""

        def execute(self, sql: str, *_: object) -> sqlite3.Cursor:
            """Answer as a network drive does."""
            return super().execute("SELECT 'delete'" if "journal_mode" in sql else sql)

    connection = sqlite3.connect(":memory:", factory=Stubborn, isolation_level=None)
    database = Database(connection)
    with pytest.raises(StoreError, match="network drive"):
        database.prepare()
    database.close()


def test_name_that_cannot_be_made_durable(layout: StoreLayout) -> None:
    """If the folder cannot be synced the database is not used."""
    with pytest.raises(StoreError, match="Input/output"):
        Database.create(
            layout.state, lock=layout.lock, reserve=layout.reserve, disk=FakeDisk({"sync_folder": errno.EIO})
        )
