"""What care of the store asks of every store of records."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

import pytest
from msgspec.structs import replace

from runway_flow.engine.inventory import OpenWork, RunsOfFlow, Use
from runway_flow.engine.records import RunRecord
from runway_flow.kernel.digests import canonical_json, digest_bytes
from runway_flow.store.inventory import latest_by_key
from tests.fakes.records import NOW, RUN, intend, make_intent, make_kept, owner

if TYPE_CHECKING:
    from runway_flow.store.state import SqliteStateStore


class InventorySuite:
    """Each test is a rule. `state` gives an empty store; `present` says which blobs are there."""

    @pytest.fixture
    def state(self) -> SqliteStateStore:
        """Make an empty store."""
        raise NotImplementedError

    def test_results_with_their_uses(self, state: SqliteStateStore) -> None:
        """Results are listed in order of their records, each with the instances that have it now."""
        first, second = make_kept("first"), make_kept("second")
        state.record(first.result, flow="teaser", step="b")
        state.record(second.result, flow="teaser", step="c")
        state.note_use("other", {"a": first.result.key})
        listed = state.list_results()
        assert [one.result for one in listed] == [first.result, second.result]
        assert listed[0].uses == (Use("other", "a"), Use("teaser", "b"))
        assert listed[1].uses == (Use("teaser", "c"),)

    def test_the_latest_of_a_key_counts(self, state: SqliteStateStore) -> None:
        """Of several results of an action the last is the one, with the uses of all."""
        first = make_kept(step="a")
        again = replace(make_kept("clip", b"another", step="b"))
        state.record(first.result, flow="teaser", step="a")
        state.record(again.result, flow="teaser", step="b")
        (kept,) = latest_by_key(state.list_results()).values()
        assert kept.result == again.result
        assert kept.uses == (Use("teaser", "a"), Use("teaser", "b"))

    def test_a_rehearsal_takes_nothing_from_paid_results(self, state: SqliteStateStore) -> None:
        """An instance has one result in each realm."""
        paid = make_kept()
        document = {**paid.result.document, "realm": "local"}
        emulated = make_kept("clip")
        key = digest_bytes(canonical_json(document).encode())
        state.record(paid.result, flow="teaser", step="clip")
        state.record(replace(emulated.result, document=document, key=key), flow="teaser", step="clip")
        assert [one.uses for one in state.list_results()] == [(Use("teaser", "clip"),)] * 2
        assert state.find_last_document("teaser", "clip") == document

    def test_runs_of_flows(self, state: SqliteStateStore) -> None:
        """By flow and realm: when a run was last there, and whether one can be continued."""
        for run in (RUN, RunRecord("r2", "other", "teaser", "x", "runway", NOW + 5), _emulated()):
            state.begin_run(run)
        state.end_run("r1", NOW + 9, "ok", is_finished=True)
        state.end_run("r3", NOW + 1, "ok", is_finished=True)
        assert state.list_runs_of_flows() == (
            RunsOfFlow("teaser", "local", NOW + 1, is_unfinished=False),
            RunsOfFlow("teaser", "runway", NOW + 9, is_unfinished=True),
        )

    def test_open_work(self, state: SqliteStateStore) -> None:
        """Actions with an open attempt, with their documents, and those with a lease."""
        intent = make_intent()
        intend(state, intent)
        intend(state, make_intent("a2", "done"))
        state.acquire_lease(intent.key, owner("token", 7), NOW, lambda _: True)
        assert state.list_open_work()[0] == OpenWork(intent.key, {"request": "clip"})
        assert state.list_open_work()[-1] == OpenWork(intent.key)
        assert state.describe_work() == {7: "clip[wide] of teaser"}

    def test_counts(self, state: SqliteStateStore) -> None:
        """Records of results and of attempts are counted."""
        state.record(make_kept().result, flow="teaser", step="clip")
        intend(state, make_intent())
        assert state.count_records() == (1, 1)

    def test_sound_records(self, state: SqliteStateStore) -> None:
        """What is as it was written is not damaged."""
        state.record(make_kept().result, flow="teaser", step="clip")
        assert state.find_damage() == ({}, ())

    def test_a_key_that_is_not_its_documents(self, state: SqliteStateStore) -> None:
        """Found, of results and of attempts; such a result is not listed."""
        state.record(replace(make_kept().result, document={"other": 1}), flow="teaser", step="clip")
        intend(state, make_intent())
        results, rest = state.find_damage()
        assert [one.problem for one in results.values()] == ["its key is not that of its document"]
        assert [(one.what, one.name) for one in rest] == [("attempt", "a1")]
        assert state.list_results() == ()

    def test_a_record_that_is_taken_out(self, state: SqliteStateStore) -> None:
        """It can be written down whole before; afterwards neither it nor its uses are there."""
        kept = make_kept()
        state.record(kept.result, flow="teaser", step="clip")
        position = state.list_results()[0].position
        described = state.describe_record(position)
        assert described["key"] == kept.result.key
        assert described["uses"] == [["teaser", "clip"]]
        state.drop_record(position)
        assert state.find_result(kept.result.key) is None
        assert state.find_last_document("teaser", "clip") is None

    def test_results_from_elsewhere(self, state: SqliteStateStore) -> None:
        """They are kept with their uses, once; what an instance has here it keeps."""
        here, more = make_kept("here", step="clip"), make_kept("more", step="still")
        rival = make_kept("rival", step="clip")
        state.record(here.result, flow="teaser", step="clip")
        for _ in range(2):
            state.add_results([more, rival])
        listed = state.list_results()
        assert [one.result for one in listed] == [here.result, more.result, rival.result]
        assert [one.uses for one in listed] == [(Use("teaser", "clip"),), (Use("teaser", "still"),), ()]

    def test_amounts_survive(self, state: SqliteStateStore) -> None:
        """Credits are exact."""
        kept = make_kept(credits=Decimal("0.1"), tool="ffmpeg 7.1", task=None)
        state.add_results([kept])
        assert state.list_results()[0].result == kept.result


def _emulated() -> RunRecord:
    return RunRecord("r3", "identity", "teaser", "flows/teaser.yaml", "local", NOW)
