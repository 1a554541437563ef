"""The capability tables as people read them: all models, one endpoint, one model with all one needs."""

from __future__ import annotations

import re
from itertools import groupby
from typing import TYPE_CHECKING

from runway_flow.catalog.descriptions import load_descriptions
from runway_flow.catalog.shorthands import texts_of
from runway_flow.report.amounts import counted
from runway_flow.report.model_sheet import make_sheet, row_name
from runway_flow.report.price_text import short_price
from runway_flow.report.shape_text import shape_text
from runway_flow.report.table import Column, layout, render_row
from runway_flow.report.terminal import head_of, pad, width_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from runway_flow.catalog.capability import Capability
    from runway_flow.catalog.catalog import Catalog
    from runway_flow.report.model_sheet import Entry, Sheet
    from runway_flow.report.terminal import Terminal

_COLUMNS = (
    Column("model", 8),
    Column("seconds", 0, 3),
    Column("sizes", 0, 4),
    Column("seed", 0, 2),
    Column("credits", 16, 1),
)
_SIZE = re.compile(r"[0-9]+[pk]", re.IGNORECASE)
_INDENT = "  "
_LEAST = 24
"""So many columns a text needs beside names; where there are fewer, it goes below them."""
_GAP = 2


def render_models(catalog: Catalog, rows: Sequence[Capability], terminal: Terminal) -> str:
    """Write a line for each row of the table, under the name and the purpose of its endpoint."""
    cells = [tuple(map(terminal.line, _cells(row))) for row in rows]
    widths = layout(_COLUMNS, cells, terminal.width)
    heads = render_row(_COLUMNS, widths, [item.head for item in _COLUMNS], terminal)
    lines = [terminal.paint(heads, "dim")]
    for _, group in groupby(zip(rows, cells, strict=True), key=lambda item: _group_of(item[0])):
        members = list(group)
        lines += ["", *_heading(members[0][0], terminal)]
        lines += [render_row(_COLUMNS, widths, shown, terminal) for _, shown in members]
    number = counted(len(cells), "row")
    sources = dict.fromkeys(row.source for row in rows if row.source)
    notes = (
        *(f"*: from your own table, {source}." for source in sources),
        "seconds and credits: `?` nobody states it; `+` formats, references or calls cost more.",
        f"{number}, table of {catalog.date}. `runway-flow models MODEL` shows all that a step needs.",
    )
    lines += ["", *(line for note in notes for line in _paragraph(note, terminal))]
    return "\n".join(lines) + "\n"


def _group_of(row: Capability) -> str:
    return "own operations" if row.is_local else row.endpoint.partition("/")[0]


def _heading(row: Capability, terminal: Terminal) -> Iterator[str]:
    name = _group_of(row)
    about = (
        "Done on this machine, for nothing." if row.is_local else load_descriptions().endpoints.get(name, "")
    )
    first, *rest = wrapped(terminal.line(f"{name}: {about}"), terminal.width)
    yield terminal.paint(name, "bold") + terminal.paint(first.removeprefix(name), "dim")
    yield from (terminal.paint(line, "dim") for line in rest)


def _cells(row: Capability) -> tuple[str, ...]:
    seed = "" if row.is_local else "yes" if row.takes_seed else "no"
    return (row_name(row) + ("*" if row.source else ""), _seconds(row), _sizes(row), seed, short_price(row))


def _seconds(row: Capability) -> str:
    """Give the lengths that can be asked for: `2–10`, `4 6 8`."""
    duration = row.find("duration")
    if duration is None:
        return ""
    shapes = duration.shape.variants or (duration.shape,)
    shown = []
    for shape in shapes:
        if shape.values is None and shape.minimum is not None and shape.maximum is not None:
            shown.append(f"{shape.minimum:g}–{shape.maximum:g}")
        elif shape.values is not None:
            shown.append(shape_text(shape).replace(",", ""))
        else:
            shown.append("?")
    return " ".join(shown)


def _sizes(row: Capability) -> str:
    """Give the least and the largest size that can be asked for, by their names: `480p–4K`."""
    resolution = row.find("resolution")
    named = [] if resolution is None else texts_of(resolution.shape)
    named = [*named, *(tier for param in row.params for tier in param.tiers.values())]
    found = {name.upper().replace("P", "p") for name in named if _SIZE.fullmatch(name)}
    sizes = sorted(found, key=lambda name: (name[-1] == "K", int(name[:-1])))
    return "–".join(dict.fromkeys([sizes[0], sizes[-1]])) if sizes else ""


