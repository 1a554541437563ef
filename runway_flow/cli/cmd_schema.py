"""`schema`: the JSON Schema that editors complete and check flows by."""

from __future__ import annotations

from typing import Any

import rich_click as click

from runway_flow.cli.options import global_flags, resolve_common, take_globals
from runway_flow.cli.printing import print_result
from runway_flow.report.flow_schema import flow_schema_text
from runway_flow.wiring import open_catalog


@click.command("schema")
@global_flags
@click.pass_context
def command(context: click.RichContext, /, **values: Any) -> int:  # noqa: ANN401
    """Print the JSON Schema of flows, for editors: runway-flow schema > flow.schema.json."""
    common = resolve_common(take_globals(context, values))
    print_result(flow_schema_text(open_catalog(common.settings)))
    return 0
