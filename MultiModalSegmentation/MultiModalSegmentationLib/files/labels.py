"""Label images and Slicer's segmentation files, as one mask."""

from __future__ import annotations

import itertools
from pathlib import Path

import numpy as np
import SimpleITK as sitk

from ..geometry.errors import VolumeTypeError
from ..geometry.grid import Grid
from .atomic import ending_of
from .images import VolumeFile, read_volume

SEGMENTATION_ENDING = ".seg.nrrd"


def read_labels(path: Path, reference: VolumeFile, what: str, segment: str | None = None) -> np.ndarray:
    """Where (z, y, x) on the reference's grid a file on any grid marks something: bool.

    A label image marks the voxels that are neither 0 nor NaN, a ``.seg.nrrd`` those of one segment. ``what`` names the
    file's part in the run. Raises ``ValueError`` where it cannot be read, marks nothing, or has several segments and
    none of them is named.
    """
    labels = read_label_image(path, what, segment)
    if not reference.grid.is_same_as(Grid.of(labels)):
        labels = sitk.Resample(labels, reference.image, sitk.Transform(), sitk.sitkNearestNeighbor, 0)
    marked = sitk.GetArrayFromImage(labels) != 0
    if not marked.any():
        raise ValueError(f"The {what} '{path}' has no voxel but 0 within the first volume: give another file.")
    return marked


def read_tissue(path: Path, reference: VolumeFile, number: int, name: str) -> np.ndarray | None:
    """Where (z, y, x) on the reference's grid a truth marks one of several tissues: bool, or None for nowhere.

    In a label image that is the value ``number``, in a ``.seg.nrrd`` the segment called ``name``. Raises ``ValueError``
    where the file cannot be read.
    """
    if ending_of(path, (SEGMENTATION_ENDING,)) and path.is_file():
        if name not in _segment_values(_read_segmentation(path, "truth")):
            return None
        labels = _read_segment(path, "truth", name)
    else:
        volume = read_volume(path, "truth")
        labels = volume.grid.image((sitk.GetArrayViewFromImage(volume.image) == number).astype(np.uint8))
    if not reference.grid.is_same_as(Grid.of(labels)):
        labels = sitk.Resample(labels, reference.image, sitk.Transform(), sitk.sitkNearestNeighbor, 0)
    marked = sitk.GetArrayFromImage(labels) != 0
    return marked if marked.any() else None


def read_label_image(path: Path, what: str, segment: str | None = None) -> sitk.Image:
    """The same on the file's own grid, as uint8 0/1; it may mark nothing."""
    if ending_of(path, (SEGMENTATION_ENDING,)) and path.is_file():
        return _read_segment(path, what, segment)
    if segment is not None:
        raise ValueError(f"The {what} '{path}' has no segments with names: leave the name '{segment}' out.")
    volume = read_volume(path, what)
    labels = sitk.GetArrayViewFromImage(volume.image)
    marked = (labels != 0) & ~np.isnan(labels) if labels.dtype.kind == "f" else labels != 0
    return volume.grid.image(marked.astype(np.uint8))


def _read_segmentation(path: Path, what: str) -> sitk.Image:
    try:
        return sitk.ReadImage(str(path))
    except RuntimeError as error:
        raise VolumeTypeError(f"The {what} '{path}' cannot be read: save the segmentation again.") from error


def _read_segment(path: Path, what: str, segment: str | None) -> sitk.Image:
    image = _read_segmentation(path, what)
    values = _segment_values(image)
    name = next(iter(values)) if segment is None and len(values) == 1 else segment
    if name not in values:
        known = ", ".join(f"'{name}'" for name in values) or "none"
        raise ValueError(f"The {what} '{path}' has the segments {known}: name one of them.")
    layer, value = values[name]
    labels = sitk.GetArrayViewFromImage(image)
    marked = (labels if labels.ndim == 3 else labels[..., layer]) == value
    return Grid.of(image).image(marked.astype(np.uint8))


def _segment_values(image: sitk.Image) -> dict[str, tuple[int, int]]:
    """Layer and value of each segment by its name; segments that overlap lie in layers of their own."""
    values: dict[str, tuple[int, int]] = {}
    for number in itertools.count():
        key = f"Segment{number}_"
        if not image.HasMetaDataKey(key + "Name"):
            return values
        layer = int(image.GetMetaData(key + "Layer")) if image.HasMetaDataKey(key + "Layer") else 0
        values[image.GetMetaData(key + "Name")] = layer, int(image.GetMetaData(key + "LabelValue"))
    return values
