from __future__ import annotations

import io
import json
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest
from jsonschema import Draft202012Validator
from msgspec.structs import replace

from runway_flow import __version__
from runway_flow.engine.attempts import Attempt, AttemptState
from runway_flow.engine.events import (
    EarlierFate,
    EarlierTask,
    Found,
    RunStarted,
    RunStatus,
    StepProgress,
    StepState,
)
from runway_flow.kernel import codes
from runway_flow.kernel.amounts import UNKNOWN_PRICE
from runway_flow.kernel.codes import ExitCode
from runway_flow.kernel.diagnostics import Diagnostic, Severity
from runway_flow.kernel.errors import UsageError
from runway_flow.kernel.values import Deferred
from runway_flow.plan.plan import PlanState
from runway_flow.report.event_lines import event_line, version_line
from runway_flow.report.json_documents import (
    attempt_data,
    error_document,
    plan_document,
    run_data,
    timestamp,
    validation_document,
)
from runway_flow.report.json_text import json_text
from runway_flow.report.sinks import Collected, JsonLines, Sheltered, Tee
from tests.fakes.plans import (
    FILM,
    NOW,
    SPAN,
    TEASER,
    changed,
    credits_of,
    exported,
    plan_of,
    planned_step,
    summary_of,
)
from tests.fakes.records import RUN, make_intent
from tests.fakes.schemas import FILES, check_lines, faults, read_schema

if TYPE_CHECKING:
    from runway_flow.engine.events import Event

PLACED = Diagnostic(
    codes.VALUE_NOT_ACCEPTED, "no", SPAN, hint="write b", notes=("n",), label="did you mean `b`?"
)
BARE = Diagnostic(codes.FLOW_UNREADABLE, "gone", severity=Severity.WARNING, step="clip")
EVENTS: tuple[Event, ...] = (
    RunStarted("r1", NOW, TEASER),
    changed("clip[wide]", StepState.RUNNING, 1, task="t", credits=Decimal("60.5"), attempt=1, note="slow"),
    StepProgress("clip[wide]", NOW, 0.5),
    StepProgress("clip[wide]", NOW, None, 5, 10),
    Found(PLACED, NOW),
    summary_of(
        outputs={"film": (exported("out/film.mp4"),)},
        remote={"clip[wide]": "t"},
        earlier=(EarlierTask("old", "t0", EarlierFate.KEPT, Decimal(60), (FILM,)),),
    ),
)


@pytest.mark.parametrize("name", FILES)
def test_schemas_are_schemas(name: str) -> None:
    """The committed schemas are valid JSON Schema 2020-12."""
    Draft202012Validator.check_schema(read_schema(name))


def test_diagnostics_document() -> None:
    """`validate --json` gives each file its findings; places are null where there are none."""
    document = validation_document({"flow.yaml": [PLACED], "b.yaml": [BARE], "c.yaml": []})
    assert faults(document, "validation") == []
    assert document["valid"] is False
    files: Any = document["files"]
    assert [item["path"] for item in files] == ["flow.yaml", "b.yaml", "c.yaml"]
    assert files[0]["diagnostics"][0] == {
        "code": "RF311",
        "severity": "error",
        "message": "no",
        "hint": "did you mean `b`? · write b",
        "notes": ["n"],
        "path": "flow.yaml",
        "line": 3,
        "column": 5,
        "end_line": 3,
        "end_column": 9,
        "step": None,
    }
    assert files[1]["diagnostics"][0]["line"] is None


def test_warnings_leave_a_flow_valid() -> None:
    """Only errors make a flow invalid."""
    assert validation_document({"a": [BARE]})["valid"] is True


