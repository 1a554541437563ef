"""Rules across parameters, judged by the catalogue and told in the API's form."""

from __future__ import annotations

from typing import TYPE_CHECKING

from runway_flow.catalog.judging import Judging
from runway_flow.catalog.rules import check_rules
from runway_flow.emulator.answers import WireIssue
from runway_flow.emulator.sdk_names import wire_path
from runway_flow.kernel import codes
from runway_flow.kernel.diagnostics import Severity
from runway_flow.kernel.files import FileProblem

if TYPE_CHECKING:
    from runway_flow.catalog.capability import Capability

_NOT_THE_API_S = frozenset({codes.UNKNOWN_TAG})
"""An unknown `@tag` is plain text to the API; only we suspect a slip of the pen."""


def find_combination_issues(row: Capability, params: dict[str, object]) -> tuple[WireIssue, ...]:
    """Find parameters that do not go together; `params` by SDK names."""
    judging = Judging(row, _opened_already)
    check_rules(params, judging)
    return tuple(
        WireIssue("custom", wire_path(row, finding.path), finding.message.replace("`", "'"))
        for finding in judging.findings
        if finding.severity is Severity.ERROR and finding.code not in _NOT_THE_API_S
    )


def _opened_already(
    value: object,
) -> FileProblem:  # pragma: no cover - media were opened when the body was read
    return FileProblem(codes.FILE_UNREADABLE, f"{value!r} is no medium")
