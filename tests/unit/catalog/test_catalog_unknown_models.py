"""Models that the table does not know: what is checked, what is sent as written, where they go."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runway_flow.catalog.capability import Capability, ParamType
from runway_flow.catalog.judge import judge
from runway_flow.catalog.loader import load_catalog
from runway_flow.catalog.outputs import output_count
from runway_flow.catalog.pricing import estimate
from runway_flow.catalog.selection import candidates, find_let_through
from runway_flow.catalog.unknown_models import model_endpoints, sdk_name, unknown_row, wire_name
from runway_flow.catalog.verdict import Finding, Verdict
from runway_flow.kernel import codes
from runway_flow.kernel.diagnostics import Severity
from runway_flow.kernel.digests import digest_json
from runway_flow.kernel.files import FileProblem
from runway_flow.kernel.media import MediaKind, RemoteMedium
from runway_flow.kernel.values import Deferred
from runway_flow.plan.keys import without_bytes
from runway_flow.spec.evaluator import find_deferred
from tests.fakes.media_values import audio, image, open_by_name, video

CATALOG = load_catalog()
OPEN = CATALOG.admitting(unknown=True)


def found_for(uses: str, *names: str) -> Capability | Finding:
    """Give the row that a model which nobody knows means, or why there is none."""
    found = candidates(OPEN, uses, names)
    return found if isinstance(found, Finding) else found[0]


def verdict_of(uses: str, params: dict[str, object]) -> Verdict:
    """Judge the parameters of a model that nobody knows."""
    found = found_for(uses, *params)
    assert isinstance(found, Capability)
    return judge(found, params, open_by_name, catalog=OPEN)


def sent(uses: str, **params: object) -> dict[str, object]:
    """Give what is sent for a model that nobody knows, but its name."""
    verdict = verdict_of(uses, params)
    assert verdict.findings == ()
    request = dict(verdict.request)
    assert request.pop("model") == uses.rpartition("/")[2]
    return request


@pytest.mark.parametrize(
    ("names", "endpoint"),
    [
        (("prompt_text", "duration", "ratio"), "text_to_video"),
        (("prompt_text", "ratio", "reference_images"), "text_to_image"),
        (("prompt_text", "prompt_image"), "image_to_video"),
        (("prompt_video", "prompt_text"), "video_to_video"),
        (("video_uri", "prompt_text", "references"), "video_to_video"),
        (("image_uri",), "image_upscale"),
        (("audio_uri", "target_lang"), "voice_dubbing"),
        (("prompt_text", "language_code", "voice_age"), "text_to_speech"),
    ],
)
def test_names_tell_the_endpoint(names: tuple[str, ...], endpoint: str) -> None:
    """The endpoint is the only one that has all names that any model has, and the media that it needs."""
    found = found_for("gen9", *names)
    assert isinstance(found, Capability)
    assert found.endpoint == endpoint


def test_names_that_fit_several() -> None:
    """Where the names do not tell, the endpoints that fit are listed, with the line to write."""
    found = found_for("gen9", "prompt_text", "ratio")
    assert isinstance(found, Finding)
    assert (found.code.id, found.notes) == ("RF304", ("they fit several: text_to_image, text_to_video",))
    assert found.hint == "pin it: `uses: text_to_image/gen9`"


def test_names_that_fit_none() -> None:
    """Names that no endpoint has together leave all of them."""
    found = found_for("gen9", "prompt_image", "target_lang")
    assert isinstance(found, Finding)
    assert found.code.id == "RF303"
    assert found.notes[0].startswith("they fit none: text_to_image, text_to_video")


@pytest.mark.parametrize("uses", ["text_to_hologram/gen9", "generate/video/gen9", "media/gen9", ""])
def test_endpoints_must_be_known(uses: str) -> None:
    """A model can be new, an endpoint cannot: nobody knows its path."""
    assert isinstance(found_for(uses), Finding)


def test_known_models_are_judged_by_their_rows() -> None:
    """The flag changes nothing for what the table knows: rows, retired models, models elsewhere apart."""
    assert candidates(OPEN, "gen4.5") == CATALOG.of_model("gen4.5")
    retired = found_for("veo3")
    assert isinstance(retired, Finding)
    assert retired.code.id == "RF305"


def test_what_is_given_is_sent() -> None:
    """Names and values go as they are written, by the API's spelling; nothing is filled in."""
    assert sent(
        "text_to_video/gen9",
        prompt_text="A lamp\n",
        duration="5s",
        ratio="1280x720",
        audio="stereo",
        motion_amount=3.0,
        deep={"inner_value": [{"more_deep": True}], "text": "x"},
    ) == {
        "promptText": "A lamp",
        "duration": 5,
        "ratio": "1280:720",
        "audio": "stereo",
        "motionAmount": 3,
        "deep": {"innerValue": ({"moreDeep": True},), "text": "x"},
    }


