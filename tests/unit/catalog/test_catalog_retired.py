"""Models that the API no longer takes: their last rows, what to write instead, how they are let through."""

from __future__ import annotations

import pytest

from runway_flow.catalog.capability import Capability
from runway_flow.catalog.catalog import Catalog, Retired
from runway_flow.catalog.judge import judge
from runway_flow.catalog.loader import load_catalog
from runway_flow.catalog.pricing import estimate
from runway_flow.catalog.retired_models import find_retired, retired_rows
from runway_flow.catalog.selection import candidates, choose, find_let_through
from runway_flow.catalog.verdict import Finding
from runway_flow.kernel.diagnostics import Severity
from tests.fakes.judgements import accepted, only_finding
from tests.fakes.media_values import image, open_by_name, video

CATALOG = load_catalog()
OPEN = CATALOG.admitting(retired=True)


def refused(uses: str, catalog: Catalog = CATALOG) -> Finding:
    """Give the finding of a `uses` that means nothing."""
    found = candidates(catalog, uses)
    assert isinstance(found, Finding)
    return found


def row_of(uses: str, *given: str) -> Capability:
    """Give the row that is meant where retired models are let through."""
    rows = candidates(OPEN, uses)
    assert not isinstance(rows, Finding)
    found = choose(rows, frozenset(given))
    assert isinstance(found, Capability)
    return found


@pytest.mark.parametrize(
    ("uses", "line"),
    [
        ("gen3a_turbo", "uses: gen4_turbo"),
        ("image_to_video/gen3a_turbo", "uses: image_to_video/gen4_turbo"),
        ("text_to_video/gen3a_turbo", "uses: gen4_turbo"),
        ("gen4_aleph", "uses: aleph2"),
        ("veo3", "uses: veo3.1"),
        ("image_to_video/veo3", "uses: image_to_video/veo3.1"),
        ("upscale_v1", "uses: magnific_video_upscaler_creative"),
        ("aleph", "uses: aleph2"),
        ("gen-3-alpha", "uses: gen4_turbo"),
        ("image_to_video/gen-3-alpha", "uses: image_to_video/gen4_turbo"),
    ],
)
def test_the_line_to_paste(uses: str, line: str) -> None:
    """The line of the successor is ready to paste, pinned where the author pinned it and it can be."""
    assert refused(uses).hint == f"write `{line}`"
    assert not isinstance(candidates(CATALOG, line.removeprefix("uses: ")), Finding)


def test_what_else_changes() -> None:
    """The notes say what the successor needs, does not take and lists otherwise, and of the flag."""
    assert refused("gen3a_turbo").notes == (
        "its end was announced for 2026-07-30",
        (
            "gen4_turbo (image_to_video) needs `ratio`; it takes as `ratio` one of "
            "1280:720 720:1280 1104:832 960:960 832:1104 1584:672"
        ),
        "if your account still has it: `--allow-retired` sends it as it was last known",
    )
    assert refused("gen4_aleph").notes[0] == "aleph2 (video_to_video) takes no `references`"
    assert refused("veo3").notes[0].startswith("if your account")


def test_what_a_successor_newly_requires() -> None:
    """A parameter that the retired model did not have, and the successor requires, is named."""
    catalog = Catalog.of(CATALOG.rows)
    old = CATALOG.retired["upscale_v1"]
    catalog.retired = {"old": Retired("old", replacement="enhance_frame_rate", sources=old.sources)}
    assert find_retired(catalog, "", "old").notes[0] == (
        "enhance_frame_rate (video_upscale) needs `target_framerate`"
    )
    catalog.retired = {"old": Retired("old", replacement="act_two", sources=old.sources)}
    assert len(find_retired(catalog, "", "old").notes) == 1


def test_names_of_older_texts() -> None:
    """A name that never was an id of the API says which model it means."""
    assert refused("aleph").message == (
        "`aleph` is a name of older texts for gen4_aleph, which is retired since 2026-06-10"
    )


