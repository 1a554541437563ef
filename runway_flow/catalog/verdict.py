"""What the catalogue answers: findings with a path into the parameters, and what is judged good."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

from runway_flow.kernel.diagnostics import Severity

if TYPE_CHECKING:
    from collections.abc import Mapping

    from runway_flow.kernel.codes import Code

Path = tuple[str | int, ...]
"""Where in the parameters: (`reference_images`, `hero`) or (`clips`, 0, `start`). Empty: the whole."""


class Finding(Struct, frozen=True):
    """A finding about parameters; check and plan give it a span by its path.

    `on_key`: the finding is about the key at the end of the path, not about its value.
    """

    code: Code
    path: Path
    message: str
    hint: str | None = None
    notes: tuple[str, ...] = ()
    label: str | None = None
    severity: Severity = Severity.ERROR
    on_key: bool = False


class Verdict(Struct, frozen=True):
    """Parameters judged against one row.

    `params`: canonical, by snake_case names, nulls left out, in the row's order.
    `request`: the same by wire names and with constants (`model`, `type`) filled in: what is sent.
    Leaves are plain scalars, `Medium` and `Deferred`. `request` means nothing while `findings` has errors.
    """

    params: Mapping[str, object]
    request: Mapping[str, object]
    findings: tuple[Finding, ...] = ()

    @property
    def is_accepted(self) -> bool:
        """Whether no finding is an error."""
        return all(finding.severity is not Severity.ERROR for finding in self.findings)
