"""All static rules over one flow, in one pass; findings in source order."""

from __future__ import annotations

from typing import TYPE_CHECKING

from runway_flow.check.checked_flow import CheckedFlow
from runway_flow.check.rule_braces import check_braces
from runway_flow.check.rule_defaults import check_defaults
from runway_flow.check.rule_parameters import check_parameters
from runway_flow.check.rule_references import check_references
from runway_flow.check.rule_seeds import check_seeds
from runway_flow.check.rule_unused import check_unused
from runway_flow.check.rule_uses import check_uses
from runway_flow.kernel.diagnostics import has_errors, sorted_diagnostics

if TYPE_CHECKING:
    from runway_flow.catalog.catalog import Catalog
    from runway_flow.kernel.diagnostics import Diagnostic
    from runway_flow.kernel.files import Files
    from runway_flow.spec.flow import Flow


def check_flow(
    flow: Flow, catalog: Catalog, files: Files
) -> tuple[CheckedFlow | None, tuple[Diagnostic, ...]]:
    """Judge everything that needs no input values. Without errors the checked flow comes with it.

    The flow need not be whole: what could not be read counts as not known.
    """
    candidates, found = check_uses(flow, catalog)
    references = check_references(flow)
    findings = [*found, *references, *check_defaults(flow, catalog)]
    settled, in_parameters = check_parameters(flow, catalog, candidates, files)
    findings += in_parameters
    findings += check_seeds(flow, candidates)
    findings += check_unused(flow)
    findings += check_braces(flow)
    diagnostics = sorted_diagnostics(findings)
    if has_errors(diagnostics) or not flow.is_whole:
        return None, diagnostics
    return CheckedFlow(flow, catalog, candidates, settled, diagnostics), diagnostics
