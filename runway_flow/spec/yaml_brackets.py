"""Why YAML cannot be parsed inside `{}` and `[]`."""

from __future__ import annotations

from runway_flow.spec.yaml_failures import EXPRESSION, Explained, Failure, finding_at, line_at, stretch
from runway_flow.spec.yaml_offers import first_text, offer_quotes
from runway_flow.spec.yaml_words import OPENERS


def explain_expression(path: str, lines: list[str], failure: Failure) -> Explained | None:
    """Find `${{ x }}` unquoted inside `{}` or `[]`: there a `{` ends the plain text `$`."""
    if "flow" not in failure.context:
        return None
    line = line_at(lines, failure.line)
    if line[failure.column : failure.column + 2] != "{{" or line[: failure.column][-1:] != "$":
        return None
    start = failure.column - 1
    found = EXPRESSION.match(line, start)
    source = found[0] if found else "${{ … }}"
    source = source[: source.index("}}") + 2] if "}}" in source else source
    message = "inside `{}` and `[]` an expression needs quotes"
    finding = finding_at(path, (failure.line, start), message, offer_quotes(None, source), len(source))
    return Explained(finding, stretch(path, lines, failure.line, start, len(source)) if found else None)


def explain_opener(path: str, place: tuple[int, int], lines: list[str]) -> Explained:
    """Explain a character inside `{}` or `[]` that no plain text begins with."""
    rest = line_at(lines, place[0])[place[1] :]
    message = OPENERS.get(rest[:1], "no text can begin like this")
    text = first_text(rest)
    finding = finding_at(path, place, message, offer_quotes(None, text))
    return Explained(finding, stretch(path, lines, *place, len(text)) if text else None)


_CLOSERS = {"mapping": ("{", "}"), "sequence": ("[", "]")}


def explain_bracket(path: str, lines: list[str], failure: Failure) -> Explained | None:
    """Find a `{` or `[` that is not closed, or a text inside it that needs quotes."""
    kind = next((kind for kind in _CLOSERS if f"flow {kind}" in failure.context), None)
    if kind is None:
        return None
    opener, closer = _CLOSERS[kind]
    rest = line_at(lines, failure.line)[failure.column :].strip()
    if failure.line != failure.context_line or not rest:
        message = f"the `{opener}` is not closed"
        hint = f"close it with `{closer}`, and put texts inside it in quotes if they have `,` `:` or brackets"
        return Explained(finding_at(path, (failure.context_line, failure.context_column), message, hint))
    hint = "put a `,` between entries; a text that has `,` `: ` or brackets in it goes in quotes"
    if rest[0] in "@`%&*!|>":
        hint = offer_quotes(None, first_text(rest))
    message = f"`,` or `{closer}` was expected here"
    return Explained(finding_at(path, (failure.line, failure.column), message, hint))
