"""The emulator's ledger: a JSON line for every POST received and for every task billed or refunded."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from runway_flow.kernel.errors import StoreError

if TYPE_CHECKING:
    from pathlib import Path
    from types import TracebackType
    from typing import Self, TextIO


def iso_time(wall: float) -> str:
    """Write seconds since 1970 as the API does: UTC, milliseconds, `Z`."""
    return datetime.fromtimestamp(wall, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def whole(amount: float) -> int | float:
    """Give an amount of credits as a JSON number: an integer where it is whole."""
    return int(amount) if amount == int(amount) else amount


class Ledger:
    """Appends lines to a file, each written at once and flushed; without a path it keeps nothing."""

    def __init__(self, path: Path | None) -> None:
        """Open the file for appending. Raises `StoreError` when that cannot be done."""
        self._file: TextIO | None = None
        if path is not None:
            try:
                path.parent.mkdir(parents=True, exist_ok=True)
                self._file = path.open("a", encoding="utf-8", newline="\n")
            except OSError as error:
                message = f"the emulator's ledger {path} cannot be written: {error.strerror}"
                raise StoreError(message, hint="name a file in a folder that you may write to") from error

    def write(self, event: str, wall: float, **facts: object) -> None:
        """Append one event; facts that are None are left out."""
        if self._file is None:
            return
        line = {"event": event, "at": iso_time(wall)}
        line |= {name: fact for name, fact in facts.items() if fact is not None}  # type: ignore[misc] # plain JSON
        self._file.write(json.dumps(line, ensure_ascii=False) + "\n")
        self._file.flush()

    def close(self) -> None:
        """Close the file."""
        if self._file is not None:
            self._file.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
