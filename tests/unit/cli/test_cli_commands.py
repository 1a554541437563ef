from __future__ import annotations

import io
import json
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from runway_flow.cli.main import SIGPIPE_EXIT, main
from runway_flow.kernel.errors import StoreError
from runway_flow.report.live import LiveProgress
from tests.fakes.schemas import check_lines, faults

if TYPE_CHECKING:
    from collections.abc import Callable

    from runway_flow.emulator.options import EmulatorOptions

Capture = pytest.CaptureFixture[str]

FLOW = """\
version: 1
name: one
budget: 20
steps:
  still:
    uses: gen4_image
    with:
      ratio: "1280:720"
      prompt_text: A lamp on a rock
      seed: 7
outputs:
  picture: ${{ steps.still.output }}
"""


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Work in a folder with one flow and a store of its own, without the machine's settings."""
    for name in list(os.environ):
        if name.startswith(("RUNWAY", "NO_COLOR", "FORCE_COLOR", "COLUMNS", "CI")):
            monkeypatch.delenv(name)
    monkeypatch.setenv("RUNWAY_FLOW_STORE", str(tmp_path / "store"))
    monkeypatch.setattr("platformdirs.user_config_dir", lambda *_, **__: str(tmp_path / "none"))
    monkeypatch.chdir(tmp_path)
    (tmp_path / "one.yaml").write_text(FLOW, encoding="utf-8")
    return tmp_path


@pytest.fixture
def wrong(folder: Path) -> str:
    """Give a flow whose ratio no model of its kind takes."""
    (folder / "wrong.yaml").write_text(FLOW.replace("1280:720", "1281:720"), encoding="utf-8")
    return "wrong.yaml"


@pytest.fixture
def stored(capsys: Capture) -> None:
    """Run the flow once."""
    assert main(["run", "one.yaml", "--emulate", "-q"]) == 0
    capsys.readouterr()


def test_valid_flow(capsys: Capture) -> None:
    """A valid flow is said to be valid; quietly nothing is said."""
    assert main(["validate", "one.yaml"]) == 0
    assert capsys.readouterr() == ("✓ 1 flow: valid\n", "")
    assert main(["validate", "one.yaml", "-q"]) == 0
    assert capsys.readouterr() == ("", "")


def test_invalid_flow(capsys: Capture, wrong: str) -> None:
    """Findings of all flows go to stderr with their frames, the verdict to stdout; the exit code is 1."""
    assert main(["validate", "one.yaml", wrong]) == 1
    out, err = capsys.readouterr()
    assert out == "✗ 2 flows: 1 error\n"
    assert err.startswith("error[RF311]: ")
    assert "\n --> wrong.yaml:8:14\n" in err
    assert '8 |       ratio: "1281:720"\n' in err


def test_validation_as_json(capsys: Capture, wrong: str) -> None:
    """`--json` gives one document for all flows, and nothing on stderr."""
    assert main(["validate", "one.yaml", wrong, "--json"]) == 1
    out, err = capsys.readouterr()
    document = json.loads(out)
    assert faults(document, "validation") == []
    assert [item["path"] for item in document["files"]] == ["one.yaml", "wrong.yaml"]
    assert err == ""


def test_other_formats(capsys: Capture, wrong: str) -> None:
    """Findings can be written for GitHub and for tools."""
    assert main(["validate", wrong, "--format", "github"]) == 1
    assert capsys.readouterr().out.startswith("::error file=wrong.yaml,line=8,col=14,")
    assert main(["validate", wrong, "--format", "sarif"]) == 1
    assert json.loads(capsys.readouterr().out)["runs"][0]["results"][0]["ruleId"] == "RF311"


def test_warnings_leave_the_exit_code(capsys: Capture, folder: Path) -> None:
    """A warning is shown and counted, and quietly neither."""
    (folder / "w.yaml").write_text(FLOW + "inputs: {unused: {type: string}}\n", encoding="utf-8")
    assert main(["validate", "w.yaml"]) == 0
    out, err = capsys.readouterr()
    assert out == "✓ 1 flow: valid, 1 warning\n"
    assert err.startswith("warning[RF214]")
    assert main(["validate", "w.yaml", "-q"]) == 0
    assert capsys.readouterr() == ("", "")


