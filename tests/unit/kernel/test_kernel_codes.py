"""The registry of codes."""

from __future__ import annotations

import pytest

from runway_flow.kernel import codes


@pytest.mark.parametrize(("id_", "slug"), [("RF101", "another"), ("RF199", "yaml-syntax")])
def test_no_code_is_defined_twice(id_: str, slug: str) -> None:
    """A number and a slug stand for one code each."""
    with pytest.raises(ValueError, match="defined twice"):
        codes.define(id_, slug, "Another", codes.ExitCode.INVALID)
    assert codes.CODES["RF101"] is codes.YAML_SYNTAX
    assert "RF199" not in codes.CODES
