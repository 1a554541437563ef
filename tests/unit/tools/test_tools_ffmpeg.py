"""Which ffmpeg is chosen."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

import pytest

from runway_flow.kernel import codes
from runway_flow.kernel.errors import MediaError
from runway_flow.tools.ffmpeg import (
    ENVIRONMENT_VARIABLE,
    NEEDED_ENCODERS,
    NEEDED_FILTERS,
    find_bundled,
    find_ffmpeg,
)

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="the stand-ins are shell scripts")


def make_program(
    folder: Path,
    version: str = "7.1",
    filters: Iterable[str] = NEEDED_FILTERS,
    encoders: Iterable[str] = NEEDED_ENCODERS,
    first: str = "ffmpeg version",
) -> Path:
    """Write a stand-in that answers like ffmpeg."""
    folder.mkdir(exist_ok=True, parents=True)
    path = folder / "ffmpeg"
    filter_lines = "\n".join(f" TS {name:17} V->V       Some words." for name in filters)
    encoder_lines = "\n".join(f" V....D {name:20} Some words" for name in encoders)
    path.write_text(
        f"#!/bin/sh\nfor last; do :; done\ncase $last in\n"
        f"-version) echo '{first} {version} Copyright';;\n"
        f"-filters) cat <<'X'\n{filter_lines}\nX\n;;\n-encoders) cat <<'X'\n{encoder_lines}\nX\n;;\nesac\n"
    )
    path.chmod(0o755)
    return path


def on_path(folder: Path) -> dict[str, str]:
    """Give an environment whose PATH begins with a folder."""
    return {"PATH": f"{folder}{os.pathsep}{os.environ['PATH']}"}


def nothing() -> str | None:
    """Stand for a package without a program."""
    return None


def test_configured_comes_first(tmp_path: Path) -> None:
    """A configured program is taken before all others."""
    mine = make_program(tmp_path / "mine", "6.0")
    make_program(tmp_path / "path", "7.0")
    found = find_ffmpeg(str(mine), on_path(tmp_path / "path"), nothing)
    assert (found.path, found.version, found.origin) == (str(mine), "6.0", "configured")


def test_environment_variable_comes_before_path(tmp_path: Path) -> None:
    """The environment variable is taken before PATH."""
    mine = make_program(tmp_path / "mine", "6.0")
    make_program(tmp_path / "path", "7.0")
    found = find_ffmpeg(None, {**on_path(tmp_path / "path"), ENVIRONMENT_VARIABLE: str(mine)}, nothing)
    assert (found.path, found.origin) == (str(mine), ENVIRONMENT_VARIABLE)


def test_path_comes_before_bundled(tmp_path: Path) -> None:
    """A usable program on PATH is taken before the bundled one; its filters are known."""
    path = make_program(tmp_path / "path", "n7.1-3-gabc")
    other = make_program(tmp_path / "other")
    found = find_ffmpeg(None, on_path(tmp_path / "path"), lambda: str(other))
    assert (found.path, found.origin) == (str(path), "PATH")
    assert found.filters >= NEEDED_FILTERS


@pytest.mark.parametrize(
    ("name", "program"),
    [
        ("old", {"version": "5.0.3"}),
        ("filter", {"filters": NEEDED_FILTERS - {"xfade"}}),
        ("encoder", {"encoders": {"aac"}}),
        ("stranger", {"first": "tool"}),
    ],
)
def test_useless_on_path_is_passed_over(tmp_path: Path, name: str, program: dict[str, object]) -> None:
    """A program on PATH that is too old, lacks something, or is none leaves the choice to the bundled one."""
    make_program(tmp_path / name, **program)  # type: ignore[arg-type]  # the cases are heterogeneous
    other = make_program(tmp_path / "other")
    assert find_ffmpeg(None, on_path(tmp_path / name), lambda: str(other)).origin == "imageio-ffmpeg"


def test_build_from_git_is_judged_by_its_filters(tmp_path: Path) -> None:
    """A version that names no release is no reason to refuse."""
    make_program(tmp_path, "N-118000-g1234")
    assert find_ffmpeg(None, on_path(tmp_path), nothing).version == "N-118000-g1234"


@pytest.mark.parametrize(
    ("name", "program", "reason"),
    [
        ("old", {"version": "4.4"}, "older than 5.1"),
        ("filter", {"filters": NEEDED_FILTERS - {"xfade", "tpad"}}, "lacks the filters tpad, xfade"),
        ("encoder", {"encoders": {"aac"}}, "lacks the encoders libx264"),
        ("stranger", {"first": "tool"}, "does not call itself ffmpeg"),
    ],
)
def test_useless_configured_is_an_error(
    tmp_path: Path, name: str, program: dict[str, object], reason: str
) -> None:
    """A program that was asked for by name is never replaced by another: the error says why it is no use."""
    asked = make_program(tmp_path / f"asked-{name}", **program)  # type: ignore[arg-type]  # as above
    with pytest.raises(MediaError, match=reason) as caught:
        find_ffmpeg(str(asked), {}, lambda: str(make_program(tmp_path / "other")))
    assert caught.value.code is codes.FFMPEG_MISSING


def test_configured_that_does_not_exist(tmp_path: Path) -> None:
    """A configured path that leads nowhere is named."""
    with pytest.raises(MediaError, match="there is no such program"):
        find_ffmpeg(str(tmp_path / "gone"), {}, nothing)


def test_program_that_does_not_run(tmp_path: Path) -> None:
    """A program that fails is no use."""
    path = tmp_path / "ffmpeg"
    path.write_text("#!/bin/sh\nexit 3\n")
    path.chmod(0o755)
    with pytest.raises(MediaError, match="it does not run"):
        find_ffmpeg(str(path), {}, nothing)


def test_none_found_says_what_was_tried(tmp_path: Path) -> None:
    """Without any usable program the error lists what was tried and says what to do."""
    make_program(tmp_path, "5.0.1")
    with pytest.raises(MediaError) as caught:
        find_ffmpeg(None, on_path(tmp_path), nothing)
    assert caught.value.code is codes.FFMPEG_MISSING
    assert "5.0.1 is older" in caught.value.notes[0]
    assert caught.value.notes[1] == "imageio-ffmpeg: no ffmpeg there"
    assert "pip install imageio-ffmpeg" in (caught.value.hint or "")


def test_bundled_is_usable() -> None:
    """The bundled program has all that the operations need."""
    found = find_ffmpeg(None, {"PATH": ""}, find_bundled)
    assert found.origin == "imageio-ffmpeg"
    assert found.filters >= NEEDED_FILTERS


def test_bundled_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the package there is no bundled program."""
    monkeypatch.setitem(sys.modules, "imageio_ffmpeg", None)
    monkeypatch.setitem(sys.modules, "imageio_ffmpeg.binaries", None)
    assert find_bundled() is None


def test_bundled_without_binary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A package without a program for this machine counts as none."""
    (tmp_path / "README.md").write_text("nothing here")
    monkeypatch.setattr("importlib.resources.files", lambda _: tmp_path)
    assert find_bundled() is None
