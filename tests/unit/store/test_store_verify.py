"""Everything in the store is read; what is damaged is put aside."""

from __future__ import annotations

import json
import sqlite3
from typing import TYPE_CHECKING

import pytest

from runway_flow.engine.inventory import MissingBlob, Use
from runway_flow.kernel import codes
from runway_flow.kernel.digests import digest_bytes
from runway_flow.kernel.errors import StoreError
from runway_flow.store.opening import open_store
from runway_flow.store.verify import Checked, verify
from tests.fakes.records import make_kept

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from runway_flow.engine.inventory import Verification
    from runway_flow.kernel.digests import Digest
    from runway_flow.store.opening import OpenStore

FILM = b"film" * 1000
WRONG_KEY = "its key is not that of its document"


@pytest.fixture
def store(tmp_path: Path) -> Iterator[OpenStore]:
    """Make a store with one result."""
    with open_store(tmp_path / "store", create=True) as store:
        put(store, FILM)
        store.state.add_results([make_kept("clip", FILM)])
        yield store


def put(store: OpenStore, data: bytes) -> Digest:
    """Keep a blob."""
    draft = store.blobs.draft()
    draft.write(data)
    return draft.keep()


def look(store: OpenStore) -> Verification:
    """Verify without showing anything."""
    return verify(store, lambda _: None)


def change(store: OpenStore, sql: str, *values: object) -> None:
    """Change the database behind the program's back."""
    connection = sqlite3.connect(store.layout.state)
    with connection:
        connection.execute(sql, values)
    connection.close()


def test_a_sound_store(store: OpenStore) -> None:
    """Nothing is wrong, and the reading is told from beginning to end."""
    seen: list[Checked] = []
    found = verify(store, seen.append)
    assert (found.damaged, found.missing) == ((), ())
    assert (found.blobs, found.bytes, found.records, found.attempts) == (1, len(FILM), 1, 0)
    assert seen == [Checked(0, 1, len(FILM), len(FILM)), Checked(1, 1, len(FILM), len(FILM))]


@pytest.mark.parametrize("how", ["flipped", "shorter", "longer", "empty", "swapped"])
def test_damaged_bytes(store: OpenStore, how: str) -> None:
    """Bytes that are not those of their name are found, however they changed, and never served again."""
    digest, other = digest_bytes(FILM), put(store, b"other")
    path = store.blobs.path_of(digest)
    path.chmod(0o600)
    changed = {
        "flipped": FILM[:-1] + b"!",
        "shorter": FILM[:-1],
        "longer": FILM + b"!",
        "empty": b"",
        "swapped": b"other",
    }[how]
    path.write_bytes(changed)
    found = look(store)
    (damage,) = found.damaged
    assert (damage.what, damage.name) == ("blob", digest)
    assert damage.aside is not None
    (aside,) = store.layout.quarantine.iterdir()
    assert aside.read_bytes() == changed
    assert not store.blobs.has(digest)
    assert store.blobs.has(other)
    (missing,) = found.missing
    assert missing == MissingBlob(digest, (make_kept("clip", FILM).result.key,), (Use("teaser", "clip"),))


def test_every_single_byte(store: OpenStore) -> None:
    """One wrong bit anywhere is enough."""
    digest = digest_bytes(FILM)
    for at in range(0, len(FILM), 97):
        path = store.blobs.path_of(digest)
        path.chmod(0o600)
        path.write_bytes(FILM[:at] + bytes([FILM[at] ^ 1]) + FILM[at + 1 :])
        assert [one.name for one in look(store).damaged] == [digest]
        put(store, FILM)


def test_missing_bytes_are_no_damage(store: OpenStore) -> None:
    """A record without its bytes is a normal state, and is listed."""
    store.blobs.path_of(digest_bytes(FILM)).unlink()
    found = look(store)
    assert found.damaged == ()
    assert [one.digest for one in found.missing] == [digest_bytes(FILM)]


