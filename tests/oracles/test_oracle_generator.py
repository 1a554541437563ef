from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

import pytest

from runway_flow.catalog.loader import load_catalog
from runway_flow.catalog.rules import _RULES
from tests.oracles.breaking import BREAKING
from tests.oracles.generator import Mutant, mutants, valid_requests
from tests.oracles.obeying import OBEYING
from tests.oracles.sites import all_labels, found, sites_of

if TYPE_CHECKING:
    from runway_flow.catalog.capability import Capability

ROWS = load_catalog().rows


@cache
def faults_of_all() -> list[list[Mutant]]:
    """Make the mutants of every row once."""
    return [list(mutants(row, 1)) for row in ROWS]


def name(row: Capability) -> str:
    """Name a row in the list of tests."""
    return f"{row.endpoint}/{row.variant}"


@pytest.mark.parametrize("row", ROWS, ids=name)
def test_every_place_of_a_row_is_reached(row: Capability) -> None:
    """A hundred requests hold every parameter, field, item and variant that the row has."""
    reached = {
        site.label for request in valid_requests(row, 100, 1) for site in sites_of(row.params, request)
    }
    assert set(all_labels(row.params)) - reached == set()


def test_same_seed_gives_the_same_requests() -> None:
    """Requests depend on row, count and seed alone; another seed gives others."""
    for row in ROWS[:3]:
        assert list(valid_requests(row, 9, 1)) == list(valid_requests(row, 9, 1))
        assert list(valid_requests(row, 9, 1)) != list(valid_requests(row, 9, 2))
        assert list(mutants(row, 1)) == list(mutants(row, 1))


def test_first_request_has_what_is_required_alone() -> None:
    """The first request of a row is a small one."""
    row = load_catalog().find("text_to_video", "gen4.5")
    assert row is not None
    (request,) = valid_requests(row, 1, 1)
    assert set(request) == {"duration", "prompt_text", "ratio"}


def test_mutants_leave_the_good_request_alone() -> None:
    """A mutant shares nothing with other mutants that would change with it."""
    for made in faults_of_all():
        before = [repr(mutant) for mutant in made]
        for mutant in made:
            if mutant.kind.startswith("missing_nested"):
                assert isinstance(found(mutant.request, mutant.path), dict)
        assert [repr(mutant) for mutant in made] == before


def test_every_rule_is_obeyed_and_broken() -> None:
    """The generator knows every kind of rule that the judge knows."""
    assert set(OBEYING) == set(BREAKING) == set(_RULES)


def test_every_rule_of_a_row_is_broken() -> None:
    """Each rule, and each condition of a parameter, has a mutant, but for those about media's content."""
    for row, made in zip(ROWS, faults_of_all(), strict=True):
        kinds = {mutant.kind for mutant in made}
        for number, rule in enumerate(row.rules):
            is_broken = any(kind.startswith(f"rule_{number}_") for kind in kinds)
            assert is_broken or rule.kind == "output_pixels", f"{row.uses} {rule.kind}"
        assert all(f"only_when_{param.name}" in kinds for param in row.params if param.only_when)


def test_kinds_of_fault_are_many() -> None:
    """Types, values, lists, objects, limits, texts and media are all put at fault somewhere."""
    starts = {"unknown_key", "unknown_nested_key", "missing", "missing_nested", "wire_name", "wrong_type"}
    starts |= {"wrong_variant", "wrong_discriminator", "mixed_list", "not_in_values", "above_maximum"}
    starts |= {"below_minimum", "at_exclusive_minimum", "too_short", "too_long", "too_few", "too_many"}
    starts |= {"pattern", "surrogate", "wrong_medium", "huge", "only_when", "rule"}
    kinds = {mutant.kind for made in faults_of_all() for mutant in made}
    assert {start for start in starts if not any(kind.startswith(start) for kind in kinds)} == set()
