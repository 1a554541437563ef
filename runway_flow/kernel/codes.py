"""Every code that a finding or a failure can carry, with the exit code that it leads to."""

from __future__ import annotations

from enum import IntEnum

from msgspec import Struct


class ExitCode(IntEnum):
    """The public table of exit codes."""

    DONE = 0
    FAILED = 1
    USAGE = 2
    INVALID = 3
    MACHINE = 4
    REFUSED = 5
    DRIFT = 6
    UNREACHABLE = 7
    BUSY = 8
    WAITING = 9
    INTERNAL = 70
    INTERRUPTED = 130
    TERMINATED = 143


class Code(Struct, frozen=True):
    """One kind of finding or failure: its number, a slug, a title, and the exit code it leads to.

    What it means and what to do about it is told by `kernel.explanations`.
    """

    id: str
    slug: str
    title: str
    exit: ExitCode

    def __str__(self) -> str:
        return self.id


CODES: dict[str, Code] = {}


def define(id_: str, slug: str, title: str, exit_: ExitCode) -> Code:
    """Register a code; ids and slugs are unique.

    Raises `ValueError` when either is taken.
    """
    if id_ in CODES or any(code.slug == slug for code in CODES.values()):
        message = f"code {id_} ({slug}) is defined twice"
        raise ValueError(message)
    code = Code(id_, slug, title, exit_)
    CODES[id_] = code
    return code


# RF1xx: the text of a flow and its structure
YAML_SYNTAX = define("RF101", "yaml-syntax", "The text is not valid YAML", ExitCode.INVALID)
FLOW_UNREADABLE = define("RF102", "flow-unreadable", "The flow file cannot be read", ExitCode.INVALID)
LIMIT_EXCEEDED = define(
    "RF103",
    "limit-exceeded",
    "The document is larger or deeper than a flow may be",
    ExitCode.INVALID,
)
DUPLICATE_KEY = define("RF104", "duplicate-key", "A key stands twice in one mapping", ExitCode.INVALID)
YAML_TAG = define("RF105", "yaml-tag", "YAML tags are not part of the language", ExitCode.INVALID)
YAML_MERGE_KEY = define(
    "RF106", "yaml-merge-key", "YAML merge keys are not part of the language", ExitCode.INVALID
)
YAML_KEY_TYPE = define("RF107", "yaml-key-type", "A key is not text", ExitCode.INVALID)
YAML_TAB = define("RF108", "yaml-tab", "A tab is used for indentation", ExitCode.INVALID)
YAML_ALIAS = define("RF109", "yaml-alias", "An alias points nowhere or at itself", ExitCode.INVALID)
UNKNOWN_KEY = define("RF110", "unknown-key", "The key does not belong here", ExitCode.INVALID)
MISSING_KEY = define("RF111", "missing-key", "A required key is missing", ExitCode.INVALID)
STRUCTURE_TYPE = define(
    "RF112", "structure-type", "The value has the wrong type for its key", ExitCode.INVALID
)
STRUCTURE_VALUE = define(
    "RF113", "structure-value", "The value is not one that its key takes", ExitCode.INVALID
)
LANGUAGE_VERSION = define(
    "RF114",
    "language-version",
    "The flow is written in another version of the language",
    ExitCode.INVALID,
)
BAD_NAME = define("RF115", "bad-name", "The name does not have the form that names have", ExitCode.INVALID)
COMMENT_CUTS_TEXT = define("RF116", "comment-cuts-text", "A comment cuts a text short", ExitCode.INVALID)
NUMBER_RANGE = define("RF117", "number-range", "The number is too large", ExitCode.INVALID)
EXPRESSION_SYNTAX = define(
    "RF120", "expression-syntax", "The expression is not well formed", ExitCode.INVALID
)
EXPRESSION_CONSTRUCT = define(
    "RF121",
    "expression-construct",
    "The expression uses something that the language leaves out",
    ExitCode.INVALID,
)
EXPRESSION_UNCLOSED = define("RF122", "expression-unclosed", "An expression is not closed", ExitCode.INVALID)
BRACES_IN_TEXT = define(
    "RF123", "braces-in-text", "Braces in a text look like an expression and are none", ExitCode.INVALID
)
NOT_SUPPORTED_YET = define(
    "RF130", "not-supported-yet", "This part of the language is not supported yet", ExitCode.INVALID
)

