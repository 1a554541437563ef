"""Whether a long text is past a limit, told by its events alone: to build it first would take seconds."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from yaml.events import (
    AliasEvent,
    DocumentEndEvent,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
)

from runway_flow.kernel.diagnostics import Span
from runway_flow.spec import yaml_findings
from runway_flow.spec.limits import MAX_DEPTH, MAX_NODES

if TYPE_CHECKING:
    from collections.abc import Iterable

    from runway_flow.kernel.diagnostics import Diagnostic

    YamlEvent = Any
    """PyYAML's stubs leave the fields of events open."""

_LONG_TEXT = 2 * MAX_NODES
"""Shorter texts are built at once: `NodeBuilder` holds the same limits, and is through in half a second."""

_PLAIN = (1, 0)


def may_exceed(text: str) -> bool:
    """Tell whether a text may have more values than the limit, without reading it as YAML.

    Every value but the first follows one of five signs; aliases stand for others.
    """
    if len(text) < _LONG_TEXT:
        return False
    return "*" in text or sum(map(text.count, ":-,[{")) >= MAX_NODES


def find_excess(path: str, events: Iterable[YamlEvent]) -> Diagnostic | None:  # noqa: C901 - see below
    """Give the finding for too many values, or for values nested too deep, aliases expanded; else None.

    Keys are no values: in a mapping `is_key` tells whether the next item is one. It is one loop because
    calls for up to 600,000 events would take as long again as libyaml does to make them.
    """
    nodes = 0
    height = 0  # of the deepest item in the collection that is open
    is_mapping = is_key = False
    around: list[tuple[bool, bool, str | None, int, int]] = []
    anchors: dict[str, tuple[int, int]] = {}  # what stands for more than a plain value
    for event in events:
        kind = type(event)
        if kind is ScalarEvent:
            nodes += not is_key
            is_key = is_mapping and not is_key
            if event.anchor in anchors:
                del anchors[event.anchor]
        elif kind is MappingStartEvent or kind is SequenceStartEvent:
            around.append((is_mapping, is_key, event.anchor, nodes, height))
            is_mapping = is_key = kind is MappingStartEvent
            height = 0
            if len(around) > MAX_DEPTH:
                return yaml_findings.too_deep(_place(path, event))
        elif kind is MappingEndEvent or kind is SequenceEndEvent:
            inside = height + 1
            is_mapping, is_key, anchor, before, height = around.pop()
            nodes += not is_key
            is_key = is_mapping and not is_key
            if anchor is not None:
                anchors[anchor] = (nodes - before, inside)
            height = max(height, inside)
        elif kind is AliasEvent:
            values, inside = anchors.get(event.anchor, _PLAIN)
            nodes += 0 if is_key else values
            is_key = is_mapping and not is_key
            height = max(height, inside)
            if len(around) + inside > MAX_DEPTH:
                return yaml_findings.too_deep(_place(path, event))
        elif kind is DocumentEndEvent:
            return None  # a second one is refused anyway
        if nodes > MAX_NODES:
            return yaml_findings.too_many(_place(path, event))
    return None


def _place(path: str, event: YamlEvent) -> Span:
    mark = event.start_mark
    return Span(path, mark.line + 1, mark.column + 1, mark.line + 1, mark.column + 1)
