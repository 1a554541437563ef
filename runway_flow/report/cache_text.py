"""The store as people read it: what is kept, what is damaged, what was removed or carried over."""

from __future__ import annotations

import json
from datetime import datetime
from typing import TYPE_CHECKING

from runway_flow.kernel.amounts import ZERO, credits_text, in_credits
from runway_flow.report.amounts import bytes_text, counted
from runway_flow.report.table import Column, layout, render_row

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from runway_flow.engine.inventory import (
        CondemnedBlob,
        Damage,
        KeptResult,
        Pruning,
        Transfer,
        Verification,
    )
    from runway_flow.kernel.digests import Digest
    from runway_flow.kernel.media import Artifact
    from runway_flow.report.terminal import Terminal

_SHORT = 8
_COLUMNS = (
    Column("key"),
    Column("used by", 10, 1),
    Column("made by", 8, 3),
    Column("gives", 5, 4),
    Column("size", is_right=True),
    Column("age", 0, 2, is_right=True),
    Column("credits", is_right=True),
)
_AGES = ((86400, "d"), (3600, "h"), (60, "min"))
_MAX_LINES = 20
"""More findings of one kind than this are counted, not listed."""


def render_results(
    results: Sequence[KeptResult], has: Callable[[Digest], bool], now: float, terminal: Terminal
) -> str:
    """Write a line for each result, newest first, and the sums."""
    if not results:
        return "nothing is kept yet\n"
    ordered = sorted(results, key=lambda kept: (-kept.result.created_at, kept.result.key))
    rows = [[terminal.line(cell) for cell in _cells(kept, has, now)] for kept in ordered]
    widths = layout(_COLUMNS, rows, terminal.width)
    head = render_row(_COLUMNS, widths, [column.head for column in _COLUMNS], terminal)
    lines = [terminal.paint(head, "dim"), *(render_row(_COLUMNS, widths, row, terminal) for row in rows)]
    here = {one.digest: one.facts.bytes for kept in results for one in kept.result.outputs if has(one.digest)}
    spent = in_credits(credits_text(sum((kept.result.credits for kept in results), ZERO)))
    parts = (counted(len(results), "result"), bytes_text(sum(here.values())), spent)
    return _joined([*lines, "", terminal.glyphs(" · ".join(parts))])


def _cells(kept: KeptResult, has: Callable[[Digest], bool], now: float) -> tuple[str, ...]:
    result = kept.result
    is_whole = all(has(one.digest) for one in result.outputs)
    size = bytes_text(sum(one.facts.bytes for one in result.outputs)) if is_whole else "gone"
    return (
        result.key[:_SHORT],
        _used_by(kept),
        _made_by(kept),
        _kinds(result.outputs),
        size,
        age_text(now - result.created_at),
        credits_text(result.credits),
    )


def _used_by(kept: KeptResult) -> str:
    if not kept.uses:
        return "–"
    first, *others = kept.uses
    more = f" +{len(others)}" if others else ""
    return f"{first.flow} · {first.step}{more}"


def _made_by(kept: KeptResult) -> str:
    document = kept.result.document
    return str(document.get("model") or document.get("operation") or "–")


def _kinds(outputs: Iterable[Artifact]) -> str:
    kinds = [one.facts.kind.value for one in outputs]
    return ", ".join(
        kind if kinds.count(kind) == 1 else f"{kinds.count(kind)} {kind}s" for kind in dict.fromkeys(kinds)
    )


def age_text(seconds: float) -> str:
    """Write an age in its largest unit: `45 s`, `5 min`, `3 h`, `12 d`."""
    for size, unit in _AGES:
        if seconds >= size:
            return f"{int(seconds // size)} {unit}"
    return f"{max(int(seconds), 0)} s"


def render_result(kept: KeptResult, has: Callable[[Digest], bool], earlier: int, terminal: Terminal) -> str:
    """Write one result with the canonical document that its key is the sha256 of."""
    result = kept.result
    at = datetime.fromtimestamp(result.created_at).astimezone().strftime("%Y-%m-%d %H:%M")
    facts = [("key", result.key), ("made", f"{at} by {_made_by(kept)}")]
    facts.append(("realm", kept.realm or "this machine"))
    if result.task:
        facts.append(("task", result.task))
    facts.append(("credits", credits_text(result.credits)))
    if result.tool:
        facts.append(("tool", result.tool))
    if earlier:
        facts.append(("earlier", f"{counted(earlier, 'result')} of the same key"))
    facts += [("output", _output_text(one, has)) for one in result.outputs]
    facts += [("used by", f"{use.flow} · {use.step}") for use in kept.uses]
    lines = [f"{name:<8} {terminal.line(text)}" for name, text in facts]
    document = json.dumps(result.document, indent=2, ensure_ascii=False, sort_keys=True).split("\n")
    return _joined([*lines, "", *map(terminal.line, document)])


