"""Slices as DICOM places each of them, and whether they are a regular stack: a grid with axes at right angles."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ...geometry.errors import GeometryError
from ...geometry.grid import Grid

IN_PLANE_TOLERANCE = 0.1
"""Of a pixel, and of a millimeter: how far a slice may lie from its place in the stack, along its rows and columns."""

ALONG_TOLERANCE = 0.06
"""Of the distance between slices, and of a millimeter: the same across slices. Some exports round to 0.1 mm."""

_WHOLE_STEP = 0.1
_SAME_PLACE = 0.01


@dataclass(frozen=True, eq=False)
class PlacedSlice:
    """A slice: ``position`` (3,) is the center of its first pixel, ``axes`` (2, 3) are unit vectors along a row and
    along a column, both in LPS; ``spacing`` in mm and ``size`` in pixels go along them. ``frame`` counts within a file.
    """

    path: Path
    position: np.ndarray
    axes: np.ndarray
    spacing: tuple[float, float]
    size: tuple[int, int]
    frame: int = 0

    @property
    def far_corner(self) -> np.ndarray:
        """From the first pixel to the last one, along the row and along the column (2, 3)."""
        lengths = (np.array(self.size) - 1) * self.spacing
        return self.axes * lengths[:, None]


def stacked(slices: Sequence[PlacedSlice], source: str) -> tuple[list[PlacedSlice], Grid]:
    """The slices in their order along the normal, and the grid that they are.

    ``source`` names what they come from, as a sentence begins: "The folder 'T1'". Raises ``GeometryError`` for slices
    that are no regular stack, saying how. As ITK does, the grid takes its first two axes from the first slice.
    """
    _check_alike(slices, source)
    normal = np.cross(*slices[0].axes)
    ordered = sorted(slices, key=lambda one: float(one.position @ normal))
    depths = np.array([one.position @ normal for one in ordered])
    first, step = _fitted(depths, ordered, source)
    _check_straight(ordered, depths, normal, source)
    matrix = np.eye(4)
    matrix[:3, 0] = slices[0].axes[0] * slices[0].spacing[0]
    matrix[:3, 1] = slices[0].axes[1] * slices[0].spacing[1]
    matrix[:3, 2] = normal * step
    matrix[:3, 3] = ordered[0].position + (first - depths[0]) * normal
    return ordered, Grid((*slices[0].size, len(ordered)), matrix)


def _check_alike(slices: Sequence[PlacedSlice], source: str) -> None:
    first = slices[0]
    for one in slices[1:]:
        if one.size != first.size:
            raise GeometryError(
                f"{source} holds slices of {first.size[0]} x {first.size[1]} and of {one.size[0]} x {one.size[1]} "
                f"pixels ('{one.path.name}'): move those of one volume into a folder of their own."
            )
    tolerance = _in_plane(first)
    turned = [one for one in slices if np.abs(one.far_corner - first.far_corner).max() > tolerance]
    if turned:
        odd = turned if len(turned) <= len(slices) / 2 else [one for one in slices if one not in turned]
        raise GeometryError(
            f"{source} holds slices of different orientations or pixel spacings ({len(odd)} of {len(slices)}, such as "
            f"'{odd[0].path.name}'): move those of one volume into a folder of their own."
        )
    if abs(float(first.axes[0] @ first.axes[1])) > 1e-3:
        raise GeometryError(f"{source} has rows and columns that are not at right angles: resample it first.")


def _fitted(depths: np.ndarray, ordered: Sequence[PlacedSlice], source: str) -> tuple[float, float]:
    """Where the first slice lies along the normal and the distance to the next; it must be the same everywhere."""
    distances = np.diff(depths)
    usual = float(np.median(distances))
    same = np.flatnonzero(distances < max(_SAME_PLACE * usual, 1e-4))
    if same.size:
        one, other = ordered[same[0]], ordered[same[0] + 1]
        names = f"'{one.path.name}' and '{other.path.name}'" if one.path != other.path else "of different frames"
        raise GeometryError(
            f"{source} holds {same.size + 1 if same.size == 1 else 'several'} slices at the same position ({names}, "
            f"{_place(one)}), as of several echoes or times: move those of one volume into a folder of their own."
        )
    numbers = np.arange(len(depths))
    step, first = np.polyfit(numbers, depths - depths[0], 1)
    tolerance = min(ALONG_TOLERANCE, ALONG_TOLERANCE * usual)
    if np.abs(depths - depths[0] - first - step * numbers).max() <= tolerance:
        return float(depths[0] + first), float(step)
    steps = distances / usual
    gaps = np.flatnonzero(np.round(steps) > 1)
    if gaps.size and np.abs(steps - np.round(steps)).max() < _WHOLE_STEP:
        count = int((np.round(steps) - 1).sum())
        raise GeometryError(
            f"{source} lacks {count} {'slice' if count == 1 else 'slices'} of the regular stack, the first behind "
            f"'{ordered[gaps[0]].path.name}' ({_place(ordered[gaps[0]])}): export the whole series again."
        )
    raise GeometryError(
        f"{source} has slices at uneven distances ({distances.min():.3g} to {distances.max():.3g} mm): resample it to "
        "even ones first, as Slicer's DICOM module does on loading (acquisition geometry regularization)."
    )


def _check_straight(ordered: Sequence[PlacedSlice], depths: np.ndarray, normal: np.ndarray, source: str) -> None:
    """Whether the slices lie straight above each other: not sheared as by a tilted gantry, and none shifted aside."""
    aside = np.array([one.position for one in ordered]) - depths[:, None] * normal
    aside -= aside[0]
    tolerance = _in_plane(ordered[0])
    if np.linalg.norm(aside, axis=1).max() <= tolerance:
        return
    from_first = depths - depths[0]
    slope = (from_first @ aside) / (from_first @ from_first)
    if np.linalg.norm(aside - from_first[:, None] * slope, axis=1).max() <= tolerance:
        angle = np.degrees(np.arctan(np.linalg.norm(slope)))
        raise GeometryError(
            f"{source} is a sheared stack, as of a gantry tilted by {angle:.3g} degrees: resample it to one with right "
            "angles first, as Slicer's DICOM module does on loading (acquisition geometry regularization)."
        )
    odd = ordered[int(np.linalg.norm(aside - np.median(aside, axis=0), axis=1).argmax())]
    raise GeometryError(
        f"{source} has slices that are shifted sideways against each other, such as '{odd.path.name}': "
        "move those of one volume into a folder of their own."
    )


def _in_plane(one: PlacedSlice) -> float:
    return IN_PLANE_TOLERANCE * min(1.0, *one.spacing)


def _place(one: PlacedSlice) -> str:
    return "at " + ", ".join(f"{v:.6g}" for v in one.position) + " mm"
