"""How long a run takes, about: the longest chain, or what waits for room."""

from __future__ import annotations

import pytest

from runway_flow.plan.duration import ASSUMED_WIDTH, LOCAL, Work, estimate_time, works_of
from runway_flow.plan.plan import Crowd
from runway_flow.plan.settings import PlanSettings
from tests.fakes.flows import STILL, flow_of, plan_of, stored_through

CLIP = "uses: gen4.5, with: {ratio: 1280:720, prompt_text: x, duration: 5}"


def test_the_longest_chain_counts_where_there_is_room() -> None:
    """With room for all the run takes as long as the chain whose seconds sum up highest."""
    works = {"a": Work(10, "m"), "b": Work(30, "m"), "c": Work(5, "n")}
    found = estimate_time(works, {"c": ["a", "b"]})
    assert (found.seconds, found.path, found.crowd) == (35, ("b", "c"), None)


def test_what_waits_for_room_counts_where_there_is_little() -> None:
    """Where more is to be done than may run at once, the sum of it divided by the room is the time."""
    works = {f"a{at}": Work(30, "gen4.5") for at in range(40)} | {"b": Work(100, "other")}
    found = estimate_time(works, {})
    assert found.seconds == 40 * 30 / ASSUMED_WIDTH
    assert found.crowd == Crowd("gen4.5", 40, ASSUMED_WIDTH)
    assert found.path == ("b",)
    assert found.path_seconds == 100


def test_fewer_tasks_than_there_is_room_for() -> None:
    """Unequal tasks that all fit at once are no crowd, whatever their sum."""
    works = {"a": Work(50, "m"), "b": Work(50, "m"), "c": Work(50, "m")}
    assert estimate_time(works, {}).seconds == 50


def test_a_limit_of_the_user_counts_over_all_models() -> None:
    """`-j` lowers the room of each model, and that of all together."""
    works = {"a": Work(30, "m"), "b": Work(30, "n"), "c": Work(30, "o")}
    assert estimate_time(works, {}).seconds == 30
    found = estimate_time(works, {}, jobs=2)
    assert (found.seconds, found.crowd) == (45, Crowd(None, 3, 2))
    found = estimate_time({name: Work(30, "m") for name in "abc"}, {}, jobs=1)
    assert (found.seconds, found.crowd) == (90, Crowd("m", 3, 1))


def test_this_machine_does_one_thing_after_the_other() -> None:
    """Operations of this machine share its processor: their times add up."""
    found = estimate_time({"a": Work(5, LOCAL), "b": Work(5, LOCAL)}, {}, jobs=1)
    assert (found.seconds, found.crowd) == (10, Crowd(LOCAL, 2, 1))


def test_nothing_takes_no_time() -> None:
    """Without work there is no time, no path, no crowd."""
    found = estimate_time({}, {})
    assert (found.seconds, found.path, found.crowd) == (0, (), None)


def test_what_a_plan_has_to_do() -> None:
    """What runs, is known later or in flight takes the model's usual time; what is stored takes none."""
    text = flow_of(
        f"still: {{{STILL}}}\nclip: {{{CLIP}}}\nfilm: {{uses: media/frame, with: {{video: a.mp4}}}}"
    )
    works = works_of(plan_of(text).steps)
    assert [(name, work.pool) for name, work in works.items()] == [
        ("still", "gen4_image"),
        ("clip", "gen4.5"),
        ("film", LOCAL),
    ]
    assert works["clip"].seconds > works["still"].seconds > works["film"].seconds > 0
    assert set(works_of(plan_of(text, stored_through(text, "still")).steps)) == {"clip", "film"}


def test_equal_actions_take_one_place() -> None:
    """What gets another's result waits for it, and takes no room of its own."""
    works = works_of(plan_of(flow_of("\n".join(f"s{at}: {{{STILL}}}" for at in range(9)))).steps)
    assert [work.pool for work in works.values()] == ["gen4_image"] + [None] * 8
    assert estimate_time(works, {}).crowd is None


@pytest.mark.parametrize(
    ("clips", "least", "most"),
    [("[a.mp4]", 3, 4), ("[a.mp4, b.mp4]", 5, 7), ('["https://example.com/a.mp4"]', 4, 8)],
)
def test_encoding_takes_time_by_length(clips: str, least: float, most: float) -> None:
    """A film that is encoded takes longer the longer it is; where nobody knows that, it is guessed."""
    works = works_of(plan_of(flow_of(f"cut: {{uses: media/concat, with: {{clips: {clips}}}}}")).steps)
    assert least <= works["cut"].seconds <= most


def test_laying_a_sound_is_quick() -> None:
    """`media/mux` copies the picture."""
    steps = plan_of(flow_of("film: {uses: media/mux, with: {video: a.mp4, audio: b.mp3}}")).steps
    assert works_of(steps)["film"].seconds < 2


def test_the_plan_says_how_long_it_takes() -> None:
    """The plan keeps the time, the chain and the crowd; the user's limit counts."""
    params = "ratio: 1280:720, duration: 5, prompt_text: '${{ item }}'"
    text = flow_of(f"clip: {{foreach: '${{{{ range(20) | list }}}}', uses: gen4.5, with: {{{params}}}}}")
    text = text.replace("'${{ item }}'", "'take ${{ item }}'")
    plan = plan_of(text)
    assert plan.crowd == Crowd("gen4.5", 20, ASSUMED_WIDTH)
    assert plan.seconds > plan.critical_seconds > 0
    narrow = plan_of(text, settings=PlanSettings("runway", jobs=1))
    assert narrow.seconds == pytest.approx(plan.seconds * ASSUMED_WIDTH)
    assert narrow.jobs == 1
