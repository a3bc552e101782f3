"""What a user does to volumes, points, regions of interest and transforms, in whichever module."""

from __future__ import annotations

import numpy as np
import slicer
import vtk

from MultiModalSegmentationLib.scene.volumes import matrix_from_array, volume_array

from .registry import action
from .scenery import FLAWS, add_flawed_volume, add_plain_volume, add_transform, small_movement
from .world import POINTS, ROI, SEGMENTATION, TABLE, TRANSFORM, VOLUME, World

MOST_VOLUMES, MOST_OTHERS = 7, 3
NAMES = ("T1", "T2", "T1|T2: a", "patient's", "Größe", "-x")


@action(2)
def load_volume(world: World) -> str | None:
    if len(world.nodes(VOLUME)) >= MOST_VOLUMES:
        return None
    world.expect(VOLUME)
    node = add_plain_volume(world.scene, world.chance)
    return f"{node.GetName()} {node.GetImageData().GetDimensions()} {volume_array(node).dtype}"


@action(0.7)
def load_flawed_volume(world: World) -> str | None:
    if len(world.nodes("vtkMRMLVolumeNode")) >= MOST_VOLUMES:
        return None
    flaw = world.chance.choice(FLAWS)
    if flaw == "copy":
        original = world.any_node(VOLUME)
        if original is None or original.GetClassName() != VOLUME:
            return None
        world.expect(VOLUME)
        slicer.modules.volumes.logic().CloneVolume(world.scene, original, "copy")
    else:
        world.expect({"RGB": "vtkMRMLVectorVolumeNode", "label map": "vtkMRMLLabelMapVolumeNode"}.get(flaw, VOLUME))
        add_flawed_volume(world.scene, world.chance, flaw)
    return flaw


@action(0.8)
def delete_node(world: World) -> str | None:
    nodes = world.own_nodes()
    if not nodes:
        return None
    node = world.chance.choice(nodes)
    text = f"{node.GetID()} {node.GetName()!r}"
    world.remove(node)
    return text


@action(1.5)
def tidy_up(world: World) -> str | None:
    """Delete one node of a kind of which there are many."""
    classes = ("vtkMRMLVolumeNode", POINTS, ROI, SEGMENTATION, TRANSFORM, TABLE)
    crowded = [nodes for nodes in map(world.nodes, classes) if len(nodes) > MOST_OTHERS]
    if not crowded:
        return None
    node = world.chance.choice(world.chance.choice(crowded))
    text = f"{node.GetID()} {node.GetName()!r}"
    world.remove(node)
    return text


@action(0.5)
def rename_node(world: World) -> str | None:
    nodes = world.own_nodes()
    if not nodes:
        return None
    node, name = world.chance.choice(nodes), world.chance.choice(NAMES)
    node.SetName(name)
    return f"{node.GetID()} {name!r}"


@action(0.4)
def edit_voxels(world: World) -> str | None:
    volume = world.any_node(VOLUME)
    if volume is None:
        return None
    array = slicer.util.arrayFromVolume(volume)
    corner = [world.chance.randrange(n) for n in array.shape[:3]]
    block = tuple(slice(c, c + 5) for c in corner)
    array[block] = np.nan if array.dtype.kind == "f" and world.chance.random() < 0.3 else world.chance.randrange(120)
    slicer.util.arrayFromVolumeModified(volume)
    return f"{volume.GetID()} {corner}"


@action(8)
def place_point(world: World) -> str | None:
    node = world.any_node(POINTS)
    if node is None or node.GetNumberOfControlPoints() > 9:
        return None
    position = world.place_in_tissue(6.0 if node is world.parameters.exclusionSeeds else 2.0)
    node.AddControlPointWorld(vtk.vtkVector3d(*position))
    return f"{node.GetID()} {np.round(position, 1)}"


@action(0.3)
def place_point_far_away(world: World) -> str | None:
    node = world.any_node(POINTS)
    if node is None:
        return None
    node.AddControlPointWorld(vtk.vtkVector3d(*(world.chance.uniform(-300, 300) for _ in range(3))))
    return node.GetID()


