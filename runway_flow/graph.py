"""The graph of instances: order, cycles, longest paths. The only home of networkx, loaded on demand."""

from __future__ import annotations

from graphlib import CycleError, TopologicalSorter
from heapq import heapify, heappop, heappush
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    import networkx as nx


def order(needs: Mapping[str, Iterable[str]]) -> tuple[str, ...] | None:
    """Put names in an order in which each comes after what it needs; None if there is a cycle.

    The order of `needs` is kept wherever that allows it.
    """
    rank = {name: at for at, name in enumerate(needs)}
    sorter = TopologicalSorter(needs)
    try:
        sorter.prepare()
    except CycleError:
        return None
    ready = [(rank.get(name, -1), name) for name in sorter.get_ready()]
    heapify(ready)
    ordered: list[str] = []
    while ready:
        _, name = heappop(ready)
        ordered.append(name)
        sorter.done(name)
        for follower in sorter.get_ready():
            heappush(ready, (rank.get(follower, -1), follower))
    return tuple(ordered)


def find_cycle(needs: Mapping[str, Iterable[str]]) -> tuple[str, ...]:
    """Give a short cycle as names, each needing the next and the last the first; empty without one."""
    import networkx as nx

    graph = nx.DiGraph([(name, need) for name, found in needs.items() for need in sorted(found)])
    shortest: list[str] = []
    for component in nx.strongly_connected_components(graph):
        part = graph.subgraph(component)
        if part.number_of_edges() == 0:
            continue
        start = min(component)
        cycle = _shortest_cycle(part, start)
        if not shortest or len(cycle) < len(shortest):
            shortest = cycle
    return tuple(shortest)


def _shortest_cycle(graph: nx.DiGraph[str], start: str) -> list[str]:
    """Give a shortest cycle through a node of a strongly connected graph."""
    import networkx as nx

    best: list[str] = []
    for _, after in graph.out_edges(start):
        path = [str(name) for name in nx.shortest_path(graph, after, start)]
        if not best or len(path) < len(best):
            best = path
    return [start, *best[:-1]]


def longest_path(
    names: Iterable[str], needs: Mapping[str, Iterable[str]], seconds: Mapping[str, float]
) -> tuple[tuple[str, ...], float]:
    """Give the path whose seconds sum up highest, and the sum; `names` come in an order of `order`."""
    total: dict[str, float] = {}
    before: dict[str, str | None] = {}
    for name in names:
        last = max(needs.get(name, ()), key=lambda need: total.get(need, 0.0), default=None)
        before[name] = last
        total[name] = seconds.get(name, 0.0) + (total.get(last, 0.0) if last is not None else 0.0)
    end = max(total, key=lambda name: total[name], default=None)
    path: list[str] = []
    at = end
    while at is not None:
        path.append(at)
        at = before.get(at)
    return tuple(reversed(path)), total[end] if end is not None else 0.0


def descendants(names: Iterable[str], needs: Mapping[str, Iterable[str]]) -> frozenset[str]:
    """Give `names` and everything that needs them, directly or not."""
    readers: dict[str, list[str]] = {}
    for name, found in needs.items():
        for need in found:
            readers.setdefault(need, []).append(name)
    return ancestors(names, readers)


def ancestors(names: Iterable[str], needs: Mapping[str, Iterable[str]]) -> frozenset[str]:
    """Give `names` and everything that they need, directly or not."""
    seen = set(names)
    waiting = list(seen)
    while waiting:
        for need in needs.get(waiting.pop(), ()):
            if need not in seen:
                seen.add(need)
                waiting.append(need)
    return frozenset(seen)