def test_missing_flow(capsys: Capture) -> None:
    """A flow that is not there gets the nearest one that is."""
    assert main(["plan", "onee.yaml"]) == 3
    assert "did you mean `one.yaml`?" in capsys.readouterr().err


def test_plan(capsys: Capture, folder: Path) -> None:
    """A plan goes to stdout with the command that runs it; nothing is written."""
    assert main(["plan", "one.yaml", "--emulate", "--budget", "10"]) == 0
    out, err = capsys.readouterr()
    assert err == ""
    assert out.startswith("one · 1 step · emulated · models of ")
    assert "\n +  still  gen4_image  1280:720 · seed 7        5  new\n" in out
    assert out.endswith("Run it:  runway-flow run one.yaml --budget 10 --emulate\n")
    assert sorted(path.name for path in folder.iterdir()) == ["one.yaml"]


def test_plan_as_json(capsys: Capture) -> None:
    """`--json` gives the plan as a document."""
    assert main(["--json", "plan", "one.yaml", "--emulate"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert faults(document, "plan") == []
    assert document["steps"][0]["params"]["prompt_text"] == "A lamp on a rock"


def test_expanded_plan(capsys: Capture) -> None:
    """`--expanded` adds every parameter."""
    assert main(["plan", "one.yaml", "--emulate", "--expanded"]) == 0
    assert "\nstill:\n  uses: text_to_image/gen4_image\n" in capsys.readouterr().out


def test_plan_of_an_invalid_flow(capsys: Capture, wrong: str) -> None:
    """An invalid flow has no plan: findings, or the document of `validate`; the exit code is 3."""
    assert main(["plan", wrong]) == 3
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith("error[RF311]")
    assert main(["plan", wrong, "--json"]) == 3
    assert faults(json.loads(capsys.readouterr().out), "validation") == []


def test_plan_that_expects_no_work(capsys: Capture, request: pytest.FixtureRequest) -> None:
    """`--expect-stored` ends with 6 where there is work, and with 0 where there is none."""
    assert main(["plan", "one.yaml", "--emulate", "--expect-stored"]) == 6
    request.getfixturevalue("stored")
    assert main(["plan", "one.yaml", "--emulate", "--expect-stored"]) == 0
    assert "Nothing to do: 1 stored. Saved by the store: 5 credits." in capsys.readouterr().out


def test_run(capsys: Capture, folder: Path) -> None:
    """A run shows its plan, then how it goes on stderr, then what it wrote."""
    assert main(["run", "one.yaml", "--emulate"]) == 0
    out, err = capsys.readouterr()
    assert out.startswith("one · 1 step")
    assert "✓ one: 1 done · 5 credits spent" in out
    assert f"  {Path('out/one/picture.png')}  1280×720 · " in out
    assert err.startswith("one: run ")
    assert "✓ still  gen4_image  done" in err
    assert (folder / "out/one/picture.png").is_file()


def test_stored_run(capsys: Capture, stored: None) -> None:
    """A run that finds everything shows no table: what it found, saved and wrote."""
    del stored
    assert main(["run", "one.yaml", "--emulate"]) == 0
    out, err = capsys.readouterr()
    assert out.startswith("✓ one: 1 stored · 0 credits spent, 5 saved by the store")
    assert err.endswith("✓ 1 stored\n")


def test_quiet_run(capsys: Capture, stored: None) -> None:
    """Quietly a run prints the paths of what it wrote."""
    del stored
    assert main(["run", "one.yaml", "--emulate", "-q"]) == 0
    assert capsys.readouterr() == (f"{Path('out/one/picture.png')}\n", "")


def test_run_as_json(capsys: Capture) -> None:
    """`--json` gives events and the summary, and nothing else."""
    assert main(["run", "one.yaml", "--emulate", "--json"]) == 0
    out, err = capsys.readouterr()
    lines = check_lines(out)
    assert err == ""
    assert [line["state"] for line in lines if line["type"] == "step"][-1] == "done"
    assert lines[-1]["outputs"]["picture"][0]["media_type"] == "image/png"


def test_events_file(capsys: Capture, folder: Path) -> None:
    """`--events` writes the same lines to a file, beside any display."""
    assert main(["run", "one.yaml", "--emulate", "--events", "events.ndjson", "--progress", "plain"]) == 0
    check_lines((folder / "events.ndjson").read_text(encoding="utf-8"))
    assert "✓ one: 1 done" in capsys.readouterr().out


def test_events_file_that_cannot_be_opened(capsys: Capture) -> None:
    """A file that cannot be written is a bad command line, told before anything runs."""
    assert main(["run", "one.yaml", "--emulate", "--events", "none/e.ndjson"]) == 2
    assert "--events: none/e.ndjson cannot be written: No such file" in capsys.readouterr().err


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="only Linux has a full device")
def test_events_file_that_fills_the_disk(capsys: Capture) -> None:
    """A file that cannot take more does not stop the run; it is told at the end."""
    assert main(["run", "one.yaml", "--emulate", "--events", "/dev/full"]) == 0
    assert "warning: --events: the file could not be written: No space left" in capsys.readouterr().err


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="only Linux has a full device")
@pytest.mark.parametrize("words", [["models"], ["run", "one.yaml", "--emulate", "--json"]])
def test_output_that_fills_the_disk(
    capfd: Capture, monkeypatch: pytest.MonkeyPatch, words: list[str]
) -> None:
    """Output that cannot be written is a failure with a code; a run is carried out all the same."""
    with open("/dev/full", "w", encoding="utf-8") as full:  # noqa: PTH123 - a stream, as stdout is
        monkeypatch.setattr("sys.stdout", full)
        assert main(words) == 4
    assert "error[RF704]: the output cannot be written: No space left" in capfd.readouterr().err
    monkeypatch.undo()


