"""The one judge: a step's parameters, with what is known of them, against the row that they choose.

`validate` calls it with everything unknown that an expression says, `plan` with each instance's values,
the run with everything known. Codes and places are the same each time.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from runway_flow.catalog.judge import judge
from runway_flow.catalog.selection import choose
from runway_flow.catalog.verdict import Finding
from runway_flow.check.media_texts import MediaTexts
from runway_flow.check.places import diagnostic_at, place_of
from runway_flow.kernel import codes
from runway_flow.kernel.diagnostics import Diagnostic, Severity, has_errors
from runway_flow.spec.evaluator import find_deferred, find_skipped, resolve

if TYPE_CHECKING:
    from collections.abc import Mapping

    from runway_flow.catalog.capability import Capability
    from runway_flow.catalog.verdict import Verdict
    from runway_flow.kernel.diagnostics import Span
    from runway_flow.kernel.files import Files
    from runway_flow.kernel.values import Skipped
    from runway_flow.spec.flow import Flow, Step
    from runway_flow.spec.scope import Scope
    from runway_flow.spec.templates import ValueTemplate

Written = tuple["Span", "ValueTemplate"]
"""A parameter as the author wrote it: the span of its key, and its value."""


@dataclass(frozen=True, slots=True)
class Judgement:
    """What a step's parameters came to.

    `needs`: the instances that unknown values wait for; None when everything is known.
    `skipped` is set when a skipped output is read; then nothing else is.
    """

    capability: Capability | None = None
    verdict: Verdict | None = None
    diagnostics: tuple[Diagnostic, ...] = ()
    needs: frozenset[str] | None = None
    skipped: Skipped | None = None

    @property
    def is_accepted(self) -> bool:
        """Whether no finding is an error."""
        return not has_errors(self.diagnostics)


@dataclass(slots=True)
class Judge:
    """The judge of one flow; keeps what it learned of each step between instances."""

    flow: Flow
    files: Files
    candidates: Mapping[str, tuple[Capability, ...]]
    media: MediaTexts = field(init=False)
    merged: dict[tuple[str, str], dict[str, Written]] = field(default_factory=dict)
    chosen: dict[tuple[str, frozenset[str]], Capability | Finding] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Media paths that the flow's text names are relative to the flow file."""
        self.media = MediaTexts(self.files, os.path.dirname(self.flow.path))  # noqa: PTH120 - text, no disk

    def judge(self, step: Step, scope: Scope, label: str) -> Judgement:
        """Judge one step, or one instance of it, with the values that its scope gives."""
        problems: list[Diagnostic] = []
        values: dict[str, object] = {}
        resolved: dict[str, object] = {}
        capability = self._choose(step, scope, resolved, problems)
        if isinstance(capability, Finding):
            refusal = diagnostic_at(capability, step.uses_span, label)
            return Judgement(diagnostics=(*_labelled(problems, label), refusal))
        templates = self._templates(step, capability)
        dropped = []
        for name, (key_span, _) in templates.items():
            if capability.find(name) is None and not _is_written(step, name):
                dropped.append(_dropped(name, key_span, capability, label))
                continue
            value = _without_nulls(self._value(name, templates, scope, resolved, problems))
            if value is not None:
                values[name] = value
        skipped = find_skipped(values)
        if skipped is not None:
            return Judgement(capability, skipped=skipped)
        self._add_seed(capability, templates, values)
        verdict = judge(capability, values, self.media.open)
        found = [
            diagnostic_at(finding, place_of(finding, templates, step.uses_span), label)
            for finding in verdict.findings
        ]
        needs = find_deferred(values)
        return Judgement(capability, verdict, (*_labelled(problems, label), *found, *dropped), needs)

    def _choose(
        self, step: Step, scope: Scope, resolved: dict[str, object], problems: list[Diagnostic]
    ) -> Capability | Finding:
        """Choose the endpoint by the names that are given: written, not null, whatever their values."""
        rows = self.candidates[step.id]
        if len(rows) == 1:
            return rows[0]
        written = self._templates(step, None)
        names = {
            name
            for name in written
            if self._value(name, written, scope, resolved, problems) is not None
            and (_is_written(step, name) or any(row.find(name) for row in rows))
        }
        key = (step.id, frozenset(names))
        if key not in self.chosen:
            self.chosen[key] = self._choose_row(step, rows, frozenset(names))
        return self.chosen[key]

    def _choose_row(
        self, step: Step, rows: tuple[Capability, ...], names: frozenset[str]
    ) -> Capability | Finding:
        answer = choose(rows, names)
        if not isinstance(answer, Finding):
            return answer
        # A default that only some of the endpoints take must not decide which of them is meant.
        written = frozenset(name for name in names if _is_written(step, name))
        again = choose(rows, written)
        return answer if isinstance(again, Finding) else again

    def _value(
        self,
        name: str,
        templates: Mapping[str, Written],
        scope: Scope,
        resolved: dict[str, object],
        problems: list[Diagnostic],
    ) -> object:
        if name not in resolved:
            resolved[name] = resolve(templates[name][1], scope, problems)
        return resolved[name]

    def _templates(self, step: Step, capability: Capability | None) -> dict[str, Written]:
        """Merge the model's defaults, the pinned endpoint's, and `with`."""
        pinned = capability.uses if capability is not None else ""
        key = (step.id, pinned)
        if key not in self.merged:
            merged: dict[str, Written] = {}
            bare = step.uses.rpartition("/")[2] if not step.uses.startswith("media/") else step.uses
            for name in (bare, pinned):
                if name in self.flow.defaults:
                    entries = self.flow.defaults[name][1].entries
                    merged.update({entry: (span, value) for entry, span, value in entries})
            if step.parameters is not None:
                entries = step.parameters.entries
                merged.update({entry: (span, value) for entry, span, value in entries})
            self.merged[key] = merged
        return self.merged[key]

    def _add_seed(
        self, capability: Capability, templates: Mapping[str, Written], values: dict[str, object]
    ) -> None:
        # A seed that is written as null was taken out on purpose.
        if self.flow.seed is not None and capability.takes_seed and "seed" not in templates:
            values["seed"] = self.flow.seed


def _is_written(step: Step, name: str) -> bool:
    return step.parameters is not None and any(key == name for key, _, _ in step.parameters.entries)


def _dropped(name: str, span: Span, capability: Capability, label: str) -> Diagnostic:
    message = f"{capability.model or capability.uses} takes no parameter `{name}`: this default is dropped"
    return Diagnostic(codes.DEFAULT_DROPPED, message, span, Severity.WARNING, step=label)


def _labelled(problems: list[Diagnostic], label: str) -> tuple[Diagnostic, ...]:
    from dataclasses import replace

    return tuple(replace(problem, step=label) for problem in problems)


def _without_nulls(value: object) -> object:
    """Leave out list items and entries that are null: null means «not given»."""
    if isinstance(value, dict):
        kept = {key: _without_nulls(item) for key, item in value.items()}
        return {key: item for key, item in kept.items() if item is not None}
    if type(value) is tuple and any(item is None or isinstance(item, (dict, tuple)) for item in value):
        return tuple(item for item in map(_without_nulls, value) if item is not None)
    return value
