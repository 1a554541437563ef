"""Results go to another store in one file, and nothing else gets in with them."""

from __future__ import annotations

import errno
import json
import os
import tarfile
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from runway_flow.engine.inventory import KeptResult, Transfer, Use
from runway_flow.kernel import codes
from runway_flow.kernel.digests import canonical_json, digest_bytes
from runway_flow.kernel.errors import StoreError
from runway_flow.store.archive import MAX_RECORD_BYTES, read_record, tar_header, write_head, write_record
from runway_flow.store.archive_export import export_archive
from runway_flow.store.archive_import import import_archive
from runway_flow.store.inventory import latest_by_key
from runway_flow.store.opening import open_store
from tests.fakes.disk import FakeDisk
from tests.fakes.records import NOW, make_kept

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from decimal import Decimal
    from pathlib import Path

    from runway_flow.store.opening import OpenStore

ONE, TWO = make_kept("one", b"film"), make_kept("two", b"film", b"sound", step="voice")
FILM, SOUND = digest_bytes(b"film"), digest_bytes(b"sound")


@pytest.fixture
def here(tmp_path: Path) -> Iterator[OpenStore]:
    """Make a store with two results that share a blob."""
    with open_store(tmp_path / "here", create=True) as store:
        for data in (b"film", b"sound"):
            put(store, data)
        store.state.add_results([ONE, TWO])
        yield store


@pytest.fixture
def there(tmp_path: Path) -> Iterator[OpenStore]:
    """Make an empty store."""
    with open_store(tmp_path / "there", create=True) as store:
        yield store


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Say where the archive is."""
    return tmp_path / "results.tar"


def put(store: OpenStore, data: bytes) -> None:
    """Keep a blob."""
    draft = store.blobs.draft()
    draft.write(data)
    draft.keep()


def kept(store: OpenStore) -> tuple[KeptResult, ...]:
    """Give what a store has."""
    return tuple(latest_by_key(store.state.list_results()).values())


def send(store: OpenStore, path: Path) -> Transfer:
    """Export everything."""
    return export_archive(path, kept(store), store.blobs)


def take(path: Path, store: OpenStore) -> Transfer:
    """Import everything."""
    return import_archive(path, store, lambda _: None)


def contents(store: OpenStore) -> set[tuple[str, bytes]]:
    """Give all blobs of a store, and what lies among its drafts."""
    found = {(file.name, file.read_bytes()) for file in store.layout.blobs.glob("*/*")}
    return found | {(file.name, b"") for file in store.layout.drafts.iterdir()}


def refused(path: Path, store: OpenStore) -> str:
    """Import what must be refused: nothing is taken; gives the reason."""
    before = (contents(store), kept(store))
    with pytest.raises(StoreError) as caught:
        take(path, store)
    assert caught.value.code is codes.ARCHIVE_UNUSABLE
    assert (contents(store), kept(store)) == before
    return caught.value.message.removeprefix("the archive cannot be used: ")


def members(path: Path) -> dict[str, bytes]:
    """Read an archive with the tool that everybody has."""
    with tarfile.open(path) as tar:
        found = {}
        for member in tar.getmembers():
            file = tar.extractfile(member)
            assert file is not None
            found[member.name] = file.read()
        return found


def write(path: Path, given: dict[str, bytes]) -> None:
    """Write a tar with these members in this order."""
    data = b"".join(
        tar_header(name, len(text)) + text + b"\0" * (-len(text) % 512) for name, text in given.items()
    )
    path.write_bytes(data + b"\0" * 1024)


def rewrite(path: Path, change: Callable[[dict[str, bytes]], dict[str, bytes]]) -> None:
    """Change an archive's members; the numbers in its head follow."""
    found = change(members(path))
    blobs = sum(name.startswith("blobs/") for name in found)
    records = [text for name, text in found.items() if name.startswith("records/")]
    write(path, {**found, "archive.json": write_head(blobs, records)})


