"""Which attempts a user means who decides about them."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from runway_flow.engine.attempts import Attempt, AttemptState
from runway_flow.engine.resolution import Evidence, Wanted, choose, choose_run, is_named, only, realm_of
from runway_flow.kernel.errors import UsageError
from tests.fakes.records import NOW, make_intent


def attempt(id_: str, step: str = "clip[wide]", flow: str = "teaser", run: str = "R1") -> Attempt:
    """Make an attempt in doubt."""
    intent = replace(make_intent(id_, step=step), flow=flow, run_id=run, document='{"realm": "runway"}')
    return Attempt(intent, AttemptState.INTENDED)


WIDE, HAND = attempt("A1"), attempt("A2", "clip[hand]", run="R2")
OTHER = attempt("A3", "clip[wide]", "dub", "R3")
ALL = (WIDE, HAND, OTHER)


@pytest.mark.parametrize("text", ["clip[wide]", "clip.wide", "clip", " clip ", "a1"])
def test_a_text_names_an_attempt(text: str) -> None:
    """By its instance in either form, its step, or its own id."""
    assert is_named(WIDE, text)


@pytest.mark.parametrize("text", ["clip[hand]", "clip[wid]", "cli", "still", "A2", "", "Clip!"])
def test_a_text_names_no_other(text: str) -> None:
    """Not by a part of a name, nor by what is no address."""
    assert not is_named(WIDE, text)


def test_the_flow_of_the_latest_attempt_is_meant() -> None:
    """Of several flows; within it the newest comes first."""
    assert choose(ALL, Wanted("clip"), "in doubt") == (OTHER,)
    assert choose(ALL, Wanted("clip", flow="teaser"), "in doubt") == (HAND, WIDE)
    assert choose(ALL, Wanted("clip", run="r1"), "in doubt") == (WIDE,)


@pytest.mark.parametrize(
    ("wanted", "message", "hint"),
    [
        (Wanted("cilp"), "no attempt of `cilp` is in doubt", "did you mean `clip`?"),
        (Wanted("clip", "film"), "no attempt of `clip` of the flow film is in doubt", "in doubt: clip[wide]"),
        (
            Wanted("clip", None, "R9"),
            "no attempt of `clip` in the run R9 is in doubt",
            "in doubt: clip[wide]",
        ),
        (Wanted("voice"), "no attempt of `voice` is in doubt", "in doubt: clip[wide], clip[hand]"),
    ],
)
def test_what_is_not_there_is_told_with_what_is(wanted: Wanted, message: str, hint: str) -> None:
    """The nearest name, or all of them."""
    with pytest.raises(UsageError) as caught:
        choose(ALL, wanted, "in doubt")
    assert caught.value.message == message
    assert str(caught.value.hint).startswith(hint)


def test_nothing_in_doubt_is_told() -> None:
    """An empty store offers no names."""
    with pytest.raises(UsageError) as caught:
        choose((), Wanted("clip"), "in doubt")
    assert caught.value.hint == "nothing is in doubt"


def test_each_attempt_is_decided_alone() -> None:
    """One that is left is taken; several are listed with their ids."""
    assert only([WIDE]) is WIDE
    with pytest.raises(UsageError) as caught:
        only([WIDE, HAND])
    assert caught.value.notes == ("A1: clip[wide], run R1", "A2: clip[hand], run R2")


def test_the_latest_run_with_a_task_is_meant() -> None:
    """Or the one whose id begins so."""
    assert choose_run(ALL, None) == (OTHER,)
    assert choose_run(ALL, "r1") == (WIDE,)
    assert choose_run((), None) == ()


@pytest.mark.parametrize(
    ("attempts", "hint"),
    [(ALL, "runs with tasks in flight: R3, R2, R1"), ((), "nothing is in flight")],
)
def test_a_run_without_tasks_is_told(attempts: tuple[Attempt, ...], hint: str) -> None:
    """With those that have some."""
    with pytest.raises(UsageError) as caught:
        choose_run(attempts, "R9")
    assert caught.value.hint == hint


def test_where_an_attempt_was_sent() -> None:
    """Its key document says so; one that cannot be read says nothing."""
    unread = replace(WIDE, intent=replace(WIDE.intent, document="{"))
    assert (realm_of(WIDE), realm_of(unread)) == ("runway", None)
    assert (Evidence(WIDE, NOW).realm, Evidence(unread, NOW).realm) == ("runway", "?")


def test_what_is_in_doubt_is_told_from_what_is_held() -> None:
    """An open attempt is in doubt; one that ended holds its action back."""
    assert Evidence(WIDE, NOW).is_in_doubt
    assert not Evidence(replace(WIDE, state=AttemptState.DROPPED), NOW).is_in_doubt
