from __future__ import annotations

import re
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import rich_click as click

from runway_flow.cli.options import Common, global_flags, resolve_common, take_globals
from runway_flow.kernel.codes import ExitCode
from runway_flow.kernel.errors import UsageError

VARIABLES = ("STORE", "JOBS", "BUDGET", "PROGRESS", "EMULATE", "CONFIG")


@pytest.fixture(autouse=True)
def bare(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Work in an empty folder, without our variables and without a user's configuration."""
    for name in VARIABLES:
        monkeypatch.delenv(f"RUNWAY_FLOW_{name}", raising=False)
    monkeypatch.setattr("platformdirs.user_config_dir", lambda *_, **__: str(tmp_path / "none"))
    folder = tmp_path / "here"
    folder.mkdir()
    monkeypatch.chdir(folder)
    return folder


def resolve(
    *,
    progress: str | None = None,
    jobs: int | None = None,
    budget: str | None = None,
    **flags: Any,  # noqa: ANN401 - whatever flags there are
) -> Common:
    """Resolve flags of these names."""
    return resolve_common(flags, progress=progress, jobs=jobs, budget=budget)


def configure(folder: Path, text: str) -> None:
    """Write the project's configuration."""
    (folder / "runway-flow.toml").write_text(text, encoding="utf-8")


def test_defaults() -> None:
    """Without anything everything has its default."""
    common = resolve()
    settings = common.settings
    assert (settings.store, settings.jobs, settings.budget, settings.emulate) == (None, None, None, False)
    assert (common.progress, common.confirm_above, common.verbosity) == ("auto", Decimal(100), 0)
    assert not common.is_json
    assert not common.is_quiet


def test_precedence_of_the_store(bare: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Flag, then variable, then file; each becomes an absolute path."""
    configure(bare, "store = 'from-file'")
    assert resolve().settings.store == bare / "from-file"
    monkeypatch.setenv("RUNWAY_FLOW_STORE", "from-variable")
    assert resolve().settings.store == bare / "from-variable"
    assert resolve(store=Path("from-flag")).settings.store == bare / "from-flag"


def test_precedence_of_the_jobs(bare: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Flag, then variable, then file."""
    configure(bare, "jobs = 1")
    assert resolve().settings.jobs == 1
    monkeypatch.setenv("RUNWAY_FLOW_JOBS", "2")
    assert resolve().settings.jobs == 2
    assert resolve(jobs=3).settings.jobs == 3


def test_precedence_of_the_budget(bare: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Flag, then variable, then file; a budget of nothing is a budget."""
    configure(bare, "budget = 10")
    assert resolve().settings.budget == 10
    monkeypatch.setenv("RUNWAY_FLOW_BUDGET", "2.5")
    assert resolve().settings.budget == Decimal("2.5")
    monkeypatch.setenv("RUNWAY_FLOW_BUDGET", "0")
    assert resolve().settings.budget == 0
    assert resolve(budget="3").settings.budget == 3
    monkeypatch.setenv("RUNWAY_FLOW_BUDGET", "")
    assert resolve().settings.budget == 10


def test_precedence_of_the_progress(bare: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Flag, then variable, then file."""
    configure(bare, "progress = 'none'")
    assert resolve().progress == "none"
    monkeypatch.setenv("RUNWAY_FLOW_PROGRESS", "plain")
    assert resolve().progress == "plain"
    assert resolve(progress="json").progress == "json"


def test_emulation_by_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    """RUNWAY_FLOW_EMULATE is as good as the flag."""
    monkeypatch.setenv("RUNWAY_FLOW_EMULATE", "1")
    assert resolve().settings.emulate
    monkeypatch.setenv("RUNWAY_FLOW_EMULATE", "0")
    assert not resolve().settings.emulate
    assert resolve(emulate=True).settings.emulate


def test_configuration_by_variable(bare: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """RUNWAY_FLOW_CONFIG names a file; the flag wins."""
    (bare / "a.toml").write_text("jobs = 4")
    (bare / "b.toml").write_text("jobs = 5")
    monkeypatch.setenv("RUNWAY_FLOW_CONFIG", "a.toml")
    assert resolve().settings.jobs == 4
    assert resolve(config=Path("b.toml")).settings.jobs == 5


def test_environment_file(bare: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """`.env` is read only when it is named; what is set already wins."""
    (bare / ".env").write_text("RUNWAYML_API_SECRET=from-file\nRUNWAY_FLOW_JOBS=6\n")
    monkeypatch.delenv("RUNWAYML_API_SECRET", raising=False)
    assert "RUNWAYML_API_SECRET" not in resolve().settings.environ
    common = resolve(env_file=Path(".env"))
    assert common.settings.environ["RUNWAYML_API_SECRET"] == "from-file"  # noqa: S105 - no secret
    assert common.settings.jobs == 6
    monkeypatch.setenv("RUNWAYML_API_SECRET", "set")
    assert resolve(env_file=Path(".env")).settings.environ["RUNWAYML_API_SECRET"] == "set"  # noqa: S105


def test_what_may_be_read_adds_up(bare: Path) -> None:
    """Folders from the flag and from the file both count."""
    configure(bare, "allow_paths = ['media']")
    common = resolve(allow_path=(Path("/a"),), allow_host=("h",), allow_unknown_price=True)
    assert common.settings.allow_paths == (Path("/a"), bare / "media")
    assert common.settings.allow_hosts == ("h",)
    assert common.settings.allow_unknown_price


def test_what_is_let_through(bare: Path) -> None:
    """Retired and unknown models need their flags; the user's table is named in the configuration."""
    assert not resolve().settings.allow_retired
    assert not resolve().settings.allow_unknown_model
    configure(bare, "tables = 'models.local.yaml'")
    settings = resolve(allow_retired=True, allow_unknown_model=True).settings
    assert (settings.allow_retired, settings.allow_unknown_model) == (True, True)
    assert settings.tables == bare / "models.local.yaml"


@pytest.mark.parametrize("text", ["x", "-1", "nan", "inf", "1e9999999", " "])
def test_bad_budgets(text: str) -> None:
    """A budget is a number of credits."""
    with pytest.raises(UsageError, match=re.escape(f"--budget takes a number of credits, not `{text}`")):
        resolve(budget=text)


@pytest.mark.parametrize("speed", [0.0, -1.0, float("nan"), float("inf"), 10_001.0])
def test_bad_speeds(speed: float) -> None:
    """A speed is a number above 0."""
    with pytest.raises(UsageError, match="--speed takes a number above 0"):
        resolve(speed=speed)


@pytest.mark.parametrize(
    ("name", "text", "hint"),
    [
        ("JOBS", "many", None),
        ("BUDGET", "lots", "for example 250"),
        ("EMULATE", "perhaps", None),
        ("PROGRESS", "plan", "did you mean `plain`?"),
        ("PROGRESS", "zzz", "accepted: auto, live, plain, json, none"),
    ],
)
def test_bad_variables(monkeypatch: pytest.MonkeyPatch, name: str, text: str, hint: str | None) -> None:
    """A variable that cannot be understood is an error that names it."""
    monkeypatch.setenv(f"RUNWAY_FLOW_{name}", text)
    with pytest.raises(UsageError, match=f"RUNWAY_FLOW_{name}") as found:
        resolve()
    assert found.value.hint == hint
    assert found.value.code.exit is ExitCode.USAGE


def taken(*words: str) -> dict[str, Any]:
    """Give the global flags of a command line `program … command …`."""
    seen: dict[str, Any] = {}

    @click.group()
    @global_flags
    def program(**_: Any) -> None:  # noqa: ANN401
        """Do nothing."""

    @program.command("command")
    @global_flags
    @click.option("--own")
    @click.pass_context
    def command(context: click.Context, /, **values: Any) -> None:  # noqa: ANN401
        """Take the flags."""
        seen.update(take_globals(context, values))
        seen["rest"] = values

    program.main(list(words), standalone_mode=False)
    return seen


def test_flags_before_and_after_the_command() -> None:
    """Global flags stand before or after the command's name; the later one wins."""
    flags = taken("--store", "a", "--json", "command", "--store", "b", "-v", "--own", "x")
    assert (flags["store"], flags["is_json"], flags["verbose"]) == (Path("b"), True, True)
    assert flags["rest"] == {"own": "x"}
    assert taken("--store", "a", "command")["store"] == Path("a")


def test_repeated_flags_add_up() -> None:
    """Flags that may be repeated count in both places."""
    assert taken("--allow-path", "a", "command", "--allow-path", "b")["allow_path"] == (Path("a"), Path("b"))


def test_a_speed_of_nothing_is_not_overlooked() -> None:
    """A zero is a value, and is judged."""
    assert taken("--speed", "2", "command", "--speed", "0")["speed"] == 0


def test_nobody_is_asked_without_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    """A question needs someone at the keyboard and at the screen, and no CI."""
    common = resolve()
    assert not common.is_interactive
    for name in ("stdin", "stderr"):
        monkeypatch.setattr(f"sys.{name}.isatty", lambda: True, raising=False)
    monkeypatch.delenv("CI", raising=False)
    assert resolve().is_interactive
    monkeypatch.setenv("CI", "true")
    assert not resolve().is_interactive
