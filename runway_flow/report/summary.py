"""How a run ended, in a line, with what it wrote and what to do next."""

from __future__ import annotations

from typing import TYPE_CHECKING

from runway_flow.engine.events import EarlierFate, RunStatus
from runway_flow.kernel.amounts import credits_text, in_credits
from runway_flow.report.amounts import bytes_text, counted, seconds_text
from runway_flow.report.terminal import packed, pad, width_of, with_command, wrapped

if TYPE_CHECKING:
    from runway_flow.engine.events import Exported, RunSummary
    from runway_flow.report.terminal import Terminal

_MAX_FILES = 12
_BETWEEN = " · "
_FATES = {
    EarlierFate.KEPT: "is collected: its result is kept in the store ({}, paid then)",
    EarlierFate.FAILED: "failed ({})",
    EarlierFate.GOES_ON: "goes on; the next run collects it",
}


def headline(summary: RunSummary) -> str:
    """Write the sums of a run in one line."""
    counts = (
        (summary.failed, "failed"),
        (summary.in_doubt, "in doubt"),
        (max(summary.not_run - len(summary.remote), 0), "not run"),
        (len(summary.remote), "in flight"),
        (summary.ran, "done"),
        (summary.stored, "stored"),
        (summary.skipped, "skipped"),
    )
    parts = ", ".join(f"{count} {name}" for count, name in counts if count) or "nothing to do"
    text = f"{summary.flow}: {parts} · {in_credits(credits_text(summary.spent))} spent"
    if summary.saved:
        text += f", {credits_text(summary.saved)} saved by the store"
    return f"{text} · {seconds_text(summary.seconds)}"


def render_summary(summary: RunSummary, terminal: Terminal, again: str, show: str) -> str:
    """Write the end of a run; `again` is the command that continues it, `show` the one that shows it."""
    is_good = summary.status is RunStatus.OK
    sign = terminal.paint(terminal.glyphs("✓" if is_good else "✗"), "green" if is_good else "red")
    first, *more = _head(summary, terminal)
    lines = [f"{sign} {first}", *(f"  {line}" for line in more)]
    files = _files(summary)
    paths = [terminal.line(item.path) for item in files[:_MAX_FILES]]
    wide = max(map(width_of, paths), default=0)
    for path, item in zip(paths, files, strict=False):
        line = f"  {pad(path, wide)}  {terminal.glyphs(_facts(item))}"
        lines.append(line if width_of(line) <= terminal.width else f"  {path}")
    if len(files) > _MAX_FILES:
        lines.append(
            f"  {terminal.ellipsis} and {counted(len(files) - _MAX_FILES, 'more file', 'more files')}"
        )
    for text in (*_remote_lines(summary), *_earlier_lines(summary)):
        lines += wrapped(terminal.line(text), terminal.width, "  ")
    if not is_good:
        command = show if summary.status is RunStatus.WAITING else again
        lines += with_command(_advice(summary), terminal.line(command), terminal.width)
    return "\n".join(lines) + "\n"


def _head(summary: RunSummary, terminal: Terminal) -> list[str]:
    """Break the headline between its sums, and only where one of them is too long within it."""
    between = terminal.glyphs(_BETWEEN)
    parts = terminal.line(headline(summary)).split(between)
    room = terminal.width - 2
    return [line for part in packed(parts, between, room) for line in wrapped(part, room)]


def output_paths(summary: RunSummary) -> str:
    """Write only the files, one a line, as other programs read them."""
    return "".join(f"{item.path}\n" for item in _files(summary))


def _files(summary: RunSummary) -> list[Exported]:
    """Give what was written: the named outputs, then the results of selected steps."""
    return [
        item for files in (summary.outputs, summary.results) for items in files.values() for item in items
    ]


def _facts(item: Exported) -> str:
    facts = item.artifact.facts
    told = [f"{facts.width}×{facts.height}"] if facts.width else []
    told += [f"{facts.duration:.2f} s"] if facts.duration else []
    return " · ".join([*told, bytes_text(facts.bytes)])


def _remote_lines(summary: RunSummary) -> list[str]:
    return _some([f"{step} goes on remotely as task {task}" for step, task in summary.remote.items()])


def _earlier_lines(summary: RunSummary) -> list[str]:
    """Say what became of what the flow submitted before it was changed: it was paid for."""
    return _some(
        [
            f"{one.step}: task {one.task} of an earlier form of the flow "
            f"{_FATES[one.fate].format(in_credits(credits_text(one.credits)))}"
            for one in summary.earlier
        ]
    )


def _some(lines: list[str]) -> list[str]:
    if len(lines) <= _MAX_FILES:
        return lines
    return [*lines[:_MAX_FILES], f"… and {counted(len(lines) - _MAX_FILES, 'more task')}"]


def _advice(summary: RunSummary) -> str:
    """Say what to do next; the command for it follows."""
    if summary.status is RunStatus.WAITING:
        return "What is in doubt is not submitted again by itself; look at it with:"
    if summary.remote:
        return "What goes on remotely is paid already; this collects it, and goes on:"
    if summary.status in (RunStatus.INTERRUPTED, RunStatus.UNREACHABLE, RunStatus.BUSY):
        return "Nothing is lost; go on with:"
    return "What is done is kept and not paid again; after a change run:"
