"""What we say about YAML that cannot be parsed: one table for what texts begin with, one for the rest."""

from __future__ import annotations

OPENERS = {
    "@": "a plain text cannot begin with `@`",
    "`": "a plain text cannot begin with a backtick",
    "%": "a plain text cannot begin with `%`",
    "*": "a value that begins with `*` is an alias; a text cannot follow it",
    "&": "a value that begins with `&` has an anchor; a text cannot begin with it",
    "[": "a value that begins with `[` is a list; a text cannot follow it",
    "{": "a value that begins with `{` is a mapping; a text cannot follow it",
    '"': "a text cannot go on after its closing quote",
    "'": "a text cannot go on after its closing quote",
    "|": "the text of a block begins on the next line",
    ">": "the text of a block begins on the next line",
    "?": "a plain text cannot begin with `? `",
    "-": "a list item cannot begin on the line of its key",
    "]": "a plain text cannot begin with `]`",
    "}": "a plain text cannot begin with `}`",
    ",": "a plain text cannot begin with `,`",
}
"""The character that a text begins with, and why YAML does not read it as a text."""

INDENTATION = "begin lines of one mapping in one column"

GENERAL: tuple[tuple[str, str, str], ...] = (
    ("document start", "the text goes on after the document's end", "keep one document in the file"),
    ("directive", "this `%` line is no directive of YAML", "leave it out"),
    ("YAML document", "the file asks for another version of YAML", "leave the `%YAML` line out"),
    ("tag", "a tag is not well formed; tags are not part of the language", "leave it out"),
    (
        "block collection",
        "a `- ` was expected: this list goes on with something else",
        "check the indentation",
    ),
    (
        "<block end>",
        "the indentation does not fit the lines above",
        INDENTATION,
    ),
    (
        "expected key",
        "the indentation does not fit the lines above",
        INDENTATION,
    ),
    (
        "mapping values",
        "a `key: value` cannot stand here",
        "check the indentation of this line and the one above",
    ),
    (
        "simple key",
        "this line is neither `key: value` nor `- item`",
        "put a `: ` behind the key; what goes on with the text above is indented deeper",
    ),
)
"""A fragment of a parser's words, what we say instead, what to do; the first that fits is taken."""
