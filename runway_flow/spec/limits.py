"""How large and how deep a document may be, so that no file can make us slow or crash us."""

from __future__ import annotations

MAX_TEXT_BYTES = 4 * 1024 * 1024
"""The largest file, in bytes of UTF-8 (FLOW.md, «YAML»)."""

MAX_DEPTH = 50
"""How deep lists and mappings may be nested, aliases expanded (FLOW.md, «YAML»).

Everything that walks a document may recurse: this bounds it.
"""

MAX_NODES = 200_000
"""How many values a document may have, aliases expanded; keys do not count (FLOW.md, «YAML»)."""

MAX_FINDINGS = 500
"""How many mistakes a file is read for: past it something else is wrong with it than its mistakes."""
