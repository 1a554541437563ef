"""Findings about YAML that parses but is not part of the language, or says something else than it seems."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Protocol

from runway_flow.kernel import codes
from runway_flow.kernel.diagnostics import Diagnostic, Severity, Span
from runway_flow.kernel.suggest import did_you_mean
from runway_flow.spec.document import Scalar
from runway_flow.spec.limits import MAX_DEPTH, MAX_FINDINGS, MAX_NODES
from runway_flow.spec.yaml_offers import first_text, in_quotes, is_prose, offer, offer_quotes

if TYPE_CHECKING:
    from collections.abc import Iterable

    from runway_flow.spec.document import Entry

_COMMENT = re.compile(r"([ \t]+)#([^\n]?)")


class Mark(Protocol):
    """A place of PyYAML's: characters, lines and columns from 0."""

    index: int
    line: int
    column: int


_SHOWN_OF_LINE = 2000
"""More of a line than advice repeats; a line may be 4 MiB long, and have 200,000 findings."""


def rest_of_line(text: str, index: int) -> str:
    """Give what stands from `index` to the end of its line, or the beginning of that."""
    end = text.find("\n", index, index + _SHOWN_OF_LINE)
    return text[index : index + _SHOWN_OF_LINE] if end < 0 else text[index:end]


def find_cut_text(path: str, text: str, end: Mark, value: str, key: str | None) -> Diagnostic | None:
    """Warn where ` #` cuts prose short; `end` is where the plain scalar `value` ends.

    A comment that is set apart by two spaces, or that follows an expression or a single word, is meant.
    """
    found = _COMMENT.match(text, end.index)
    if found is None or not is_prose(value):
        return None
    is_set_apart = len(found[1]) > 1 or "\t" in found[1]
    if is_set_apart and found[2] in ("", " ", "#", "\t"):
        return None
    rest = rest_of_line(text, end.index)
    line = end.line + 1
    span = Span(path, line, end.column + len(found[1]) + 1, line, end.column + len(rest) + 1)
    return Diagnostic(
        codes.COMMENT_CUTS_TEXT,
        "the text ends before ` #`: the rest of the line is a comment",
        span,
        Severity.WARNING,
        offer(key, " ".join(value.split()) + rest),
        ("if a comment is meant, put two spaces before `#` and one behind it",),
    )


def missing_value(key: str, span: Span, last: Entry | None) -> Diagnostic:
    """Say that a key inside `{}` has no value: the author wrote a comma into a plain text."""
    hint = "a comma inside `{}` ends a value; put a text that has one in quotes"
    if last is not None and isinstance(last.value, Scalar) and isinstance(last.value.value, str):
        hint += f": `{last.key}: {in_quotes(f'{last.value.value}, {key}')}`"
    return Diagnostic(codes.YAML_SYNTAX, f"`{key}` has no value", span, hint=hint)


def tag(rest: str, span: Span, key: str | None, *, is_flow: bool) -> Diagnostic:
    """Say that `!…` is a tag; `rest` is the line from the value on."""
    found = re.search(r"(?:^|\s)(!\S*)", rest)
    name = found[1] if found else "!"
    hint = "leave it out"
    if rest.startswith("!") and not rest.startswith("!!"):
        hint = text_instead("!", key, rest, is_flow=is_flow)
    message = f"`{name}` is a YAML tag: tags are not part of the language"
    return Diagnostic(codes.YAML_TAG, message, span, hint=hint)


def unknown_alias(name: str, anchors: Iterable[str], span: Span, text_hint: str) -> Diagnostic:
    """Say that an alias names nothing above it."""
    hint = did_you_mean(f"*{name}", [f"*{anchor}" for anchor in anchors]) or text_hint
    message = f"no anchor `&{name}` stands above the alias `*{name}`"
    return Diagnostic(codes.YAML_ALIAS, message, span, hint=hint)


def alias_in_itself(name: str, span: Span) -> Diagnostic:
    """Say that an alias stands inside what it names."""
    message = f"the alias `*{name}` stands inside what `&{name}` names"
    return Diagnostic(codes.YAML_ALIAS, message, span, hint="a value cannot hold itself")


