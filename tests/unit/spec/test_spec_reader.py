"""Rules of the reader: bytes to text, text to a document."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from runway_flow.kernel.diagnostics import Diagnostic, Span
from runway_flow.spec import reader
from runway_flow.spec.builder import build_flow
from runway_flow.spec.document import Document, Entry, Mapping, Node, Scalar, Sequence, plain_data
from runway_flow.spec.limits import MAX_NODES, MAX_TEXT_BYTES
from runway_flow.spec.reader import decode, read_document
from runway_flow.spec.structure import check_structure

if TYPE_CHECKING:
    from collections.abc import Iterator

CASES = Path(__file__).parents[2] / "cases"


def document_of(text: str, path: str = "flow.yaml") -> Document:
    """Read a text that has no mistakes."""
    document, findings = read_document(text, path)
    assert findings == ()
    assert document is not None
    return document


def codes_of(text: str, path: str = "flow.yaml") -> list[str]:
    """Give the codes of a text's findings."""
    return [item.code.id for item in read_document(text, path)[1]]


def places_in(node: Node) -> Iterator[Span]:
    """Go through the places of a tree, keys included."""
    yield node.span
    if isinstance(node, Sequence):
        for item in node.items:
            yield from places_in(item)
    elif isinstance(node, Mapping):
        for entry in node.entries:
            yield entry.key_span
            yield from places_in(entry.value)


def cut(text: str, span: Span) -> str:
    """Give what a place covers."""
    lines = text.split("\n")[span.line - 1 : span.end_line]
    lines[-1] = lines[-1][: span.end_column - 1]
    lines[0] = lines[0][span.column - 1 :]
    return "\n".join(lines)


def is_inside(span: Span, text: str) -> bool:
    """Tell whether a place lies in a text, its end not before its begin."""
    lines = text.split("\n")
    return (
        1 <= span.line <= span.end_line <= len(lines)
        and (span.line, span.column) <= (span.end_line, span.end_column)
        and 1 <= span.column <= len(lines[span.line - 1]) + 1
        and 1 <= span.end_column <= len(lines[span.end_line - 1]) + 1
    )


def test_decode_drops_the_byte_order_mark_and_carriage_returns() -> None:
    """A BOM is dropped; CRLF and CR become LF."""
    assert decode(b"\xef\xbb\xbfa: 1\r\nb: 2\rc", "f") == "a: 1\nb: 2\nc"


def test_decode_shows_the_place_of_a_wrong_byte() -> None:
    """What is not UTF-8 is a finding at its line and column, counted in characters."""
    found = decode("\ufeffé: ü\r\nñ: ".encode() + b"\xff", "f")
    assert isinstance(found, Diagnostic)
    assert found.span == Span("f", 2, 4, 2, 4)
    assert (found.code.id, "0xff" in found.message) == ("RF102", True)


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
def test_decode_recognises_utf_16(encoding: str) -> None:
    """A file in UTF-16 gets told so."""
    found = decode("\ufeffa: 1".encode(encoding), "f")
    assert isinstance(found, Diagnostic)
    assert "UTF-16" in found.message


def test_decode_refuses_what_is_too_large() -> None:
    """More than 4 MiB are not looked at."""
    found = decode(b" " * (MAX_TEXT_BYTES + 1), "f")
    assert isinstance(found, Diagnostic)
    assert found.code.id == "RF103"
    assert decode(b" " * MAX_TEXT_BYTES, "f") == " " * MAX_TEXT_BYTES


