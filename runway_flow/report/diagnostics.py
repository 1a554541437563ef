"""Findings as people read them: message, place, source line with a caret, notes, help."""

from __future__ import annotations

from typing import TYPE_CHECKING

from runway_flow.kernel.redaction import redact
from runway_flow.report.terminal import clean, tail_of, width_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from runway_flow.kernel.diagnostics import Diagnostic, Span
    from runway_flow.kernel.errors import RunwayFlowError
    from runway_flow.report.terminal import Terminal

_MIN_FRAME = 30
_RUNTIME = "RF5"
"""Codes from here on are about a run, in which the place alone does not say which step it was."""
_FAR = 10_000
"""Characters of a line around a mark that are looked at: more than fit, and than an address has (its secrets
are left out before the line is cut to fit); a line may have four million."""
_CONTEXT = 8
"""Columns of text that a cut line keeps behind what is marked."""


def render_diagnostics(
    diagnostics: Iterable[Diagnostic], sources: Mapping[str, str], terminal: Terminal
) -> str:
    """Write findings with an empty line between them.

    `sources` maps paths to the text that spans count in; a finding in a text that is not there has no frame.
    """
    lines: dict[str, list[str]] = {}
    parts = []
    for item in diagnostics:
        path = item.span.path if item.span else ""
        if path in sources and path not in lines:
            lines[path] = sources[path].split("\n")
        parts.append(_render(item, lines.get(path, []), terminal))
    return "\n".join(parts)


def render_error(error: RunwayFlowError, terminal: Terminal) -> str:
    """Write a failure that has no place in a file."""
    head = terminal.paint(f"error[{error.code}]", "red", "bold")
    lines = [f"{head}: {_text(error.message, terminal)}", *_remarks(error.notes, error.hint, 2, terminal)]
    return "\n".join(lines) + "\n"


def _render(item: Diagnostic, source: list[str], terminal: Terminal) -> str:
    colour = "red" if item.is_error else "yellow"
    head = terminal.paint(f"{item.severity.value}[{item.code}]", colour, "bold")
    lines = [f"{head}: {_text(_subject(item) + item.message, terminal)}"]
    margin = 2
    if item.span is not None:
        margin = len(str(item.span.line)) + 1
        lines += _place(item.span, margin, terminal)
        if 0 < item.span.line <= len(source):
            line = source[item.span.line - 1].removesuffix("\r")
            lines += _frame(item.span, line, item.label, margin, terminal)
        elif item.label:
            lines += _remarks((item.label,), None, margin, terminal)
    lines += _remarks(item.notes, item.hint, margin, terminal)
    return "\n".join(lines) + "\n"


def _subject(item: Diagnostic) -> str:
    """Name the instance that a finding is about where neither its place nor its message does."""
    is_placed = item.span is not None and "[" not in str(item.step) and item.code.id < _RUNTIME
    if item.step is None or is_placed:
        return ""
    return "" if item.step in item.message else f"{item.step}: "


def _text(text: str, terminal: Terminal, margin: int = 2) -> str:
    """Clean a text; further lines of it are indented, so that none can pass for one of ours."""
    cleaned = terminal.glyphs(clean(redact(text)))
    return cleaned.rstrip("\n").replace("\n", "\n" + " " * (margin + 4))


def _remarks(notes: tuple[str, ...], hint: str | None, margin: int, terminal: Terminal) -> Iterator[str]:
    gutter = " " * margin + terminal.paint("=", "blue")
    for note in notes:
        yield f"{gutter} {terminal.paint('note', 'bold')}: {_text(note, terminal, margin)}"
    if hint:
        yield f"{gutter} {terminal.paint('help', 'bold')}: {_text(hint, terminal, margin)}"


def _place(span: Span, margin: int, terminal: Terminal) -> Iterator[str]:
    arrow = terminal.paint("-->", "blue")
    yield f"{' ' * (margin - 1)}{arrow} {terminal.line(span.path)}:{span.line}:{span.column}"


def _frame(span: Span, line: str, label: str | None, margin: int, terminal: Terminal) -> Iterator[str]:
    end = span.end_column if span.end_line == span.line else len(line.rstrip()) + 1
    start = span.column - 1
    stop = max(end - 1, start)
    parts = (
        line[max(start - _FAR, 0) : start],
        line[start : min(stop, start + _FAR)],
        line[stop : stop + _FAR],
    )
    before, marked, after = (terminal.line(redact(part)) for part in parts)
    room = max(terminal.width - margin - 2, _MIN_FRAME)
    shown, offset = _window(before, marked, after, room, terminal)
    caret = "^" * max(min(width_of(marked), room - offset), 1)
    bar = terminal.paint("|", "blue")
    gutter = f"{' ' * margin}{bar}"
    yield gutter
    number = terminal.paint(str(span.line).ljust(margin), "blue")
    yield f"{number}{bar} {shown}".rstrip()
    told = terminal.line(label) if label else ""
    if not told:
        yield f"{gutter} {' ' * offset}{terminal.paint(caret, 'red')}"
    elif offset + len(caret) + 1 + width_of(told) <= room:
        yield f"{gutter} {' ' * offset}{terminal.paint(f'{caret} {told}', 'red')}"
    else:
        # Beside the caret it would be broken by the terminal; below, it ends where the frame ends.
        indent = max(min(offset, room - width_of(told)), 0)
        yield f"{gutter} {' ' * offset}{terminal.paint(caret, 'red')}"
        yield f"{gutter} {' ' * indent}{terminal.paint(told, 'red')}"


def _window(before: str, marked: str, after: str, room: int, terminal: Terminal) -> tuple[str, int]:
    """Cut a long line so that what is marked is in sight; give it, and the column where that begins."""
    whole = before + marked + after
    if max(width_of(whole), width_of(before) + 1) <= room:
        return whole, width_of(before)
    mark = max(width_of(marked), 1)
    lead = max(room - mark - _CONTEXT, room // 4)
    if width_of(before) > lead:
        cut = terminal.ellipsis
        before = cut + tail_of(before, lead - len(cut))
    return terminal.shorten(before + marked + after, room), width_of(before)
