"""The nearest accepted name for one that is not accepted."""

from __future__ import annotations

from difflib import get_close_matches
from functools import lru_cache
from heapq import nlargest
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable


def nearest(name: str, candidates: Iterable[str]) -> str | None:
    """Give the candidate most like `name`, or None if none is near; case and `-`/`_` do not count."""
    folded = {_fold(candidate): candidate for candidate in candidates}
    wanted = _fold(name)
    names = list(folded) if len(folded) <= _FEW else _likely(wanted, folded)
    found = get_close_matches(wanted, names, n=1, cutoff=0.6)
    return folded[found[0]] if found else None


_FEW = 50
_LIKELY = 12
"""As many names as are compared letter by letter each time one is wrong: a flow may have 10,000 of both."""


def _likely(name: str, candidates: Iterable[str]) -> list[str]:
    """Give the few candidates that share most pairs of letters with a name."""
    pairs = _pairs(name)

    def likeness(candidate: str) -> float:
        others = _pairs(candidate)
        return len(pairs & others) / (len(pairs) + len(others))

    return nlargest(_LIKELY, candidates, likeness)


@lru_cache(20_000)
def _pairs(name: str) -> frozenset[str]:
    return frozenset(map("".join, zip(f" {name}", f"{name} ", strict=True)))


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
