"""Values as YAML to paste."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hypothesis import given
from hypothesis import strategies as st

from runway_flow.report.yaml_text import yaml_lines
from runway_flow.spec.document import plain_data
from runway_flow.spec.reader import read_document

if TYPE_CHECKING:
    from collections.abc import Mapping


def yaml_of(value: Mapping[str, object]) -> str:
    """Write a mapping."""
    return "\n".join(yaml_lines(value))


def test_as_an_author_writes() -> None:
    """Keys stand on their own lines, short lists on one, mappings in a list one to a line."""
    value = {
        "uses": "gen4.5",
        "with": {
            "ratio": "1280:720",
            "prompt_text": "A lamp on a rock, at dawn.",
            "prompt_image": ["still.png", "a, b"],
            "shots": [{"duration": 3, "prompt": "It turns."}],
            "audio": True,
            "rate": "60",
            "on": "on",
            "none": {},
        },
    }
    assert yaml_of(value) == (
        "uses: gen4.5\n"
        "with:\n"
        "  ratio: 1280:720\n"
        "  prompt_text: A lamp on a rock, at dawn.\n"
        '  prompt_image: [still.png, "a, b"]\n'
        "  shots:\n"
        "    - {duration: 3, prompt: It turns.}\n"
        "  audio: true\n"
        '  rate: "60"\n'
        '  on: "on"\n'
        "  none: {}"
    )


TEXTS = st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cn", "Co"]), max_size=12)
TRAPS = st.sampled_from(
    ["a: b", "a #b", "a:", "no", "~", "1e3", "- x", "16:9", "x ", "0x1", "a\nb", "@a", "é"]
)
KEYS = st.sampled_from(["k", "name", "z_2"])
VALUES = st.recursive(
    TEXTS | TRAPS | st.integers(-(2**53) + 1, 2**53 - 1) | st.booleans(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=3),
    max_leaves=8,
)


@given(st.dictionaries(KEYS, VALUES, min_size=1))
def test_is_read_back(value: dict[str, object]) -> None:
    """Whatever is written reads back as the same value."""
    document, findings = read_document(yaml_of(value), "step.yaml")
    assert findings == ()
    assert document is not None
    assert plain_data(document.root) == value
