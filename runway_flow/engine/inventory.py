"""What care of the store finds and does, as values: kept results, damage, what was removed or carried."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

if TYPE_CHECKING:
    from runway_flow.kernel.digests import Digest
    from runway_flow.plan.action import ActionKey, ActionResult


class Use(Struct, frozen=True, order=True):
    """An instance of a flow that has a result; `step` is its address (`clip[wide]`)."""

    flow: str
    step: str


class KeptResult(Struct, frozen=True):
    """A record as it is listed: `position` counts records, `uses` are the instances that have it now."""

    position: int
    result: ActionResult
    uses: tuple[Use, ...] = ()

    @property
    def realm(self) -> str | None:
        """Where it was made; None for what this machine does, which is the same everywhere."""
        return realm_of(self.result)

    @property
    def is_paid(self) -> bool:
        """Whether making it again would cost real credits."""
        return self.realm not in (None, "local") and bool(self.result.credits or self.result.task)


def realm_of(result: ActionResult) -> str | None:
    """Give the realm that is part of a result's key."""
    realm = result.document.get("realm")
    return realm if isinstance(realm, str) else None


class RunsOfFlow(Struct, frozen=True):
    """The runs of one flow in one realm: when one began or ended last, and if one can be continued."""

    flow: str
    realm: str
    last_at: float
    is_unfinished: bool


class OpenWork(Struct, frozen=True):
    """An action that somebody works on, or whose attempt has no end yet; `document` is its key document."""

    key: ActionKey
    document: object = None


class Damage(Struct, frozen=True):
    """One thing that is not what it should be.

    `what`: `blob`, `record`, `attempt`, `database` or `stray` (a file that does not belong where it is).
    `aside` is where it was put, so that it is never used; None if it stayed.
    """

    what: str
    name: str
    problem: str
    aside: str | None = None


class MissingBlob(Struct, frozen=True):
    """Bytes that a record names and that are not here: a normal state, they are fetched when needed."""

    digest: Digest
    keys: tuple[ActionKey, ...]
    uses: tuple[Use, ...] = ()


class Verification(Struct, frozen=True):
    """What reading everything in the store has shown."""

    blobs: int
    bytes: int
    records: int
    attempts: int
    damaged: tuple[Damage, ...] = ()
    missing: tuple[MissingBlob, ...] = ()


class CondemnedBlob(Struct, frozen=True):
    """A blob that is removed: `is_named` tells whether a record names it, which stays."""

    digest: Digest
    bytes: int
    is_named: bool
    is_paid: bool = False


class Pruning(Struct, frozen=True):
    """What was removed, or would be; `is_over` tells that more is left than was asked for."""

    is_dry: bool
    blobs: tuple[CondemnedBlob, ...]
    drafts: int
    quarantined: int
    kept_blobs: int
    kept_bytes: int
    held_bytes: int
    is_over: bool = False

    @property
    def bytes(self) -> int:
        """How much room the removed blobs took."""
        return sum(one.bytes for one in self.blobs)


class Transfer(Struct, frozen=True):
    """What an archive carries, or what was taken from one.

    `records` and `blobs` are those that are written; `known` records were here already. `bytes` are those
    of the blobs; `missing` counts blobs that a record names and that could not be carried.
    """

    records: int
    blobs: int
    bytes: int
    known: int = 0
    missing: int = 0
