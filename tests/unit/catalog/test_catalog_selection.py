"""Which row a step means."""

from __future__ import annotations

import pytest

from runway_flow.catalog.capability import Capability
from runway_flow.catalog.loader import load_catalog
from runway_flow.catalog.selection import candidates, choose, missing
from runway_flow.catalog.suggestions import models_taking
from runway_flow.catalog.verdict import Finding

CATALOG = load_catalog()


def refused(uses: str) -> Finding:
    """Give the finding of a `uses` that means nothing."""
    found = candidates(CATALOG, uses)
    assert isinstance(found, Finding)
    return found


def chosen(model: str, *given: str) -> Capability | Finding:
    """Choose among a model's rows by the names given."""
    rows = candidates(CATALOG, model)
    assert not isinstance(rows, Finding)
    return choose(rows, frozenset(given))


def row_of(model: str, *given: str) -> str:
    """Give the row that is chosen."""
    found = chosen(model, *given)
    assert isinstance(found, Capability)
    return found.uses


def finding_of(model: str, *given: str) -> Finding:
    """Give the finding where none is chosen."""
    found = chosen(model, *given)
    assert isinstance(found, Finding)
    return found


@pytest.mark.parametrize(
    ("uses", "rows"),
    [
        ("gen4.5", ["text_to_video/gen4.5", "image_to_video/gen4.5"]),
        ("image_to_video/gen4.5", ["image_to_video/gen4.5"]),
        ("media/concat", ["media/concat"]),
        ("generate/video", ["generate/video"]),
    ],
)
def test_uses_names_rows(uses: str, rows: list[str]) -> None:
    """A model means each of its endpoints, a pinned one itself, an operation and a router their own row."""
    found = candidates(CATALOG, uses)
    assert not isinstance(found, Finding)
    assert [row.uses for row in found] == rows


@pytest.mark.parametrize(
    ("uses", "code", "message", "label"),
    [
        ("gen4_imag", "RF301", "no model or operation `gen4_imag`", "did you mean `gen4_image`?"),
        ("zzz", "RF301", "no model or operation `zzz`", None),
        ("text_to_image", "RF301", "`text_to_image` is an endpoint", None),
        ("text_to_image/gen4_imag", "RF301", "text_to_image has no model", "did you mean `gen4_image`?"),
        (
            "image_to_video/gen4_imag",
            "RF301",
            "image_to_video has no model `gen4_imag`",
            "did you mean `text_to_image/gen4_image`?",
        ),
        ("image_to_video/zzz", "RF301", "image_to_video has no model `zzz`", None),
        ("image_to_video/gen4_image", "RF302", "gen4_image is not available at image_to_video", None),
        (
            "imag_to_video/gen4.5",
            "RF302",
            "no endpoint `imag_to_video`",
            "did you mean `image_to_video/gen4.5`?",
        ),
        ("zzz/gen4.5", "RF302", "no endpoint `zzz`", None),
        ("media/concta", "RF301", "no operation `media/concta`", "did you mean `media/concat`?"),
        ("veo3", "RF305", "veo3 is retired since 2026-08-13", "veo3.1 takes its place"),
        ("image_to_video/gen3a_turbo", "RF305", "gen3a_turbo is retired", "gen4_turbo takes its place"),
        ("old/gen3a_turbo", "RF305", "gen3a_turbo is retired", "gen4_turbo takes its place"),
        ("aleph", "RF305", "`aleph` is a name of older texts for gen4_aleph", "aleph2 takes its place"),
        ("text_to_vide", "RF301", "no model or operation `text_to_vide`", "did you mean `text_to_video`?"),
        (
            "generate/video/gen9",
            "RF301",
            "generate/video has no model `gen9`",
            "did you mean `text_to_video/gen4.5`?",
        ),
        ("media/trim", "RF130", "`media/trim` is not supported yet", None),
        ("llm", "RF130", "`llm` is not supported yet", None),
        ("recipe/product_ad", "RF130", "not supported yet", None),
        ("recipes/product_ad", "RF130", "not supported yet", None),
        ("workflows", "RF130", "not supported yet", None),
    ],
)
def test_uses_that_means_nothing(uses: str, code: str, message: str, label: str | None) -> None:
    """What cannot be used gets its code, says why, and names what was probably meant."""
    found = refused(uses)
    assert found.code.id == code
    assert message in found.message
    assert found.label == label


def test_known_model_elsewhere_lists_its_endpoints() -> None:
    """A model at an endpoint that it does not have says which it has."""
    found = refused("voice_dubbing/gen4.5")
    assert found.notes == ("its endpoints: text_to_video image_to_video",)
    assert found.hint == "write `uses: text_to_video/gen4.5`"


