"""The refresh of the table as a maintainer has it: in a whole project, with other SDKs and descriptions."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import runwayml

from tests.fakes.openapi import description_of

ROOT = Path(__file__).resolve().parents[2]
GENERATED = ("docs/reference", "schemas", "runway_flow/catalog/data", "README.md")
_CACHES = shutil.ignore_patterns("__pycache__")


@dataclass(frozen=True)
class Project:
    """A copy of the project, in which scripts may write."""

    folder: Path

    def refresh(self, *flags: str) -> tuple[int, str]:
        """Run the script; give its exit code and what it says."""
        done = subprocess.run(
            [sys.executable, "scripts/refresh_catalog.py", *flags],
            cwd=self.folder,
            env={**os.environ, "PYTHONPATH": str(self.folder), "PYTHONDONTWRITEBYTECODE": "1"},
            capture_output=True,
            encoding="utf-8",
            check=False,
        )
        return done.returncode, done.stdout + done.stderr

    def generated(self) -> dict[str, bytes]:
        """Give the content of everything that is generated."""
        found = [path for name in GENERATED for path in sorted((self.folder / name).rglob("*"))]
        found.append(self.folder / "README.md")
        return {str(path.relative_to(self.folder)): path.read_bytes() for path in found if path.is_file()}

    def sdk(self, name: str, **changes: tuple[str, str]) -> Path:
        """Copy the installed SDK with texts in its types replaced: module → what and by what."""
        target = self.folder / name
        shutil.copytree(Path(runwayml.__file__).parent, target / "runwayml", ignore=_CACHES)
        for module, (old, new) in changes.items():
            path = target / "runwayml" / "types" / f"{module}.py"
            text = path.read_text(encoding="utf-8")
            assert old in text
            path.write_text(text.replace(old, new), encoding="utf-8")
        version = target / "runwayml" / "_version.py"
        version.write_text('__title__ = "runwayml"\n__version__ = "99.0.0"\n', encoding="utf-8")
        return target


@pytest.fixture(name="project")
def copied_project(tmp_path: Path) -> Project:
    """Copy what the script reads and writes."""
    folder = tmp_path / "project"
    for name in ("runway_flow", "scripts", "schemas", "docs"):
        shutil.copytree(ROOT / name, folder / name, ignore=_CACHES)
    shutil.copy(ROOT / "README.md", folder / "README.md")
    return Project(folder)


def test_twice_without_a_difference(project: Project) -> None:
    """The script generates the same when it is run again."""
    assert project.refresh()[0] == 0
    before = project.generated()
    code, out = project.refresh()
    assert (code, out.startswith("nothing appeared, changed or vanished")) == (0, True), out
    assert project.generated() == before


def test_another_sdk(project: Project) -> None:
    """What a newer SDK has more is told, and written everywhere if nothing is left to say."""
    sdk = project.sdk(
        "newer",
        text_to_speech_create_params=(
            "class ElevenMultilingualV2(TypedDict, total=False):",
            "class ElevenMultilingualV2(TypedDict, total=False):\n    whisper: bool\n",
        ),
        image_to_video_create_params=('Literal["1280:720"', 'Literal["4096:2160", "1280:720"'),
        sound_effect_create_params=("    loop: bool", "    loop: Required[bool]"),
    )
    code, out = project.refresh("--sdk", str(sdk))
    assert code == 0, out
    assert "made of runwayml 99.0.0; 5." in out
    assert "\nappeared:\n" in out
    assert "  text_to_speech/eleven_multilingual_v2: `whisper` boolean\n" in out
    assert '  image_to_video/gen4.5: `ratio`: value "4096:2160"\n' in out
    assert "  sound_effect/eleven_text_to_sound_v2: `loop`: required not stated → true\n" in out
    assert "  text_to_speech/eleven_multilingual_v2 `whisper`\n" in out.partition("without words")[2]
    written = project.generated()
    for name in (
        "docs/reference/models.md",
        "schemas/flow.schema.json",
        "runway_flow/catalog/data/capabilities.json",
    ):
        assert b"whisper" in written[name], name
        assert b"4096:2160" in written[name], name
    assert project.refresh("--sdk", str(sdk))[1].startswith("nothing appeared")


def test_an_sdk_without_a_model(project: Project) -> None:
    """A model that an SDK has no more is to be retired: its row is given, and nothing is written."""
    before = project.generated()
    sdk = project.sdk(
        "older",
        text_to_image_create_params=('Required[Literal["muse_image"]]', 'Required[Literal["muse_image_2"]]'),
    )
    code, out = project.refresh("--sdk", str(sdk))
    assert code == 1
    assert "\n  text_to_image/muse_image_2: `prompt_text` (required), `ratio` (required)" in out
    assert "\nvanished:\n  text_to_image/muse_image\n" in out
    entry = next(line for line in out.splitlines() if line.startswith('  "muse_image": '))
    retired: dict[str, Any] = json.loads("{" + entry + "}")["muse_image"]
    assert retired["rows"][0]["variant"] == "muse_image"
    assert "  `rows` text_to_image/muse_image speaks of nothing\n" in out
    assert project.generated() == before


def test_a_description_of_our_own_rows(project: Project) -> None:
    """A description made of our own rows differs in nothing but its name."""
    table = project.folder / "runway_flow" / "catalog" / "data" / "capabilities.json"
    rows = json.loads(table.read_text(encoding="utf-8"))["rows"]
    described = project.folder / "api.json"
    described.write_text(json.dumps(description_of(rows)), encoding="utf-8")
    assert project.refresh()[0] == 0
    before = project.generated()
    code, out = project.refresh("--openapi", str(described))
    assert (code, out) == (
        0,
        f"nothing appeared, changed or vanished: the table of {date_of(table)}, made of A made API 1\n",
    )
    after = project.generated()
    assert {name for name in before if before[name] != after[name]} == {
        "runway_flow/catalog/data/capabilities.json"
    }


def date_of(table: Path) -> str:
    """Give the date of a table."""
    return str(json.loads(table.read_text(encoding="utf-8"))["date"])
