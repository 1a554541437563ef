"""Which of the user's files may be used, and what they are."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

import pytest

from runway_flow.kernel import codes
from runway_flow.kernel.digests import Digest, digest_bytes
from runway_flow.kernel.files import FileProblem, Files
from runway_flow.kernel.media import FileMedium, MediaFacts, MediaKind
from runway_flow.tools import file_facts
from runway_flow.tools.file_facts import DiskFiles
from runway_flow.tools.plain_files import open_plain
from runway_flow.tools.probe import probe
from tests.fakes.clips import clip, cut_off

if TYPE_CHECKING:
    from runway_flow.engine.records import StatIdentity

posix = pytest.mark.skipif(sys.platform == "win32", reason="the file system of POSIX")


@dataclass
class FakeCache:
    """A stat cache in memory that counts questions."""

    known: dict[StatIdentity, tuple[Digest, MediaFacts]] = field(default_factory=dict)
    questions: int = 0

    def find_file(self, identity: StatIdentity) -> tuple[Digest, MediaFacts] | None:
        """Give what was recorded."""
        self.questions += 1
        return self.known.get(identity)

    def record_file(self, identity: StatIdentity, digest: Digest, facts: MediaFacts) -> None:
        """Record."""
        self.known[identity] = (digest, facts)


@pytest.fixture
def cache() -> FakeCache:
    """Make an empty cache."""
    return FakeCache()


@pytest.fixture
def png(tmp_path: Path) -> Path:
    """Make an image in the flow's folder."""
    path = tmp_path / "hero.png"
    path.write_bytes(clip("png").read_bytes())
    return path


def files(folder: Path, cache: FakeCache, later_s: float = 3600, **options: object) -> DiskFiles:
    """Make the port; its clock is `later_s` after the newest file of the folder."""
    newest = max((path.lstat().st_ctime for path in folder.iterdir()), default=0.0)
    return DiskFiles((folder,), cache, lambda: newest + later_s, record=True, **options)  # type: ignore[arg-type]  # one option: max_bytes


def problem(found: FileMedium | FileProblem) -> FileProblem:
    """Expect a problem."""
    assert isinstance(found, FileProblem), found
    return found


def test_is_the_port(tmp_path: Path, cache: FakeCache) -> None:
    """It is what check and plan ask."""
    port: Files = files(tmp_path, cache)
    assert problem(port.find(str(tmp_path / "x"))).code is codes.FILE_UNREADABLE


def test_medium(tmp_path: Path, cache: FakeCache, png: Path) -> None:
    """A medium comes with its content's digest and its facts."""
    found = files(tmp_path, cache).find(str(png))
    assert found == FileMedium(str(png.resolve()), digest_bytes(png.read_bytes()), probe(png))


