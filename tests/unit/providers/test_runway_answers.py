from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runway_flow.engine.service import Issue
from runway_flow.providers.runway import answers
from tests.fakes.runway_api import CANARY, TASK


@pytest.mark.parametrize(
    "content", [b"", b"<html>", b"[]", b'"x"', b"null", b'{"id": ', b"\xff\xfe", b"[" * 200_000, b"9" * 5000]
)
def test_what_is_no_object_is_none(content: bytes) -> None:
    """Pages, lists, halves and bombs are not read."""
    assert answers.read_object(content) is None


@given(st.binary(max_size=100))
def test_reading_never_raises(content: bytes) -> None:
    """Whatever comes, the answer is an object or None."""
    found = answers.read_object(content)
    assert found is None or isinstance(found, dict)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (5, Decimal(5)),
        (12.5, Decimal("12.5")),
        (0, Decimal(0)),
        (-1, None),
        (True, None),
        ("5", None),
        (None, None),
        (float("nan"), None),
        (float("inf"), None),
    ],
)
def test_an_amount_is_a_finite_number(value: object, expected: Decimal | None) -> None:
    """Credits are read exactly, or not at all."""
    assert answers.credits_at({"cost": {"credits": value}}, "cost") == expected


@pytest.mark.parametrize("value", [None, [], "x", {"cost": 5}, {}])
def test_a_missing_amount_is_unknown(value: object) -> None:
    """No object, no amount."""
    assert answers.credits_at(value, "cost") is None


@pytest.mark.parametrize(
    ("value", "expected"), [(3, 3), (0, 0), (None, None), (-1, None), (2.0, 2), ("3", None), (False, None)]
)
def test_a_count_is_a_whole_number(value: object, expected: int | None) -> None:
    """Null means no limit; nonsense is no limit either."""
    assert answers.count(value) == expected


@pytest.mark.parametrize(
    "value", [None, 5, "", "abc", TASK[:-1], TASK + "0", f"{{{TASK}}}", TASK.replace("-", "")]
)
def test_only_a_uuid_is_a_task(value: object) -> None:
    """A word that is not a task's id is not taken for one."""
    assert answers.task_id(value) is None


def test_a_uuid_is_a_task() -> None:
    """As the API gives it, in either case."""
    assert answers.task_id(TASK) == TASK
    assert answers.task_id(TASK.upper()) == TASK.upper()


def test_issues_are_read_by_their_paths() -> None:
    """Paths come as lists or dotted text; what is no issue is left out."""
    body = {
        "issues": [
            {"code": "too_big", "path": ["references", 0, "uri"], "message": "Too long"},
            {"code": "invalid", "path": "ratio"},
            {"path": "", "message": ""},
            {"path": [1.5]},
            "nonsense",
        ]
    }
    assert answers.issues(body) == (
        Issue(("references", 0, "uri"), "Too long"),
        Issue(("ratio",), "invalid"),
        Issue((), "not accepted"),
        Issue(("1.5",), "not accepted"),
    )


@pytest.mark.parametrize("body", [None, {}, {"issues": None}, {"issues": {}}])
def test_no_issues_is_none(body: dict[str, object] | None) -> None:
    """An answer need not complain."""
    assert answers.issues(body) == ()


def test_a_complaint_is_one_line_without_secrets() -> None:
    """What the service says may quote what it was sent."""
    found = answers.complaint({"error": f"bad key {CANARY}\nsee docs"})
    assert found == "bad key key_… see docs"
    assert answers.complaint({"error": 5}) is None
    assert answers.complaint(None) is None


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        (None, None),
        ("2", 2.0),
        ("0.5", 0.5),
        ("-3", 0.0),
        ("86400", answers.MAX_RETRY_AFTER_S),
        ("nan", None),
        ("soon", None),
        ("Sat, 21 Nov 2026 08:00:10 GMT", 10.0),
        ("Sat, 21 Nov 2026 08:00:10 -0000", 10.0),
        ("Sat, 21 Nov 2026 07:00:00 GMT", 0.0),
        ("Sat, 99 Nov 2026 07:00:00 GMT", None),
    ],
)
def test_retry_after_is_seconds_or_a_date(header: str | None, expected: float | None) -> None:
    """Both forms are read, nonsense is not, and nobody makes us wait for a day."""
    assert answers.retry_after(header, 1_795_248_000.0) == expected
