"""Curvature flow of channels, by blocks: the result of a block is that of smoothing the whole volume.

Source: Sethian, Level Set Methods and Fast Marching Methods (1999); ``itk::CurvatureFlowImageFilter``.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import SimpleITK as sitk

from ...geometry.box import Box
from ...parameters.settings import SmoothingParameters
from ..work.threads import in_parallel
from .channels import Channel, prepare
from .flow import FlowStep, flow

STABLE_SHARE = 0.25
"""The flow is unstable where the time step is over this share of the smallest spacing squared."""

MOST = 1e6
"""Standardized values are cut off here: what padding (-3.4e38) would overflow to spoils its neighbors."""

SLAB_VOXELS = 2**22
"""A whole volume is smoothed in slabs of about this size."""


def stable_time_step(spacing: Sequence[float]) -> float:
    """The largest stable time step in mm² for a spacing in mm."""
    return STABLE_SHARE * min(spacing) ** 2


def used_time_step(parameters: SmoothingParameters, spacing: Sequence[float]) -> float:
    """The time step in mm² that smoothing really uses on a grid with this spacing in mm."""
    if parameters.limit_time_step:
        return min(parameters.time_step, stable_time_step(spacing))
    return parameters.time_step


@dataclass(frozen=True, eq=False)
class Block:
    """Standardized values (z, y, x) of one channel, and where the input was not finite (None: nowhere).

    A voxel that was not finite counts as the channel's center, wherever it lies, so that blocks do not depend on
    each other.
    """

    values: np.ndarray
    excluded: np.ndarray | None


def curvature_flow(image: sitk.Image, parameters: SmoothingParameters = SmoothingParameters()) -> sitk.Image:
    """Smooth a scalar image of three dimensions; the result is float32, not finite where the image is not."""
    (channel,) = prepare([image])
    return channel.grid.image(smooth_whole(channel, parameters))


def smooth_whole(channel: Channel, parameters: SmoothingParameters) -> np.ndarray:
    """A whole channel smoothed, float32 (z, y, x) in the input's units."""
    if not parameters.iterations:
        return channel.array.astype(np.float32)
    columns, rows, slices = channel.grid.size
    thickness = max(8, SLAB_VOXELS // (columns * rows))
    result = np.empty(channel.array.shape, np.float32)

    def smooth_slab(first: int) -> None:
        box = Box((0, 0, first), (columns, rows, min(first + thickness, slices)))
        block = smooth_block(channel, box, parameters)
        for target, values in zip(result[box.slices], block.values):
            target[...] = in_units(values, channel)
        if block.excluded is not None:
            result[box.slices][block.excluded] = np.nan

    in_parallel(smooth_slab, range(0, slices, thickness))
    return result


def in_units(values: np.ndarray, channel: Channel) -> np.ndarray:
    """Standardized values as float32 in the input's units."""
    result = np.multiply(values, channel.scale, dtype=np.float64)
    result += channel.center
    return result.astype(np.float32)


def smooth_whole_by_itk(channel: Channel, parameters: SmoothingParameters) -> np.ndarray:
    """As :func:`smooth_whole` by ``SimpleITK.CurvatureFlow`` itself, which answers in float64."""
    return smooth_box_by_itk(channel, channel.grid.box, parameters)


def smooth_box_by_itk(channel: Channel, box: Box, parameters: SmoothingParameters) -> np.ndarray:
    """The voxels (z, y, x) of a box as ``SimpleITK.CurvatureFlow`` smooths the whole channel, bit for bit."""
    around = box.grown(parameters.iterations, channel.grid.box)
    array = channel.array[around.slices]
    if not parameters.iterations:
        return array.astype(np.float64)
    finite = np.isfinite(array)
    image = sitk.GetImageFromArray(np.where(finite, array, channel.array.dtype.type(channel.center)))
    image.SetSpacing(channel.grid.spacing)
    step = used_time_step(parameters, channel.grid.spacing)
    smooth = sitk.CurvatureFlow(image, timeStep=step, numberOfIterations=parameters.iterations)
    return np.where(finite, sitk.GetArrayViewFromImage(smooth), np.nan)[box.offset_in(around)]


def smooth_block(channel: Channel, box: Box, parameters: SmoothingParameters) -> Block:
    """Curvature flow of the channel's standardized values in ``box``, float32."""
    halo = parameters.iterations
    size = channel.array.shape
    start = [max(0, s.start - halo) for s in box.slices]
    stop = [min(n, s.stop + halo) for s, n in zip(box.slices, size)]
    padded = np.zeros([b - a + 2 for a, b in zip(start, stop)], np.float32)
    excluded = standardize(channel, tuple(slice(a, b) for a, b in zip(start, stop)), padded[1:-1, 1:-1, 1:-1])
    inner = tuple(slice(s.start - a, s.stop - a) for s, a in zip(box.slices, start))
    if parameters.iterations:
        spacing = channel.grid.spacing
        step = FlowStep.of(spacing, used_time_step(parameters, spacing), channel.scale)
        borders = [(a == 0, b == n) for a, b, n in zip(start, stop, size)]
        padded = flow(padded, step, parameters.iterations, borders)
    excluded = None if excluded is None else np.ascontiguousarray(excluded[inner])
    return Block(padded[1:-1, 1:-1, 1:-1][inner], excluded if excluded is not None and excluded.any() else None)


def standardize(channel: Channel, where: tuple[slice, slice, slice], out: np.ndarray) -> np.ndarray | None:
    """Write (value - center) / scale into ``out``, at most ``MOST``, 0 where the input is not finite; returns where
    that is, or None."""
    excluded = None
    source = channel.array[where]
    buffer = np.empty(source.shape[1:], np.float64)
    factor = 1.0 / channel.scale
    with np.errstate(invalid="ignore", over="ignore"):
        for number, plane in enumerate(source):
            np.subtract(plane, channel.center, out=buffer)
            np.multiply(buffer, factor, out=out[number], casting="same_kind")
            if channel.may_be_wild:
                np.clip(out[number], -MOST, MOST, out=out[number])
            if channel.may_be_non_finite:
                finite = np.isfinite(plane)
                if not finite.all():
                    if excluded is None:
                        excluded = np.zeros(source.shape, bool)
                    excluded[number] = ~finite
                    out[number][excluded[number]] = 0.0
    return excluded
