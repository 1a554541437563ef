"""Disks that are full, read-only or closed to us: named failures, nothing lost, the next run completes."""

from __future__ import annotations

import asyncio
import os
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
import pytest_asyncio

from tests.fakes.faulty_runway import FaultyRunway
from tests.fakes.http_server import FakeServer
from tests.fakes.runway_api import png
from tests.fakes.watched_program import Programs, until
from tests.fakes.whole_runs import STILL

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator
    from pathlib import Path

    from tests.fakes.http_server import Reply, Seen
    from tests.fakes.workspace import Finished

MIB = 1024 * 1024
RUN = ("run", "flow.yaml", "--json", "--speed", "1000")


@pytest_asyncio.fixture
async def api() -> AsyncIterator[FaultyRunway]:
    """Give an API whose results have 4 MB."""
    async with FakeServer() as server:
        yield FaultyRunway(server, media=lambda task: png(task.encode(), 4 * MIB))


@pytest.fixture
def programs(api: FaultyRunway, tmp_path: Path) -> Programs:
    """Give programs in a folder with a small flow."""
    (tmp_path / "flow.yaml").write_text(STILL, encoding="utf-8")
    return Programs(tmp_path, api.server.url)


@pytest.fixture
def mount() -> Iterator[Callable[[Path, str], None]]:
    """Give what mounts a file system in memory at a folder, with options; again to change them."""
    if sys.platform != "linux" or os.geteuid() != 0:
        pytest.skip("only root may mount, and only Linux has tmpfs")
    mounted: list[Path] = []

    def call(folder: Path, options: str) -> None:
        is_there = folder in mounted
        words = ["mount", "-t", "tmpfs", "-o", f"remount,{options}" if is_there else options, "tmpfs"]
        folder.mkdir(mode=0o700, exist_ok=True)
        done = subprocess.run([*words, str(folder)], check=False, capture_output=True)
        if done.returncode != 0 and not is_there:
            pytest.skip(f"this machine mounts nothing: {done.stderr!r}")
        assert done.returncode == 0, done.stderr
        if not is_there:
            mounted.append(folder)

    yield call
    for folder in mounted:
        subprocess.run(["umount", "-l", str(folder)], check=True)


def check_refused(ended: Finished, code: str) -> None:
    """Check that a run ended with exit 4 and a code, and without a traceback."""
    assert ended.code == 4, ended.err
    assert f"[{code}]" in ended.err
    assert "Traceback" not in ended.err
    assert "RF901" not in ended.err
    assert ended.documents()[-1]["type"] == "summary"


async def check_completes(api: FaultyRunway, programs: Programs, *arguments: str) -> None:
    """Check that the same command completes, and that one task was paid in all."""
    ended = await programs.run(*RUN, *arguments)
    assert ended.code == 0, ended.err
    assert api.posts == len(api.made) == 1
    out = programs.folder / "out" / "faults" / "still.png"
    assert out.read_bytes() == png(next(iter(api.made)).encode(), 4 * MIB)
    assert not list((programs.folder / "store" / "drafts").iterdir())


async def test_a_disk_that_fills_during_a_download_loses_no_task(
    api: FaultyRunway, programs: Programs, mount: Callable[[Path, str], None]
) -> None:
    """The task was journaled: exit 4 names the disk, and with more room the result is fetched for nothing."""
    store = programs.folder / "store"
    mount(store, "size=3m,mode=700")
    ended = await programs.run(*RUN)
    check_refused(ended, "RF702")
    assert len(api.made) == 1
    assert not list((store / "drafts").iterdir())
    check_refused(await programs.run(*RUN), "RF702")
    mount(store, "size=64m")
    await check_completes(api, programs)


async def test_a_full_disk_is_found_before_anything_is_paid(
    api: FaultyRunway, programs: Programs, mount: Callable[[Path, str], None]
) -> None:
    """Where not even the intent can be written nothing is submitted."""
    store = programs.folder / "store"
    mount(store, "size=300k,mode=700")
    with (store / "filler").open("wb", buffering=0) as file:
        _fill(file.fileno())
    check_refused(await programs.run(*RUN), "RF702")
    assert api.posts == 0
    (store / "filler").unlink()
    mount(store, "size=64m")
    await check_completes(api, programs)


async def test_a_disk_that_is_full_when_a_task_is_made_still_takes_its_id(
    api: FaultyRunway, programs: Programs, mount: Callable[[Path, str], None]
) -> None:
    """Space is set aside for the journal: the id of a paid task is written down on a full disk."""
    store = programs.folder / "store"
    mount(store, "size=8m,mode=700")

    def fill_and_create(seen: Seen) -> Reply:
        with (store / "filler").open("ab", buffering=0) as file:
            _fill(file.fileno())
        return api.create(seen)

    api.server.on("POST", "/v1/text_to_image", fill_and_create)
    check_refused(await programs.run(*RUN), "RF702")
    assert not (store / "reserve").exists()
    (store / "filler").unlink()
    mount(store, "size=64m")
    await check_completes(api, programs)


