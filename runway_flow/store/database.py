"""One SQLite connection that any thread may use: how it is opened, reads, writes and fails."""

from __future__ import annotations

import os
import sqlite3
import sys
import threading
from typing import TYPE_CHECKING, Any, TypeVar

from runway_flow.kernel.codes import DISK_FULL, STORE_BUSY, STORE_NEWER, STORE_UNUSABLE
from runway_flow.kernel.errors import InternalError, RunwayFlowError, StoreError
from runway_flow.store.atomic import SYSTEM_DISK, Disk, store_error
from runway_flow.store.locking import file_lock
from runway_flow.store.schema import MIGRATIONS, TABLES, VERSION

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

Row = tuple[Any, ...]
Value = str | bytes | int | float | None
_T = TypeVar("_T")

MIN_SQLITE = (3, 37, 0)
"""The first with STRICT tables (SQLite release notes, 2021-11-27)."""

BUSY_S = 30.0
"""A transaction takes milliseconds; a writer that holds the database this long hangs."""

RESERVE_BYTES = 1 << 20
"""What is given up when the disk is full: far more than the journal entries of a run's open tasks."""

_PRIMARY = 0xFF
"""SQLite, «Result and Error Codes»: an extended code's low byte is the primary one."""


class Database:
    """A connection guarded by a lock. Every method raises `StoreError`, and `InternalError` for our bugs."""

    def __init__(
        self, connection: sqlite3.Connection, *, reserve: Path | None = None, is_read_only: bool = False
    ) -> None:
        self.is_read_only = is_read_only
        self._connection = connection
        self._reserve = reserve
        self._lock = threading.RLock()
        self._failure: StoreError | None = None

    @classmethod
    def create(cls, path: Path, *, lock: Path, reserve: Path, disk: Disk = SYSTEM_DISK) -> Database:
        """Open for writing, making the database if it is missing.

        Under a lock: of several processes that make one at once, some get «database is locked» in spite
        of any timeout (measured with SQLite 3.40: in 27 of 100 tries). The name is durable, too.
        """
        check_sqlite()
        with file_lock(lock):
            is_new = not path.exists()
            try:
                os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
            except OSError as error:
                raise store_error(error, "open", path) from error
            database = cls(_connect(str(path)), reserve=reserve)
            try:
                database.prepare()
                if is_new:
                    disk.sync_folder(path.parent)
            except OSError as error:
                database.close()
                raise store_error(error, "make", path) from error
            except BaseException:
                database.close()
                raise
        database.fill_reserve()
        return database

    @classmethod
    def read(cls, path: Path) -> Database | None:
        """Open for reading only, also while others write; None if the database was never finished.

        SQLite's journal (WAL) needs its two files beside the database even for that: if no process has
        the database open, reading makes `state.db-wal` (empty) and `state.db-shm`; the next writer
        removes them. No record is changed.
        """
        check_sqlite()
        database = cls(_connect(f"{path.absolute().as_uri()}?mode=ro", uri=True), is_read_only=True)
        try:
            version = database.version()
        except BaseException:
            database.close()
            raise
        if version == 0:
            database.close()
            return None
        return database

    @classmethod
    def in_memory(cls) -> Database:
        """Make a database that is gone when it is closed."""
        check_sqlite()
        database = cls(_connect(":memory:"))
        database.prepare()
        return database

    def prepare(self) -> None:
        """Set the connection up, and make the tables if there are none, or what older ones lack."""
        try:
            mode = self._connection.execute("PRAGMA journal_mode = WAL").fetchone()[0]
            self._connection.execute("PRAGMA foreign_keys = ON")
            self._connection.execute("PRAGMA synchronous = FULL")
            if sys.platform == "darwin":  # pragma: no cover - fsync(2) there leaves bytes in the drive
                self._connection.execute("PRAGMA fullfsync = ON")
                self._connection.execute("PRAGMA checkpoint_fullfsync = ON")
        except sqlite3.Error as error:
            raise self._translate(error) from error
        if mode not in ("wal", "memory"):
            message = "the store's file system cannot share memory between processes (a network drive?)"
            raise StoreError(message, hint="choose a folder on a local disk with --store")
        if self.version() < VERSION:
            self.write(_make_tables)

    def version(self) -> int:
        """Give the number of the tables. Raises `StoreError` (`STORE_NEWER`) if it is above ours."""
        found = int(self.read_all("PRAGMA user_version")[0][0])
        if found > VERSION:
            message = f"the store has format {found}, and this version of runway-flow knows up to {VERSION}"
            hint = "update runway-flow, or choose another store with --store or RUNWAY_FLOW_STORE"
            raise StoreError(message, code=STORE_NEWER, hint=hint)
        return found

    def read_one(self, sql: str, values: tuple[Value, ...] = ()) -> Row | None:
        """Give the first row of a query, or None."""
        with self._lock:
            try:
                row: Row | None = self._connection.execute(sql, values).fetchone()
            except sqlite3.Error as error:
                raise self._translate(error) from error
        return row

    def read_all(self, sql: str, values: tuple[Value, ...] = ()) -> list[Row]:
        """Give the rows of a query."""
        with self._lock:
            try:
                return self._connection.execute(sql, values).fetchall()
            except sqlite3.Error as error:
                raise self._translate(error) from error

    def write(self, work: Callable[[sqlite3.Connection], _T], *, is_durable: bool = True) -> _T:
        """Do `work` in one transaction: all of it or nothing. On the disk when it returns, if durable.

        If the disk is full, the reserve is given up once for a durable transaction. After an input or
        output error nothing is written any more: a second fsync may succeed although bytes are lost.
        """
        if self.is_read_only:
            message = "a store that was opened for reading was to be written"
            raise InternalError(message)
        with self._lock:
            if self._failure:
                raise self._failure
            try:
                return self._transact(work, is_durable=is_durable)
            except sqlite3.Error as error:
                if not (is_durable and _primary_code(error) == sqlite3.SQLITE_FULL and self._free_reserve()):
                    raise self._translate(error) from error
            try:
                return self._transact(work, is_durable=True)
            except sqlite3.Error as error:
                raise self._translate(error) from error

    def _transact(self, work: Callable[[sqlite3.Connection], _T], *, is_durable: bool) -> _T:
        connection = self._connection
        if not is_durable:
            connection.execute("PRAGMA synchronous = NORMAL")
        try:
            connection.execute("BEGIN IMMEDIATE")
            try:
                value = work(connection)
                connection.execute("COMMIT")
            except BaseException:
                # SQLite rolls back by itself after some errors (a full disk).
                if connection.in_transaction:
                    connection.execute("ROLLBACK")
                raise
        finally:
            if not is_durable:
                connection.execute("PRAGMA synchronous = FULL")
        return value

    def close(self) -> None:
        """Close the connection; no error if it is closed."""
        with self._lock:
            self._connection.close()

    def fill_reserve(self) -> None:
        """Set space aside for the journal, if that is not done yet and there is some."""
        try:
            if self._reserve is not None and not self._reserve.exists():
                descriptor = os.open(self._reserve, os.O_WRONLY | os.O_CREAT, 0o600)
                with os.fdopen(descriptor, "wb") as file:
                    file.write(b"\0" * RESERVE_BYTES)
        except OSError:
            self._free_reserve()

    def _free_reserve(self) -> bool:
        if self._reserve is None:
            return False
        try:
            self._reserve.unlink()
        except OSError:
            return False
        return True

    def _translate(self, error: sqlite3.Error) -> RunwayFlowError:
        failure = database_error(error)
        if isinstance(failure, StoreError) and _primary_code(error) == sqlite3.SQLITE_IOERR:
            self._failure = failure
        return failure


