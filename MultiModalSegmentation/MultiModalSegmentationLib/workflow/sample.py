"""Nodes with computed voxels: the sample head, and smoothed volumes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import SimpleITK as sitk
import slicer

from ..engine.segmenter import Segmenter
from ..phantom.head import make_phantom
from ..scene.nodes import add_points, add_volume, world_position


class SampleDataNodes(NamedTuple):
    """The nodes of the sample data: two volumes and a list of four seeds."""

    t1: slicer.vtkMRMLScalarVolumeNode
    t2: slicer.vtkMRMLScalarVolumeNode
    seeds: slicer.vtkMRMLMarkupsFiducialNode


def add_smoothed_volumes(
    volumes: Sequence[slicer.vtkMRMLScalarVolumeNode], segmenter: Segmenter
) -> list[slicer.vtkMRMLScalarVolumeNode]:
    """The smoothed channels as new volumes, under the reference's transform and with the inputs' window and level."""
    return [_add_smoothed(volumes[0], volume, segmenter.smoothed(n)) for n, volume in enumerate(volumes)]


def _add_smoothed(
    reference: slicer.vtkMRMLScalarVolumeNode, volume: slicer.vtkMRMLScalarVolumeNode, image: sitk.Image
) -> slicer.vtkMRMLScalarVolumeNode:
    scene = reference.GetScene()
    node = add_volume(scene, image, scene.GenerateUniqueName(f"{volume.GetName()} smoothed"))
    node.SetAndObserveTransformNodeID(reference.GetTransformNodeID())
    if volume.GetDisplayNode():
        window, level = volume.GetDisplayNode().GetWindow(), volume.GetDisplayNode().GetLevel()
        node.GetDisplayNode().AutoWindowLevelOff()
        node.GetDisplayNode().SetWindowLevel(window, level)
    return node


def add_phantom(scene: slicer.vtkMRMLScene, size: tuple[int, int, int] | None = None) -> SampleDataNodes:
    """The head phantom: T1 and T2 volumes, and its suggested gray matter seeds."""
    phantom = make_phantom(size) if size else make_phantom()
    t1 = add_volume(scene, phantom.t1, scene.GenerateUniqueName("Phantom T1"))
    t2 = add_volume(scene, phantom.t2, scene.GenerateUniqueName("Phantom T2"))
    positions = [world_position(t1, seed) for seed in phantom.seeds]
    seeds = add_points(scene, scene.GenerateUniqueName("Gray matter seeds"), positions, label_format="S-%d")
    return SampleDataNodes(t1, t2, seeds)
