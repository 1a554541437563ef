"""What binding an instance to what is known of the others can come to."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

if TYPE_CHECKING:
    from runway_flow.kernel.diagnostics import Diagnostic
    from runway_flow.plan.action import Action


class Bound(Struct, frozen=True):
    """Every input is known: the action that it is."""

    action: Action


class Waiting(Struct, frozen=True):
    """Inputs are missing: the instances that they come from."""

    needs: frozenset[str]


class NotWanted(Struct, frozen=True):
    """The instance is skipped: its condition is false, or it reads what was skipped."""

    reason: str


class Unusable(Struct, frozen=True):
    """What it was given cannot be sent: the findings say why."""

    diagnostics: tuple[Diagnostic, ...]


Binding = Bound | Waiting | NotWanted | Unusable
