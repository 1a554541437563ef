"""Reads the values of a table of the user's own: each of the kind that its key takes, or a finding."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from runway_flow.catalog.wording import one_of
from runway_flow.kernel import codes
from runway_flow.kernel.diagnostics import Diagnostic, Span
from runway_flow.kernel.media import MediaKind
from runway_flow.kernel.patterns import PatternProblem, check_pattern
from runway_flow.kernel.suggest import did_you_mean
from runway_flow.spec.document import Entry, Mapping, Node, Scalar, Sequence

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

MEDIA_LIMITS = (
    "seconds_min",
    "seconds_max",
    "side_px_min",
    "side_px_max",
    "aspect_min",
    "aspect_max",
    "total_seconds_max",
)
"""What may be said of the size and the length of media."""

_SHOWN = 24
_OTHER_WORDS = {
    "maximum": "max",
    "minimum": "min",
    "exclusive_minimum": "above",
    "enum": "values",
    "choices": "values",
    "properties": "fields",
    "price": "prices",
    "params": "rows",
    "models": "rows",
}
"""What other schemas call things."""


class Unfit(Exception):
    """A value is not of the kind that its key takes; the message says which kind that is."""


@dataclass(slots=True)
class Findings:
    """What is wrong with a table; all of it is told at once."""

    found: list[Diagnostic] = field(default_factory=list)

    def refuse(
        self,
        span: Span,
        message: str,
        *,
        hint: str | None = None,
        notes: tuple[str, ...] = (),
        label: str | None = None,
    ) -> None:
        """Add a finding."""
        self.found.append(Diagnostic(codes.TABLES, message, span, hint=hint, notes=notes, label=label))

    def refuse_key(self, entry: Entry, owner: str, accepted: Collection[str]) -> None:
        """Say that a key does not belong where it stands."""
        note = f"accepted: {' '.join(list(accepted)[:_SHOWN])}{' …' if len(accepted) > _SHOWN else ''}"
        meant = _OTHER_WORDS.get(entry.key)
        label = f"did you mean `{meant}`?" if meant in accepted else did_you_mean(entry.key, accepted)
        self.refuse(entry.key_span, f"`{entry.key}` is not a key of {owner}", notes=(note,), label=label)

    def take(self, entry: Entry, read: Callable[[Node], object]) -> object:
        """Read the value of a key; None, and a finding, if it is not of the kind that is read."""
        try:
            return read(entry.value)
        except Unfit as wanted:
            message = f"`{entry.key}` takes {wanted}, not {described(entry.value)}"
            self.refuse(first_line(entry.value), message)
            return None

    def entries(
        self, node: Node, owner: str, accepted: Collection[str] | None = None, example: str | None = None
    ) -> dict[str, Entry]:
        """Give the entries of a mapping that have an accepted key, by key; all keys if `accepted` is None."""
        if not isinstance(node, Mapping):
            hint = f"write `{example}`" if example else None
            self.refuse(first_line(node), f"{owner} is a mapping, not {described(node)}", hint=hint)
            return {}
        found = {}
        for entry in node.entries:
            if accepted is None or entry.key in accepted:
                found[entry.key] = entry
            else:
                self.refuse_key(entry, owner, accepted)
        return found


def described(node: Node) -> str:
    """Say what stands somewhere."""
    if isinstance(node, Mapping):
        return "a mapping"
    if isinstance(node, Sequence):
        return "a list" if node.items else "an empty list"
    if isinstance(node.value, bool):
        return "`true`" if node.value else "`false`"
    return "nothing" if node.value is None else f"`{node.value}`"


def first_line(node: Node) -> Span:
    """Point at a value; at a collection only where it begins."""
    span = node.span
    if isinstance(node, Scalar):
        return span
    return Span(span.path, span.line, span.column, span.line, span.column)


def is_null(node: Node) -> bool:
    """Whether nothing stands there, or `null`."""
    return isinstance(node, Scalar) and node.value is None


def read_text(node: Node) -> str:
    """Read a text that is not empty. Raises `Unfit`."""
    if isinstance(node, Scalar) and isinstance(node.value, str) and node.value:
        return node.value
    raise Unfit("a text")


def read_boolean(node: Node) -> bool:
    """Read true or false. Raises `Unfit`."""
    if isinstance(node, Scalar) and isinstance(node.value, bool):
        return node.value
    raise Unfit("true or false")


def read_number(node: Node) -> float:
    """Read a finite number. Raises `Unfit`."""
    value = node.value if isinstance(node, Scalar) else None
    if isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value):
        return value
    raise Unfit("a number")


def read_amount(node: Node) -> float:
    """Read a number from 0. Raises `Unfit`."""
    try:
        number = read_number(node)
    except Unfit:
        number = -1
    if number < 0:
        raise Unfit("a number from 0")
    return number


def read_positive(node: Node) -> float:
    """Read a number above 0. Raises `Unfit`."""
    try:
        number = read_number(node)
    except Unfit:
        number = 0
    if number <= 0:
        raise Unfit("a number above 0")
    return number


def read_count(node: Node) -> int:
    """Read a whole number from 0. Raises `Unfit`."""
    value = node.value if isinstance(node, Scalar) else None
    if isinstance(value, int) and not isinstance(value, bool) and value >= 0:
        return value
    raise Unfit("a whole number from 0")


def read_scalar(node: Node) -> str | int | float | bool:
    """Read a text, a number, true or false. Raises `Unfit`."""
    if isinstance(node, Scalar) and node.value is not None and _is_finite(node.value):
        return node.value
    raise Unfit("a text, a number, true or false")


def _is_finite(value: object) -> bool:
    return not isinstance(value, float) or math.isfinite(value)


def read_scalars(node: Node) -> tuple[str | int | float | bool, ...]:
    """Read a list of plain values, or one alone. Raises `Unfit`."""
    items = node.items if isinstance(node, Sequence) else (node,)
    try:
        found = tuple(read_scalar(item) for item in items)
    except Unfit:
        found = ()
    if not found:
        raise Unfit("a list of texts or numbers")
    return found


def read_texts(node: Node) -> tuple[str, ...]:
    """Read a list of texts, or one alone. Raises `Unfit`."""
    items = node.items if isinstance(node, Sequence) else (node,)
    try:
        found = tuple(read_text(item) for item in items)
    except Unfit:
        found = ()
    if not found:
        raise Unfit("a list of texts")
    return found


def read_pattern(node: Node) -> str:
    """Read a regular expression. Raises `Unfit`."""
    try:
        text = read_text(node)
        check_pattern(text)
    except (Unfit, PatternProblem) as error:
        raise Unfit("a regular expression (without look-around and back references)") from error
    return text


def read_kinds(node: Node) -> tuple[MediaKind, ...]:
    """Read kinds of media. Raises `Unfit`."""
    try:
        return tuple(MediaKind(text) for text in read_texts(node))
    except (Unfit, ValueError) as error:
        raise Unfit(f"kinds of media ({', '.join(MediaKind)})") from error


def read_choice(*accepted: str) -> Callable[[Node], str]:
    """Give a reader of one of some texts; it raises `Unfit`."""

    def read(node: Node) -> str:
        value = node.value if isinstance(node, Scalar) else None
        if isinstance(value, str) and value in accepted:
            return value
        raise Unfit(one_of(accepted))

    return read
