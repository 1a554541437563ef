"""The table against the installed SDK: walked type by type, on another path than the script's."""

from __future__ import annotations

import ast
import importlib
import inspect
import re
import types
import typing
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, cast

import pytest
import typing_extensions
from msgspec.structs import replace

from runway_flow.catalog.capability import Capability, Param, ParamType, Shape
from runway_flow.catalog.judge import _to_wire
from runway_flow.catalog.loader import load_catalog

if TYPE_CHECKING:
    from collections.abc import Callable

TYPES = {
    "text_to_image": "TextToImageCreateParams",
    "text_to_video": "TextToVideoCreateParams",
    "image_to_video": "ImageToVideoCreateParams",
    "video_to_video": "VideoToVideoCreateParams",
    "character_performance": "CharacterPerformanceCreateParams",
    "text_to_speech": "TextToSpeechCreateParams",
    "sound_effect": "SoundEffectCreateParams",
    "speech_to_speech": "SpeechToSpeechCreateParams",
    "voice_dubbing": "VoiceDubbingCreateParams",
    "voice_isolation": "VoiceIsolationCreateParams",
    "video_to_audio": "VideoToAudioCreateParams",
    "image_upscale": "ImageUpscaleCreateParams",
    "video_upscale": "VideoUpscaleCreateParams",
    "video_to_hdr": "VideoToHdrCreateParams",
    "avatar_videos": "AvatarVideoCreateParams",
    "generate/video": "generate.VideoCreateParams",
    "generate/image": "generate.ImageCreateParams",
    "generate/audio": "generate.AudioCreateParams",
    "workflows": "WorkflowRunParams",
    "recipes/ad_localization": "RecipeAdLocalizationParams",
    "recipes/marketing_stock_image": "RecipeMarketingStockImageParams",
    "recipes/multi_shot_video": "RecipeMultiShotVideoParams",
    "recipes/product_ad": "RecipeProductAdParams",
    "recipes/product_campaign_image": "RecipeProductCampaignImageParams",
    "recipes/product_swap": "RecipeProductSwapParams",
    "recipes/product_ugc": "RecipeProductUgcParams",
}
SCALARS: dict[ParamType, type] = {
    ParamType.STRING: str,
    ParamType.INTEGER: int,
    ParamType.NUMBER: float,
    ParamType.BOOLEAN: bool,
    ParamType.MEDIA: str,
}
REMOTE_ROWS = tuple(row for row in load_catalog().rows if not row.is_local)


@cache
def hints_of(typed_dict: type) -> dict[str, object]:
    """Give the annotations of a TypedDict with everything that decorates them."""
    return typing_extensions.get_type_hints(typed_dict, include_extras=True)


@cache
def docs_in(module: str) -> dict[tuple[str, str], str]:
    """Give the docstring under each key of each TypedDict of a module."""
    found: dict[tuple[str, str], str] = {}
    for node in ast.parse(inspect.getsource(importlib.import_module(module))).body:
        if isinstance(node, ast.ClassDef):
            for statement, below in zip(node.body, node.body[1:], strict=False):
                is_text = isinstance(below, ast.Expr) and isinstance(below.value, ast.Constant)
                if (
                    isinstance(statement, ast.AnnAssign)
                    and isinstance(statement.target, ast.Name)
                    and is_text
                ):
                    constant = cast("ast.Constant", cast("ast.Expr", below).value)
                    found[node.name, statement.target.id] = " ".join(str(constant.value).split())
    return found


def members(endpoint: str) -> tuple[type, ...]:
    """Give the TypedDicts of an endpoint, one for each variant."""
    module, _, name = f"runwayml.types.{TYPES[endpoint]}".rpartition(".")
    parameters = getattr(importlib.import_module(module), name)
    return typing.get_args(parameters) or (parameters,)


def constants_of(typed_dict: type) -> dict[str, object]:
    """Give the keys that have one value only."""
    bare = typing_extensions.get_type_hints(typed_dict)
    listed = {name: typing.get_args(hint) for name, hint in bare.items() if "Literal" in str(hint)}
    return {name: values[0] for name, values in listed.items() if len(values) == 1}


def typed_dict_of(row: Capability) -> type:
    """Find the TypedDict that a row describes."""
    found = members(row.endpoint)
    if len(found) == 1:
        return found[0]
    return next(each for each in found if row.variant in constants_of(each).values())


