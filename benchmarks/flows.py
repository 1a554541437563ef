"""Generated flows for the benchmarks: chains of image → video → speech, and one join."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


def write_chains(path: Path, count: int) -> None:
    """Write a flow of about `count` explicit steps: thirds of stills, clips and voices, joined at the end."""
    lines = ["version: 1", f"name: chains-{count}", "seed: 1", "steps:"]
    chains = (count - 1) // 3
    for at in range(chains):
        lines += [
            f"  still_{at}:",
            "    uses: gen4_image_turbo",
            "    with:",
            "      ratio: 1280:720",
            f"      prompt_text: Frame {at} of a walk along the shore, soft light",
            "      reference_images: [https://example.com/shore.png]",
            f"  clip_{at}:",
            "    uses: gen4.5",
            "    with:",
            "      ratio: 1280:720",
            f"      prompt_image: ${{{{ steps.still_{at}.output }}}}",
            f"      prompt_text: The camera follows the walker, part {at}",
            "      duration: 5",
            f"  voice_{at}:",
            "    uses: eleven_multilingual_v2",
            "    with:",
            f"      prompt_text: Part {at}. The tide comes in.",
            "      voice: Maya",
            f"    needs: clip_{at}",
        ]
    lines += ["  film:", "    uses: media/concat", "    with:", "      clips:"]
    lines += [f"        - ${{{{ steps.clip_{at}.output }}}}" for at in range(chains)]
    lines += ["outputs:", "  film: ${{ steps.film.output }}"]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


def write_parallel(path: Path, count: int) -> None:
    """Write a flow of `count` independent stills."""
    path.write_text(
        "\n".join(
            (
                "version: 1",
                "name: parallel",
                "steps:",
                "  still:",
                "    uses: gen4_image",
                f"    foreach: {{number: '${{{{ range({count}) }}}}'}}",
                "    with: {ratio: '720:720', prompt_text: 'Number ${{ number }}'}",
                "",
            )
        ),
        encoding="utf-8",
    )