def test_relative_path(tmp_path: Path, cache: FakeCache, png: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A relative path is relative to the current folder."""
    monkeypatch.chdir(tmp_path)
    assert files(tmp_path, cache).find(png.name) == files(tmp_path, cache).find(str(png))


def test_read_once(tmp_path: Path, cache: FakeCache, png: Path) -> None:
    """A file is read once in the life of the object, by whatever spelling it is asked for."""
    port = files(tmp_path, cache)
    first = port.find(str(png))
    png.unlink()
    assert port.find(str(png)) is first
    assert port.find(str(tmp_path / "." / "x" / ".." / png.name)) is first
    assert cache.questions == 1


def test_recorded_file_is_not_read_again(
    tmp_path: Path, cache: FakeCache, png: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A file that did not change since it was recorded is not hashed again."""
    first = files(tmp_path, cache).find(str(png))
    monkeypatch.delattr(file_facts, "_hash")
    assert files(tmp_path, cache).find(str(png)) == first


def test_changed_file_is_read_again(tmp_path: Path, cache: FakeCache, png: Path) -> None:
    """A file with another size or time is another file."""
    files(tmp_path, cache).find(str(png))
    png.write_bytes(clip("jpeg").read_bytes())
    found = files(tmp_path, cache).find(str(png))
    assert isinstance(found, FileMedium)
    assert found.facts.media_type == "image/jpeg"


@pytest.mark.parametrize(("later_s", "count"), [(0.0, 0), (1.9, 0), (2.1, 1)])
def test_fresh_file_is_not_recorded(
    tmp_path: Path, cache: FakeCache, png: Path, later_s: float, count: int
) -> None:
    """A file that was written within the last two seconds may change unseen: it is used, not recorded."""
    assert isinstance(files(tmp_path, cache, later_s).find(str(png)), FileMedium)
    assert len(cache.known) == count


def test_planning_records_nothing(tmp_path: Path, cache: FakeCache, png: Path) -> None:
    """Without `record` the cache is only read."""
    port = DiskFiles((tmp_path,), cache, lambda: png.stat().st_mtime + 3600, record=False)
    assert isinstance(port.find(str(png)), FileMedium)
    assert cache.known == {}


def test_missing_file_suggests_the_nearest(tmp_path: Path, cache: FakeCache, png: Path) -> None:
    """A name that does not exist comes with the nearest one of its folder."""
    found = problem(files(tmp_path, cache).find(str(tmp_path / "hero.pgn")))
    assert (found.code, found.hint) == (codes.FILE_UNREADABLE, f"did you mean `{png.name}`?")


def test_missing_file_with_nothing_near(tmp_path: Path, cache: FakeCache) -> None:
    """Without a near name the hint is where was looked."""
    path = tmp_path / "hero.png"
    assert problem(files(tmp_path, cache).find(str(path))).hint == f"looked for {path.resolve()}"


def test_missing_folder(tmp_path: Path, cache: FakeCache) -> None:
    """A folder that does not exist is named."""
    found = problem(files(tmp_path, cache).find(str(tmp_path / "art" / "hero.png")))
    assert found.hint == f"there is no folder {(tmp_path / 'art').resolve()}"


def test_folder(tmp_path: Path, cache: FakeCache) -> None:
    """A folder is no medium."""
    assert "is a folder" in problem(files(tmp_path, cache).find(str(tmp_path))).message


@posix
def test_fifo_does_not_hang(tmp_path: Path, cache: FakeCache) -> None:
    """A FIFO is refused without being opened."""
    os.mkfifo(tmp_path / "pipe.png")
    assert "no regular file" in problem(files(tmp_path, cache).find(str(tmp_path / "pipe.png"))).message


@posix
def test_unreadable(tmp_path: Path, cache: FakeCache, png: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file that may not be read says so."""

    def refuse(*_: object) -> int:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("runway_flow.tools.file_facts.os.open", refuse)
    found = problem(files(tmp_path, cache).find(str(png)))
    assert (found.code, "Permission denied" in found.message) == (codes.FILE_UNREADABLE, True)


def test_empty(tmp_path: Path, cache: FakeCache) -> None:
    """An empty file is told apart."""
    (tmp_path / "a.png").touch()
    assert problem(files(tmp_path, cache).find(str(tmp_path / "a.png"))).code is codes.FILE_EMPTY


def test_too_large(tmp_path: Path, cache: FakeCache, png: Path) -> None:
    """A file beyond the limit is refused before it is read."""
    found = problem(files(tmp_path, cache, max_bytes=100).find(str(png)))
    assert found.code is codes.FILE_TOO_LARGE
    assert "at most 0.0001 MB" in found.message


def test_two_hundred_megabytes(tmp_path: Path, cache: FakeCache) -> None:
    """The limit is the upload's: 200 MiB."""
    path = tmp_path / "long.mp4"
    with path.open("wb") as file:
        file.truncate(200 * 1024 * 1024 + 1)
    assert problem(files(tmp_path, cache).find(str(path))).code is codes.FILE_TOO_LARGE


@pytest.mark.parametrize(
    ("content", "words"),
    [(b"hello", "is text"), (b"<html>", "is an HTML page"), (b"<svg/>", "is an SVG drawing")],
)
def test_what_is_no_medium(tmp_path: Path, cache: FakeCache, content: bytes, words: str) -> None:
    """A file named .png that is something else says what it is."""
    path = tmp_path / "fake.png"
    path.write_bytes(content)
    found = problem(files(tmp_path, cache).find(str(path)))
    assert found.code is codes.FILE_NOT_MEDIA
    assert words in found.message


def test_damaged_medium(tmp_path: Path, cache: FakeCache) -> None:
    """A medium that is damaged says how."""
    path = tmp_path / "cut.mp4"
    path.write_bytes(cut_off().read_bytes())
    found = problem(files(tmp_path, cache).find(str(path)))
    assert (found.code, "is damaged" in found.message) == (codes.FILE_NOT_MEDIA, True)
    assert str(path) in found.message


def test_outside(tmp_path: Path, cache: FakeCache, png: Path) -> None:
    """A path outside the allowed folders is refused, whether it exists or not, and the flag is named."""
    inner = tmp_path / "flow"
    inner.mkdir()
    port = files(inner, cache)
    for path in (png, tmp_path / "gone.png", inner / ".." / png.name):
        found = problem(port.find(str(path)))
        assert found.code is codes.PATH_OUTSIDE
        assert f"--allow-path {tmp_path.resolve()}" in (found.hint or "")


def test_second_allowed_folder(tmp_path: Path, cache: FakeCache, png: Path) -> None:
    """Every allowed folder counts, with all that is below it."""
    port = DiskFiles((tmp_path / "flow", tmp_path), cache, lambda: 0.0, record=True)
    assert isinstance(port.find(str(png)), FileMedium)


@posix
def test_link_that_leads_outside(tmp_path: Path, cache: FakeCache, png: Path) -> None:
    """A symbolic link counts as what it leads to; one within is fine."""
    inner = tmp_path / "flow"
    inner.mkdir()
    (inner / "link.png").symlink_to(png)
    (inner / "own.png").write_bytes(png.read_bytes())
    (inner / "near.png").symlink_to(inner / "own.png")
    port = files(inner, cache)
    assert problem(port.find(str(inner / "link.png"))).code is codes.PATH_OUTSIDE
    near = port.find(str(inner / "near.png"))
    assert isinstance(near, FileMedium)
    assert near.path.endswith("own.png")


@posix
def test_link_put_there_in_between(
    tmp_path: Path, cache: FakeCache, png: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A link that takes the file's place after its path was checked is not followed."""
    secret = tmp_path / "secret"
    secret.write_bytes(png.read_bytes())

    def swap(path: Path) -> BinaryIO:
        path.unlink()
        path.symlink_to(secret)
        return open_plain(path)

    monkeypatch.setattr(file_facts, "open_plain", swap)
    assert problem(files(tmp_path, cache).find(str(png))).code is codes.FILE_UNREADABLE


def test_file_that_changes_while_it_is_read(
    tmp_path: Path, cache: FakeCache, png: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A file that is being written is not taken for what it was a moment ago."""
    original = file_facts._hash

    def grow(file: object) -> Digest:
        with png.open("ab") as writer:
            writer.write(b"more")
        return original(file)  # type: ignore[arg-type]  # passed on as it came

    monkeypatch.setattr(file_facts, "_hash", grow)
    found = problem(files(tmp_path, cache).find(str(png)))
    assert "changes while it is read" in found.message


@pytest.mark.parametrize("path", ["a\0b.png", "x" * 5_000 + "/y.png"])
def test_path_that_cannot_be_one(tmp_path: Path, cache: FakeCache, path: str) -> None:
    """A text that no file can be called is a problem, not a crash."""
    found = problem(DiskFiles((Path("/"), tmp_path), cache, lambda: 0.0, record=True).find(path))
    assert found.code is codes.FILE_UNREADABLE


def test_kind_is_by_content(tmp_path: Path, cache: FakeCache) -> None:
    """A sound named .png is a sound."""
    path = tmp_path / "sound.png"
    path.write_bytes(clip("voice").read_bytes())
    found = files(tmp_path, cache).find(str(path))
    assert isinstance(found, FileMedium)
    assert found.kind is MediaKind.AUDIO
