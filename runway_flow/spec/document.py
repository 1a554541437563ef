"""A YAML file as values: every key and every value with its span."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

if TYPE_CHECKING:
    from runway_flow.kernel.diagnostics import Span


class Scalar(Struct, frozen=True):
    """A plain value: text, integer, number, boolean or null, by the YAML 1.2 core schema."""

    value: str | int | float | bool | None
    span: Span
    is_plain: bool = True
    """Whether it was written without quotes and not as a block."""
    is_known: bool = True
    """Whether it could be read. If not, a finding says why, and `value` means nothing."""


class Sequence(Struct, frozen=True):
    """A list."""

    items: tuple[Node, ...]
    span: Span


class Entry(Struct, frozen=True):
    """One key of a mapping with its value."""

    key: str
    key_span: Span
    value: Node


class Mapping(Struct, frozen=True):
    """A mapping with text keys, in the order in which they are written; no key stands twice."""

    entries: tuple[Entry, ...]
    span: Span
    is_whole: bool = True
    """Whether every entry could be read. If not, a finding says why, and there may be other keys."""

    def find(self, key: str) -> Entry | None:
        """Give the entry of a key, or None."""
        for entry in self.entries:
            if entry.key == key:
                return entry
        return None


Node = Scalar | Sequence | Mapping


def is_null(node: Node) -> bool:
    """Tell whether a value is null: written so, or nothing at all."""
    return isinstance(node, Scalar) and node.value is None and node.is_known


def is_readable(node: Node) -> bool:
    """Tell whether a value itself could be read, with every key of it; of its parts nothing is said."""
    return node.is_whole if isinstance(node, Mapping) else not isinstance(node, Scalar) or node.is_known


class Document(Struct, frozen=True):
    """One file: its path as the user named it, its text, its root node."""

    path: str
    text: str
    root: Node


def plain_data(node: Node) -> object:
    """Give a node as plain Python data: dicts, lists, scalars."""
    if isinstance(node, Scalar):
        return node.value
    if isinstance(node, Sequence):
        return [plain_data(item) for item in node.items]
    return {entry.key: plain_data(entry.value) for entry in node.entries}