@pytest.mark.parametrize(
    ("change_to", "problem"),
    [
        ("document = replace(document, 'clip', 'clap')", WRONG_KEY),
        ("document = '{'", WRONG_KEY),
        ("document = '[]'", WRONG_KEY),
        ("document = '{\"a\": NaN}'", WRONG_KEY),
        ("outputs = '{'", "its outputs cannot be read"),
        ("outputs = '[{}]'", "its outputs cannot be read"),
        ("outputs = replace(outputs, 'sha256\":\"', 'sha256\":\"../')", "its outputs have no digests"),
        ("credits = 'many'", "its credits are no number"),
    ],
)
def test_damaged_records(store: OpenStore, change_to: str, problem: str) -> None:
    """A record that is not as it was written is kept aside whole, and is not used any more."""
    change(store, f"UPDATE result SET {change_to}")  # noqa: S608 - our own text
    (damage,) = look(store).damaged
    assert (damage.what, damage.problem) == ("record", problem)
    (aside,) = store.layout.quarantine.iterdir()
    assert damage.aside == str(aside)
    record = json.loads(aside.read_text(encoding="utf-8"))
    assert record["key"] == make_kept("clip", FILM).result.key
    assert record["uses"] == [["teaser", "clip"]]
    again = look(store)
    assert (again.damaged, again.records) == ((), 0)


def test_a_record_stays_until_it_is_kept_aside(store: OpenStore) -> None:
    """If the quarantine cannot be written, the record stays where it is."""
    change(store, "UPDATE result SET credits = 'many'")
    store.layout.quarantine.rmdir()
    with pytest.raises(StoreError) as caught:
        look(store)
    assert caught.value.code is codes.STORE_UNUSABLE
    assert store.state.count_records() == (1, 0)


def test_strays(store: OpenStore) -> None:
    """What is no blob is told, and left alone."""
    blobs = store.layout.blobs
    (blobs / "notes.txt").write_text("mine")
    (blobs / "zz").mkdir()
    pair = next(path for path in blobs.iterdir() if len(path.name) == 2 and path.name != "zz")
    (pair / ("0" * 64)).write_text("in the wrong folder")
    (pair / f"{pair.name}{'1' * 62}").symlink_to("/etc/passwd")
    found = look(store)
    assert {(one.what, one.aside) for one in found.damaged} == {("stray", None)}
    assert len(found.damaged) == 4
    assert found.blobs == 1


def test_bytes_that_cannot_be_read(store: OpenStore, monkeypatch: pytest.MonkeyPatch) -> None:
    """An input or output error is damage of that blob, not the end."""

    def fail(*_: object) -> Digest:
        raise OSError(5, "Input/output error")

    monkeypatch.setattr("runway_flow.store.verify.digest_file", fail)
    (damage,) = look(store).damaged
    assert damage.problem == "it cannot be read: Input/output error"


def test_a_blob_that_went_meanwhile(store: OpenStore, monkeypatch: pytest.MonkeyPatch) -> None:
    """Another process may have found it damaged, and put it aside."""

    def go(path: Path, _: object) -> Digest:
        path.unlink()
        raise FileNotFoundError

    monkeypatch.setattr("runway_flow.store.verify.digest_file", go)
    assert look(store).damaged == ()


def test_a_folder_that_cannot_be_listed(store: OpenStore, monkeypatch: pytest.MonkeyPatch) -> None:
    """Then nothing can be said about the store."""

    def fail(_: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("os.scandir", fail)
    with pytest.raises(StoreError) as caught:
        look(store)
    assert caught.value.code is codes.STORE_UNUSABLE


def test_damage_of_the_database(store: OpenStore, monkeypatch: pytest.MonkeyPatch) -> None:
    """SQLite's own check is part of it."""
    read_all = store.state._database.read_all

    def answer(sql: str, *values: object) -> list[tuple[object, ...]]:
        return [("row 1 missing from index",)] if "integrity" in sql else read_all(sql, *values)  # type: ignore[arg-type]

    monkeypatch.setattr(store.state._database, "read_all", answer)
    (damage,) = look(store).damaged
    assert (damage.what, damage.problem) == ("database", "row 1 missing from index")
