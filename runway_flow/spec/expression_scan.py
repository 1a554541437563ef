"""A look at an expression's text before Jinja2 sees it: bounds, and what people write by habit."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from runway_flow.kernel import codes
from runway_flow.spec.expression_places import TEXT_LITERAL, Fault, Stretch

MAX_SOURCE_BYTES = 20_000
MAX_TOKENS = 4_000
MAX_DEPTH = 50
"""How deep an expression may nest; Jinja2's parser recurses, some fourteen calls for each bracket."""

MAX_DIGITS = 40
"""Longer numbers are refused unread: Python itself refuses to read 4,300 digits."""

_TOKEN = re.compile(
    rf"""
    (?P<space>\s+)
    | (?P<text>{TEXT_LITERAL.pattern})
    | (?P<name>[^\W\d]\w*)
    | (?P<number>(?:0[xXoObB][0-9a-fA-F_]+|[0-9][0-9_]*(?:\.[0-9_]+)?(?:[eE][-+]?[0-9_]+)?)(?!\w))
    | (?P<habit>\$?\{{\{{|\{{%|\{{\#|\|\||&&|\?\?|\?\.|===|!==|=>|:=|\?|\$|!(?!=)|[“”‘’„«»`;\#@\\&^'"])
    | (?P<comparison>==|!=|<=|>=|//|\*\*)
    | (?P<open>[(\[{{])
    | (?P<close>[)\]}}])
    | (?P<sign>[-+])
    | (?P<operator>[*/%~<>=|.,:])
    | (?P<other>.)
    """,
    re.VERBOSE | re.DOTALL,
)

_QUOTES = "this is no quotation mark of the language", "write `'text'` or `\"text\"`"
_NESTED = "an expression cannot stand inside an expression", "write the name alone, without `${{ }}`"
_HABITS = {
    "||": ("`||` is no operator here", "write `or`"),
    "&&": ("`&&` is no operator here", "write `and`"),
    "!": ("`!` is no operator here", "write `not`"),
    "?": ("`? :` is no operator here", "write `a if condition else b`"),
    "??": ("`??` is no operator here", "write `x | default(y)`"),
    "?.": ("`?.` is no operator here", "write `x.y | default(z)`"),
    "===": ("`===` is no operator here", "write `==`"),
    "!==": ("`!==` is no operator here", "write `!=`"),
    "=>": ("functions cannot be written here", "`map` and `select` name a filter or a test"),
    ":=": ("nothing can be assigned in an expression", None),
    "$": ("names stand without `$`", "write the name alone"),
    "${{": _NESTED,
    "{{": _NESTED,
    "{%": ("statements are not part of the language", "`a if b else c` chooses, `foreach` repeats"),
    "{#": ("comments cannot stand in an expression", "a YAML comment starts with ` #`"),
    "'": ("the text is not closed", "a text ends with the quotation mark that it starts with"),
    '"': ("the text is not closed", "a text ends with the quotation mark that it starts with"),
    **dict.fromkeys("“”‘’„«»`", _QUOTES),
}
_ASSIGNMENT = "`=` assigns, and nothing can be assigned here", "write `==` to compare"

_ESCAPE = re.compile(r"\\(?:[\\'\"abfnrtv]|x[0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8})?")
_PAIRS = {")": "(", "]": "[", "}": "{"}
_ENDS_OF_NOT = frozenset({"and", "or", "if", "else"})


@dataclass(slots=True)
class _Level:
    """One open bracket: where it stands, and what the parser has pending inside it."""

    bracket: str = ""
    at: int = 0
    is_call: bool = False
    signs: int = 0
    nots: int = 0
    elses: int = 0


@dataclass(slots=True)
class _Scan:
    """What was seen so far: the open brackets, and the kind of the word before."""

    levels: list[_Level] = field(default_factory=lambda: [_Level()])
    before: str = ""
    tokens: int = 0

    @property
    def depth(self) -> int:
        return len(self.levels) - 1 + sum(level.signs + level.nots + level.elses for level in self.levels)


def find_fault(source: str) -> Fault | None:
    """Give the first thing that keeps a text from being an expression, or None if a parser may try.

    What passes nests at most `MAX_DEPTH` deep, so a recursive parser is safe with it. Linear in time.
    """
    if len(source.encode("utf-8", "surrogatepass")) > MAX_SOURCE_BYTES:
        message = f"the expression is longer than {MAX_SOURCE_BYTES} bytes"
        return Fault(codes.RESULT_TOO_LARGE, message, "make its parts inputs, or several steps")
    if not source.strip():
        return Fault(codes.EXPRESSION_SYNTAX, "the expression is empty", "write a name between the braces")
    scan = _Scan()
    for match in _TOKEN.finditer(source):
        kind, word = str(match.lastgroup), match.group()
        if kind == "space":
            continue
        fault = _look(scan, kind, word, match.span())
        if fault is not None:
            return fault
        scan.before = kind
    return _unclosed(scan)