def _fill(descriptor: int) -> None:
    try:
        for size in (65536, 4096, 512, 1):
            while True:
                try:
                    os.write(descriptor, b"\0" * size)
                except OSError:
                    break
    finally:
        os.fsync(descriptor)


async def test_a_read_only_store_is_refused_before_anything(
    api: FaultyRunway, programs: Programs, mount: Callable[[Path, str], None]
) -> None:
    """Exit 4 names the store; `plan` still works; writable again, the run completes."""
    store = programs.folder / "store"
    mount(store, "size=64m,mode=700")
    mount(store, "ro")
    check_refused(await programs.run(*RUN), "RF703")
    planned = await programs.run("plan", "flow.yaml")
    assert planned.code == 0, planned.err
    assert api.posts == 0
    mount(store, "rw")
    await check_completes(api, programs)


@pytest.mark.parametrize("how", ["a file", "full", "read-only"])
async def test_an_output_folder_that_cannot_be_written_loses_nothing(
    api: FaultyRunway, programs: Programs, how: str, request: pytest.FixtureRequest
) -> None:
    """Exit 4 names the folder before anything is paid, or what was made is kept; the next run writes it."""
    out = programs.folder / "out"
    if how == "a file":
        out.write_bytes(b"mine")
    else:
        call = request.getfixturevalue("mount")
        call(out, "size=64k")
        if how == "read-only":
            call(out, "ro")
    ended = await programs.run(*RUN)
    check_refused(ended, "RF702" if how == "full" else "RF704")
    summary = ended.summary()
    paid = 1 if how == "full" else 0
    assert (summary["ran"], summary["failed"], summary["exit"], api.posts) == (paid, 0, 4, paid)
    if how == "a file":
        assert out.read_bytes() == b"mine"
        out.unlink()
    else:
        assert not [path for path in out.rglob("*") if path.name.endswith(".part")]
        call(out, "rw,size=64m")
    await check_completes(api, programs)


async def test_a_store_that_is_somebody_elses_folder_is_refused(
    api: FaultyRunway, programs: Programs
) -> None:
    """A store below a file, or one that others may write, is named, and nothing is submitted."""
    (programs.folder / "file").write_text("x")
    check_refused(await programs.run(*RUN, "--store", "file/store"), "RF703")
    shared = programs.folder / "shared"
    shared.mkdir()
    shared.chmod(0o777)
    check_refused(await programs.run(*RUN, "--store", "shared"), "RF703")
    assert api.posts == 0


async def test_records_that_are_damaged_pay_nothing(api: FaultyRunway, programs: Programs) -> None:
    """A database that cannot be read ends every command with its name: nobody knows what was paid."""
    await check_completes(api, programs)
    state = programs.folder / "store" / "state.db"
    saved = programs.folder / "saved.db"
    shutil.copy(state, saved)
    state.write_bytes(b"no database at all" * 500)
    check_refused(await programs.run(*RUN), "RF703")
    assert api.posts == 1
    shutil.copy(saved, state)
    await check_completes(api, programs)


DEAF = """
import sys
from runway_flow.cli.main import main
from runway_flow.kernel.errors import StoreError
from runway_flow.store.state import SqliteStateStore
def refuse(*_):
    raise StoreError("the store's database cannot be used: disk I/O error")
SqliteStateStore.mark_submitted = refuse
sys.exit(main())
"""
THREE = (
    STILL.replace("    with:", "    foreach: {look: [dawn, noon, dusk]}\n    with:")
    .replace("A lamp on a rock", "A lamp at ${{ look }}")
    .replace("steps.still.output", "steps.still.outputs")
)


@pytest.mark.parametrize("flags", [(), ("--json",), ("-q",)])
async def test_an_id_that_cannot_be_written_down_is_told(
    api: FaultyRunway, programs: Programs, flags: tuple[str, ...]
) -> None:
    """Where a disk dies under a POST, stderr is the last place for the id of the paid task."""
    (programs.folder / "flow.yaml").write_text(THREE, encoding="utf-8")
    answered = asyncio.Event()
    api.late = answered
    async with programs.start("run", "flow.yaml", "--speed", "1000", *flags, script=DEAF) as program:
        await until(lambda: api.posts == 3)
        answered.set()
        ended = await program.end()
    assert ended.code == 4
    assert "RF703" in ended.err
    assert len(api.made) == 3
    for task in api.made:
        assert f"task {task}" in ended.err
    again = await programs.run(*RUN)
    assert (again.code, api.posts) == (9, 3), again.err