def decoration(hint: object) -> str | None:
    """Name what decorates an annotation from the outside: `Required`, `Annotated`, or nothing."""
    if hasattr(hint, "__metadata__"):
        return "Annotated"
    return "Required" if "Required" in str(typing.get_origin(hint)) else None


def strip(hint: object) -> object:
    """Take every decoration off an annotation."""
    while decoration(hint):
        hint = typing.get_args(hint)[0]
    return hint


def alias_of(hint: object) -> str | None:
    """Give the name on the wire that the decorations of an annotation carry."""
    while decoration(hint):
        for extra in getattr(hint, "__metadata__", ()):
            if extra.alias:
                return str(extra.alias)
        hint = typing.get_args(hint)[0]
    return None


def differences(shape: Shape, hint: object, where: str) -> list[str]:
    """Say where a shape of the table and an annotation of the SDK disagree."""
    hint = strip(hint)
    arguments = typing.get_args(hint)
    if hint is object:
        return (
            []
            if shape.type is ParamType.OBJECT
            else [f"{where}: the SDK says nothing, the table {shape.type}"]
        )
    if typing.get_origin(hint) is typing.Literal:
        return [] if shape.values == arguments else [f"{where}: values {shape.values} against {arguments}"]
    if typing_extensions.is_typeddict(hint):
        if shape.type is not ParamType.OBJECT:
            return [f"{where}: {shape.type} against an object"]
        return key_differences(shape.fields, cast("type", hint), where)
    if arguments:
        return differences_below(shape, hint, where)
    agrees = SCALARS.get(shape.type) is hint and shape.values is None
    return [] if agrees else [f"{where}: {shape.type} {shape.values} against {hint}"]


def differences_below(shape: Shape, hint: object, where: str) -> list[str]:
    """Compare a union, a mapping or a list with what it is made of."""
    origin, arguments = typing.get_origin(hint), typing.get_args(hint)
    below: tuple[Shape | None, ...] = (shape.items,)
    if origin in (typing.Union, types.UnionType):
        below = shape.variants
    elif origin is dict:
        below, arguments = (shape.values_shape,), arguments[1:]
    else:
        is_list = getattr(origin, "__name__", "") in (
            "Iterable",
            "List",
            "list",
            "Sequence",
            "SequenceNotStr",
        )
        assert is_list, f"{where}: {hint} is of a kind that this walk has not seen"
    if len(below) != len(arguments) or None in below:
        return [f"{where}: {shape.type} against {hint}"]
    pairs = zip(cast("tuple[Shape, ...]", below), arguments, strict=True)
    return [each for index, pair in enumerate(pairs) for each in differences(*pair, f"{where}/{index}")]


def key_differences(params: tuple[Param, ...], typed_dict: type, where: str) -> list[str]:
    """Compare the keys of an object: names, wire names, required or not, media by their docstrings."""
    hints = dict(hints_of(typed_dict))
    found = []
    docs = docs_in(typed_dict.__module__)
    for param in params:
        hint = hints.pop(param.name, None)
        at = f"{where}.{param.name}"
        if hint is None:
            found.append(f"{at}: invented")
            continue
        if param.required != (decoration(hint) == "Required"):
            found.append(f"{at}: required is {param.required}")
        if param.wire != (alias_of(hint) or param.name):
            found.append(f"{at}: on the wire {alias_of(hint)}, not {param.wire}")
        kind = re.search(r"containing an encoded (\w+)", docs.get((typed_dict.__name__, param.name), ""))
        if kind is not None and strip(hint) is str and [str(each) for each in param.shape.media] != [kind[1]]:
            found.append(f"{at}: a medium of kind {kind[1]}, not {param.shape.media}")
        found += differences(param.shape, hint, at)
    return found + [f"{where}.{name}: missing" for name in hints]


def as_param(row: Capability, typed_dict: type) -> tuple[Param, ...]:
    """Give a row's parameters with the model, which the table holds apart, put back."""
    if row.model is None:
        return row.params
    assert constants_of(typed_dict)["model"] == row.model
    model = Param("model", "model", Shape(ParamType.STRING, values=(row.model,)), required=True)
    return (model, *row.params)


def test_endpoints_are_those_of_the_sdk() -> None:
    """The table has the 26 endpoints that make tasks, each with the variants of its type: 111 rows."""
    assert {row.endpoint for row in REMOTE_ROWS} == set(TYPES)
    assert len(REMOTE_ROWS) == sum(len(members(endpoint)) for endpoint in TYPES) == 111


