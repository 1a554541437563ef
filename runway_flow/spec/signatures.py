"""What filters, functions and tests there are, and what arguments each takes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct, field

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping


class Signature(Struct, frozen=True):
    """The arguments of a filter or function, by position or name.

    `is_variadic`: takes more by position. `is_open`: takes any name, for the filter that it applies.
    `aliases`: other spellings of names, as Jinja2 has them.
    """

    parameters: tuple[str, ...] = ()
    required: int = 0
    is_variadic: bool = False
    is_open: bool = False
    aliases: Mapping[str, str] = field(default_factory=dict)

    def misuse(self, count: int, names: Collection[str]) -> str | None:
        """Say what is wrong with `count` arguments by position and some by name; None if nothing is."""
        if not self.is_variadic and count > len(self.parameters):
            return f"takes {self._limit()}, not {count}"
        given = set(self.parameters[:count])
        for name in names:
            real = self.aliases.get(name, name)
            if real not in self.parameters and not self.is_open:
                return f"has no argument `{name}`; it takes {self._accepted()}"
            if real in given:
                return f"is given `{real}` twice"
            given.add(real)
        missing = [name for name in self.parameters[: self.required] if name not in given]
        return f"needs `{missing[0]}`" if missing else None

    def _limit(self) -> str:
        count = len(self.parameters)
        if count == 0:
            return "no arguments"
        return f"at most {count} argument{'s' if count > 1 else ''} ({self._accepted()})"

    def _accepted(self) -> str:
        return ", ".join(f"`{name}`" for name in self.parameters) or "no arguments"


_PLAIN = Signature()

FILTERS: Mapping[str, Signature] = {
    "default": Signature(("value", "boolean"), 1, aliases={"default_value": "value"}),
    "length": _PLAIN,
    "list": _PLAIN,
    "first": _PLAIN,
    "last": _PLAIN,
    "map": Signature(is_variadic=True, is_open=True),
    "select": Signature(is_variadic=True),
    "reject": Signature(is_variadic=True),
    "selectattr": Signature(("attribute",), 1, is_variadic=True),
    "sort": Signature(("reverse", "case_sensitive", "attribute")),
    "unique": Signature(("case_sensitive", "attribute")),
    "join": Signature(("separator", "attribute"), aliases={"d": "separator"}),
    "upper": _PLAIN,
    "lower": _PLAIN,
    "title": _PLAIN,
    "trim": Signature(("chars",)),
    "replace": Signature(("old", "new", "count"), 2),
    "split": Signature(("separator",), aliases={"sep": "separator"}),
    "lines": _PLAIN,
    "slug": _PLAIN,
    "int": Signature(("default",)),
    "float": Signature(("default",)),
    "round": Signature(("precision", "method")),
    "abs": _PLAIN,
    "min": Signature(("case_sensitive", "attribute")),
    "max": Signature(("case_sensitive", "attribute")),
    "sum": Signature(("attribute", "start")),
    "tojson": _PLAIN,
    "fromjson": _PLAIN,
}
"""The filters, in the order in which the language lists them."""

FUNCTIONS: Mapping[str, Signature] = {
    "range": Signature(("start", "stop", "step"), 1),
    "prev": Signature(("n",)),
}

TESTS: Mapping[str, tuple[str, int]] = {
    **{name: (name, 0) for name in ("defined", "undefined", "none", "true", "false")},
    **{name: (name, 0) for name in ("boolean", "string", "number", "integer", "float")},
    **{name: (name, 0) for name in ("mapping", "sequence", "odd", "even")},
    "divisibleby": ("divisibleby", 1),
    "null": ("none", 0),
    "in": ("in", 1),
    **dict.fromkeys(("==", "eq", "equalto"), ("==", 1)),
    **dict.fromkeys(("!=", "ne"), ("!=", 1)),
    **dict.fromkeys(("<", "lt", "lessthan"), ("<", 1)),
    **dict.fromkeys(("<=", "le"), ("<=", 1)),
    **dict.fromkeys((">", "gt", "greaterthan"), (">", 1)),
    **dict.fromkeys((">=", "ge"), (">=", 1)),
}
"""Name of a test → the name that it goes by here, and how many arguments it takes."""

FILTER_HINTS: Mapping[str, str] = {
    "count": "`length` counts",
    "size": "`length` counts",
    "d": "write `default`",
    "capitalize": "`title` and `upper` change letters",
    "strip": "write `trim`",
    "rejectattr": "`selectattr` takes a test: `selectattr('x', 'ne', 1)`",
    "filter": "`select` and `selectattr` choose items",
    "pluck": "`map(attribute='x')` takes a field of each item",
    "string": "`~` joins values into text: `x ~ ''`",
    "to_json": "write `tojson`",
    "json": "write `tojson` or `fromjson`",
    "attr": "write `.name` or `['name']`",
    "format": "`~` joins values into text",
    "dictsort": "mappings keep the order in which they are written",
    "slugify": "write `slug`",
    "concat": "`~` joins text, `join` joins a list",
}
"""What to write for filters that other languages have."""

NAME_HINTS = {
    "loop": "in a fan-out there are `index` and `key`",
    "matrix": "loop names stand alone: `${{ shot.id }}`",
    "env": "expressions see no environment; declare an input",
    "needs": "what a step gives is `steps.NAME.output`",
    "jobs": "what a step gives is `steps.NAME.output`",
    "github": "expressions see the inputs of the flow, its steps, and nothing else",
    "vars": "the values given to a run are `inputs.NAME`",
    "params": "the values given to a run are `inputs.NAME`",
    "secrets": "secrets stay in the environment; no flow can read them",
    "this": "the names of the place stand alone",
    "undefined": "write `null`",
    "nil": "write `null`",
    "NULL": "write `null`",
    "TRUE": "write `true`",
    "FALSE": "write `false`",
}
"""Names that people write by habit, and what they mean here."""