def test_plan_document() -> None:
    """`plan --json` gives sums and every instance, in numbers that are whole where they can be."""
    document = plan_document(replace(TEASER, diagnostics=(BARE,)))
    assert faults(document, "plan") == []
    assert document["credits"] == {"low": 123, "high": 123, "unknown_steps": 0}
    assert document["critical_path"] == {"steps": ["clip[wide]", "cut"], "seconds": 110.0}
    steps: Any = document["steps"]
    assert steps[1]["id"] == "clip[wide]"
    assert (steps[1]["endpoint"], steps[1]["model"], steps[1]["state"]) == ("image_to_video", "gen4.5", "run")
    assert steps[1]["credits"] == {"low": 60, "high": 60}
    assert steps[3]["task"] == "5d1e0000-0000"
    assert steps[5]["model"] is None


def test_unknown_price_is_null() -> None:
    """An instance whose price nobody states has no credits; a half-known one has what is known."""
    half = replace(credits_of(0, 9), is_known=False)
    plan = plan_of(planned_step("a", estimate=UNKNOWN_PRICE), planned_step("b", estimate=half), budget=None)
    document = plan_document(plan)
    assert faults(document, "plan") == []
    steps: Any = document["steps"]
    assert steps[0]["credits"] == {"low": None, "high": None}
    assert steps[1]["credits"] == {"low": None, "high": 9}


def test_parameters_are_plain() -> None:
    """Media appear by their digests, what only the run can tell as null."""
    params = {"prompt_image": FILM, "duration": Deferred(), "seed": 7}
    steps: Any = plan_document(plan_of(planned_step("a", params=params)))["steps"]
    assert steps[0]["params"] == {"prompt_image": {"sha256": FILM.digest}, "duration": None, "seed": 7}


@pytest.mark.parametrize("event", EVENTS, ids=lambda event: type(event).__name__)
def test_events(event: Event) -> None:
    """Every event has a line that the schema describes."""
    assert faults(event_line(event), "event") == []


@pytest.mark.parametrize("event", EVENTS, ids=lambda event: type(event).__name__)
def test_schema_misses_no_field(event: Event) -> None:
    """The schema notices when any field of a line is missing, and lets fields be added."""
    line = event_line(event)
    for name in line:
        assert faults({key: value for key, value in line.items() if key != name}, "event"), name
    assert faults({**line, "added": 1}, "event") == []


def test_version_line_comes_first() -> None:
    """The first line names the versions."""
    assert faults(version_line(), "event") == []
    assert version_line()["runway_flow"] == __version__


def test_refused_run() -> None:
    """A run that never began ends with a summary all the same."""
    line = event_line(summary_of(RunStatus.REFUSED, ExitCode.REFUSED, run_id="", flow=""))
    assert faults(line, "event") == []
    assert (line["status"], line["exit"]) == ("refused", 5)


def test_runs_and_attempts() -> None:
    """`runs --json` gives runs and attempts as they were journaled, without secrets."""
    run = replace(RUN, ended_at=NOW, status="ok", spent=Decimal("1.5"))
    intent = make_intent()
    open_ = Attempt(intent, AttemptState.SUBMITTED, "t")
    failed = Attempt(
        intent,
        AttemptState.FAILED,
        "t",
        NOW,
        NOW,
        cost=Decimal(0),
        failure="at https://h/?sig=x",
        failure_code="C",
    )
    document = {"version": 1, "run": run_data(run), "attempts": [attempt_data(open_), attempt_data(failed)]}
    assert faults(document, "run_details") == []
    assert faults({"version": 1, "runs": [run_data(run), run_data(RUN)]}, "run_list") == []
    assert attempt_data(failed)["failure"] == "at https://h/?…"


def test_three_figures_of_an_attempt() -> None:
    """What the table said, the service estimated, and the task cost; null where nobody said."""
    intent = replace(make_intent(), table_date="2026-10-23")
    open_ = Attempt(replace(intent, estimate=UNKNOWN_PRICE, table_date=""), AttemptState.SUBMITTED, "t")
    stored = Attempt(intent, AttemptState.STORED, "t", cost=Decimal(62), estimated=Decimal("62.5"))
    nothing = {"low": None, "high": None}
    assert attempt_data(open_)["figures"] == {
        "table": nothing,
        "table_date": None,
        "estimate": None,
        "cost": None,
    }
    assert attempt_data(stored)["figures"] == {
        "table": {"low": 1, "high": 60},
        "table_date": "2026-10-23",
        "estimate": 62.5,
        "cost": 62,
    }
    document = {"version": 1, "run": run_data(RUN), "attempts": [attempt_data(open_), attempt_data(stored)]}
    assert faults(document, "run_details") == []


