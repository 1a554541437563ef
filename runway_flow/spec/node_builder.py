"""YAML events to our nodes: no recursion, limits held, what the language leaves out reported."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from yaml.events import (
    AliasEvent,
    DocumentStartEvent,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
)

from runway_flow.kernel.diagnostics import Diagnostic, Span
from runway_flow.spec import yaml_findings
from runway_flow.spec.document import Entry, Mapping, Node, Scalar, Sequence
from runway_flow.spec.limits import MAX_DEPTH, MAX_FINDINGS, MAX_NODES
from runway_flow.spec.scalars import NumberOutOfRange, Value, is_plain_text, resolve_plain
from runway_flow.spec.yaml_findings import rest_of_line
from runway_flow.spec.yaml_places import YamlPlaces

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from collections.abc import Set as AbstractSet

YamlEvent = Any
"""PyYAML's stubs leave the fields of events open; `yaml_findings.Mark` is what we use of marks."""


class Refused(Exception):
    """Reading ends here; `diagnostic` says why."""

    def __init__(self, diagnostic: Diagnostic) -> None:
        """Take the finding that ends the pass."""
        super().__init__(diagnostic.message)
        self.diagnostic = diagnostic


@dataclass(slots=True)
class _Frame:
    """A list or mapping that is not finished; in a mapping also the key whose value comes next."""

    is_mapping: bool
    is_flow: bool
    is_key: bool
    anchor: str | None
    start: yaml_findings.Mark | None
    nodes_before: int
    height: int = 1
    children: list[Any] = field(default_factory=list)
    first_places: dict[str, Span] = field(default_factory=dict)
    wants_key: bool = False
    key: str | None = None
    key_span: Span | None = None
    key_end: int = 0
    is_whole: bool = True