def test_media_are_found_as_for_known_models() -> None:
    """Media may stand bare where models of the endpoint take them; of new parameters the name says it."""
    request = sent(
        "image_to_video/gen9",
        prompt_image={"first": image(), "last": image()},
        references=[image()],
        reference_audio=[audio()],
        depth_video="runway://depth",
        style_uri="https://example.com/style",
        anything=image(),
        text="https://example.com/",
    )
    assert request["promptImage"] == (
        {"position": "first", "uri": image()},
        {"position": "last", "uri": image()},
    )
    assert request["references"] == ({"uri": image()},)
    assert request["referenceAudio"] == ({"type": "audio", "uri": audio()},)
    assert isinstance(request["depthVideo"], RemoteMedium)
    assert isinstance(request["styleUri"], RemoteMedium)
    assert request["anything"] == image()
    assert request["text"] == "https://example.com/"


def test_other_kinds_of_media_are_left_to_the_api() -> None:
    """A new model may take videos where all others take images."""
    assert sent("text_to_image/gen9", prompt_text="x", reference_images=[video()])["referenceImages"] == (
        {"uri": video()},
    )


def test_files_that_are_not_there_are_refused() -> None:
    """A medium that cannot be read is an error also for a model that nobody knows."""

    def missing(_: object) -> FileProblem:
        return FileProblem(codes.FILE_UNREADABLE, "it does not exist")

    row = unknown_row(CATALOG, "text_to_video", "gen9", ("prompt_text", "depth_video", "pinned"))
    pinned = {"url": "https://example.com/a.png", "sha256": "0" * 64}
    verdict = judge(row, {"prompt_text": "x", "depth_video": "a.mp4", "pinned": pinned}, missing)
    assert [finding.code.id for finding in verdict.findings] == ["RF411", "RF411"]


def test_values_to_come() -> None:
    """What a run will tell is taken wherever it stands."""
    later = Deferred(frozenset(("a",)), MediaKind.VIDEO)
    request = sent(
        "text_to_video/gen9", prompt_text=Deferred(), depth_video=later, other=later, seed=Deferred()
    )
    assert request == {"promptText": Deferred(), "depthVideo": later, "other": later, "seed": Deferred()}


@pytest.mark.parametrize(
    ("uses", "params", "code", "path"),
    [
        ("text_to_video/gen9", {"prompt_text": 5}, "RF308", ("prompt_text",)),
        ("text_to_video/gen9", {"prompt_text": "x", "duration": [5]}, "RF308", ("duration",)),
        ("text_to_image/gen9", {"ratio": "1:1"}, "RF307", ()),
        ("voice_dubbing/gen9", {"audio_uri": audio(), "target_lang": True}, "RF308", ("target_lang",)),
        ("text_to_video/gen9", {"prompt_text": "x", "ratio": "16:9@1080p"}, "RF311", ("ratio",)),
        ("text_to_video/gen9", {"prompt_text": "x", "amount": float("nan")}, "RF308", ("amount",)),
        ("text_to_video/gen9", {"prompt_text": "x", "words": "\ud800"}, "RF315", ("words",)),
        ("text_to_video/gen9", {"prompt_text": "x", "depth_video": "\ud800"}, "RF315", ("depth_video",)),
        ("text_to_video/gen9", {"prompt_text": "x", "deep": {"\ud800": 1}}, "RF315", ("deep",)),
    ],
)
def test_what_all_models_share_is_checked(
    uses: str, params: dict[str, object], code: str, path: tuple[str, ...]
) -> None:
    """Parameters that every model there has keep their type, and are required if all require them."""
    findings = verdict_of(uses, params).findings
    assert [(finding.code.id, finding.path) for finding in findings] == [(code, path)]


