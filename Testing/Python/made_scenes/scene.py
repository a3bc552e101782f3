"""One made scene, and the scanner that its channels come from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import SimpleITK as sitk
from scipy import ndimage

from .shapes import Shape, shares

Index = tuple[int, int, int]


@dataclass(frozen=True, eq=False)
class MadeScene:
    """``channels`` and ``share``, the target's share of each voxel, are (z, y, x).

    ``spacing`` (mm) and ``seeds`` (voxels) are along x, y, z.
    """

    name: str
    channels: tuple[np.ndarray, ...]
    spacing: tuple[float, float, float]
    share: np.ndarray
    seeds: tuple[Index, ...]

    @property
    def target(self) -> np.ndarray:
        """The voxels at least half of which are the target's."""
        return self.share >= 0.5

    @property
    def images(self) -> list[sitk.Image]:
        result = []
        for channel in self.channels:
            image = sitk.GetImageFromArray(channel)
            image.SetSpacing(self.spacing)
            result.append(image)
        return result


class Scanner:
    """What a scanner makes of shapes painted over each other: partial volume, blur, bias, noise."""

    def __init__(self, size: Sequence[int], spacing: Sequence[float], rng: np.random.Generator) -> None:
        self.size, self.spacing, self.rng = tuple(size), tuple(spacing), rng
        self._shares: dict[int, tuple[Shape, np.ndarray]] = {}

    @property
    def middle(self) -> tuple[float, float, float]:
        """In mm."""
        return tuple(n // 2 * h for n, h in zip(self.size, self.spacing))

    def voxel(self, place: Sequence[float]) -> Index:
        """The voxel (i, j, k) at a place in mm."""
        return tuple(round(p / h) for p, h in zip(place, self.spacing))

    def share(self, shape: Shape) -> np.ndarray:
        if id(shape) not in self._shares:
            self._shares[id(shape)] = shape, shares(shape, self.size, self.spacing)
        return self._shares[id(shape)][1]

    def painted(self, ground: float, layers: Sequence[tuple[Shape, float]]) -> np.ndarray:
        """Each layer over those before it, without noise."""
        result = np.full(self.size[::-1], ground, np.float32)
        for shape, value in layers:
            result += self.share(shape) * (np.float32(value) - result)
        return result

    def noise(self, deviation: float, correlation_mm: float = 0.0) -> np.ndarray:
        """Gaussian noise of a standard deviation, smoothed by a Gaussian of so many mm before it is scaled to that."""
        grain = self.rng.standard_normal(self.size[::-1]).astype(np.float32)
        if correlation_mm:
            grain = self.blurred(grain, correlation_mm)
            grain /= grain.std()
        return np.float32(deviation) * grain

    def blurred(self, array: np.ndarray, sigma_mm: float) -> np.ndarray:
        return ndimage.gaussian_filter(array, [sigma_mm / h for h in self.spacing[::-1]])

    def magnitude(self, signal: np.ndarray, deviation: float) -> np.ndarray:
        """As MR shows it: the length of a complex signal with noise on both parts."""
        return np.hypot(signal + self.noise(deviation), self.noise(deviation))

    def bias(self, share: float) -> np.ndarray:
        """A smooth factor that varies by ``share`` from its lowest to its highest, 1 on average between the two."""
        axes = [np.linspace(-1, 1, n, dtype=np.float32) for n in self.size[::-1]]
        turn = self.rng.uniform(-1, 1, 6)
        field = sum(
            a * np.sin(1.4 * p + b).reshape([-1 if n == axis else 1 for n in range(3)])
            for axis, (p, a, b) in enumerate(zip(axes, turn[:3] + np.sign(turn[:3]), turn[3:]))
        )
        low, high = field.min(), field.max()
        return 1.0 + np.float32(share) * ((field - low) / (high - low) - 0.5)


def made(name: str, scanner: Scanner, channels: Sequence[np.ndarray], target: Shape, clicks: Sequence) -> MadeScene:
    """A scene whose seeds are the voxels at ``clicks`` (mm)."""
    return MadeScene(
        name,
        tuple(np.asarray(c, np.float32) for c in channels),
        scanner.spacing,
        scanner.share(target),
        tuple(scanner.voxel(click) for click in clicks),
    )
