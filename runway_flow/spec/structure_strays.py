"""Keys in the wrong column: a step's key beside its step, a step inside another, a section inside a section.

Wrong indentation is a mistake of one line, but everything below that line seems to belong to something else.
So what is found in the wrong place is put where it belongs before the flow is read any further.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

from runway_flow.kernel import codes
from runway_flow.kernel.diagnostics import Diagnostic
from runway_flow.spec.document import Entry, Mapping, Node, Scalar, is_null
from runway_flow.spec.flow import InputKind
from runway_flow.spec.structure_hints import FLOW_KEYS, INPUT_KEYS, STEP_KEYS

if TYPE_CHECKING:
    from collections.abc import Iterable


class _Kind(Struct, frozen=True):
    """What a section declares: its name in messages, its keys, and the key that shows what it is."""

    name: str
    keys: frozenset[str]
    mark: str


_KINDS = {
    "steps": _Kind("a step", frozenset(STEP_KEYS), "uses"),
    "inputs": _Kind("an input", frozenset(INPUT_KEYS), "type"),
}
_FLOW_KEYS = frozenset(FLOW_KEYS)
_SECTIONS = frozenset(("version", "inputs", "defaults", "profiles", "steps", "outputs"))
_TYPES = frozenset(kind.value for kind in InputKind)


def mend(root: Node) -> tuple[Node, tuple[Diagnostic, ...]]:
    """Give a flow with everything in its place, as far as that can be told, and a finding for each move."""
    if not isinstance(root, Mapping):
        return root, ()
    mending = _Mending(root)
    return mending.mended(), tuple(mending.findings)


class _Mending:
    def __init__(self, root: Mapping) -> None:
        self.findings: list[Diagnostic] = []
        self._root = root
        self._lifted: list[Entry] = []
        self._moved: dict[str, list[Entry]] = {"steps": [], "inputs": []}

    def mended(self) -> Mapping:
        """Go through the sections; a flow that is in order comes back as it is."""
        entries = [entry for entry in self._root.entries if not self._is_declaration(entry)]
        entries = [Entry(entry.key, entry.key_span, self._section(entry)) for entry in entries]
        if not self.findings:
            return self._root
        for entry in self._lifted:
            if entry.key in _KINDS and isinstance(entry.value, Mapping):
                self._moved[entry.key] += entry.value.entries
            elif all(other.key != entry.key for other in entries):
                entries.append(entry)
        for name, moved in self._moved.items():
            entries = _with_moved(name, moved, entries)
        return Mapping(tuple(entries), self._root.span, self._root.is_whole)

    def _is_declaration(self, entry: Entry) -> bool:
        """Find a step or an input that stands beside its section."""
        if entry.key in _FLOW_KEYS or entry.key.startswith("x-"):
            return False
        for section, kind in _KINDS.items():
            if _declares(entry.value, kind):
                hint = f"indent it, so that it stands below `{section}:`"
                self._report(entry, f"`{entry.key}` is {kind.name}, not a key of the flow", hint)
                self._moved[section].append(entry)
                return True
        return False

    def _section(self, section: Entry) -> Node:
        if section.key not in _KINDS or not isinstance(section.value, Mapping):
            return section.value
        kind = _KINDS[section.key]
        kept: list[Entry] = []
        for at, entry in enumerate(section.value.entries):
            last = kept[-1].value if kept else None
            if _declares(entry.value, kind) or entry.key not in kind.keys | _SECTIONS:
                kept += self._taken_apart(entry, kind)
            elif entry.key in _SECTIONS:
                message = f"`{entry.key}` is a key of the flow, not {kind.name}"
                self._report(entry, message, "begin it in the first column")
                if is_null(entry.value):  # only the line of its key is wrong
                    below = Mapping(section.value.entries[at + 1 :], entry.key_span)
                    self._lifted.append(Entry(entry.key, entry.key_span, below))
                    break
                self._lifted.append(entry)
            elif isinstance(last, Mapping) and last.find(entry.key) is None:
                message = f"`{entry.key}` is a key of {kind.name}, not {kind.name}"
                self._report(entry, message, f"indent it, so that it belongs to `{kept[-1].key}`")
                more = Mapping((*last.entries, entry), last.span, last.is_whole)
                kept[-1] = Entry(kept[-1].key, kept[-1].key_span, more)
            else:
                kept.append(entry)
        return Mapping(tuple(kept), section.value.span, section.value.is_whole)

    def _taken_apart(self, entry: Entry, kind: _Kind) -> Iterable[Entry]:
        """Give a step or an input, and those that stand inside it."""
        value = entry.value
        if not isinstance(value, Mapping):
            return [entry]
        inner = [part for part in value.entries if part.key not in kind.keys and _declares(part.value, kind)]
        if not inner:
            return [entry]
        for part in inner:
            message = f"`{part.key}` is {kind.name}, and stands inside `{entry.key}`"
            self._report(part, message, f"begin it in the column of `{entry.key}`")
        own = Mapping(tuple(part for part in value.entries if part not in inner), value.span, value.is_whole)
        return [Entry(entry.key, entry.key_span, own), *inner]

    def _report(self, entry: Entry, message: str, hint: str) -> None:
        self.findings.append(Diagnostic(codes.UNKNOWN_KEY, message, entry.key_span, hint=hint))


def _with_moved(name: str, moved: list[Entry], entries: list[Entry]) -> list[Entry]:
    """Put what stood elsewhere into its section; what has a name there already is left out."""
    section = next((entry for entry in entries if entry.key == name), None)
    there = section.value if section is not None else None
    before = there.entries if isinstance(there, Mapping) else ()
    added = tuple(entry for entry in moved if all(other.key != entry.key for other in before))
    if not added:
        return entries
    is_whole = not isinstance(there, Mapping) or there.is_whole
    span = section.key_span if section is not None else added[0].key_span
    new = Entry(name, span, Mapping((*before, *added), span, is_whole))
    if section is None:
        return [*entries, new]
    return [new if entry is section else entry for entry in entries]


def _declares(node: Node, kind: _Kind) -> bool:
    """Tell whether a value is that of a step (it has `uses`) or of an input (it has a `type` of inputs)."""
    mark = node.find(kind.mark) if isinstance(node, Mapping) else None
    if mark is None:
        return False
    return kind.mark == "uses" or (isinstance(mark.value, Scalar) and mark.value.value in _TYPES)
