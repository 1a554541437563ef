"""What the planner may ask the store and the disk; reading only."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from msgspec import Struct

from runway_flow.kernel.files import FileProblem, Files

if TYPE_CHECKING:
    from collections.abc import Mapping

    from runway_flow.kernel.amounts import Credits
    from runway_flow.plan.action import ActionKey, ActionResult

__all__ = ["EmptyLookup", "FileProblem", "Files", "Hold", "Lookup", "OpenAttempt", "StoredResult"]


class StoredResult(Struct, frozen=True):
    """A kept result; `is_whole` says whether every blob of it is there."""

    result: ActionResult
    is_whole: bool


class OpenAttempt(Struct, frozen=True):
    """An attempt whose end is not known: submitted (`task` is set), or intended without an answer."""

    attempt_id: str
    task: str | None
    since: float
    step: str


class Hold(Struct, frozen=True):
    """Why an action is not submitted by itself: how its last attempt ended.

    `is_dropped`: the user gave it up; else moderation refused the request. `at`: seconds since 1970 UTC.
    """

    attempt_id: str
    is_dropped: bool
    at: float
    task: str | None = None
    cost: Credits | None = None
    failure: str | None = None
    failure_code: str | None = None


class Lookup(Protocol):
    """The store, as the planner reads it."""

    def find_result(self, key: ActionKey) -> StoredResult | None:
        """Give the kept result of an action, or None."""
        ...

    def find_open_attempt(self, key: ActionKey) -> OpenAttempt | None:
        """Give the attempt of an action that is in flight or in doubt, or None."""
        ...

    def find_hold(self, key: ActionKey) -> Hold | None:
        """Give what forbids another attempt of an action that has no open one, or None."""
        ...

    def find_last_document(self, flow: str, step: str) -> Mapping[str, object] | None:
        """Give the key document that this instance of this flow had when it last had a result."""
        ...


class EmptyLookup:
    """A store with nothing in it: for `validate`, which asks what a flow is, not what is left of it."""

    def find_result(self, key: ActionKey) -> None:
        """Give None."""

    def find_open_attempt(self, key: ActionKey) -> None:
        """Give None."""

    def find_hold(self, key: ActionKey) -> None:
        """Give None."""

    def find_last_document(self, flow: str, step: str) -> None:
        """Give None."""
