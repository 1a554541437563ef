"""Every parameter of every instance as it would be sent."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from runway_flow.plan.describe import describe_params
from runway_flow.report.terminal import clean

if TYPE_CHECKING:
    from runway_flow.plan.plan import Plan
    from runway_flow.report.terminal import Terminal


def render_expanded(plan: Plan, terminal: Terminal) -> str:
    """Write each instance with its parameters, defaults included; null stands for what is not known yet."""
    lines: list[str] = []
    for step in plan.steps.values():
        lines += ["", terminal.paint(f"{clean(step.id)}:", "bold")]
        lines.append(f"  uses: {step.capability.uses}")
        for name, value in step.params.items():
            text = json.dumps(describe_params(value), ensure_ascii=False)
            lines.append(f"  {name}: {clean(text)}")
    return terminal.glyphs("\n".join(lines) + "\n")
