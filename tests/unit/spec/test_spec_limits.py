"""Rules of the limits: what is too large or too deep is refused before anything is built of it."""

from __future__ import annotations

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from runway_flow.kernel.diagnostics import Span
from runway_flow.spec import node_builder, reader, yaml_counting
from runway_flow.spec.limits import MAX_FINDINGS, MAX_NODES
from runway_flow.spec.node_builder import NodeBuilder
from runway_flow.spec.reader import read_document
from runway_flow.spec.yaml_counting import find_excess, may_exceed


def codes_of(text: str) -> list[str]:
    """Give the codes of a text's findings."""
    return [item.code.id for item in read_document(text, "f")[1]]


@pytest.mark.parametrize(
    "text",
    [
        "[" + "[]," * MAX_NODES + "]",
        "x:\n" + "- {}\n" * MAX_NODES,
        "x: {" + "".join(f"k{at}: []," for at in range(MAX_NODES)) + "}",
        "x: {" + "k: 1," * MAX_NODES + "}",
        "x: [" + "!a b," * MAX_NODES + "]",
        "a: &a [1, 2]\nx: [" + "*a," * (MAX_NODES // 2) + "]\ny: '" + " " * 2 * MAX_NODES + "'",
    ],
    ids=["lists", "mappings", "keys of lists", "the same key", "tags", "aliases"],
)
def test_a_bomb_is_refused_before_it_is_built(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Past the limit nothing is built and nothing else is said: that is what keeps it quick."""

    def build(_: object, __: object) -> None:
        raise AssertionError("the text was built")

    monkeypatch.setattr(NodeBuilder, "take_all", build)
    assert codes_of(text) == ["RF103"]


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        ("[" + "a," * (MAX_NODES - 1) + "]", []),
        ("[" + "a," * (MAX_NODES - 1) + "]\n---\n[" + "a," * MAX_NODES + "]", ["RF101"]),
        ("[" + "a," * (MAX_NODES - 1) + "}", ["RF101"]),
        ("[" + "a," * (MAX_NODES - 1) + "'", ["RF101"]),
    ],
    ids=["nothing", "a second document", "a bracket", "a quote"],
)
def test_counting_leaves_every_other_mistake_to_the_reader(text: str, codes: list[str]) -> None:
    """A long text within the limits is read; what else is wrong with it is said as of any other text."""
    assert may_exceed(text)
    assert codes_of(text) == codes


def test_the_pure_parser_counts_too(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without libyaml counting sees the same, and passes over an escape that only `chr` refuses."""
    monkeypatch.setattr(reader, "Loader", yaml.SafeLoader)
    monkeypatch.setattr(reader, "may_exceed", bool)
    monkeypatch.setattr(yaml_counting, "MAX_NODES", 3)
    assert codes_of("[a, b, c]") == ["RF103"]
    assert codes_of("[a, b]") == []
    assert codes_of('"\\U00FFFFFF"') == ["RF101"]


def test_an_anchor_means_what_it_marked_last(monkeypatch: pytest.MonkeyPatch) -> None:
    """An anchor that is set again counts for its last value; an alias is as deep as what it repeats."""
    monkeypatch.setattr(reader, "may_exceed", bool)
    monkeypatch.setattr(yaml_counting, "MAX_NODES", 7)
    assert codes_of("[&a [1, 2], &a x, *a, *a]") == []
    assert codes_of("[&a x, &a [1, 2], *a, *a]") == ["RF103"]
    monkeypatch.setattr(yaml_counting, "MAX_DEPTH", 3)
    assert codes_of("[&a [[1]], *a]") == []
    (deep,) = read_document("[&a [[1]], [*a]]", "f")[1]
    assert "nested deeper" in deep.message


def test_the_place_is_where_it_becomes_too_much(monkeypatch: pytest.MonkeyPatch) -> None:
    """The finding points at the first value too many, and at the first bracket too deep."""
    monkeypatch.setattr(reader, "may_exceed", bool)
    monkeypatch.setattr(yaml_counting, "MAX_NODES", 2)
    (many,) = read_document("a: 1\nb: 2\nc: 3\n", "f")[1]
    assert many.span == Span("f", 3, 4, 3, 4)
    monkeypatch.setattr(yaml_counting, "MAX_DEPTH", 2)
    (deep,) = read_document("a:\n- [1]\n", "f")[1]
    assert deep.span == Span("f", 2, 3, 2, 3)
    assert "nested deeper" in deep.message


@pytest.mark.parametrize(
    ("text", "is_counted"),
    [
        ("[" + "a," * (MAX_NODES - 1) + "]", True),
        ("- a\n" * MAX_NODES, True),
        ("- a" + " " * 2 * MAX_NODES, False),
        ("- &a 1\n- *a" + " " * 2 * MAX_NODES, True),
        ("- *a" * 100, False),
    ],
    ids=["commas", "dashes", "a long text", "an alias", "a short text"],
)
def test_only_what_may_be_too_much_is_counted(text: str, is_counted: bool) -> None:  # noqa: FBT001
    """Counting takes time: a text that cannot have too many values is built at once."""
    assert may_exceed(text) is is_counted


PARTS = st.sampled_from(
    [
        "[",
        "]",
        "{",
        "}",
        "a",
        "b: ",
        "? ",
        ": ",
        ", ",
        "&x ",
        "*x",
        "&y ",
        "*y",
        "\n",
        "- ",
        "  ",
        "--- ",
        "'q'",
    ]
)


@settings(max_examples=400, deadline=None)
@given(st.lists(PARTS, max_size=40).map("".join))
def test_counting_and_building_agree(text: str) -> None:
    """Whatever the text is, counting finds an excess exactly where building does."""
    with pytest.MonkeyPatch.context() as patch:
        for module in (node_builder, yaml_counting):
            patch.setattr(module, "MAX_NODES", 5)
            patch.setattr(module, "MAX_DEPTH", 3)
        patch.setattr(yaml_counting, "_LONG_TEXT", 0)
        built = [item.message for item in read_document(text, "f")[1] if item.code.id == "RF103"]
        try:
            counted = find_excess("f", iter(reader.Loader(text).get_event, None))
        except yaml.MarkedYAMLError:
            return
        assert built == ([counted.message] if counted else [])
        assert may_exceed(text) or not (counted and "values" in counted.message)


def test_reading_stops_after_hundreds_of_mistakes() -> None:
    """A file is not searched for more mistakes than anyone would mend at a time."""
    text = "x: [" + "*b," * (MAX_FINDINGS + 100) + "]"
    found = read_document(text, "f")
    assert found[0] is None
    assert len(found[1]) == MAX_FINDINGS + 2
    assert {item.code.id for item in found[1][-2:]} == {"RF103", "RF109"}


def test_warnings_refuse_no_file() -> None:
    """More warnings than anyone would read are left out; the file is read all the same."""
    document, found = read_document("x:\n" + "- a b #c\n" * (MAX_FINDINGS + 100), "f")
    assert document is not None
    assert {item.code.id for item in found} == {"RF116"}
    assert len(found) == MAX_FINDINGS


def test_advice_repeats_no_endless_line() -> None:
    """A line of megabytes is not copied into the advice of each of its findings."""
    text = "x: [" + "!t a," * MAX_FINDINGS + "b" * 1_000_000 + "]"
    assert all(len(item.hint or "") < 5000 for item in read_document(text, "f")[1])
