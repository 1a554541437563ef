"""A scope of plain values, and short ways to read and evaluate an expression in it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from runway_flow.kernel.diagnostics import Diagnostic, Span
from runway_flow.kernel.values import Deferred, Skipped
from runway_flow.spec.evaluator import EvaluationProblem, evaluate
from runway_flow.spec.expressions import Expression
from runway_flow.spec.parser import parse_expression

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence


@dataclass(frozen=True)
class FakeScope:
    """Names with values; `keys` and `at` say where `prev` counts from."""

    values: Mapping[str, object]
    keys: Sequence[str] | None = None
    at: int = 0

    def names(self) -> Iterable[str]:
        """Give the names."""
        return self.values

    def get(self, name: str) -> object:
        """Give a value."""
        return self.values[name]

    def previous_key(self, distance: int) -> str | None:
        """Give an earlier key."""
        if self.keys is None:
            raise LookupError
        at = self.at - distance
        return self.keys[at] if at >= 0 else None


@dataclass(frozen=True, eq=False)
class FakeLookup:
    """Documented fields; `reads` lists the fields that were asked for."""

    fields: Mapping[str, object]
    reads: list[str] = field(default_factory=list)

    def field_names(self) -> Iterable[str]:
        """Give the names of the fields."""
        return self.fields

    def get_field(self, name: str) -> object:
        """Give a field."""
        self.reads.append(name)
        return self.fields[name]


@dataclass(frozen=True, eq=False)
class FakeFanOut(FakeLookup):
    """Instances by key."""

    instances: Mapping[str, object] = field(default_factory=dict)

    def get_item(self, key: object) -> object:
        """Give an instance."""
        return self.instances[str(key)]

    def as_list(self) -> Sequence[object]:
        """Give the instances in order."""
        return tuple(self.instances.values())


def waits_for(*needs: str) -> Deferred:
    """Give a deferred value."""
    return Deferred(frozenset(needs))


GONE = Skipped("gone")
D = waits_for("d")
E = waits_for("e")


def fan_out(**outputs: object) -> FakeFanOut:
    """Give a fan-out with one instance for each output."""
    made = {
        key: FakeLookup({"key": key, "output": output, "scene": {"id": f"s-{key}"}})
        for key, output in outputs.items()
    }
    return FakeFanOut({"outputs": tuple(outputs.values())}, instances=made)


def span_of(source: str) -> Span:
    """Give a place for an expression: in line 3, its `$` in column 10."""
    return Span("flow.yaml", 3, 10, 3, 10 + len(source) + 5)


def read(source: str) -> Expression:
    """Read an expression that is well formed."""
    found = parse_expression(source, span_of(source))
    assert isinstance(found, Expression), found
    return found


def refusal(source: str) -> Diagnostic:
    """Give the finding about a text that is no expression."""
    found = parse_expression(source, span_of(source))
    assert isinstance(found, Diagnostic), found
    return found


def value(source: str, /, **names: object) -> object:
    """Evaluate an expression over some names."""
    return evaluate(read(source), FakeScope(names))


def problem(source: str, /, **names: object) -> Diagnostic:
    """Give the finding that evaluating an expression ends with."""
    try:
        found = value(source, **names)
    except EvaluationProblem as raised:
        return raised.diagnostic
    message = f"{source} has the value {repr(found)[:200]}"
    raise AssertionError(message)


def code_of(source: str, /, **names: object) -> str:
    """Give the code of the finding that evaluating an expression ends with."""
    return problem(source, **names).code.id
