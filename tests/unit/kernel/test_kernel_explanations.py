"""The explanations of codes."""

import re

import pytest

from runway_flow.kernel.codes import CODES
from runway_flow.kernel.explanations import load_explanations


def test_every_code_is_explained_and_nothing_else() -> None:
    """Each code has a text, and each text a code."""
    assert set(load_explanations()) == set(CODES)


@pytest.mark.parametrize("code", sorted(CODES))
def test_an_explanation_says_something_in_balanced_markdown(code: str) -> None:
    """A text is one sentence at least, closes its code blocks, and has no heading of its own."""
    text = load_explanations()[code]
    assert len(text.split()) >= 8
    assert text.count("```") % 2 == 0
    assert not re.search(r"^#", re.sub(r"```.*?```", "", text, flags=re.DOTALL), re.MULTILINE)
