"""What the emulator keeps, and for how long."""

from __future__ import annotations

import io
import os
import sqlite3
from typing import TYPE_CHECKING

import pytest
from PIL import Image

from runway_flow.catalog.loader import load_catalog
from runway_flow.emulator.answers import RequestDeclined
from runway_flow.emulator.contents import ContentFolder
from runway_flow.emulator.emulation import Emulation
from runway_flow.emulator.options import DAY_S, EmulatorOptions
from runway_flow.emulator.records import Content, TaskRecord, Upload
from runway_flow.emulator.selection import rows_by_path
from runway_flow.emulator.state import KEEP_S, State, until_free
from runway_flow.emulator.tasks import Life
from runway_flow.kernel.digests import digest_bytes
from runway_flow.kernel.errors import StoreError
from tests.fakes.clock import FakeClock

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from runway_flow.emulator.readings import Input

NOW = 1_000_000.0


def png() -> bytes:
    """Give a small picture."""
    out = io.BytesIO()
    Image.new("RGB", (40, 30), "navy").save(out, "PNG")
    return out.getvalue()


def task(id_: str, created: float = NOW) -> TaskRecord:
    """Give a task."""
    return TaskRecord(
        id=id_,
        endpoint="text_to_image",
        variant="gen4_image",
        pool="gen4_image",
        request="{}",
        digest=digest_bytes(b"x"),
        estimate=5.0,
        cost=5,
        created_at=created,
        life=Life(created, created, 8.0),
        failure_code="INTERNAL",
    )


def test_records_come_back_as_they_were(tmp_path: Path) -> None:
    """Task, upload and content survive the process."""
    path = tmp_path / "emulator.db"
    first = State(path, NOW)
    content = Content(*first.contents.put(png()))
    upload = Upload("u", "a.png", NOW + DAY_S)
    first.add_task(task("a"))
    first.add_upload(upload)
    first.fill_upload("u", content)
    first.close()
    second = State(path, NOW)
    assert second.tasks() == (task("a"),)
    assert second.find_upload("u") == Upload("u", "a.png", NOW + DAY_S, content.digest)
    assert second.find_content(content.digest) == content
    assert second.secret == first.secret
    second.close()


def test_what_is_old_is_forgotten(tmp_path: Path) -> None:
    """After 30 days tasks, uploads and bytes go when the state is opened."""
    path = tmp_path / "emulator.db"
    first = State(path, NOW)
    old, _ = first.contents.put(b"old")
    new, _ = first.contents.put(b"new")
    os.utime(first.contents.path(old), (NOW, NOW))
    os.utime(first.contents.path(new), (NOW + DAY_S, NOW + DAY_S))
    first.add_task(task("old"))
    first.add_task(task("new", NOW + DAY_S))
    first.add_upload(Upload("u", "a.png", NOW))
    first.close()
    second = State(path, NOW + KEEP_S + 1)
    assert [record.id for record in second.tasks()] == ["new"]
    assert second.find_upload("u") is None
    assert (second.contents.read(old), second.contents.read(new)) == (None, b"new")
    second.close()


def test_a_removal_is_all_or_nothing() -> None:
    """If the waiting tasks cannot be moved up, the removal did not happen."""
    state = State(None, NOW)
    state.add_task(task("a"))
    with pytest.raises(AttributeError):
        state.remove(task("a"), {"b": None})  # type: ignore[dict-item] # what must not happen
    assert state.find_task("a") is not None
    state.remove(task("a"), {})
    assert state.find_task("a") is None
    state.close()


def test_a_state_in_memory_leaves_nothing() -> None:
    """Without a path the bytes of uploads stand in a folder that goes with the state."""
    state = State(None, NOW)
    state.contents.put(b"x")
    folder = state.contents.folder
    assert list(folder.iterdir())
    state.close()
    assert not folder.exists()


def test_a_folder_that_cannot_be_made_is_an_error(tmp_path: Path) -> None:
    """A file where the state's folder should be is told at the start."""
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(StoreError, match="state"):
        State(tmp_path / "file" / "emulator.db", NOW)


def test_a_broken_state_closes_the_ledger(tmp_path: Path) -> None:
    """An account that cannot be opened leaves no file open."""
    (tmp_path / "file").write_bytes(b"")
    options = EmulatorOptions(
        state_path=tmp_path / "file" / "emulator.db", ledger_path=tmp_path / "ledger.ndjson"
    )
    with pytest.raises(StoreError):
        Emulation(options, FakeClock(), load_catalog())


@pytest.mark.parametrize("by_stream", [True, False])
def test_equal_bytes_are_one_file(tmp_path: Path, by_stream: bool) -> None:  # noqa: FBT001 - both ways in
    """The same content is kept once, however it comes, and says what it is."""
    folder = ContentFolder(tmp_path / "contents")

    def put() -> tuple[str, object]:
        return folder.put_stream(io.BytesIO(png())) if by_stream else folder.put(png())

    assert put() == put()
    digest, facts = put()
    assert [path.name for path in folder.folder.iterdir()] == [digest]
    assert facts is not None