def check_sqlite(version: tuple[int, ...] = sqlite3.sqlite_version_info) -> None:
    """Raise `StoreError` if Python's SQLite is too old for the tables."""
    if version < MIN_SQLITE:
        found, needed = (".".join(map(str, numbers)) for numbers in (version, MIN_SQLITE))
        message = f"this Python has SQLite {found}; the store needs {needed} or newer"
        raise StoreError(message, hint="use a Python that is built with a newer SQLite")


def database_error(error: sqlite3.Error) -> RunwayFlowError:
    """Say in our words what SQLite refused."""
    code = _primary_code(error)
    if code == sqlite3.SQLITE_FULL:
        hint = "free some space and run the same command again; nothing is paid twice"
        return StoreError("the disk of the store is full", code=DISK_FULL, hint=hint)
    if code in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
        message = f"another process has held the store's database for {BUSY_S:g} s"
        return StoreError(message, code=STORE_BUSY, hint="end the process that hangs, or wait for it")
    if code in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB):
        message = f"the store's database is damaged ({error})"
        hint = (
            "the bytes of results are not touched; put state.db back from a copy. Without it, what was "
            "submitted and not collected is known only to Runway: look there before paying again"
        )
        return StoreError(message, code=STORE_UNUSABLE, hint=hint)
    if code is None or code in (sqlite3.SQLITE_CONSTRAINT, sqlite3.SQLITE_ERROR, sqlite3.SQLITE_MISUSE):
        return InternalError(f"the store's database was used wrongly: {error}")
    hint = "check the disk and the permissions of the store's folder, or choose another one with --store"
    return StoreError(f"the store's database cannot be used: {error}", code=STORE_UNUSABLE, hint=hint)


def clean_text(text: str) -> str:
    """Give a text that the database takes: what is no Unicode (lone surrogates) is escaped."""
    return text.encode("utf-8", "backslashreplace").decode("utf-8")


def _primary_code(error: sqlite3.Error) -> int | None:
    code: int | None = getattr(error, "sqlite_errorcode", None)
    return None if code is None else code & _PRIMARY


def _connect(name: str, *, uri: bool = False) -> sqlite3.Connection:
    try:
        return sqlite3.connect(name, timeout=BUSY_S, isolation_level=None, check_same_thread=False, uri=uri)
    except sqlite3.Error as error:
        raise database_error(error) from error


def _make_tables(connection: sqlite3.Connection) -> None:
    found = int(connection.execute("PRAGMA user_version").fetchone()[0])
    steps = [MIGRATIONS[version] for version in range(found, VERSION)] if found else [TABLES]
    for statement in (statement for step in steps for statement in step):
        connection.execute(statement)
    connection.execute(f"PRAGMA user_version = {VERSION}")
