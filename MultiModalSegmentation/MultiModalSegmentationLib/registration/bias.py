"""The bias field of an MR volume taken out of it: a coil's sensitivity, which makes a tissue brighter here than there.

By ``SimpleITK.N4BiasFieldCorrection`` (Tustison et al., IEEE Trans Med Imaging 29:1310, 2010) on a shrunken copy, as
the field is smooth; the volume itself keeps its spacing.
"""

from __future__ import annotations

from collections.abc import Callable, Generator
from contextlib import closing
from typing import TYPE_CHECKING

import numpy as np
import SimpleITK as sitk

from ..engine.bricks.channels import Channel, checked
from ..engine.work.pool import Workers
from ..engine.work.steps import drained, reporting
from ..engine.work.threads import one_itk_thread
from ..geometry.errors import Cancelled, VolumeTypeError
from ..geometry.grid import ArrayImage
from .scaled import Scaled, scaled, value_range

if TYPE_CHECKING:
    from ..engine.bricks.channels import Volume

_VOXELS = 30_000
_ITERATIONS = (50, 50)
_CONVERGENCE = 1e-4
_DARKEST = 1e-3
"""The least value, as a share of the range, that the logarithm is taken of."""


def bias_corrected(
    image: Volume,
    *,
    on_progress: Callable[[float], None] | None = None,
    should_cancel: Callable[[], bool] | None = None,
) -> ArrayImage:
    """The volume as float32, divided by its bias field, whose geometric mean over the object is 1.

    ``image`` is a scalar 3D volume, ``SimpleITK.Image`` or :class:`~..geometry.grid.ArrayImage`; voxels that are not
    finite stay so. The same volume gives the same result on any number of threads. Both callbacks run in the caller's
    thread.

    Raises:
        VolumeTypeError: the volume has negative values (CT), is constant, or is no scalar image.
        GeometryError: it has no three dimensions, or is sheared.
        Cancelled: ``should_cancel`` answered True.
    """
    with closing(bias_steps(image)) as steps:
        return drained(reporting(steps, on_progress, should_cancel))


def bias_steps(image: Volume) -> Generator[float, None, ArrayImage]:
    """:func:`bias_corrected` as short steps, each of which yields the fraction done; closing them stops the work."""
    channel = checked(image, 1)
    if not may_have_bias(channel):
        raise VolumeTypeError(
            f"{channel.name} has negative values, as CT has, which no coil makes: correct the bias of MR volumes only."
        )
    yield 0.0
    with Workers() as workers:
        (log_field,) = yield from workers.done(lambda _: _log_field(channel, workers.is_stopped), [None], 0.0, 0.9)
    yield 0.9
    return ArrayImage(_divided(channel, log_field), channel.grid, channel.name)


def may_have_bias(channel: Channel) -> bool:
    """Whether a volume can be that of a coil: magnitudes, without negative values."""
    return value_range(channel)[0] >= 0


def _log_field(channel: Channel, should_stop: Callable[[], bool]) -> sitk.Image:
    extent = channel.grid.voxel_volume_ml * 1000.0 * channel.grid.box.voxel_count
    small = scaled(channel, (extent / _VOXELS) ** (1 / 3))
    low, high = value_range(channel)
    image = sitk.Maximum(small.image, low + _DARKEST * (high - low))
    object_mask = _object(small)
    method = sitk.N4BiasFieldCorrectionImageFilter()
    method.SetMaximumNumberOfIterations(_ITERATIONS)
    method.SetConvergenceThreshold(_CONVERGENCE)

    def stop_if_asked() -> None:
        # The filter does not heed Abort(), but passes errors on.
        if should_stop():
            raise Cancelled

    method.AddCommand(sitk.sitkIterationEvent, stop_if_asked)
    with one_itk_thread():
        method.Execute(image, object_mask)
        field = method.GetLogBiasFieldAsImage(image)
    inside = sitk.GetArrayViewFromImage(object_mask) > 0
    return field - float(sitk.GetArrayViewFromImage(field)[inside].mean())


def _object(volume: Scaled) -> sitk.Image:
    mask = sitk.OtsuThreshold(volume.image, 0, 1, 128)
    return mask if volume.mask is None else sitk.And(mask, volume.mask)


def _divided(channel: Channel, log_field: sitk.Image) -> np.ndarray:
    grid = channel.grid
    resample = sitk.ResampleImageFilter()
    resample.SetSize(grid.size)
    resample.SetOutputSpacing(grid.spacing)
    resample.SetOutputOrigin(grid.origin)
    resample.SetOutputDirection(grid.direction)
    resample.SetOutputPixelType(sitk.sitkFloat32)
    resample.UseNearestNeighborExtrapolatorOn()
    result = sitk.GetArrayFromImage(resample.Execute(log_field))
    np.exp(np.negative(result, out=result), out=result)
    return np.multiply(result, channel.array, out=result, casting="same_kind")
