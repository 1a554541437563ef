"""A written value as a value of an input's type, or what is wrong with it."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from runway_flow.kernel import codes
from runway_flow.kernel.diagnostics import Diagnostic
from runway_flow.kernel.patterns import PatternProblem, fits
from runway_flow.kernel.suggest import did_you_mean
from runway_flow.spec.document import Mapping, Node, Scalar, Sequence
from runway_flow.spec.flow import Input, InputKind, InputType
from runway_flow.spec.input_types import describe_kind
from runway_flow.spec.media_path import MediaPath, is_address, join_path
from runway_flow.spec.scalars import YAML_1_1_SWITCHES

if TYPE_CHECKING:
    from runway_flow.kernel.codes import Code
    from runway_flow.kernel.diagnostics import Span

_TEXTS = (InputKind.STRING, InputKind.TEXT)
_MEDIUM_KEYS = frozenset(("url", "sha256"))
_SHOWN = 40
_NUMBER = re.compile(r"-?\d{1,15}(\.\d{1,15})?")


class Place(Struct, frozen=True):
    """Where a value comes from: the folder of its relative paths, and how it was given if not in a file."""

    folder: str
    origin: str | None = None

    def span(self, node: Node) -> Span | None:
        """Give a value's place; None for one of the command line. A collection is shown by its first line."""
        if self.origin is not None:
            return None
        span = node.span
        if isinstance(node, Scalar):
            return span
        return type(span)(span.path, span.line, span.column, span.line, span.column)


def read_value(declared: Input, node: Node, place: Place) -> tuple[object, tuple[Diagnostic, ...]]:
    """Give the value of an input: texts, numbers, booleans, null, `MediaPath`, tuples, dicts.

    A declared member of an object that is not given is null. With findings the value means nothing.
    """
    if isinstance(node, Scalar) and node.value is None:
        return None, ()
    reading = _Reading(place)
    value = reading.read(declared.type, node, f"`{declared.name}`")
    if not reading.findings:
        reading.limit(declared, node, value)
    return value, tuple(reading.findings)


def check_choices(declared: Input, place: Place) -> tuple[Diagnostic, ...]:
    """Give the findings about `choices` that are no values of the input's type themselves."""
    reading = _Reading(place)
    for choice in declared.choices or ():
        reading.choice(declared, choice)
    return tuple(reading.findings)


def _item_type(type_: InputType) -> InputType | None:
    """Choices are of the items of a list (None: of any type), else of the value itself."""
    return type_.of if type_.kind is InputKind.LIST else type_


class _Reading:
    """Collects findings while a value is read; recurses as deep as the value is."""

    def __init__(self, place: Place) -> None:
        self.findings: list[Diagnostic] = []
        self._place = place

    def read(self, type_: InputType, node: Node, name: str) -> object:
        """Give a node's value; `name` is what messages call it."""
        kind = type_.kind
        if kind is InputKind.LIST:
            return self._list(type_, node, name)
        if kind is InputKind.OBJECT:
            return self._object(type_, node, name)
        if kind.is_media:
            return self._medium(kind, node, name)
        value = node.value if isinstance(node, Scalar) else None
        if value is None or not _is_of(kind, value):
            self._report_type(kind, node, name)
        return value

    def choice(self, declared: Input, node: Node) -> object:
        """Give the value of one of the choices of an input."""
        type_ = _item_type(declared.type)
        return (
            plain_value(node) if type_ is None else self.read(type_, node, f"a choice of `{declared.name}`")
        )

    def _list(self, type_: InputType, node: Node, name: str) -> object:
        if not isinstance(node, Sequence):
            self._report_type(type_.kind, node, name)
            return ()
        if type_.of is None:
            return plain_value(node)
        of = type_.of
        return tuple(
            self.read(of, item, f"{name} item {number}") for number, item in enumerate(node.items, 1)
        )

    def _object(self, type_: InputType, node: Node, name: str) -> object:
        if not isinstance(node, Mapping):
            self._report_type(type_.kind, node, name)
            return {}
        if type_.members is None:
            return plain_value(node)
        values: dict[str, object] = dict.fromkeys(type_.members)
        for entry in node.entries:
            member = type_.members.get(entry.key)
            if member is None:
                self._report_member(entry.key, entry.key_span, type_.members, name)
            elif not (isinstance(entry.value, Scalar) and entry.value.value is None):
                values[entry.key] = self.read(member.type, entry.value, f"{name} member `{entry.key}`")
        written = {entry.key for entry in node.entries if plain_value(entry.value) is not None}
        for key, member in type_.members.items():
            if key not in written and not member.is_optional:
                hint = f"write it, or declare it as `{key}?` if it may be missing"
                self._report(codes.INPUT_TYPE, f"{name} has no `{key}`", node, hint)
        return values

    def _medium(self, kind: InputKind, node: Node, name: str) -> object:
        if isinstance(node, Mapping):
            keys = {entry.key for entry in node.entries}
            if "url" in keys and keys <= _MEDIUM_KEYS:
                return plain_value(node)
        if not isinstance(node, Scalar) or not isinstance(node.value, str) or not node.value.strip():
            self._report_type(kind, node, name)
            return None
        written = node.value.strip()
        if is_address(written):
            return written
        place = self._place
        return MediaPath(join_path(place.folder, written), written, place.span(node), place.origin)

    def limit(self, declared: Input, node: Node, value: object) -> None:
        """Hold a value that is of its type to `choices`, `min`, `max` and `pattern`."""
        name = f"`{declared.name}`"
        if declared.choices is not None:
            self._choose(declared, node, value)
        if isinstance(value, (int, float)) and not isinstance(value, bool):
            if declared.minimum is not None and value < declared.minimum:
                self._report(
                    codes.INPUT_VALUE,
                    f"{name} is {value}, below its minimum",
                    node,
                    f"at least {declared.minimum}",
                )
            if declared.maximum is not None and value > declared.maximum:
                self._report(
                    codes.INPUT_VALUE,
                    f"{name} is {value}, above its maximum",
                    node,
                    f"at most {declared.maximum}",
                )
        if declared.pattern is not None and isinstance(value, str):
            self._match(name, declared.pattern, node, value)

    def _match(self, name: str, pattern: str, node: Node, value: str) -> None:
        notes = (f"pattern: {pattern} (for the whole text)",)
        try:
            if fits(pattern, value):
                return
            message = f"{name} does not have the form that its pattern asks for"
        except PatternProblem as problem:
            message = f"{name} cannot be held to its pattern: {problem}"
        self._report(codes.INPUT_VALUE, message, node, None, notes)

    def _choose(self, declared: Input, node: Node, value: object) -> None:
        is_list = declared.type.kind is InputKind.LIST
        reading = _Reading(self._place)
        accepted = [reading.choice(declared, choice) for choice in declared.choices or ()]
        items = value if is_list and isinstance(value, tuple) else (value,)
        nodes = node.items if is_list and isinstance(node, Sequence) else (node,)
        known = [_comparable(choice) for choice in accepted]
        for item, place in zip(items, nodes, strict=True):
            if _comparable(item) not in known:
                texts = [_shown(choice) for choice in accepted]
                message = f"{_shown(item)} is not one of the choices of `{declared.name}`"
                hint = (
                    did_you_mean(item, [text for text in accepted if isinstance(text, str)])
                    if isinstance(item, str)
                    else None
                )
                self._report(codes.INPUT_VALUE, message, place, hint, (f"accepted: {' '.join(texts)}",))

    def _report_member(self, key: str, span: Span, members: object, name: str) -> None:
        names = list(members) if isinstance(members, dict) else []
        finding = Diagnostic(
            codes.INPUT_TYPE,
            self._said(f"{name} has no member `{key}`"),
            span if self._place.origin is None else None,
            hint=did_you_mean(key, names),
            notes=(f"members: {' '.join(names)}",),
        )
        self.findings.append(finding)

    def _report_type(self, kind: InputKind, node: Node, name: str) -> None:
        hint = _hint_for_type(kind, node)
        self._report(
            codes.INPUT_TYPE, f"{name} takes {describe_kind(kind)}, not {_describe(node)}", node, hint
        )

    def _report(
        self, code: Code, message: str, node: Node, hint: str | None, notes: tuple[str, ...] = ()
    ) -> None:
        place = self._place.span(node)
        self.findings.append(Diagnostic(code, self._said(message), place, hint=hint, notes=notes))

    def _said(self, message: str) -> str:
        return message if self._place.origin is None else f"{self._place.origin}: {message}"


