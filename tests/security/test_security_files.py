"""A flow that came from elsewhere reaches for files that are not its own."""

from __future__ import annotations

import os
import shlex
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from runway_flow.kernel import codes
from runway_flow.kernel.digests import digest_bytes
from runway_flow.kernel.errors import MediaError, StoreError
from runway_flow.kernel.file_names import is_safe_path, safe_name
from runway_flow.kernel.files import FileProblem
from runway_flow.kernel.media import Artifact, FileMedium, MediaFacts, MediaKind
from runway_flow.providers.media.inputs import Inputs
from runway_flow.store.layout import StoreLayout
from runway_flow.store.manifest import MANIFEST_NAME, read_manifest
from runway_flow.store.memory import MemoryBlobStore
from runway_flow.store.opening import open_store
from runway_flow.store.outputs import ExportItem, export
from runway_flow.tools.file_facts import DiskFiles, NoCache
from runway_flow.tools.plain_files import open_plain
from tests.fakes.exports import item
from tests.fakes.runway_api import CANARY, png
from tests.security.conftest import FILM, STEP

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.security.conftest import Said

posix = pytest.mark.skipif(sys.platform == "win32", reason="the file system of POSIX")
linux = pytest.mark.skipif(sys.platform != "linux", reason="folders are opened one by one on Linux")


def flow(folder: Path, value: str, steps: str = FILM, kind: str = "image", how: str = "default") -> str:
    """Write a flow whose input is `value`, and give its path."""
    path = folder / "flow.yaml"
    path.write_text(
        f"version: 1\ninputs: {{x: {{type: {kind}, {how}: {value!r}}}}}\n{steps}", encoding="utf-8"
    )
    return str(path)


PLACES = [
    *(
        "../../photo.png",
        "../../../home/photo.png",
        "{home}/photo.png",
        "x/../../../photo.png",
        "./../../photo.png",
    ),
    *("link.png", "linked/photo.png", "/proc/self/cwd/photo.png", "/proc/self/root{home}/photo.png"),
    *("/proc/self/environ", "/proc/self/fd/0", "/dev/zero", "/dev/stdin", "/dev/tty", "fifo", "/etc/passwd"),
    *("..", ".", "/", "~/photo.png", "//photo.png", "../..", "/dev/fd/0"),
]


@posix
@pytest.mark.parametrize("place", PLACES)
def test_media_outside_are_not_read(home: Path, evil: Path, run: Callable[..., Said], place: str) -> None:
    """Neither spelling nor link leads a flow to a picture of its user's, nor to a pipe, device or process."""
    (evil / "link.png").symlink_to(home / "photo.png")
    (evil / "linked").symlink_to(home)
    os.mkfifo(evil / "fifo")
    said = run("plan", flow(evil, place.replace("{home}", str(home))))
    assert said.code == 3
    assert "RF41" in said.err
    assert CANARY not in said.all


TEXTS = [
    *(
        "../../note.txt",
        "{home}/note.txt",
        "link.txt",
        "/proc/self/environ",
        "/proc/self/cmdline",
        "/etc/passwd",
    ),
    *("/dev/zero", "/dev/stdin", "/proc/kmsg", "fifo", "linked/note.txt", "/proc/self/cwd/note.txt"),
]


@posix
@pytest.mark.parametrize("kind", ["text", "string", "list", "object"])
@pytest.mark.parametrize("place", TEXTS)
def test_texts_outside_are_not_read(
    home: Path, evil: Path, run: Callable[..., Said], place: str, kind: str
) -> None:
    """`file:` of an input keeps to the flow's folder: no note and no environment gets into a prompt."""
    (evil / "link.txt").symlink_to(home / "note.txt")
    (evil / "linked").symlink_to(home)
    os.mkfifo(evil / "fifo")
    said = run("plan", flow(evil, place.replace("{home}", str(home)), STEP, kind, "file"), "--expanded")
    assert said.code == 3
    assert "error[RF405]" in said.err
    assert not any(secret in said.all for secret in ("SECRET-NOTE", CANARY, "root:"))


def test_texts_within_are_read(evil: Path, run: Callable[..., Said], home: Path) -> None:
    """Its own texts a flow reads, and others where the user allowed their folder."""
    (evil / "own.txt").write_text("a lamp", encoding="utf-8")
    assert run("plan", flow(evil, "own.txt", STEP, "text", "file")).code == 0
    other = flow(evil, "../../note.txt", STEP, "text", "file")
    assert run("plan", other).code == 3
    assert run("plan", other, "--allow-path", str(home)).code == 0


