"""`runs resolve`, `runs adopt`, `runs cancel` where no whole run is needed: records, realms, questions."""

from __future__ import annotations

import io
import json
import shutil
from typing import TYPE_CHECKING, Any

import pytest
from msgspec.structs import replace

from runway_flow.cli.main import main
from runway_flow.cli.options import Common
from runway_flow.engine.attempts import AttemptState
from runway_flow.kernel import codes
from runway_flow.kernel.errors import StoreError, UsageError
from runway_flow.resolving import Resolver
from runway_flow.store.opening import OpenStore, open_store
from runway_flow.store.presence import presence
from runway_flow.wiring import Session, Settings
from tests.fakes.clips import clip
from tests.fakes.records import NOW, RUN, make_intent
from tests.fakes.schemas import faults

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from runway_flow.engine.attempts import Attempt

Capture = pytest.CaptureFixture[str]
TASK = "17f20503-6c24-4c16-946b-35dbbce2af2f"
FLOW = """\
version: 1
name: one
steps:
  still:
    uses: gen4_image
    with: {ratio: 1280:720, prompt_text: A lamp}
  frame:
    uses: media/frame
    with: {video: clip.mp4}
"""


@pytest.fixture(autouse=True)
def _work_there(own_folder: Path) -> None:
    """Work in a folder of its own."""


@pytest.fixture
def store(tmp_path: Path) -> Iterator[OpenStore]:
    """Give an open store with one run, which the program uses, too."""
    with open_store(tmp_path / "store", create=True) as found:
        found.state.begin_run(RUN)
        yield found


def doubt(store: OpenStore, id_: str = "a1", step: str = "clip[wide]", **fields: Any) -> None:  # noqa: ANN401
    """Let an attempt be in doubt, at Runway if nothing else is said."""
    plain = replace(make_intent(id_, id_, step), document='{"realm": "runway"}')
    store.state.intend(replace(plain, **fields), (), may_be_unknown=True)