def _output_text(artifact: Artifact, has: Callable[[Digest], bool]) -> str:
    facts = artifact.facts
    parts = [artifact.digest, facts.media_type]
    if facts.width and facts.height:
        parts.append(f"{facts.width}×{facts.height}")
    if facts.duration is not None:
        parts.append(f"{facts.duration:g} s")
    parts.append(bytes_text(facts.bytes))
    if not has(artifact.digest):
        parts.append("not here")
    return " · ".join(parts)


def render_verification(found: Verification, terminal: Terminal) -> str:
    """Write what was read, and what is wrong."""
    lines: list[str] = []
    for one in found.damaged:
        lines.append(terminal.paint(terminal.glyphs("✗"), "red") + terminal.line(f" {_damage_text(one)}"))
        if one.aside:
            lines.append(terminal.line(f"    kept as {one.aside}"))
    read = f"{counted(found.blobs, 'blob')} ({bytes_text(found.bytes)}), {counted(found.records, 'record')}"
    if found.damaged:
        asides = sum(one.aside is not None for one in found.damaged)
        verdict = f"✗ {len(found.damaged)} damaged of {read}; {asides} put aside, and not used any more"
    else:
        verdict = f"✓ {read}: all as they should be"
    lines.append(terminal.glyphs(verdict))
    if found.missing:
        lines.append(f"{counted(len(found.missing), 'blob')} of known results not here; fetched when needed:")
        for missing in found.missing[:_MAX_LINES]:
            users = ", ".join(f"{use.flow} · {use.step}" for use in missing.uses) or "no step"
            lines.append(terminal.line(f"  {missing.digest[:_SHORT]}  {missing.keys[0][:_SHORT]}  {users}"))
        lines += _more(len(found.missing), terminal)
    return _joined(lines)


def _damage_text(one: Damage) -> str:
    return f"{one.what} {one.name}: {one.problem}"


def render_pruning(done: Pruning, terminal: Terminal) -> str:
    """Write what was removed (or would be), and what is left."""
    lines = [
        terminal.line(f"  {one.digest[:_SHORT]}  {bytes_text(one.bytes):>8}  {_reason(one)}")
        for one in done.blobs[:_MAX_LINES]
    ]
    lines += _more(len(done.blobs), terminal)
    removed = [f"{counted(len(done.blobs), 'blob')} ({bytes_text(done.bytes)})"]
    if done.drafts:
        removed.append(counted(done.drafts, "draft"))
    if done.quarantined:
        removed.append(f"{counted(done.quarantined, 'damaged file')} of the quarantine")
    verb = "would remove" if done.is_dry else "removed"
    lines.append(f"{verb} {', '.join(removed)}; {bytes_text(done.kept_bytes)} are left")
    if done.is_over:
        held = bytes_text(done.held_bytes)
        lines.append(f"more is left than asked for: {held} are held by unfinished work, the rest is too new")
        lines.append("  = help: finish the runs that `runway-flow runs ls` lists, or give --older-than too")
    return _joined(lines)


def _reason(one: CondemnedBlob) -> str:
    if not one.is_named:
        return "no record names it"
    return "paid for; its record stays" if one.is_paid else "its record stays"


def _more(count: int, terminal: Terminal) -> list[str]:
    return [terminal.glyphs(f"  … and {count - _MAX_LINES} more")] if count > _MAX_LINES else []


def render_export(path: str, done: Transfer, terminal: Terminal) -> str:
    """Write what an archive carries."""
    lines = [f"✓ {path}: {counted(done.records, 'result')}, {_blobs(done)}"]
    if done.missing:
        lines.append(f"{counted(done.missing, 'blob')} not here, and so not in it; their records are")
    return _joined(map(terminal.line, lines))


def render_import(done: Transfer, terminal: Terminal) -> str:
    """Write what was taken from an archive."""
    known = f"; {counted(done.known, 'result')} known already" if done.known else ""
    lines = [f"✓ {counted(done.records, 'result')} and {_blobs(done)} taken{known}"]
    if done.missing:
        lines.append(f"{counted(done.missing, 'blob')} of these results neither in it nor here")
    return _joined(map(terminal.line, lines))


def _blobs(done: Transfer) -> str:
    return f"{counted(done.blobs, 'blob')} ({bytes_text(done.bytes)})"


def _joined(lines: Iterable[str]) -> str:
    return "".join(f"{line}\n" for line in lines)
