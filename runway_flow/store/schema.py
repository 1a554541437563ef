"""The tables of the database, and the number that tells versions of them apart."""

from __future__ import annotations

VERSION = 3
"""`PRAGMA user_version`. It rises with each change of the tables; a newer one than ours is refused."""

# By realm, so that a rehearsal takes nothing from the results that were paid for; '' is this machine.
INSTANCE_USE = (
    """
    CREATE TABLE instance_use (
      flow TEXT NOT NULL,
      step TEXT NOT NULL,
      realm TEXT NOT NULL,
      result INTEGER NOT NULL REFERENCES result (id),
      PRIMARY KEY (flow, step, realm)
    ) STRICT, WITHOUT ROWID
    """,
    "CREATE INDEX instance_use_by_result ON instance_use (result)",
)

TABLES: tuple[str, ...] = (
    # A result is never replaced, also when an action was forced and paid again: the latest row counts.
    """
    CREATE TABLE result (
      id INTEGER PRIMARY KEY,
      key TEXT NOT NULL,
      document TEXT NOT NULL,
      outputs TEXT NOT NULL,
      created_at REAL NOT NULL,
      task TEXT,
      credits TEXT NOT NULL,
      tool TEXT
    ) STRICT
    """,
    "CREATE INDEX result_by_key ON result (key)",
    *INSTANCE_USE,
    """
    CREATE TABLE attempt (
      id INTEGER PRIMARY KEY,
      attempt_id TEXT NOT NULL UNIQUE,
      key TEXT NOT NULL,
      run_id TEXT NOT NULL,
      flow TEXT NOT NULL,
      step TEXT NOT NULL,
      endpoint TEXT NOT NULL,
      model TEXT,
      number INTEGER NOT NULL,
      low TEXT NOT NULL,
      high TEXT NOT NULL,
      is_price_known INTEGER NOT NULL,
      intended_at REAL NOT NULL,
      document TEXT NOT NULL,
      state TEXT NOT NULL,
      task TEXT,
      submitted_at REAL,
      ended_at REAL,
      reserved TEXT NOT NULL,
      cost TEXT,
      failure TEXT,
      failure_code TEXT,
      estimated TEXT,
      table_date TEXT
    ) STRICT
    """,
    "CREATE INDEX attempt_by_key ON attempt (key)",
    "CREATE INDEX attempt_by_run ON attempt (run_id)",
    "CREATE INDEX attempt_open ON attempt (id) WHERE state IN ('intended', 'submitted')",
    # What counts against each limit: the sum over attempts, kept beside them so that a reservation
    # needs no sum over thousands, as exact decimal text.
    """
    CREATE TABLE ledger (
      scope TEXT PRIMARY KEY,
      charged TEXT NOT NULL
    ) STRICT, WITHOUT ROWID
    """,
    """
    CREATE TABLE lease (
      key TEXT PRIMARY KEY,
      pid INTEGER NOT NULL,
      started TEXT NOT NULL,
      token TEXT NOT NULL,
      heartbeat REAL NOT NULL
    ) STRICT, WITHOUT ROWID
    """,
    "CREATE INDEX lease_by_token ON lease (token)",
    """
    CREATE TABLE run (
      id INTEGER PRIMARY KEY,
      run_id TEXT NOT NULL UNIQUE,
      identity TEXT NOT NULL,
      flow TEXT NOT NULL,
      path TEXT NOT NULL,
      realm TEXT NOT NULL,
      started_at REAL NOT NULL,
      ended_at REAL,
      status TEXT,
      is_finished INTEGER NOT NULL DEFAULT 0
    ) STRICT
    """,
    "CREATE INDEX run_unfinished ON run (identity, realm) WHERE is_finished = 0",
    """
    CREATE TABLE upload (
      digest TEXT NOT NULL,
      realm TEXT NOT NULL,
      uri TEXT NOT NULL,
      expires_at REAL NOT NULL,
      PRIMARY KEY (digest, realm)
    ) STRICT, WITHOUT ROWID
    """,
    # A path is bytes: not every file name is text. The identity is text: a Windows file id has more
    # than SQLite's 63 bits.
    """
    CREATE TABLE file (
      path BLOB PRIMARY KEY,
      identity TEXT NOT NULL,
      digest TEXT NOT NULL,
      facts TEXT NOT NULL
    ) STRICT, WITHOUT ROWID
    """,
)

MIGRATIONS: dict[int, tuple[str, ...]] = {
    # What the service estimated was kept only as the reservation, and not which table ours came from.
    1: (
        "ALTER TABLE attempt ADD COLUMN estimated TEXT",
        "ALTER TABLE attempt ADD COLUMN table_date TEXT",
    ),
    # An emulated run took the place of a paid one.
    2: (
        "DROP INDEX instance_use_by_result",
        "ALTER TABLE instance_use RENAME TO earlier_use",
        *INSTANCE_USE,
        """
        INSERT INTO instance_use
        SELECT flow, step,
          iif(json_valid(document), coalesce(json_extract(document, '$.realm'), ''), ''), result
        FROM earlier_use JOIN result ON result.id = result
        """,
        "DROP TABLE earlier_use",
    ),
}
"""Version → what makes the next one of it; columns are added behind the others."""
