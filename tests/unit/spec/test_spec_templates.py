"""Rules of texts with expressions: how they are split, and where their parts stand in the file."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from runway_flow.spec.building import Building
from runway_flow.spec.document import Document, Mapping, Scalar
from runway_flow.spec.expressions import Expression
from runway_flow.spec.reader import read_document
from runway_flow.spec.source_places import SourceLines
from runway_flow.spec.templates import Literal, Template
from runway_flow.spec.text_templates import RawExpression, Unclosed, split_text


def shown(text: str) -> list[str | None]:
    """Give the parts of a text: literals as they are, expressions in brackets, None for an unclosed one."""
    parts: list[str | None] = []
    for part in split_text(text):
        if isinstance(part, RawExpression):
            parts.append(f"<{part.source}>")
        else:
            parts.append(None if isinstance(part, Unclosed) else part)
    return parts


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("", []),
        ("plain", ["plain"]),
        ("${{a}}", ["<a>"]),
        ("x ${{ a }} y ${{ b }}", ["x ", "< a >", " y ", "< b >"]),
        ("$${{ a }}", ["${{ a }}"]),
        ("$$${{ a }}", ["$${{ a }}"]),
        ("$5 {{ x }} }}", ["$5 {{ x }} }}"]),
        ("${{ '}}' }}.", ["< '}}' >", "."]),
        ('${{ "}}\\"}}" }}.', ['< "}}\\"}}" >', "."]),
        ("${{ {'a': {'b': 1}}.a }}", ["< {'a': {'b': 1}}.a >"]),
        ("${{ it's }} and ${{ b }}", ["< it's >", " and ", "< b >"]),
        ("${{ { }} x", ["< { >", " x"]),
        ("${{ a } b", [None]),
        ("x ${{ a ${{ b }}", ["x ", None]),
        ("${{", [None]),
        ("${{ f(${{ x }}) }}", ["< f(${{ x }}) >"]),
    ],
)
def test_a_text_is_split_at_its_expressions(text: str, parts: list[str | None]) -> None:
    """`}}` in texts and mappings of an expression does not end it; `$${{` is a literal."""
    assert shown(text) == parts


@given(st.lists(st.sampled_from(["${{", "}}", "$", "{", "}", "'", '"', "\\", "a", " "])).map("".join))
def test_splitting_loses_nothing(text: str) -> None:
    """Literals, expressions and what is unclosed make the whole text again."""
    rebuilt = ""
    for part in split_text(text):
        if isinstance(part, RawExpression):
            assert text[part.start : part.end] == f"${{{{{part.source}}}}}"
            rebuilt += text[part.start : part.end]
        elif isinstance(part, Unclosed):
            rebuilt += text[part.start :]
        else:
            rebuilt += part.replace("${{", "$${{")
    assert rebuilt == text


def test_a_long_text_of_wrong_quotes_is_split_at_once() -> None:
    """Neither quotes nor braces without a partner make the work grow with the square of the length."""
    assert len(split_text("${{ { }} " * 100_000)) == 200_000
    assert shown('${{ "' + "\\'" * 500_000) == [None]


def scalar_in(text: str) -> tuple[Document, Scalar]:
    """Read `a: …` and give the value."""
    document, findings = read_document(text, "f")
    assert document is not None, findings
    assert isinstance(document.root, Mapping)
    value = document.root.entries[0].value
    assert isinstance(value, Scalar)
    return document, value


def places_of(text: str) -> list[str]:
    """Give what the file shows at the places of a value's expressions."""
    document, scalar = scalar_in(text)
    lines = document.text.split("\n")
    cuts = []
    for span in SourceLines(document).find_places(scalar, split_text(str(scalar.value))):
        covered = lines[span.line - 1 : span.end_line]
        covered[-1] = covered[-1][: span.end_column - 1]
        covered[0] = covered[0][span.column - 1 :]
        cuts.append("\n".join(covered))
    return cuts