def test_the_current_folder_is_not_the_flows(home: Path, evil: Path, run: Callable[..., Said]) -> None:
    """Run from the home folder a flow reads nothing there, but what the user names after `-i`."""
    (evil / "own.png").write_bytes(png(b"own"))
    path = flow(evil, "own.png")
    assert run("plan", path).code == 0
    assert run("plan", path, "-i", "x=photo.png").code == 0
    assert run("plan", path, "-i", f"x={home / 'photo.png'}").code == 0
    assert "error[RF415]" in run("plan", flow(evil, "../../photo.png")).err
    assert "error[RF415]" in run("plan", flow(evil, "own.png"), "-i", "x=../outside.png").err


def test_a_path_in_a_hint_is_one_word(home: Path, evil: Path, run: Callable[..., Said]) -> None:
    """Whoever pastes `--allow-path …` from a message runs nothing that the flow put there."""
    said = run("plan", flow(evil, "../../$(touch pwned); touch pwned #/x.png"))
    hint = said.err.partition("--allow-path ")[2].splitlines()[0]
    assert shlex.split(hint) == [str(home / "$(touch pwned); touch pwned #")]


def test_the_inputs_file_opens_its_own_folder(home: Path, evil: Path, run: Callable[..., Said]) -> None:
    """A file of values that the user names may name media beside it."""
    (evil / "own.png").write_bytes(png(b"own"))
    (home / "values.yaml").write_text("x: photo.png\n", encoding="utf-8")
    assert run("plan", flow(evil, "own.png"), "--inputs", "values.yaml").code == 0


