"""The capability tables as people read them: all models, one endpoint, one model."""

from __future__ import annotations

from typing import TYPE_CHECKING

from runway_flow.report.price_text import price_text
from runway_flow.report.shape_text import shape_text
from runway_flow.report.table import Column, layout, render_row
from runway_flow.report.terminal import clean

if TYPE_CHECKING:
    from collections.abc import Iterable

    from runway_flow.catalog.capability import Capability, Param
    from runway_flow.report.terminal import Terminal

_COLUMNS = (
    Column("model", 8),
    Column("endpoint", 8, 1),
    Column("gives", 0, 3),
    Column("seed", 0, 2),
    Column("price", 6, 4),
)
_PARAMS = (Column("parameter", 6), Column("", 0), Column("accepts", 12, 1))


def render_models(rows: Iterable[Capability], terminal: Terminal, date: str) -> str:
    """Write a line for each row of the table."""
    cells = [
        (
            row.model or row.variant,
            row.endpoint,
            row.output.kind.value,
            "yes" if row.takes_seed else "no",
            price_text(row.price),
        )
        for row in rows
    ]
    widths = layout(_COLUMNS, cells, terminal.width)
    lines = [terminal.paint(render_row(_COLUMNS, widths, [item.head for item in _COLUMNS]), "dim")]
    lines += [render_row(_COLUMNS, widths, row) for row in cells]
    lines.append(
        f"\n{len(cells)} rows, table of {date}; `runway-flow models MODEL` shows one with its limits."
    )
    return terminal.glyphs("\n".join(lines) + "\n")


def render_model(rows: Iterable[Capability], terminal: Terminal) -> str:
    """Write everything about each row: parameters, what they accept, price."""
    parts = []
    for row in rows:
        head = f"{row.uses} gives {row.output.kind.value}, {price_text(row.price)}"
        seed = "takes a seed" if row.takes_seed else "takes no seed"
        cells = [
            (param.name, "required" if param.required else "", clean(_accepts(param)))
            for param in row.params
            if param.name != "model"
        ]
        widths = layout(_PARAMS, cells, max(terminal.width, 40))
        lines = [terminal.paint(f"{head}; {seed}", "bold")]
        lines += [f"  {render_row(_PARAMS, widths, cell)}" for cell in cells]
        parts.append("\n".join(lines))
    return terminal.glyphs("\n\n".join(parts) + "\n")


def _accepts(param: Param) -> str:
    text = shape_text(param.shape)
    return f"{text}; default {param.default}" if param.default is not None else text