def test_error_document() -> None:
    """A command that cannot give its document says why, without secrets."""
    error = UsageError("see https://h/?sig=x", hint="https://h/?sig=x", notes=("https://h/?sig=x",))
    document = error_document(error)
    assert faults(document, "error") == []
    assert "sig=x" not in json.dumps(document)
    assert faults(error_document(UsageError("no")), "error") == []


def test_findings_and_notes_are_redacted() -> None:
    """Signed addresses are in no line."""
    item = replace(PLACED, message="https://h/?sig=x", hint="https://h/?sig=x", notes=("https://h/?sig=x",))
    for event in (Found(item, NOW), changed("a", StepState.FAILED, note="https://h/?sig=x")):
        assert "sig=x" not in json.dumps(event_line(event))


def test_timestamps() -> None:
    """Times are UTC with milliseconds."""
    assert timestamp(NOW + 0.25) == "2023-11-14T22:13:20.250Z"


def test_lines() -> None:
    """A stream begins with the version, and each event is a line."""
    lines = JsonLines(stream := io.StringIO())
    for event in EVENTS:
        lines.emit(event)
    types = [line["type"] for line in check_lines(stream.getvalue())]
    assert types == ["version", "plan", "step", "progress", "progress", "diagnostic", "summary"]


@pytest.mark.parametrize(
    ("encoding", "written"), [("utf-8", b'"\xc3\xa9"'), ("UTF8", b'"\xc3\xa9"'), ("latin-1", b'"\\u00e9"')]
)
def test_json_fits_the_stream(encoding: str, written: bytes) -> None:
    """Where the encoding of a stream is not UTF-8, letters are escaped as JSON has it."""
    stream = io.TextIOWrapper(io.BytesIO(), encoding)
    assert json_text("é", stream).encode("utf-8") == written


def test_surrogates_stay_json() -> None:
    """A file name that is no text is escaped by the stream, and is JSON still."""
    buffer = io.BytesIO()
    stream = io.TextIOWrapper(buffer, "utf-8", errors="backslashreplace")
    stream.write(json_text("\udc80", stream))
    stream.flush()
    assert json.loads(buffer.getvalue()) == "\udc80"


class Failing:
    """A sink that cannot write."""

    def __init__(self, error: OSError) -> None:
        """Take what it raises."""
        self.error = error
        self.calls = 0

    def emit(self, event: Event) -> None:
        """Fail."""
        del event
        self.calls += 1
        raise self.error


def test_sheltered_sinks_fall_silent() -> None:
    """A sink that fails is not asked again, and does not raise."""
    sink = Failing(OSError("disk full"))
    sheltered = Sheltered(sink)
    for event in EVENTS:
        sheltered.emit(event)
    assert sink.calls == 1
    assert sheltered.failure is sink.error


def test_tee_gives_to_all() -> None:
    """Every sink gets every event."""
    one, other = Collected(), Collected()
    Tee((one, other)).emit(EVENTS[0])
    assert one.events == other.events == [EVENTS[0]]


def test_states_are_those_of_the_schema() -> None:
    """The schema lists exactly the states and endings that there are."""
    report, events = read_schema("report.schema.json")["$defs"], read_schema("events.schema.json")["$defs"]
    assert set(report["planned_step"]["properties"]["state"]["enum"]) == set(PlanState)
    assert set(report["attempt"]["properties"]["state"]["enum"]) == set(AttemptState)
    assert set(events["step"]["properties"]["state"]["enum"]) == set(StepState)
    assert set(events["summary"]["properties"]["status"]["enum"]) == set(RunStatus)
