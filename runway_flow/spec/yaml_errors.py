"""Why YAML cannot be parsed, said in the author's terms; never the parser's own words first.

The two parsers (libyaml, PyYAML's own) word the same failure differently: what is told apart here is told
by the author's text and by fragments that both use.
"""

from __future__ import annotations

import re

from msgspec import Struct
from msgspec.structs import replace

from runway_flow.kernel import codes
from runway_flow.kernel.diagnostics import Diagnostic, Span
from runway_flow.spec.yaml_brackets import explain_bracket, explain_expression, explain_opener
from runway_flow.spec.yaml_failures import (
    EXPRESSION,
    Explained,
    Failure,
    finding_at,
    line_at,
    value_below,
)
from runway_flow.spec.yaml_offers import offer, offer_quotes
from runway_flow.spec.yaml_quotes import explain_escape, explain_swallowed, explain_unclosed
from runway_flow.spec.yaml_words import GENERAL, INDENTATION, OPENERS

_PAIR = re.compile(
    r"(?P<lead>\s*(?:-\s+)*)(?P<key>[A-Za-z_][\w.@/+-]*|\"[^\"]*\"|'[^']*')\s*:\s+(?P<value>\S.*)"
)
_ITEM = re.compile(r"(?P<lead>\s*)-\s+(?P<value>\S.*)")


class _Value(Struct, frozen=True):
    """The value on a line: its key, its text, where it and its key (or the `-` before it) begin, from 0."""

    key: str | None
    text: str
    column: int
    indent: int


def explain_failure(path: str, text: str, failure: Failure) -> Explained:
    """Explain what stopped the parser: its place, what YAML took the text for, what to write."""
    lines = text.split("\n")
    for explain in (
        _directive,
        _tab,
        explain_unclosed,
        explain_swallowed,
        explain_escape,
        _indented_start,
        explain_expression,
        _value_trap,
        _line_above,
        _below_block,
        explain_bracket,
    ):
        found = explain(path, lines, failure)
        if found is not None:
            return Explained(_within(lines, found.finding), found.rest)
    return Explained(_within(lines, _general(path, lines, failure)))


def _within(lines: list[str], finding: Diagnostic) -> Diagnostic:
    """Keep a finding's place inside its line, whatever its explanation took for granted."""
    span = finding.span
    if span is None or span.end_column <= len(line_at(lines, span.line - 1)) + 1:
        return finding
    last = len(line_at(lines, span.line - 1)) + 1
    place = Span(span.path, span.line, min(span.column, last), span.line, last)
    return replace(finding, span=place)


def _directive(path: str, lines: list[str], failure: Failure) -> Explained | None:
    """Find a line that begins with `%` before the document does."""
    is_about_it = "directive" in failure.context or "document start" in failure.problem
    above = lines[: failure.line + 1]
    if not is_about_it or not lines[0].startswith("%") or any(line.startswith("---") for line in above):
        return None
    message = "this `%` line is no directive of YAML"
    return Explained(finding_at(path, (0, 0), message, "leave it out", len(lines[0].rstrip())))


def _tab(path: str, lines: list[str], failure: Failure) -> Explained | None:
    line = line_at(lines, failure.line)
    column = line.find("\t")
    if column < 0 or line[:column].strip() or failure.column > len(line) - len(line.lstrip()):
        return None
    span = Span(path, failure.line + 1, column + 1, failure.line + 1, column + 2)
    message = "a tab is used for indentation"
    return Explained(Diagnostic(codes.YAML_TAB, message, span, hint="indent with spaces"))


def _indented_start(path: str, lines: list[str], failure: Failure) -> Explained | None:
    """Find a first line that is indented, with others that are not: they seem to stand after the end."""
    if "document start" not in failure.problem:
        return None
    number = next((at for at, line in enumerate(lines) if line.strip() and not line.startswith("#")), 0)
    indent = _indent(lines[number])
    if not indent or failure.line <= number or failure.column >= indent:
        return None
    message = "the first key is indented, and the lines below it are not"
    hint = "begin it in the first column, like all keys of the flow"
    return Explained(finding_at(path, (number, 0), message, hint, indent))


def _value_on(line: str) -> _Value | None:
    found = _PAIR.fullmatch(line)
    if found is not None:
        key = found["key"].strip("\"'")
        return _Value(key, found["value"].rstrip(), found.start("value"), found.end("lead"))
    found = _ITEM.fullmatch(line)
    if found is not None:
        return _Value(None, found["value"].rstrip(), found.start("value"), found.end("lead"))
    return None


def _value_trap(path: str, lines: list[str], failure: Failure) -> Explained | None:
    """Find a text on the failing line that YAML takes for something else."""
    if "flow" in failure.context:
        return None
    value = _value_on(line_at(lines, failure.line))
    if value is None or failure.column < value.column:
        return None
    place = (failure.line, failure.column)
    if "start any token" in failure.problem and failure.column > value.column:
        return explain_opener(path, place, lines)
    finding = None
    if value.text[0] in OPENERS:
        finding = _opener(path, failure, value)
    elif "mapping values" in failure.problem:
        finding = _colon(path, place, value)
    if finding is None:
        return None
    return Explained(finding, value_below(path, lines, failure.line, value.column, value.indent))


