"""10,000 generated requests, good ones and ones with a fault, judged by table and SDK types."""

from __future__ import annotations

from itertools import islice
from random import Random
from typing import TYPE_CHECKING, Any, NamedTuple

from benchmarks.measuring import own_cpu
from runway_flow.catalog.judge import judge
from runway_flow.catalog.loader import load_catalog
from tests.oracles.generator import mutants, open_address, valid_requests
from tests.oracles.sdk_oracle import is_accepted

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from runway_flow.catalog.capability import Capability

REQUESTS = 10_000


class Generated(NamedTuple):
    """A request for a row; whether it is good, and whether types alone can tell."""

    row: Capability
    request: Mapping[str, Any]
    is_good: bool
    is_structural: bool


def report(_: Path) -> list[str]:
    """Measure and describe."""
    generated = list(islice(requests(), REQUESTS))
    good = sum(each.is_good for each in generated)
    started = own_cpu()
    judged = [not judge(each.row, each.request, open_address).findings for each in generated]
    judge_s = own_cpu() - started
    seen = [each for each in generated if each.is_good or each.is_structural]
    for each in seen:
        is_accepted(each.row, each.request)  # the first of each row builds its type
    started = own_cpu()
    typed = [is_accepted(each.row, each.request) for each in seen]
    sdk_s = own_cpu() - started
    wrong = sum(verdict != each.is_good for verdict, each in zip(judged, generated, strict=True))
    differing = sum(verdict != each.is_good for verdict, each in zip(typed, seen, strict=True))
    by_table = f"| the table | {len(generated):,} | {good:,} | {wrong} | 0 | {_cost(judge_s, generated)} |"
    by_types = f"| the SDK's types | {len(seen):,} | {good:,} | {differing} | 0 | {_cost(sdk_s, seen)} |"
    rows = len({(each.row.endpoint, each.row.variant) for each in generated})
    return [
        f"## {len(generated):,} generated requests for {rows} rows, judged",
        "",
        "| by | requests | good | disagreements | promised | CPU s | ms each |",
        "|---|---|---|---|---|---|---|",
        by_table,
        by_types,
        "",
        "Half of the requests have a fault; one that no type can show is judged by the table alone.",
    ]


def _cost(cpu_s: float, judged: list[Generated]) -> str:
    return f"{cpu_s:.2f} | {cpu_s / len(judged) * 1000:.3f}"


def requests() -> Iterator[Generated]:
    """Make good requests and such with a fault in turn, row by row, until nobody wants more."""
    rows = [row for row in load_catalog().rows if not row.is_local]
    streams = [generated_for(row) for row in rows]
    while True:
        for stream in streams:
            yield from islice(stream, 2)


def generated_for(row: Capability) -> Iterator[Generated]:
    """Make a good request of a row, one with a fault, and so on; faults of every kind, seed by seed."""
    seed = 0
    while True:
        seed += 1
        faults = list(mutants(row, seed))
        Random(seed).shuffle(faults)  # noqa: S311 - chance, not secrecy
        good = valid_requests(row, len(faults), seed)
        for request, mutant in zip(good, faults, strict=True):
            yield Generated(row, request, is_good=True, is_structural=False)
            yield Generated(row, mutant.request, is_good=False, is_structural=mutant.is_structural)