def test_text_is_limited_by_its_bytes() -> None:
    """The limit counts bytes of UTF-8, not characters."""
    assert codes_of("é" * (MAX_TEXT_BYTES // 2) + "é") == ["RF103"]


@pytest.mark.parametrize("character", ["\x00", "\x1b", "\x7f", "\ud800", "\ufffe"])
def test_characters_that_yaml_forbids_have_their_place(character: str) -> None:
    """A control character or half a character is RF101 at its place, before any parser sees it."""
    _, (finding,) = read_document(f"a: b\nc: d{character}", "f")
    assert (finding.code.id, finding.span) == ("RF101", Span("f", 2, 5, 2, 6))


def test_spans_count_characters_from_one_and_end_exclusively() -> None:
    """Places cover exactly what was written, in characters, whatever their width."""
    text = 'é: "ü"\n😀: [x, {ß: 1}]\nb: |\n  one\n  two\n\nc:\n  - d\n  -  e f\n   g\n'
    document = document_of(text)
    shown = [cut(text, span) for span in places_in(document.root)]
    assert shown[1:10] == ["é", '"ü"', "😀", "[x, {ß: 1}]", "x", "{ß: 1}", "ß", "1", "b"]
    assert shown[10:] == ["|\n  one\n  two", "c", "- d\n  -  e f\n   g", "d", "e f\n   g"]


def test_a_collection_that_ends_with_an_alias_contains_it() -> None:
    """A block that ends with an alias ends behind it, though the alias's value stands above."""
    text = "a: &x 1\nb:\n  - *x\n  - *x\nc: 2\n"
    root = document_of(text).root
    assert isinstance(root, Mapping)
    entry = root.find("b")
    assert isinstance(entry, Entry)
    assert cut(text, entry.value.span).startswith("- *x\n  - *x")


def test_empty_texts_are_null() -> None:
    """A file without a value is a null document."""
    for text in ("", "\n", "# only a comment\n", "---\n"):
        assert plain_data(document_of(text).root) is None


def test_the_text_of_a_document_is_the_text_that_its_places_count_in() -> None:
    """CR and CRLF are LF in the document, and a BOM is gone."""
    assert document_of("\ufeffa: 1\r\nb: 2\r").text == "a: 1\nb: 2\n"


def test_line_separators_of_yaml_1_1_are_text() -> None:
    """NEL, LS and PS break no line (YAML 1.2), and stay what they are, beside private use characters."""
    text = 'a: x\u2028y\u2029z\u0085w\ue000\nb: "\\L"\n'
    document = document_of(text)
    assert plain_data(document.root) == {"a": "x\u2028y\u2029z\u0085w\ue000", "b": "\u2028"}
    assert max(span.end_line for span in places_in(document.root)) == 2


def test_json_escapes_beyond_the_first_plane_are_read_in_json_files() -> None:
    """A `.json` file may write a character as two escapes; an escaped backslash begins none."""
    text = '{"a": "\\ud83d\\ude00", "b": "\\\\ud83d\\\\ude00"}'
    assert plain_data(document_of(text, "x.json").root) == {"a": "😀", "b": "\\ud83d\\ude00"}
    assert codes_of(text, "x.yaml") == ["RF101"]


def test_duplicate_keys_keep_the_first_value() -> None:
    """Of a key that stands twice the first place stands, and the rest of the file is read on."""
    document, findings = read_document("a: 1\na: {b: 2}\nc: 3\nc: 4\n", "f")
    assert document is not None
    assert plain_data(document.root) == {"a": 1, "c": 3}
    assert [item.span.line for item in findings if item.span] == [2, 4]
    assert findings[0].notes == ("first written at f:1:1",)


def test_findings_before_a_syntax_error_are_kept() -> None:
    """A syntax error ends the pass, but what was found above it is shown too."""
    assert codes_of("a: 1\na: 2\nb: @x\n") == ["RF104", "RF101"]


@pytest.mark.parametrize(
    "text",
    [
        "[" * 40_000,
        "{" * 400_000,
        "- " * 40_000,
        "? " * 40_000,
        "a: [" * 20_000,
        "[\n" * 100_000,
        "\n".join(" " * depth + "a:" for depth in range(60)),
    ],
)
def test_nesting_is_bounded_before_anything_recurses(text: str) -> None:
    """Brackets by the thousand end in RF103, not in a crash of the parser."""
    assert codes_of(text) == ["RF103"]


def test_values_are_counted_with_what_aliases_expand_to() -> None:
    """A billion laughs and 200,000 empty lists end in RF103."""
    laughs = "a0: &a0 [x, x, x, x, x, x, x, x, x]\n" + "".join(
        f"a{level}: &a{level} [{', '.join([f'*a{level - 1}'] * 9)}]\n" for level in range(1, 9)
    )
    assert codes_of(laughs) == ["RF103"]
    assert codes_of("[" + "[]," * MAX_NODES + "]") == ["RF103"]


def test_as_many_values_as_allowed_are_read() -> None:
    """The limit itself is not an error; the list counts as one value."""
    assert codes_of("[" + "~," * (MAX_NODES - 1) + "]") == []
    assert codes_of("[" + "~," * MAX_NODES + "]") == ["RF103"]


def test_what_is_no_number_of_ours_costs_nothing() -> None:
    """A base-60 number of 300 kB is text; a hexadecimal one of 10,000 digits is out of range."""
    assert codes_of("a: " + "1:" * 150_000 + "1") == []
    assert codes_of("a: 0x" + "f" * 10_000) == ["RF117"]


CASE_FILES = sorted((CASES / "err").glob("yaml_*.yaml")) + sorted((CASES / "ok").glob("*_*.yaml"))


@pytest.mark.parametrize("case", CASE_FILES, ids=lambda case: case.stem)
def test_the_pure_parser_finds_the_same(case: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without libyaml the findings are the same: codes, messages, lines."""
    text = case.read_text("utf-8")
    _, fast = read_document(text, case.name)
    monkeypatch.setattr(reader, "Loader", yaml.SafeLoader)
    _, pure = read_document(text, case.name)
    assert [(item.code, item.message, item.span) for item in pure] == [
        (item.code, item.message, item.span) for item in fast
    ]


@pytest.mark.parametrize("text", ['"\\U00FFFFFF"', '"\\ud800"'])
def test_the_pure_parser_refuses_escapes_that_are_no_characters(
    text: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An escape that names no character is RF101 with either parser."""
    assert codes_of(text) == ["RF101"]
    monkeypatch.setattr(reader, "Loader", yaml.SafeLoader)
    assert codes_of(text) == ["RF101"]


def test_words_of_a_parser_that_are_not_known_are_passed_on(monkeypatch: pytest.MonkeyPatch) -> None:
    """A failure that we have no words for keeps the parser's; without a place it is the file's begin."""

    def fail(_: str) -> object:
        raise yaml.MarkedYAMLError(problem="found something odd")

    monkeypatch.setattr(reader, "Loader", fail)
    _, (finding,) = read_document("a: 1", "f")
    assert finding.span == Span("f", 1, 1, 1, 2)
    assert finding.notes == ("the parser says:  found something odd".replace("  ", " "),)


def all_findings(text: str) -> tuple[Diagnostic, ...]:
    """Run everything that reads a flow's text."""
    document, findings = read_document(text, "flow.yaml")
    if document is None:
        return findings
    return (*findings, *check_structure(document), *build_flow(document)[1])


WORDS = st.sampled_from(
    [
        "version: 1\n",
        "steps:\n",
        "  a:\n",
        "    uses: gen4.5\n",
        "    with: {",
        "}\n",
        "[",
        "]",
        "${{ ",
        " }}",
        "$${{",
        "inputs:",
        "foreach: ",
        "- ",
        "? ",
        ": ",
        " #",
        "|\n",
        ">-\n",
        '"',
        "'",
        "\\",
        "&a ",
        "*a",
        "!t ",
        "<<: ",
        "\t",
        "\n",
        "  ",
        "---\n",
        "...\n",
        "%YAML 1.2\n",
        "1e999",
        "0x1F",
        "~",
        ",",
        "é",
        "😀",
        "\u2028",
        "\r\n",
        "\x00",
        "@",
        "`",
        "{{",
        "a b",
        "when: ",
        "type: list",
        "of: ",
    ]
)


@settings(max_examples=300, deadline=None)
@given(st.one_of(st.text(), st.lists(WORDS).map("".join)))
def test_no_text_crashes_and_findings_lie_inside_it(text: str) -> None:
    """Whatever the text is, reading it raises nothing, and every finding has a place inside it."""
    seen = text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
    for finding in all_findings(text):
        assert finding.span is not None
        assert is_inside(finding.span, seen), finding


@settings(max_examples=150, deadline=None)
@given(st.lists(WORDS).map("".join))
def test_both_parsers_give_the_same_tree(text: str) -> None:
    """The parser of libyaml and PyYAML's own give the same values where both can read a text."""
    fast, _ = read_document(text, "f")
    loader = reader.Loader
    reader.Loader = yaml.SafeLoader
    try:
        pure, _ = read_document(text, "f")
    finally:
        reader.Loader = loader
    if fast is not None and pure is not None:
        assert plain_data(fast.root) == plain_data(pure.root)


@settings(max_examples=100, deadline=None)
@given(st.binary())
def test_no_bytes_crash(data: bytes) -> None:
    """Whatever the bytes are, they are a text or a finding inside the file."""
    found = decode(data, "f")
    assert isinstance(found, str) or found.span is not None


def test_a_scalar_knows_whether_it_was_plain() -> None:
    """Quotes and blocks make a text of what would be a number."""
    root = document_of("[5, '5', \"5\"]").root
    assert isinstance(root, Sequence)
    assert [(item.value, item.is_plain) for item in root.items if isinstance(item, Scalar)] == [
        (5, True),
        ("5", False),
        ("5", False),
    ]


def test_a_key_may_carry_an_anchor() -> None:
    """What an anchor on a key names is the key's text."""
    document, findings = read_document("&who name: lamp\ntitle: *who\n", "flow.yaml")
    assert not findings
    assert document is not None
    assert plain_data(document.root) == {"name": "lamp", "title": "name"}
