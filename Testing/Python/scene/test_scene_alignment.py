"""A volume that was aligned lies on the reference, whatever transforms were above either; undone, it lies as before."""

from __future__ import annotations

import numpy as np
import pytest

pytest.importorskip("slicer", reason="needs the extra [mrml]")

from scene_helpers import (
    add_grid_transform,
    add_linear_transform,
    add_sampled_volume,
    grid_of,
    rotation_about,
    sample_array,
    translation,
)

from MultiModalSegmentationLib.geometry.errors import GeometryError
from MultiModalSegmentationLib.scene.alignment import (
    alignment_of,
    put_alignment,
    take_alignment,
    volumes_to_align,
)
from MultiModalSegmentationLib.scene.volumes import RAS_TO_LPS, channels_from_volumes

GRID = grid_of((24, 22, 20), (1.5, 1.5, 1.5), (-16, -14, -12))
WIDE = grid_of((44, 42, 40), (1.2, 1.3, 1.4), (-28, -27, -26))
FIXED_TO_MOVING = translation((3.0, -4.0, 2.0)) @ np.block(
    [[rotation_about(2, 20) @ rotation_about(0, 10), np.zeros((3, 1))], [np.zeros((1, 3)), 1]]
)


def pattern(positions):
    return np.sin(positions @ [0.13, 0.21, 0.07]) + np.cos(positions @ [-0.11, 0.05, 0.17])


def moved_pattern(positions):
    """The same, where the alignment's transform brings its points."""
    back = np.linalg.inv(FIXED_TO_MOVING)
    return pattern(positions @ back[:3, :3].T + back[:3, 3])


@pytest.fixture
def reference(a_scene):
    return add_sampled_volume(a_scene, "T1", GRID, pattern)


@pytest.fixture
def volume(a_scene):
    return add_sampled_volume(a_scene, "T2", WIDE, moved_pattern)


def distance_from_reference(reference, volume):
    """The largest difference from the reference's pattern where the volume is seen on its grid."""
    channel = channels_from_volumes([reference, volume])[1].array
    assert np.isfinite(channel).mean() > 0.5
    return float(np.nanmax(np.abs(channel - sample_array(GRID, pattern))))


def test_without_transforms(reference, volume):
    assert distance_from_reference(reference, volume) > 0.5
    node = put_alignment(reference, volume, FIXED_TO_MOVING)
    assert node.GetName() == "T2 to T1" and volume.GetParentTransformNode() is node
    assert distance_from_reference(reference, volume) < 0.06
    assert alignment_of(volume) is node
    take_alignment(volume)
    assert volume.GetParentTransformNode() is None and alignment_of(volume) is None
    assert distance_from_reference(reference, volume) > 0.5


def test_with_linear_transforms_above_both(a_scene, reference, volume):
    reference_above = add_linear_transform(a_scene, translation((11, -7, 5)))
    above = add_linear_transform(a_scene, translation((1, 2, -3)))
    above.SetAndObserveTransformNodeID(add_linear_transform(a_scene, translation((2, 0, 1))).GetID())
    reference.SetAndObserveTransformNodeID(reference_above.GetID())
    volume.SetAndObserveTransformNodeID(above.GetID())
    count = a_scene.GetNumberOfNodes()
    as_it_lies = RAS_TO_LPS @ translation((3 - 11, 2 + 7, -2 - 5)) @ RAS_TO_LPS
    node = put_alignment(reference, volume, as_it_lies @ FIXED_TO_MOVING)
    assert distance_from_reference(reference, volume) < 0.06
    assert node.GetParentTransformNode() is reference_above
    take_alignment(volume)
    assert volume.GetParentTransformNode() is above and a_scene.GetNumberOfNodes() == count


def test_what_is_aligned_lies_in_the_references_coordinates(a_scene, reference, volume):
    reference.SetAndObserveTransformNodeID(add_linear_transform(a_scene, translation((11, -7, 5))).GetID())
    fixed, moving = volumes_to_align(reference, volume)
    assert np.allclose(fixed.grid.index_to_lps, GRID.index_to_lps)
    assert np.allclose(moving.grid.origin, np.array(WIDE.origin) + (11, -7, -5))
    assert np.array_equal(moving.array, sample_array(WIDE, moved_pattern))


def test_one_bent_transform_above_both(a_scene, reference, volume):
    bent = add_grid_transform(a_scene, lambda ras: 2 * np.sin(ras / 15.0))
    for node in (reference, volume):
        node.SetAndObserveTransformNodeID(bent.GetID())
    node = put_alignment(reference, volume, FIXED_TO_MOVING)
    assert node.GetParentTransformNode() is bent
    assert distance_from_reference(reference, volume) < 0.06
    take_alignment(volume)
    assert volume.GetParentTransformNode() is bent


def test_a_bent_transform_of_the_volumes_own(a_scene, reference, volume):
    bent = add_grid_transform(a_scene, lambda ras: 2 * np.sin(ras / 15.0))
    volume.SetAndObserveTransformNodeID(bent.GetID())
    fixed, before = volumes_to_align(reference, volume)
    assert before.array.shape == fixed.array.shape
    shift = translation((1.5, 0, 0))
    node = put_alignment(reference, volume, shift)
    assert volume.GetParentTransformNode() is bent and bent.GetParentTransformNode() is node
    after = channels_from_volumes([reference, volume])[1].array
    assert np.allclose(after[:, :, :-1], before.array[:, :, 1:], atol=1e-3, equal_nan=True)
    assert alignment_of(volume) is node
    take_alignment(volume)
    assert bent.GetParentTransformNode() is None and alignment_of(volume) is None


def test_a_bent_transform_that_others_share_is_refused(a_scene, reference, volume):
    bent = add_grid_transform(a_scene, lambda ras: 2 * np.sin(ras / 15.0))
    other = add_sampled_volume(a_scene, "FLAIR", WIDE, pattern)
    for node in (volume, other):
        node.SetAndObserveTransformNodeID(bent.GetID())
    with pytest.raises(GeometryError, match="'T2' is bent by a transform against 'T1'"):
        volumes_to_align(reference, volume)
