"""The flow as the author declared it: inputs, defaults, steps, outputs."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

from msgspec import Struct, field

if TYPE_CHECKING:
    from collections.abc import Mapping
    from decimal import Decimal

    from runway_flow.kernel.diagnostics import Span
    from runway_flow.spec.document import Document, Node
    from runway_flow.spec.expressions import Expression
    from runway_flow.spec.templates import MapTemplate, ValueTemplate


class InputKind(StrEnum):
    """The types of inputs."""

    STRING = "string"
    TEXT = "text"
    INTEGER = "integer"
    NUMBER = "number"
    BOOLEAN = "boolean"
    IMAGE = "image"
    VIDEO = "video"
    AUDIO = "audio"
    LIST = "list"
    OBJECT = "object"

    @property
    def is_media(self) -> bool:
        """Whether values are media: paths, addresses."""
        return self in (InputKind.IMAGE, InputKind.VIDEO, InputKind.AUDIO)


class InputType(Struct, frozen=True):
    """A type with its parts: `of` for the items of a list, `members` for an object (None: any)."""

    kind: InputKind
    of: InputType | None = None
    members: Mapping[str, Member] | None = None


class Member(Struct, frozen=True):
    """One member of an object type; written `name?` where it is optional."""

    type: InputType
    is_optional: bool


class Input(Struct, frozen=True):
    """A declared input. `default` and `choices` are nodes, so that findings have their place.

    One that is not `is_known` is declared in a way that cannot be read: only its name means anything.
    """

    name: str
    span: Span
    type: InputType
    required: bool = False
    default: Node | None = None
    file: str | None = None
    file_span: Span | None = None
    choices: tuple[Node, ...] | None = None
    minimum: float | None = None
    maximum: float | None = None
    pattern: str | None = None
    description: str | None = None
    is_known: bool = True


class Loop(Struct, frozen=True):
    """One name of a `foreach` and the list that it runs over.

    Where the whole `foreach` could not be read, `is_known` is false: there may be other names.
    """

    name: str
    span: Span
    values: ValueTemplate
    is_known: bool = True


class Need(Struct, frozen=True):
    """One entry of `needs`: a step or an instance (`clip[wide]`), written out."""

    address: str
    span: Span


class OnFailure(StrEnum):
    """What the failure of a step does to the branches that do not depend on it."""

    CONTINUE = "continue"
    STOP = "stop"


class Step(Struct, frozen=True):
    """A declared step. Fields that the author left out have the language's defaults.

    One with `has_gaps` may have parameters that could not be read; one whose `uses` could not, or is not
    supported yet, has gaps and an empty `uses`.
    """

    id: str
    span: Span
    uses: str
    uses_span: Span
    parameters: MapTemplate | None = None
    foreach: tuple[Loop, ...] = ()
    where: Expression | None = None
    key: ValueTemplate | None = None
    when: Expression | None = None
    needs: tuple[Need, ...] = ()
    retry_max: int = 0
    timeout_s: float | None = None
    on_failure: OnFailure = OnFailure.CONTINUE
    budget: Decimal | None = None
    salt: str | None = None
    description: str | None = None
    has_gaps: bool = False

    @property
    def is_fan_out(self) -> bool:
        """Whether the step has instances with keys."""
        return bool(self.foreach)

    @property
    def is_known(self) -> bool:
        """Whether anything of it could be read; else it may be a fan-out as well."""
        return bool(self.uses or self.foreach)


class Output(Struct, frozen=True):
    """A named output of the flow."""

    name: str
    span: Span
    value: ValueTemplate


class Flow(Struct, frozen=True):
    """One flow file. `defaults` maps what a `uses` names to parameter defaults.

    `is_whole` tells whether all of it could be read. `gaps` are the sections (`inputs`, `steps`) that may
    declare names which could not; `unclear` are unknown keys, each of which may be such a name.
    """

    path: str
    name: str
    document: Document
    description: str | None = None
    inputs: Mapping[str, Input] = field(default_factory=dict)
    seed: int | None = None
    budget: Decimal | None = None
    defaults: Mapping[str, tuple[Span, MapTemplate]] = field(default_factory=dict)
    steps: Mapping[str, Step] = field(default_factory=dict)
    outputs: Mapping[str, Output] = field(default_factory=dict)
    is_whole: bool = True
    gaps: frozenset[str] = frozenset()
    unclear: frozenset[str] = frozenset()

    def may_declare(self, section: str, name: str) -> bool:
        """Tell whether a section declares a name, or may do so in a place that could not be read."""
        declared = self.inputs if section == "inputs" else self.steps
        return name in declared or section in self.gaps or name in self.unclear
