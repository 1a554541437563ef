"""The language of faults: places, kinds, conditions, and which calls a schedule hits."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runway_flow.emulator.faults import KINDS, PLACES, WHENS, Fault, FaultSchedule, parse_fault

ROOT = Path(__file__).resolve().parents[3]


def test_a_fault_has_a_place_a_kind_and_conditions() -> None:
    """All parts of a text are read, each as what it is."""
    found = parse_fault("create:text_to_* status=503 nth=2 first=3 every=4 times=5 p=0.5 retry-after=2")
    assert found == Fault(
        text="create:text_to_* status=503 nth=2 first=3 every=4 times=5 p=0.5 retry-after=2",
        method="POST",
        path="/v1/text_to_*",
        kind="status",
        value=503,
        nth=2,
        first=3,
        every=4,
        times=5,
        chance=0.5,
        retry_after=2.0,
    )


@pytest.mark.parametrize("place", PLACES)
def test_places_have_names(place: str) -> None:
    """Each name stands for a method and a path."""
    found = parse_fault(f"{place} hang")
    assert (found.method, found.path) == PLACES[place]


@pytest.mark.parametrize(
    ("text", "method", "path"), [("GET:/v1/tasks/*", "GET", "/v1/tasks/*"), ("*:*", "*", "*")]
)
def test_a_place_can_be_a_method_and_a_path(text: str, method: str, path: str) -> None:
    """What has no name is written out."""
    found = parse_fault(f"{text} reset")
    assert (found.method, found.path) == (method, path)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("create", "`create` is not `PLACE KIND`"),
        ("creat hang", "`creat` is no place (did you mean `create`?)"),
        ("poll:tasks hang", "only `create` takes an endpoint, not `poll`"),
        ("create hung", "`hung` is no fault (did you mean `hang`?)"),
        ("create hang=3", "`hang` takes no value"),
        ("create status=99", "`status` takes a status from 200 to 599, not `99`"),
        ("create status", "`status` takes a status from 200 to 599, not ``"),
        ("create delay=-1", "`delay` takes seconds, not `-1`"),
        ("create delay=nan", "`delay` takes seconds, not `nan`"),
        ("create delay=1e99", "`delay` takes seconds, not `1e99`"),
        ("create bomb=0", "`bomb` takes megabytes, not `0`"),
        ("create fail=bad", "`fail` takes a failure code, not `bad`"),
        ("poll state=dreaming", "`state` takes a status in capitals, not `dreaming`"),
        ("any redirect=gopher", "`redirect` takes an address, not `gopher`"),
        ("poll fail=INTERNAL", "`fail` is decided when a task is created: `create fail`"),
        ("create hang sometimes", "`sometimes` is no condition"),
        ("create hang p=2", "`p` takes a chance from 0 to 1, not `2`"),
        ("create hang nth=0", "`nth` takes a number from 1, not `0`"),
    ],
)
def test_what_is_not_understood_says_what_is(text: str, message: str) -> None:
    """A slip names the word, and what is accepted."""
    with pytest.raises(ValueError, match=r".") as caught:
        parse_fault(text)
    assert str(caught.value).startswith(message)


@given(st.text(max_size=40))
def test_no_text_breaks_the_reader(text: str) -> None:
    """Any text is a fault or a `ValueError`."""
    try:
        parse_fault(text)
    except ValueError as error:
        assert str(error)  # noqa: PT017 - most texts are no faults


def hits(text: str, calls: int, seed: int = 0) -> list[int]:
    """Give the numbers of the calls that a fault hits."""
    schedule = FaultSchedule((parse_fault(text),), seed)
    return [call for call in range(1, calls + 1) if schedule.strike("POST", "/v1/text_to_image")]


@pytest.mark.parametrize(
    ("conditions", "expected"),
    [
        ("", [1, 2, 3, 4, 5, 6]),
        ("nth=2", [2]),
        ("first=2", [1, 2]),
        ("every=3", [3, 6]),
        ("times=2", [1, 2]),
        ("every=2 times=2", [2, 4]),
        ("p=0", []),
        ("p=1", [1, 2, 3, 4, 5, 6]),
    ],
)
def test_conditions_choose_the_calls(conditions: str, expected: list[int]) -> None:
    """Calls are counted from 1; all conditions must hold."""
    assert hits(f"create hang {conditions}", 6) == expected


def test_chance_follows_the_seed() -> None:
    """The same seed hits the same calls, another one others."""
    assert hits("create hang p=0.5", 64) == hits("create hang p=0.5", 64)
    assert hits("create hang p=0.5", 64, seed=1) != hits("create hang p=0.5", 64)
    assert 16 < len(hits("create hang p=0.5", 64)) < 48


def test_only_calls_at_the_place_are_hit() -> None:
    """`create` is every POST that makes a task: neither an upload nor a look at what was used."""
    schedule = FaultSchedule((parse_fault("create hang"),))
    struck = [
        (method, path)
        for method, path in (
            ("GET", "/v1/tasks/1"),
            ("POST", "/v1/uploads"),
            ("POST", "/v1/organization/usage"),
            ("POST", "/uploads/1"),
            ("POST", "/v1/recipes/product_ad"),
            ("POST", "/v1/text_to_image"),
        )
        if schedule.strike(method, path)
    ]
    assert struck == [("POST", "/v1/recipes/product_ad"), ("POST", "/v1/text_to_image")]


def test_the_first_fault_that_hits_wins_and_all_count() -> None:
    """A call is hit once; the others have counted it."""
    one, two = parse_fault("create status=500 nth=1"), parse_fault("create status=503 first=2")
    schedule = FaultSchedule((one, two))
    assert [schedule.strike("POST", "/v1/text_to_image") for _ in range(3)] == [one, two, None]


def test_every_kind_is_in_the_documentation() -> None:
    """The page of the emulator names every kind, place and condition."""
    page = (ROOT / "docs/reference/emulator.md").read_text(encoding="utf-8")
    missing = [name for name in (*KINDS, *PLACES, *WHENS) if f"`{name}" not in page]
    assert missing == []
