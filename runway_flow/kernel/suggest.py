"""The nearest accepted name for one that is not accepted."""

from __future__ import annotations

from difflib import get_close_matches
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable


def nearest(name: str, candidates: Iterable[str]) -> str | None:
    """Give the candidate most like `name`, or None if none is near; case and `-`/`_` do not count."""
    folded = {_fold(candidate): candidate for candidate in candidates}
    found = get_close_matches(_fold(name), folded, n=1, cutoff=0.6)
    return folded[found[0]] if found else None


def did_you_mean(name: str, candidates: Iterable[str]) -> str | None:
    """Give «did you mean `x`?», or None if no candidate is near."""
    found = nearest(name, candidates)
    return f"did you mean `{found}`?" if found is not None else None


def _fold(name: str) -> str:
    return name.casefold().replace("-", "_")