def render_model(catalog: Catalog, rows: Iterable[Capability], terminal: Terminal) -> str:
    """Write everything about each row: parameters, ratios, rules, files, price, a step to paste."""
    sheets = ["\n".join(_sheet_lines(make_sheet(catalog, row), terminal)) + "\n" for row in rows]
    return "\n".join([*sheets, terminal.paint(f"Table of {catalog.date}.", "dim") + "\n"])


def _sheet_lines(sheet: Sheet, terminal: Terminal) -> Iterator[str]:
    yield terminal.paint(terminal.line(sheet.title), "bold")
    yield from _paragraph(f"{sheet.about} {sheet.gives}".strip(), terminal)
    yield from _paragraph(sheet.notice, terminal, "yellow")
    if sheet.entries:
        yield from _section("Parameters (* required)", terminal)
        yield from _entry_lines(sheet.entries, terminal)
    for ratio in sheet.ratios:
        yield from _section(f"Values of {ratio.name}, and short names that mean them", terminal)
        yield from _grid([(value, short or "") for value, short in ratio.values.items()], terminal)
        yield from _paragraph(ratio.note, terminal, "dim", _INDENT)
    for title, texts in (("Rules", sheet.rules), ("Files", sheet.files)):
        if texts:
            yield from _section(title, terminal)
            for text in texts:
                yield from _paragraph(text, terminal, indent=_INDENT)
    if sheet.unstated:
        yield from _section("Limits that nobody states: the API decides", terminal)
        yield from _paragraph(", ".join(sheet.unstated), terminal, indent=_INDENT)
    yield from _section("Price", terminal)
    for text in (*sheet.price, sheet.price_example):
        yield from _paragraph(text, terminal, indent=_INDENT)
    yield from _section("Step to paste below `steps:`", terminal)
    yield from map(terminal.glyphs, sheet.step.rstrip("\n").split("\n"))


def _section(title: str, terminal: Terminal) -> Iterator[str]:
    yield ""
    yield from _paragraph(title, terminal, "bold")


def _paragraph(text: str, terminal: Terminal, style: str = "", indent: str = "") -> Iterator[str]:
    """Write a text over as many lines as it takes."""
    if text:
        for line in wrapped(terminal.line(text), terminal.width - len(indent)):
            yield indent + (terminal.paint(line, style) if style else line)


def _entry_lines(entries: Iterable[Entry], terminal: Terminal) -> Iterator[str]:
    named = [(terminal.line(_name(entry)), entry) for entry in entries]
    left = max(width_of(name) for name, _ in named) + _GAP
    room = terminal.width - left - len(_INDENT)
    if room < _LEAST:
        left, room = len(_INDENT), terminal.width - 2 * len(_INDENT)
    for name, entry in named:
        accepts = wrapped(terminal.line(entry.accepts), room)
        if width_of(name) < left:
            yield f"{_INDENT}{pad(name, left)}{accepts.pop(0)}"
        else:
            yield f"{_INDENT}{name}"
        space = _INDENT + " " * left
        yield from (f"{space}{line}" for line in accepts)
        for line in wrapped(terminal.line(entry.meaning), room) if entry.meaning else ():
            yield space + terminal.paint(line, "dim")


def _name(entry: Entry) -> str:
    return f"{_INDENT * entry.depth}{entry.name}{' *' if entry.is_required else ''}"


def _grid(pairs: Sequence[tuple[str, str]], terminal: Terminal) -> Iterator[str]:
    """Write pairs side by side, in as many columns as fit."""
    left = max(width_of(value) for value, _ in pairs) + 1
    right = max(width_of(name) for _, name in pairs)
    cells = [pad(value, left) + pad(name, right) for value, name in pairs]
    number = max((terminal.width - len(_INDENT) + 2 * _GAP) // (left + right + 2 * _GAP), 1)
    for at in range(0, len(cells), number):
        yield (_INDENT + (" " * 2 * _GAP).join(cells[at : at + number])).rstrip()


def wrapped(text: str, width: int) -> list[str]:
    """Break a text between words into lines of at most `width` columns; longer words are broken too."""
    lines = [""]
    for word in text.split(" "):
        joined = f"{lines[-1]} {word}" if lines[-1] else word
        if width_of(joined) <= width:
            lines[-1] = joined
            continue
        rest, lines = word, lines if lines[-1] else lines[:-1]
        while width_of(rest) > width > 0:
            head = head_of(rest, width)
            lines.append(head)
            rest = rest[len(head) :]
        lines.append(rest)
    return lines