@linux
def test_a_folder_that_becomes_a_link(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder on the way that is exchanged for a link after it was checked leads nowhere."""
    for name in ("flow/media", "secret"):
        (tmp_path / name).mkdir(parents=True)
    (tmp_path / "flow/media/x.png").write_bytes(png(b"own"))
    (tmp_path / "secret/x.png").write_bytes(png(b"private"))

    def swap(real: Path) -> object:
        (tmp_path / "flow/media").rename(tmp_path / "flow/aside")
        (tmp_path / "flow/media").symlink_to(tmp_path / "secret")
        return open_plain(real)

    monkeypatch.setattr("runway_flow.tools.file_facts.open_plain", swap)
    files = DiskFiles((tmp_path / "flow",), NoCache(), lambda: 0.0, record=False)
    found = files.find(str(tmp_path / "flow/media/x.png"))
    assert isinstance(found, FileProblem)
    assert found.code is codes.FILE_UNREADABLE


def stood_for(path: Path) -> FileMedium:
    """Give a picture as it was when it was planned with."""
    path.write_bytes(png(b"own"))
    real = path.resolve()
    return FileMedium(str(real), digest_bytes(real.read_bytes()), MediaFacts(MediaKind.IMAGE, "image/png", 1))


@posix
@pytest.mark.parametrize("by", ["pipe", "link", "folder", "other bytes"])
def test_what_changed_between_plan_and_run(tmp_path: Path, by: str) -> None:
    """A file exchanged after the plan is not sent, whatever took its place, and a pipe is not waited for."""
    medium = stood_for(tmp_path / "x.png")
    path = Path(medium.path)
    (tmp_path / "secret.png").write_bytes(png(b"private"))
    path.unlink()
    if by == "pipe":
        os.mkfifo(path)
    elif by == "link":
        path.symlink_to(tmp_path / "secret.png")
    elif by == "folder":
        path.mkdir()
    else:
        path.write_bytes(png(b"changed"))
    blobs = MemoryBlobStore()
    caught: list[BaseException] = []

    def put() -> object:
        return blobs.put_file(path, medium.digest)

    def copy() -> object:
        (tmp_path / "work").mkdir()
        return Inputs(tmp_path / "work", blobs).materialise(medium)

    def use() -> None:
        for take in (put, copy):
            with pytest.raises((StoreError, MediaError)) as error:
                take()
            caught.append(error.value)

    worker = threading.Thread(target=use, daemon=True)
    worker.start()
    worker.join(20)
    assert len(caught) == 2


NAMES = [
    "CON",
    "nul.txt",
    "com1",
    "LPT9.mp4",
    "aux",
    "prn",
    "COM¹",
    "conin$",
    "a:b",
    "x\u202e4pm.exe",
    "\u202egpj.scr",
]


@pytest.mark.parametrize(
    "name", [*NAMES, "../../x", "/etc/passwd", "..\\..\\x", ".bashrc", "-rf", "a\nb", "\x1b[2J", ""]
)
def test_names_of_outputs(name: str) -> None:
    """A key or a flow's name becomes one plain name, on every system, that shows as what it is."""
    made = safe_name(name)
    assert is_safe_path(made)
    assert "/" not in made
    assert not set(made) & set("\\:\n\x1b\u202e\u202d")
    assert made[0] not in ".-" or made == "-"


@given(st.text(max_size=300))
@settings(max_examples=300, deadline=None)
def test_names_of_any_text(name: str) -> None:
    """Whatever text a name is made of, it is safe, and making it again changes nothing."""
    made = safe_name(name)
    assert is_safe_path(made) or made == "-"
    assert safe_name(made) == made


@posix
def test_hard_links_are_not_written_through(tmp_path: Path) -> None:
    """An output replaces a name; what else has that file's content keeps it."""
    blobs = MemoryBlobStore()
    out = tmp_path / "out"
    first = item(blobs, "film.mp4", b"first")
    export(out, [first], blobs)
    (tmp_path / "kept").hardlink_to(out / "film.mp4")
    export(out, [item(blobs, "film.mp4", b"second")], blobs)
    assert (tmp_path / "kept").read_bytes() == b"first"
    assert (out / "film.mp4").read_bytes() == b"second"


def test_names_that_differ_by_form_or_case(tmp_path: Path) -> None:
    """Two names that one file system takes for one are refused, by letter case and by Unicode form."""
    blobs = MemoryBlobStore()
    for names in (("A.png", "a.png"), ("\u00e9.png", "e\u0301.png"), ("ß.png", "SS.png"), ("a", "A/b.png")):
        with pytest.raises(StoreError) as caught:
            export(tmp_path / "out", [item(blobs, name, b"x") for name in names], blobs)
        assert caught.value.code is codes.OUTPUT_UNWRITABLE


def test_a_forged_manifest_names_only_its_folder(tmp_path: Path) -> None:
    """A manifest that came with the folder makes no file outside of it ours."""
    blobs = MemoryBlobStore()
    victim = tmp_path / "victim.mp4"
    victim.write_bytes(b"mine")
    facts = MediaFacts(MediaKind.VIDEO, "video/mp4", 1)
    wanted = ExportItem("../victim.mp4", Artifact(item(blobs, "x", b"new").artifact.digest, facts))
    with pytest.raises(StoreError):
        export(tmp_path / "out", [wanted], blobs)
    assert victim.read_bytes() == b"mine"


@pytest.mark.parametrize(
    "manifest",
    [
        "[" * 200_000,
        '{"version": 1, "files": {"a\\u0000b": {"sha256": "0"}}}',
        '{"version": 1, "files": {"\\ud800": {"sha256": "0"}, "x\\u001b[2J": {"sha256": "0"}}}',
        '{"version": 1, "files": {"/etc/passwd": {"sha256": "0"}, "../../x": {"sha256": "0"}}}',
        '{"version": 1, "files": {"a.mp4": {"sha256": ["x"], "bytes": {}, "mtime_ns": "now"}}}',
        '{"version": ' + "9" * 6_000 + "}",
    ],
)
def test_a_hostile_manifest_breaks_nothing(tmp_path: Path, manifest: str) -> None:
    """Outputs that were paid for are written, whatever a manifest that came with the folder says."""
    blobs = MemoryBlobStore()
    out = tmp_path / "out"
    out.mkdir()
    (out / MANIFEST_NAME).write_text(manifest, encoding="utf-8")
    export(out, [item(blobs, "film.mp4", b"film")], blobs)
    assert (out / "film.mp4").read_bytes() == b"film"
    assert set(read_manifest(out)) == {"film.mp4"}


@posix
def test_the_store_is_its_owners_alone(tmp_path: Path) -> None:
    """Folders have 0700; files that hold records have 0600, whatever the umask is."""
    before = os.umask(0)
    try:
        with open_store(tmp_path / "store", create=True):
            modes = {
                str(path.relative_to(tmp_path)): path.lstat().st_mode & 0o777
                for path in (tmp_path / "store", *(tmp_path / "store").rglob("*"))
            }
    finally:
        os.umask(before)
    assert {name: oct(mode) for name, mode in modes.items() if mode & 0o077} == {}


@posix
def test_a_store_that_others_can_write(tmp_path: Path) -> None:
    """Whoever can write into a store could plant results: it is refused."""
    root = tmp_path / "store"
    root.mkdir()
    root.chmod(0o777)
    with pytest.raises(StoreError):
        StoreLayout(root).create()
