"""What every `StateStore` must do; an adapter's test class inherits it and says how one is made."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

import pytest
from msgspec.structs import replace

from runway_flow.engine.attempts import AttemptState
from runway_flow.engine.records import Owner, StatIdentity
from runway_flow.kernel.amounts import ZERO
from runway_flow.kernel.digests import Digest, digest_bytes
from runway_flow.kernel.errors import InternalError
from runway_flow.kernel.media import Artifact
from runway_flow.plan.lookup import StoredResult

if TYPE_CHECKING:
    from runway_flow.engine.ports import StateStore

from tests.conformance.attempt_suite import AttemptSuite
from tests.fakes.records import NOW, RUN, SOUND, intend, key_of, make_intent, make_result, owner


class StateStoreSuite(AttemptSuite):
    """Each test is a rule of the port. `state` gives an empty store; `present` says which blobs are there."""

    @pytest.fixture
    def present(self) -> set[Digest]:
        """Give the digests whose blobs are there; a test adds to it."""
        return set()

    @pytest.fixture
    def state(self, present: set[Digest]) -> StateStore:
        """Make an empty store."""
        raise NotImplementedError

    # results

    def test_no_result(self, state: StateStore) -> None:
        """An unknown key has no result."""
        assert state.find_result(key_of("clip")) is None

    def test_result_round_trip(self, state: StateStore, present: set[Digest]) -> None:
        """A result comes back as it was recorded, whole if its blobs are there."""
        result = replace(make_result("clip", b"one", b"two"), tool="ffmpeg 7.1")
        present.update(one.digest for one in result.outputs)
        state.record(result, flow="teaser", step="clip")
        assert state.find_result(result.key) == StoredResult(result, is_whole=True)

    def test_facts_that_are_not_known(self, state: StateStore) -> None:
        """Facts that do not apply stay unknown."""
        result = replace(make_result(), outputs=(Artifact(digest_bytes(b"x"), SOUND),))
        state.record(result, flow="teaser", step="clip")
        found = state.find_result(result.key)
        assert found is not None
        assert found.result.outputs[0].facts == SOUND

    def test_result_without_a_blob(self, state: StateStore, present: set[Digest]) -> None:
        """A record stays when one of its blobs is gone; it is not whole then."""
        result = make_result("clip", b"one", b"two")
        present.add(digest_bytes(b"one"))
        state.record(result, flow="teaser", step="clip")
        assert state.find_result(result.key) == StoredResult(result, is_whole=False)

    def test_a_released_result_that_lost_bytes_is_none(self, state: StateStore, present: set[Digest]) -> None:
        """The user said that it may be paid for again; with all of its bytes it is used all the same."""
        intend(state, make_intent())
        state.mark_submitted("a1", "task-1", NOW, None)
        result = make_result("clip", b"one")
        state.record(result, flow="teaser", step="clip")
        state.close_attempt("a1", AttemptState.RELEASED, NOW)
        assert state.find_result(result.key) is None
        present.add(digest_bytes(b"one"))
        assert state.find_result(result.key) == StoredResult(result, is_whole=True)

    def test_latest_result_counts(self, state: StateStore) -> None:
        """An action that was done again has its latest result."""
        state.record(make_result("clip", b"one"), flow="teaser", step="clip")
        again = make_result("clip", b"two", task="task-2")
        state.record(again, flow="teaser", step="clip")
        found = state.find_result(again.key)
        assert found is not None
        assert found.result == again

    def test_last_document(self, state: StateStore) -> None:
        """An instance's last document is that of the result it had last, by flow and address."""
        state.record(make_result("one"), flow="teaser", step="clip")
        state.record(make_result("two"), flow="teaser", step="clip")
        assert state.find_last_document("teaser", "clip") == make_result("two").document
        assert state.find_last_document("teaser", "clip[wide]") is None
        assert state.find_last_document("other", "clip") is None

    def test_note_use(self, state: StateStore) -> None:
        """Using a stored result counts as having it; a key without a result is passed over."""
        state.record(make_result("one"), flow="teaser", step="clip")
        state.note_use("other", {"shot": key_of("one"), "lost": key_of("never")})
        assert state.find_last_document("other", "shot") == make_result("one").document
        assert state.find_last_document("other", "lost") is None

    # leases

    def test_lease_excludes_others(self, state: StateStore) -> None:
        """A lease that a living owner holds is not given to another; the owner itself has it again."""
        assert state.acquire_lease(key_of("clip"), owner("a"), NOW, lambda _: True)
        assert not state.acquire_lease(key_of("clip"), owner("b"), NOW, lambda _: True)
        assert state.acquire_lease(key_of("clip"), owner("a"), NOW, lambda _: True)
        assert state.acquire_lease(key_of("other"), owner("b"), NOW, lambda _: True)

    def test_lease_of_the_dead_is_taken_over(self, state: StateStore) -> None:
        """A dead owner's lease is taken over; who is asked about is the owner that holds it."""
        state.acquire_lease(key_of("clip"), owner("a", pid=7), NOW, lambda _: True)
        asked = []

        def is_alive(one: Owner) -> bool:
            asked.append(one)
            return False

        assert state.acquire_lease(key_of("clip"), owner("b"), NOW, is_alive)
        assert asked == [owner("a", pid=7)]
        assert not state.acquire_lease(key_of("clip"), owner("a", pid=7), NOW, lambda _: True)

    def test_takeover_race(self, state: StateStore) -> None:
        """If a third takes the dead owner's lease first, it is not taken from that one."""
        state.acquire_lease(key_of("clip"), owner("dead"), NOW, lambda _: True)

        def another_is_quicker(_: Owner) -> bool:
            assert state.acquire_lease(key_of("clip"), owner("quick"), NOW, lambda _: False)
            return False

        assert not state.acquire_lease(key_of("clip"), owner("slow"), NOW, another_is_quicker)

    def test_release(self, state: StateStore) -> None:
        """A lease that was given back is free; nobody gives back another's."""
        state.acquire_lease(key_of("clip"), owner("a"), NOW, lambda _: True)
        state.release_lease(key_of("clip"), owner("b"))
        assert not state.acquire_lease(key_of("clip"), owner("b"), NOW, lambda _: True)
        state.release_lease(key_of("clip"), owner("a"))
        state.release_lease(key_of("clip"), owner("a"))
        assert state.acquire_lease(key_of("clip"), owner("b"), NOW, lambda _: True)

    def test_renewal_keeps_leases(self, state: StateStore) -> None:
        """Renewing takes nothing from others and gives nothing to anyone."""
        state.acquire_lease(key_of("clip"), owner("a"), NOW, lambda _: True)
        state.renew_leases(owner("a"), NOW + 10)
        state.renew_leases(owner("b"), NOW + 10)
        assert not state.acquire_lease(key_of("clip"), owner("b"), NOW, lambda _: True)

    # runs

    def test_new_run(self, state: StateStore) -> None:
        """A run that nothing is unfinished of begins as it was given."""
        assert state.begin_run(RUN) == replace(RUN, spent=ZERO)
        assert state.list_runs(10) == (replace(RUN, spent=ZERO),)

    def test_unfinished_run_is_continued(self, state: StateStore) -> None:
        """A run whose identity has an unfinished one continues that, its ledger too."""
        state.begin_run(RUN)
        intend(state, make_intent())
        state.end_run("r1", NOW + 5, "interrupted", is_finished=False)
        begun = state.begin_run(replace(RUN, run_id="r2", started_at=NOW + 10))
        assert begun == replace(RUN, spent=Decimal(60))
        assert state.list_runs(10) == (begun,)

    def test_unfinished_run_is_found(self, state: StateStore) -> None:
        """The run that a start would continue is found, with its ledger; looking changes nothing."""
        assert state.find_unfinished("identity", "runway") is None
        state.begin_run(RUN)
        intend(state, make_intent())
        state.end_run("r1", NOW + 5, "interrupted", is_finished=False)
        found = state.find_unfinished(RUN.identity, RUN.realm)
        assert found == replace(RUN, ended_at=NOW + 5, status="interrupted", spent=Decimal(60))
        assert state.list_runs(10) == (found,)
        assert state.find_unfinished(RUN.identity, "local") is None
        state.end_run("r1", NOW + 6, "ok", is_finished=True)
        assert state.find_unfinished(RUN.identity, RUN.realm) is None

    def test_killed_run_is_continued(self, state: StateStore) -> None:
        """A run that nobody ended is unfinished."""
        state.begin_run(RUN)
        assert state.begin_run(replace(RUN, run_id="r2")).run_id == "r1"

    def test_finished_run_is_not_continued(self, state: StateStore) -> None:
        """A finished run stays as it ended; the next is a new one, listed first."""
        state.begin_run(RUN)
        state.end_run("r1", NOW + 5, "ok", is_finished=True)
        assert state.begin_run(replace(RUN, run_id="r2")).run_id == "r2"
        newest, oldest = state.list_runs(10)
        assert (newest.run_id, newest.status, newest.ended_at) == ("r2", None, None)
        assert (oldest.run_id, oldest.status, oldest.ended_at) == ("r1", "ok", NOW + 5)
        assert [one.run_id for one in state.list_runs(1)] == ["r2"]

    @pytest.mark.parametrize("change", [{"identity": "other"}, {"realm": "local"}])
    def test_other_runs_are_not_continued(self, state: StateStore, change: dict[str, str]) -> None:
        """A run of another identity or realm is another run."""
        state.begin_run(RUN)
        other = replace(RUN, run_id="r2", **change)
        assert state.begin_run(other).run_id == "r2"

    def test_latest_unfinished_run_by_order(self, state: StateStore) -> None:
        """Of two unfinished runs the one begun last is continued, whatever the clock said."""
        state.begin_run(RUN)
        state.end_run("r1", NOW, "ok", is_finished=True)
        state.begin_run(replace(RUN, run_id="r2", started_at=NOW - 1000))
        state.end_run("r1", NOW, "failed", is_finished=False)
        assert state.begin_run(replace(RUN, run_id="r3")).run_id == "r2"

    def test_unknown_run(self, state: StateStore) -> None:
        """Ending a run that never began is our bug."""
        with pytest.raises(InternalError):
            state.end_run("r9", NOW, "ok", is_finished=True)

    def test_odd_path(self, state: StateStore) -> None:
        """A path that is no Unicode does not keep a run from being noted."""
        state.begin_run(replace(RUN, path="flows/\udcff.yaml"))
        assert state.list_runs(1)[0].path == "flows/\\udcff.yaml"

    # uploads

    def test_upload_until_it_expires(self, state: StateStore) -> None:
        """An upload is found in its realm until it expires; a new one replaces it."""
        digest = digest_bytes(b"hero")
        assert state.find_upload(digest, "runway", NOW) is None
        state.record_upload(digest, "runway", "runway://one", NOW + 10)
        assert state.find_upload(digest, "runway", NOW + 9) == "runway://one"
        assert state.find_upload(digest, "runway", NOW + 10) is None
        assert state.find_upload(digest, "local", NOW) is None
        state.record_upload(digest, "runway", "runway://two", NOW + 20)
        assert state.find_upload(digest, "runway", NOW + 10) == "runway://two"

    # the stat cache

    @pytest.mark.parametrize("field", ["device", "inode", "size", "mtime_ns", "ctime_ns", "path"])
    def test_file_by_its_stat(self, state: StateStore, field: str) -> None:
        """A file is what it was as long as nothing of its stat changed, huge ids and odd names included."""
        identity = StatIdentity("a/\udcff.png", 2**64 - 1, 2**127, 10, 20, 30)
        state.record_file(identity, digest_bytes(b"png"), SOUND)
        assert state.find_file(identity) == (digest_bytes(b"png"), SOUND)
        changed: dict[str, object] = {field: "b.png" if field == "path" else 5}
        assert state.find_file(replace(identity, **changed)) is None

    def test_file_is_recorded_again(self, state: StateStore) -> None:
        """A file that changed is known by what it is now."""
        old = StatIdentity("hero.png", 1, 2, 10, 20, 30)
        new = replace(old, mtime_ns=21)
        state.record_file(old, digest_bytes(b"old"), SOUND)
        state.record_file(new, digest_bytes(b"new"), SOUND)
        assert state.find_file(new) == (digest_bytes(b"new"), SOUND)
        assert state.find_file(old) is None
