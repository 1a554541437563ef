"""Which bytes may leave the store."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from runway_flow.engine.inventory import CondemnedBlob, KeptResult, OpenWork, RunsOfFlow
from runway_flow.engine.pruning import RECENT_S, PrunePolicy, References, choose, digests_in
from runway_flow.kernel.digests import Digest, digest_bytes
from tests.fakes.records import make_kept

if TYPE_CHECKING:
    from runway_flow.engine.pruning import Choice

NOW = 2_000_000_000.0
OLD = NOW - 100 * 86400.0
MONTH = PrunePolicy(older_than_s=30 * 86400.0)


def kept(name: str = "clip", at: float = OLD, realm: str | None = "runway") -> KeptResult:
    """Make a result of the flow `teaser` with one blob of ten bytes."""
    made = make_kept(name)
    document = {key: value for key, value in made.result.document.items() if key != "realm"}
    document |= {} if realm is None else {"realm": realm}
    return replace(made, result=replace(made.result, created_at=at, document=document))


def blob_of(one: KeptResult) -> Digest:
    """Give the digest of the only output."""
    return one.result.outputs[0].digest


def decide(
    *results: KeptResult,
    policy: PrunePolicy = MONTH,
    runs: tuple[RunsOfFlow, ...] = (),
    work: tuple[OpenWork, ...] = (),
    pinned: frozenset[Digest] = frozenset(),
    more: tuple[str, ...] = (),
) -> Choice:
    """Decide about the blobs of some results, ten bytes each, and about more that are given by content."""
    blobs = {blob_of(one): 10 for one in results} | {digest_bytes(one.encode()): 10 for one in more}
    return choose(blobs, References(results, runs, work, pinned), policy, NOW)


def gone(choice: Choice) -> set[Digest]:
    """Give the digests that are removed."""
    return {one.digest for one in choice.condemned}


def test_only_what_no_record_names() -> None:
    """Without a wish nothing goes that a record names, however old it is."""
    named, strange = kept(), digest_bytes(b"strange")
    choice = decide(named, policy=PrunePolicy(), more=("strange",))
    assert choice.condemned == (CondemnedBlob(strange, 10, is_named=False),)
    assert choice.kept_bytes == 10


def test_inputs_are_named_by_the_documents() -> None:
    """A medium that a document names is no stranger."""
    one = kept()
    document = {**one.result.document, "request": {"images": [{"uri": {"sha256": digest_bytes(b"input")}}]}}
    one = replace(one, result=replace(one.result, document=document))
    assert not decide(one, policy=PrunePolicy(), more=("input",)).condemned
    assert digest_bytes(b"input") in gone(decide(one, more=("input",)))


def test_what_is_old() -> None:
    """By age goes what was neither made nor used since."""
    old, new = kept("old"), kept("new", NOW - 86400)
    choice = decide(old, new)
    assert gone(choice) == {blob_of(old)}
    assert choice.condemned[0].is_named
    assert choice.condemned[0].is_paid


def test_a_run_uses_what_its_flow_has() -> None:
    """What a flow has was last used by its last run in the same realm; local results by any run."""
    paid, local, emulated = kept("paid"), kept("local", realm=None), kept("emulated", realm="local")
    real = RunsOfFlow("teaser", "runway", NOW - 86400, is_unfinished=False)
    rehearsal = RunsOfFlow("teaser", "local", NOW - 86400, is_unfinished=False)
    other = RunsOfFlow("other", "runway", NOW, is_unfinished=True)
    assert gone(decide(paid, local, emulated, runs=(real, other))) == {blob_of(emulated)}
    assert gone(decide(paid, local, emulated, runs=(rehearsal, other))) == {blob_of(paid)}


def test_unfinished_runs_hold_what_they_have() -> None:
    """A run that can be continued finds what it had, however long ago."""
    one = kept()
    choice = decide(one, runs=(RunsOfFlow("teaser", "runway", OLD, is_unfinished=True),))
    assert (choice.condemned, choice.held_bytes) == ((), 10)


def test_open_work_holds_its_inputs_and_its_result() -> None:
    """An action with an open attempt or a lease is left alone, and all that its document names."""
    one = kept()
    document = {"request": {"sha256": digest_bytes(b"input")}}
    assert not decide(one, work=(OpenWork(one.result.key, document),), more=("input",)).condemned


def test_pinned_bytes_stay() -> None:
    """What locks and picks refer to stays, named or not."""
    one = kept()
    pinned = frozenset({blob_of(one), digest_bytes(b"strange")})
    choice = decide(one, pinned=pinned, more=("strange",))
    assert (choice.condemned, choice.held_bytes) == ((), 20)


def test_down_to_a_size() -> None:
    """By size goes only what is needed: what costs nothing first, then what was not used for longest."""
    oldest, older, free = kept("oldest", OLD), kept("older", OLD + 1), kept("free", OLD + 2, realm=None)
    assert gone(decide(oldest, older, free, policy=PrunePolicy(max_bytes=25))) == {blob_of(free)}
    both = decide(oldest, older, free, policy=PrunePolicy(max_bytes=10))
    assert gone(both) == {blob_of(free), blob_of(oldest)}
    assert both.kept_bytes == 10
    assert not decide(oldest, older, free, policy=PrunePolicy(max_bytes=30)).condemned


def test_what_is_recent_goes_only_if_asked_for() -> None:
    """To come down to a size nothing goes that was used within a week, unless an age says otherwise."""
    new = kept("new", NOW - RECENT_S + 1)
    assert not decide(new, policy=PrunePolicy(max_bytes=0)).condemned
    assert decide(new, policy=PrunePolicy(max_bytes=0, older_than_s=3600.0)).condemned


def test_size_and_age_together() -> None:
    """With both, only what is old goes, and only as much of it as is needed."""
    first, second, new = kept("first", OLD), kept("second", OLD + 1), kept("new", NOW)
    policy = PrunePolicy(max_bytes=20, older_than_s=86400.0)
    assert gone(decide(first, second, new, policy=policy)) == {blob_of(first)}


def test_what_several_results_share() -> None:
    """Bytes are as precious as the most precious result that names them."""
    old = kept("old")
    free = replace(old, result=replace(old.result, credits=Decimal(0), task=None, created_at=NOW))
    blobs = {blob_of(old): 10}
    assert not choose(blobs, References((old, free)), MONTH, NOW).condemned
    (gone_one,) = choose(blobs, References((old, free)), PrunePolicy(older_than_s=0.0), NOW).condemned
    assert gone_one.is_paid


def test_digests_in_documents() -> None:
    """A medium stands in a document as its digest alone."""
    document = {
        "a": [{"sha256": "x"}, ("y", {"sha256": "z"})],
        "b": {"sha256": "no", "more": 1},
        "c": {"sha256": 5},
    }
    assert list(digests_in(document)) == ["x", "z"]


@given(
    st.lists(st.tuples(st.floats(0, NOW), st.sampled_from(["runway", "local", None])), max_size=8),
    st.none() | st.integers(0, 100),
    st.none() | st.floats(0, NOW),
    st.sets(st.integers(0, 7)),
)
def test_nothing_held_goes(
    made: list[tuple[float, str | None]], size: int | None, age: float | None, held: set[int]
) -> None:
    """Whatever is asked for: what is held stays, sums are right, no more goes than the size needs."""
    results = [kept(str(number), at, realm) for number, (at, realm) in enumerate(made)]
    work = tuple(OpenWork(one.result.key) for number, one in enumerate(results) if number in held)
    choice = decide(*results, policy=PrunePolicy(size, age), work=work)
    removed = gone(choice)
    assert not removed & {blob_of(one) for number, one in enumerate(results) if number in held}
    assert choice.kept_bytes == 10 * (len(results) - len(removed))
    if size is not None and removed:
        assert choice.kept_bytes + 10 > size
