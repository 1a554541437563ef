"""Rules of the structure check that golden cases do not show."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from runway_flow.kernel.diagnostics import Span
from runway_flow.spec.document import Document, Entry, Mapping, Node, Scalar, Sequence, plain_data
from runway_flow.spec.structure import check_structure, flow_schema, is_flow_structure
from runway_flow.spec.structure_hints import FLOW_KEYS, INPUT_KEYS, RETRY_KEYS, STEP_KEYS
from runway_flow.spec.structure_verdict import compile_schema

HERE = Span("f", 1, 1, 1, 1)
VALIDATOR = Draft202012Validator(flow_schema())


def node_of(value: object) -> Node:
    """Make a node of plain data."""
    if isinstance(value, dict):
        return Mapping(tuple(Entry(str(key), HERE, node_of(item)) for key, item in value.items()), HERE)
    if isinstance(value, list):
        return Sequence(tuple(node_of(item) for item in value), HERE)
    assert value is None or isinstance(value, (str, int, float))
    return Scalar(value, HERE)


SCALARS = st.sampled_from(
    [None, True, False, 0, 1, -1, 5.0, 1.5, "", "a", "string", "list", "stop", "continue"]
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.one_of(
        st.lists(inner, max_size=2), st.dictionaries(st.sampled_from(["max", "a", "id"]), inner, max_size=2)
    ),
    max_leaves=4,
)


def some_of(keys: tuple[str, ...]) -> st.SearchStrategy[dict[str, object]]:
    """Give mappings of a few known and unknown keys."""
    return st.dictionaries(st.sampled_from([*keys, "x-a", "other"]), VALUES, max_size=3)


STEPS = st.one_of(VALUES, some_of(STEP_KEYS).map(lambda step: {"uses": "gen4.5", **step}))
INPUTS = st.one_of(VALUES, some_of(INPUT_KEYS).map(lambda declared: {"type": "string", **declared}))
FLOWS = st.builds(
    lambda rest, steps, inputs: {"version": 1, "steps": steps, "inputs": inputs, **rest},
    some_of(FLOW_KEYS),
    st.dictionaries(st.sampled_from(["a", "b"]), STEPS, max_size=2),
    st.dictionaries(st.sampled_from(["a", "b"]), INPUTS, max_size=2),
)


@settings(max_examples=400, deadline=None)
@given(st.one_of(VALUES, FLOWS))
def test_the_fast_verdict_is_that_of_jsonschema(value: object) -> None:
    """A document is valid to us exactly if it is valid to jsonschema."""
    root = node_of(value)
    assert is_flow_structure(root) == VALIDATOR.is_valid(plain_data(root))


@settings(max_examples=200, deadline=None)
@given(st.one_of(VALUES, FLOWS))
def test_what_is_invalid_has_a_finding(value: object) -> None:
    """No invalid document goes without a finding, and findings come in source order."""
    root = node_of(value)
    errors = [item for item in check_structure(Document("f", "", root)) if item.code.id != "RF130"]
    assert bool(errors) == (not is_flow_structure(root))


def test_the_verdict_refuses_keywords_that_it_does_not_know() -> None:
    """A keyword that only jsonschema knows cannot slip into the schema."""
    with pytest.raises(ValueError, match="maxLength"):
        compile_schema({"type": "string", "maxLength": 5})


def test_the_schema_is_a_schema() -> None:
    """The data file is valid against the metaschema of draft 2020-12."""
    Draft202012Validator.check_schema(flow_schema())


def test_the_hints_know_the_keys_of_the_schema() -> None:
    """The keys that messages list are those that the schema accepts."""
    schema = flow_schema()
    assert set(FLOW_KEYS) == set(schema["properties"])
    assert set(STEP_KEYS) == set(schema["$defs"]["step"]["properties"])
    assert set(INPUT_KEYS) == set(schema["$defs"]["input"]["properties"])
    assert set(RETRY_KEYS) == set(schema["$defs"]["step"]["properties"]["retry"]["properties"])
