"""The life of emulated tasks, as pure functions."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from runway_flow.emulator.endings import Ending, ending_of, usual_seconds
from runway_flow.emulator.tasks import Life, Moment, moment_of, next_start, requeue
from runway_flow.engine.service import TaskState
from runway_flow.kernel.digests import Digest, digest_bytes
from runway_flow.kernel.media import MediaKind

LIFE = Life(created=100.0, start=110.0, seconds=20.0)
RANK = {
    TaskState.THROTTLED: 0,
    TaskState.PENDING: 1,
    TaskState.RUNNING: 2,
    TaskState.SUCCEEDED: 3,
    TaskState.FAILED: 3,
    TaskState.CANCELLED: 3,
}

arrivals = st.lists(
    st.tuples(st.floats(0, 10), st.floats(0.1, 30), st.sampled_from([s for s in RANK if RANK[s] == 3])),
    min_size=1,
    max_size=25,
)


def place_all(steps: list[tuple[float, float, TaskState]], slots: int) -> list[Life]:
    """Give the lives of tasks that come one after another: gap, length, ending."""
    lives: list[Life] = []
    now = 0.0
    for gap, seconds, ending in steps:
        now += gap
        lives.append(Life(now, next_start([life.end for life in lives], slots, now), seconds, ending))
    return lives


def test_a_task_without_a_slot_is_throttled() -> None:
    """A task that waits for its slot says THROTTLED."""
    assert moment_of(LIFE, 105.0) == Moment(TaskState.THROTTLED)


def test_a_task_is_pending_before_it_runs() -> None:
    """With its slot a task is PENDING for a moment, then RUNNING."""
    assert moment_of(LIFE, 110.0) == Moment(TaskState.PENDING)
    assert moment_of(LIFE, 111.0).state is TaskState.RUNNING


def test_progress_goes_from_nought_to_one_while_running() -> None:
    """Progress is the part of its run that is over."""
    assert moment_of(LIFE, 111.0).progress == 0.0
    assert moment_of(LIFE, 120.5).progress == 0.5
    assert moment_of(LIFE, 129.999).progress == 1.0


def test_an_ended_task_says_how_it_ended() -> None:
    """From its end on a task says its ending and no progress."""
    failed = replace(LIFE, ending=TaskState.FAILED)
    assert moment_of(failed, failed.end) == Moment(TaskState.FAILED)


@given(arrivals, st.integers(1, 4), st.lists(st.floats(0, 400), min_size=2, max_size=12))
def test_states_never_go_back(
    steps: list[tuple[float, float, TaskState]], slots: int, moments: list[float]
) -> None:
    """As time passes a task's state only moves towards its end, and its progress only grows."""
    for life in place_all(steps, slots):
        seen = [moment_of(life, life.created + after) for after in sorted(moments)]
        ranks = [(RANK[moment.state], moment.progress or 0.0) for moment in seen]
        ordered = [rank if rank[0] == 2 else (rank[0], 0.0) for rank in ranks]
        assert ordered == sorted(ordered)


def count_holding(lives: list[Life] | tuple[Life, ...], now: float) -> int:
    """Count the tasks that hold a slot."""
    return sum(life.start <= now < life.end for life in lives)


@given(arrivals, st.integers(1, 4))
def test_a_pool_is_never_overfull(steps: list[tuple[float, float, TaskState]], slots: int) -> None:
    """At no moment more tasks hold a slot than there are slots."""
    lives = place_all(steps, slots)
    assert all(count_holding(lives, life.start) <= slots for life in lives)


@given(arrivals, st.integers(1, 4))
def test_no_slot_stands_free_while_a_task_waits(
    steps: list[tuple[float, float, TaskState]], slots: int
) -> None:
    """A task waits only while every slot is held, and tasks start in the order they came."""
    lives = place_all(steps, slots)
    starts = [life.start for life in lives]
    assert starts == sorted(starts)
    for number, life in enumerate(lives):
        if life.start > life.created:
            before = lives[:number]
            assert count_holding(before, (life.created + life.start) / 2) == slots


@given(arrivals, st.integers(1, 3), st.data())
def test_removing_a_task_moves_the_others_up_but_never_back(
    steps: list[tuple[float, float, TaskState]], slots: int, data: st.DataObject
) -> None:
    """After a removal nobody starts later than before or in the past, and the pool is not overfull."""
    lives = place_all(steps, slots)
    gone = data.draw(st.integers(0, len(lives) - 1))
    now = lives[-1].created + data.draw(st.floats(0, 20))
    rest = [life for number, life in enumerate(lives) if number != gone]
    moved = requeue(rest, slots, now)
    for before, after in zip(rest, moved, strict=True):
        assert after.start <= before.start
        assert after.start == before.start or after.start >= now
    assert all(count_holding(moved, life.start) <= slots for life in moved if life.start >= now)


def test_a_mark_forces_a_failure() -> None:
    """`[emulate:fail=CODE]` in any text makes the task FAIL with that code."""
    texts = ("a lamp", "dawn [emulate:fail=INTERNAL.BAD_OUTPUT.CODE01]")
    assert ending_of(texts) == Ending(TaskState.FAILED, "INTERNAL.BAD_OUTPUT.CODE01")


def test_a_mark_forces_a_cancellation() -> None:
    """`[emulate:cancel]` makes the task end CANCELLED."""
    assert ending_of(["x [emulate:cancel]"]) == Ending(TaskState.CANCELLED)


def test_without_a_mark_a_task_succeeds() -> None:
    """What is not exactly a mark forces nothing."""
    assert ending_of(["[emulate:fail]", "[emulate:fail=]", "emulate:cancel"]) == Ending()


def test_moderation_is_charged_and_a_broken_generation_is_not() -> None:
    """SAFETY failures keep their price, INTERNAL ones are refunded."""
    assert Ending(TaskState.FAILED, "SAFETY.INPUT.TEXT").is_charged
    assert not Ending(TaskState.FAILED, "INTERNAL.BAD_OUTPUT.CODE01").is_charged


@given(st.binary(), st.sampled_from(MediaKind))
def test_a_task_takes_as_long_as_its_kind_takes(data: bytes, kind: MediaKind) -> None:
    """The length follows from kind and request alone: stills 8 s, clips 30 to 40, sounds 4 to 6."""
    seconds = usual_seconds(kind, digest_bytes(data))
    low, high = {"image": (8, 8), "video": (30, 40), "audio": (4, 6), "text": (2, 2)}[kind.value]
    assert low <= seconds <= high
    assert seconds == usual_seconds(kind, digest_bytes(data))


def test_different_requests_take_different_times() -> None:
    """Clips do not all end at once."""
    lengths = {usual_seconds(MediaKind.VIDEO, Digest(f"{n:08x}")) for n in range(0, 2**32, 2**28)}
    assert len(lengths) > 8