def test_unknown_model_says_how_a_newer_one_is_used() -> None:
    """Beside the nearest name stands the line, and the flag, for a model that is newer than the table."""
    found = refused("gen9")
    assert found.notes == ("`runway-flow models` lists them",)
    assert found.hint == "a model newer than the table: `uses: ENDPOINT/gen9` with `--allow-unknown-model`"
    pinned = "a model newer than the table: `uses: text_to_image/gen9` with `--allow-unknown-model`"
    assert refused("text_to_image/gen9").hint == pinned
    assert refused("generate/video/gen9").hint is None


@pytest.mark.parametrize(
    ("given", "row"),
    [
        (("prompt_text", "ratio", "duration"), "text_to_video/gen4.5"),
        (("prompt_text", "ratio", "duration", "prompt_image"), "image_to_video/gen4.5"),
        (("prompt_text", "duration"), "text_to_video/gen4.5"),
        (("prompt_image",), "image_to_video/gen4.5"),
        (("prompt_text", "ratio", "duration", "prompt_imge"), "image_to_video/gen4.5"),
        (("prompt_text", "ratio", "duration", "zzzz"), "text_to_video/gen4.5"),
    ],
)
def test_names_choose_the_endpoint(given: tuple[str, ...], row: str) -> None:
    """The endpoint follows from the names; a slip or an omission leaves the row that is plainly meant."""
    assert row_of("gen4.5", *given) == row


def test_only_row_is_always_chosen() -> None:
    """With one row there is nothing to choose: the judge says what is wrong."""
    assert row_of("act_two", "zzz") == "character_performance/act_two"


def test_video_input_goes_to_video_to_video() -> None:
    """A model with a video input is meant at video_to_video."""
    assert row_of("seedance2", "prompt_video", "prompt_text") == "video_to_video/seedance2"


@pytest.mark.parametrize(
    ("model", "given", "row"),
    [
        ("seedance2", ("prompt_text", "video_uri"), "video_to_video/seedance2"),
        ("gemini_omni_flash", ("prompt_text", "prompt_video"), "video_to_video/gemini_omni_flash"),
        ("gen4.5", ("prompt_text", "image"), "image_to_video/gen4.5"),
        ("kling_4", ("prompt_text", "first_image"), "image_to_video/kling_4"),
        ("seedance2", ("prompt_text", "reference_video"), "text_to_video/seedance2"),
        ("gen4.5", ("prompt_text", "audio_uri"), "text_to_video/gen4.5"),
    ],
)
def test_a_medium_under_another_name(model: str, given: tuple[str, ...], row: str) -> None:
    """What one model calls `video_uri` another calls `prompt_video`; the name says what is meant."""
    assert row_of(model, *given) == row


@pytest.mark.parametrize(
    "row", [row for row in CATALOG.rows if row.model is not None], ids=lambda row: row.uses
)
def test_every_row_is_chosen_by_what_it_requires(row: Capability) -> None:
    """What a row requires chooses it, and so does each further name; else it is among those to pin."""
    required = missing(row, frozenset())
    for more in ((), *((name,) for name in row.by_name)):
        found = chosen(str(row.model), *required, *more)
        assert found is row or (isinstance(found, Finding) and row.uses in " ".join(found.notes))


def test_only_ties_need_a_pin() -> None:
    """Of all rows only those of seed_audio cannot be told by what they require."""
    tied = {
        row.model
        for row in CATALOG.rows
        if row.model is not None and isinstance(chosen(row.model, *missing(row, frozenset())), Finding)
    }
    assert tied == {"seed_audio"}


def test_several_endpoints_fit() -> None:
    """Where names do not decide, the finding lists what to write."""
    found = finding_of("seed_audio", "prompt_text")
    assert found.code.id == "RF304"
    assert found.notes == ("text_to_speech/seed_audio", "sound_effect/seed_audio")


def test_contradicting_names_fit_nowhere() -> None:
    """Names of two endpoints together fit neither of them."""
    found = finding_of("seedance2", "prompt_video", "prompt_image")
    assert found.code.id == "RF303"
    assert found.notes == (
        "text_to_video/seedance2: needs `prompt_text`, does not take `prompt_image`, `prompt_video`",
        "image_to_video/seedance2: does not take `prompt_video`",
        "video_to_video/seedance2: does not take `prompt_image`",
    )


def test_nothing_given_leaves_no_choice() -> None:
    """Without any name several rows miss different things, and none is plainly meant."""
    assert finding_of("mirelo_sfx_2_0").code.id == "RF303"


def test_models_that_take_a_parameter() -> None:
    """The table can say which models of an endpoint take a parameter, or a value of it."""
    assert models_taking(CATALOG, "text_to_video", "negative_prompt") == ("veo3.1", "veo3.1_fast")
    assert "veo3.1" in models_taking(CATALOG, "image_to_video", "ratio", "1920:1080")
    assert "gen4.5" not in models_taking(CATALOG, "image_to_video", "ratio", "1920:1080")
    assert models_taking(CATALOG, "image_to_video", "duration", 30) == ("wan3", "wan3_prime", "seedance2_5")
    assert models_taking(CATALOG, "text_to_image", "prompt_text", "anything") == ()