class TestThereAndBack:
    """What is sent arrives."""

    def test_everything_arrives(self, here: OpenStore, there: OpenStore, path: Path) -> None:
        """Records with their uses, and bytes; once."""
        assert send(here, path) == Transfer(2, 2, 9)
        assert take(path, there) == Transfer(2, 2, 9)
        assert [(one.result, one.uses) for one in kept(there)] == sorted(
            [(ONE.result, ONE.uses), (TWO.result, TWO.uses)], key=lambda one: one[0].key
        )
        assert contents(there) == {(FILM, b"film"), (SOUND, b"sound")}
        assert take(path, there) == Transfer(0, 0, 0, known=2)

    def test_the_same_results_give_the_same_bytes(
        self, here: OpenStore, there: OpenStore, path: Path
    ) -> None:
        """Whoever sends them, whenever."""
        send(here, path)
        take(path, there)
        again = path.with_name("again.tar")
        send(there, again)
        assert path.read_bytes() == again.read_bytes()

    def test_everybodys_tool_reads_it(self, here: OpenStore, path: Path) -> None:
        """A plain tar: regular files in order, without owner, time, or names of anybody."""
        send(here, path)
        with tarfile.open(path) as tar:
            infos = tar.getmembers()
        assert [info.name for info in infos] == sorted(info.name for info in infos)
        assert {(info.uid, info.gid, info.uname, info.gname, info.mtime, info.mode) for info in infos} == {
            (0, 0, "", "", 0, 0o444)
        }
        assert infos[0].name == "archive.json"

    def test_a_record_without_its_bytes(self, here: OpenStore, there: OpenStore, path: Path) -> None:
        """The record goes alone, and both sides are told; bytes that are there already count."""
        here.blobs.path_of(SOUND).unlink()
        assert send(here, path).missing == 1
        assert take(path, there).missing == 1
        put(there, b"sound")
        assert take(path, there).missing == 0

    def test_nothing_is_replaced(self, here: OpenStore, there: OpenStore, path: Path) -> None:
        """A result that is here stays the one that counts, and instances keep what they have."""
        send(here, path)
        put(there, b"mine")
        mine = make_kept("one", b"mine", step="clip")
        there.state.add_results([mine])
        done = take(path, there)
        assert (done.records, done.known) == (1, 1)
        found = there.state.find_result(ONE.result.key)
        assert found is not None
        assert found.result == mine.result

    def test_lost_bytes_come_back(self, here: OpenStore, path: Path) -> None:
        """A record that is here gets the bytes that it lacks."""
        send(here, path)
        here.blobs.path_of(SOUND).unlink()
        assert take(path, here) == Transfer(0, 1, 5, known=2)
        assert here.blobs.has(SOUND)

    def test_other_bytes_for_lost_ones(self, here: OpenStore, there: OpenStore, path: Path) -> None:
        """A result whose bytes are gone gives way to one that comes whole; not to one that does not."""
        there.state.add_results([make_kept("one", b"gone")])
        here.blobs.path_of(SOUND).unlink()
        there.state.add_results([make_kept("two", b"gone too", step="voice")])
        send(here, path)
        assert take(path, there).records == 1
        found = there.state.find_result(ONE.result.key)
        assert found is not None
        assert found.is_whole
        other = there.state.find_result(TWO.result.key)
        assert other is not None
        assert other.result.outputs[0].digest == digest_bytes(b"gone too")


class TestExportFails:
    """What cannot be written is not there."""

    def test_a_file_that_is_there(self, here: OpenStore, path: Path) -> None:
        """It is never overwritten, not even a link that leads nowhere."""
        path.symlink_to(path.with_name("nowhere"))
        with pytest.raises(StoreError) as caught:
            send(here, path)
        assert caught.value.code is codes.OUTPUT_UNWRITABLE
        assert path.is_symlink()

    @pytest.mark.parametrize(
        ("number", "code"), [(errno.EACCES, codes.OUTPUT_UNWRITABLE), (errno.ENOSPC, codes.DISK_FULL)]
    )
    @pytest.mark.parametrize("call", ["write", "sync", "rename"])
    def test_the_disk(self, here: OpenStore, path: Path, call: str, number: int, code: object) -> None:
        """A full disk and a permission have their codes; nothing is left behind."""
        with pytest.raises(StoreError) as caught:
            export_archive(path, kept(here), here.blobs, FakeDisk({call: number}))
        assert caught.value.code is code
        assert os.strerror(number) in caught.value.message
        assert not [one for one in path.parent.iterdir() if one.is_file()]

    def test_damaged_bytes_do_not_leave(self, here: OpenStore, path: Path) -> None:
        """They are put aside, and there is no archive."""
        blob = here.blobs.path_of(FILM)
        blob.chmod(0o600)
        blob.write_bytes(b"f!lm")
        with pytest.raises(StoreError) as caught:
            send(here, path)
        assert caught.value.code is codes.BLOB_CORRUPT
        assert not path.exists()
        assert not here.blobs.has(FILM)


def _without(name: str) -> Callable[[dict[str, bytes]], dict[str, bytes]]:
    return lambda found: {key: text for key, text in found.items() if not key.startswith(name)}


