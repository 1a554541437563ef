"""What each code means, an example, what to do: the texts of its page, loaded only where they are shown."""

from __future__ import annotations

import re
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

_HEADING = re.compile(r"^## (RF\d{3})\n", re.MULTILINE)


@cache
def load_explanations() -> Mapping[str, str]:
    """Give the explanations by code id, as Markdown whose links are relative to `docs/reference`.

    They stand in a Markdown file beside this module, so that examples need no escapes.
    """
    text = (files("runway_flow.kernel") / "explanations.md").read_text(encoding="utf-8")
    parts = _HEADING.split(text)[1:]
    return {code: body.strip() for code, body in zip(parts[::2], parts[1::2], strict=True)}
