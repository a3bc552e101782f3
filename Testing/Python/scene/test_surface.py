"""Surfaces: where they are, that they are closed, and that Slicer reads them back to the right place."""

import numpy as np
import pytest

pytest.importorskip("slicer", reason="needs the extra [mrml]")

import slicer
import vtk
from scene_helpers import grid_of, rotation_about

from MultiModalSegmentationLib.geometry.box import Box
from MultiModalSegmentationLib.scene.segments import Region, oriented_image
from MultiModalSegmentationLib.scene.standalone import StandaloneScene
from MultiModalSegmentationLib.scene.surface import SURFACE_ENDINGS, surface_of_region, write_surface

RADIUS = 14.0
GRID = grid_of((50, 44, 30), (0.8, 1.0, 1.5), (-70.0, 20.0, -15.0), rotation_about(2, 25))
CENTER_INDEX = np.array([24.0, 21.0, 14.0])


@pytest.fixture(scope="module")
def center():
    """Of the ball, mm, LPS."""
    return (GRID.index_to_lps @ [*CENTER_INDEX, 1])[:3]


def ball_mask():
    k, j, i = np.meshgrid(*(np.arange(n) for n in GRID.size[::-1]), indexing="ij")
    offsets = (np.stack([i, j, k], -1) - CENTER_INDEX) * GRID.spacing
    return (np.linalg.norm(offsets, axis=-1) <= RADIUS).astype(np.uint8)


@pytest.fixture(scope="module")
def ball():
    """The surface of a ball whose mask covers its box only."""
    mask = ball_mask()
    inside = np.argwhere(mask)[:, ::-1]
    box = Box(tuple(map(int, inside.min(0))), tuple(map(int, inside.max(0) + 1)))
    return surface_of_region(mask[box.slices], box, GRID)


def bounds(polydata):
    return np.array(polydata.GetBounds()).reshape(3, 2)


def test_surface_has_the_place_and_volume_of_the_region(ball, center):
    np.testing.assert_allclose(bounds(ball).mean(1), center, atol=0.4)
    np.testing.assert_allclose(np.diff(bounds(ball)).ravel(), 2 * RADIUS, atol=1.6)
    properties = vtk.vtkMassProperties()
    properties.SetInputData(ball)
    assert properties.GetVolume() == pytest.approx(4 / 3 * np.pi * RADIUS**3, rel=0.03)


def test_surface_is_closed(ball):
    edges = vtk.vtkFeatureEdges()
    edges.SetInputData(ball)
    edges.BoundaryEdgesOn()
    edges.NonManifoldEdgesOn()
    edges.FeatureEdgesOff()
    edges.ManifoldEdgesOff()
    edges.Update()
    assert ball.GetNumberOfCells() > 1000
    assert edges.GetOutput().GetNumberOfCells() == 0


def test_surface_is_smoothed(ball, center):
    """A ball's stair steps are gone: no point is off the sphere by more than half of the largest voxel side."""
    points = np.array([ball.GetPoint(n) for n in range(ball.GetNumberOfPoints())])
    distances = np.linalg.norm(points - center, axis=1)
    assert np.abs(distances - RADIUS).max() < 0.75


@pytest.mark.parametrize("ending", SURFACE_ENDINGS)
def test_slicer_reads_it_back_to_the_right_place(ball, center, ending, tmp_path):
    path = tmp_path / f"ball{ending}"
    write_surface(ball, path)
    model, storage = slicer.vtkMRMLModelNode(), slicer.vtkMRMLModelStorageNode()
    storage.SetFileName(str(path))
    assert storage.ReadData(model)
    assert storage.GetCoordinateSystem() == storage.CoordinateSystemLPS
    assert model.GetPolyData().GetNumberOfCells() == ball.GetNumberOfCells()
    np.testing.assert_allclose(bounds(model.GetPolyData()).mean(1), center * [-1, -1, 1], atol=0.4)
    assert [file.name for file in tmp_path.iterdir() if file.suffix == ending] == [path.name]


@pytest.mark.parametrize(
    ("ending", "reader"),
    [(".stl", vtk.vtkSTLReader), (".obj", vtk.vtkOBJReader), (".vtp", vtk.vtkXMLPolyDataReader)],
)
def test_other_readers_find_lps(ball, ending, reader, tmp_path):
    path = tmp_path / f"ball{ending}"
    write_surface(ball, path)
    plain = reader()
    plain.SetFileName(str(path))
    plain.Update()
    np.testing.assert_allclose(bounds(plain.GetOutput()), bounds(ball), atol=1e-3)


def test_unknown_ending_is_refused(ball, tmp_path):
    with pytest.raises(ValueError, match=r"'.*ball\.ply' has an unknown ending: use \.stl, \.obj, \.vtp"):
        write_surface(ball, tmp_path / "ball.ply")
    assert list(tmp_path.iterdir()) == []


def test_missing_folder_is_a_value_error(ball, tmp_path):
    with pytest.raises(ValueError, match="cannot be written"):
        write_surface(ball, tmp_path / "missing" / "ball.stl")
    assert list(tmp_path.iterdir()) == []


def test_empty_surface_is_refused(tmp_path):
    with pytest.raises(ValueError, match="nothing to write"):
        write_surface(vtk.vtkPolyData(), tmp_path / "empty.stl")
    assert list(tmp_path.iterdir()) == []


def test_one_voxel_has_a_surface():
    grid = grid_of((5, 5, 5), (2.0, 2.0, 2.0))
    surface = surface_of_region(np.ones((1, 1, 1), np.uint8), Box((2, 2, 2), (3, 3, 3)), grid)
    np.testing.assert_allclose(bounds(surface).mean(1), 4.0, atol=0.1)


def test_same_as_the_closed_surface_of_a_segmentation_node(ball):
    standalone = StandaloneScene()
    node = standalone.scene.AddNewNodeByClass("vtkMRMLSegmentationNode")
    segment = slicer.vtkSegment()
    segment.SetName("ball")
    segment.AddRepresentation("Binary labelmap", oriented_image(Region(GRID, GRID.box, ball_mask())))
    node.GetSegmentation().SetSourceRepresentationName("Binary labelmap")
    node.GetSegmentation().AddSegment(segment, "ball")
    node.CreateClosedSurfaceRepresentation()
    expected = segment.GetRepresentation("Closed surface")
    assert expected.GetNumberOfPoints() == ball.GetNumberOfPoints()
    turned = np.array([expected.GetPoint(n) for n in range(0, expected.GetNumberOfPoints(), 50)]) * [-1, -1, 1]
    points = np.array([ball.GetPoint(n) for n in range(0, ball.GetNumberOfPoints(), 50)])
    np.testing.assert_allclose(points, turned, atol=1e-3)


def test_empty_region_is_refused():
    with pytest.raises(ValueError, match="empty"):
        surface_of_region(np.zeros((2, 2, 2), np.uint8), Box((0, 0, 0), (2, 2, 2)), GRID)
