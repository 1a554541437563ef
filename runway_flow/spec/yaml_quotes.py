"""Why YAML cannot be parsed where quotation marks went wrong."""

from __future__ import annotations

import re

from runway_flow.spec.yaml_failures import (
    Explained,
    Failure,
    Quoted,
    finding_at,
    line_at,
    stretch,
    value_below,
)
from runway_flow.spec.yaml_offers import first_text, in_quotes

_BEGINS_AN_ENTRY = re.compile(r"\s*(?:-\s|(?:-\s+)*[\"']?[A-Za-z_][\w.-]*[\"']?:(?:\s|$))")


def explain_unclosed(path: str, lines: list[str], failure: Failure) -> Explained | None:
    """Find the opening quote of a text that goes on to the end of the file."""
    if "quoted" not in failure.context or "end of stream" not in failure.problem:
        return None
    return _never_closed(path, lines, (failure.context_line, failure.context_column), ())


def explain_swallowed(path: str, lines: list[str], failure: Failure) -> Explained | None:
    """Find the opening quote of a text that ends only at a quote which was meant to open another one."""
    quoted = failure.quoted
    if quoted is None or failure.line != quoted.end_line:
        return None
    if any(_BEGINS_AN_ENTRY.match(line) for line in lines[quoted.line + 1 : quoted.end_line + 1]):
        note = f"it goes on to the quote at {path}:{quoted.end_line + 1}:{quoted.end_column}"
        return _never_closed(path, lines, (quoted.line, quoted.column), (note,))
    is_adjacent = quoted.line == quoted.end_line and failure.column == quoted.end_column
    return _text_behind(path, lines, quoted) if is_adjacent and "flow" in failure.context else None


def _never_closed(path: str, lines: list[str], place: tuple[int, int], notes: tuple[str, ...]) -> Explained:
    line = line_at(lines, place[0])
    before, quote, after = line[: place[1]], line[place[1] : place[1] + 1] or '"', line[place[1] + 1 :]
    is_inside = before.count("{") > before.count("}") or before.count("[") > before.count("]")
    text = first_text(after) if is_inside else after.strip()
    hint = f"close it: `{quote}{text}{quote}`" if text else f"close it with {quote}"
    finding = finding_at(path, place, f"the text that {quote} opens is not closed", hint, notes=notes)
    indent = re.match(r"\s*(?:-\s+(?=\S+:\s))*", before)
    rest = None if is_inside else value_below(path, lines, *place, indent.end() if indent else 0)
    return Explained(finding, rest)


def _text_behind(path: str, lines: list[str], quoted: Quoted) -> Explained:
    """Explain `["es, "fr"]` and `{look: 'It's dark'}`."""
    line = line_at(lines, quoted.line)
    whole = line[quoted.column : quoted.end_column]
    quote, text = whole[:1], whole[1:-1]
    end = line.find(quote, quoted.end_column)
    hint = "a text ends with the quotation mark that it begins with"
    if text.rstrip().endswith(",") and text.strip(", "):
        hint = f"close it before the comma: `{quote}{text.rstrip().removesuffix(',')}{quote}`"
    elif end > 0:
        hint = f"put the whole text in one pair of quotes: `{in_quotes(line[quoted.column + 1 : end])}`"
    message = f"the text {whole} ends here, and something stands behind it"
    place = (quoted.line, quoted.column)
    return Explained(finding_at(path, place, message, hint, len(whole)))


def explain_escape(path: str, lines: list[str], failure: Failure) -> Explained | None:
    """Find an escape in double quotes that is none."""
    if "escape" not in failure.problem and "hexdecimal" not in failure.problem:
        return None
    line = line_at(lines, failure.line)
    column = max(0, line.rfind("\\", 0, failure.column + 1))
    shown = line[column : column + 2]
    hint = "in single quotes a backslash is a backslash; in double quotes write `\\\\`"
    place = (failure.line, column)
    finding = finding_at(path, place, f"`{shown}` is no escape of double quotes", hint, len(shown))
    start, end = line.rfind('"', 0, column), line.find('"', column)
    is_one_line = failure.context_line == failure.line and 0 <= start < end
    return Explained(
        finding, stretch(path, lines, failure.line, start, end - start + 1) if is_one_line else None
    )