def test_messages_that_cannot_be_written(monkeypatch: pytest.MonkeyPatch, capsys: Capture) -> None:
    """Where stderr cannot be written a command does its work all the same."""

    class Full(io.StringIO):
        def write(self, _: str) -> int:
            raise OSError(28, "No space left on device")

    monkeypatch.setattr("sys.stderr", Full())
    assert main(["run", "one.yaml", "--emulate", "--progress", "plain"]) == 0
    assert main(["zzz"]) == 2
    assert "✓ one: 1 done" in capsys.readouterr().out


def test_run_that_expects_no_work(capsys: Capture) -> None:
    """`--expect-stored` runs nothing where there is work."""
    assert main(["run", "one.yaml", "--emulate", "--expect-stored"]) == 6
    assert "error[RF721]: there is work to do" in capsys.readouterr().err
    assert main(["run", "one.yaml", "--emulate", "--expect-stored", "--json"]) == 6
    assert check_lines(capsys.readouterr().out)[-1]["status"] == "drift"


def test_run_of_an_invalid_flow(capsys: Capture, wrong: str, folder: Path) -> None:
    """An invalid flow runs nothing and writes no output; in JSON its findings and a summary come."""
    assert main(["run", wrong, "--emulate"]) == 3
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith("error[RF311]")
    assert main(["run", wrong, "--emulate", "--json"]) == 3
    lines = check_lines(capsys.readouterr().out)
    assert [line["type"] for line in lines] == ["version", "diagnostic", "summary"]
    assert (lines[-1]["status"], lines[-1]["exit"]) == ("invalid", 3)
    assert not (folder / "out").exists()


@pytest.mark.parametrize(
    ("words", "exit_code", "code", "status"),
    [
        ([], 4, "RF501", "refused"),
        (["--emulate", "--budget", "1"], 5, "RF431", "refused"),
        (["--emulate", "--budget", "much"], 2, "RF435", "refused"),
        (["--emulate", "--config", "none.toml"], 4, "RF441", "refused"),
        (["--emulate", "--only", "still", "--from", "still"], 2, "RF435", "refused"),
        (["--emulate", "--only", "stills"], 2, "RF434", "refused"),
    ],
)
def test_refused_runs(capsys: Capture, words: list[str], exit_code: int, code: str, status: str) -> None:
    """Whatever refuses a run is told to people, and in JSON as a finding before the summary."""
    assert main(["run", "one.yaml", *words]) == exit_code
    assert f"error[{code}]: " in capsys.readouterr().err
    assert main(["run", "one.yaml", *words, "--json"]) == exit_code
    out, err = capsys.readouterr()
    lines = check_lines(out)
    assert [line["type"] for line in lines] == ["version", "diagnostic", "summary"]
    assert (lines[1]["code"], lines[2]["status"], lines[2]["exit"]) == (code, status, exit_code)
    assert f"error[{code}]: " in err


