"""What an author who wrote a plain text where an expression belongs most likely meant."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from runway_flow.spec.descriptions import write_path
from runway_flow.spec.expression_places import Fault
from runway_flow.spec.parser import read_term
from runway_flow.spec.references import references_in
from runway_flow.spec.scalars import YAML_1_1_SWITCHES

if TYPE_CHECKING:
    from runway_flow.spec.expressions import Expression

_LOCAL_NAMES = frozenset({"inputs", "steps", "flow", "key", "index", "item", "take"})
_COMPARISON = re.compile(
    r"(?P<left>[A-Za-z_]\w*(?:\.\w+|\[[^\]]*\])*)\s*"
    r"(?P<sign>===?|!==?|<>|=|\bis\s+not\b|\bis\b|\bequals\b)\s*(?P<right>\S.*)"
)
_UNEQUAL = frozenset({"!=", "!==", "<>"})
_NEEDS_NO_QUOTES = re.compile(r"'[^']*'|\"[^\"]*\"|-?\d+(?:\.\d+)?|true|false|null|(?:inputs|steps|flow)\..+")
_IN = re.compile(r"(?:for\s+)?(?P<name>[a-z][a-z0-9_]*)\s+in\s+(?P<list>\S.*)")
_SHOWN = 40
_WORDS = re.compile(r"[\w .-]{1,40}")


def offer_condition(key: str, text: str) -> str:
    """Give the help for a text that stands as a condition: how a condition is written, with its words."""
    bare = _without_braces(text)
    if bare.lower() in YAML_1_1_SWITCHES:
        return f"write `{key}: {YAML_1_1_SWITCHES[bare.lower()]}`"
    if _is_meant_as_expression(bare):
        return f"write it as an expression: `{key}: ${{{{ {bare} }}}}`"
    found = _COMPARISON.fullmatch(bare)
    if found is not None:
        is_unequal = found["sign"] in _UNEQUAL or found["sign"].endswith("not")
        sign = "!=" if is_unequal else "=="
        return f"write a comparison: `{key}: ${{{{ {found['left']} {sign} {_quoted(found['right'])} }}}}`"
    if "${{" in text and not isinstance(read_term(bare), Fault):
        return f"write one expression: `{key}: ${{{{ {bare} }}}}`"
    shown = f"'{bare}'" if _WORDS.fullmatch(bare) else "…"
    return f"a condition compares: `{key}: ${{{{ inputs.NAME == {shown} }}}}`"


def offer_comparison(expression: Expression, value: object) -> str:
    """Give the help for an expression that should be true or false, and has another value."""
    path = write_path(expression.term)
    if path is None:
        return "compare it: `${{ … > 0 }}`, `${{ … is defined }}`"
    if isinstance(value, str):
        is_short = 0 < len(value) <= _SHOWN and "'" not in value and "\n" not in value
        shown = value if is_short else "…"
        return f"compare it: `${{{{ {path} == '{shown}' }}}}`"
    if isinstance(value, (int, float)):
        return f"compare it: `${{{{ {path} > 0 }}}}`"
    if isinstance(value, (tuple, list)):
        return f"compare its length: `${{{{ {path} | length > 0 }}}}`"
    return f"ask whether it is there: `${{{{ {path} is defined }}}}`"


def offer_list(text: str) -> str:
    """Give the help for a text that stands where `foreach` takes a list."""
    bare = _without_braces(text)
    found = _IN.fullmatch(bare)
    if found is not None:
        return f'write `{{{found["name"]}: "${{{{ {found["list"]} }}}}"}}`'
    if _is_meant_as_expression(bare):
        return f"write a list, or one expression: `${{{{ {bare} }}}}`"
    if re.fullmatch(r"[\w ,.-]{1,40}", bare) and ("," in bare or " " not in bare):
        return f"write a list: `[{bare}]`, or an expression that gives one"
    return "write a list, or one expression that gives one: `${{ inputs.shots }}`"


def loop_name(text: str) -> str | None:
    """Give the name that `NAME in LIST` was meant to define."""
    found = _IN.fullmatch(_without_braces(text))
    return None if found is None else found["name"]


def _without_braces(text: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"\$?\{\{|\}\}", " ", text)).strip()


def _is_meant_as_expression(text: str) -> bool:
    """Tell whether a text would be an expression that reads something which may be there."""
    term = read_term(text)
    if isinstance(term, Fault):
        return False
    found = references_in(term)
    return bool(found) and all(item.path or item.root in _LOCAL_NAMES for item in found)


def _quoted(text: str) -> str:
    if _NEEDS_NO_QUOTES.fullmatch(text):
        return text
    bare = text.replace("'", "")
    return f"'{bare}'"
