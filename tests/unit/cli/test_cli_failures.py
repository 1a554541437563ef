from __future__ import annotations

import json
import os
import sys
from typing import TYPE_CHECKING, Any

import click
import pytest

from runway_flow import __version__
from runway_flow.cli.failures import exit_after, exit_after_bug, show_error, usage_error
from runway_flow.cli.main import SIGPIPE_EXIT, main
from runway_flow.kernel import codes
from runway_flow.kernel.errors import StoreError, UsageError
from runway_flow.report.terminal import Terminal
from tests.fakes.schemas import faults

if TYPE_CHECKING:
    from pathlib import Path

Capture = pytest.CaptureFixture[str]


@pytest.fixture(autouse=True)
def bare(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Work in an empty folder, with a store of its own and without the machine's settings."""
    for name in list(os.environ):
        if name.startswith(("RUNWAY", "NO_COLOR", "FORCE_COLOR", "COLUMNS", "CI")):
            monkeypatch.delenv(name)
    monkeypatch.setenv("RUNWAY_FLOW_STORE", str(tmp_path / "store"))
    monkeypatch.setattr("platformdirs.user_config_dir", lambda *_, **__: str(tmp_path / "none"))
    monkeypatch.chdir(tmp_path)


def raising(monkeypatch: pytest.MonkeyPatch, error: BaseException) -> None:
    """Let the next command raise."""

    def fail(*_: Any, **__: Any) -> None:  # noqa: ANN401 - takes whatever it is called with
        raise error

    monkeypatch.setattr("runway_flow.cli.cmd_models.open_catalog", fail)


def test_version(capsys: Capture) -> None:
    """The version is one line on stdout."""
    for flag in ("--version", "-V"):
        assert main([flag]) == 0
        assert capsys.readouterr().out == f"runway-flow {__version__}\n"
    assert main(["--ascii", "--version"]) == 0
    assert capsys.readouterr().out == f"runway-flow {__version__}\n"


def test_failure_with_a_code(capsys: Capture) -> None:
    """A failure is told on stderr, and its code decides the exit code."""
    assert exit_after(StoreError("no", code=codes.DISK_FULL, hint="make room"), []) == 4
    out, err = capsys.readouterr()
    assert out == ""
    assert err == "error[RF702]: no\n  = help: make room\n"


def test_failure_in_json(capsys: Capture) -> None:
    """With `--json` stdout gets a document of one line."""
    assert exit_after(UsageError("no"), ["models", "--json"]) == 2
    out, err = capsys.readouterr()
    assert faults(json.loads(out), "error") == []
    assert out.count("\n") == 1
    assert err == "error[RF435]: no\n"


def test_failure_in_colour(capsys: Capture) -> None:
    """Colour follows the flag even where nothing else was understood."""
    exit_after(UsageError("né"), ["--color=always", "--ascii"])
    assert capsys.readouterr().err == "\x1b[31;1merror[RF435]\x1b[0m: n\\xe9\n"


def test_causes_on_demand(capsys: Capture) -> None:
    """Verbosely a failure is told with what it came from, without secrets."""
    error = StoreError("no")
    error.__cause__ = OSError(28, "at https://h/?sig=secret")
    error.__cause__.__cause__ = KeyError("x")
    show_error(error, Terminal())
    assert capsys.readouterr().err == "error[RF703]: no\n"
    exit_after(error, ["-v"])
    assert capsys.readouterr().err == (
        "error[RF703]: no\n  = from: OSError: [Errno 28] at https://h/?…\n  = from: KeyError: 'x'\n"
    )


def test_causes_that_were_only_there(capsys: Capture) -> None:
    """What was being handled counts as the cause, unless that was ruled out."""
    error = StoreError("no")
    error.__context__ = KeyError("x")
    show_error(error, Terminal(), is_verbose=True)
    assert "from: KeyError" in capsys.readouterr().err
    error.__suppress_context__ = True
    show_error(error, Terminal(), is_verbose=True)
    assert capsys.readouterr().err == "error[RF703]: no\n"


def test_bug(capsys: Capture, monkeypatch: pytest.MonkeyPatch) -> None:
    """What nobody expected is told with its traceback, without secrets, and what to do about it."""
    raising(monkeypatch, ValueError("key_0123456789abcdef0123"))
    assert main(["models"]) == 70
    err = capsys.readouterr().err
    assert "Traceback" in err
    assert "0123456789abcdef" not in err
    assert "error[RF901]: runway-flow has a bug: ValueError\n  = help: please report it" in err


def test_bug_in_json(capsys: Capture) -> None:
    """A bug has a document too."""
    assert exit_after_bug(ValueError("x"), ["--json"]) == 70
    document = json.loads(capsys.readouterr().out)
    assert faults(document, "error") == []
    assert document["exit"] == 70


def test_interrupt_outside_a_run(capsys: Capture, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ctrl-C where nothing runs ends with a word."""
    raising(monkeypatch, KeyboardInterrupt())
    assert main(["models"]) == 130
    assert capsys.readouterr().err == "\ninterrupted\n"


def test_reader_that_left(monkeypatch: pytest.MonkeyPatch, capsys: Capture) -> None:
    """A closed pipe ends the program quietly."""
    raising(monkeypatch, BrokenPipeError())
    assert main(["models"]) == SIGPIPE_EXIT
    assert capsys.readouterr() == ("", "")


@pytest.mark.parametrize(
    ("line", "message", "near"),
    [
        ("pln", "there is no command `pln`", "did you mean `plan`?; see `runway-flow"),
        (
            "zzz",
            "there is no command `zzz`",
            "commands: validate, plan, run, models, runs, cache, emulator, schema; see `runway-flow",
        ),
        ("runs lss", "there is no command `lss`", "did you mean `ls`?; see `runway-flow runs"),
        (
            "plan --bugdet 3",
            "there is no option `--bugdet`",
            "did you mean `--budget`?; see `runway-flow plan",
        ),
        ("plan --zzzzz", "there is no option `--zzzzz`", "see `runway-flow plan"),
        ("plan", "FLOW is missing", "see `runway-flow plan"),
        ("validate", "FLOW... is missing", "see `runway-flow validate"),
        ("plan x y", "got unexpected extra argument (y)", "see `runway-flow plan"),
        ("run x -j 0", "`--jobs`: 0 is not in the range x>=1", "see `runway-flow run"),
        ("run x -j many", "`--jobs`: 'many' is not a whole number", "see `runway-flow run"),
        (
            "--color blue models",
            "`--color`: 'blue' is not one of 'auto', 'always', 'never'",
            "see `runway-flow",
        ),
        ("models --store", "option '--store' requires an argument", "see `runway-flow"),
    ],
)
def test_bad_command_lines(capsys: Capture, line: str, message: str, near: str) -> None:
    """A bad command line ends with 2, and says in our form what is wrong, what is near, where help is."""
    assert main(line.split()) == 2
    assert capsys.readouterr() == ("", f"error[RF435]: {message}\n  = help: {near} --help`\n")


def test_program_alone(capsys: Capture) -> None:
    """Called alone the program shows its help, and that this is no command."""
    assert main([]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert "Usage: runway-flow" in err
    assert "error[" not in err


@pytest.mark.parametrize("width", [60, 100])
@pytest.mark.parametrize("words", [[], ["plan"], ["run"], ["validate"], ["models"], ["runs"], ["emulator"]])
def test_help_fits(capsys: Capture, monkeypatch: pytest.MonkeyPatch, words: list[str], width: int) -> None:
    """Help is never wider than the screen, shows the command's own flags first, and is ASCII."""
    monkeypatch.setenv("COLUMNS", str(width))
    assert main([*words, "--help"]) == 0
    out = capsys.readouterr().out
    assert all(len(line.rstrip()) <= width for line in out.splitlines())
    assert out.isascii()
    assert out.startswith(f"Usage: {' '.join(['runway-flow', *words])}")
    if "Flags of every command" in out:
        assert out.index("Options:") < out.index("Flags of every command:")


def test_help_lists_commands_without_loading_them(capsys: Capture) -> None:
    """The list of commands loads none of them."""
    loaded = [name for name in sys.modules if name.startswith("runway_flow.cli.cmd_")]
    for name in loaded:
        del sys.modules[name]
    assert main(["--help"]) == 0
    assert "Plan, confirm, execute" in capsys.readouterr().out
    assert not any(name.startswith("runway_flow.cli.cmd_") for name in sys.modules)


def test_help_in_colour(capsys: Capture) -> None:
    """Help follows the colour flag."""
    main(["plan", "--help", "--color", "always"])
    assert "\x1b[" in capsys.readouterr().out
    main(["plan", "--help", "--color", "never"])
    assert "\x1b[" not in capsys.readouterr().out


def test_closed_streams(monkeypatch: pytest.MonkeyPatch) -> None:
    """A stream that was closed before the program began is as good as nowhere."""
    for words, code in ((["models"], 0), (["zzz"], 2)):
        monkeypatch.setattr("sys.stdout", None)
        monkeypatch.setattr("sys.stderr", None)
        assert main(words) == code
        sys.stdout.close()
        sys.stderr.close()


def test_other_failures_of_click() -> None:
    """Whatever else click may raise is told in our form."""
    assert usage_error(click.ClickException("Something.")).message == "something"
    assert usage_error(click.BadParameter("no")).message == "an argument: no"
    assert usage_error(click.NoSuchOption("--x")).message == "there is no option `--x`"
    error = usage_error(click.exceptions.NoSuchCommand("x"))
    assert error.hint == "see `runway-flow --help`"
