"""Small volumes of one anatomy on all kinds of grids, and transforms to put them under."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np
import slicer
from scene_helpers import add_grid_transform, add_linear_transform, grid_of, rotation_about, sample_array, translation

from MultiModalSegmentationLib.geometry.grid import Grid
from MultiModalSegmentationLib.scene.nodes import add_volume
from MultiModalSegmentationLib.scene.volumes import grid_of_volume, matrix_from_array

if TYPE_CHECKING:
    import random

CENTER = np.array([12.0, 12.0, 11.0])
"""Of the tissue to segment, a ball, in mm, LPS."""

# No voxel center lies halfway between two of another grid: the nearest one would be a matter of rounding.
GRIDS = {
    "standard": grid_of((26, 24, 22)),
    "coarse": grid_of((17, 16, 14), spacing=(1.61, 1.61, 1.73)),
    "shifted": grid_of((26, 24, 22), origin=(1.3, -0.6, 0.45)),
    "rotated": grid_of((28, 26, 24), origin=(4, -5, 0), rotation=rotation_about(2, 20)),
    "left-handed": grid_of((26, 24, 22), origin=(25.03, 0.02, 0.04), rotation=np.diag([-1.0, 1.0, 1.0])),
    "anisotropic": grid_of((32, 28, 9), spacing=(0.81, 0.87, 2.63)),
    "one slice": grid_of((26, 24, 1), origin=(0, 0, 11)),
    "one column": grid_of((1, 24, 22), origin=(12, 0, 0)),
    "elsewhere": grid_of((24, 24, 24), origin=(400, 0, 0)),
}
PLAIN_GRIDS = ("standard",) * 6 + ("coarse", "shifted", "rotated", "left-handed", "anisotropic")
PIXELS = (np.float32, np.float32, np.int16, np.uint8, np.float64)
FLAWS = ("one slice", "one column", "elsewhere", "constant", "NaN", "only NaN", "sheared", "RGB", "label map", "copy")


def contrasts(lps: np.ndarray, kind: int) -> np.ndarray:
    """Values of a T1, a T2 or a PD at these positions: on each alone the ball looks like some other part."""
    x = lps[..., 0]
    ball = np.linalg.norm(lps - CENTER, axis=-1) < 7
    if kind == 0:
        return np.where(ball | (x > 18), 100.0, 20.0)
    if kind == 1:
        return np.where(ball | (x < 5), 30.0, 120.0)
    return np.where(ball, 60.0, 90.0) + 0.5 * lps[..., 1]


def add_plain_volume(scene: slicer.vtkMRMLScene, chance: random.Random) -> slicer.vtkMRMLScalarVolumeNode:
    """A volume that can be segmented: on one of many grids, of one of many pixel types."""
    grid, kind = GRIDS[chance.choice(PLAIN_GRIDS)], chance.randrange(3)
    name = chance.choice([("T1", "T1|T2: a"), ("T2", "T2 'new'"), ("PD", "PD")][kind])
    return add_volume(scene, grid.image(_noisy(grid, kind, chance).astype(chance.choice(PIXELS))), name)


def add_flawed_volume(scene: slicer.vtkMRMLScene, chance: random.Random, flaw: str) -> slicer.vtkMRMLScalarVolumeNode:
    """A volume that something is wrong with."""
    grid = GRIDS.get(flaw, GRIDS["standard"])
    values = _noisy(grid, chance.randrange(2), chance)
    if flaw == "constant":
        values[:] = 7
    if flaw == "NaN":
        values[:, :, chance.randrange(8, 20) :] = np.nan
    if flaw == "only NaN":
        values[:] = np.nan
    if flaw == "RGB":
        return _add_rgb(scene, values)
    node = add_volume(scene, grid.image(values), flaw)
    if flaw == "sheared":
        sheared = np.eye(4)
        sheared[0, 1] = 0.3
        node.SetIJKToRASMatrix(matrix_from_array(sheared))
    if flaw == "label map":
        return _as_labelmap(scene, node)
    return node


def _noisy(grid: Grid, kind: int, chance: random.Random) -> np.ndarray:
    noise = np.random.default_rng(chance.getrandbits(32)).normal(0, 3, grid.size[::-1])
    return np.maximum(sample_array(grid, lambda lps: contrasts(lps, kind)) + noise, 0).astype(np.float32)


def _add_rgb(scene: slicer.vtkMRMLScene, values: np.ndarray) -> slicer.vtkMRMLVectorVolumeNode:
    node = scene.AddNewNodeByClass("vtkMRMLVectorVolumeNode", "RGB")
    slicer.util.updateVolumeFromArray(node, np.stack([values] * 3, -1).astype(np.uint8))
    return node


def _as_labelmap(
    scene: slicer.vtkMRMLScene, volume: slicer.vtkMRMLScalarVolumeNode
) -> slicer.vtkMRMLLabelMapVolumeNode:
    node = scene.AddNewNodeByClass("vtkMRMLLabelMapVolumeNode", "label map")
    slicer.util.updateVolumeFromArray(node, (slicer.util.arrayFromVolume(volume) > 50).astype(np.uint8))
    for owned in (volume.GetDisplayNode(), volume):
        scene.RemoveNode(owned)
    return node


def index_of_tissue(volume: slicer.vtkMRMLScalarVolumeNode, jitter: np.ndarray) -> np.ndarray:
    """A continuous index of the volume near the middle of the ball."""
    return np.linalg.solve(grid_of_volume(volume).index_to_lps, [*(CENTER + jitter), 1.0])[:3]


def add_transform(scene: slicer.vtkMRMLScene, chance: random.Random) -> slicer.vtkMRMLTransformNode:
    """A shift, a rotation or a bend of a few mm."""
    make: Callable[[], slicer.vtkMRMLTransformNode] = chance.choice(
        (
            lambda: add_linear_transform(scene, small_movement(chance)),
            lambda: add_linear_transform(scene, small_movement(chance)),
            lambda: add_grid_transform(scene, _bend(chance), extent=40.0, spacing=8.0),
        )
    )
    return make()


def small_movement(chance: random.Random) -> np.ndarray:
    """A rotation by up to 10 degrees and a shift by up to 3 mm."""
    matrix = translation([chance.uniform(-3, 3) for _ in range(3)])
    matrix[:3, :3] = rotation_about(chance.randrange(3), chance.uniform(-10, 10))
    return matrix


def _bend(chance: random.Random) -> Callable[[np.ndarray], np.ndarray]:
    size, length = chance.uniform(0.5, 2.0), chance.uniform(8, 16)
    return lambda ras: size * np.sin(ras[..., [1, 2, 0]] / length)
