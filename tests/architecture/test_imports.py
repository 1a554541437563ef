"""What a command loads: start-up time is counted in imports, because seconds depend on the machine."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

HEAVY = {
    "runwayml",
    "httpx",
    "networkx",
    "uvicorn",
    "starlette",
    "av",
    "PIL",
    "asyncio",
    "jsonschema",
    "rich",
}
"""What a command that only reads has no use for: each costs as much as all the rest together."""
LIBRARIES = HEAVY | {"click", "rich_click", "yaml", "jinja2", "platformdirs", "sqlite3", "pydantic"}

WATCHED = """
import json, sys
from runway_flow.cli.main import main
code = main(sys.argv[2:])
with open(sys.argv[1], "w", encoding="utf-8") as file:
    json.dump([code, sorted({name.partition(".")[0] for name in sys.modules})], file)
"""

FLOW = """\
version: 1
name: small
steps:
  still:
    uses: gen4_image_turbo
    foreach: {look: [dawn, dusk]}
    with:
      ratio: 16:9@720p
      prompt_text: A lamp at ${{ look }}, as in @hero.
      reference_images: {hero: HERO}
  clip:
    uses: gen4.5
    foreach: {still: "${{ steps.still }}"}
    with: {ratio: 16:9, duration: 2, prompt_image: "${{ still.output }}", prompt_text: Slow push in}
  last:
    uses: media/frame
    with: {video: "${{ steps.clip['dawn'].output }}", at: last}
outputs:
  picture: ${{ steps.last.output }}
"""
PICTURE = Path(__file__).resolve().parents[2] / "examples" / "flows" / "assets" / "lamp.png"


def loaded(folder: Path, *words: str) -> set[str]:
    """Run a command to its good end in a process of its own, and give the packages that it loaded."""
    report = folder / "modules.json"
    ours = ("RUNWAY", "CI", "COVERAGE")  # a coverage measurement would load modules of its own
    environment = {name: value for name, value in os.environ.items() if not name.startswith(ours)}
    environment |= {"RUNWAY_FLOW_STORE": str(folder / "store"), "HOME": str(folder), "PYTHONUTF8": "1"}
    environment["XDG_CONFIG_HOME"] = str(folder / ".config")
    finished = subprocess.run(
        [sys.executable, "-c", WATCHED, str(report), *words],
        cwd=folder,
        env={**environment, "PYTHONPATH": str(Path(__file__).resolve().parents[2])},
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
        timeout=100,
    )
    assert finished.returncode == 0, finished.stderr
    code, names = json.loads(report.read_text(encoding="utf-8"))
    assert code == 0, finished.stderr
    return set(names)


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a folder in which a flow was run once, so that everything is stored."""
    folder = tmp_path_factory.mktemp("project")
    # The picture is the example's: one that has just been copied would be hashed again, to be sure.
    (folder / "small.yaml").write_text(FLOW.replace("HERO", json.dumps(str(PICTURE))), encoding="utf-8")
    config = f"allow_paths = [{json.dumps(str(PICTURE.parent))}]\n"
    own = folder / ".config" / "runway-flow"
    own.mkdir(parents=True)
    (own / "config.toml").write_text(config, encoding="utf-8")
    names = loaded(folder, "run", "small.yaml", "--emulate", "--progress", "plain")
    assert {"runwayml", "httpx", "uvicorn"} <= names  # the first run needs what later ones do without
    return folder


def test_version_loads_nothing(tmp_path: Path) -> None:
    """`--version` loads no library at all."""
    for flag in ("--version", "-V"):
        assert not loaded(tmp_path, flag) & LIBRARIES


@pytest.mark.parametrize(
    "words",
    [
        ("validate", "small.yaml"),
        ("plan", "small.yaml", "--emulate"),
        ("run", "small.yaml", "--emulate"),
        ("run", "small.yaml", "--emulate", "--json"),
        ("run", "small.yaml", "--emulate", "--progress", "live"),
        ("runs", "ls"),
        ("cache", "ls"),
        ("models",),
    ],
    ids=" ".join,
)
def test_commands_that_only_read_load_nothing_heavy(project: Path, words: tuple[str, ...]) -> None:
    """Checking, planning and a stored run load neither the SDK nor what draws, decodes or serves."""
    assert not loaded(project, *words) & HEAVY


def test_plain_expressions_need_no_parser(project: Path) -> None:
    """Paths into inputs and steps are evaluated without Jinja2."""
    assert "jinja2" not in loaded(project, "validate", "small.yaml")
