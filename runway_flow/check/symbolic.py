"""A scope in which every value is unknown, for judging a step before its instances exist."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

from runway_flow.kernel.values import Deferred

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from runway_flow.catalog.capability import Capability
    from runway_flow.kernel.media import MediaKind
    from runway_flow.spec.flow import Flow, Step

UNKNOWN = Deferred()


def output_kind(rows: tuple[Capability, ...]) -> MediaKind | None:
    """Give the kind that every row yields, or None where they differ or depend on their inputs."""
    kinds = {None if row.output.kind_of is not None else row.output.kind for row in rows}
    return kinds.pop() if len(kinds) == 1 else None


class SymbolicScope(Struct, frozen=True):
    """The scope of one step: names are defined, values are not known, kinds of outputs are."""

    flow: Flow
    step: Step
    candidates: Mapping[str, tuple[Capability, ...]]

    def names(self) -> Iterable[str]:
        """Give every name that is defined in `with`."""
        loops = (loop.name for loop in self.step.foreach)
        return ("inputs", "steps", "flow", "key", "index", "take", *loops)

    def get(self, name: str) -> object:
        """Give what is known of a name."""
        if name == "steps":
            return SymbolicSteps(self.flow, self.candidates)
        if name == "take":
            return 1
        if name not in self.names():
            raise KeyError(name)
        return UNKNOWN

    def previous_key(self, distance: int) -> str | None:
        """Give a key as if there were an earlier instance."""
        if not self.step.is_fan_out:
            raise LookupError
        return str(distance)


class SymbolicSteps(Struct, frozen=True):
    """`steps`: single steps with the kind of their output; fan-outs are unknown."""

    flow: Flow
    candidates: Mapping[str, tuple[Capability, ...]]

    def field_names(self) -> Iterable[str]:
        """Give the ids of the steps."""
        return self.flow.steps

    def get_field(self, name: str) -> object:
        """Give a step."""
        step = self.flow.steps[name]
        return (
            UNKNOWN if step.is_fan_out else SymbolicInstance(name, output_kind(self.candidates.get(name, ())))
        )


class SymbolicInstance(Struct, frozen=True):
    """A single step of which only the kind of its output is known: a run will tell the rest."""

    step: str
    kind: MediaKind | None

    def field_names(self) -> Iterable[str]:
        """Give the fields that an instance has."""
        return ("key", "output", "outputs", "takes", "results")

    def get_field(self, name: str) -> object:
        """Give a field: of a known kind where it is the output."""
        if name not in self.field_names():
            raise KeyError(name)
        return Deferred(frozenset((self.step,)), self.kind if name == "output" else None)
