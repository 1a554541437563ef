"""What `uses` means for `with`, as conditions of the editor schema: one for each name that it takes.

Each condition has two forms. The strict one holds a step to all that its row asks for; the loose one is for
flows with `defaults`, which may give what `with` leaves out: it knows names, types and values only.
"""

from __future__ import annotations

from itertools import combinations
from typing import TYPE_CHECKING

from msgspec import Struct

from runway_flow.catalog.descriptions import endpoint_text, parameter_text
from runway_flow.catalog.editor_parts import (
    EXPRESSION,
    NULL,
    Definitions,
    Schema,
    any_of,
    described,
    exactly,
    is_given,
    sentence,
)
from runway_flow.catalog.editor_rules import rule_conditions
from runway_flow.catalog.editor_values import Values
from runway_flow.catalog.selection import candidates, missing
from runway_flow.catalog.verdict import Finding

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from runway_flow.catalog.capability import Capability
    from runway_flow.catalog.catalog import Catalog


class Use(Struct, frozen=True):
    """Names that `uses` takes for the same: what to say of it, and what it makes of `with`.

    `ties`: conditions on `with` under which the name means several rows, with the names that pin them.
    """

    names: tuple[str, ...]
    about: str
    strict: Schema
    loose: Schema
    needs_with: bool
    ties: tuple[tuple[Schema, tuple[str, ...]], ...] = ()

    def condition(self, *, is_strict: bool) -> Schema:
        """Give the condition on a step."""
        then: Schema = {"properties": {"with": self.strict if is_strict else self.loose}}
        if is_strict and self.needs_with:
            then["required"] = ["with"]
        if is_strict and self.ties:
            then["allOf"] = [
                {"if": is_given(["with"], tie), "then": {"properties": {"uses": {"enum": list(pins)}}}}
                for tie, pins in self.ties
            ]
        return {"if": _named(self.names), "then": then}


def by_name(uses: Sequence[Use], *, is_strict: bool) -> Schema:
    """Give what each name makes of a step, as a tree: an editor goes through few conditions for each step."""
    if len(uses) == 1:
        return uses[0].condition(is_strict=is_strict)
    left, right = uses[: len(uses) // 2], uses[len(uses) // 2 :]
    return {
        "if": _named(name for use in left for name in use.names),
        "then": by_name(left, is_strict=is_strict),
        "else": by_name(right, is_strict=is_strict),
    }


def _named(names: Iterable[str]) -> Schema:
    return {"required": ["uses"], "properties": {"uses": {"type": "string", "pattern": exactly(names)}}}


def uses_of(catalog: Catalog, definitions: Definitions, price: Callable[[Capability], str]) -> Iterator[Use]:
    """Go through everything that `uses` can name: models, their endpoints, routers, operations.

    `price` says in a few words what a row costs.
    """
    for model in catalog.model_names():
        rows = [_Row(row, definitions, price(row)) for row in catalog.of_model(model)]
        if len(rows) == 1:
            yield rows[0].use(model, rows[0].row.uses)
        else:
            yield _bare(model, rows, definitions)
            yield from (each.use(each.row.uses) for each in rows)
    for row in catalog.rows:
        if row.model is None and not isinstance(candidates(catalog, row.uses), Finding):
            yield _Row(row, definitions, price(row)).use(row.uses)


class _Row:
    """One row, written once: its parameters, its strict and its loose form."""

    def __init__(self, row: Capability, definitions: Definitions, price: str) -> None:
        self.row = row
        self.price = sentence(price)
        self.about = f"{endpoint_text(row)} {self.price}".strip()
        self.params = Values(row, definitions).params()
        self.required = missing(row, frozenset())
        words = {"title": row.title, "description": self.about}
        name = row.uses.replace("/", ".")
        rules = rule_conditions(row)
        strict = {
            "type": "object",
            "additionalProperties": False,
            "required": list(self.required),
            "properties": self.params,
            **({"allOf": rules} if rules else {}),
        }
        self.strict = definitions.share(name, described(strict, **words))
        self.loose = definitions.share(f"{name}.loose", described(_loose(self.params), **words))

    def use(self, *names: str) -> Use:
        return Use(names, self.about, self.strict, self.loose, bool(self.required))

    def fits(self, union: Iterable[str]) -> Schema:
        """Say that the names which are given choose this row among those of its model."""
        foreign = [name for name in union if name not in self.params]
        return _all_given(self.required, without=foreign)


def _loose(params: Mapping[str, Schema]) -> Schema:
    return {"type": ["object", "null"], "additionalProperties": False, "properties": dict(params)}


def _all_given(names: Iterable[str], *, without: Iterable[str]) -> Schema:
    # In a `not`, because editors would complete what stands under `properties`.
    nulls = [is_given([name], NULL) for name in names]
    return {
        "required": list(names),
        "properties": dict.fromkeys(without, False),
        **({"not": {"anyOf": nulls}} if nulls else {}),
    }


def _bare(model: str, rows: list[_Row], definitions: Definitions) -> Use:
    """Write a model of several endpoints: the names that are given choose among them."""
    union = {name: _union(name, rows) for each in rows for name in each.params}
    common = tuple(name for name in rows[0].required if all(name in each.required for each in rows))
    chain: Schema = {
        "additionalProperties": False,
        "required": list(common),
        "properties": union,
        "anyOf": [each.fits(union) for each in rows],
    }
    for each in reversed(rows):
        # What would choose another endpoint is no part of this one, but can be completed.
        others = {name: schema for name, schema in union.items() if name not in each.params}
        chosen = {"allOf": [each.strict, {"properties": others}]} if others else each.strict
        chain = {"if": each.fits(union), "then": chosen, "else": chain}
    endpoints = ", ".join(each.row.endpoint for each in rows)
    words = {"title": model, "description": f"The endpoint follows from the parameters: {endpoints}."}
    return Use(
        (model,),
        f"{endpoints}. {rows[0].price}",
        definitions.share(model, described({"type": "object", **chain}, **words)),
        definitions.share(f"{model}.loose", described(_loose(union), **words)),
        needs_with=all(each.required for each in rows),
        ties=tuple(_ties(rows)),
    )


def _union(name: str, rows: list[_Row]) -> Schema:
    """Give what a parameter may be at any of the endpoints that have it."""
    having = [each for each in rows if name in each.params]
    found = any_of(each.params[name] for each in having)
    if "$ref" in found:
        return found
    # With a further form: an editor would show the texts of all forms if it took all for the same.
    found = any_of([*found["anyOf"], EXPRESSION])
    return described(found, title=name, description=parameter_text(having[0].row, name))


def _ties(rows: list[_Row]) -> Iterator[tuple[Schema, tuple[str, ...]]]:
    """Give the conditions under which two endpoints take the same names."""
    for one, other in combinations(rows, 2):
        both = [name for name in one.params if name in other.params]
        required = tuple(dict.fromkeys((*one.required, *other.required)))
        if set(required) <= set(both):
            others = [name for each in rows for name in each.params if name not in both]
            yield _all_given(required, without=others), (one.row.uses, other.row.uses)
