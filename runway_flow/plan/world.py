"""What is known so far of a flow, as expressions see it: `steps`, instances, their outputs."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Self

from msgspec import Struct

from runway_flow.check.symbolic import output_kind
from runway_flow.kernel.values import Deferred, Skipped
from runway_flow.spec.operators import write_number

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from runway_flow.check.checked_flow import CheckedFlow
    from runway_flow.kernel.media import MediaKind
    from runway_flow.plan.action import ActionResult
    from runway_flow.plan.instances import FanOut, Instance

UNKNOWN = Deferred()
"""What waits for an input value that is not given."""


class KeyedOutputs(tuple[object, ...]):  # noqa: SLOT001 - a tuple's subclass cannot have other slots
    """The outputs of a fan-out in order; `keys` names the instances that they come from."""

    keys: tuple[str, ...]

    def __new__(cls, values: Iterable[object], keys: Iterable[str]) -> Self:
        """Join values and keys, one to one."""
        made = super().__new__(cls, values)
        made.keys = tuple(keys)
        return made


class Promise(Struct, frozen=True):
    """What an instance will give: the kind of its outputs, and how many; None where that is not known."""

    kind: MediaKind | None
    count: int | None


@dataclass(slots=True)
class World:
    """The flow, its input values, its instances, and the results that are known.

    `results`: address → result, None for a skipped instance; what is missing is not known yet.
    `promises`: what the parameters of an instance say of outputs that its row alone does not tell.
    """

    checked: CheckedFlow
    inputs: Mapping[str, object]
    fan_outs: dict[str, FanOut] = field(default_factory=dict)
    results: Mapping[str, ActionResult | None] = field(default_factory=dict)
    promises: dict[str, Promise] = field(default_factory=dict)

    def output(self, instance: Instance) -> object:
        """Give the first output of an instance."""
        address = instance.address
        if address not in self.results:
            return Deferred(frozenset((address,)), self._promise(instance).kind, output_of=address)
        result = self.results[address]
        if result is None or not result.outputs:
            return Skipped(address)
        return result.outputs[0]

    def outputs(self, instance: Instance) -> object:
        """Give all outputs of an instance, in order."""
        address = instance.address
        if address not in self.results:
            promise = self._promise(instance)
            needs = frozenset((address,))
            if promise.count is None:
                return Deferred(needs)  # a list: no medium itself
            return (Deferred(needs, promise.kind, output_of=address),) * promise.count
        result = self.results[address]
        return Skipped(address) if result is None else result.outputs

    def _promise(self, instance: Instance) -> Promise:
        if instance.address in self.promises:
            return self.promises[instance.address]
        rows = self.checked.candidates[instance.step.id]
        return Promise(output_kind(rows), 1 if all(row.output.count == 1 for row in rows) else None)


class StepsView(Struct, frozen=True):
    """`steps`."""

    world: World

    def field_names(self) -> Iterable[str]:
        """Give the ids of the steps."""
        return self.world.checked.flow.steps

    def get_field(self, name: str) -> object:
        """Give a step: a fan-out, or its only instance."""
        fan_out = self.world.fan_outs[name]
        if fan_out.is_open:
            return UNKNOWN  # its list waits for an input value, or has a fault that was told
        if not fan_out.step.is_fan_out:
            return InstanceView(self.world, fan_out.instances[0])
        return FanOutView(self.world, fan_out)


class FanOutView(Struct, frozen=True):
    """A step with `foreach`: its outputs, its instances by key and as a list."""

    world: World
    fan_out: FanOut

    def field_names(self) -> Iterable[str]:
        """Give the fields of a fan-out."""
        return ("outputs",)

    def get_field(self, name: str) -> object:
        """Give the first output of each instance in order, without those that are skipped."""
        if name != "outputs":
            raise KeyError(name)
        found = [(item.key or "", self.world.output(item)) for item in self.fan_out.instances]
        kept = [(key, value) for key, value in found if not isinstance(value, Skipped)]
        return KeyedOutputs((value for _, value in kept), (key for key, _ in kept))

    def get_item(self, key: object) -> object:
        """Give the instance of a key; a number stands for the key that it is written as."""
        text = write_number(key) if isinstance(key, (int, float)) else key
        return InstanceView(self.world, self.fan_out.by_key[str(text)])

    def as_list(self) -> Sequence[object]:
        """Give the instances in order."""
        return tuple(InstanceView(self.world, item) for item in self.fan_out.instances)


class InstanceView(Struct, frozen=True):
    """One instance: its key, its outputs, its loop values."""

    world: World
    instance: Instance

    def field_names(self) -> Iterable[str]:
        """Give the fields of an instance, its loop names among them."""
        return ("key", "output", "outputs", "takes", *self.instance.loops)

    def get_field(self, name: str) -> object:
        """Give a field; a loop name hides no field of the language."""
        if name == "output":
            return self.world.output(self.instance)
        if name in ("outputs", "takes"):
            return self.world.outputs(self.instance)
        if name == "key":
            return self.instance.key
        return self.instance.loops[name]


class FlowView(Struct, frozen=True):
    """`flow`."""

    name: str
    seed: int | None

    def field_names(self) -> Iterable[str]:
        """Give the fields of `flow`."""
        return ("name", "seed")

    def get_field(self, name: str) -> object:
        """Give a field of `flow`."""
        if name not in ("name", "seed"):
            raise KeyError(name)
        return self.name if name == "name" else self.seed


class InputsView(Struct, frozen=True):
    """`inputs`."""

    values: Mapping[str, object]

    def field_names(self) -> Iterable[str]:
        """Give the names of the inputs."""
        return self.values

    def get_field(self, name: str) -> object:
        """Give an input's value."""
        return self.values[name]


class WorldScope:
    """What an expression sees in one place: the world, and the names of its instance."""

    __slots__ = ("instance", "local", "world")

    def __init__(self, world: World, local: Mapping[str, object], instance: Instance | None = None) -> None:
        """Take the local names, and the instance whose neighbours `prev` names."""
        self.world = world
        self.local = local
        self.instance = instance

    def names(self) -> Iterable[str]:
        """Give every name that is defined here."""
        return ("inputs", "steps", "flow", *self.local)

    def get(self, name: str) -> object:
        """Give a name's value."""
        if name in self.local:
            return self.local[name]
        if name == "steps":
            return StepsView(self.world)
        if name == "inputs":
            return InputsView(self.world.inputs)
        if name == "flow":
            flow = self.world.checked.flow
            return FlowView(flow.name, flow.seed)
        raise KeyError(name)

    def previous_key(self, distance: int) -> str | None:
        """Give the key `distance` before this instance; None before the first."""
        if self.instance is None or self.instance.key is None:
            raise LookupError
        fan_out = self.world.fan_outs[self.instance.step.id]
        at = self.instance.index - distance
        return fan_out.instances[at].key if 0 <= at < len(fan_out.instances) else None


def scope_of(world: World, instance: Instance) -> WorldScope:
    """Give the scope of `when` and `with` of an instance."""
    local: dict[str, object] = {**instance.loops, "take": 1}
    if instance.key is not None:
        local["key"] = instance.key
        local["index"] = instance.index
    return WorldScope(world, local, instance)
