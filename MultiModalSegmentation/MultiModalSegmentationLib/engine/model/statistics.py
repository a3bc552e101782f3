"""Means, covariances and Mahalanobis distances of channel values, always in double precision."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy import special

FLOOR_SHARE = 1e-2
"""Smallest standard deviation, along any direction of channels in units of their scale."""


def coverage(multiplier: float, channel_count: int) -> float:
    """The share of a Gaussian of ``channel_count`` dimensions within a Mahalanobis distance of ``multiplier``.

    Chi-square CDF of the squared multiplier with ``channel_count`` degrees of freedom, 0 to 1.
    """
    return float(special.gammainc(channel_count / 2.0, 0.5 * multiplier**2))


@dataclass(frozen=True, eq=False)
class Statistics:
    """``mean`` (C,) and ``covariance`` (C, C) of channel values, in the units of these values."""

    mean: np.ndarray
    covariance: np.ndarray
    models: tuple[Statistics, ...] = ()
    """Where there are any, distance is that from the nearest of them, by its own covariance."""

    def in_units(self, center: np.ndarray, scale: np.ndarray) -> Statistics:
        """The statistics of ``center + scale * values``; all arguments have shape (C,)."""
        return Statistics(center + scale * self.mean, self.covariance * np.outer(scale, scale))

    def standardized(self, center: np.ndarray, scale: np.ndarray) -> Statistics:
        """The statistics of ``(values - center) / scale``."""
        return Statistics((self.mean - center) / scale, self.covariance / np.outer(scale, scale))


def pooled_statistics(values: np.ndarray) -> Statistics:
    """Mean and total covariance of values (C, N); the covariance is divided by N, as in ITK."""
    values = np.asarray(values, dtype=np.float64)
    mean = values.mean(axis=1)
    centered = values - mean[:, None]
    return Statistics(mean, (centered[:, None, :] * centered[None, :, :]).mean(axis=2))


def averaged_statistics(boxes: Sequence[np.ndarray]) -> Statistics:
    """The average of the means and of the covariances of several boxes' values (C, N).

    Source: ``itk::VectorConfidenceConnectedImageFilter``, whose seeds count alike wherever they are.
    """
    each = [pooled_statistics(box) for box in boxes]
    return Statistics(np.mean([s.mean for s in each], axis=0), np.mean([s.covariance for s in each], axis=0))


class Moments:
    """Sums over voxels from which their statistics follow, taken from an ``origin`` (C,) near the mean."""

    def __init__(self, origin: np.ndarray) -> None:
        self.origin = origin
        self.count = 0
        self._sums = np.zeros(len(origin))
        self._products = np.zeros((len(origin), len(origin)))

    @classmethod
    def of(cls, values: np.ndarray, origin: np.ndarray) -> Moments:
        """Of values (C, N)."""
        result = cls(origin)
        result.count = values.shape[1]
        centered = [np.subtract(v, o, dtype=np.float64) for v, o in zip(values, origin)]
        for i, first in enumerate(centered):
            result._sums[i] = first.sum()
            for j, second in enumerate(centered[: i + 1]):
                result._products[i, j] = result._products[j, i] = (first * second).sum()
        return result

    def add(self, other: Moments) -> None:
        """Add the sums over other voxels, taken from the same origin."""
        self.count += other.count
        self._sums += other._sums
        self._products += other._products

    def statistics(self) -> Statistics:
        """Mean and covariance of all the voxels, of which there must be one."""
        shift = self._sums / self.count
        return Statistics(self.origin + shift, self._products / self.count - np.outer(shift, shift))


def floored(covariance: np.ndarray, least: float = FLOOR_SHARE) -> np.ndarray:
    """A covariance (C, C) whose spread is at least ``least`` along every direction.

    A constant channel or a noise-free seed box would otherwise give a matrix that has no inverse.
    """
    values, vectors = np.linalg.eigh(covariance)
    if values[0] >= least**2:
        return covariance
    return (vectors * np.maximum(values, least**2)) @ vectors.T


ITK_LEAST_DETERMINANT = 1e-6


def is_singular_to_itk(covariance: np.ndarray) -> bool:
    """Whether ``itk::Statistics::MahalanobisDistanceMembershipFunction`` calls a covariance singular."""
    return bool(np.prod(np.linalg.svd(covariance, compute_uv=False)) <= ITK_LEAST_DETERMINANT)


def itk_singular_factor(channel_count: int) -> float:
    """What ITK multiplies the square of the plain distance by where it calls the covariance singular."""
    return float(np.finfo(np.float64).max ** (1.0 / 3.0) / channel_count)


def inverse(covariance: np.ndarray) -> np.ndarray:
    """The inverse of a regular covariance, by way of the correlations: channels may differ in units by any factor."""
    spread = np.sqrt(np.diag(covariance))
    scales = np.outer(spread, spread)
    return np.linalg.inv(covariance / scales) / scales


def squared_distance(values: np.ndarray, mean: np.ndarray, inverse_covariance: np.ndarray) -> np.ndarray:
    """Squared Mahalanobis distances of values (C, …), in double precision.

    Sums in the order of ``itk::Statistics::MahalanobisDistanceMembershipFunction``, so that voxels at the threshold
    fall on the same side.
    """
    centered = [np.subtract(v, m, dtype=np.float64) for v, m in zip(values, mean)]
    result = np.zeros(centered[0].shape)
    for row, difference in zip(inverse_covariance, centered):
        part = row[0] * centered[0]
        for weight, other in zip(row[1:], centered[1:]):
            part += weight * other
        part *= difference
        result += part
    return result


def squared_threshold(multiplier: float) -> float:
    """The largest squared distance whose square root, as a double, is within the multiplier."""
    limit = multiplier * multiplier
    while math.sqrt(limit) > multiplier:
        limit = math.nextafter(limit, 0.0)
    while math.sqrt(math.nextafter(limit, math.inf)) <= multiplier:
        limit = math.nextafter(limit, math.inf)
    return limit
