"""The emulator's memory: tasks, uploads and counters in SQLite, so that they outlive a kill."""

from __future__ import annotations

import json
import secrets
import sqlite3
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec.structs import replace

from runway_flow.emulator.contents import ContentFolder
from runway_flow.emulator.options import DAY_S
from runway_flow.emulator.remote_clock import Anchor
from runway_flow.emulator.rows import content_of, content_row, task_of, task_row, upload_of
from runway_flow.kernel.errors import StoreError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from runway_flow.emulator.records import Content, TaskRecord, Upload
    from runway_flow.emulator.tasks import Life
    from runway_flow.kernel.digests import Digest

KEEP_S = 30 * DAY_S
"""How long tasks, uploads and their bytes are kept, in real seconds; checked when the state is opened."""

_SCHEMA = """
CREATE TABLE IF NOT EXISTS facts (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS tasks (
  number INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, endpoint TEXT NOT NULL, variant TEXT NOT NULL,
  pool TEXT NOT NULL, request TEXT NOT NULL, digest TEXT NOT NULL, estimate REAL NOT NULL,
  cost INTEGER NOT NULL, created_at REAL NOT NULL, created REAL NOT NULL, start REAL NOT NULL,
  seconds REAL NOT NULL, ending TEXT NOT NULL, failure_code TEXT, is_settled INTEGER NOT NULL,
  is_gone INTEGER NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS uploads (
  id TEXT PRIMARY KEY, filename TEXT NOT NULL, expires_at REAL NOT NULL, digest TEXT) STRICT;
CREATE TABLE IF NOT EXISTS contents (digest TEXT PRIMARY KEY, facts TEXT) STRICT;
"""
_TASK_COLUMNS = (
    "id, endpoint, variant, pool, request, digest, estimate, cost, created_at, created, start, seconds,"
    " ending, failure_code, is_settled, is_gone"
)
_INSERT_TASK = f"INSERT INTO tasks ({_TASK_COLUMNS}) VALUES ({', '.join('?' * 16)})"  # noqa: S608 - our own names
_SELECT_TASKS = f"SELECT {_TASK_COLUMNS} FROM tasks"  # noqa: S608 - our own names