# RF2xx: references, types of expressions, cycles
UNKNOWN_STEP = define("RF201", "unknown-step", "No step has this name", ExitCode.INVALID)
UNDEFINED_NAME = define("RF202", "undefined-name", "The name is not defined here", ExitCode.INVALID)
UNKNOWN_FIELD = define("RF203", "unknown-field", "The value has no such field", ExitCode.INVALID)
CYCLE = define("RF204", "cycle", "Instances depend on each other in a circle", ExitCode.INVALID)
OUTPUT_OF_FAN_OUT = define("RF205", "output-of-fan-out", "A fan-out has no single output", ExitCode.INVALID)
UNKNOWN_INSTANCE = define(
    "RF206", "unknown-instance", "The fan-out has no instance with this key", ExitCode.INVALID
)
EXPRESSION_TYPE = define(
    "RF207",
    "expression-type",
    "The operation does not take values of these types",
    ExitCode.INVALID,
)
CONDITION_NOT_BOOLEAN = define(
    "RF208", "condition-not-boolean", "A condition is not a boolean", ExitCode.INVALID
)
NOT_KNOWN_IN_PLAN = define(
    "RF209", "not-known-in-plan", "The value must be known before anything runs", ExitCode.INVALID
)
DUPLICATE_INSTANCE = define(
    "RF210", "duplicate-instance", "Two instances have the same key", ExitCode.INVALID
)
KEY_NEEDED = define("RF211", "key-needed", "The instances need a written key", ExitCode.INVALID)
NOT_TEXT = define("RF212", "not-text", "The value cannot be joined into text", ExitCode.INVALID)
RESULT_TOO_LARGE = define(
    "RF213", "result-too-large", "The result of an expression is too large", ExitCode.INVALID
)
UNUSED = define("RF214", "unused", "Something declared is never used", ExitCode.INVALID)
FILTER_MISUSE = define(
    "RF215", "filter-misuse", "The filter or function cannot be used like this", ExitCode.INVALID
)
FOREACH_NOT_LIST = define("RF216", "foreach-not-list", "`foreach` needs a list", ExitCode.INVALID)
UNKNOWN_FILTER = define("RF217", "unknown-filter", "No filter or function has this name", ExitCode.INVALID)
EXPORT_COLLISION = define(
    "RF218", "export-collision", "Two outputs would be written to the same file", ExitCode.INVALID
)
OUTPUT_NOT_MEDIA = define(
    "RF219",
    "output-not-media",
    "A named output holds nothing that could be written",
    ExitCode.INVALID,
)

