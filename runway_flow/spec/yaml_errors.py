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
from runway_flow.spec.yaml_offers import first_text, offer, offer_quotes
from runway_flow.spec.yaml_words import GENERAL, OPENERS

_PAIR = re.compile(
    r"(?P<lead>\s*(?:-\s+)*)(?P<key>[A-Za-z_][\w.@/+-]*|\"[^\"]*\"|'[^']*')\s*:\s+(?P<value>\S.*)"
)
_ITEM = re.compile(r"(?P<lead>\s*-\s+)(?P<value>\S.*)")
_EXPRESSION = re.compile(r"\$\{\{.*?\}\}+")


class Failure(Struct, frozen=True):
    """What a parser says: its words, and two places counted from 0."""

    problem: str
    context: str
    line: int
    column: int
    context_line: int
    context_column: int


class _Value(Struct, frozen=True):
    """The value on a line: its key, its text, where it begins (from 0)."""

    key: str | None
    text: str
    column: int


def explain_failure(path: str, text: str, failure: Failure) -> Diagnostic:
    """Give the finding for what stopped the parser: its place, what YAML took the text for, what to write."""
    lines = text.split("\n")
    for explain in (
        _directive,
        _tab,
        _unclosed_quote,
        _escape,
        _expression_in_brackets,
        _value_trap,
        _line_above,
        _bracket,
    ):
        found = explain(path, lines, failure)
        if found is not None:
            return _within(lines, found)
    return _within(lines, _general(path, lines, failure))


def _within(lines: list[str], finding: Diagnostic) -> Diagnostic:
    """Keep a finding's place inside its line, whatever its explanation took for granted."""
    span = finding.span
    if span is None or span.end_column <= len(_line(lines, span.line - 1)) + 1:
        return finding
    last = len(_line(lines, span.line - 1)) + 1
    place = Span(span.path, span.line, min(span.column, last), span.line, last)
    return replace(finding, span=place)


def _finding(
    path: str, place: tuple[int, int], message: str, hint: str, width: int = 1, notes: tuple[str, ...] = ()
) -> Diagnostic:
    line, column = place
    span = Span(path, line + 1, column + 1, line + 1, column + 1 + width)
    return Diagnostic(codes.YAML_SYNTAX, message, span, hint=hint, notes=notes)


def _line(lines: list[str], number: int) -> str:
    return lines[number] if 0 <= number < len(lines) else ""


def _directive(path: str, lines: list[str], failure: Failure) -> Diagnostic | None:
    """Find a line that begins with `%` before the document does."""
    is_about_it = "directive" in failure.context or "document start" in failure.problem
    above = lines[: failure.line + 1]
    if not is_about_it or not lines[0].startswith("%") or any(line.startswith("---") for line in above):
        return None
    message = "this `%` line is no directive of YAML"
    return _finding(path, (0, 0), message, "leave it out", len(lines[0].rstrip()))


def _tab(path: str, lines: list[str], failure: Failure) -> Diagnostic | None:
    line = _line(lines, failure.line)
    column = line.find("\t")
    if column < 0 or line[:column].strip() or failure.column > len(line) - len(line.lstrip()):
        return None
    span = Span(path, failure.line + 1, column + 1, failure.line + 1, column + 2)
    return Diagnostic(codes.YAML_TAB, "a tab is used for indentation", span, hint="indent with spaces")


def _unclosed_quote(path: str, lines: list[str], failure: Failure) -> Diagnostic | None:
    if "quoted" not in failure.context or "end of stream" not in failure.problem:
        return None
    place = (failure.context_line, failure.context_column)
    quote = _line(lines, place[0])[place[1] : place[1] + 1] or '"'
    rest = _line(lines, place[0])[place[1] + 1 :].strip()
    hint = f"close it: `{quote}{rest}{quote}`" if rest else f"close it with {quote}"
    return _finding(path, place, f"the text that {quote} opens is not closed", hint)


def _escape(path: str, lines: list[str], failure: Failure) -> Diagnostic | None:
    if "escape" not in failure.problem and "hexdecimal" not in failure.problem:
        return None
    line = _line(lines, failure.line)
    column = max(0, line.rfind("\\", 0, failure.column + 1))
    shown = line[column : column + 2]
    hint = "in single quotes a backslash is a backslash; in double quotes write `\\\\`"
    return _finding(
        path, (failure.line, column), f"`{shown}` is no escape of double quotes", hint, len(shown)
    )


def _expression_in_brackets(path: str, lines: list[str], failure: Failure) -> Diagnostic | None:
    """Find `${{ x }}` unquoted inside `{}` or `[]`: there a `{` ends the plain text `$`."""
    if "flow" not in failure.context:
        return None
    line = _line(lines, failure.line)
    if line[failure.column : failure.column + 2] != "{{" or line[: failure.column][-1:] != "$":
        return None
    start = failure.column - 1
    found = _EXPRESSION.match(line, start)
    source = found[0] if found else "${{ … }}"
    source = source[: source.index("}}") + 2] if "}}" in source else source
    hint = offer_quotes(None, source)
    return _finding(
        path, (failure.line, start), "inside `{}` and `[]` an expression needs quotes", hint, len(source)
    )