def test_a_model_without_a_successor() -> None:
    """Where nothing takes its place, there is no line; without rows, no flag helps."""
    catalog = Catalog.of(CATALOG.rows)
    catalog.retired = {"old": Retired("old", note="it was a preview")}
    found = refused("old", catalog)
    assert (found.message, found.hint, found.label, found.notes) == (
        "old is retired",
        None,
        None,
        ("it was a preview",),
    )
    assert isinstance(candidates(catalog.admitting(retired=True), "old"), Finding)


@pytest.mark.parametrize(
    ("uses", "given", "row"),
    [
        ("gen3a_turbo", (), "image_to_video/gen3a_turbo"),
        ("veo3", ("prompt_text", "ratio"), "text_to_video/veo3"),
        ("veo3", ("prompt_image", "ratio"), "image_to_video/veo3"),
        ("image_to_video/veo3", (), "image_to_video/veo3"),
        ("upscale_v1", (), "video_upscale/upscale_v1"),
        ("aleph", (), "video_to_video/gen4_aleph"),
        ("image_to_video/gen-3-alpha", (), "image_to_video/gen3a_turbo"),
    ],
)
def test_retired_models_are_let_through(uses: str, given: tuple[str, ...], row: str) -> None:
    """With the flag a retired model means its last rows, chosen as any model's."""
    assert row_of(uses, *given).uses == row


def test_let_through_is_a_warning() -> None:
    """What is let through is told once more as a warning, with the successor, without the flag."""
    found = find_let_through(OPEN, "aleph", (row_of("aleph"),))
    assert found is not None
    assert (found.code.id, found.severity, found.hint) == ("RF305", Severity.WARNING, "write `uses: aleph2`")
    assert found.notes == ("aleph2 (video_to_video) takes no `references`",)
    assert find_let_through(OPEN, "gen4.5", OPEN.of_model("gen4.5")) is None


def test_an_endpoint_that_a_retired_model_never_had() -> None:
    """Pinned to an endpoint that it did not have, a retired model is refused also with the flag."""
    assert refused("text_to_video/gen3a_turbo", OPEN).code.id == "RF305"
    assert retired_rows(CATALOG, "text_to_video", "gen3a_turbo") == ()


def test_last_known_parameters() -> None:
    """Retired rows judge as others do, by what the SDK said last (4.18.0, 5.13.0, 4.2.0)."""
    clip = {"prompt_image": image(), "prompt_text": "x"}
    gen3 = row_of("gen3a_turbo")
    assert accepted(gen3, {**clip, "ratio": "5:3", "duration": "5s"})["ratio"] == "1280:768"
    assert only_finding(gen3, {**clip, "ratio": "1280:720"}).code.id == "RF311"
    assert only_finding(gen3, {**clip, "duration": 6}).code.id == "RF311"
    aleph = {"video_uri": video(), "prompt_text": "x", "references": [image(), image()]}
    assert only_finding(row_of("gen4_aleph"), aleph).code.id == "RF313"
    veo = row_of("veo3", "prompt_text", "ratio")
    assert accepted(veo, {"prompt_text": "x", "ratio": "16:9@720p"})["duration"] == 8
    assert only_finding(row_of("upscale_v1"), {"video_uri": video(), "prompt_text": "x"}).code.id == "RF306"


def test_last_known_prices() -> None:
    """The prices that older texts state are kept; the others are unknown."""
    verdict = judge(
        row_of("veo3", "prompt_text", "ratio"), {"prompt_text": "x", "ratio": "1280:720"}, open_by_name
    )
    assert estimate(row_of("veo3", "prompt_text", "ratio"), verdict.params).high == 320
    assert not estimate(row_of("gen3a_turbo"), {}).is_known


def test_catalogue_as_it_is() -> None:
    """Without the flag no retired model is among the rows; with it all are, before our own operations."""
    assert CATALOG.admitting() is CATALOG
    assert "veo3" not in CATALOG.model_names()
    added = [row.uses for row in OPEN.rows if row.model in CATALOG.retired]
    assert len(added) == 5
    assert [row.is_local for row in OPEN.rows] == sorted(row.is_local for row in OPEN.rows)
    assert (OPEN.takes_retired, OPEN.takes_unknown) == (True, False)