def _opener(path: str, failure: Failure, value: _Value) -> Diagnostic:
    message = OPENERS[value.text[0]]
    quote = value.text[0] if value.text[0] in "\"'" and value.text[0] == value.text[-1] else ""
    hint = offer(value.key, value.text.removeprefix(quote).removesuffix(quote))
    column = failure.column
    if value.text.startswith("{{"):
        message = "an expression begins with `$`"
        hint = offer(value.key, f"${value.text}")
        column = value.column
    elif value.text[0] in "|>":
        hint = f"begin the text on the line below:\n{value.key}: |\n  {value.text[1:].strip()}"
    elif value.text[0] == "-":
        hint = f"begin the list on the next line; if it is a text, {hint}"
    return finding_at(path, (failure.line, column), message, hint)


def _colon(path: str, place: tuple[int, int], value: _Value) -> Diagnostic:
    """Explain `: ` inside a plain text or a plain expression."""
    offset = place[1] - value.column
    for found in EXPRESSION.finditer(value.text):
        if found.start() <= offset < found.end():
            what = "a mapping" if value.text[found.start() + 3 : offset].lstrip().startswith("{") else "`: `"
            message = f"{what} inside an expression needs quotes around the whole value"
            return finding_at(path, place, message, offer_quotes(value.key, value.text))
    return finding_at(path, place, "`: ` cannot stand in a plain text", offer(value.key, value.text))


_NO_SPACE = re.compile(r"(\s*(?:-\s+)*)([A-Za-z_][\w-]*):(\S.*)")


def _line_above(path: str, lines: list[str], failure: Failure) -> Explained | None:
    """Find `key:value` without its space, which YAML takes for a text that goes on below."""
    if "simple key" in failure.context:
        number = failure.context_line
    elif "mapping values" in failure.problem:
        number = failure.line - 1
    else:
        return None
    found = _NO_SPACE.fullmatch(line_at(lines, number))
    if found is None:
        return None
    hint = f"put a space behind the colon: `{found[2]}: {found[3].strip()}`"
    place = (number, found.start(3) - 1)
    return Explained(finding_at(path, place, "a space is missing after `:`", hint))


def _offer_column(lines: list[str], place: tuple[int, int]) -> str | None:
    """Tell in which column the line could begin: the nearest of those in which open mappings do."""
    open_at: dict[int, int] = {}  # column → line, from the nearest line above outwards
    for number in range(place[0] - 1, -1, -1):
        line = lines[number]
        indent = _indent(line)
        if line.strip() and not line.lstrip().startswith("#") and indent < min(open_at, default=indent + 1):
            open_at[indent] = number
    if not open_at or place[1] in open_at:
        return None
    nearest = min(open_at, key=lambda column: (abs(column - place[1]), -column))
    return f"begin this line in column {nearest + 1}, like line {open_at[nearest] + 1}"


_BLOCK = re.compile(r"\s*(?:-\s+)*[^\s#][^#]*:\s+[|>][-+0-9]*\s*")


def _below_block(path: str, lines: list[str], failure: Failure) -> Explained | None:
    """Find a line that belongs to the text of a block, but is indented less than it begins."""
    place = (failure.context_line, failure.context_column)
    if "simple key" not in failure.context or not line_at(lines, place[0]).strip():
        return None
    above = [number for number in range(place[0]) if lines[number].strip()]
    while above and _indent(lines[above[-1]]) > place[1]:
        above.pop()
    if not above or _BLOCK.fullmatch(lines[above[-1]]) is None:
        return None
    first = next(number for number in range(above[-1] + 1, place[0] + 1) if lines[number].strip())
    column = _indent(lines[first]) if first < place[0] else _indent(lines[above[-1]]) + 2
    message = "this line is not indented like the text of a block, which ends above it"
    hint = f"if it belongs to that text, begin it in column {column + 1}; else put a `: ` behind the key"
    return Explained(finding_at(path, place, message, hint))


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip(" "))


def _general(path: str, lines: list[str], failure: Failure) -> Diagnostic:
    words = f"{failure.problem} {failure.context}"
    place = (failure.line, failure.column)
    if "simple key" in failure.context:
        place = (failure.context_line, failure.context_column)
    if place[0] >= len(lines) or place[1] > len(line_at(lines, place[0])):
        place = (len(lines) - 1, len(lines[-1]))
    width = 1 if place[1] < len(lines[place[0]]) else 0
    for fragment, message, hint in GENERAL:
        if fragment in words:
            column = _offer_column(lines, place) if hint == INDENTATION else None
            return finding_at(path, place, message, column or hint, width)
    note = f"the parser says: {failure.context} {failure.problem}".replace("  ", " ")
    message = "the text cannot be read as YAML from here on"
    return finding_at(path, place, message, "put texts in quotes", width, (note,))