def _value_on(line: str) -> _Value | None:
    found = _PAIR.fullmatch(line)
    if found is not None:
        return _Value(found["key"].strip("\"'"), found["value"].rstrip(), found.start("value"))
    found = _ITEM.fullmatch(line)
    if found is not None:
        return _Value(None, found["value"].rstrip(), found.start("value"))
    return None


def _value_trap(path: str, lines: list[str], failure: Failure) -> Diagnostic | None:
    """Find a text on the failing line that YAML takes for something else."""
    if "flow" in failure.context:
        return None
    value = _value_on(_line(lines, failure.line))
    if value is None or failure.column < value.column:
        return None
    place = (failure.line, failure.column)
    first = value.text[0]
    if "start any token" in failure.problem and failure.column > value.column:
        return _inner_opener(path, place, lines)
    if first in OPENERS:
        return _opener(path, failure, value)
    if "mapping values" in failure.problem:
        return _colon(path, place, value)
    return None


def _inner_opener(path: str, place: tuple[int, int], lines: list[str]) -> Diagnostic | None:
    """Explain a character inside `{}` or `[]` that no plain text begins with."""
    rest = _line(lines, place[0])[place[1] :]
    message = OPENERS.get(rest[:1])
    return None if message is None else _finding(path, place, message, offer_quotes(None, first_text(rest)))


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
    return _finding(path, (failure.line, column), message, hint)


def _colon(path: str, place: tuple[int, int], value: _Value) -> Diagnostic:
    """Explain `: ` inside a plain text or a plain expression."""
    offset = place[1] - value.column
    for found in _EXPRESSION.finditer(value.text):
        if found.start() <= offset < found.end():
            what = "a mapping" if value.text[found.start() + 3 : offset].lstrip().startswith("{") else "`: `"
            message = f"{what} inside an expression needs quotes around the whole value"
            return _finding(path, place, message, offer_quotes(value.key, value.text))
    return _finding(path, place, "`: ` cannot stand in a plain text", offer(value.key, value.text))


_NO_SPACE = re.compile(r"\s*(?:-\s+)*([A-Za-z_][\w-]*):(\S.*)")


def _line_above(path: str, lines: list[str], failure: Failure) -> Diagnostic | None:
    """Find `key:value` without its space, which YAML takes for a text that goes on below."""
    if "simple key" in failure.context:
        number = failure.context_line
    elif "mapping values" in failure.problem:
        number = failure.line - 1
    else:
        return None
    found = _NO_SPACE.fullmatch(_line(lines, number))
    if found is None:
        return None
    hint = f"put a space behind the colon: `{found[1]}: {found[2].strip()}`"
    return _finding(path, (number, found.start(2) - 1), "a space is missing after `:`", hint)


_CLOSERS = {"mapping": ("{", "}"), "sequence": ("[", "]")}


def _bracket(path: str, lines: list[str], failure: Failure) -> Diagnostic | None:
    """Find a `{` or `[` that is not closed, or a text inside it that needs quotes."""
    kind = next((kind for kind in _CLOSERS if f"flow {kind}" in failure.context), None)
    if kind is None:
        return None
    opener, closer = _CLOSERS[kind]
    rest = _line(lines, failure.line)[failure.column :].strip()
    if failure.line != failure.context_line or not rest:
        message = f"the `{opener}` is not closed"
        hint = f"close it with `{closer}`, and put texts inside it in quotes if they have `,` `:` or brackets"
        return _finding(path, (failure.context_line, failure.context_column), message, hint)
    hint = "put a `,` between entries; a text that has `,` `: ` or brackets in it goes in quotes"
    if rest[0] in "@`%&*!|>":
        hint = offer_quotes(None, first_text(rest))
    message = f"`,` or `{closer}` was expected here"
    return _finding(path, (failure.line, failure.column), message, hint)


def _general(path: str, lines: list[str], failure: Failure) -> Diagnostic:
    words = f"{failure.problem} {failure.context}"
    place = (failure.line, failure.column)
    if "simple key" in failure.context:
        place = (failure.context_line, failure.context_column)
    if place[0] >= len(lines) or place[1] > len(_line(lines, place[0])):
        place = (len(lines) - 1, len(lines[-1]))
    width = 1 if place[1] < len(lines[place[0]]) else 0
    for fragment, message, hint in GENERAL:
        if fragment in words:
            return _finding(path, place, message, hint, width)
    note = f"the parser says: {failure.context} {failure.problem}".replace("  ", " ")
    return _finding(
        path, place, "the text cannot be read as YAML from here on", "put texts in quotes", width, (note,)
    )