# RF3xx: what models can do
UNKNOWN_MODEL = define("RF301", "unknown-model", "No model or operation has this name", ExitCode.INVALID)
UNKNOWN_ENDPOINT = define(
    "RF302", "unknown-endpoint", "The model is not available at this endpoint", ExitCode.INVALID
)
NO_ENDPOINT_FITS = define(
    "RF303",
    "no-endpoint-fits",
    "The model has no endpoint that takes these parameters",
    ExitCode.INVALID,
)
SEVERAL_ENDPOINTS_FIT = define(
    "RF304",
    "several-endpoints-fit",
    "Several endpoints of the model take these parameters",
    ExitCode.INVALID,
)
RETIRED_MODEL = define("RF305", "retired-model", "The model is retired", ExitCode.INVALID)
UNKNOWN_PARAMETER = define(
    "RF306", "unknown-parameter", "The model does not take this parameter", ExitCode.INVALID
)
MISSING_PARAMETER = define("RF307", "missing-parameter", "A required parameter is missing", ExitCode.INVALID)
PARAMETER_TYPE = define(
    "RF308", "parameter-type", "The value has the wrong type for its parameter", ExitCode.INVALID
)
OUT_OF_RANGE = define(
    "RF310", "out-of-range", "The number is outside the range of its parameter", ExitCode.INVALID
)
VALUE_NOT_ACCEPTED = define(
    "RF311", "value-not-accepted", "The value is not one that the model takes", ExitCode.INVALID
)
TEXT_LENGTH = define("RF312", "text-length", "The text is too short or too long", ExitCode.INVALID)
ITEM_COUNT = define("RF313", "item-count", "The list has too few or too many items", ExitCode.INVALID)
MEDIA_KIND = define("RF314", "media-kind", "The medium is of the wrong kind", ExitCode.INVALID)
PATTERN = define(
    "RF315", "pattern", "The text does not have the form that its parameter needs", ExitCode.INVALID
)
PARAMETER_COMBINATION = define(
    "RF316", "parameter-combination", "The parameters do not go together", ExitCode.INVALID
)
UNKNOWN_TAG = define("RF317", "unknown-tag", "A prompt names a reference that is not given", ExitCode.INVALID)
DEFAULT_DROPPED = define(
    "RF318", "default-dropped", "A default does not apply to the chosen endpoint", ExitCode.INVALID
)
DEFAULT_UNUSABLE = define(
    "RF319", "default-unusable", "A default is for a model that does not exist", ExitCode.INVALID
)
NO_SEED = define("RF320", "no-seed", "The model takes no seed", ExitCode.INVALID)
MEDIA_LIMIT = define(
    "RF321", "media-limit", "The medium is outside the limits of its parameter", ExitCode.INVALID
)
RATIO_AMBIGUOUS = define(
    "RF322", "ratio-ambiguous", "Several values of the model fit the ratio", ExitCode.INVALID
)
SOUND_CUT = define("RF330", "sound-cut", "A sound is longer than its film", ExitCode.INVALID)

# RF4xx: what a run is given, and what it is refused for
INPUT_MISSING = define("RF401", "input-missing", "A required input has no value", ExitCode.INVALID)
INPUT_UNKNOWN = define("RF402", "input-unknown", "The flow has no input of this name", ExitCode.INVALID)
INPUT_TYPE = define("RF403", "input-type", "The value has the wrong type for its input", ExitCode.INVALID)
INPUT_VALUE = define("RF404", "input-value", "The value is not one that the input takes", ExitCode.INVALID)
INPUT_FILE = define("RF405", "input-file", "A file of input values cannot be used", ExitCode.INVALID)
FILE_UNREADABLE = define("RF411", "file-unreadable", "The file cannot be read", ExitCode.INVALID)
FILE_TOO_LARGE = define("RF412", "file-too-large", "The file is too large", ExitCode.INVALID)
FILE_EMPTY = define("RF413", "file-empty", "The file is empty", ExitCode.INVALID)
FILE_NOT_MEDIA = define(
    "RF414", "file-not-media", "The file is not the medium that it is used as", ExitCode.INVALID
)
PATH_OUTSIDE = define(
    "RF415", "path-outside", "The path leads outside the folders that may be read", ExitCode.INVALID
)
URL_NOT_ACCEPTED = define(
    "RF416", "url-not-accepted", "The address is not one that may be used", ExitCode.INVALID
)
OVER_BUDGET = define("RF431", "over-budget", "The budget does not cover the step", ExitCode.REFUSED)
PRICE_UNKNOWN = define("RF432", "price-unknown", "Nobody knows the price of the step", ExitCode.REFUSED)
CONFIRMATION_NEEDED = define(
    "RF433", "confirmation-needed", "Spending this much needs a confirmation", ExitCode.REFUSED
)
SELECTION_UNKNOWN = define(
    "RF434",
    "selection-unknown",
    "The command names a step that the flow does not have",
    ExitCode.USAGE,
)
USAGE = define("RF435", "usage", "The command line is not right", ExitCode.USAGE)
CONFIGURATION = define("RF441", "configuration", "The configuration cannot be used", ExitCode.MACHINE)
TABLES = define("RF442", "tables", "The table of your own models cannot be used", ExitCode.MACHINE)