def test_no_type_of_parameters_is_unaccounted_for() -> None:
    """Every create or recipe type that the SDK exports is either walked here or makes no task."""
    import runwayml.types
    import runwayml.types.generate

    names = {name for name in dir(runwayml.types) if re.search("(Create|Run)Params$|^Recipe.*Params$", name)}
    names |= {f"generate.{name}" for name in dir(runwayml.types.generate) if name.endswith("CreateParams")}
    no_tasks = {"AvatarCreateParams", "DocumentCreateParams", "RealtimeSessionCreateParams"}
    no_tasks |= {"RouterCreateParams", "VoiceCreateParams"}
    assert names - set(TYPES.values()) == no_tasks


def test_paths_are_those_that_the_sdk_posts_to() -> None:
    """Every path of the table stands in the SDK's source."""
    import runwayml

    folder = Path(runwayml.__file__).parent / "resources"
    source = "".join(path.read_text(encoding="utf-8") for path in folder.rglob("*.py"))
    assert {row.path for row in REMOTE_ROWS} <= set(re.findall(r'"(/v1/[^"]+)"', source))


@pytest.mark.parametrize("row", REMOTE_ROWS, ids=lambda row: f"{row.endpoint}/{row.variant}")
def test_row_says_what_the_sdk_says(row: Capability) -> None:
    """Names, wire names, required flags, values, unions and media of a row are the SDK's."""
    typed_dict = typed_dict_of(row)
    assert key_differences(as_param(row, typed_dict), typed_dict, row.uses) == []


def sample(shape: Shape, turn: int) -> object:
    """Make a canonical value with every field in it; `turn` chooses the variant of a union."""
    if shape.type is ParamType.UNION:
        return sample(shape.variants[turn % len(shape.variants)], turn)
    if shape.type is ParamType.OBJECT:
        return {field.name: sample(field.shape, turn) for field in shape.fields}
    if shape.type is ParamType.ARRAY:
        return (sample(cast("Shape", shape.items), turn),)
    if shape.type is ParamType.MAP:
        return {"any_key": sample(cast("Shape", shape.values_shape), turn)}
    return shape.values[0] if shape.values is not None else "text"


def plain(value: object) -> object:
    """Write tuples as lists, which is what the SDK makes of them."""
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items()}
    return [plain(item) for item in value] if isinstance(value, (tuple, list)) else value


@pytest.mark.parametrize("row", REMOTE_ROWS, ids=lambda row: f"{row.endpoint}/{row.variant}")
def test_request_is_spelled_as_the_sdk_spells_it(row: Capability) -> None:
    """What goes on the wire has the keys that the SDK's own `maybe_transform` gives, at every depth."""
    from runwayml._utils import maybe_transform

    for turn in range(4):
        params = {param.name: sample(param.shape, turn) for param in row.params}
        ours = {param.wire: _to_wire(param.shape, params[param.name]) for param in row.params}
        typed_dict = typed_dict_of(row)
        # The SDK's types call some items `object`; their keys are one word, so nothing is to be renamed.
        assert plain(ours) == plain(maybe_transform(params, typed_dict))


GEN4_5 = next(row for row in REMOTE_ROWS if row.uses == "image_to_video/gen4.5")


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (lambda params: params[1:], "missing"),
        (lambda params: (*params, Param("colour", "colour", Shape(ParamType.STRING))), "invented"),
        (lambda params: (replace(params[1], required=False), *params[:1], *params[2:]), "required is"),
        (lambda params: (replace(params[1], wire="prompt_image"), *params[:1], *params[2:]), "on the wire"),
        (lambda params: (*params[:4], with_values(params[4], ("1:1",)), *params[5:]), "values"),
    ],
    ids=["missing", "invented", "required", "wire", "values"],
)
def test_walk_sees_every_kind_of_difference(
    change: Callable[[tuple[Param, ...]], tuple[Param, ...]], told: str
) -> None:
    """A table that misses, invents or misspells something does not pass the walk."""
    typed_dict = typed_dict_of(GEN4_5)
    found = key_differences(change(as_param(GEN4_5, typed_dict)), typed_dict, "row")
    assert any(told in each for each in found)


def with_values(param: Param, values: tuple[str, ...]) -> Param:
    """Give a parameter other values."""
    return replace(param, shape=replace(param.shape, values=values))
