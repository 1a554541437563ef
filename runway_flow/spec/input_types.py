"""The types of inputs, read from how they are written: `string`, `{id: string, seconds?: integer}`."""

from __future__ import annotations

from runway_flow.kernel import codes
from runway_flow.kernel.diagnostics import Diagnostic, Span
from runway_flow.kernel.suggest import did_you_mean
from runway_flow.spec.document import Mapping, Node, Scalar
from runway_flow.spec.flow import InputKind, InputType, Member

_KINDS = {kind.value: kind for kind in InputKind}
_NESTED_KEYS = frozenset(("type", "of"))


def parse_input_type(node: Node) -> tuple[InputType | None, tuple[Diagnostic, ...]]:
    """Read a type: the name of a kind, `{type: list, of: …}`, or the members of an object.

    A mapping whose only keys are `type` (the name of a kind) and `of` is a type; every other mapping lists
    the members of an object, and `name?` is an optional one. The type is None where there is an error.
    """
    findings: list[Diagnostic] = []
    found = _type(node, findings)
    return (None if findings else found), tuple(findings)


def make_input_type(kind: Scalar, of: Node | None) -> tuple[InputType | None, tuple[Diagnostic, ...]]:
    """Read a type from the `type` and the `of` of a declaration; None where there is an error."""
    findings: list[Diagnostic] = []
    found = _named(kind, of, findings)
    return (None if findings else found), tuple(findings)


def _type(node: Node, findings: list[Diagnostic]) -> InputType | None:
    if isinstance(node, Scalar):
        return _named(node, None, findings)
    if not isinstance(node, Mapping):
        message = "a type is a name or a mapping of members, not a list"
        hint = "write `{type: list, of: string}` for a list"
        findings.append(Diagnostic(codes.STRUCTURE_TYPE, message, _begin(node.span), hint=hint))
        return None
    kind = node.find("type")
    if kind is not None and isinstance(kind.value, Scalar) and kind.value.value in _KINDS:
        of = node.find("of")
        if {entry.key for entry in node.entries} <= _NESTED_KEYS:
            return _named(kind.value, of.value if of else None, findings)
    return _object(node, findings)


def _named(node: Scalar, of: Node | None, findings: list[Diagnostic]) -> InputType | None:
    kind = _KINDS.get(str(node.value))
    if kind is None:
        shown = "" if node.value is None else node.value
        findings.append(
            Diagnostic(
                codes.STRUCTURE_VALUE,
                f"`{shown}` is not a type of inputs",
                node.span,
                hint=did_you_mean(str(node.value), _KINDS),
                notes=(f"accepted: {' '.join(_KINDS)}",),
            )
        )
        return None
    if of is None:
        return InputType(kind)
    if kind is InputKind.LIST:
        return InputType(kind, of=_type(of, findings))
    if kind is InputKind.OBJECT and isinstance(of, Mapping):
        return _object(of, findings)
    what = "takes the members of an object" if kind is InputKind.OBJECT else "is for lists and objects"
    message = f"`of` {what}"
    hint = (
        "write `of: {name: string}`" if kind is InputKind.OBJECT else f"leave it out: a {kind} has no parts"
    )
    findings.append(Diagnostic(codes.STRUCTURE_VALUE, message, _begin(of.span), hint=hint))
    return None


def _object(node: Mapping, findings: list[Diagnostic]) -> InputType:
    members: dict[str, Member] = {}
    for entry in node.entries:
        name = entry.key.removesuffix("?")
        if name in members:
            message = f"the member `{name}` stands twice"
            hint = "keep one of them"
            findings.append(Diagnostic(codes.DUPLICATE_KEY, message, entry.key_span, hint=hint))
        found = _type(entry.value, findings)
        if found is not None:
            members[name] = Member(found, is_optional=entry.key.endswith("?"))
    return InputType(InputKind.OBJECT, members=members)


def _begin(span: Span) -> Span:
    """Point at where a list or mapping begins."""
    return Span(span.path, span.line, span.column, span.line, span.column)


def describe_kind(kind: InputKind) -> str:
    """Name a kind as a message does: `an image`."""
    if kind is InputKind.AUDIO:
        return "an audio file"
    return f"{'an' if kind.value[0] in 'aeiou' else 'a'} {kind.value}"
