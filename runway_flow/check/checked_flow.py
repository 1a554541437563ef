"""A flow without static errors: what the planner takes; only `check_flow` makes one."""

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

    `settled`: the judgements of steps that nothing can change any more.
    """

    flow: Flow
    catalog: Catalog
    candidates: Mapping[str, tuple[Capability, ...]]
    settled: Mapping[str, Judgement]
    warnings: tuple[Diagnostic, ...] = ()