class State:
    """Records of one emulated account; every change is one transaction."""

    def __init__(self, path: Path | None, now: float) -> None:
        """Open or make the file and forget what is old. Raises `StoreError` when it cannot be used."""
        self._folder = tempfile.TemporaryDirectory(prefix="runway-flow-emulator-") if path is None else None
        try:
            if path is not None:
                path.parent.mkdir(parents=True, exist_ok=True)
            root = Path(self._folder.name) if self._folder else None
            self.contents = ContentFolder(root or _contents_folder(path))
            self._base = sqlite3.connect(
                path or ":memory:", timeout=10, isolation_level=None, check_same_thread=False
            )
            until_free(lambda: self._prepare(now))
        except (OSError, sqlite3.Error) as error:
            self.close()
            message = f"the emulator's state {path} cannot be used: {error}"
            raise StoreError(message, hint="move the file away, or name another one") from error
        self.secret = bytes.fromhex(self._fact("secret") or "")
        self._tasks = {record.id: record for record in map(task_of, self._base.execute(_SELECT_TASKS))}

    def _prepare(self, now: float) -> None:
        self._base.executescript("PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;" + _SCHEMA)
        self._base.execute(
            "INSERT INTO facts VALUES ('secret', ?) ON CONFLICT DO NOTHING", (secrets.token_hex(32),)
        )
        self._base.execute("DELETE FROM tasks WHERE created_at < ?", (now - KEEP_S,))
        self._base.execute("DELETE FROM uploads WHERE expires_at < ?", (now - KEEP_S,))
        self.contents.prune(now - KEEP_S)

    @contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        self._base.execute("BEGIN IMMEDIATE")
        try:
            yield self._base
        except BaseException:
            self._base.execute("ROLLBACK")
            raise
        self._base.execute("COMMIT")

    def _fact(self, name: str) -> str | None:
        found = self._base.execute("SELECT value FROM facts WHERE name = ?", (name,)).fetchone()
        return str(found[0]) if found else None

    def anchor(self) -> Anchor | None:
        """Give what remote time was when the state was last opened, and how fast it has passed since."""
        text = self._fact("anchor")
        return Anchor(*json.loads(text)) if text else None

    def set_anchor(self, anchor: Anchor) -> None:
        """Remember how remote time passes from now on."""
        text = json.dumps([anchor.wall, anchor.remote, anchor.speed])
        self._base.execute("INSERT OR REPLACE INTO facts VALUES ('anchor', ?)", (text,))

    def tasks(self) -> tuple[TaskRecord, ...]:
        """Give all tasks in the order they were created, those that are gone included."""
        return tuple(self._tasks.values())

    def add_task(self, record: TaskRecord) -> None:
        """Keep a new task."""
        self._base.execute(_INSERT_TASK, task_row(record))
        self._tasks[record.id] = record

    def find_task(self, id_: str) -> TaskRecord | None:
        """Give a task, also one that another process created; None if there is none or it is gone."""
        record = self._tasks.get(id_)
        if record is None:
            row = self._base.execute(f"{_SELECT_TASKS} WHERE id = ?", (id_,)).fetchone()
            if row is None:
                return None
            record = self._tasks[id_] = task_of(row)
        return None if record.is_gone else record

    def settle(self, record: TaskRecord) -> None:
        """Note that a task's end was seen."""
        self._base.execute("UPDATE tasks SET is_settled = 1 WHERE id = ?", (record.id,))
        self._tasks[record.id] = replace(record, is_settled=True)

    def remove(self, record: TaskRecord, moved: Mapping[str, Life]) -> None:
        """Make a task unfetchable, keep what it charged, and move up the tasks that waited behind it."""
        with self._transaction() as base:
            base.execute(
                "UPDATE tasks SET is_gone = 1, is_settled = 1, cost = ? WHERE id = ?",
                (record.cost, record.id),
            )
            base.executemany(
                "UPDATE tasks SET start = ? WHERE id = ?", [(life.start, id_) for id_, life in moved.items()]
            )
        self._tasks[record.id] = replace(record, is_gone=True, is_settled=True)
        for id_, life in moved.items():
            self._tasks[id_] = replace(self._tasks[id_], life=life)

    def add_upload(self, upload: Upload) -> None:
        """Keep an announced upload."""
        self._base.execute(
            "INSERT INTO uploads VALUES (?, ?, ?, ?)",
            (upload.id, upload.filename, upload.expires_at, upload.digest),
        )

    def find_upload(self, id_: str) -> Upload | None:
        """Give an upload, or None."""
        row = self._base.execute("SELECT * FROM uploads WHERE id = ?", (id_,)).fetchone()
        return upload_of(row) if row else None

    def fill_upload(self, id_: str, content: Content) -> None:
        """Note what an upload's bytes are."""
        with self._transaction() as base:
            base.execute("INSERT OR REPLACE INTO contents VALUES (?, ?)", content_row(content))
            base.execute("UPDATE uploads SET digest = ? WHERE id = ?", (content.digest, id_))

    def add_content(self, content: Content) -> None:
        """Note what some bytes are."""
        self._base.execute("INSERT OR REPLACE INTO contents VALUES (?, ?)", content_row(content))

    def find_content(self, digest: Digest) -> Content | None:
        """Give what is known of some bytes, or None."""
        row = self._base.execute("SELECT * FROM contents WHERE digest = ?", (digest,)).fetchone()
        return content_of(row) if row else None

    def close(self) -> None:
        """Close the file; what was kept in memory is gone."""
        base: sqlite3.Connection | None = getattr(self, "_base", None)
        if base is not None:
            base.close()
        if self._folder is not None:
            self._folder.cleanup()


_WAITS_S = (0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0)
_BUSY = (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)


def until_free(work: Callable[[], None], pause: Callable[[float], None] = time.sleep) -> None:
    """Do what other processes may be doing to the same file, again until it goes through.

    Of several processes that make one WAL database at once some get «database is locked» in spite of any
    timeout (measured with SQLite 3.40: in 2 of 60 tries with four). Raises the last `sqlite3.Error`.
    """
    for wait in _WAITS_S:
        try:
            work()
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF not in _BUSY:  # the low byte is the primary code
                raise
        else:
            return
        pause(wait)
    work()


def _contents_folder(path: Path | None) -> Path:
    return (path or Path()).with_suffix(".contents")