def test_values_that_others_list_are_free() -> None:
    """Languages, qualities and lengths of other models are no limits of one that nobody knows."""
    request = sent("voice_dubbing/gen9", audio_uri=audio(), target_lang="tlh", num_speakers=900)
    assert (request["targetLang"], request["numSpeakers"]) == ("tlh", 900)
    assert sent("text_to_video/gen9", prompt_text="x" * 100_000, duration="auto")["duration"] == "auto"


def test_price_and_output() -> None:
    """The price is unknown; the kind is the endpoint's, the number the one asked for."""
    verdict = verdict_of("text_to_image/gen9", {"prompt_text": "x", "output_count": 3})
    row = found_for("text_to_image/gen9", "prompt_text", "output_count")
    assert isinstance(row, Capability)
    assert not estimate(row, verdict.params).is_known
    assert (row.output.kind, output_count(row, verdict.params)) == (MediaKind.IMAGE, 3)
    other = found_for("voice_isolation/gen9")
    assert isinstance(other, Capability)
    assert (other.output.kind, output_count(other, {})) == (MediaKind.AUDIO, 1)


def test_let_through_is_a_warning() -> None:
    """What nobody knows is told as a warning, with the nearest name that somebody does."""
    row = found_for("text_to_video/gen4.6", "prompt_text")
    assert isinstance(row, Capability)
    found = find_let_through(OPEN, "text_to_video/gen4.6", (row,))
    assert found is not None
    assert (found.code.id, found.severity, found.label) == (
        "RF301",
        Severity.WARNING,
        "did you mean `gen4.5`?",
    )
    assert found.message == (
        "gen4.6 is not in the table of 2026-10-23: it is sent to text_to_video as written"
    )


@pytest.mark.parametrize(
    "row", [row for row in CATALOG.rows if row.model is not None], ids=lambda row: row.uses
)
def test_names_of_the_api_follow_one_rule(row: Capability) -> None:
    """The spelling of new parameters is that of all parameters that there are."""
    for param in row.params:
        assert wire_name(param.name) == param.wire
        assert sdk_name(param.wire) == param.name


def test_every_endpoint_with_models() -> None:
    """Each endpoint at which models are named takes unknown ones; its shared parameters have no limits."""
    assert len(model_endpoints(CATALOG)) == 15
    for endpoint in model_endpoints(CATALOG):
        names = {name for row in CATALOG.at(endpoint) for name in row.by_name}
        row = unknown_row(CATALOG, endpoint, "gen9", sorted(names))
        assert (row.is_known, set(row.by_name)) == (False, names)
        assert all(param.shape.maximum is None for param in row.params)


_WORDS = st.text("ab_:/@\n\ud800", max_size=6)
_PLAIN = st.recursive(
    st.sampled_from([None, True, 5, 0.5, float("nan"), 10**30, image(), Deferred()]) | _WORDS,
    lambda below: st.lists(below, max_size=3) | st.dictionaries(_WORDS, below, max_size=3),
    max_leaves=8,
)
_NAMES = st.sampled_from(["prompt_text", "references", "voice", "keyframes", "other", "a_uri"])


@given(st.sampled_from(model_endpoints(CATALOG)), st.dictionaries(_NAMES, _PLAIN, max_size=4))
def test_anything_is_judged(endpoint: str, params: dict[str, object]) -> None:
    """Whatever is written, the judge answers; what it accepts can be sent, and has a key."""

    def open_nothing(_: object) -> FileProblem:
        return FileProblem(codes.FILE_UNREADABLE, "it does not exist")

    row = unknown_row(CATALOG, endpoint, "gen9", list(params))
    assert all(param.shape.type is ParamType.ANY or param.name != "other" for param in row.params)
    verdict = judge(row, params, open_nothing)
    if verdict.is_accepted and find_deferred(verdict.request) is None:
        digest_json({"request": without_bytes(verdict.request)})
