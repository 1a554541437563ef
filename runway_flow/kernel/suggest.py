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


def nearest_file(name: str, names: Iterable[str]) -> str | None:
    """Give the file name most like `name`, or None: what stands before the ending decides.

    Two names are not alike because both end in `.yaml`.
    """
    stems: dict[str, list[str]] = {}
    for candidate in names:
        stems.setdefault(_stem(candidate), []).append(candidate)
    found = get_close_matches(_stem(name), stems, n=1, cutoff=0.6)
    return get_close_matches(name, stems[found[0]], n=1, cutoff=0.0)[0] if found else None


def _stem(name: str) -> str:
    return _fold(name.rpartition(".")[0] or name)


def _fold(name: str) -> str:
    return name.casefold().replace("-", "_")