def test_a_look_at_nothing_makes_no_store(tmp_path: Path, capsys: Capture) -> None:
    """Without a store nothing is in doubt, and there is none afterwards."""
    assert main(["runs", "resolve"]) == 0
    assert capsys.readouterr().out == "nothing is in doubt, and nothing is held back\n"
    assert main(["runs", "cancel", "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == {"version": 1, "cancelled": []}
    assert not (tmp_path / "store").exists()


def test_what_is_open_is_listed_with_where_it_was_sent(store: OpenStore, capsys: Capture) -> None:
    """In doubt, dropped, refused by moderation; with `--emulate` those alone that cost nothing."""
    doubt(store)
    doubt(store, "a2", "still", document='{"realm": "local"}', intended_at=NOW + 60)
    doubt(store, "a3", "voice", intended_at=NOW + 120)
    store.state.close_attempt("a3", AttemptState.DROPPED, NOW)
    assert main(["runs", "resolve"]) == 0
    lines = [line.split() for line in capsys.readouterr().out.splitlines()]
    assert [line[0] for line in lines[1:4]] == ["clip[wide]", "still", "voice"]
    assert ["emulated" in line for line in lines[1:4]] == [False, True, False]
    assert lines[3][2] == "dropped"
    assert main(["runs", "resolve", "--emulate"]) == 0
    assert "clip" not in capsys.readouterr().out


def test_an_account_that_cannot_be_asked_is_told(store: OpenStore, capsys: Capture) -> None:
    """Without a key, or of another address, the evidence says why it has no account."""
    doubt(store)
    assert main(["runs", "resolve", "clip"]) == 0
    shown = capsys.readouterr().out
    assert "not asked: there is no API key" in shown
    assert "the process ended before an answer was written down" in shown
    assert "Manage → Request History" in shown
    doubt(store, "a2", "still", document='{"realm": "api.example.com"}')
    assert main(["runs", "resolve", "still", "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert faults(document, "evidence") == []
    assert document["evidence"][0]["account_not_asked"] == "it was sent to another address"
    assert main(["runs", "resolve", "still", "--task", TASK]) == 2
    assert "was sent to api.example.com, and this command asks runway" in capsys.readouterr().err


def test_each_attempt_of_a_step_is_decided_alone(store: OpenStore, capsys: Capture) -> None:
    """Several are shown with commands that name their ids, and refused together."""
    doubt(store, "A1")
    doubt(store, "A2")
    assert main(["runs", "resolve", "clip.wide", "--flow", "teaser"]) == 0
    shown = capsys.readouterr().out
    assert "runs resolve A2 --flow teaser --drop" in shown
    assert main(["runs", "resolve", "clip.wide", "--drop"]) == 2
    assert "A1: clip[wide], run r1" in capsys.readouterr().err
    assert main(["runs", "resolve", "a2", "--drop"]) == 0
    assert [one.intent.attempt_id for one in store.state.open_attempts()] == ["A1"]


@pytest.mark.parametrize(("answer", "code", "state"), [("y\n", 0, "released"), ("\n", 5, "intended")])
def test_a_terminal_is_asked(
    store: OpenStore, monkeypatch: pytest.MonkeyPatch, capsys: Capture, answer: str, code: int, state: str
) -> None:
    """Before something may be paid twice; anything but yes changes nothing."""
    doubt(store)
    monkeypatch.setattr(Common, "is_interactive", property(lambda _: True))
    monkeypatch.setattr("sys.stdin", io.StringIO(answer))
    assert main(["runs", "resolve", "clip", "--resubmit"]) == code
    assert "may be paid: let the next run pay up to 1–60 credits again? [y/N] " in capsys.readouterr().err
    assert [one.state.value for one in store.state.attempts_of("r1")] == [state]


@pytest.mark.parametrize(("cost", "code"), [("12", "SAFETY.INPUT.TEXT")])
def test_releasing_keeps_what_a_refusal_cost(store: OpenStore, capsys: Capture, cost: str, code: str) -> None:
    """What moderation charged stays in the journal and in the ledger, with its words."""
    from decimal import Decimal

    doubt(store)
    store.state.mark_submitted("a1", TASK, NOW, None)
    store.state.close_attempt(
        "a1", AttemptState.FAILED, NOW + 5, cost=Decimal(cost), failure="No.", failure_code=code
    )
    assert main(["runs", "resolve", "clip"]) == 0
    shown = capsys.readouterr().out
    assert "is not submitted: it was refused by moderation" in shown
    assert f"{TASK}, 12 credits charged" in shown
    assert main(["runs", "resolve", "clip", "--resubmit", "-y"]) == 0
    (attempt,) = store.state.attempts_of("r1")
    assert (attempt.state, attempt.cost, attempt.ended_at) == (AttemptState.RELEASED, Decimal(12), NOW + 5)
    assert (attempt.failure, attempt.failure_code) == ("No.", code)
    assert store.state.spent("r1") == Decimal(12)
    assert main(["runs", "resolve"]) == 0
    assert "nothing is in doubt" in capsys.readouterr().out


def test_what_a_process_works_on_is_not_in_doubt(store: OpenStore, tmp_path: Path) -> None:
    """Whoever holds the lease may well know the answer: nobody decides meanwhile."""
    doubt(store)
    (attempt,) = store.state.open_attempts()
    with Session(Settings(store=tmp_path / "store", environ={}), can_write=True) as session:
        resolver = Resolver(session)
        with presence(store.layout, NOW) as other:
            assert store.state.acquire_lease(attempt.intent.key, other, NOW, lambda _: False)
            assert resolver.in_doubt() == ()
            with pytest.raises(StoreError) as caught:
                resolver.drop(attempt)
            assert caught.value.code is codes.STORE_BUSY
        resolver.drop(attempt)
        resolver.drop(attempt)  # the same word again
        store.state.close_attempt("a1", AttemptState.STORED, NOW)
        with pytest.raises(UsageError, match="meanwhile"):
            resolver.drop(attempt)


# --- lost bytes -----------------------------------------------------------------------------------


@pytest.fixture
def flow(own_folder: Path, tmp_path: Path) -> Path:
    """Give a flow that was run on the emulator, and whose bytes are gone."""
    (own_folder / "one.yaml").write_text(FLOW.partition("  frame:")[0], encoding="utf-8")
    assert main(["run", "one.yaml", "--emulate", "-q"]) == 0
    shutil.rmtree(tmp_path / "store" / "cas")
    (tmp_path / "store" / "cas" / "sha256").mkdir(parents=True)
    return tmp_path / "store"


@pytest.mark.usefixtures("flow")
def test_lost_bytes_that_a_task_still_has_are_not_paid_again(capsys: Capture) -> None:
    """The next run fetches them for nothing, so paying again is refused."""
    capsys.readouterr()
    assert main(["runs", "resolve", "still", "--resubmit", "-y", "--emulate"]) == 2
    assert "its task still has them" in capsys.readouterr().err
    assert main(["run", "one.yaml", "--emulate", "-q"]) == 0


def test_lost_bytes_of_a_lost_task_are_paid_again_on_the_users_word(flow: Path, capsys: Capture) -> None:
    """Once their task is gone, the run's own hint lets the next run pay again."""
    for path in (flow / "emulator").glob("state.db*"):
        path.unlink()
    capsys.readouterr()
    assert main(["run", "one.yaml", "--emulate", "--progress", "plain"]) == 1
    assert "runs resolve still --resubmit" in capsys.readouterr().err
    assert main(["runs", "resolve", "still", "--resubmit", "-y", "--emulate"]) == 0
    assert main(["run", "one.yaml", "--emulate", "-q"]) == 0
    with open_store(flow, create=True) as store:
        ended: list[Attempt] = [
            one for run in store.state.list_runs(9) for one in store.state.attempts_of(run.run_id)
        ]
    assert sorted(one.state.value for one in ended) == ["released", "stored"]


# --- binding --------------------------------------------------------------------------------------


@pytest.fixture
def films(own_folder: Path) -> Path:
    """Give a flow with a remote and a local step, and a clip."""
    (own_folder / "one.yaml").write_text(FLOW, encoding="utf-8")
    shutil.copy(clip("silent"), own_folder / "clip.mp4")
    return own_folder


@pytest.mark.usefixtures("films")
@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (["still"], 2, "say what to bind"),
        (["still", "--task", TASK, "--file", "clip.mp4"], 2, "one of them, not both"),
        (["stil", "--file", "clip.mp4"], 2, "did you mean `still`"),
        (["still", "--file", "clip.mp4"], 3, "still gives an image, and clip.mp4 is a video"),
        (["still", "--file", "a.png", "--file", "b.png"], 3, "still gives 1 output, and there are 2"),
        (["still", "--file", "none.png"], 3, "none.png"),
        (["frame", "--task", TASK], 2, "it has no task"),
        (["still", "--task", TASK], 4, "there is no API key"),
    ],
)
def test_what_cannot_be_bound_is_refused(capsys: Capture, words: list[str], code: int, said: str) -> None:
    """A bad command line, a wrong kind or number, no such file, a task of a local step, no key."""
    assert main(["runs", "adopt", "one.yaml", *words]) == code
    assert said in capsys.readouterr().err


def test_a_file_is_bound_to_a_local_step(films: Path, capsys: Capture) -> None:
    """Also what this machine would make can be made by hand; a second one is refused."""
    shutil.copy(clip("png"), films / "frame.png")
    words = ["runs", "adopt", "one.yaml", "frame", "--file", "frame.png"]
    assert main(words) == 0
    assert capsys.readouterr().out == "frame of one: a file is its result now (1 output, 0 credits)\n"
    assert main(["plan", "one.yaml", "--only", "frame", "--expect-stored"]) == 0
    assert main(words) == 2


def test_nothing_is_bound_where_a_process_works(films: Path, store: OpenStore, capsys: Capture) -> None:
    """Whoever has the lease of the action makes its result: exit 8, and nothing is kept."""
    shutil.copy(clip("png"), films / "still.png")
    assert main(["plan", "one.yaml", "--json"]) == 0
    key = json.loads(capsys.readouterr().out)["steps"][0]["key"]
    with presence(store.layout, NOW) as other:
        assert store.state.acquire_lease(key, other, NOW, lambda _: False)
        assert main(["runs", "adopt", "one.yaml", "still", "--file", "still.png"]) == 8
    assert store.state.find_result(key) is None


def test_an_invalid_flow_takes_nothing(films: Path, capsys: Capture) -> None:
    """Its findings are shown as `plan` shows them, in JSON too."""
    (films / "one.yaml").write_text(FLOW.replace("1280:720", "1281:720"), encoding="utf-8")
    words = ["runs", "adopt", "one.yaml", "still", "--file", "clip.mp4"]
    assert main(words) == 3
    assert "RF311" in capsys.readouterr().err
    assert main([*words, "--json"]) == 3
    assert faults(json.loads(capsys.readouterr().out), "validation") == []