class TestHostileArchives:
    """An archive comes from anywhere."""

    @pytest.fixture(autouse=True)
    def archive(self, here: OpenStore, path: Path) -> None:
        """Make a good one to begin with."""
        send(here, path)

    @pytest.mark.parametrize(
        "name",
        ["/etc/passwd", "../x", "blobs/../../x", "blobs/zz", "records/x.json", "blobs/" + "A" * 64, "x",
         "./x",
         "blobs/" + "0" * 64 + "/x", "records/" + "0" * 64, "blobs\\" + "0" * 64, "zz\nx"],
    )  # fmt: skip
    def test_names(self, path: Path, there: OpenStore, name: str) -> None:
        """Absolute ones, ones that lead up, ones that have no place: none is taken."""
        good = members(path)
        write(path, {"archive.json": good.pop("archive.json"), name: b"x", **good})
        assert refused(path, there) == f"it holds {name!r}, which has no place in it"

    @pytest.mark.parametrize(
        "kind",
        [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.DIRTYPE, tarfile.FIFOTYPE, tarfile.CHRTYPE,
         tarfile.BLKTYPE,
         tarfile.GNUTYPE_SPARSE, tarfile.GNUTYPE_LONGNAME, tarfile.XHDTYPE, tarfile.AREGTYPE],
    )  # fmt: skip
    def test_what_is_no_plain_file(self, path: Path, there: OpenStore, kind: bytes) -> None:
        """Links, folders, devices, sparse files, extended headers: none is taken."""
        info = tarfile.TarInfo(f"blobs/{FILM}")
        info.type, info.linkname = kind, "/etc/passwd"
        path.write_bytes(tar_header("archive.json", 0) + info.tobuf(tarfile.GNU_FORMAT) + b"\0" * 1024)
        with pytest.raises(StoreError):
            take(path, there)
        path.write_bytes(info.tobuf(tarfile.GNU_FORMAT) + b"\0" * 1024)
        assert refused(path, there) == f"blobs/{FILM} in it is no plain file"

    def test_order(self, path: Path, there: OpenStore) -> None:
        """Nothing stands twice, nothing out of order: what is checked is what is taken."""
        data = path.read_bytes()
        path.write_bytes(data.rstrip(b"\0") + b"\0" * (-len(data.rstrip(b"\0")) % 512) + data)
        assert refused(path, there).startswith("archive.json stands behind records/")

    def test_wrong_bytes(self, path: Path, there: OpenStore) -> None:
        """A blob is what its name says."""
        rewrite(path, lambda found: {**found, f"blobs/{FILM}": b"f!lm"})
        assert refused(path, there) == f"the bytes of blobs/{FILM} have the sha256 {digest_bytes(b'f!lm')}"

    def test_a_wrong_key(self, path: Path, there: OpenStore) -> None:
        """A record stands under the key of its document."""
        mine, other = (f"records/{one.result.key}.json" for one in (ONE, TWO))
        rewrite(path, lambda found: {**found, mine: found[other]})
        assert refused(path, there).startswith(f"the key of {mine} is not that of its document")

    def test_a_blob_that_no_record_names(self, path: Path, there: OpenStore) -> None:
        """Nothing comes along that nobody asked for."""
        rewrite(path, _without(f"records/{TWO.result.key}"))
        assert refused(path, there) == f"no record names blobs/{SOUND}"

    def test_a_wrong_size(self, path: Path, there: OpenStore) -> None:
        """What a record says of its bytes holds."""
        name = f"records/{ONE.result.key}.json"
        rewrite(path, lambda found: {**found, name: found[name].replace(b'"bytes":4', b'"bytes":5')})
        assert refused(path, there) == f"{name} is wrong about the size of {FILM}"

    def test_what_no_key_covers(self, path: Path, there: OpenStore) -> None:
        """What came of an action is not in its key; the head covers it."""
        found = members(path)
        name = f"records/{ONE.result.key}.json"
        write(path, {**found, name: found[name].replace(b'"credits":"60.5"', b'"credits":"60.6"')})
        assert refused(path, there) == "its records are not those that were written"

    @pytest.mark.parametrize("part", ["blobs/", "records/"])
    def test_something_is_missing(self, path: Path, there: OpenStore, part: str) -> None:
        """The head says how much there is."""
        write(path, _without(part)(members(path)))
        assert refused(path, there).startswith("it announces 2 blobs and 2 records, and has ")

    def test_cut_off_anywhere(self, path: Path, there: OpenStore) -> None:
        """A part of an archive gives nothing."""
        data = path.read_bytes()
        for length in range(0, len(data) - 1024, 256):
            path.write_bytes(data[:length])
            assert refused(path, there)

    @settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(data=st.data())
    def test_changed_anywhere(
        self, here: OpenStore, there: OpenStore, path: Path, data: st.DataObject
    ) -> None:
        """One wrong byte gives nothing, or changes nothing that counts: every result is as it was sent."""
        good = path.with_name("good.tar")
        if not good.exists():
            good.write_bytes(path.read_bytes())
        changed = bytearray(good.read_bytes())
        at = data.draw(st.integers(0, len(changed) - 1))
        changed[at] ^= 1 << data.draw(st.integers(0, 7))
        path.write_bytes(changed)
        with suppress(StoreError):
            take(path, there)
        sent = {one.result.key: (one.result, one.uses) for one in kept(here)}
        for one in kept(there):
            assert (one.result, one.uses) == sent[one.result.key]
        assert contents(there) <= {(FILM, b"film"), (SOUND, b"sound")}

    def test_a_size_that_is_no_size(self, path: Path, there: OpenStore) -> None:
        """Negative and huge sizes end it before anything is read."""
        for size, said in ((-1, " in it has -1 bytes"), (1 << 60, "the archive ends in the middle of ")):
            path.write_bytes(tar_header(f"blobs/{FILM}", size) + b"\0" * 1024)
            assert said in refused(path, there)
        path.write_bytes(tar_header("archive.json", MAX_RECORD_BYTES + 1) + b"\0" * 1024)
        assert refused(path, there) == f"archive.json in it has {MAX_RECORD_BYTES + 1} bytes"

    @pytest.mark.parametrize("head", [b"", b"{}", b"[" * 10_000, b'{"format":"tar"}'])
    def test_heads(self, path: Path, there: OpenStore, head: bytes) -> None:
        """It must say that it is one of ours."""
        write(path, {"archive.json": head})
        assert refused(path, there).startswith("archive.json is not that of an archive of results")

    def test_a_newer_format(self, path: Path, there: OpenStore) -> None:
        """Then another version is needed."""
        write(path, {"archive.json": write_head(0, []).replace(b'"version":1', b'"version":2')})
        assert refused(path, there) == ("the archive has format 2, and this version of runway-flow knows 1")

    def test_no_head(self, path: Path, there: OpenStore) -> None:
        """Nothing else comes first; and something must be there."""
        write(path, _without("archive.json")(members(path)))
        assert refused(path, there) == "archive.json is missing"
        path.write_bytes(b"\0" * 1024)
        assert refused(path, there) == "it is empty"

    def test_too_many_members(self, path: Path, there: OpenStore, monkeypatch: pytest.MonkeyPatch) -> None:
        """There is an end to it."""
        monkeypatch.setattr("runway_flow.store.archive.MAX_MEMBERS", 3)
        assert refused(path, there) == "the archive has more than 3 files"

    def test_a_pipe(self, path: Path, there: OpenStore) -> None:
        """What cannot be read twice is no archive."""
        assert refused(path.parent / "x" / "..", there).startswith("cannot read ")
        assert "it must be a file" in refused(_device(), there)

    def test_no_room(self, path: Path, there: OpenStore, monkeypatch: pytest.MonkeyPatch) -> None:
        """Whether the disk has room is asked before anything is taken."""
        monkeypatch.setattr("runway_flow.store.layout.StoreLayout.free_bytes", lambda _: 1000)
        with pytest.raises(StoreError) as caught:
            take(path, there)
        assert caught.value.code is codes.DISK_FULL
        assert contents(there) == set()
        assert "nothing was taken yet" in (caught.value.hint or "")

    def test_a_full_disk_meanwhile(self, path: Path, there: OpenStore) -> None:
        """What was taken is kept as bytes, no record names what is not there, and the command is repeated."""
        there.blobs.disk = FakeDisk({"sync": errno.ENOSPC})
        with pytest.raises(StoreError) as caught:
            take(path, there)
        assert caught.value.code is codes.DISK_FULL
        assert kept(there) == ()
        assert not list(there.layout.drafts.iterdir())
        there.blobs.disk = FakeDisk()
        assert take(path, there).records == 2

    def test_an_archive_that_changes_while_it_is_read(self, path: Path, there: OpenStore) -> None:
        """What was checked and what is taken are the same bytes, or nothing is taken."""
        seen: list[int] = []
        at = path.read_bytes().index(b"film")

        def change(count: int) -> None:
            seen.append(count)
            if len(seen) == 2:  # both blobs were checked
                with path.open("r+b") as file:
                    file.seek(at)
                    file.write(b"evil")

        with pytest.raises(StoreError) as caught:
            import_archive(path, there, change)
        assert f"the bytes of blobs/{FILM} changed while they were read" in caught.value.message
        assert kept(there) == ()
        assert b"evil" not in {data for _, data in contents(there)}

    def test_an_archive_that_shrinks_while_it_is_read(
        self, path: Path, here: OpenStore, there: OpenStore
    ) -> None:
        """The same holds if it becomes shorter."""
        put(here, bytes(3 << 20))
        here.state.add_results([make_kept("long", bytes(3 << 20))])
        path.unlink()
        send(here, path)

        def shrink(_: int) -> None:
            with path.open("r+b") as file:
                file.truncate(1 << 20)

        with pytest.raises(StoreError) as caught:
            import_archive(path, there, shrink)
        assert caught.value.code is codes.ARCHIVE_UNUSABLE
        assert "it became shorter while blobs/" in caught.value.message


