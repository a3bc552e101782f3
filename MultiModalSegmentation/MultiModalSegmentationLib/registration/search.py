"""The registration framework of SimpleITK on two volumes at one spacing: Mattes mutual information, rigid transforms.

Mattes et al., IEEE Trans Med Imaging 22:120, 2003. Everything runs in a frame whose origin is the middle of the object
and whose unit is its radius, so that an angle and a shift of the same size move the object equally far: the optimizer
then needs no scales.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import SimpleITK as sitk

from ..engine.work.threads import one_itk_thread
from .scaled import Scaled

TURN = float(np.radians(20.0))
"""Starts are turned this far about each axis; the optimizer itself reaches half as far again."""

_BINS = 32
_RANDOM_SEED = 1
_LAST_STEP = 0.0006
_ITERATIONS = 100

Motion = tuple[float, ...]
"""Three angles in radians, three shifts in radii: parameters of a ``SimpleITK.Euler3DTransform`` about the origin."""

STILL: Motion = (0.0,) * 6


@dataclass(frozen=True, eq=False)
class Frame:
    """The middle and the radius of the object on the fixed volume, mm in LPS, and the corners (8, 3) of its box."""

    center: np.ndarray
    radius: float
    corners: np.ndarray

    @classmethod
    def around(cls, points: np.ndarray) -> Frame:
        """Around points (N, 3), a few strays aside."""
        low, high = np.percentile(points, (1.0, 99.0), axis=0)
        corners = np.array(list(itertools.product(*zip(low, high))))
        center = (low + high) / 2
        radius = float(np.sqrt(((points - center) ** 2).sum(axis=1).mean()))
        return cls(center, max(radius, 1e-3), corners)

    def inside(self, volume: Scaled) -> Scaled:
        """The same voxels in this frame."""
        return Scaled(self._image(volume.image), None if volume.mask is None else self._image(volume.mask))

    def to_mm(self, motion: Motion) -> sitk.Euler3DTransform:
        """The transform of points in mm, LPS."""
        transform = sitk.Euler3DTransform()
        transform.SetCenter([float(v) for v in self.center])
        transform.SetParameters([*motion[:3], *(float(v * self.radius) for v in motion[3:])])
        return transform

    def between(self, one: Motion, other: Motion) -> float:
        """How far apart, in mm, two motions leave a corner of the object at most."""
        return float(np.linalg.norm(self.moved(self.corners, one) - self.moved(self.corners, other), axis=1).max())

    def moved(self, points: np.ndarray, motion: Motion) -> np.ndarray:
        """Points (N, 3) in mm, LPS, under a motion."""
        transform = self.to_mm(motion)
        matrix = np.array(transform.GetMatrix()).reshape(3, 3)
        return (points - self.center) @ matrix.T + self.center + np.array(transform.GetTranslation())

    def _image(self, image: sitk.Image) -> sitk.Image:
        result = sitk.Image(image)
        result.SetSpacing([s / self.radius for s in image.GetSpacing()])
        result.SetOrigin([float(v) for v in (np.array(image.GetOrigin()) - self.center) / self.radius])
        return result


@dataclass(frozen=True, eq=False)
class Level:
    """Both volumes in the frame at one spacing.

    ``share`` of the fixed one's voxels is looked at, a regular sample; the first step of a climb is ``step`` radii.
    """

    fixed: Scaled
    moving: Scaled
    share: float
    step: float

    def information(self, motion: Motion) -> float:
        """Mutual information in nats of what lies in both volumes; minus infinity where that is next to nothing."""
        with one_itk_thread():
            try:
                return -self._method(motion).MetricEvaluate(self.fixed.image, self.moving.image)
            except RuntimeError:
                return -np.inf

    def climbed(self, start: Motion, should_stop: Callable[[], bool]) -> Motion:
        """Uphill from ``start`` to more mutual information."""
        method = self._method(start)
        method.SetOptimizerScales([1.0] * 6)
        method.SetOptimizerAsRegularStepGradientDescent(self.step, _LAST_STEP, _ITERATIONS, 0.5, 1e-12)
        method.AddCommand(sitk.sitkIterationEvent, lambda: method.StopRegistration() if should_stop() else None)
        with one_itk_thread():
            try:
                return tuple(method.Execute(self.fixed.image, self.moving.image).GetParameters())
            except RuntimeError:
                return start

    def _method(self, motion: Motion) -> sitk.ImageRegistrationMethod:
        method = sitk.ImageRegistrationMethod()
        method.SetMetricAsMattesMutualInformation(_BINS)
        # Those filters smooth: the optimizer would follow another slope than that of the metric, for millimeters.
        method.SetMetricUseFixedImageGradientFilter(False)
        method.SetMetricUseMovingImageGradientFilter(False)
        method.SetInterpolator(sitk.sitkLinear)
        if self.share < 1:
            method.SetMetricSamplingStrategy(method.REGULAR)
            method.SetMetricSamplingPercentage(self.share, _RANDOM_SEED)
        if self.fixed.mask is not None:
            method.SetMetricFixedMask(self.fixed.mask)
        if self.moving.mask is not None:
            method.SetMetricMovingMask(self.moving.mask)
        transform = sitk.Euler3DTransform()
        transform.SetParameters(motion)
        method.SetInitialTransform(transform, False)
        return method


def turned_starts(shifts: Sequence[np.ndarray]) -> list[Motion]:
    """No turn and turns about each axis, alone and together, at each of the shifts (in radii)."""
    turns = list(itertools.product((0.0, -TURN, TURN), repeat=3))
    return [(*turn, *map(float, shift)) for shift in shifts for turn in turns]
