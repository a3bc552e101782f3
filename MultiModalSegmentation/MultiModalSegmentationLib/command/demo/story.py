"""What the demo does: a phantom is segmented by the workflow that Slicer's module calls, scored, and written.

It needs the packages ``slicer-core`` and ``vtk`` (the extra ``[mrml]``).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import SimpleITK as sitk

from ...explaining.comparison import best_unimodal, dice
from ...pictures.offscreen import OpenGLUnavailableError
from ...scene.export import export_labelmap, write_scene
from ...workflow.workflow import unimodal_name
from . import pictures as demo_pictures
from .model import SEGMENT, Demo, Score


def scores(demo: Demo) -> list[Score]:
    """Dice against the truth: both volumes together, each alone, and each alone with the parameters that suit it best
    of all that ``comparison`` tries, on the same smoothed volumes and from the same seeds."""
    truth, seeds = demo.truth, demo.seed_voxels
    rows = [_score("T1 and T2 together", demo.outcome.growing, truth)]
    for number, (volume, result) in enumerate(zip(demo.volumes, demo.outcome.unimodal)):
        rows.append(_score(f"{volume.GetName()} alone", result, truth))
        best = best_unimodal(demo.segmenter.smoothed(number), seeds, truth)
        remark = f"multiplier {best.multiplier:g}, iterations {best.iterations}"
        rows.append(Score(f"{volume.GetName()} alone, at its best", best.dice, remark=remark))
    return rows


def _score(what: str, result: object, truth: np.ndarray) -> Score:
    return Score(what, dice(sitk.GetArrayFromImage(result.region), truth), result.voxel_count)


def score_table(rows: Sequence[Score]) -> str:
    """The scores as text, the first row's gain over all others below them."""
    width = max(len(row.what) for row in rows)
    lines = [f"{'Gray matter from 4 seeds':{width}}   Dice     voxels"]
    for row in rows:
        voxels = "" if row.voxels is None else f"{row.voxels:,}"
        lines.append(f"{row.what:{width}}  {row.dice:.3f}  {voxels:>9}  {row.remark}".rstrip())
    gain = rows[0].dice - max(row.dice for row in rows[1:])
    return "\n".join([*lines, f"Together they gain {gain:.3f} over the best that one volume alone can do."])


def write_files(demo: Demo, folder: Path, rows: Sequence[Score]) -> Iterator[str]:
    """Write the pictures, the scene and the label image; a line about each file.

    Raises ``ValueError`` where a file cannot be written.
    """
    panels = _panels(demo, rows)
    demo.segmentation.CreateClosedSurfaceRepresentation()
    try:
        demo_pictures.write_overlay(demo, panels, folder / "overlay.png")
        yield "overlay.png     the regions on slices, drawn by Slicer's slice views"
        demo_pictures.write_surface(demo, panels, folder / "surface.png")
        yield "surface.png     their surfaces, drawn by Slicer's 3D view"
    except OpenGLUnavailableError as error:
        demo_pictures.write_plain_overlay(demo, panels, folder / "overlay.png")
        yield f"overlay.png     the regions on a slice, drawn by SimpleITK; surface.png left out. {error}"
    demo_pictures.arrange(demo, panels[-1])
    export_labelmap(demo.segmentation, SEGMENT.name, folder / "GrayMatter.mhd")
    yield "GrayMatter.mhd  the gray matter as a label image"
    write_scene(demo.standalone.scene, folder / "scene.mrb")
    yield "scene.mrb       volumes, seeds and segments: open it in Slicer"


def _panels(demo: Demo, rows: Sequence[Score]) -> list[demo_pictures.Panel]:
    """T1 alone, T2 alone, both together."""
    t1, t2 = demo.volumes
    content = demo.segmentation.GetSegmentation()
    alone = [content.GetSegmentIdBySegmentName(unimodal_name(SEGMENT.name, volume)) for volume in (t1, t2)]
    titles = [f"{row.what}: Dice {row.dice:.2f}" for row in rows if row.voxels is not None]
    together = demo_pictures.Panel(t2, demo.outcome.segment_id, titles[0])
    return [*map(demo_pictures.Panel, (t1, t2), alone, titles[1:]), together]