def _device() -> Path:
    from pathlib import Path

    return Path("/dev/null")


def _changed(**fields: object) -> bytes:
    record: dict[str, Any] = json.loads(write_record(ONE))
    return json.dumps({**record, **fields}).encode()


@pytest.mark.parametrize(
    "fields",
    [
        {"task": "../../organization"},
        {"task": "a/b"},
        {"task": ""},
        {"task": 5},
        {"credits": "-1"},
        {"credits": "NaN"},
        {"credits": 1},
        {"created_at": -1},
        {"created_at": 1e300},
        {"created_at": "now"},
        {"uses": [["teaser"]]},
        {"uses": [["teaser", ""]]},
        {"outputs": [{"sha256": "../x", "kind": "video", "media_type": "video/mp4", "bytes": 1}]},
        {"outputs": [{"sha256": FILM, "kind": "program", "media_type": "video/mp4", "bytes": 1}]},
        {"outputs": [{"sha256": FILM, "kind": "video", "media_type": "video/mp4\n", "bytes": 1}]},
        {"outputs": [{"sha256": FILM, "kind": "video", "media_type": "video/mp4", "bytes": -1}]},
        {"outputs": [{"sha256": FILM + "\n", "kind": "video", "media_type": "video/mp4", "bytes": 1}]},
        {"document": []},
        {"document": {"n": 1e400}},
        {"extra": 1},
        {"tool": "x" * 201},
    ],
    ids=str,
)
def test_records_are_read_strictly(fields: dict[str, object]) -> None:
    """What could lead anywhere else, or break a reader, is refused."""
    with pytest.raises(StoreError) as caught:
        read_record(_changed(**fields), "records/x.json", ONE.result.key)  # type: ignore[arg-type] # both are digests
    assert caught.value.code is codes.ARCHIVE_UNUSABLE


