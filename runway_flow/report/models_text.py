"""The capability tables as people read them: all models, one endpoint, one model."""

from __future__ import annotations

from typing import TYPE_CHECKING

from runway_flow.report.amounts import counted
from runway_flow.report.price_text import price_text
from runway_flow.report.shape_text import shape_text
from runway_flow.report.table import Column, layout, render_row
from runway_flow.report.terminal import width_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from runway_flow.catalog.capability import Capability, Param
    from runway_flow.report.terminal import Terminal

_COLUMNS = (
    Column("model", 8),
    Column("endpoint", 8, 1),
    Column("gives", 0, 3),
    Column("seed", 0, 2),
    Column("price", 6, 4),
)
_LEAST = 40
_INDENT = 2
_ACCEPTS_LEAST = 12
_PARAMS = (Column("parameter", 6), Column("", 0, 1), Column("accepts", _ACCEPTS_LEAST, 2))


def render_models(rows: Iterable[Capability], terminal: Terminal, date: str) -> str:
    """Write a line for each row of the table."""
    cells = [tuple(map(terminal.line, _cells(row))) for row in rows]
    widths = layout(_COLUMNS, cells, terminal.width)
    heads = render_row(_COLUMNS, widths, [item.head for item in _COLUMNS], terminal)
    lines = [terminal.paint(heads, "dim")]
    lines += [render_row(_COLUMNS, widths, row, terminal) for row in cells]
    number = counted(len(cells), "row")
    end = f"{number}, table of {date}; `runway-flow models MODEL` shows one with its limits."
    return "\n".join([*lines, "", end]) + "\n"


def _cells(row: Capability) -> tuple[str, ...]:
    price = "free" if row.is_local else price_text(row.price)
    seed = "yes" if row.takes_seed else "no"
    variant = row.variant if row.variant != "*" else "–"
    return (row.model or variant, row.endpoint, row.output.kind.value, seed, price)


def render_model(rows: Iterable[Capability], terminal: Terminal) -> str:
    """Write everything about each row: parameters, what they accept, price."""
    return "\n".join("\n".join(_model_lines(row, terminal)) + "\n" for row in rows)


def _model_lines(row: Capability, terminal: Terminal) -> Iterator[str]:
    price = "free" if row.is_local else price_text(row.price)
    seed = "" if row.is_local else "; takes a seed" if row.takes_seed else "; takes no seed"
    yield terminal.paint(terminal.line(f"{row.uses} gives {row.output.kind.value}, {price}{seed}"), "bold")
    cells = [
        tuple(map(terminal.line, (param.name, "required" if param.required else "", _accepts(param))))
        for param in row.params
        if param.name != "model"
    ]
    widths = layout(_PARAMS, cells, max(terminal.width, _LEAST) - _INDENT)
    room = max(widths[2], _ACCEPTS_LEAST)
    for name, required, accepts in cells:
        first, *rest = wrapped(accepts, room)
        yield " " * _INDENT + render_row(_PARAMS, widths, (name, required, first), terminal)
        for line in rest:
            yield " " * _INDENT + render_row(_PARAMS, widths, ("", "", line), terminal)


def wrapped(text: str, width: int) -> list[str]:
    """Break a text between words into lines of at most `width` columns; longer words are cut when shown."""
    lines = [""]
    for word in text.split(" "):
        joined = f"{lines[-1]} {word}" if lines[-1] else word
        if width_of(joined) <= width or not lines[-1]:
            lines[-1] = joined
        else:
            lines.append(word)
    return lines


def _accepts(param: Param) -> str:
    text = shape_text(param.shape)
    return f"{text}; default {param.default}" if param.default is not None else text