@pytest.fixture
def account() -> Iterator[tuple[Emulation, FakeClock]]:
    """Give an account and its clock."""
    clock = FakeClock()
    emulation = Emulation(EmulatorOptions(), clock, load_catalog())
    yield emulation, clock
    emulation.close()


def create(emulation: Emulation, **more: object) -> TaskRecord:
    """Create a still."""
    body = {"model": "gen4_image", "promptText": "a lamp", "ratio": "1280:720"} | more
    return emulation.create(rows_by_path(emulation.catalog)["/v1/text_to_image"], body)


async def test_only_a_finished_task_has_results(account: tuple[Emulation, FakeClock]) -> None:
    """There is nothing to fetch before the end, nor more than was made."""
    emulation, clock = account
    record = create(emulation)
    assert await emulation.result(record, 0) is None
    clock.time += 8.0
    assert await emulation.result(record, 1) is None
    found = await emulation.result(record, 0)
    assert found is not None
    assert found[1] == "image/png"


def uploaded(emulation: Emulation) -> Input:
    """Upload a picture; give it as an input."""
    upload, _ = emulation.uploads.announce({"filename": "a.png", "type": "ephemeral"})
    emulation.state.fill_upload(upload.id, Content(*emulation.state.contents.put(png())))
    return emulation.uploads.read(emulation.uploads.uri(upload))


async def test_an_input_that_is_gone_is_left_out(account: tuple[Emulation, FakeClock]) -> None:
    """A result whose input was pruned since is made without it."""
    emulation, clock = account
    found = uploaded(emulation)
    assert found.digest is not None
    uri = f"runway://emulated/{_only_upload(emulation)}"
    record = create(emulation, referenceImages=[{"uri": uri}])
    clock.time += 8.0
    emulation.state.contents.path(found.digest).unlink()
    assert await emulation.result(record, 0) is not None
    _forget_contents(emulation)
    assert len(emulation.links(record)) == 1
    with pytest.raises(RequestDeclined) as caught:
        create(emulation, referenceImages=[{"uri": uri}])
    assert "upload is gone" in caught.value.issues[0].message


def _only_upload(emulation: Emulation) -> str:
    return str(emulation.state._base.execute("SELECT id FROM uploads").fetchone()[0])


def _forget_contents(emulation: Emulation) -> None:
    emulation.state._base.execute("DELETE FROM contents")


def test_an_upload_is_measured_before_it_is_kept(account: tuple[Emulation, FakeClock]) -> None:
    """More than 200 MB are refused whatever the headers said."""
    emulation, _ = account
    upload, fields = emulation.uploads.announce({"filename": "a.png", "type": "ephemeral"})
    with pytest.raises(RequestDeclined) as caught:
        emulation.uploads.check_delivery(upload.id, fields["policy"], 200 * 1024 * 1024 + 1)
    assert caught.value.status == 413


def test_removing_twice_refunds_once(account: tuple[Emulation, FakeClock]) -> None:
    """A task whose end was seen is settled; removing it changes no balance."""
    emulation, clock = account
    record = create(emulation)
    clock.time += 8.0
    emulation.moment(record)
    before = emulation.account.balance(clock.time)
    settled = emulation.state.find_task(record.id)
    assert settled is not None
    emulation.remove(settled)
    assert emulation.account.balance(clock.time) == before


class Locked:
    """Work that fails so many times because the database is locked."""

    def __init__(self, times: int, code: int = sqlite3.SQLITE_BUSY) -> None:
        self.times = times
        self.code = code
        self.tries = 0

    def __call__(self) -> None:
        """Try. Raises `sqlite3.OperationalError`."""
        self.tries += 1
        if self.tries <= self.times:
            error = sqlite3.OperationalError("database is locked")
            error.sqlite_errorcode = self.code
            raise error


def test_a_state_that_others_are_making_is_waited_for() -> None:
    """Several processes make one state at once: who finds it locked tries again."""
    work, waits = Locked(3), list[float]()
    until_free(work, waits.append)
    assert work.tries == 4
    assert waits == sorted(waits)
    assert len(waits) == 3


@pytest.mark.parametrize(("work", "tries"), [(Locked(99), 9), (Locked(99, sqlite3.SQLITE_CANTOPEN), 1)])
def test_a_state_that_stays_locked_is_not_waited_for_for_ever(work: Locked, tries: int) -> None:
    """After some seconds, or for another failure at once, the error is the caller's."""
    with pytest.raises(sqlite3.OperationalError):
        until_free(work, lambda _: None)
    assert work.tries == tries