@pytest.mark.parametrize("nested", [b'{"document":' + b'{"a":' * 100_000, b"\xff", b"null"])
def test_records_that_are_no_json(nested: bytes) -> None:
    """However deep or strange."""
    with pytest.raises(StoreError):
        read_record(nested, "records/x.json", ONE.result.key)  # type: ignore[arg-type] # both are digests


@given(
    st.dictionaries(st.text(max_size=5), st.none() | st.booleans() | st.integers(-99, 2**53 - 1) | st.text()),
    st.floats(0, 4e9, allow_nan=False),
    st.decimals(0, 10**6, places=3),
    st.lists(st.tuples(st.text(min_size=1, max_size=9), st.text(min_size=1, max_size=9)), max_size=3),
)  # fmt: skip
def test_records_survive(
    document: dict[str, object], at: float, cost: Decimal, uses: list[tuple[str, str]]
) -> None:
    """A record is read as it was written."""
    key = digest_bytes(canonical_json(document).encode())
    given_uses = tuple(Use(flow, step) for flow, step in uses)
    result = replace(ONE.result, key=key, document=document, created_at=at, credits=cost)
    written = write_record(KeptResult(0, result, given_uses))
    read = read_record(written, "x", key)
    assert read.result == replace(result, credits=read.result.credits)
    assert read.result.credits == cost
    assert read.uses == given_uses


def test_the_time_is_exact() -> None:
    """Also where it has a fraction."""
    one = replace(ONE, result=replace(ONE.result, created_at=NOW + 0.123456))
    assert read_record(write_record(one), "x", one.result.key).result.created_at == NOW + 0.123456  # type: ignore[arg-type]
