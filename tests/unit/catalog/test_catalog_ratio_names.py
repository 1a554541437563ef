"""The short names of ratios."""

from __future__ import annotations

from runway_flow.catalog.loader import load_catalog
from runway_flow.catalog.ratio_names import ratio_names, ratio_params
from tests.fakes.judgements import row, verdict_of

CATALOG = load_catalog()


def names_of(uses: str, name: str = "ratio") -> dict[str, str | None]:
    """Give the names of a row's values."""
    found = row(uses)
    return dict(ratio_names(found, found.by_name[name]))


def test_an_aspect_is_enough_where_it_is_the_only_one() -> None:
    """A value that alone has its aspect is named by it."""
    assert names_of("text_to_video/gen4.5") == {"1280:720": "16:9", "720:1280": "9:16"}


def test_the_size_goes_with_it_where_several_have_the_aspect() -> None:
    """Of several values with an aspect each is named with its size: its tier's name first."""
    assert names_of("text_to_video/veo3.1")["1920:1080"] == "16:9@1080p"
    assert names_of("text_to_video/seedance2")["3840:1646"] == "21:9@4K"
    assert names_of("text_to_image/gemini_image3.1_flash")["672:384"] == "16:9@384p"


def test_what_has_no_usual_aspect_has_no_name() -> None:
    """Words, aspects as values and strange shapes are written as they are."""
    assert names_of("text_to_image/muse_image")["auto"] is None
    assert set(names_of("video_to_video/aleph2", "target_aspect_ratio").values()) == {None}
    assert names_of("text_to_image/gemini_image3.1_flash")["1408:176"] is None


def test_free_sizes_have_no_names() -> None:
    """Where any size may stand there is nothing to name."""
    assert names_of("video_to_video/aleph2") == {}
    assert [param.name for param in ratio_params(row("media/concat"))] == ["size"]
    assert names_of("media/concat", "size") == {}


def test_each_name_means_its_value() -> None:
    """Every name that is shown is judged to be the value beside it, in every row."""
    seen: set[tuple[object, str]] = set()
    for each in CATALOG.rows:
        for param in ratio_params(each):
            for value, name in ratio_names(each, param).items():
                if name is not None and (param.shape.values, name) not in seen:
                    seen.add((param.shape.values, name))
                    assert verdict_of(each, {param.name: name}).params[param.name] == value
    assert len(seen) > 300
