"""What the builder's parts share: findings, templates, and whether something had to be left out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from runway_flow.kernel import codes
from runway_flow.kernel.diagnostics import Diagnostic, Span
from runway_flow.spec.document import Mapping, Node, Scalar, Sequence, is_null
from runway_flow.spec.expression_offers import offer_condition
from runway_flow.spec.expressions import Constant, Expression, Hole
from runway_flow.spec.parser import parse_expression
from runway_flow.spec.source_places import SourceLines
from runway_flow.spec.templates import ListTemplate, Literal, MapTemplate, Template, ValueTemplate
from runway_flow.spec.text_templates import Unclosed, split_text

if TYPE_CHECKING:
    from runway_flow.kernel.codes import Code
    from runway_flow.spec.document import Document


class Building:
    """Reads values as templates and collects findings.

    `is_whole` turns false where something could not be read: what the reader told of, a value of the wrong
    type (which the structure check reports), an expression that cannot be read (reported here). A `Hole`
    stands in its place, so that the rest can be checked. `unclear`: keys of which nobody knows the meaning.
    """

    def __init__(self, document: Document) -> None:
        """Take the document that is built from."""
        self.findings: list[Diagnostic] = []
        self.is_whole = True
        self.unclear: set[str] = set()
        self._lines = SourceLines(document)

    def report(self, code: Code, message: str, span: Span, hint: str | None = None) -> None:
        """Add a finding."""
        self.findings.append(Diagnostic(code, message, span, hint=hint))

    def add(self, finding: Diagnostic | None) -> bool:
        """Add a finding if there is one; tells whether there is none."""
        if finding is not None:
            self.findings.append(finding)
        return finding is None

    def leave_out(self) -> None:
        """Note that the flow will have a hole."""
        self.is_whole = False

    def text(self, node: Node | None) -> str | None:
        """Give a node's plain text; None where there is none, a hole where it is something else."""
        if isinstance(node, Scalar) and isinstance(node.value, str):
            return node.value
        if not is_absent(node):
            self.leave_out()
        return None

    def number(self, node: Node | None) -> int | float | None:
        """Give a node's number; None where there is none, a hole where it is something else."""
        if node is None:
            return None
        if (
            isinstance(node, Scalar)
            and isinstance(node.value, (int, float))
            and not isinstance(node.value, bool)
        ):
            return node.value
        self.leave_out()
        return None

    def mapping(self, node: Node | None) -> Mapping | None:
        """Give a node as a mapping; None where there is none or null, a hole where it is something else."""
        if isinstance(node, Mapping):
            return node
        if not is_absent(node):
            self.leave_out()
        return None

    def template(self, node: Node) -> ValueTemplate:
        """Give a value with its expressions parsed. Recurses as deep as the document is."""
        if isinstance(node, Scalar):
            return self._scalar(node) if node.is_known else self.hole(node)
        if isinstance(node, Sequence):
            return ListTemplate(tuple(self.template(item) for item in node.items), node.span)
        return self.map_template(node) if node.is_whole else self.hole(node)

    def hole(self, node: Node) -> Template:
        """Give what stands for a value that could not be read."""
        self.leave_out()
        return Template((Expression("", Hole(), node.span),), node.span, is_single=True)

    def map_template(self, node: Mapping) -> MapTemplate:
        """Give a mapping with the expressions of its values parsed; keys hold none."""
        entries = tuple((entry.key, entry.key_span, self.template(entry.value)) for entry in node.entries)
        return MapTemplate(entries, node.span)

    def _scalar(self, scalar: Scalar) -> Literal | Template:
        text = scalar.value
        if not isinstance(text, str) or "${{" not in text:
            return Literal(text, scalar.span)
        raw = split_text(text)
        places = iter(self._lines.find_places(scalar, raw))
        parts: list[str | Expression] = []
        for part in raw:
            if isinstance(part, str):
                parts.append(part)
                continue
            place = next(places)
            if isinstance(part, Unclosed):
                self._report_unclosed(place)
                parts.append(Expression("", Hole(), place))
                continue
            found = parse_expression(part.source, place)
            if isinstance(found, Diagnostic):
                self.findings.append(found)
                self.leave_out()
                found = Expression(part.source, Hole(), place)
            parts.append(found)
        return _joined(parts, scalar.span)

    def _report_unclosed(self, place: Span) -> None:
        self.report(
            codes.EXPRESSION_UNCLOSED,
            "the expression that `${{` begins is not closed",
            place,
            "close it with `}}`; a literal `${{` is written `$${{`",
        )
        self.leave_out()

    def condition(self, name: str, node: Node | None) -> Expression | None:
        """Give `where` or `when`: one expression, or a literal `true` or `false`."""
        if node is None:
            return None
        if isinstance(node, Scalar) and isinstance(node.value, bool):
            return Expression(str(node.value).lower(), Constant(node.value), node.span)
        if isinstance(node, Scalar) and isinstance(node.value, str):
            before = len(self.findings)
            template = self._scalar(node)
            if isinstance(template, Template) and template.is_single:
                return next(part for part in template.parts if isinstance(part, Expression))
            if len(self.findings) == before:
                message = f"`{name}` takes one expression, `true` or `false`, not a text"
                hint = offer_condition(name, node.value)
                self.report(codes.CONDITION_NOT_BOOLEAN, message, node.span, hint)
        self.leave_out()
        return Expression("", Hole(), node.span)


def is_absent(node: Node | None) -> bool:
    """Tell whether a key is not there, or has no value."""
    return node is None or is_null(node)


def _joined(parts: list[str | Expression], span: Span) -> Literal | Template:
    expressions = [part for part in parts if isinstance(part, Expression)]
    if not expressions:
        return Literal("".join(part for part in parts if isinstance(part, str)), span)
    is_single = len(expressions) == 1 and not any(isinstance(part, str) and part.strip() for part in parts)
    return Template(tuple(expressions) if is_single else tuple(parts), span, is_single)