# RF5xx: the provider
NO_KEY = define("RF501", "no-key", "There is no API key", ExitCode.MACHINE)
KEY_REJECTED = define("RF502", "key-rejected", "The API does not accept the key", ExitCode.MACHINE)
CREDITS_EXHAUSTED = define("RF503", "credits-exhausted", "The account has no credits left", ExitCode.REFUSED)
PRICE_DRIFT = define(
    "RF504", "price-drift", "Runway asks for another price than the table says", ExitCode.DONE
)
THROTTLED = define("RF511", "throttled", "The account's limit is reached", ExitCode.UNREACHABLE)
UNAVAILABLE = define("RF512", "unavailable", "The service cannot be reached", ExitCode.UNREACHABLE)
MODERATED = define(
    "RF521", "moderated", "The request or its result was refused by moderation", ExitCode.FAILED
)
REQUEST_REJECTED = define("RF522", "request-rejected", "The service refused the request", ExitCode.FAILED)
GENERATION_FAILED = define("RF523", "generation-failed", "The generation failed", ExitCode.FAILED)
TASK_CANCELLED = define("RF524", "task-cancelled", "The task was cancelled", ExitCode.FAILED)
TASK_GONE = define("RF525", "task-gone", "The task is gone", ExitCode.FAILED)
DEADLINE = define("RF531", "deadline", "The step took longer than its timeout", ExitCode.UNREACHABLE)
OUTPUT_EXPIRED = define("RF541", "output-expired", "The link to a result expired", ExitCode.FAILED)
DOWNLOAD_DAMAGED = define("RF542", "download-damaged", "A result arrived damaged", ExitCode.FAILED)
UPLOAD_FAILED = define("RF543", "upload-failed", "A medium could not be uploaded", ExitCode.FAILED)

# RF6xx: attempts in doubt, and local media
IN_DOUBT = define("RF611", "in-doubt", "Whether a step was paid is not known", ExitCode.WAITING)
DROPPED = define("RF612", "dropped", "The step was given up, and is not paid for", ExitCode.FAILED)
FFMPEG_MISSING = define("RF651", "ffmpeg-missing", "There is no usable ffmpeg", ExitCode.MACHINE)
MEDIA_FAILED = define("RF652", "media-failed", "A local media operation failed", ExitCode.FAILED)
MEDIA_UNEXPECTED = define(
    "RF653",
    "media-unexpected",
    "A local media operation gave something else than promised",
    ExitCode.FAILED,
)

# RF7xx: the store
BLOB_CORRUPT = define("RF701", "blob-corrupt", "Stored bytes are damaged", ExitCode.MACHINE)
DISK_FULL = define("RF702", "disk-full", "The disk is full", ExitCode.MACHINE)
STORE_UNUSABLE = define("RF703", "store-unusable", "The store cannot be used", ExitCode.MACHINE)
OUTPUT_UNWRITABLE = define("RF704", "output-unwritable", "An output cannot be written", ExitCode.MACHINE)
BLOB_MISSING = define("RF705", "blob-missing", "Stored bytes are missing", ExitCode.MACHINE)
ARCHIVE_UNUSABLE = define(
    "RF706", "archive-unusable", "The archive of results cannot be used", ExitCode.MACHINE
)
STORE_BUSY = define(
    "RF711",
    "store-busy",
    "The store is under maintenance, or a lease was waited for too long",
    ExitCode.BUSY,
)
STORE_NEWER = define("RF712", "store-newer", "The store was written by a newer version", ExitCode.MACHINE)
DRIFT = define("RF721", "drift", "There is work or drift where none was allowed", ExitCode.DRIFT)

# RF9xx: our fault
INTERNAL = define("RF901", "internal", "runway-flow has a bug", ExitCode.INTERNAL)
