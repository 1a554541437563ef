"""Tables that fit: columns shrink, then go, the least important first; the first two always stay."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from runway_flow.report.terminal import pad, shorten, width_of

if TYPE_CHECKING:
    from collections.abc import Sequence

_GAP = 2


@dataclass(frozen=True, slots=True)
class Column:
    """A column: its head, the least width that it is still worth, and how soon it goes (0: never)."""

    head: str
    least: int = 0
    leaves: int = 0
    is_right: bool = False


def layout(columns: Sequence[Column], rows: Sequence[Sequence[str]], width: int) -> list[int]:
    """Give the width of each column, 0 for one that is left out, so that a row takes at most `width`."""
    widths = [
        max(width_of(column.head), *(width_of(row[at]) for row in rows), 0) if rows else width_of(column.head)
        for at, column in enumerate(columns)
    ]
    for at in sorted(range(len(columns)), key=lambda item: -columns[item].leaves):
        over = _total(widths) - width
        if over <= 0 or columns[at].leaves == 0:
            break
        shrunk = widths[at] - over
        if shrunk < columns[at].least:
            # Leaving it out may give more room than is needed: what is left of it still helps.
            shrunk = columns[at].least if _total(widths) - widths[at] + columns[at].least <= width else 0
        widths[at] = max(shrunk, 0)
    over = _total(widths) - width
    if over > 0:
        fixed = max(
            (at for at, column in enumerate(columns) if column.leaves == 0), key=lambda at: widths[at]
        )
        widths[fixed] = max(widths[fixed] - over, 1)
    return widths


def render_row(columns: Sequence[Column], widths: Sequence[int], cells: Sequence[str]) -> str:
    """Write one row; cells that do not fit end in `…`."""
    shown = [
        pad(shorten(cell, width), width, right=column.is_right)
        for column, width, cell in zip(columns, widths, cells, strict=True)
        if width
    ]
    return (" " * _GAP).join(shown).rstrip()


def _total(widths: Sequence[int]) -> int:
    kept = [width for width in widths if width]
    return sum(kept) + _GAP * max(len(kept) - 1, 0)
