"""What the conditions of price rules ask: what a parameter is, or may still turn out to be."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from msgspec import Struct, field

from runway_flow.catalog.capability import ParamType
from runway_flow.catalog.judge_media import facts_of, media_in
from runway_flow.kernel.values import Deferred

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from runway_flow.catalog.capability import Capability, Shape

Values = frozenset[object]

GIVEN, ABSENT = "given", "absent"


class Conditions(Struct, frozen=True):
    """Canonical parameters, as conditions see them.

    A condition maps names to a value or a list of values, or to `given` or `absent`. Two names are no
    parameters: `tier`, the size that the chosen ratio belongs to, and `@large`, whether the price rule
    counts the input (or what is made of it) as large. Texts are compared without case.
    """

    capability: Capability
    params: Mapping[str, object]
    looked_up: dict[str, Values] = field(default_factory=dict)

    def may_hold(self, when: Mapping[str, object]) -> bool:
        """Whether none of the conditions is known to fail."""
        return all(self.may_be(name, wanted) for name, wanted in when.items())

    def must_hold(self, when: Mapping[str, object]) -> bool:
        """Whether all of the conditions hold, whatever is not known yet."""
        return all(self.must_be(name, wanted) for name, wanted in when.items())

    def may_be(self, name: str, wanted: object) -> bool:
        """Whether a condition is not known to fail."""
        if wanted in (GIVEN, ABSENT):
            return wanted in self._presence(name)
        return not self._possible(name).isdisjoint(_as_set(wanted))

    def must_be(self, name: str, wanted: object) -> bool:
        """Whether a condition holds, whatever is not known yet."""
        if wanted in (GIVEN, ABSENT):
            return self._presence(name) == {wanted}
        return Values() < self._possible(name) <= _as_set(wanted)

    def _presence(self, name: str) -> Values:
        """Tell whether a parameter is given; what is to come may be null, which means that it is not."""
        value = self.params.get(name)
        if value is None or value == ():
            return Values((ABSENT,))
        return Values((GIVEN, ABSENT) if isinstance(value, Deferred) else (GIVEN,))

    def _possible(self, name: str) -> Values:
        """Give every value that a parameter may have when the API reads it."""
        found = self.looked_up.get(name)
        if found is None:
            found = self.looked_up[name] = self._look_up(name)
        return found

    def _look_up(self, name: str) -> Values:
        if name == "tier":
            return self._possible_tiers()
        if name == "@large":
            return self._possibly_large()
        param = self.capability.find(name)
        if param is None:
            return Values()
        value = self.params.get(name)
        if value is None:
            found = self._omitted(name)
        elif isinstance(value, Deferred):
            found = _all_values(param.shape)
        else:
            return _as_set(value)
        allowed = [values for values in self._allowed(name) if not found.isdisjoint(values)]
        return found.intersection(*allowed)

    def _omitted(self, name: str) -> Values:
        """Give what the API assumes for a parameter that is left out.

        The price rule may list what is assumed when; its last case has no condition.
        """
        cases = cast("Mapping[str, Sequence[Any]]", self.capability.price.rule.get("omitted", {})).get(name)
        if cases is None:
            default = self.capability.by_name[name].default
            shape = self.capability.by_name[name].shape
            return _all_values(shape) if default is None else _as_set(default)
        last = next(index for index, case in enumerate(cases) if self.must_hold(case.get("when", {})))
        possible = (case for case in cases[: last + 1] if self.may_hold(case.get("when", {})))
        return Values().union(*(_as_set(case["value"]) for case in possible))

    def _allowed(self, name: str) -> list[Values]:
        """Give the values that the rules of the row allow beside what else is given."""
        return [
            _as_set(allowed[name])
            for rule in self.capability.rules
            if name in (allowed := cast("Mapping[str, object]", rule.args.get("allows", {})))
            and all(self._is(other, wanted) for other, wanted in _mapping(rule.args, "if").items())
        ]

    def _is(self, name: str, wanted: object) -> bool:
        if wanted in (GIVEN, ABSENT):
            return self._presence(name) == {wanted}
        value = self.params.get(name)
        return isinstance(value, (str, int, float)) and not _as_set(value).isdisjoint(_as_set(wanted))

    def _possible_tiers(self) -> Values:
        param = next((param for param in self.capability.params if param.tiers), None)
        if param is None:
            return Values()
        value = self.params.get(param.name, param.default)
        if isinstance(value, str) and value in param.tiers:
            return Values((param.tiers[value],))
        return Values(param.tiers.values())

    def _possibly_large(self) -> Values:
        rule = cast("Mapping[str, Any]", self.capability.price.rule["large"])
        facts = facts_of(next(iter(media_in(self.params.get(str(rule["of"])))), None))
        if facts is None or not facts.width or not facts.height:
            return Values((True, False))
        if "pixels" in rule:
            return Values((facts.width * facts.height > rule["pixels"],))
        scale_param = self.capability.by_name[str(rule["times"])]
        scale = self.params.get(scale_param.name, scale_param.default)
        if not isinstance(scale, int):
            return Values((True, False))
        return Values((max(facts.width, facts.height) * scale > rule["side_px"],))


def _mapping(rule: Mapping[str, object], key: str) -> Mapping[str, object]:
    return cast("Mapping[str, object]", rule.get(key, {}))


def _as_set(values: object) -> Values:
    if isinstance(values, str):
        return Values((values.casefold(),))
    if isinstance(values, (list, tuple)):
        return Values([value.casefold() if isinstance(value, str) else value for value in values])
    return Values((values,))


def _all_values(shape: Shape) -> Values:
    if shape.type is ParamType.BOOLEAN:
        return Values((True, False))
    return _as_set(shape.values or ())
