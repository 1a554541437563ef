"""Where paid bytes and records live: SQLite state and content-addressed blobs."""
