"""Tables that fit: columns shrink, then go, the least important first; what must stay stays."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

from runway_flow.report.terminal import pad, width_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from runway_flow.report.terminal import Terminal

GAP = "  "
"""What stands between two columns."""

_GAP = len(GAP)


class Column(Struct, frozen=True):
    """A column. `least`: the width below which it is not worth showing; 0: whole or not at all.

    `leaves`: how soon it goes where shrinking the widest is not enough, the highest first. Columns with 0
    never go; those of them with a `least` shrink when nothing else is left to give.
    """

    head: str
    least: int = 0
    leaves: int = 0
    is_right: bool = False


def layout(columns: Sequence[Column], rows: Iterable[Sequence[str]], width: int) -> list[int]:
    """Give the width of each column, 0 for one that is left out, so that a row takes at most `width`."""
    natural = [width_of(column.head) for column in columns]
    for row in rows:
        natural = [max(wide, width_of(cell)) for wide, cell in zip(natural, row, strict=True)]
    widths = list(natural)
    _shrink(widths, columns, width)
    for at in sorted(range(len(columns)), key=lambda at: -columns[at].leaves):
        if columns[at].leaves and _total(widths) > width:
            widths[at] = 0
    _grow(widths, natural, columns, width)
    _squeeze(widths, columns, width)
    return widths


def render_row(
    columns: Sequence[Column], widths: Sequence[int], cells: Sequence[str], terminal: Terminal
) -> str:
    """Write one row; cells that do not fit end in an ellipsis."""
    shown = [
        pad(terminal.shorten(cell, width), width, right=column.is_right)
        for column, width, cell in zip(columns, widths, cells, strict=True)
        if width
    ]
    return GAP.join(shown).rstrip()


def _shrink(widths: list[int], columns: Sequence[Column], width: int) -> None:
    """Take what is too much from whichever column is the widest, its importance counted in."""
    for _ in range(_total(widths) - width):
        able = [at for at, column in enumerate(columns) if column.leaves and 0 < column.least < widths[at]]
        if not able:
            return
        widths[max(able, key=lambda at: widths[at] * (2 + columns[at].leaves))] -= 1


def _grow(widths: list[int], natural: Sequence[int], columns: Sequence[Column], width: int) -> None:
    """Give room that is left over back, to the most important column first."""
    for at in sorted(range(len(columns)), key=lambda at: columns[at].leaves):
        room = width - _total(widths) - (0 if widths[at] else _GAP)
        least = columns[at].least or natural[at]
        if widths[at] < natural[at] and widths[at] + room >= min(least, natural[at]):
            widths[at] = min(natural[at], widths[at] + room)


def _squeeze(widths: list[int], columns: Sequence[Column], width: int) -> None:
    """Take what is still too much from the columns that stay, the widest first."""
    staying = [at for at, column in enumerate(columns) if not column.leaves and column.least]
    for at in sorted(staying, key=lambda at: -widths[at]):
        over = max(_total(widths) - width, 0)
        widths[at] = max(widths[at] - over, min(columns[at].least, widths[at]))


def _total(widths: Sequence[int]) -> int:
    kept = [width for width in widths if width]
    return sum(kept) + _GAP * max(len(kept) - 1, 0)
