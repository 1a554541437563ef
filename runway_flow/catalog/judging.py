"""What judging one set of parameters carries along: the row, the way to open media, the findings so far."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from runway_flow.catalog.verdict import Finding
from runway_flow.kernel.files import FileProblem
from runway_flow.kernel.media import Medium
from runway_flow.kernel.values import Deferred

if TYPE_CHECKING:
    from runway_flow.catalog.capability import Capability
    from runway_flow.catalog.catalog import Catalog
    from runway_flow.catalog.verdict import Path
    from runway_flow.kernel.codes import Code

OpenMedium = Callable[[object], Medium | FileProblem | Deferred]
"""Turns what stands where a medium belongs (a text, an object with a `path`, a `{url, sha256}`) into one."""


@dataclass(slots=True)
class Judging:
    """The state of one judgement.

    `places`: path of a canonical value → path of what the author wrote, where a shorthand moved it.
    `catalog` is for help texts alone; None: the one that this version ships with.
    """

    capability: Capability
    open_medium: OpenMedium
    catalog: Catalog | None = None
    findings: list[Finding] = field(default_factory=list)
    places: dict[Path, Path] = field(default_factory=dict)

    def refuse(
        self,
        code: Code,
        path: Path,
        message: str,
        *,
        hint: str | None = None,
        notes: tuple[str, ...] = (),
        label: str | None = None,
        on_key: bool = False,
    ) -> None:
        """Add a finding that stops the flow."""
        self.findings.append(Finding(code, path, message, hint, notes, label, on_key=on_key))

    def shipped(self) -> Catalog:
        """Give the catalogue that help texts draw on."""
        if self.catalog is None:
            from runway_flow.catalog.loader import load_catalog

            self.catalog = load_catalog()
        return self.catalog
