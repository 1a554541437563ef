"""Every parameter of every instance as it would be sent."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from runway_flow.plan.describe import describe_params

if TYPE_CHECKING:
    from runway_flow.plan.plan import Plan
    from runway_flow.report.terminal import Terminal


def render_expanded(plan: Plan, terminal: Terminal) -> str:
    """Write each instance with its parameters, defaults included; null stands for what is not known yet."""
    lines: list[str] = []
    for step in plan.steps.values():
        lines += ["", terminal.paint(f"{terminal.line(step.id)}:", "bold")]
        lines.append(f"  uses: {step.capability.uses}")
        for name, value in step.params.items():
            text = json.dumps(describe_params(value), ensure_ascii=terminal.is_ascii)
            lines.append(f"  {name}: {terminal.line(text)}")
    return "\n".join(lines) + "\n"
