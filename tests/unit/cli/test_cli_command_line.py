from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import rich_click as click

from runway_flow.cli.command_line import about, again
from runway_flow.cli.flow_options import input_flags, selection_flags, take_inputs, take_selection
from runway_flow.cli.options import global_flags
from runway_flow.cli.shown_paths import shown_path
from runway_flow.kernel.errors import UsageError
from runway_flow.plan.settings import Reach, Selection


def typed(*words: str) -> click.Context:
    """Give the context of a command line of `plan`."""
    seen: list[click.Context] = []

    @click.group()
    @global_flags
    def program(**_: Any) -> None:  # noqa: ANN401 - click's own types
        """Do nothing."""

    @program.command("plan")
    @click.argument("flow")
    @click.option("--expect-stored", is_flag=True)
    @click.option("-j", "--jobs", type=int)
    @input_flags
    @selection_flags
    @global_flags
    @click.pass_context
    def command(context: click.Context, /, **_: Any) -> None:  # noqa: ANN401
        """Keep the context."""
        seen.append(context)

    program.main(list(words), standalone_mode=False)
    return seen[0]


def test_what_decides_is_kept() -> None:
    """The same flow with the same inputs, selection, store and limits, wherever the flags stood."""
    words = ["--emulate", "plan", "a b.yaml", "-i", "x=1", "-i", "y=$HOME", "--only", "clip[wide]"]
    context = typed(*words, "-j", "3", "--store", "s")
    assert again(context, "run") == (
        "runway-flow run 'a b.yaml' --emulate --jobs 3 --input x=1 --input 'y=$HOME' "
        "--only 'clip[wide]' --store s"
    )


def test_what_only_prints_is_left_out() -> None:
    """Flags about the output, and demands on the plan, belong to the command that was typed."""
    context = typed("--color", "never", "plan", "f.yaml", "--json", "-q", "-v", "--ascii", "--expect-stored")
    assert again(context, "run") == "runway-flow run f.yaml"


def test_looking_at_the_same_store() -> None:
    """Another command is told of the store and the configuration, not of the flow."""
    context = typed("--store", "s", "plan", "f.yaml", "-i", "x=1", "--env-file", ".env")
    assert about(context, "runs show", "01JD") == "runway-flow runs show 01JD --store s --env-file .env"


def test_without_a_group() -> None:
    """A command that is called alone has a command line too."""

    @click.command("x")
    @click.argument("flow")
    @click.pass_context
    def command(context: click.Context, /, flow: str) -> str:
        """Give the command line."""
        del flow
        return again(context, "run")

    assert command.main(["f"], standalone_mode=False) == "runway-flow run f"


def test_home_is_shortened(monkeypatch: pytest.MonkeyPatch) -> None:
    """A path in the home folder begins with `~`; others stay."""
    monkeypatch.setattr("pathlib.Path.home", lambda: Path("/home/me"))
    assert shown_path(Path("/home/me/store")) == str(Path("~/store"))
    assert shown_path(Path("/elsewhere")) == str(Path("/elsewhere"))


def test_nobodys_home(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a home folder paths stay."""

    def fail() -> Path:
        raise RuntimeError

    monkeypatch.setattr("pathlib.Path.home", fail)
    assert shown_path(Path("/a")) == str(Path("/a"))


def selected(**given: tuple[str, ...]) -> Selection | None:
    """Take a selection out of values."""
    values: dict[str, Any] = {f"select_{reach.value}": given.get(reach.value, ()) for reach in Reach}
    found = take_selection(values)
    assert not values
    return found


def test_selections() -> None:
    """One kind of selection may name several steps; two kinds do not go together."""
    assert selected() is None
    assert selected(only=("a", "b")) == Selection(Reach.ONLY, ("a", "b"))
    assert selected(until=("a",)) == Selection(Reach.UNTIL, ("a",))
    with pytest.raises(UsageError, match="do not go together"):
        selected(only=("a",), until=("b",))


def test_profiles_are_to_come() -> None:
    """A profile is refused, because none can exist yet."""
    values: dict[str, Any] = {"profile": "draft", "assignments": (), "inputs_file": None}
    with pytest.raises(UsageError, match="profiles are not supported yet"):
        take_inputs(values)
