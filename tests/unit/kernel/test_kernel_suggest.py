"""Rules of suggestions: near names only."""

from __future__ import annotations

import pytest

from runway_flow.kernel.suggest import nearest, nearest_file

NAMES = ("hero.jpg", "hero.png", "Lamp-Teaser.yaml", "flow.yml", "x.yaml", "README")


@pytest.mark.parametrize(
    ("name", "near"),
    [
        ("hero.pgn", "hero.png"),
        ("hro.jpg", "hero.jpg"),
        ("lamp_teaser", "Lamp-Teaser.yaml"),
        ("flow.yaml", "flow.yml"),
        ("readme", "README"),
        ("nope.yaml", None),
        ("y.yaml", None),
        ("", None),
    ],
)
def test_a_file_is_suggested_by_what_stands_before_its_ending(name: str, near: str | None) -> None:
    """An ending that is shared makes no names alike, and one that differs does not part them."""
    assert nearest_file(name, NAMES) == near


def test_the_nearest_of_many_names_is_found() -> None:
    """Of thousands of names only the likely ones are compared; the nearest is among them."""
    names = [f"step_{at}" for at in range(2000)]
    assert nearest("stp_1234", names) == "step_1234"
    assert nearest("Step-77", names) == "step_77"
    assert nearest("qqqq", names) is None
    assert nearest("", names) is None
