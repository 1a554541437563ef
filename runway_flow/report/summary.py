"""How a run ended, in a line, with what it wrote and what to do next."""

from __future__ import annotations

from typing import TYPE_CHECKING

from runway_flow.engine.events import RunStatus
from runway_flow.kernel.amounts import credits_text
from runway_flow.report.amounts import bytes_text, seconds_text
from runway_flow.report.terminal import clean

if TYPE_CHECKING:
    from runway_flow.engine.events import RunSummary
    from runway_flow.report.terminal import Terminal

_MAX_FILES = 12


def headline(summary: RunSummary) -> str:
    """Write the sums of a run in one line."""
    counts = (
        (summary.failed, "failed"),
        (summary.in_doubt, "in doubt"),
        (summary.not_run, "not run"),
        (summary.ran, "done"),
        (summary.stored, "stored"),
        (summary.skipped, "skipped"),
    )
    parts = ", ".join(f"{count} {name}" for count, name in counts if count) or "nothing to do"
    text = f"{summary.flow}: {parts} · {credits_text(summary.spent)} credits spent"
    if summary.saved:
        text += f", {credits_text(summary.saved)} saved by the store"
    return f"{text} · {seconds_text(summary.seconds)}"


def render_summary(summary: RunSummary, terminal: Terminal, command: str | None) -> str:
    """Write the end of a run; `command` continues it."""
    is_good = summary.status is RunStatus.OK
    sign = terminal.paint("✓" if is_good else "✗", "green" if is_good else "red")
    lines = [f"{sign} {clean(headline(summary))}"]
    files = [item for items in summary.outputs.values() for item in items]
    for item in files[:_MAX_FILES]:
        facts = item.artifact.facts
        told = [f"{facts.width}×{facts.height}"] if facts.width else []
        told += [f"{facts.duration:.2f} s"] if facts.duration else []
        told.append(bytes_text(facts.bytes))
        lines.append(f"  {clean(item.path)}  {' · '.join(told)}")
    if len(files) > _MAX_FILES:
        lines.append(f"  … and {len(files) - _MAX_FILES} more files")
    for step, task in list(summary.remote.items())[:_MAX_FILES]:
        lines.append(f"  {step} goes on remotely as task {task}")
    if command and not is_good:
        lines.append(f"{_advice(summary)}:  {command}")
    return terminal.glyphs("\n".join(lines) + "\n")


def _advice(summary: RunSummary) -> str:
    if summary.status in (RunStatus.INTERRUPTED, RunStatus.UNREACHABLE, RunStatus.BUSY):
        return "Nothing is lost; go on with"
    if summary.status is RunStatus.WAITING:
        return "Nothing in doubt is submitted again; look at it with"
    return "What is done is kept and not paid again; after a change run"
