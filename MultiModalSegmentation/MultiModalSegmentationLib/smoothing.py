"""Curvature flow, which smooths within tissues and keeps the borders between them.

Source: Sethian, Level Set Methods and Fast Marching Methods (1999); ``itk::CurvatureFlowImageFilter``.
"""

from __future__ import annotations

from collections.abc import Sequence

import SimpleITK as sitk

from .parameters import SmoothingParameters

STABLE_SHARE = 0.25
"""The flow is unstable where the time step is over this share of the smallest spacing squared."""


def stable_time_step(spacing: Sequence[float]) -> float:
    """The largest stable time step in mm² for a spacing in mm."""
    return STABLE_SHARE * min(spacing) ** 2


def used_time_step(parameters: SmoothingParameters, spacing: Sequence[float]) -> float:
    """The time step in mm² that smoothing really uses on a grid with this spacing in mm."""
    if parameters.limit_time_step:
        return min(parameters.time_step, stable_time_step(spacing))
    return parameters.time_step


def curvature_flow(image: sitk.Image, parameters: SmoothingParameters | None = None) -> sitk.Image:
    """Smooth a scalar image; the result is float32."""
    parameters = parameters or SmoothingParameters()
    image = sitk.Cast(image, sitk.sitkFloat32)
    if parameters.iterations == 0:
        return image
    return sitk.CurvatureFlow(image, used_time_step(parameters, image.GetSpacing()), parameters.iterations)
