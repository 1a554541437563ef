"""Owners of leases: alive for as long as their process works on the store, dead however it ended."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from runway_flow.engine.records import Owner
from runway_flow.kernel import codes
from runway_flow.kernel.errors import StoreError
from runway_flow.store.layout import StoreLayout
from runway_flow.store.locking import file_lock
from runway_flow.store.presence import is_present, presence, present_processes, sole_use

if TYPE_CHECKING:
    from contextlib import AbstractContextManager
    from pathlib import Path

STAY = """
import sys
from pathlib import Path
from runway_flow.store.layout import StoreLayout
from runway_flow.store.presence import presence
with presence(StoreLayout(Path(sys.argv[1])), 0.0) as owner:
    print(owner.token, flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def layout(tmp_path: Path) -> StoreLayout:
    """Make an empty store."""
    layout = StoreLayout(tmp_path / "store")
    layout.create()
    return layout


def test_an_owner_is_present_until_it_leaves(layout: StoreLayout) -> None:
    """Also for its own process; and it leaves no file."""
    with presence(layout, 7.0) as owner:
        assert owner.pid == os.getpid()
        assert is_present(layout, owner)
    assert not is_present(layout, owner)
    assert not list(layout.owners.iterdir())


def test_two_owners_do_not_disturb_each_other(layout: StoreLayout) -> None:
    """Who comes does not take who is there for dead."""
    with presence(layout, 0.0) as first:
        with presence(layout, 0.0) as second:
            assert is_present(layout, first)
            assert is_present(layout, second)
        assert is_present(layout, first)
        assert not is_present(layout, second)


def test_an_owner_with_our_process_id_is_another(layout: StoreLayout) -> None:
    """In containers every process may have the same id."""
    with presence(layout, 0.0) as owner:
        assert not is_present(layout, Owner(owner.pid, owner.started, "0" * 32))


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="needs kill -9")
def test_a_killed_process_is_gone_even_as_a_zombie(layout: StoreLayout) -> None:
    """Nobody has to wait for it; the next owner removes what it left."""
    process = subprocess.Popen(
        [sys.executable, "-c", STAY, str(layout.root)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    with process:
        assert process.stdout is not None
        owner = Owner(process.pid, "", process.stdout.readline().strip())
        assert is_present(layout, owner)
        process.kill()
        os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)  # it has ended, and is not waited for
        assert not is_present(layout, owner)
        with presence(layout, 0.0):
            assert len(list(layout.owners.iterdir())) == 1


def test_a_folder_that_takes_no_file_is_named(layout: StoreLayout) -> None:
    """An owner that nobody could see is none."""
    layout.owners.rmdir()
    with pytest.raises(StoreError) as caught, presence(layout, 0.0):
        pass
    assert caught.value.code is codes.STORE_UNUSABLE


def test_nobody_is_alone_while_others_are_present(layout: StoreLayout) -> None:
    """Who wants the store for itself is told who uses it, and what for."""
    with presence(layout, 0.0) as owner:
        assert present_processes(layout) == (owner.pid,)
        with pytest.raises(StoreError) as caught, sole_use(layout, {owner.pid: "clip of teaser", 1: "else"}):
            pass
    assert caught.value.code is codes.STORE_BUSY
    assert caught.value.message == f"the store is in use by process {owner.pid}"
    assert caught.value.notes == (f"process {owner.pid} works on clip of teaser",)
    assert present_processes(layout) == ()


def test_who_comes_waits_for_who_is_alone(layout: StoreLayout, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody looks into the store while bytes are removed."""
    monkeypatch.setattr("runway_flow.store.presence.file_lock", _impatient)
    with sole_use(layout, {}):
        with pytest.raises(StoreError) as caught, presence(layout, 0.0):
            pass
        assert caught.value.code is codes.STORE_BUSY
    with (
        presence(layout, 0.0),
        presence(layout, 0.0),
        pytest.raises(StoreError) as caught,
        sole_use(layout, {}),
    ):
        pass
    assert f"processes {os.getpid()}, {os.getpid()}" in caught.value.message


def _impatient(path: Path) -> AbstractContextManager[None]:
    return file_lock(path, wait_s=0.02, pause=lambda _: None)


def test_the_dead_are_no_users(layout: StoreLayout) -> None:
    """What a killed process left does not keep anybody from being alone."""
    (layout.owners / "4711-00.lock").write_bytes(b"")
    with sole_use(layout, {}):
        assert not list(layout.owners.iterdir())
