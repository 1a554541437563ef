"""Every name that an expression mentions, reached or not."""

from __future__ import annotations

import pytest

from runway_flow.spec.expressions import Constant, Field, Name
from runway_flow.spec.references import Reference, references_in
from tests.fakes.expression_scope import read

KEY = Reference("key", ())


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("x", [Reference("x", ())]),
        ("1", []),
        ("x.y.z", [Reference("x", ("y", "z"))]),
        ("steps.clip[key].output", [Reference("steps", ("clip", Name("key"), "output")), KEY]),
        ("x['a'][0]", [Reference("x", (Constant("a"), Constant(0)))]),
        ("x[y.z]", [Reference("x", (Field(Name("y"), "z"),)), Reference("y", ("z",))]),
        ("(x | first).y[key]", [Reference("x", ()), KEY]),
        ("x if y else z", [Reference("x", ()), Reference("y", ()), Reference("z", ())]),
        ("false and x", [Reference("x", ())]),
        ("[x, {y: z}]", [Reference("x", ()), Reference("y", ()), Reference("z", ())]),
        ("-x + y ~ z", [Reference("x", ()), Reference("y", ()), Reference("z", ())]),
        ("x < y < z", [Reference("x", ()), Reference("y", ()), Reference("z", ())]),
        (
            "x | map('default', y) | sort(attribute=z)",
            [Reference("x", ()), Reference("y", ()), Reference("z", ())],
        ),
        ("x is eq(y)", [Reference("x", ()), Reference("y", ())]),
        ("steps.t[prev(n)].o", [Reference("steps", ("t", read("prev(n)").term, "o")), Reference("n", ())]),
    ],
)
def test_every_name_is_found_in_source_order(source: str, expected: list[Reference]) -> None:
    """Names with the whole path after them, and the names inside indexes."""
    assert list(references_in(read(source).term)) == expected


@pytest.mark.parametrize(
    ("source", "guarded"),
    [
        ("x.y | default(z)", ["x"]),
        ("x.y is defined", ["x"]),
        ("x is not defined", ["x"]),
        ("x is undefined", ["x"]),
        ("x[y] | default(z)", ["x"]),
        ("(x ~ y) | default(z)", []),
        ("x | first | default(z)", []),
        ("x | upper", []),
        ("x is none", []),
    ],
)
def test_guards_are_told(source: str, guarded: list[str]) -> None:
    """Only what stands directly under `default` or `is defined` is guarded."""
    found = [reference.root for reference in references_in(read(source).term) if reference.is_guarded]
    assert found == guarded