def test_failed_step(capsys: Capture, monkeypatch: pytest.MonkeyPatch) -> None:
    """A step that fails is told with its place, and what to do; the exit code is 1."""
    monkeypatch.setattr("runway_flow.providers.runway.provider.RunwayProvider.submit", _refuse)
    assert main(["run", "one.yaml", "--emulate", "--allow-path", "a b"]) == 1
    out, err = capsys.readouterr()
    assert "error[RF521]: still: Runway refused the prompt" in err
    assert " --> one.yaml:9:20" in err
    assert "✗ one: 1 failed" in out
    assert out.endswith("after a change run:\n  runway-flow run one.yaml --emulate --allow-path 'a b'\n")


async def _refuse(*_: object, **__: object) -> None:
    from runway_flow.kernel import codes
    from runway_flow.kernel.errors import ProviderError

    raise ProviderError("Runway refused the prompt (SAFETY.INPUT.TEXT)", code=codes.MODERATED)


def test_reader_that_leaves_a_run(monkeypatch: pytest.MonkeyPatch, capsys: Capture) -> None:
    """When the reader of the events is gone the run stops in order, and the program ends quietly."""

    def fail(*_: object) -> None:
        raise BrokenPipeError

    monkeypatch.setattr("runway_flow.report.sinks.JsonLines.emit", fail)
    assert main(["run", "one.yaml", "--emulate", "--json"]) == SIGPIPE_EXIT
    assert capsys.readouterr() == ("", "")
    assert main(["runs", "ls"]) == 0
    assert "interrupted" in capsys.readouterr().out


def test_display_that_breaks(monkeypatch: pytest.MonkeyPatch, capsys: Capture) -> None:
    """A display that fails while it shows the time falls silent; the run goes on."""

    def fail(*_: object) -> None:
        raise OSError(5, "Input/output error")

    monkeypatch.setattr(LiveProgress, "heartbeat", fail)
    assert main(["run", "one.yaml", "--emulate", "--progress", "live"]) == 0
    assert "✓ one: 1 done" in capsys.readouterr().out


def test_no_runs(capsys: Capture) -> None:
    """Before the first run there are none, and none to show."""
    assert main(["runs", "ls"]) == 0
    assert capsys.readouterr().out == "no runs yet\n"
    assert main(["runs", "show"]) == 2
    assert "there are no runs yet" in capsys.readouterr().err


def test_runs(capsys: Capture, stored: None) -> None:
    """Runs are listed and shown with what was paid for, by the start of their id too."""
    del stored
    main(["run", "one.yaml", "--emulate", "-q"])
    capsys.readouterr()
    assert main(["runs", "ls", "--emulate"]) == 0
    head, latest, first = capsys.readouterr().out.splitlines()
    assert head.split() == ["run", "flow", "started", "where", "status", "credits"]
    assert latest.split()[4:] == ["emulated", "ok", "0"]
    assert first.split()[4:] == ["emulated", "ok", "5"]
    assert main(["runs", "show"]) == 0
    assert capsys.readouterr().out.endswith("nothing was paid for in this run\n")
    name = first.split()[0]
    for wanted in (name, name.lower()[:-2]):
        if main(["runs", "show", wanted]) == 0:
            out = capsys.readouterr().out
            assert out.startswith(f"one · run {name} · ok · 5 credits, emulated")
            assert out.splitlines()[-2].split() == ["step", "model", "state", "table", "API", "paid", "task"]
            assert out.splitlines()[-1].split()[:6] == ["still", "gen4_image", "stored", "5", "5", "5"]