def text_instead(sign: str, key: str | None, rest: str, *, is_flow: bool) -> str:
    """Give the advice for a text that begins with a sign of YAML's; `rest` is the line from it on."""
    return f"if a text begins with `{sign}`, {_offer(key, rest, is_flow=is_flow)}"


def _offer(key: str | None, rest: str, *, is_flow: bool) -> str:
    if is_flow:
        return offer_quotes(None, first_text(rest))
    return offer(key, rest)


def collection_key(text: str, index: int, span: Span, *, is_mapping: bool) -> Diagnostic:
    """Say that a list or mapping is no key; `{{ x }}` is an expression without its `$`."""
    kind = "mapping" if is_mapping else "list"
    hint = "keys are texts"
    if is_mapping and text[max(0, index - 1) : index + 1] == "{{":
        inner = rest_of_line(text, index + 1).partition("}")[0].strip()
        hint = f"an expression begins with `$`: write `${{{{ {inner} }}}}`"
    return Diagnostic(codes.YAML_KEY_TYPE, f"a {kind} cannot be a key", span, hint=hint)


def key_type(shown: str, span: Span) -> Diagnostic:
    """Say that a plain key is a number, a boolean or null."""
    hint = f'if it is meant as a name, put it in quotes: `"{shown}":`'
    message = f"the key `{shown or '(empty)'}` is not text"
    return Diagnostic(codes.YAML_KEY_TYPE, message, span, hint=hint)


def alias_key(name: str, span: Span) -> Diagnostic:
    """Say that what an alias stands for cannot be a key."""
    return Diagnostic(codes.YAML_KEY_TYPE, f"`*{name}` is not text, so it cannot be a key", span)


def merge_key(span: Span) -> Diagnostic:
    """Say that `<<` is not part of the language."""
    hint = "write what steps share under `defaults:`, or give the whole value an anchor"
    return Diagnostic(codes.YAML_MERGE_KEY, "`<<` (a merge key) is not part of the language", span, hint=hint)


def duplicate_key(key: str, span: Span, first: Span) -> Diagnostic:
    """Say that a key stands twice, and where it stood first."""
    return Diagnostic(
        codes.DUPLICATE_KEY,
        f"the key `{key}` stands twice in this mapping",
        span,
        hint="keep one of them, or rename one",
        notes=(f"first written at {first.path}:{first.line}:{first.column}",),
    )


_SHOWN_DIGITS = 24


def number_out_of_range(text: str, reason: str, span: Span) -> Diagnostic:
    """Say that a number is not one that JSON could hold."""
    shown = text if len(text) <= _SHOWN_DIGITS else f"{text[:_SHOWN_DIGITS]}…"
    hint = "if it is meant as text, put it in quotes"
    return Diagnostic(codes.NUMBER_RANGE, f"the number {shown} is out of range: {reason}", span, hint=hint)


def several_documents(span: Span) -> Diagnostic:
    """Say that a file holds one document."""
    hint = "keep one flow in one file; what stands below the second `---` goes into another"
    return Diagnostic(codes.YAML_SYNTAX, "the file has more than one document", span, hint=hint)


def too_deep(span: Span) -> Diagnostic:
    """Say that the document is nested too deep."""
    message = f"lists and mappings are nested deeper than {MAX_DEPTH} levels"
    return Diagnostic(codes.LIMIT_EXCEEDED, message, span, hint="make it flatter")


def too_many(span: Span) -> Diagnostic:
    """Say that the document has too many values."""
    message = f"the document has more than {MAX_NODES} values, aliases expanded"
    hint = "make it smaller: split the flow, or let `foreach` write the repetitions"
    return Diagnostic(codes.LIMIT_EXCEEDED, message, span, hint=hint)


def too_wrong(span: Span) -> Diagnostic:
    """Say that reading stops after so many mistakes."""
    message = f"the file has more than {MAX_FINDINGS} mistakes; what follows was not read"
    return Diagnostic(codes.LIMIT_EXCEEDED, message, span, hint="mend these first")


def half_character(span: Span) -> Diagnostic:
    """Say that an escape names a surrogate."""
    message = "an escape names half of a character (a surrogate)"
    return Diagnostic(codes.YAML_SYNTAX, message, span, hint="write the character itself")
