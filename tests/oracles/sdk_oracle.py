"""The first oracle: pydantic over the SDK's own parameter types, made strict.

As they stand the types let unknown keys pass (a TypedDict says nothing of them) and bad items too (an
`Iterable` is read late). So each type is rebuilt: lists are lists, and no object has other keys than its own.
Where the SDK says `object`, nothing at all, the form that its docstring describes is written out here.
"""

from __future__ import annotations

import collections.abc
import importlib
import typing
from functools import cache, partial
from typing import TYPE_CHECKING, Annotated, Any

import typing_extensions
from pydantic import AfterValidator, ConfigDict, FiniteFloat, TypeAdapter, ValidationError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from runway_flow.catalog.capability import Capability

_TYPES = {"generate/video": "VideoCreateParams", "generate/image": "ImageCreateParams"}
_TYPES |= {"generate/audio": "AudioCreateParams", "workflows": "WorkflowRunParams"}
_TYPES |= {"avatar_videos": "AvatarVideoCreateParams"}
_STRICT = ConfigDict(extra="forbid", strict=True)
_REQUIRED = (typing.Required, typing_extensions.Required)
_OTHER_DECORATIONS = (typing.NotRequired, typing_extensions.NotRequired, typing.Annotated)

_VIDEO: dict[str, object] = {"uri": typing.Required[str]}
_FRAME: dict[str, object] = {"uri": typing.Required[str], "position": typing.Literal["first", "last"]}
_ANY_FRAME: dict[str, object] = {"uri": typing.Required[str], "position": str}
UNTYPED: Mapping[tuple[str, str], Mapping[str, object]] = {
    ("Hailuo3", "prompt_image"): _FRAME,
    ("Wan3", "prompt_image"): _FRAME,
    ("Wan3Prime", "prompt_image"): _FRAME,
    ("Kling4", "prompt_image"): _ANY_FRAME,
    ("Kling4", "reference_videos"): _VIDEO,
}
"""Items that the SDK calls `object`, by type and key, as the docstrings there describe them."""


def is_accepted(row: Capability, request: Mapping[str, Any]) -> bool:
    """Tell whether the SDK's types take a request, given with snake_case names, addresses and lists."""
    full = {"model": row.model, **request} if row.model is not None else dict(request)
    given = {key: value for key, value in full.items() if value is not None}
    try:
        _adapter(row.endpoint, row.variant).validate_python(given)
    except ValidationError:
        return False
    return True


@cache
def _adapter(endpoint: str, variant: str) -> TypeAdapter[object]:
    return TypeAdapter(strict(typed_dict_of(endpoint, variant)))


def typed_dict_of(endpoint: str, variant: str) -> type:
    """Find the SDK's type for a row: of an endpoint's types the one that has the variant as a constant."""
    members = members_of(endpoint)
    if len(members) == 1:
        return members[0]
    return next(each for each in members if variant in _constants(each))


def members_of(endpoint: str) -> tuple[type, ...]:
    """Give the SDK's types for an endpoint, one for each variant."""
    words = "".join(word.title() for word in endpoint.replace("recipes/", "recipe_").split("_"))
    name = _TYPES.get(endpoint, f"{words}{'' if 'recipes/' in endpoint else 'Create'}Params")
    where = "runwayml.types.generate" if endpoint.startswith("generate/") else "runwayml.types"
    parameters = getattr(importlib.import_module(where), name)
    return typing.get_args(parameters) or (parameters,)


def _constants(typed_dict: type) -> set[object]:
    hints: Iterable[Any] = typing_extensions.get_type_hints(typed_dict).values()
    return {hint.__args__[0] for hint in hints if _is_literal(hint) and len(hint.__args__) == 1}


def _is_literal(hint: object) -> bool:
    origin: object = typing.get_origin(hint)
    return origin is typing.Literal


@cache
def strict(typed_dict: type) -> type:
    """Rebuild a TypedDict so that it takes its own keys alone, and lists where it says `Iterable`."""
    fields: dict[str, object] = {}
    for name, hint in typing_extensions.get_type_hints(typed_dict, include_extras=True).items():
        untyped = UNTYPED.get((typed_dict.__name__, name))
        inner = _rebuilt(hint, untyped)
        origin: object = typing.get_origin(hint)
        fields[name] = typing.Required[inner] if origin in _REQUIRED else inner
    return _closed(typed_dict.__name__, fields)


def _closed(name: str, fields: Mapping[str, object]) -> type:
    make: Any = typing_extensions.TypedDict
    made = make(name, dict(fields), total=False)
    made.__pydantic_config__ = _STRICT
    return typing.cast("type", made)


def _rebuilt(hint: Any, untyped: Mapping[str, object] | None = None) -> Any:  # noqa: ANN401, PLR0911
    """Rebuild an annotation; `untyped` says what stands where it says `object`."""
    origin: object = typing.get_origin(hint)
    arguments = typing.get_args(hint)
    if origin in (*_REQUIRED, *_OTHER_DECORATIONS):
        return _rebuilt(arguments[0], untyped)
    if hint is object:
        if untyped is None:
            raise TypeError("the SDK says nothing here: UNTYPED must")
        return _closed("Untyped", untyped)
    if typing_extensions.is_typeddict(hint):
        return strict(hint)
    if origin is dict:
        return dict[str, _rebuilt(arguments[1])]  # type: ignore[misc]
    if _is_list(origin):
        return list[_rebuilt(arguments[0], untyped)]  # type: ignore[misc]
    if hint is float:
        return FiniteFloat
    if origin is typing.Literal and isinstance(arguments[0], int):
        # `Literal[1, 4]` takes True, which Python says is 1; the wire does not say so.
        return Annotated[int, AfterValidator(partial(_one_of, arguments))]
    if origin is typing.Union:
        return typing.Union[_all_rebuilt(arguments, untyped)]  # noqa: UP007 - of a tuple that is made here
    return hint


def _one_of(values: tuple[object, ...], value: int) -> int:
    if value not in values:
        raise ValueError(f"{value} is none of {values}")
    return value


def _all_rebuilt(hints: Iterable[Any], untyped: Mapping[str, object] | None) -> tuple[Any, ...]:
    return tuple(_rebuilt(hint, untyped) for hint in hints)


def _is_list(origin: Any) -> bool:  # noqa: ANN401
    is_class = isinstance(origin, type)
    return is_class and (issubclass(origin, collections.abc.Iterable) or origin.__name__ == "SequenceNotStr")
