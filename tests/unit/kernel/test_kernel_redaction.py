from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runway_flow.kernel.redaction import excerpt, redact

KEY = "key_" + "0123456789abcdef" * 8


@pytest.mark.parametrize(
    ("text", "secret"),
    [
        (f"the key {KEY} is wrong", KEY),
        ("Authorization: Bearer abc.def-123", "abc.def-123"),
        ("{'authorization': 'bearer s3cret/+='}", "s3cret"),
        ("GET https://cdn.example/a.mp4?_jwt=eyJh.eyJi.sig failed", "eyJh"),
        ("https://b.example/x?X-Amz-Signature=dead&X-Amz-Date=1", "dead"),
        ("/relative?token=abcdef", "abcdef"),
        ("https://b.example/#access_token=abcdef", "abcdef"),
        ("https://user:pass@b.example/x", "user:pass"),
        ("data:image/png;base64,iVBORw0KGgo=", "iVBOR"),
        ("runway://eyJhbGciOi", "eyJhbGciOi"),
        ("jwt eyJhbGciOiJIUzI1.eyJzdWIiOiIx.SflKxwRJ", "SflKxwRJ"),
    ],
)
def test_what_looks_like_a_secret_is_taken_out(text: str, secret: str) -> None:
    """Keys, tokens, signatures and data URIs do not survive."""
    found = redact(text)
    assert secret not in found
    assert "…" in found


@pytest.mark.parametrize(
    "text",
    [
        "the API answered 400: `ratio` must be one of 1280:720, 720:1280",
        "key_frame is not accepted",
        "is it data: yes, it is",
        "https://api.dev.runwayml.com/v1/tasks/17f20503",
        "what? a = b",
    ],
)
def test_plain_text_stays_as_it_is(text: str) -> None:
    """A message without secrets is not touched."""
    assert redact(text) == text


def test_a_stated_secret_is_taken_out_whatever_it_looks_like() -> None:
    """Loopback keys have no form of their own."""
    assert redact("key hunter2 was used", "", "hunter2") == "key … was used"


@given(st.text(alphabet=st.sampled_from("abc ?=#&:/@data,key_BearerJwt.0123456789\"'runway"), max_size=200))
def test_redacting_twice_changes_nothing(text: str) -> None:
    """What stands for a secret is not taken for one."""
    assert redact(redact(text)) == redact(text)


@given(st.text(max_size=50), st.text(max_size=50))
def test_a_key_never_survives_its_surroundings(before: str, after: str) -> None:
    """Wherever a key stands, it goes."""
    assert KEY not in redact(before + KEY + after)


@given(st.text(max_size=500), st.integers(min_value=1, max_value=50))
def test_an_excerpt_is_one_short_line(text: str, limit: int) -> None:
    """No line breaks, no more letters than asked for."""
    found = excerpt(text, limit)
    assert len(found) <= limit
    assert found == " ".join(found.split(" "))
    assert "\n" not in found