@action(6)
def move_point(world: World) -> str | None:
    """Dragged: many small moves in a row."""
    node, number = _any_point(world)
    if node is None:
        return None
    position = world.place_in_tissue(2.5)
    for share in np.linspace(0, 1, world.chance.randrange(1, 8)):
        node.SetNthControlPointPositionWorld(number, *(np.array(position) + 1 - share))
        if world.chance.random() < 0.3:
            world.host.process_events()
    return f"{node.GetID()} {number} {np.round(position, 1)}"


@action(2)
def delete_point(world: World) -> str | None:
    node, number = _any_point(world)
    if node is None:
        return None
    node.RemoveNthControlPoint(number)
    return f"{node.GetID()} {number}"


@action(0.7)
def rename_point(world: World) -> str | None:
    node, number = _any_point(world)
    if node is None:
        return None
    node.SetNthControlPointLabel(number, world.chance.choice(NAMES))
    return f"{node.GetID()} {number}"


@action(0.5)
def unset_point(world: World) -> str | None:
    node, number = _any_point(world)
    if node is None:
        return None
    node.UnsetNthControlPointPosition(number)
    return f"{node.GetID()} {number}"


def _any_point(world: World) -> tuple[slicer.vtkMRMLMarkupsNode | None, int]:
    node = world.any_node(POINTS)
    if node is None or not node.GetNumberOfControlPoints():
        return None, 0
    return node, world.chance.randrange(node.GetNumberOfControlPoints())


@action(1)
def make_roi(world: World) -> str | None:
    if len(world.nodes(ROI)) >= 2:
        return None
    world.expect(ROI)
    roi = world.scene.AddNewNodeByClass(ROI, "Box")
    _place(world, roi)
    return roi.GetID()


@action(1)
def move_roi(world: World) -> str | None:
    roi = world.any_node(ROI)
    if roi is None:
        return None
    _place(world, roi)
    return f"{roi.GetID()} {np.round(roi.GetSize(), 1)}"


def _place(world: World, roi: slicer.vtkMRMLMarkupsROINode) -> None:
    chance = world.chance
    matrix = small_movement(chance)
    matrix[:3, 3] += (-12, -12, 11)
    roi.SetSize(*(chance.uniform(14, 40) for _ in range(3)))
    roi.GetObjectToNodeMatrix().DeepCopy(matrix_from_array(matrix))
    roi.SetInsideOut(chance.random() < 0.1)
    roi.UpdateControlPointsFromROI()


@action(0.4)
def put_under_transform(world: World) -> str | None:
    nodes = [node for node in world.own_nodes() if node.IsA("vtkMRMLTransformableNode")]
    if not nodes:
        return None
    transforms = world.nodes(TRANSFORM)
    if len(transforms) < 3:
        transform = add_transform(world.scene, world.chance)
        world.expect(transform.GetClassName())
    else:
        transform = world.chance.choice(transforms)
    node = world.chance.choice(nodes)
    if node is transform or node.IsA("vtkMRMLTransformNode"):
        return f"{transform.GetID()} made"
    node.SetAndObserveTransformNodeID(transform.GetID())
    return f"{node.GetID()} under {transform.GetID()}"


@action(0.6)
def put_all_under_one_transform(world: World) -> str | None:
    """As a registered study: everything moves together, and recipes stay repeatable."""
    transform = world.any_node(TRANSFORM)
    if transform is None:
        return None
    for node in world.own_nodes():
        if node.IsA("vtkMRMLTransformableNode") and not node.IsA("vtkMRMLTransformNode"):
            node.SetAndObserveTransformNodeID(transform.GetID())
    return transform.GetID()


@action(0.5)
def move_transform(world: World) -> str | None:
    transform = world.any_node("vtkMRMLLinearTransformNode")
    if transform is None:
        return None
    transform.SetMatrixTransformToParent(matrix_from_array(small_movement(world.chance)))
    return transform.GetID()


@action(1.2)
def take_off_transforms(world: World) -> str | None:
    under = [
        node
        for node in world.own_nodes()
        if node.IsA("vtkMRMLTransformableNode") and node.GetTransformNodeID() is not None
    ]
    if not under:
        return None
    for node in under:
        node.SetAndObserveTransformNodeID(None)
    return ", ".join(node.GetID() for node in under)