@pytest.mark.parametrize(
    ("text", "places"),
    [
        ("a: x ${{ b }} ${{ c }}\n", ["${{ b }}", "${{ c }}"]),
        ("a: '${{ b }}'\n", ["${{ b }}"]),
        ('a: "é ${{ b }}"\n', ["${{ b }}"]),
        ('a: "\\"é\\" ${{ \\"b\\" }} ${{ c }}"\n', ['${{ \\"b\\" }}', "${{ c }}"]),
        ("a: 'it''s ${{ ''b'' }}'\n", ["${{ ''b'' }}"]),
        ("a: |\n  one\n  ${{ b }} two ${{ c }}\n", ["${{ b }}", "${{ c }}"]),
        ("a: >-\n  one ${{ b\n  + c }} two\n", ["${{ b\n  + c }}"]),
        ("a: one\n  ${{ b }}\n  two\n", ["${{ b }}"]),
        ('a: "\\x41 ${{ b }}"\n', ["${{ b }}"]),
        ('a: "\\x24{{ b }}"\n', ['"\\x24{{ b }}"']),
        ('a: "\\x24{{ b }} $\\x7b{ c }} ${{ d }}"\n', ['"\\x24{{ b }} $\\x7b{ c }} ${{ d }}"'] * 3),
        ('a: "${{ \\x62 }}"\n', ['"${{ \\x62 }}"']),
        ("a: $${{ x }} ${{ b\n", ["${{"]),
        ('a: "${{ \\x7d} ${{ b }}"\n', ['"${{ \\x7d} ${{ b }}"'] * 2),
    ],
)
def test_expressions_have_their_place_or_that_of_the_whole_text(text: str, places: list[str]) -> None:
    """An expression's place shows it; where escapes hide it, the place is the whole value's."""
    assert places_of(text) == places


PIECES = st.lists(
    st.sampled_from(["${{ b }}", "${{ 'c' }}", '${{ "d" }}', "$${{", "x", " ", "é", "'", '"', "\\", "\n"])
)


@settings(deadline=None)
@given(PIECES.map("".join), st.sampled_from(["'", '"', "|"]))
def test_no_place_is_wrong(text: str, style: str) -> None:
    """In every style, what stands at a place is the expression, or the place is the whole value's."""
    if style == "'":
        written = "'" + text.replace("'", "''").replace("\n", "\n\n ") + "'"
    elif style == '"':
        written = '"' + text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n") + '"'
    else:
        written = "|\n" + "".join(f"  {line}\n" for line in ["first", *text.split("\n")])
    document, scalar = scalar_in(f"a: {written}\n")
    parts = [part for part in split_text(str(scalar.value)) if isinstance(part, RawExpression)]
    found = places_of(f"a: {written}\n")
    whole = len(document.text)
    for part, place in zip(parts, found, strict=False):
        bare = place.replace("''", "'").replace('\\"', '"').replace("\\\\", "\\")
        expected = f"${{{{{part.source}}}}}"
        assert bare.split() == expected.split() or len(place) > len(expected) or len(place) == whole


def template_of(text: str) -> Literal | Template:
    """Build the value of `a: …`."""
    document, scalar = scalar_in(text)
    building = Building(document)
    template = building.template(scalar)
    assert building.findings == []
    assert isinstance(template, (Literal, Template))
    return template


@pytest.mark.parametrize("text", ["a: ${{ b }}\n", "a: ' ${{ b }} '\n", "a: |\n  ${{ b }}\n"])
def test_one_expression_alone_is_single(text: str) -> None:
    """White space around a single expression does not count, and is dropped."""
    template = template_of(text)
    assert isinstance(template, Template)
    assert template.is_single
    assert [type(part) for part in template.parts] == [Expression]


@pytest.mark.parametrize("text", ["a: ${{ b }}.\n", "a: ${{ b }} ${{ c }}\n", "a: $${{ ${{ b }}\n"])
def test_an_expression_with_company_is_text(text: str) -> None:
    """Beside any other text an expression is part of a text."""
    template = template_of(text)
    assert isinstance(template, Template)
    assert not template.is_single


def test_escaped_braces_alone_are_a_literal() -> None:
    """A text whose only `${{` is escaped has no expression in it."""
    template = template_of("a: 'x $${{ b }}'\n")
    assert isinstance(template, Literal)
    assert template.value == "x ${{ b }}"
