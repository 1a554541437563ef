"""The language in words: complete, true to what is judged, with examples that hold."""

from __future__ import annotations

from pathlib import Path

import pytest

from runway_flow.spec.language import NOT_YET, OWNERS, keys_of, language_schema, load_language
from runway_flow.spec.structure import UNSUPPORTED_FLOW_KEYS, UNSUPPORTED_STEP_KEYS, flow_schema
from runway_flow.spec.structure_hints import FLOW_KEYS, INPUT_KEYS, RETRY_KEYS, STEP_KEYS
from tests.fakes.editor import judge_of

KEYS = {"flow": FLOW_KEYS, "input": INPUT_KEYS, "step": STEP_KEYS, "retry": RETRY_KEYS}
ALL = [(owner, key) for owner in OWNERS for key in KEYS[owner]]
ROOT = Path(__file__).parents[3]
EXAMPLE = {"uses": "gen4_image", "with": {"ratio": "1280:720", "prompt_text": "A lamp."}}


@pytest.mark.parametrize("owner", OWNERS)
def test_every_key_is_described_in_the_order_of_the_language(owner: str) -> None:
    """The keys in words are those that are judged, no more and no fewer."""
    assert tuple(keys_of(owner)) == KEYS[owner]


def test_what_must_be_there_is_what_is_judged() -> None:
    """Both schemas ask for the same keys and refuse all others."""
    words, judged = load_language(), flow_schema()
    assert words["required"] == judged["required"]
    for owner in ("input", "step"):
        assert words["definitions"][owner]["required"] == judged["$defs"][owner]["required"]
        assert words["definitions"][owner]["additionalProperties"] is False


@pytest.mark.parametrize(("owner", "key"), ALL)
def test_every_key_has_its_words(owner: str, key: str) -> None:
    """A key has a title, a type, a sentence and an example; where it leads for more exists."""
    part = keys_of(owner)[key]
    assert part["title"] == key
    assert part["x-type"]
    assert part["description"].endswith(".")
    assert part.get("x-examples") or part["examples"]
    assert "x-see" not in part or (ROOT / "docs/reference" / part["x-see"]).is_file()


@pytest.mark.parametrize(("owner", "key"), [pair for pair in ALL if pair != ("step", "uses")])
def test_examples_and_defaults_are_accepted(owner: str, key: str) -> None:
    """What is shown as an example, or as the default, may be written."""
    part = keys_of(owner)[key]
    values = [
        *(part.get("x-examples") or part["examples"]),
        *([part["default"]] if "default" in part else []),
    ]
    for value in values:
        assert [error.message for error in judge_of("").iter_errors(flow_with(owner, key, value))] == []


def flow_with(owner: str, key: str, value: object) -> object:
    """Give a flow that has a value under a key, and what goes with it."""
    flow: dict[str, object] = {"version": 1, "steps": {"shot": EXAMPLE}}
    if owner == "flow":
        return {**flow, key: value}
    if owner == "input":
        kinds = {"of": "list" if value == "string" else "object", "min": "number", "max": "number"}
        return {**flow, "inputs": {"it": {"type": kinds.get(key, "string"), key: value}}}
    step = {**EXAMPLE, key: value} if owner == "step" else {**EXAMPLE, "retry": {key: value}}
    if key == "with":
        step = {"uses": "text_to_video/gen4.5", "with": value}
    return {**flow, "steps": {"shot": step}}


def test_what_is_not_supported_yet_says_so() -> None:
    """Keys that are part of the language alone are marked, and not offered."""
    for owner, keys in (("flow", UNSUPPORTED_FLOW_KEYS), ("step", UNSUPPORTED_STEP_KEYS)):
        for key, part in keys_of(owner).items():
            assert (key in keys) == part["description"].endswith(NOT_YET)
            assert (key in keys) == ("deprecationMessage" in part)


def test_editors_read_markdown_where_there_is_some() -> None:
    """A description with code in it stands twice: not every editor knows the second key."""
    properties = language_schema()["properties"]
    assert properties["outputs"]["markdownDescription"] == properties["outputs"]["description"]
    assert "markdownDescription" not in properties["description"]


def test_editors_get_nothing_of_the_page() -> None:
    """Notes for the reference page are left out, keys of the author's own are not."""
    assert "x-type" not in language_schema()["properties"]["name"]
    assert "^x-" in language_schema()["patternProperties"]
