"""The documentation: its examples are valid flows, its commands exist, its links lead somewhere."""

from __future__ import annotations

import json
import re
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click
import pytest

from runway_flow.catalog.loader import load_catalog
from runway_flow.cli.configuration import Configuration
from runway_flow.cli.main import main
from runway_flow.cli.program import COMMANDS, program
from runway_flow.kernel.codes import CODES, ExitCode
from runway_flow.kernel.digests import digest_json

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[2]
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
FENCE = re.compile(r"^```(\w*)\n(.*?)^```", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"\]\(([^)\s]+)\)")
CALL = re.compile(r"\brunway-flow +([a-z]+(?: [a-z]+)?)((?: +[^`|;#\n]+)?)")


@dataclass(frozen=True, slots=True)
class Block:
    """A fenced block: where it stands, its language, its text."""

    page: Path
    number: int
    language: str
    text: str

    @property
    def name(self) -> str:
        """A readable name for the test."""
        return f"{self.page.relative_to(ROOT).as_posix()}-{self.number}"


def blocks() -> Iterator[Block]:
    """Go through every fenced block of every page."""
    for page in PAGES:
        text = page.read_text(encoding="utf-8")
        for number, found in enumerate(FENCE.finditer(text), 1):
            yield Block(page, number, found[1], found[2])


FLOWS = [block for block in blocks() if block.language == "yaml" and block.text.startswith("version:")]
CALLS = [
    (page, found[1], found[2])
    for page in PAGES
    for found in CALL.finditer(page.read_text(encoding="utf-8"))
    if found[1].split()[0] in COMMANDS
]


@pytest.mark.parametrize("block", FLOWS, ids=lambda block: block.name)
def test_an_example_flow_is_valid(
    block: Block, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A block of YAML that begins with `version:` passes `validate` without a warning."""
    monkeypatch.chdir(tmp_path)
    shutil.copytree(ROOT / "examples" / "flows" / "assets", tmp_path / "assets")
    (tmp_path / "example.yaml").write_text(block.text, encoding="utf-8")
    code = main(["validate", "example.yaml", "--store", str(tmp_path / "store")])
    printed = capsys.readouterr()
    assert (code, printed.err) == (0, "")


def test_there_are_examples_to_check() -> None:
    """The search for examples finds those of the README and of the guides."""
    pages = {block.page.parent.name if block.page.parent != ROOT else block.page.name for block in FLOWS}
    assert {"README.md", "concepts", "guides"} <= pages


def options_of(words: str) -> set[str]:
    """Give the flags that a command takes."""
    context = click.Context(program)
    command: click.Command = program
    for word in words.split():
        found = command.get_command(context, word) if isinstance(command, click.Group) else None
        command = found or command
    return {name for param in command.params for name in param.opts} | {"--help"}


@pytest.mark.parametrize(("page", "words", "rest"), CALLS)
def test_a_command_of_the_pages_takes_its_flags(page: Path, words: str, rest: str) -> None:
    """Whatever is written behind `runway-flow COMMAND` is a flag of it."""
    flags = set(re.findall(r"(?<!\S)--?[a-z][a-z-]*", rest))
    assert flags <= options_of(words), f"{page}: runway-flow {words}{rest}"


def test_the_readmes_two_commands_are_targets() -> None:
    """`make demo` and `make test` are in the README and in the Makefile."""
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    named = set(re.findall(r"(?:^|`)make ([a-z]+)", readme, re.MULTILINE))
    targets = set(re.findall(r"^([a-z]+):", makefile, re.MULTILINE))
    assert {"demo", "test"} <= named <= targets


def test_the_readmes_exit_codes_are_those_of_the_program() -> None:
    """The table of the README has every exit code once, and no other."""
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    section = readme.partition("## Exit codes")[2].partition("\n## ")[0]
    listed = [
        int(code) for row in re.findall(r"^\| ([\d, ]+)\|", section, re.MULTILINE) for code in row.split(",")
    ]
    assert sorted(listed) == sorted(int(code) for code in ExitCode)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_codes_that_are_named_exist(page: Path) -> None:
    """A page names no code that no finding could carry."""
    assert set(re.findall(r"\bRF\d{3}\b", page.read_text(encoding="utf-8"))) <= set(CODES)


def test_the_readme_names_every_key_of_the_configuration() -> None:
    """The list of configuration keys is the one that a file is judged by."""
    listed = re.search(r"configuration: `([a-z_ ]+)`", (ROOT / "README.md").read_text(encoding="utf-8"))
    assert listed is not None
    assert set(listed[1].split()) == set(Configuration.__struct_fields__)


def test_the_readme_names_every_local_operation_there_is() -> None:
    """What the README says of operations that are not there yet leaves out those that are."""
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    listed = re.search(r"all operations of `media/` but ([^.]+)\.", readme.replace("\n  ", " "))
    assert listed is not None
    names = {f"media/{name}" for name in re.findall(r"`(\w+)`", listed[1])}
    assert names == set(load_catalog().operation_names())


KEYED = re.compile(r"^```json\n(.*?)^```\n\nIts key: `([0-9a-f]{64})`", re.MULTILINE | re.DOTALL)


@pytest.mark.parametrize("page", ["docs/design.md", "docs/concepts/identity-and-the-store.md"])
def test_a_key_document_has_the_key_that_is_written_below_it(page: str) -> None:
    """The examples of key documents are real: their canonical JSON has the digest that the page gives."""
    found = KEYED.findall((ROOT / page).read_text(encoding="utf-8"))
    assert [digest_json(json.loads(document)) for document, _ in found] == [key for _, key in found] != []


def anchors_of(page: Path) -> set[str]:
    """Give the anchors of a page: those that are written, and those that its headings get."""
    text = page.read_text(encoding="utf-8")
    headings = re.findall(r"^#+ (.+)$", FENCE.sub("", text), re.MULTILINE)
    slugs = {re.sub(r"[^\w\- ]", "", heading).strip().lower().replace(" ", "-") for heading in headings}
    return slugs | set(re.findall(r'<a id="([^"]+)">', text))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_links_lead_somewhere(page: Path) -> None:
    """A relative link names a file that exists, and an anchor in it."""
    broken = []
    for target in LINK.findall(FENCE.sub("", page.read_text(encoding="utf-8"))):
        if target.startswith(("https://", "http://", "mailto:")):
            continue
        path, _, anchor = target.partition("#")
        file = (page.parent / path).resolve() if path else page
        if not file.exists() or (anchor and anchor not in anchors_of(file)):
            broken.append(target)
    assert broken == []
