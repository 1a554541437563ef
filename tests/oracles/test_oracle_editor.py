"""The schema for editors says what the checker says of what the generator makes, or it is silent."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest

from runway_flow.catalog.editor_rules import UNSAID
from runway_flow.catalog.judge import judge
from runway_flow.catalog.loader import load_catalog
from runway_flow.catalog.selection import candidates, choose
from runway_flow.catalog.verdict import Finding
from tests.fakes.editor import is_accepted, judge_of, named_rows, parameters_of, without_nulls_in_lists
from tests.oracles.generator import mutants, open_address, valid_requests
from tests.oracles.shortening import short_requests
from tests.oracles.sites import replaced, sites_of

if TYPE_CHECKING:
    from runway_flow.catalog.capability import Capability
    from tests.oracles.generator import Mutant

CATALOG = load_catalog()
SEED = 11

SILENT = {
    "too_long": "JSON Schema counts characters, the API UTF-16 code units, which JavaScript counts too",
    "too_short_address": "the length of an address stands for what the API takes for one",
    "surrogate": "half characters are no text for JSON Schema either",
    "wrong_medium": "an address says nothing of its medium to a schema",
    "wrong_type_nan": "JSON has no such number",
    "wrong_variant_nan": "JSON has no such number",
    "address": "what no address holds is for those who open it",
}
"""Kinds of fault that the checker sees and the schema does not, and why."""

UNSAID_PARTS = re.compile(r"rule_\d+_twice_")
"""Of a rule that the schema says for the rest: it cannot count the items that have a value."""


ROWS = named_rows()
PINNED = list(ROWS)
SEVERAL = [model for model in CATALOG.model_names() if len(CATALOG.of_model(model)) > 1]
NAMES = [*SEVERAL, *PINNED]
"""What `uses` takes; a model of one endpoint means the same as that with its endpoint."""


def rows_of(uses: str) -> tuple[Capability, ...]:
    """Give the rows that a name may mean."""
    found = candidates(CATALOG, uses)
    assert not isinstance(found, Finding)
    return found


def is_good(uses: str, request: dict[str, Any]) -> bool:
    """Tell whether the checker accepts a request under a name."""
    given = frozenset(name for name, value in request.items() if value is not None)
    row = choose(rows_of(uses), given)
    return not isinstance(row, Finding) and judge(row, request, open_address).is_accepted


def is_silent(row: Capability, mutant: Mutant) -> bool:
    """Tell whether the schema may accept what the checker refuses."""
    if mutant.kind.startswith("rule_"):
        number = int(mutant.kind.split("_")[1])
        return row.rules[number].kind in UNSAID or UNSAID_PARTS.match(mutant.kind) is not None
    return mutant.kind.startswith(tuple(SILENT))


@pytest.mark.parametrize("uses", NAMES)
def test_schema_and_checker_agree(uses: str) -> None:
    """Good requests and those with one fault get the same verdict; what the schema cannot say is listed."""
    disagreements: list[tuple[str, dict[str, Any]]] = []
    for row in rows_of(uses):
        disagreements += [
            ("valid", request)
            for request in valid_requests(row, 6, SEED)
            if is_accepted(uses, request) != is_good(uses, request)
        ]
        for mutant in mutants(row, SEED):
            request = dict(mutant.request)
            says, is_right = is_accepted(uses, request), is_good(uses, request)
            is_foreign_null = is_right and mutant.kind == "missing_null" and len(rows_of(uses)) > 1
            if says != is_right and not (says and is_silent(row, mutant)) and not is_foreign_null:
                disagreements.append((mutant.kind, request))
    assert disagreements == []


def test_a_model_of_one_endpoint_means_that() -> None:
    """The bare name and the pinned one are judged by the same definition."""
    for row in ROWS.values():
        if row.model is not None and row.model not in SEVERAL:
            assert parameters_of(row.model) == parameters_of(row.uses)


@pytest.mark.parametrize("uses", PINNED)
def test_short_forms_are_accepted(uses: str) -> None:
    """Every short form that the language has is accepted, but nulls in a list that is full without them."""
    for short, _ in short_requests(ROWS[uses], 16, SEED):
        assert is_accepted(uses, without_nulls_in_lists(short)), short


@pytest.mark.parametrize("uses", PINNED)
def test_expressions_are_accepted_wherever_a_value_may_be_one(uses: str) -> None:
    """In the place of any value an expression may stand, alone or inside a text."""
    judged = judge_of(parameters_of(uses))
    for request in valid_requests(ROWS[uses], 4, SEED):
        for site in sites_of(ROWS[uses].params, request):
            for text in ("${{ inputs.it }}", "some ${{ inputs.it }}"):
                assert judged.is_valid(replaced(request, site.path, text)), (site.label, request)


@pytest.mark.parametrize("uses", NAMES)
def test_a_flow_with_defaults_may_leave_parameters_out(uses: str) -> None:
    """The loose form asks for nothing, and still knows names and types."""
    judged = judge_of(parameters_of(uses, step="loose_step"))
    assert judged.is_valid({})
    for row in rows_of(uses):
        for request in valid_requests(row, 2, SEED):
            for name in request:
                assert judged.is_valid({key: value for key, value in request.items() if key != name})
            assert not judged.is_valid({**request, "colour": "red"})
