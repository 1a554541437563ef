"""What binding an instance to what is known of the others can come to."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from runway_flow.kernel.diagnostics import Diagnostic
    from runway_flow.plan.action import Action


@dataclass(frozen=True, slots=True)
class Bound:
    """Every input is known: the action that it is."""

    action: Action


@dataclass(frozen=True, slots=True)
class Waiting:
    """Inputs are missing: the instances that they come from."""

    needs: frozenset[str]


@dataclass(frozen=True, slots=True)
class NotWanted:
    """The instance is skipped: its condition is false, or it reads what was skipped."""

    reason: str


@dataclass(frozen=True, slots=True)
class Unusable:
    """What it was given cannot be sent: the findings say why."""

    diagnostics: tuple[Diagnostic, ...]


Binding = Bound | Waiting | NotWanted | Unusable
