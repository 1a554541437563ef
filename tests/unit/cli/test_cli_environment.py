from __future__ import annotations

from pathlib import Path

import pytest

from runway_flow.cli.environment import read_count, read_env_file, read_path, read_switch
from runway_flow.kernel.errors import UsageError


def read(tmp_path: Path, text: str) -> dict[str, str]:
    """Read an environment file of this text."""
    path = tmp_path / ".env"
    path.write_text(text, encoding="utf-8")
    return read_env_file(path)


def test_lines(tmp_path: Path) -> None:
    """Lines are NAME=value; comments, empty lines, `export`, quotes and trailing comments as in shells."""
    text = (
        "\ufeff# a comment\n\nA=1\nexport B = two words # why\nC='# kept'\r\n"
        'D="x=y" # gone\nE=\nF=a#b\nG=\'\nH="a\n'
    )
    assert read(tmp_path, text) == {
        "A": "1",
        "B": "two words",
        "C": "# kept",
        "D": "x=y",
        "E": "",
        "F": "a#b",
        "G": "'",
        "H": '"a',
    }


@pytest.mark.parametrize(
    "line",
    ["key_secret", "1A=key_secret", "=key_secret", "A B=key_secret"],
    ids=["no sign", "digit", "no name", "two words"],
)
def test_other_lines(tmp_path: Path, line: str) -> None:
    """A line that is no assignment is named by its number; what it holds may be a key, and is not shown."""
    with pytest.raises(UsageError, match=r"line 2 of .*\.env is not NAME=value") as found:
        read(tmp_path, f"A=1\n{line}\n")
    assert "secret" not in found.value.message


def test_unreadable(tmp_path: Path) -> None:
    """A file that is missing or no text is a wrong command line."""
    with pytest.raises(UsageError, match="No such file"):
        read_env_file(tmp_path / "none")
    (tmp_path / "bad").write_bytes(b"\xff")
    with pytest.raises(UsageError, match="it is not UTF-8"):
        read_env_file(tmp_path / "bad")


@pytest.mark.parametrize(
    ("text", "is_on"),
    [("1", True), ("true", True), ("YES", True), (" on ", True), ("", False), ("0", False), ("No", False)],
)
def test_switches(text: str, *, is_on: bool) -> None:
    """A switch is on or off, in the usual words."""
    assert read_switch({"S": text}, "S") is is_on


def test_switch_that_is_neither() -> None:
    """Any other word is an error, not «off»; a variable that is not set is off."""
    with pytest.raises(UsageError, match="S takes 1 or 0, not `ja`"):
        read_switch({"S": "ja"}, "S")
    assert read_switch({}, "S") is False


def test_paths(monkeypatch: pytest.MonkeyPatch) -> None:
    """A path may be relative or begin with the home folder; empty is none."""
    monkeypatch.setenv("HOME", "/home/me")
    monkeypatch.setenv("USERPROFILE", "/home/me")
    assert read_path({"P": "a/b"}, "P") == Path("a/b")
    assert read_path({"P": "~/b"}, "P") == Path("/home/me/b")
    assert read_path({"P": ""}, "P") is None
    assert read_path({}, "P") is None


def test_counts() -> None:
    """A count is a whole number from 1; empty is none."""
    assert read_count({"N": " 12 "}, "N") == 12
    assert read_count({"N": ""}, "N") is None
    for text in ("0", "-1", "1.5", "x", "٣"):
        with pytest.raises(UsageError, match="N takes a whole number from 1"):
            read_count({"N": text}, "N")