class NodeBuilder:
    """Takes events in order; afterwards `root` gives the tree and `findings` what is wrong with it.

    `quoted` is the last text in quotes, for those who explain a failure.
    """

    def __init__(
        self,
        path: str,
        text: str,
        restore: dict[int, str] | None = None,
        left_out: AbstractSet[tuple[int, int]] = frozenset(),
    ) -> None:
        """Take the file's name for places, its text for advice, characters that stand for others.

        `left_out`: the lines and columns, from 1, of values that stand in for what could not be read.
        """
        self.findings: list[Diagnostic] = []
        self.quoted: YamlEvent = None
        self._left_out = left_out
        self._restore = restore
        self._path = path
        self._text = text
        self._places = YamlPlaces(path, text)
        self._nodes = 0
        self._documents = 0
        self._anchors: dict[str, tuple[Node, int, int]] = {}
        self._stack: list[_Frame] = []
        self._frame = _Frame(
            is_mapping=False, is_flow=False, is_key=False, anchor=None, start=None, nodes_before=0
        )

    def root(self) -> Node:
        """Give the tree; of an empty file a null."""
        children = self._frame.children
        return children[0] if children else Scalar(None, Span(self._path, 1, 1, 1, 1))

    def take_all(self, events: Iterable[YamlEvent]) -> None:
        """Take every event of a file. Raises `Refused` where reading cannot go on."""
        actions: dict[type, Callable[[YamlEvent], None]] = {
            ScalarEvent: self._scalar,
            MappingStartEvent: self._open,
            SequenceStartEvent: self._open,
            MappingEndEvent: self._close,
            SequenceEndEvent: self._close,
            AliasEvent: self._alias,
            DocumentStartEvent: self._document,
        }
        for event in events:
            action = actions.get(type(event))
            if action is not None:
                action(event)

    def _document(self, event: YamlEvent) -> None:
        self._documents += 1
        if self._documents > 1:
            raise Refused(yaml_findings.several_documents(self._places.of(event)))

    def _scalar(self, event: YamlEvent) -> None:
        text: str = event.value if self._restore is None else event.value.translate(self._restore)
        style = event.style
        if style in ("'", '"'):
            self.quoted = event
        span = self._places.of_block(event) if style in ("|", ">") else self._places.of(event)
        if event.tag is not None:
            self._report_tag(event, span)
        if style and not text.isascii() and any("\ud800" <= letter <= "\udfff" for letter in text):
            raise Refused(yaml_findings.half_character(span))
        frame = self._frame
        if frame.wants_key:
            frame.key_end = event.end_mark.index
            if event.anchor is not None:
                self._anchors[event.anchor] = (Scalar(text, span, not style), 1, 0)
            self._scalar_key(text, span, is_plain=not style)
            return
        value: Value = text
        is_known = event.tag is None
        if not style:
            value, is_known = self._plain(text, span, event.end_mark)
        node = Scalar(value, span, not style, is_known and event.tag is None)
        if event.anchor is not None:
            self._anchors[event.anchor] = (node, 1, 0)
        self._add(node, 1, 0)
        if not text and frame.is_flow and frame.is_mapping and not style:
            self._look_for_comma(frame, event.start_mark.index)

    def _scalar_key(self, text: str, span: Span, *, is_plain: bool) -> None:
        key: str | None = text
        if is_plain and text == "<<":
            self._report(yaml_findings.merge_key(span))
            key = None
        elif is_plain and not is_plain_text(text):
            self._report(yaml_findings.key_type(text, span))
            key = None
        self._key(key, span)

    def _plain(self, text: str, span: Span, end: yaml_findings.Mark) -> tuple[Value, bool]:
        """Give the value of a text without quotes, and whether it is known."""
        if " " in text:
            found = yaml_findings.find_cut_text(self._path, self._text, end, text, self._frame.key)
            if found is not None:
                self._report(found)
        try:
            return resolve_plain(text), (span.line, span.column) not in self._left_out
        except NumberOutOfRange as problem:
            self._report(yaml_findings.number_out_of_range(text, str(problem), span))
            return None, False

    def _open(self, event: YamlEvent) -> None:
        if event.tag is not None:
            self._report_tag(event, self._places.of(event))
        if len(self._stack) >= MAX_DEPTH:
            raise Refused(yaml_findings.too_deep(self._places.of(event)))
        is_mapping = type(event) is MappingStartEvent
        self._stack.append(self._frame)
        self._frame = _Frame(
            is_mapping=is_mapping,
            is_flow=bool(event.flow_style),
            is_key=self._frame.wants_key,
            anchor=event.anchor,
            start=event.start_mark,
            nodes_before=self._nodes,
            wants_key=is_mapping,
        )

    def _close(self, event: YamlEvent) -> None:
        frame, self._frame = self._frame, self._stack.pop()
        children = tuple(frame.children)
        last = None
        if children and not frame.is_flow:
            last = children[-1].value.span if frame.is_mapping else children[-1].span
        span = self._places.of_collection(frame.start, event.end_mark, last)
        node: Node = Sequence(children, span)
        if frame.is_mapping:
            node = Mapping(children, span, frame.is_whole)
        if frame.anchor is not None:
            self._anchors[frame.anchor] = (node, self._nodes - frame.nodes_before + 1, frame.height)
        if not frame.is_key:
            self._add(node, 1, frame.height)
            return
        index = frame.start.index if frame.start else 0
        self._report(yaml_findings.collection_key(self._text, index, span, is_mapping=frame.is_mapping))
        self._frame.key_end = event.end_mark.index
        self._key(None, span)

    def _alias(self, event: YamlEvent) -> None:
        span = self._places.of(event)
        name: str = event.anchor
        frame = self._frame
        if name not in self._anchors:
            self._report_alias(event, name, span)
        node, count, height = self._anchors.get(name, (Scalar(None, span, is_known=False), 1, 0))
        if len(self._stack) + height > MAX_DEPTH:
            raise Refused(yaml_findings.too_deep(span))
        if not frame.wants_key:
            self._add(node, count, height, span)
            return
        frame.key_end = event.end_mark.index
        if isinstance(node, Scalar) and isinstance(node.value, str):
            self._key(node.value, span)
        else:
            self._report(yaml_findings.alias_key(name, span))
            self._key(None, span)

    def _key(self, key: str | None, span: Span) -> None:
        """Take a finished key; None for one that is reported already, whose value is dropped."""
        frame = self._frame
        frame.wants_key = False
        frame.key = key
        frame.key_span = span
        if key is None:
            frame.is_whole = False
            return
        first = frame.first_places.setdefault(key, span)
        if first is not span:
            self._report(yaml_findings.duplicate_key(key, span, first))
            frame.key = None
            if len(self._stack) == 1:
                frame.is_whole = False  # a section that stands twice declares names that are not seen

    def _add(self, node: Node, count: int, height: int, span: Span | None = None) -> None:
        """Put a finished value where it belongs; `count` and `height` are those of what it expands to."""
        self._nodes += count
        if self._nodes > MAX_NODES:
            raise Refused(yaml_findings.too_many(span or node.span))
        frame = self._frame
        if height >= frame.height:
            frame.height = height + 1
        if not frame.is_mapping:
            frame.children.append(node)
            return
        frame.wants_key = True
        if frame.key is not None and frame.key_span is not None:
            frame.children.append(Entry(frame.key, frame.key_span, node))

    def _look_for_comma(self, frame: _Frame, index: int) -> None:
        """Report `{look: Wide, at dawn}`; `index` is where the value would begin."""
        if frame.is_key or frame.key is None or ":" in self._text[frame.key_end : index]:
            return
        entry: Entry = frame.children.pop()
        last = frame.children[-1] if frame.children else None
        frame.is_whole = False
        self._report(yaml_findings.missing_value(entry.key, entry.key_span, last))

    def _report(self, finding: Diagnostic) -> None:
        is_full = len(self.findings) >= MAX_FINDINGS
        if finding.is_error or not is_full:
            self.findings.append(finding)
        if finding.is_error and is_full and finding.span is not None:
            raise Refused(yaml_findings.too_wrong(finding.span))

    def _report_tag(self, event: YamlEvent, span: Span) -> None:
        rest = rest_of_line(self._text, event.start_mark.index)
        found = yaml_findings.tag(rest, span, self._key_above(), is_flow=self._frame.is_flow)
        self._report(found)

    def _report_alias(self, event: YamlEvent, name: str, span: Span) -> None:
        if any(frame.anchor == name for frame in (*self._stack, self._frame)):
            self._report(yaml_findings.alias_in_itself(name, span))
            return
        rest = rest_of_line(self._text, event.start_mark.index)
        hint = yaml_findings.text_instead("*", self._key_above(), rest, is_flow=self._frame.is_flow)
        self._report(yaml_findings.unknown_alias(name, self._anchors, span, hint))

    def _key_above(self) -> str | None:
        """Give the key whose value is being read."""
        return None if self._frame.wants_key else self._frame.key
