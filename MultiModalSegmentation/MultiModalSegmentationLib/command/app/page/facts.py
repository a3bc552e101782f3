"""What regions and points say, as plain values for the page."""

from __future__ import annotations

from typing import Any

from ....geometry.numbers import significant
from ....workflow.request import SceneSegmentation
from ..session.session import Session

Row = dict[str, Any]


def point_rows(session: Session, grown: SceneSegmentation | None) -> tuple[list[Row], list[Row]]:
    """Seeds and exclusion seeds: label and position, and, where they are those of the region, values and distance."""
    rows = []
    explained = grown.point_rows() if grown else ((), ())
    for points, known in zip((session.seeds, session.exclusion_seeds), explained):
        numbers = {(row.label, tuple(round(v, 3) for v in row.ras)): row for row in known}
        made = []
        for label, position in points.points():
            row = numbers.get((label, tuple(round(v, 3) for v in position)))
            made.append(
                {
                    "label": label,
                    "position": ", ".join(f"{value:.1f}" for value in position),
                    "values": [f"{value:#.4g}".rstrip(".") for value in row.values] if row else [],
                    "distance": f"{significant(row.distance)} x" if row else "",
                    "odd": bool(row and row.is_odd),
                }
            )
        rows.append(made)
    return rows[0], rows[1]


def segment_facts(segmentation: SceneSegmentation) -> str:
    """One line about a region."""
    result = segmentation.result
    return (
        f"{significant(result.volume_ml)} mL, {result.voxel_count:,} voxels; effective multiplier "
        f"{result.effective_multiplier:.3g} (coverage {100 * result.coverage:.1f} %)."
    )
