"""What every `BlobStore` must do; an adapter's test class inherits it and says how one is made."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import pytest

from runway_flow.kernel.codes import BLOB_CORRUPT, BLOB_MISSING, FILE_UNREADABLE, OUTPUT_UNWRITABLE
from runway_flow.kernel.digests import Digest, digest_bytes
from runway_flow.kernel.errors import StoreError

if TYPE_CHECKING:
    from pathlib import Path

    from runway_flow.engine.ports import BlobStore

ABSENT = digest_bytes(b"never written")


def keep(blobs: BlobStore, data: bytes) -> Digest:
    """Put bytes into a store."""
    draft = blobs.draft()
    draft.write(data)
    return draft.keep()


class BlobStoreSuite:
    """Each test is a rule of the port. `blobs` gives an empty store, `damage` spoils a blob in it."""

    @pytest.fixture
    def blobs(self, tmp_path: Path) -> BlobStore:
        """Make an empty store."""
        raise NotImplementedError

    def damage(self, blobs: BlobStore, digest: Digest) -> None:
        """Change a byte of a blob behind the store's back."""
        raise NotImplementedError

    def test_keep_gives_sha256(self, blobs: BlobStore) -> None:
        """A kept draft is known by the sha256 of all that was written to it."""
        draft = blobs.draft()
        draft.write(b"ab")
        draft.write(b"c")
        assert draft.keep() == hashlib.sha256(b"abc").hexdigest()

    def test_read_what_was_kept(self, blobs: BlobStore) -> None:
        """A blob reads as it was written."""
        with blobs.open(keep(blobs, b"some bytes")) as file:
            assert file.read() == b"some bytes"

    def test_empty_blob(self, blobs: BlobStore) -> None:
        """No bytes are bytes, too."""
        digest = blobs.draft().keep()
        assert blobs.has(digest)
        with blobs.open(digest) as file:
            assert file.read() == b""

    def test_has_only_what_was_kept(self, blobs: BlobStore) -> None:
        """A blob is there from `keep` on, not before."""
        draft = blobs.draft()
        draft.write(b"data")
        assert not blobs.has(digest_bytes(b"data"))
        assert blobs.has(draft.keep())
        assert not blobs.has(ABSENT)

    def test_keep_twice_is_one(self, blobs: BlobStore) -> None:
        """The same bytes again are the same blob."""
        first, second = keep(blobs, b"same"), keep(blobs, b"same")
        assert first == second
        with blobs.open(first) as file:
            assert file.read() == b"same"

    def test_draft_can_be_read(self, blobs: BlobStore) -> None:
        """What was written so far can be read from the start, and more be written after that."""
        draft = blobs.draft()
        draft.write(b"head")
        with draft.open() as file:
            assert file.read() == b"head"
        draft.write(b"tail")
        assert draft.keep() == digest_bytes(b"headtail")

    def test_discard_forgets(self, blobs: BlobStore) -> None:
        """A discarded draft leaves nothing, and can be discarded again."""
        draft = blobs.draft()
        draft.write(b"data")
        draft.discard()
        draft.discard()
        assert not blobs.has(digest_bytes(b"data"))

    def test_discard_after_keep_changes_nothing(self, blobs: BlobStore) -> None:
        """Discarding after `keep` is no error and takes nothing away."""
        draft = blobs.draft()
        draft.write(b"data")
        digest = draft.keep()
        draft.discard()
        assert blobs.has(digest)

    def test_open_missing(self, blobs: BlobStore) -> None:
        """Reading what is not here says so, with the digest."""
        with pytest.raises(StoreError, match=ABSENT) as caught:
            blobs.open(ABSENT)
        assert caught.value.code is BLOB_MISSING

    def test_put_file(self, blobs: BlobStore, tmp_path: Path) -> None:
        """A file is copied and stays as it was."""
        path = tmp_path / "source"
        path.write_bytes(b"content")
        digest = blobs.put_file(path, digest_bytes(b"content"))
        path.write_bytes(b"changed")
        with blobs.open(digest) as file:
            assert file.read() == b"content"

    def test_put_file_unexpected(self, blobs: BlobStore, tmp_path: Path) -> None:
        """A file that is not what was expected is refused, and nothing of it is kept."""
        path = tmp_path / "source"
        path.write_bytes(b"other")
        with pytest.raises(StoreError) as caught:
            blobs.put_file(path, digest_bytes(b"content"))
        assert caught.value.code is FILE_UNREADABLE
        assert not blobs.has(digest_bytes(b"other"))

    @pytest.mark.parametrize("name", ["missing", "."])
    def test_put_file_unreadable(self, blobs: BlobStore, tmp_path: Path, name: str) -> None:
        """A file that is missing, or is a folder, is named."""
        with pytest.raises(StoreError, match="cannot read") as caught:
            blobs.put_file(tmp_path / name)
        assert caught.value.code is FILE_UNREADABLE

    def test_materialise(self, blobs: BlobStore, tmp_path: Path) -> None:
        """A blob becomes a file that can be written without touching the blob."""
        digest, target = keep(blobs, b"data"), tmp_path / "film.mp4"
        blobs.materialise(digest, target)
        assert target.read_bytes() == b"data"
        target.write_bytes(b"edited")
        with blobs.open(digest) as file:
            assert file.read() == b"data"

    def test_materialise_replaces(self, blobs: BlobStore, tmp_path: Path) -> None:
        """A file that is there is replaced, and nothing else is left in the folder."""
        folder = tmp_path / "out"
        folder.mkdir()
        (folder / "film").write_bytes(b"old")
        blobs.materialise(keep(blobs, b"new"), folder / "film")
        assert [(path.name, path.read_bytes()) for path in folder.iterdir()] == [("film", b"new")]

    def test_materialise_missing(self, blobs: BlobStore, tmp_path: Path) -> None:
        """What is not here cannot be materialised, and no file appears."""
        with pytest.raises(StoreError) as caught:
            blobs.materialise(ABSENT, tmp_path / "film")
        assert caught.value.code is BLOB_MISSING
        assert not (tmp_path / "film").exists()

    def test_materialise_unwritable(self, blobs: BlobStore, tmp_path: Path) -> None:
        """A target that cannot be written is named."""
        with pytest.raises(StoreError, match="film") as caught:
            blobs.materialise(keep(blobs, b"data"), tmp_path / "no folder" / "film")
        assert caught.value.code is OUTPUT_UNWRITABLE

    def test_wrong_bytes_never_leave(self, blobs: BlobStore, tmp_path: Path) -> None:
        """Damaged bytes do not leave: an error names the blob, the target stays, the blob is gone."""
        digest, target = keep(blobs, b"precious"), tmp_path / "film"
        target.write_bytes(b"old")
        self.damage(blobs, digest)
        with pytest.raises(StoreError, match=digest) as caught:
            blobs.materialise(digest, target)
        assert caught.value.code is BLOB_CORRUPT
        assert target.read_bytes() == b"old"
        assert not blobs.has(digest)

    def test_heal_after_damage(self, blobs: BlobStore, tmp_path: Path) -> None:
        """After damage was found, the right bytes can be kept again."""
        digest = keep(blobs, b"precious")
        self.damage(blobs, digest)
        with pytest.raises(StoreError):
            blobs.materialise(digest, tmp_path / "film")
        keep(blobs, b"precious")
        blobs.materialise(digest, tmp_path / "film")
        assert (tmp_path / "film").read_bytes() == b"precious"
