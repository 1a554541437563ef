"""Which bytes may leave the store: what nothing refers to, and on request what was not used for long.

A pure decision on values. Records are not among them: they outlive their bytes.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from msgspec import Struct

from runway_flow.engine.inventory import CondemnedBlob
from runway_flow.kernel.digests import Digest

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from runway_flow.engine.inventory import KeptResult, OpenWork, RunsOfFlow

RECENT_S = 7 * 86400.0
"""What was used within a week goes only if a shorter age is asked for."""


class PrunePolicy(Struct, frozen=True):
    """What is asked for. With neither, only blobs that no record names are removed.

    `older_than_s`: blobs not used for so long may go. `max_bytes`: only as many of them go as it takes to
    bring all blobs down to this size, those that cost nothing first, then those not used for longest.
    """

    max_bytes: int | None = None
    older_than_s: float | None = None

    @property
    def takes_named(self) -> bool:
        """Whether anything may go that a record names."""
        return self.max_bytes is not None or self.older_than_s is not None


class References(Struct, frozen=True):
    """What refers to bytes. `pinned`: digests that are kept whatever else holds (of locks, of picks)."""

    results: tuple[KeptResult, ...]
    runs: tuple[RunsOfFlow, ...] = ()
    work: tuple[OpenWork, ...] = ()
    pinned: frozenset[Digest] = frozenset()


class Choice(Struct, frozen=True):
    """The blobs to remove, and what stays: `held_bytes` of it because something refers to it for sure."""

    condemned: tuple[CondemnedBlob, ...]
    kept_bytes: int
    held_bytes: int


class _Claim(Struct):
    last_used: float = 0.0
    is_held: bool = False
    is_paid: bool = False


def choose(blobs: Mapping[Digest, int], refs: References, policy: PrunePolicy, now: float) -> Choice:
    """Decide which of the blobs (digest → size) to remove.

    Never chosen: what is pinned; what an open attempt or a lease works on, with its inputs; what flows
    with an unfinished run have now.
    """
    claims = _claims(refs)
    unnamed = [digest for digest in sorted(blobs) if digest not in claims]
    condemned = [CondemnedBlob(digest, blobs[digest], is_named=False) for digest in unnamed]
    kept = sum(blobs.values()) - sum(one.bytes for one in condemned)
    if policy.takes_named:
        before = now - (RECENT_S if policy.older_than_s is None else policy.older_than_s)
        found = [(claims[digest], digest) for digest in blobs if digest in claims]
        free = [(claim, digest) for claim, digest in found if not claim.is_held and claim.last_used <= before]
        free.sort(key=lambda one: (one[0].is_paid, one[0].last_used, one[1]))
        for claim, digest in free:
            if policy.max_bytes is not None and kept <= policy.max_bytes:
                break
            condemned.append(CondemnedBlob(digest, blobs[digest], is_named=True, is_paid=claim.is_paid))
            kept -= blobs[digest]
    held = sum(size for digest, size in blobs.items() if digest in claims and claims[digest].is_held)
    return Choice(tuple(condemned), kept, held)


def _claims(refs: References) -> dict[Digest, _Claim]:
    claims: dict[Digest, _Claim] = {}
    working = {work.key for work in refs.work}
    for kept in refs.results:
        result = kept.result
        last, is_unfinished = _use_of(kept, refs.runs)
        for digest in (*(one.digest for one in result.outputs), *digests_in(result.document)):
            claim = claims.setdefault(digest, _Claim())
            claim.last_used = max(claim.last_used, last)
            claim.is_held |= is_unfinished or result.key in working
        for one in result.outputs:
            claims[one.digest].is_paid |= kept.is_paid
    for digest in (*refs.pinned, *(found for work in refs.work for found in digests_in(work.document))):
        claims.setdefault(digest, _Claim()).is_held = True
    return claims


def _use_of(kept: KeptResult, runs: Iterable[RunsOfFlow]) -> tuple[float, bool]:
    """Say when a result was last used, and whether a run that uses it can be continued."""
    flows = {use.flow for use in kept.uses}
    users = [run for run in runs if run.flow in flows and kept.realm in (None, run.realm)]
    last = max([kept.result.created_at, *(run.last_at for run in users)])
    return last, any(run.is_unfinished for run in users)


def digests_in(document: object) -> Iterator[Digest]:
    """Give the digests of the media that a key document names (`{"sha256": …}`)."""
    if isinstance(document, Mapping):
        found = document.get("sha256")
        if isinstance(found, str) and len(document) == 1:
            yield Digest(found)
            return
        for value in document.values():
            yield from digests_in(value)
    elif isinstance(document, (list, tuple)):
        for value in document:
            yield from digests_in(value)
