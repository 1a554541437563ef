"""A flow without static errors, or that part of one: what the planner takes; only `check` makes one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

if TYPE_CHECKING:
    from collections.abc import Mapping

    from runway_flow.catalog.capability import Capability
    from runway_flow.catalog.catalog import Catalog
    from runway_flow.check.judgement import Judgement
    from runway_flow.kernel.diagnostics import Diagnostic
    from runway_flow.spec.flow import Flow


class CheckedFlow(Struct, frozen=True):
    """A flow that was checked, the rows that each step may mean, and the warnings that came up.

    `settled`: the judgements of steps that nothing can change any more. `is_part`: the flow has errors, and
    these are the steps that no error touches; planning it gives findings, and no plan.
    """

    flow: Flow
    catalog: Catalog
    candidates: Mapping[str, tuple[Capability, ...]]
    settled: Mapping[str, Judgement]
    warnings: tuple[Diagnostic, ...] = ()
    is_part: bool = False
