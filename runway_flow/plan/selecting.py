"""Selections: `--only`, `--from`, `--until` over the graph of instances."""

from __future__ import annotations

from typing import TYPE_CHECKING

from runway_flow import graph
from runway_flow.kernel import codes
from runway_flow.kernel.errors import UsageError
from runway_flow.kernel.suggest import did_you_mean
from runway_flow.plan.settings import Reach
from runway_flow.spec.reference import read_address

if TYPE_CHECKING:
    from collections.abc import Mapping

    from runway_flow.plan.instances import FanOut
    from runway_flow.plan.settings import Selection


def select(
    selection: Selection, fan_outs: Mapping[str, FanOut], needs: Mapping[str, frozenset[str]]
) -> frozenset[str]:
    """Give the addresses that a selection takes. Raises `UsageError` for names that do not exist."""
    named = frozenset(named_by(selection, fan_outs))
    if selection.reach is Reach.FROM:
        return graph.descendants(named, needs)
    return graph.ancestors(named, needs) if selection.reach is Reach.UNTIL else named


def named_by(selection: Selection, fan_outs: Mapping[str, FanOut]) -> tuple[str, ...]:
    """Give the addresses that a selection names itself, each once. Raises `UsageError` as `select`."""
    found = (address for text in selection.addresses for address in find_instances(text, fan_outs))
    return tuple(dict.fromkeys(found))


def find_instances(text: str, fan_outs: Mapping[str, FanOut]) -> tuple[str, ...]:
    """Give the addresses that a text names: a step's instances, or one of them.

    Raises `UsageError` if there is no such step or instance.
    """
    address = read_address(text)
    step = address[0] if address else text
    if address is None or step not in fan_outs:
        hint = did_you_mean(step, fan_outs) or f"steps of this flow: {', '.join(fan_outs)}"
        raise UsageError(f"no step is called `{step}`", code=codes.SELECTION_UNKNOWN, hint=hint)
    fan_out = fan_outs[step]
    if address[1] is None:
        return tuple(instance.address for instance in fan_out.instances)
    if address[1] in fan_out.by_key:
        return (fan_out.by_key[address[1]].address,)
    keys = [str(key) for key in fan_out.by_key if key is not None]
    hint = did_you_mean(address[1], keys) or f"instances: {', '.join(keys[:12]) or 'none'}"
    raise UsageError(f"`{step}` has no instance `{address[1]}`", code=codes.SELECTION_UNKNOWN, hint=hint)
