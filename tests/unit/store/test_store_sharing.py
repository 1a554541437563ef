"""One store, many processes and threads."""

from __future__ import annotations

import subprocess
import sys
import threading
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest

from runway_flow.store.layout import StoreLayout
from runway_flow.store.state import SqliteStateStore
from tests.fakes.records import intend, make_intent

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def layout(tmp_path: Path) -> StoreLayout:
    """Make the folders of a store."""
    layout = StoreLayout(tmp_path / "store")
    layout.create()
    return layout


OPENER = """
import sys
from pathlib import Path
from decimal import Decimal
from runway_flow.store.opening import open_store
from tests.fakes.records import make_intent
from runway_flow.engine.records import Owner, RunRecord
root, name = Path(sys.argv[1]), sys.argv[2]
sys.stdin.readline()
with open_store(root, create=True) as store:
    limits = (("run:r1", Decimal(180)),)
    store.state.begin_run(RunRecord(name, "identity", "flow", "path", "runway", 1.0))
    leased = store.state.acquire_lease("k", Owner(1, "s", name), 1.0, lambda _: True)
    paid = store.state.intend(make_intent(name, name), limits, may_be_unknown=False)
    print(int(leased), int(paid))
"""


def test_many_processes_open_at_once(tmp_path: Path) -> None:
    """Processes that make one store at the same moment all succeed: one run, one lease, one budget."""
    starting = [
        subprocess.Popen(
            [sys.executable, "-c", OPENER, str(tmp_path / "store"), f"p{number}"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for number in range(6)
    ]
    for process in starting:
        assert process.stdin is not None
        process.stdin.write("go\n")
        process.stdin.flush()
    answers = [process.communicate(timeout=60)[0].split() for process in starting]
    assert [process.returncode for process in starting] == [0] * 6
    assert sum(int(leased) for leased, _ in answers) == 1
    assert sum(int(paid) for _, paid in answers) == 3
    state = SqliteStateStore.create(StoreLayout(tmp_path / "store"), lambda _: True)
    assert len(state.list_runs(10)) == 1
    assert state.spent("r1") == Decimal(180)
    state.close()


def test_threads_share_one_budget(layout: StoreLayout) -> None:
    """Threads that reserve at the same moment never pass a limit together."""
    state = SqliteStateStore.create(layout, lambda _: True)
    barrier = threading.Barrier(2)
    won: list[bool] = []

    def reserve(thread: int) -> None:
        barrier.wait()
        for number in range(20):
            name = f"{thread}-{number}"
            won.append(intend(state, make_intent(name, name, high="10"), ("run:r1", 250)))

    threads = [threading.Thread(target=reserve, args=(one,)) for one in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert won.count(True) == 25
    assert state.spent("r1") == Decimal(250)
    state.close()
