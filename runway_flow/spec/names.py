"""The form of names: steps, inputs, outputs, loop names, flows."""

from __future__ import annotations

import posixpath
import re
from typing import TYPE_CHECKING

from runway_flow.kernel import codes
from runway_flow.kernel.diagnostics import Diagnostic

if TYPE_CHECKING:
    from runway_flow.kernel.diagnostics import Span

_NAME = re.compile(r"[a-z][a-z0-9_]*")
_FLOW_NAME = re.compile(r"[a-z0-9][a-z0-9-]*")

RESERVED_NAMES = frozenset(("inputs", "steps", "flow", "key", "index", "prev", "take"))
"""What is in scope everywhere: no loop may hide it (FLOW.md, «Expressions»)."""

_WORDS_OF_EXPRESSIONS = frozenset(
    ("and", "or", "not", "in", "is", "if", "else", "true", "false", "none", "null", "range")
)


def check_name(name: str, span: Span, what: str) -> Diagnostic | None:
    """Give the finding for a name that does not have the form of step, input, output and loop names."""
    if _NAME.fullmatch(name):
        return None
    proposal = re.sub(r"[^a-z0-9]+", "_", name.lower()).strip("_")
    hint = f"write `{proposal}`" if _NAME.fullmatch(proposal) else None
    note = "accepted: a lower-case letter, then lower-case letters, digits and `_`"
    return Diagnostic(
        codes.BAD_NAME,
        f"`{name or '(empty)'}` is not a name that {what} can have",
        span,
        hint=hint,
        notes=(note,),
    )


def check_loop_name(name: str, span: Span) -> Diagnostic | None:
    """Give the finding for a loop name without the form of names, or that means something else already."""
    if name in RESERVED_NAMES:
        message = f"`{name}` means something else in every step: a loop cannot have this name"
        return Diagnostic(codes.BAD_NAME, message, span, hint="choose another name")
    if name in _WORDS_OF_EXPRESSIONS:
        message = f"`{name}` is a word of expressions: a loop cannot have this name"
        return Diagnostic(codes.BAD_NAME, message, span, hint="choose another name")
    return check_name(name, span, "a loop")


def check_flow_name(name: str, span: Span) -> Diagnostic | None:
    """Give the finding for a flow name without the form of flow names; it names a folder."""
    if _FLOW_NAME.fullmatch(name):
        return None
    note = "accepted: lower-case letters, digits and `-`, not beginning with `-`"
    return Diagnostic(
        codes.BAD_NAME,
        f"`{name}` is not a name that a flow can have",
        span,
        hint=f"write `{slug(name)}`",
        notes=(note,),
    )


def slug(text: str) -> str:
    """Give a flow name made from any text; `flow` where nothing of it can stay."""
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-") or "flow"


def name_of_file(path: str) -> str:
    """Give the name that a flow has by its file: `shots/My Film.flow.yaml` is `my-film`."""
    stem = posixpath.splitext(posixpath.basename(path.replace("\\", "/")))[0]
    return slug(stem.removesuffix(".flow"))