def _look(scan: _Scan, kind: str, word: str, stretch: Stretch) -> Fault | None:
    scan.tokens += 1
    rule = _RULES.get(kind)
    fault = rule(scan, word, stretch) if rule is not None else None
    if fault is None and (scan.depth > MAX_DEPTH or scan.tokens > MAX_TOKENS):
        return too_deep() if scan.depth > MAX_DEPTH else too_many()
    return fault


def too_deep() -> Fault:
    """Say that an expression nests too deep."""
    message = f"the expression nests deeper than {MAX_DEPTH}"
    return Fault(codes.RESULT_TOO_LARGE, message, "put parts of it into inputs or steps of their own")


def too_many() -> Fault:
    """Say that an expression has too many parts."""
    return Fault(codes.RESULT_TOO_LARGE, "the expression has too many parts", "put lists into inputs")


def _habit(_: _Scan, word: str, stretch: Stretch) -> Fault:
    message, hint = _HABITS.get(word, (f"`{word}` has no meaning in an expression", None))
    return Fault(codes.EXPRESSION_SYNTAX, message, hint, stretch)


def _other(_: _Scan, word: str, stretch: Stretch) -> Fault:
    shown = f"`{word}`" if word.isprintable() else f"the character U+{ord(word):04X}"
    return Fault(codes.EXPRESSION_SYNTAX, f"{shown} has no meaning in an expression", None, stretch)


def _text(scan: _Scan, word: str, stretch: Stretch) -> Fault | None:
    scan.levels[-1].signs = 0
    for match in _ESCAPE.finditer(word):
        if match.group() == "\\":
            at = stretch[0] + match.start()
            message = f"`{word[match.start() : match.start() + 2]}` is no escape of the language"
            return Fault(codes.EXPRESSION_SYNTAX, message, "write a backslash as `\\\\`", (at, at + 2))
    return None


def _number(scan: _Scan, word: str, stretch: Stretch) -> Fault | None:
    scan.levels[-1].signs = 0
    if len(word) > MAX_DIGITS:
        return Fault(codes.RESULT_TOO_LARGE, "the number is too long", None, stretch)
    return None


def _name(scan: _Scan, word: str, _: Stretch) -> None:
    level = scan.levels[-1]
    level.signs = 0
    if word == "not":
        level.nots += 1
    elif word in _ENDS_OF_NOT:
        level.nots = 0
        level.elses += word == "else"


def _open(scan: _Scan, word: str, stretch: Stretch) -> None:
    scan.levels.append(_Level(word, stretch[0], is_call=word == "(" and scan.before == "name"))


def _close(scan: _Scan, word: str, stretch: Stretch) -> Fault | None:
    level = scan.levels[-1]
    if level.bracket != _PAIRS[word]:
        message = f"`{word}` closes nothing" if not level.bracket else f"`{level.bracket}` is not closed"
        at = (level.at, level.at + 1) if level.bracket else stretch
        return Fault(codes.EXPRESSION_SYNTAX, message, None, at)
    scan.levels.pop()
    scan.levels[-1].signs = 0
    return None


def _sign(scan: _Scan, _word: str, _: Stretch) -> None:
    scan.levels[-1].signs += 1


def _operator(scan: _Scan, word: str, stretch: Stretch) -> Fault | None:
    level = scan.levels[-1]
    if word == "=" and not level.is_call:
        message, hint = _ASSIGNMENT
        return Fault(codes.EXPRESSION_SYNTAX, message, hint, stretch)
    if word in ",:":
        level.nots = level.elses = 0
    return None


_RULES = {
    "habit": _habit,
    "other": _other,
    "text": _text,
    "number": _number,
    "name": _name,
    "open": _open,
    "close": _close,
    "sign": _sign,
    "operator": _operator,
}


def _unclosed(scan: _Scan) -> Fault | None:
    level = scan.levels[-1]
    if not level.bracket:
        return None
    message = f"`{level.bracket}` is not closed"
    return Fault(codes.EXPRESSION_SYNTAX, message, None, (level.at, level.at + 1))
