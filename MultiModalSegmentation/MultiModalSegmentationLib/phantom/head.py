"""A head phantom with its truth: T1- and T2-weighted spin-echo volumes, tissue labels, suggested seeds.

The story it tells follows from relaxation times alone. On the T1-weighted volume muscle, skin and dura have nearly the
signal of gray matter (both ratios: `SpinEcho.signal`), on the T2-weighted one fat has; no tissue has both. What lets a
region leave the brain where one signal is alike are the ways that every head has:

- dura, which lies on the crowns of the gyri, and its sleeve around the trigeminal ganglion and the mandibular nerve
  (V3), from the inner side of the temporal lobe through the foramen ovale into the muscles of mastication (Williams et
  al., AJNR 24:1317, 2003);
- the fat of the superior orbital fissure beside the temporal lobe's inner side, from there the orbit, the inferior
  orbital fissure, the cheek's fat pad, the fat under the skin;
- muscle that lies directly under the skin where there is no fat between (eyelids and brow).

Relaxation times and proton densities are BrainWeb's for 1.5 T (tissue_mr_parameters.txt of its simulator; Kwan, Evans,
Pike, IEEE Trans Med Imaging 18:1085, 1999): one class for muscle and skin, which dura takes as well. Diploe, which that
table lacks, counts as fat with half the proton density, the other half being trabecular bone. The vitreous body and
the ventricles count as CSF. Noise is Rician (Gudbjartsson and Patz, Magn Reson Med 34:910, 1995).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import SimpleITK as sitk
from scipy import ndimage

from ..geometry.box import Index
from ..geometry.grid import Grid
from .anatomy import paint_head
from .shapes import HEAD_EXTENT, Canvas, Tissue

__all__ = ["RELAXATION", "T1_WEIGHTED", "T2_WEIGHTED", "Phantom", "Relaxation", "SpinEcho", "Tissue", "make_phantom"]


@dataclass(frozen=True)
class Relaxation:
    """Proton density (share of water's), T1 and T2 in ms."""

    proton_density: float
    t1: float
    t2: float


_NO_SIGNAL = Relaxation(0.0, 1.0, 1.0)
_WATER = Relaxation(1.0, 2569.0, 329.0)
_SOFT_TISSUE = Relaxation(1.0, 900.0, 47.0)

RELAXATION = {
    Tissue.BACKGROUND: _NO_SIGNAL,
    Tissue.SKIN: _SOFT_TISSUE,
    Tissue.FAT: Relaxation(1.0, 350.0, 70.0),
    Tissue.MUSCLE: _SOFT_TISSUE,
    Tissue.SKULL: _NO_SIGNAL,
    Tissue.MARROW: Relaxation(0.5, 350.0, 70.0),
    Tissue.DURA: _SOFT_TISSUE,
    Tissue.CSF: _WATER,
    Tissue.GRAY_MATTER: Relaxation(0.86, 833.0, 83.0),
    Tissue.WHITE_MATTER: Relaxation(0.77, 500.0, 70.0),
    Tissue.VENTRICLES: _WATER,
    Tissue.VITREOUS: _WATER,
}


@dataclass(frozen=True)
class SpinEcho:
    """A spin-echo sequence, times in ms."""

    repetition_time: float
    echo_time: float

    def signal(self, tissue: Tissue) -> float:
        """Proton density x (1 - exp(-TR / T1)) x exp(-TE / T2); water fully recovered and not decayed has 1."""
        relaxation = RELAXATION[tissue]
        recovered = 1.0 - math.exp(-self.repetition_time / relaxation.t1)
        return relaxation.proton_density * recovered * math.exp(-self.echo_time / relaxation.t2)


T1_WEIGHTED = SpinEcho(500.0, 12.0)
T2_WEIGHTED = SpinEcho(4000.0, 80.0)

_SCALE = 1000.0
_BIAS = 0.06
_SMALLEST_SIZE = 48
_LARGEST_SPACING = 6.0
_LARGEST_SAMPLE = 2.0
_BLOCK_SLICES = 12
# Any gray matter serves pooled statistics. ITK's rule takes its multiplier from the noise of the farthest seed alone:
# near these targets, at the sizes the demo has, that seed lies far enough from the mean to give a region.
_SEED_TARGETS = ((42.0, 30.0, 44.0), (-42.0, 30.0, 44.0), (42.0, -50.0, 44.0), (-42.0, -50.0, 44.0))
_SEED_REACH = 30.0
_LPS_TO_HEAD = np.diag([-1.0, -1.0, 1.0])


@dataclass(frozen=True, eq=False)
class Phantom:
    """Two volumes of one head on one grid and the truth about them."""

    t1: sitk.Image
    """float32; gray matter about 336."""

    t2: sitk.Image
    """float32; gray matter about 325."""

    truth: sitk.Image
    """uint8: the `Tissue` with the largest share of each voxel."""

    seeds: tuple[Index, ...]
    """Four voxels inside the cortical ribbon, one a quadrant, all in one plane of the grid, the most axial one."""

    @property
    def gray_matter(self) -> np.ndarray:
        """The true gray matter: bool (z, y, x)."""
        return sitk.GetArrayFromImage(self.truth) == Tissue.GRAY_MATTER


def make_phantom(
    size: Sequence[int] = (181, 217, 181),
    *,
    spacing: Sequence[float] | None = None,
    direction: Sequence[float] | None = None,
    noise: float = 0.04,
    seed: int = 0,
) -> Phantom:
    """The same head at any size (i, j, k); voxels over about 2.5 mm hold hardly any pure gray matter to grow in.

    ``spacing`` in mm; without it the grid just holds the head, 181 x 217 x 181 mm along right, front and top.
    ``direction``: nine cosines, row by row, LPS as in ITK; the head stays where it is and the grid turns about it.
    ``noise``: standard deviation of either channel of the receiver as a share of the brightest tissue's signal;
    ``seed``: of its random numbers. A ``ValueError`` says what is wrong with a value.
    """
    if not (math.isfinite(noise) and noise >= 0):
        raise ValueError(f"The phantom's noise is {noise}: give a share of the brightest signal, 0 or more.")
    grid = _grid(size, spacing, direction)
    t1, t2, gray, truth = _render(grid)
    generator = np.random.default_rng(seed)
    volumes = []
    for signal, sequence, bias in ((t1, T1_WEIGHTED, _BIAS), (t2, T2_WEIGHTED, -_BIAS)):
        brightest = _SCALE * max(sequence.signal(tissue) for tissue in Tissue)
        volumes.append(grid.image(_measured(signal * _bias_field(grid, bias), noise * brightest, generator)))
    return Phantom(*volumes, grid.image(truth), _seeds(grid, gray))


def _grid(size: Sequence[int], spacing: Sequence[float] | None, direction: Sequence[float] | None) -> Grid:
    if len(size) != 3 or any(int(n) != n or n < _SMALLEST_SIZE for n in size):
        needed = f"give three whole numbers of at least {_SMALLEST_SIZE}"
        raise ValueError(f"The phantom's size is {tuple(size)}: {needed}, as the cortex vanishes in larger voxels.")
    axes = np.eye(3) if direction is None else np.asarray(direction, float)
    if axes.size != 9 or np.abs((axes := axes.reshape(3, 3)).T @ axes - np.eye(3)).max() > 1e-6:
        raise ValueError(f"The phantom's direction is {direction}: give nine cosines of axes at right angles.")
    if spacing is None:
        spacing = np.hypot.reduce(axes.T * np.array(HEAD_EXTENT), axis=1) / np.array(size)
    if len(spacing) != 3 or not all(0 < s <= _LARGEST_SPACING for s in spacing):
        needed = f"give three numbers over 0 and up to {_LARGEST_SPACING:g} mm"
        raise ValueError(f"The phantom's spacing is {tuple(float(s) for s in spacing)}: {needed}.")
    matrix = np.eye(4)
    matrix[:3, :3] = axes * np.asarray(spacing, float)
    matrix[:3, 3] = -matrix[:3, :3] @ ((np.array(size) - 1) / 2)
    return Grid(tuple(int(n) for n in size), matrix)


def _render(grid: Grid) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Noise-free T1 and T2 signals, gray matter's share and the truth, (z, y, x).

    Slices are painted a few at a time to keep memory small; voxels longer than 2 mm are averages of smaller ones.
    """
    signals = [[_SCALE * s.signal(tissue) for tissue in Tissue] for s in (T1_WEIGHTED, T2_WEIGHTED)]
    weights = np.array([*signals, [tissue == Tissue.GRAY_MATTER for tissue in Tissue]], np.float32)
    blocks, labels = [], []
    for start in range(0, grid.size[2], _BLOCK_SLICES):
        fractions = _fractions(grid, start, min(start + _BLOCK_SLICES, grid.size[2]))
        blocks.append(np.tensordot(weights, fractions, 1))
        labels.append(fractions.argmax(axis=0).astype(np.uint8))
    return (*np.concatenate(blocks, axis=1), np.concatenate(labels))


def _fractions(grid: Grid, start: int, stop: int) -> np.ndarray:
    """Each tissue's share of the voxels of slices ``start`` to ``stop``, (tissue, z, y, x)."""
    shape = (stop - start, grid.size[1], grid.size[0])
    samples = [math.ceil(s / _LARGEST_SAMPLE - 1e-6) for s in grid.spacing]
    axes = _LPS_TO_HEAD @ grid.index_to_lps[:3, :3]
    corner = _LPS_TO_HEAD @ grid.index_to_lps[:3, 3] + axes @ np.array([0, 0, start])
    step = axes / np.array(samples)
    first = corner - step @ ((np.array(samples) - 1) / 2)
    canvas = Canvas(tuple(n * s for n, s in zip(shape, samples[::-1])), np.column_stack([step, first]))
    paint_head(canvas)
    if max(samples) == 1:
        return canvas.fractions
    parts = [m for pair in zip(shape, samples[::-1]) for m in pair]
    return canvas.fractions.reshape(len(Tissue), *parts).mean(axis=(2, 4, 6))


def _head_coordinates(grid: Grid, indices: Sequence[np.ndarray]) -> list[np.ndarray]:
    axes = [index.astype(np.float32) for index in indices]
    rows = (_LPS_TO_HEAD @ grid.index_to_lps[:3]).tolist()
    return [row[3] + sum(m * axis for m, axis in zip(row, axes) if abs(m) > 1e-9) for row in rows]


def _bias_field(grid: Grid, strength: float) -> np.ndarray:
    """The receiver's sensitivity, which changes by ± ``strength`` from the head's center to a far corner."""
    indices = np.ogrid[tuple(slice(0, n) for n in grid.size[::-1])][::-1]
    x, y, z = (c / (e / 2) for c, e in zip(_head_coordinates(grid, indices), HEAD_EXTENT))
    return 1 - strength * np.tanh(0.6 * x + 0.5 * y + 0.4 * z)


def _measured(signal: np.ndarray, deviation: float, generator: np.random.Generator) -> np.ndarray:
    """Magnitude of a signal with noise in both channels of the receiver: Rician."""
    in_phase = signal + np.float32(deviation) * generator.standard_normal(signal.shape, np.float32)
    quadrature = np.float32(deviation) * generator.standard_normal(signal.shape, np.float32)
    return np.hypot(in_phase, quadrature)


def _seeds(grid: Grid, gray: np.ndarray) -> tuple[Index, ...]:
    """The purest neighborhoods of 3 x 3 x 3 voxels near the targets, in the plane where they are purest."""
    purity = ndimage.uniform_filter(gray, 3)
    axial = int(np.abs(grid.index_to_lps[2, :3]).argmax())
    best: tuple[float, tuple[Index, ...]] | None = None
    for plane in range(2, grid.size[axial] - 2):
        found = _seeds_in_plane(grid, gray, purity, axial, plane)
        if found is not None and (best is None or found[0] > best[0] + 1e-6):
            best = found
    if best is None:
        raise ValueError(
            f"The phantom's grid of {grid.size} voxels of {grid.spacing} mm holds no gray matter to put seeds in: "
            "give a larger size or spacing."
        )
    return best[1]


def _seeds_in_plane(
    grid: Grid, gray: np.ndarray, purity: np.ndarray, axial: int, plane: int
) -> tuple[float, tuple[Index, ...]] | None:
    """A score and the seeds, or None where a target is out of reach: a millimeter costs as much as 0.3 % purity."""
    ranges = [slice(2, n - 2) for n in grid.size]
    ranges[axial] = slice(plane, plane + 1)
    indices = np.ogrid[tuple(ranges[::-1])][::-1]
    points = _head_coordinates(grid, indices)
    part = tuple(ranges[::-1])
    total, seeds = 0.0, []
    for target in _SEED_TARGETS:
        distance = np.sqrt(sum((p - t) ** 2 for p, t in zip(points, target)))
        score = np.where((distance < _SEED_REACH) & (gray[part] > 0.9), purity[part] - 0.003 * distance, -1.0)
        k, j, i = np.unravel_index(int(score.argmax()), score.shape)
        if score[k, j, i] < 0:
            return None
        total += float(score[k, j, i])
        seeds.append(tuple(int(n + r.start) for n, r in zip((i, j, k), ranges)))
    return total, tuple(seeds)
