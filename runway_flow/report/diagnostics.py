"""Findings as people read them: message, place, source line with a caret, notes, help."""

from __future__ import annotations

from typing import TYPE_CHECKING

from runway_flow.report.terminal import clean, shorten, width_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from runway_flow.kernel.diagnostics import Diagnostic, Span
    from runway_flow.kernel.errors import RunwayFlowError
    from runway_flow.report.terminal import Terminal

_MIN_FRAME = 30


def render_diagnostics(
    diagnostics: Iterable[Diagnostic], sources: Mapping[str, str], terminal: Terminal
) -> str:
    """Write findings one after the other; `sources` maps paths to the text that spans count in."""
    return "\n".join(_render(item, sources, terminal) for item in diagnostics)


def render_error(error: RunwayFlowError, terminal: Terminal) -> str:
    """Write a failure that has no place in a file."""
    head = terminal.paint(f"error[{error.code}]", "red", "bold")
    lines = [f"{head}: {clean(error.message)}"]
    lines += [f"  = note: {clean(note)}" for note in error.notes]
    if error.hint:
        lines.append(f"  = help: {clean(error.hint)}")
    return terminal.glyphs("\n".join(lines) + "\n")


def _render(item: Diagnostic, sources: Mapping[str, str], terminal: Terminal) -> str:
    colour = "red" if item.is_error else "yellow"
    head = terminal.paint(f"{item.severity.value}[{item.code}]", colour, "bold")
    subject = f"{item.step}: " if item.step and item.span is None else ""
    lines = [f"{head}: {clean(subject + item.message)}"]
    margin = 2
    if item.span is not None:
        margin = len(str(item.span.line)) + 1
        lines += _frame(item.span, item.label, sources.get(item.span.path), terminal, margin)
    gutter = " " * margin
    lines += [f"{gutter}= note: {clean(note)}" for note in item.notes]
    if item.hint:
        lines.append(f"{gutter}= help: {clean(item.hint)}")
    return terminal.glyphs("\n".join(lines) + "\n")


def _frame(span: Span, label: str | None, text: str | None, terminal: Terminal, margin: int) -> Iterator[str]:
    bar = terminal.paint("|", "blue")
    yield f"{' ' * (margin - 1)}{terminal.paint('-->', 'blue')} {clean(span.path)}:{span.line}:{span.column}"
    line = _line(text, span.line)
    if line is None:
        return
    end = span.end_column if span.end_line == span.line else len(line) + 1
    before, marked = line[: span.column - 1], line[span.column - 1 : max(end - 1, span.column)]
    room = max(terminal.width - margin - 3, _MIN_FRAME)
    shown, offset = _window(clean(line), width_of(clean(before)), room)
    caret = "^" * max(min(width_of(clean(marked)), room - offset), 1)
    yield f"{' ' * margin}{bar}"
    yield f"{terminal.paint(str(span.line), 'blue')}{' ' * (margin - len(str(span.line)))}{bar} {shown}"
    tail = f" {clean(label)}" if label else ""
    yield f"{' ' * margin}{bar} {' ' * offset}{terminal.paint(caret + tail, 'red')}"


def _line(text: str | None, number: int) -> str | None:
    if text is None:
        return None
    lines = text.split("\n")
    return lines[number - 1] if 0 < number <= len(lines) else None


def _window(line: str, offset: int, room: int) -> tuple[str, int]:
    """Cut a long line so that the marked place is in sight; give it and where the place is now."""
    if width_of(line) <= room or offset < room * 2 // 3:
        return shorten(line, room), offset
    cut = offset - room // 3
    return shorten(f"…{line[cut + 1 :]}", room), offset - cut
