"""Findings as other programs' annotations: GitHub workflow commands and SARIF."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import quote

from runway_flow import __version__
from runway_flow.kernel.redaction import redact
from runway_flow.report.terminal import clean

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from runway_flow.kernel.diagnostics import Diagnostic


def github_lines(files: Mapping[str, Iterable[Diagnostic]]) -> str:
    """Write findings as GitHub's workflow commands (`::error file=…,line=…::…`)."""
    lines = []
    for path, found in files.items():
        for item in found:
            span = item.span
            place = f"file={_property(span.path if span else path)}"
            if span:
                place += (
                    f",line={span.line},col={span.column},endLine={span.end_line},endColumn={span.end_column}"
                )
            lines.append(f"::{item.severity.value} {place},title={item.code}::{_escaped(_text(item))}\n")
    return "".join(lines)


def _text(item: Diagnostic) -> str:
    """Write a finding in one piece: the message, and in brackets what is accepted and what to do."""
    step = f"{item.step}: " if item.step and "[" in item.step and item.step not in item.message else ""
    rest = "; ".join(part for part in (item.label, *item.notes, item.hint) if part)
    return clean(redact(f"{step}{item.message} ({rest})" if rest else f"{step}{item.message}"))


def _uri(path: str) -> str:
    """Write a path as a reference of a URI, as SARIF wants it; relative ones stay relative."""
    return quote(path.replace("\\", "/"), safe="/:")


def _escaped(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _escaped(text).replace(":", "%3A").replace(",", "%2C")


def sarif_document(files: Mapping[str, Iterable[Diagnostic]]) -> dict[str, object]:
    """Give findings as a SARIF 2.1.0 log."""
    found = [(path, item) for path, items in files.items() for item in items]
    rules = {item.code.id: item.code for _, item in found}
    return {
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [
            {
                "tool": {
                    "driver": {
                        "name": "runway-flow",
                        "version": __version__,
                        "rules": [
                            {"id": code.id, "name": code.slug, "shortDescription": {"text": code.title}}
                            for code in rules.values()
                        ],
                    }
                },
                # Ours count characters, not the UTF-16 units that readers assume.
                "columnKind": "unicodeCodePoints",
                "results": [_result(path, item) for path, item in found],
            }
        ],
    }


def _result(path: str, item: Diagnostic) -> dict[str, object]:
    span = item.span
    location: dict[str, object] = {"artifactLocation": {"uri": _uri(span.path if span else path)}}
    if span:
        location["region"] = {
            "startLine": span.line,
            "startColumn": span.column,
            "endLine": span.end_line,
            "endColumn": span.end_column,
        }
    return {
        "ruleId": item.code.id,
        "level": item.severity.value,
        "message": {"text": _text(item)},
        "locations": [{"physicalLocation": location}],
    }