def test_runs_as_json(capsys: Capture, stored: None) -> None:
    """Both commands have their documents."""
    del stored
    assert main(["runs", "ls", "--json"]) == 0
    assert faults(json.loads(capsys.readouterr().out), "run_list") == []
    assert main(["runs", "show", "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert faults(document, "run_details") == []
    assert document["attempts"][0]["state"] == "stored"
    figures = document["attempts"][0]["figures"]
    assert (figures["table"], figures["estimate"], figures["cost"]) == ({"low": 5, "high": 5}, 5, 5)


def test_runs_that_are_not_there(capsys: Capture, stored: None) -> None:
    """A name that no run has, or several have, is told."""
    del stored
    assert main(["runs", "show", "zz"]) == 2
    assert "no run is called `zz`" in capsys.readouterr().err
    main(["run", "one.yaml", "--emulate", "-q"])
    capsys.readouterr()
    assert main(["runs", "show", "0"]) == 2
    assert "several runs begin with `0`" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (
            [],
            "listening on http://127.0.0.1:1\n  RUNWAYML_BASE_URL=http://127.0.0.1:1 RUNWAYML_API_SECRET=any",
        ),
        (["-q"], "http://127.0.0.1:1\n"),
        (["--json"], '{"version": 1, "url": "http://127.0.0.1:1"}\n'),
    ],
)
def test_emulator(capsys: Capture, monkeypatch: pytest.MonkeyPatch, words: list[str], said: str) -> None:
    """The emulator is started as the flags say, and its address told."""
    seen: list[tuple[EmulatorOptions, int]] = []

    def serve(
        options: EmulatorOptions,
        clock: object,
        *,
        port: int,
        on_ready: Callable[[str], None],
        catalog: object,
    ) -> None:
        del clock, catalog
        seen.append((options, port))
        on_ready("http://127.0.0.1:1")

    monkeypatch.setattr("runway_flow.emulator.server.serve", serve)
    flags = ["--speed", "10", "--concurrency", "2", "--fault", "create hang nth=2", "--fault-seed", "3"]
    assert main(["emulator", "--port", "0", *flags, *words]) == 0
    assert capsys.readouterr().out.startswith(said)
    options, port = seen[0]
    assert (options.speed, options.concurrency, port) == (10, 2, 0)
    assert ([fault.text for fault in options.faults], options.fault_seed) == (["create hang nth=2"], 3)


def test_a_fault_that_is_not_understood(capsys: Capture) -> None:
    """A slip in a fault is a bad command line that says what is accepted."""
    assert main(["emulator", "--fault", "creat hang"]) == 2
    assert "`creat` is no place (did you mean `create`?)" in capsys.readouterr().err


def test_emulator_that_cannot_listen(capsys: Capture, monkeypatch: pytest.MonkeyPatch) -> None:
    """A port that is taken is a failure like any other."""

    def serve(*_: Any, **__: Any) -> None:  # noqa: ANN401 - takes whatever it is called with
        raise StoreError("cannot listen", hint="name another port")

    monkeypatch.setattr("runway_flow.emulator.server.serve", serve)
    assert main(["emulator"]) == 4
    assert capsys.readouterr().err == "error[RF703]: cannot listen\n  = help: name another port\n"


def test_encoding_that_takes_no_glyphs(
    monkeypatch: pytest.MonkeyPatch, folder: Path, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    """On a stream that is not UTF-8 everything is ASCII, in JSON too."""
    (folder / "one.yaml").write_text(FLOW.replace("A lamp", "Löwe 灯"), encoding="utf-8")
    stream = open(sys.stdout.fileno(), "w", encoding="latin-1", closefd=False)  # noqa: SIM115 - closed below
    monkeypatch.setattr("sys.stdout", stream)
    assert main(["plan", "one.yaml", "--emulate", "--expanded"]) == 0
    assert main(["plan", "one.yaml", "--emulate", "--json"]) == 0
    stream.close()
    text = capfdbinary.readouterr().out
    assert text.isascii()
    assert b"L\\u00f6we" in text
