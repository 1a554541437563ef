"""The graph of instances: order, cycles, longest paths, what depends on what."""

from __future__ import annotations

from itertools import pairwise, permutations
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runway_flow import graph

if TYPE_CHECKING:
    from random import Random

Needs = dict[str, list[str]]


def acyclic(count: int, edges: list[tuple[int, int]]) -> Needs:
    """Make a graph without cycles: a name needs only names with a lower number."""
    needs: Needs = {f"n{at}": [] for at in range(count)}
    for first, second in edges:
        low, high = sorted((first % count, second % count))
        if low != high and f"n{low}" not in needs[f"n{high}"]:
            needs[f"n{high}"].append(f"n{low}")
    return needs


PAIRS = st.lists(st.tuples(st.integers(0, 5), st.integers(0, 5)), max_size=12)
COUNTS = st.integers(1, 6)


@given(COUNTS, PAIRS, st.randoms(use_true_random=False))
def test_each_comes_after_what_it_needs(count: int, edges: list[tuple[int, int]], random: Random) -> None:
    """Every name comes once, after everything that it needs, whatever the order of the file."""
    needs = acyclic(count, edges)
    names = list(needs)
    random.shuffle(names)
    ordered = graph.order({name: needs[name] for name in names})
    assert ordered is not None
    assert sorted(ordered) == sorted(needs)
    assert all(ordered.index(need) < ordered.index(name) for name in needs for need in needs[name])


@given(st.integers(1, 5), PAIRS)
def test_the_order_of_the_file_is_kept(count: int, edges: list[tuple[int, int]]) -> None:
    """Of all orders that are possible it is the one that stays nearest to the file, from the beginning."""
    needs = acyclic(count, edges)
    names = list(needs)[::-1]
    rank = {name: at for at, name in enumerate(names)}
    possible = [
        found
        for found in permutations(names)
        if all(found.index(need) < found.index(name) for name in needs for need in needs[name])
    ]
    expected = min(possible, key=lambda found: [rank[name] for name in found])
    assert graph.order({name: needs[name] for name in names}) == expected


def test_what_is_needed_and_not_listed_comes_too() -> None:
    """A name that is only needed is in the order, as early as it can be."""
    assert graph.order({"b": ["x"], "a": []}) == ("x", "b", "a")


@given(COUNTS, PAIRS)
def test_a_cycle_is_a_cycle(count: int, edges: list[tuple[int, int]]) -> None:
    """Either there is an order, or a cycle is found in which each name needs the next one."""
    needs: Needs = {f"n{at}": [] for at in range(count)}
    for first, second in edges:
        needs[f"n{first % count}"].append(f"n{second % count}")
    cycle = graph.find_cycle(needs)
    assert (graph.order(needs) is None) == bool(cycle)
    assert len(set(cycle)) == len(cycle)
    assert all(cycle[(at + 1) % len(cycle)] in needs[name] for at, name in enumerate(cycle))


@pytest.mark.parametrize(
    ("needs", "cycle"),
    [
        ({"a": ["a"]}, ("a",)),
        ({"a": ["b"], "b": ["c"], "c": ["a", "b"]}, ("a", "b", "c")),
        ({"a": ["b", "d"], "b": ["c"], "c": ["a"], "d": ["a"]}, ("a", "d")),
        ({"a": ["b"], "b": ["c"], "c": ["a"], "x": ["y"], "y": ["x", "a"]}, ("x", "y")),
        ({"a": ["b"], "b": []}, ()),
    ],
)
def test_the_cycle_is_a_short_one(needs: Needs, cycle: tuple[str, ...]) -> None:
    """Of several cycles a short one is told, beginning with its first name."""
    assert graph.find_cycle(needs) == cycle


@given(COUNTS, PAIRS, st.lists(st.integers(0, 9), min_size=6, max_size=6))
def test_the_longest_path_is_the_longest(count: int, edges: list[tuple[int, int]], times: list[int]) -> None:
    """Its seconds are the most that any path sums up to, and it is a path."""
    needs = acyclic(count, edges)
    seconds = {name: float(times[at]) for at, name in enumerate(needs)}

    def longest_to(name: str) -> float:
        return seconds[name] + max((longest_to(need) for need in needs[name]), default=0.0)

    path, total = graph.longest_path(graph.order(needs) or (), needs, seconds)
    assert total == max(longest_to(name) for name in needs)
    assert sum(seconds[name] for name in path) == total
    assert all(first in needs[second] for first, second in pairwise(path))


def test_no_names_have_no_path() -> None:
    """Nothing to do takes no time."""
    assert graph.longest_path((), {}, {}) == ((), 0.0)


@given(COUNTS, PAIRS)
def test_ancestors_and_descendants_are_two_views_of_one_relation(
    count: int, edges: list[tuple[int, int]]
) -> None:
    """A name is below another exactly when that one is above it; both belong to themselves."""
    needs = acyclic(count, edges)
    for name in needs:
        above = graph.ancestors((name,), needs)
        assert name in above
        assert all(set(needs[other]) <= above for other in above)
        assert above == {other for other in needs if name in graph.descendants((other,), needs)}
