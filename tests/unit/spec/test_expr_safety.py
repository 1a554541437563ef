"""Nothing of Python can be reached from an expression."""

from __future__ import annotations

import pytest

from runway_flow.kernel.digests import Digest
from runway_flow.kernel.media import Artifact, MediaFacts, MediaKind
from runway_flow.spec.evaluator import EvaluationProblem, evaluate
from runway_flow.spec.expressions import Expression
from runway_flow.spec.parser import parse_expression
from tests.fakes.expression_scope import FakeLookup, FakeScope, fan_out, span_of, value

NAMES: dict[str, object] = {
    "t": "text",
    "n": 5,
    "m": {"a": 1},
    "l": [1, 2],
    "nothing": None,
    "image": Artifact(Digest("aa"), MediaFacts(MediaKind.IMAGE, "image/png", 9)),
    "inputs": FakeLookup({"a": 1}),
    "steps": FakeLookup({"clip": fan_out(a=1)}),
}

ESCAPES = [
    *(
        f"{name}.{attribute}"
        for name in NAMES
        for attribute in ("__class__", "__init__", "__globals__", "mro", "get_field")
    ),
    *(f"{name}['{attribute}']" for name in NAMES for attribute in ("__class__", "__dict__", "fields")),
    "''.__class__.__mro__[1].__subclasses__()",
    "''['__class__']",
    "().__class__",
    "[].append(1)",
    "m.items()",
    "m.keys() | list",
    "m.update({'b': 2})",
    "t.format(m)",
    "'%s' % m",
    "'{0.__class__}'.format(m)",
    "t | format(m)",
    "t | attr('__class__')",
    "m | map(attribute='__class__') | list",
    "[m] | map(attribute='__class__') | list",
    "[t] | map(attribute='__class__.__mro__') | list",
    "[image] | map(attribute='facts') | list",
    "[image] | map(attribute='digest') | list",
    "[inputs] | map(attribute='fields') | list",
    "[inputs] | map(attribute='get_field') | list",
    "steps.clip | map(attribute='instances') | list",
    "[t] | map('attr', '__class__')",
    "[t] | selectattr('__class__') | first | attr",
    "[t] | sort(attribute='__class__')",
    "[t] | join(attribute='__class__')",
    "[n] | sum(attribute='real')",
    "[t] | unique(attribute='__class__')",
    "cycler('a').__init__",
    "lipsum.__globals__",
    "lipsum()",
    "joiner()",
    "namespace()",
    "self",
    "self._TemplateReference__context",
    "dict(a=1)",
    "range.__class__",
    "range(3).__class__",
    "prev.__globals__",
    "url_for.__globals__",
    "get_flashed_messages()",
    "config",
    "request",
    "environment",
    "loop",
    "caller()",
    "varargs",
    "kwargs",
    "super()",
    "import os",
    "open('x')",
    "__import__('os')",
    "().__getattribute__('x')",
    "(1).real",
    "n.real",
    "n.bit_length()",
    "true.real",
    "l.append",
    "l.__len__",
    "image.facts",
    "image._fields",
    "image.facts.bytes",
]


@pytest.mark.parametrize("source", ESCAPES)
def test_no_escape_gives_a_value(source: str) -> None:
    """Attributes, methods, globals of Jinja2: none is there."""
    found = parse_expression(source, span_of(source))
    if isinstance(found, Expression):
        with pytest.raises(EvaluationProblem):
            evaluate(found, FakeScope(NAMES))
    else:
        assert found.code.id.startswith(("RF12", "RF21"))


def test_names_of_methods_are_keys_like_others() -> None:
    """A mapping's `items`, `keys`, `get` are what the mapping holds."""
    data = {"items": 1, "keys": 2, "get": 3, "__class__": 4}
    assert value("[m.items, m.keys, m.get, m.__class__]", m=data) == (1, 2, 3, 4)


def test_mappings_with_an_attribute_in_their_data_stay_data() -> None:
    """Data cannot pretend to be a documented object."""
    assert value("m.get_field", m={"get_field": 1, "as_list": 2}) == 1
    assert value("m | length", m={"get_field": 1, "as_list": 2}) == 2