def plain_value(node: Node) -> object:
    """Give a node as a frozen plain value: lists are tuples."""
    if isinstance(node, Scalar):
        return node.value
    if isinstance(node, Sequence):
        return tuple(plain_value(item) for item in node.items)
    return {entry.key: plain_value(entry.value) for entry in node.entries}


def _is_of(kind: InputKind, value: str | float) -> bool:
    if kind in _TEXTS:
        return isinstance(value, str)
    if kind is InputKind.BOOLEAN:
        return isinstance(value, bool)
    is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
    return is_number and (kind is InputKind.NUMBER or isinstance(value, int))


def _describe(node: Node) -> str:
    if isinstance(node, Mapping):
        return "a mapping"
    if isinstance(node, Sequence):
        return "a list"
    if node.value is None:
        return "null"
    if isinstance(node.value, str):
        return f"the text {_shown(node.value)}"
    return _shown(node.value)


def _shown(value: object) -> str:
    if isinstance(value, MediaPath):
        value = value.written
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)
    return f"`{text}`" if len(text) <= _SHOWN else f"`{text[:_SHOWN]}…`"


def _hint_for_type(kind: InputKind, node: Node) -> str | None:
    value = node.value if isinstance(node, Scalar) else None
    if kind in _TEXTS and isinstance(value, (int, float)):
        return f'put it in quotes: `"{_shown(value).strip("`")}"`'
    if kind is InputKind.BOOLEAN:
        meant = YAML_1_1_SWITCHES.get(str(value).lower())
        return f"write `{meant}`" if meant else "write `true` or `false`"
    if kind in (InputKind.INTEGER, InputKind.NUMBER) and isinstance(value, str) and _NUMBER.fullmatch(value):
        return f"write it without quotes: `{value}`"
    if kind is InputKind.INTEGER and isinstance(value, float) and value.is_integer():
        return f"write `{int(value)}`"
    if kind is InputKind.LIST and isinstance(value, str):
        return f"write a list: `[{value[:_SHOWN]}]`"
    return "give a path, an address, or `{url: …, sha256: …}`" if kind.is_media else None


def _comparable(value: object) -> object:
    """Give a form in which 1, true and 1.0 differ as they should, and media are equal by their paths."""
    if isinstance(value, bool):
        return (bool, value)
    if isinstance(value, MediaPath):
        return replace(value, written="", span=None, origin=None)
    if isinstance(value, tuple):
        return tuple(_comparable(item) for item in value)
    if isinstance(value, dict):
        return {key: _comparable(item) for key, item in value.items()}
    return value
