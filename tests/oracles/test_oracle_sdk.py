from __future__ import annotations

import importlib
import typing
from typing import TYPE_CHECKING, Any

import pytest
import typing_extensions
from pydantic import TypeAdapter

from runway_flow.catalog.judge import judge
from runway_flow.catalog.loader import load_catalog
from runway_flow.kernel import codes
from runway_flow.kernel.media import RemoteMedium
from tests.oracles.generator import MEDIA, mutants, open_address, scrambled_requests, valid_requests
from tests.oracles.sdk_oracle import UNTYPED, is_accepted, strict, typed_dict_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from runway_flow.catalog.capability import Capability

ROWS = [row for row in load_catalog().rows if not row.is_local]
IMAGE, VIDEO, AUDIO = MEDIA.values()
CLIP = {"model": "veo3.1", "prompt_text": "x", "ratio": "1280:720", "prompt_image": IMAGE}
LIMITS = {
    codes.OUT_OF_RANGE,
    codes.TEXT_LENGTH,
    codes.ITEM_COUNT,
    codes.PATTERN,
    codes.PARAMETER_COMBINATION,
    codes.MEDIA_KIND,
    codes.UNKNOWN_TAG,
}
"""What the SDK's types cannot tell: limits, forms of texts, rules, and which kind of medium an address is."""


def name(row: Capability) -> str:
    """Name a row in the list of tests."""
    return f"{row.endpoint}/{row.variant}"


def plain(value: Any) -> Any:  # noqa: ANN401 - whatever the judge gives
    """Write what the judge gives as the SDK would get it: addresses, lists."""
    if isinstance(value, RemoteMedium):
        return value.uri
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items()}
    return [plain(item) for item in value] if isinstance(value, tuple) else value


def takes(typed_dict: type, given: Mapping[str, object]) -> bool:
    """Tell whether pydantic takes a request by a type, without making it strict here."""
    try:
        TypeAdapter(typed_dict).validate_python(given, strict=True)
    except ValueError:
        return False
    return True


BLIND_SPOTS: list[tuple[str, Mapping[str, object]]] = [
    ("unknown key", {**CLIP, "colour": "red"}),
    ("bad item", {**CLIP, "prompt_image": [5]}),
    ("bad item below", {**CLIP, "prompt_image": [{"uri": 5, "position": "first"}]}),
    ("unknown key of an item", {**CLIP, "prompt_image": [{"uri": IMAGE, "position": "first", "tag": "x"}]}),
]


@pytest.mark.parametrize(("spot", "given"), BLIND_SPOTS, ids=[spot for spot, _ in BLIND_SPOTS])
def test_oracle_sees_what_the_plain_types_let_pass(spot: str, given: Mapping[str, object]) -> None:
    """Pydantic over the SDK's types takes each of these; over the rebuilt types it takes none."""
    del spot
    typed_dict = typed_dict_of("image_to_video", "veo3.1")
    assert takes(typed_dict, given)
    assert not takes(strict(typed_dict), given)
    assert takes(strict(typed_dict), CLIP)


def test_oracle_tells_true_from_one() -> None:
    """`Literal[1, 4]` takes True in plain pydantic; the oracle does not, nor NaN for a number."""
    still = {"model": "gemini_image3_pro", "prompt_text": "x", "ratio": "1024:1024"}
    typed_dict = typed_dict_of("text_to_image", "gemini_image3_pro")
    assert takes(typed_dict, {**still, "output_count": True})
    assert not takes(strict(typed_dict), {**still, "output_count": True})
    assert takes(strict(typed_dict), {**still, "output_count": 4})
    sound = {"model": "eleven_text_to_sound_v2", "prompt_text": "x"}
    typed_dict = typed_dict_of("sound_effect", "eleven_text_to_sound_v2")
    assert takes(typed_dict, {**sound, "duration": float("nan")})
    assert not takes(strict(typed_dict), {**sound, "duration": float("nan")})
    assert takes(strict(typed_dict), {**sound, "duration": 1.5})


def test_oracle_is_told_what_the_sdk_leaves_open() -> None:
    """The keys whose items the SDK calls `object` are those that are written out here, and no others."""
    left_open = set()
    for endpoint in ("text_to_video", "image_to_video"):
        module = importlib.import_module(f"runwayml.types.{endpoint}_create_params")
        for member in vars(module).values():
            if typing_extensions.is_typeddict(member):
                hints = typing_extensions.get_type_hints(member)
                left_open |= {(member.__name__, key) for key, hint in hints.items() if leaves_open(hint)}
    assert left_open == set(UNTYPED)


def leaves_open(hint: object) -> bool:
    """Tell whether an annotation says `object` anywhere, inside other types too."""
    return hint is object or any(leaves_open(argument) for argument in typing.get_args(hint))


@pytest.mark.parametrize("row", ROWS, ids=name)
def test_good_requests_pass_both(row: Capability) -> None:
    """A hundred requests made from the row pass the judge and the SDK's types."""
    for request in valid_requests(row, 100, 1):
        verdict = judge(row, request, open_address)
        assert verdict.findings == ()
        assert is_accepted(row, request), request
        assert is_accepted(row, plain(verdict.params)), verdict.params


@pytest.mark.parametrize("row", ROWS, ids=name)
def test_faults_are_refused_by_both(row: Capability) -> None:
    """Every fault is refused by the judge, at its parameter; what types can tell, by the SDK's too."""
    for mutant in mutants(row, 1):
        findings = judge(row, mutant.request, open_address).findings
        assert findings, mutant
        if mutant.is_structural:
            at = mutant.path[:0] if mutant.kind.startswith(("missing", "wire_name")) else mutant.path[:1]
            assert any(finding.path[: len(at)] == at for finding in findings), (mutant, findings)
            assert not is_accepted(row, mutant.request), mutant


@pytest.mark.parametrize("row", ROWS, ids=name)
def test_anything_at_any_place_is_judged_alike(row: Capability) -> None:
    """With anything at one place: what the SDK takes is refused for limits alone; never the reverse."""
    for request, path in scrambled_requests(row, 100, 1):
        verdict = judge(row, request, open_address)
        if verdict.is_accepted:
            assert is_accepted(row, plain(verdict.params)), (path, request)
        elif is_accepted(row, request):
            of_type = [finding for finding in verdict.findings if finding.code not in LIMITS]
            assert not of_type or is_free_size(row, path), (path, request)


def test_our_own_operations_are_judged_too() -> None:
    """Rows that the SDK does not have take what is made from them, and refuse what is put at fault."""
    for row in load_catalog().rows:
        if row.is_local:
            for request in valid_requests(row, 100, 1):
                assert judge(row, request, open_address).findings == ()
            for mutant in mutants(row, 1):
                assert judge(row, mutant.request, open_address).findings, mutant
            for request, _ in scrambled_requests(row, 300, 1):
                judge(row, request, open_address)


def is_free_size(row: Capability, path: tuple[str | int, ...]) -> bool:
    """Tell whether a value is a size of any text to the SDK, while the row wants numbers."""
    return any(rule.kind == "free_size" and rule.args["of"] == path[0] for rule in row.rules)
