"""Rule: what a step writes out is accepted by the row that it chooses, whatever its expressions yield."""

from __future__ import annotations

from typing import TYPE_CHECKING

from runway_flow.check.judgement import Judge
from runway_flow.check.symbolic import SymbolicScope
from runway_flow.kernel import codes

if TYPE_CHECKING:
    from collections.abc import Mapping

    from runway_flow.catalog.capability import Capability
    from runway_flow.catalog.catalog import Catalog
    from runway_flow.check.judgement import Judgement
    from runway_flow.kernel.diagnostics import Diagnostic
    from runway_flow.kernel.files import Files
    from runway_flow.spec.flow import Flow

REFERENCES = (codes.UNKNOWN_STEP, codes.UNDEFINED_NAME, codes.UNKNOWN_FIELD, codes.UNKNOWN_INSTANCE)
"""What `rule_references` finds, in every branch."""


def check_parameters(
    flow: Flow, catalog: Catalog, candidates: Mapping[str, tuple[Capability, ...]], files: Files
) -> tuple[Mapping[str, Judgement], list[Diagnostic]]:
    """Judge every step whose `uses` means something; give what is settled for good, and the findings.

    Where parameters may have gone unseen nothing is said: what seems to be missing may be there.
    """
    judge = Judge(flow, catalog, files, candidates)
    found: list[Diagnostic] = []
    for step in flow.steps.values():
        if step.id in candidates and not step.has_gaps:
            judgement = judge.judge(step, SymbolicScope(flow, step, candidates), step.id)
            found += [item for item in judgement.diagnostics if item.code not in REFERENCES]
    return judge.settled, found
