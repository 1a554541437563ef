"""The combinations that one `foreach` goes through, and the key of each."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from msgspec.structs import replace

from runway_flow.kernel import codes
from runway_flow.kernel.diagnostics import Diagnostic
from runway_flow.kernel.values import Deferred
from runway_flow.plan.world import InstanceView, WorldScope
from runway_flow.spec.descriptions import describe_value, is_indexed
from runway_flow.spec.evaluator import evaluate, resolve
from runway_flow.spec.expression_offers import offer_comparison
from runway_flow.spec.operators import is_list, is_number, write_number

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from runway_flow.kernel.diagnostics import Span
    from runway_flow.plan.world import World
    from runway_flow.spec.flow import Loop, Step
    from runway_flow.spec.templates import ValueTemplate

MAX_INSTANCES = 100_000
"""How many instances a flow may have, and how many combinations a `foreach` may go through: past it a
mistake is likelier than a film."""


class OpenListError(Exception):
    """A list waits for an input value that nobody gave (only `validate` meets this)."""


class CombinationProblem(Exception):
    """The instances of a step cannot be told; `diagnostic` says why."""

    def __init__(self, diagnostic: Diagnostic) -> None:
        """Take the finding."""
        super().__init__(diagnostic.message)
        self.diagnostic = diagnostic


@dataclass(slots=True)
class Combinations:
    """The combinations of one step.

    Its methods raise `CombinationProblem`, or `OpenListError` where an input value is missing, and what the
    evaluator raises.
    """

    step: Step
    world: World
    considered: int = 0

    def all(self) -> list[Mapping[str, object]]:
        """Give the loop values of every combination that `where` keeps, the last name fastest."""
        return list(self._combine(self.step.foreach, {}))

    def _combine(self, loops: tuple[Loop, ...], chosen: dict[str, object]) -> Iterator[Mapping[str, object]]:
        if not loops:
            self.considered += 1
            if self.considered > MAX_INSTANCES:
                raise self._problem(
                    too_many(self.step, f"`foreach` has more than {MAX_INSTANCES:,} combinations")
                )
            if self._is_kept(chosen):
                yield chosen
            return
        for item in self._items(loops[0], chosen):
            yield from self._combine(loops[1:], {**chosen, loops[0].name: item})

    def _items(self, loop: Loop, chosen: Mapping[str, object]) -> tuple[object, ...]:
        value = self._known(loop.values, chosen, "this list", _LIST_HINT)
        if value is None:
            return ()
        if is_indexed(value):
            return tuple(value.as_list())
        if is_list(value):
            return tuple(value)
        message = f"`foreach` needs a list, this is {describe_value(value)}"
        hint = "write a list, or `${{ steps.NAME }}` for the instances of a fan-out"
        raise self._refused(codes.FOREACH_NOT_LIST, message, loop.values.span, hint)

    def _is_kept(self, chosen: Mapping[str, object]) -> bool:
        if self.step.where is None:
            return True
        value = evaluate(self.step.where, WorldScope(self.world, chosen))
        self._refuse_unknown(value, "`where`", self.step.where.span, _WHERE_HINT)
        if isinstance(value, bool):
            return value
        message = f"`where` must be true or false, this is {describe_value(value)}"
        hint = offer_comparison(self.step.where, value)
        raise self._refused(codes.CONDITION_NOT_BOOLEAN, message, self.step.where.span, hint)

    def key(self, chosen: Mapping[str, object], index: int) -> str:
        """Give the key of a combination: what `key` says, else what its items are called."""
        template = self.step.key
        if template is None:
            return "-".join([self._default_key(loop, chosen[loop.name]) for loop in self.step.foreach])
        value = self._known(template, {**chosen, "index": index}, "`key`", _KEY_HINT)
        text = plain_key(value)
        if text is not None:
            return text
        what = "an empty text" if value == "" else describe_value(value)
        message = f"a key is a text or a number, this is {what}"
        raise self._refused(codes.KEY_NEEDED, message, template.span, None)

    def _default_key(self, loop: Loop, item: object) -> str:
        if isinstance(item, InstanceView):
            return item.instance.key or item.instance.step.id
        if not isinstance(item, Deferred) or item.kind is None:
            self._refuse_unknown(item, f"an item of `{loop.name}`", loop.span, _ITEM_HINT)
        name = item.get("id") if isinstance(item, dict) else item
        text = plain_key(name)
        if text is not None:
            return text
        message = f"the items of `{loop.name}` have nothing that could name their instances"
        hint = "give each an `id`, or write `key:` with an expression that is different for each"
        raise self._refused(codes.KEY_NEEDED, message, loop.span, hint)

    def _known(self, template: ValueTemplate, chosen: Mapping[str, object], what: str, hint: str) -> object:
        """Give a value that must be known in the plan."""
        problems: list[Diagnostic] = []
        value = resolve(template, WorldScope(self.world, chosen), problems)
        if problems:
            raise self._problem(problems[0])
        self._refuse_unknown(value, what, template.span, hint)
        return value

    def _refuse_unknown(self, value: object, what: str, span: Span, hint: str) -> None:
        if not isinstance(value, Deferred):
            return
        if not value.needs:
            raise OpenListError
        message = f"{what} is known only when {', '.join(sorted(value.needs))} is done"
        raise self._refused(codes.NOT_KNOWN_IN_PLAN, message, span, hint)

    def _refused(self, code: codes.Code, message: str, span: Span, hint: str | None) -> CombinationProblem:
        return self._problem(Diagnostic(code, message, span, hint=hint))

    def _problem(self, diagnostic: Diagnostic) -> CombinationProblem:
        return CombinationProblem(replace(diagnostic, step=self.step.id))


_LIST_HINT = "`foreach` must be known before anything runs: use an input, or a step with `foreach`"
_WHERE_HINT = "it must be known before anything runs; `when` may wait"
_ITEM_HINT = "write `key:` with an expression that is known before anything runs, such as `index`"
_KEY_HINT = "it must be known before anything runs: use the items, `index`, or inputs"


def plain_key(value: object) -> str | None:
    """Give the key that a text or a number is; None for anything else, and for empty text."""
    if isinstance(value, str):
        return value or None
    return write_number(value) if is_number(value) else None


def too_many(step: Step, message: str) -> Diagnostic:
    """Give the finding that a step has more instances than a flow may have."""
    hint = "shorten the lists of its `foreach`"
    return Diagnostic(codes.LIMIT_EXCEEDED, message, step.foreach[0].span, hint=hint, step=step.id)
