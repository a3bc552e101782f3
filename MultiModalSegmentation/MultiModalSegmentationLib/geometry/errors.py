"""The errors a caller can act on. Whatever a user can cause is a ``ValueError`` or one of its subclasses."""

from __future__ import annotations


class Cancelled(Exception):  # noqa: N818 - the name callers rely on
    """``should_cancel`` answered True; nothing was changed."""


class SeedError(ValueError):
    """A seed that cannot be used: outside the volume, in an excluded voxel, or seed and exclusion seed at once."""


class EmptyRegionError(ValueError):
    """No voxel is within the multiplier."""


class GeometryError(ValueError):
    """Grids that do not fit together, or a grid that cannot be used (sheared, 2D, no common field of view)."""


class SameVolumeError(ValueError):
    """Two channels are the same image."""


class VolumeTypeError(ValueError):
    """A volume that is no scalar image: RGB, vector, label map or without voxels."""
