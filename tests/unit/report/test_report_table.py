from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from runway_flow.report.table import Column, layout, render_row
from runway_flow.report.terminal import Terminal, width_of

COLUMNS = (Column("step", 6), Column("runs", 10, 2), Column("what", 8, 3), Column("cr", 0, 0, is_right=True))
ROWS = [("clip[wide]", "gen4.5 image_to_video", "1280:720 · 5 s", "60"), ("v", "m", "w", "1")]
PLAIN = Terminal()


def test_room_for_all() -> None:
    """With room for everything, each column is as wide as its widest cell."""
    assert layout(COLUMNS, ROWS, 200) == [10, 21, 14, 2]


def test_head_counts() -> None:
    """A column is at least as wide as its head."""
    assert layout([Column("a long head")], [("x",)], 50) == [11]
    assert layout([Column("head")], [], 50) == [4]


def test_shrinking_comes_before_leaving() -> None:
    """As long as shrinking is enough, no column goes."""
    widths = layout(COLUMNS, ROWS, 45)
    assert all(widths)
    assert sum(widths) + 6 == 45


def test_least_important_goes_first() -> None:
    """Where shrinking is not enough, the column that leaves soonest goes; the rest grows into its place."""
    assert layout(COLUMNS, ROWS, 35) == [10, 19, 0, 2]


def test_columns_that_stay_shrink_last() -> None:
    """When nothing else is left, columns that stay shrink to their least; those without one stay whole."""
    assert layout(COLUMNS, ROWS, 12) == [8, 0, 0, 2]
    assert layout(COLUMNS, ROWS, 5) == [6, 0, 0, 2]


def test_whole_or_not_at_all() -> None:
    """A column without a least width is never cut."""
    columns = (Column("step", 4), Column("seed", 0, 1))
    rows = [("clip", "required")]
    assert layout(columns, rows, 14) == [4, 8]
    assert layout(columns, rows, 13) == [4, 0]


@given(st.lists(st.tuples(*[st.text("ab灯…", max_size=30)] * 4), max_size=5), st.integers(14, 120))
def test_rows_fit(rows: list[tuple[str, str, str, str]], width: int) -> None:
    """A row never takes more than its columns, and what stays is never squeezed away."""
    last = max((width_of(row[3]) for row in rows), default=0)
    widths = layout(COLUMNS, rows, width + last)
    assert widths[0] >= 4
    assert widths[3] >= 2
    for row in rows:
        assert width_of(render_row(COLUMNS, widths, row, PLAIN)) <= width + last


def test_row_is_padded_cut_and_stripped() -> None:
    """Cells are padded to their side, cut with an ellipsis, and nothing trails."""
    columns = (Column("a", 2), Column("b", 0, 0, is_right=True), Column("c", 1, 1))
    assert render_row(columns, [4, 3, 0], ("abcdef", "7", "gone"), PLAIN) == "abc…    7"
    assert render_row(columns, [4, 3, 5], ("a", "7", ""), PLAIN) == "a       7"
