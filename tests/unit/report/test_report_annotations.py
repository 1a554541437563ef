from __future__ import annotations

from typing import Any

from msgspec.structs import replace

from runway_flow.kernel import codes
from runway_flow.kernel.diagnostics import Diagnostic, Severity, Span
from runway_flow.report.annotations import github_lines, sarif_document

PLACED = Diagnostic(
    codes.VALUE_NOT_ACCEPTED,
    "100% wrong",
    Span("a b:c,d.yaml", 3, 5, 3, 9),
    label="did you mean `b`?",
    notes=("accepted: b",),
    hint="write\nb",
)
BARE = Diagnostic(codes.UNUSED, "unused", severity=Severity.WARNING)


def test_github() -> None:
    """A finding is one workflow command; what its syntax reserves is escaped."""
    assert github_lines({"x.yaml": [PLACED, BARE]}) == (
        "::error file=a b%3Ac%2Cd.yaml,line=3,col=5,endLine=3,endColumn=9,title=RF311"
        "::100%25 wrong (did you mean `b`?; accepted: b; write%0Ab)\n"
        "::warning file=x.yaml,title=RF214::unused\n"
    )


def test_instances_are_named() -> None:
    """A finding about an instance names it, once."""
    of_instance = replace(BARE, step="clip[wide]")
    assert "::clip[wide]: unused" in github_lines({"x": [of_instance]})
    named = replace(of_instance, message="clip[wide] is unused")
    assert "::clip[wide] is unused" in github_lines({"x": [named]})


def test_sarif() -> None:
    """A log has each rule once, a result for each finding, and says how columns are counted."""
    document: Any = sarif_document({"x.yaml": [PLACED, BARE, BARE]})
    assert document["version"] == "2.1.0"
    run = document["runs"][0]
    assert run["columnKind"] == "unicodeCodePoints"
    assert [rule["id"] for rule in run["tool"]["driver"]["rules"]] == ["RF311", "RF214"]
    first, second, third = run["results"]
    assert first["locations"][0]["physicalLocation"] == {
        "artifactLocation": {"uri": "a%20b:c%2Cd.yaml"},
        "region": {"startLine": 3, "startColumn": 5, "endLine": 3, "endColumn": 9},
    }
    assert first["message"]["text"] == "100% wrong (did you mean `b`?; accepted: b; write\nb)"
    assert second == third
    assert second["level"] == "warning"
    assert second["locations"][0]["physicalLocation"] == {"artifactLocation": {"uri": "x.yaml"}}


def test_windows_paths_become_references() -> None:
    """A path with backslashes is a reference with slashes."""
    document: Any = sarif_document({"flows\\x.yaml": [BARE]})
    location = document["runs"][0]["results"][0]["locations"][0]["physicalLocation"]
    assert location["artifactLocation"]["uri"] == "flows/x.yaml"


def test_annotations_hold_no_secrets() -> None:
    """Signed addresses do not reach other programs."""
    item = replace(BARE, message="https://h/a?sig=secret")
    assert "secret" not in github_lines({"x": [item]})
    assert "secret" not in str(sarif_document({"x": [item]}))
