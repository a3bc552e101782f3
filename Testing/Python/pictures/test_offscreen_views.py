"""Slicer's own views drawn offscreen: what is where in the pictures, and machines that cannot draw."""

import os
import subprocess
import sys

import numpy as np
import pytest

pytest.importorskip("slicer", reason="needs the extra [mrml]")

from opengl_helpers import WITHOUT_OPENGL, need_opengl
from scene_helpers import add_sampled_volume, grid_of

from MultiModalSegmentationLib.geometry.box import Box
from MultiModalSegmentationLib.pictures.layout import BAR_HEIGHT, GAP, FourUp, caption, grid, slice_position, write_png
from MultiModalSegmentationLib.pictures.offscreen import SliceView, ThreeDView
from MultiModalSegmentationLib.scene.nodes import add_points
from MultiModalSegmentationLib.scene.segments import Region, SegmentLook, oriented_image, write_labelmap
from MultiModalSegmentationLib.scene.standalone import StandaloneScene

GRID = grid_of((60, 50, 40), (2.0, 2.0, 2.0), (-59.0, -49.0, -39.0))
"""Centered on 0: 120 x 100 x 80 mm."""
SIZE = (240, 240)
FIELD = 120.0
"""mm in a view: two pixels a mm."""
RED = (1.0, 0.0, 0.0)


@pytest.fixture
def standalone():
    need_opengl()
    return StandaloneScene()


@pytest.fixture
def a_volume(standalone):
    """100 everywhere, 200 in the patient's right front quarter (LPS: both negative)."""

    def values(positions):
        right_front = (positions[..., 0] < 0) & (positions[..., 1] < 0)
        return np.where(right_front, 200.0, 100.0)

    volume = add_sampled_volume(standalone.scene, "T1", GRID, values)
    volume.GetDisplayNode().AutoWindowLevelOff()
    volume.GetDisplayNode().SetWindowLevelMinMax(0, 250)
    return volume


@pytest.fixture
def a_segmentation(standalone, a_volume):
    """A red cube of 20 mm around 20 mm left, 20 mm back (RAS: both negative)."""
    node = standalone.scene.AddNewNodeByClass("vtkMRMLSegmentationNode", "Segmentation")
    box = Box((35, 30, 15), (45, 40, 25))
    labelmap = oriented_image(Region(GRID, box, np.ones((10, 10, 10), np.uint8)))
    write_labelmap(node, a_volume, labelmap, SegmentLook("Cube", RED))
    node.CreateClosedSurfaceRepresentation()
    return node


@pytest.fixture
def a_slice_view(standalone, a_volume):
    with SliceView(standalone.application_logic, "Red", SIZE) as view:
        view.show(a_volume)
        view.fit(FIELD)
        view.center((0.0, 0.0, 0.0))
        yield view


def pixel(picture, right, anterior):
    """The color at a position (mm, RAS) of the axial slice: the patient's right is on the left, the front on top."""
    column, row = 120 - 2 * right, 120 - 2 * anterior
    return picture[round(row), round(column)].astype(int)


def test_slice_shows_the_volume_where_it_is(a_slice_view):
    picture = a_slice_view.render()
    assert picture.shape == (240, 240, 3)
    assert picture.dtype == np.uint8
    np.testing.assert_allclose(pixel(picture, 30, 30), 204, atol=2)
    for right, anterior in ((-30, 30), (30, -30), (-30, -30)):
        np.testing.assert_allclose(pixel(picture, right, anterior), 102, atol=2)
    np.testing.assert_array_equal(pixel(picture, 0, 56), 0)


def test_segment_blends_with_the_volume(a_slice_view, a_segmentation):
    display = a_segmentation.GetDisplayNode()
    display.SetOpacity2DFill(0.5)
    np.testing.assert_allclose(pixel(a_slice_view.render(), -20, -20), (179, 51, 51), atol=3)
    display.SetSegmentVisibility("Cube", False)
    np.testing.assert_allclose(pixel(a_slice_view.render(), -20, -20), 102, atol=2)
    display.SetSegmentVisibility("Cube", True)
    a_slice_view.move_to((0.0, 0.0, 30.0))
    np.testing.assert_allclose(pixel(a_slice_view.render(), -20, -20), 102, atol=2)


def test_foreground_fades_in(standalone, a_slice_view, a_volume):
    other = add_sampled_volume(standalone.scene, "T2", GRID, lambda positions: np.zeros(positions.shape[:-1]))
    other.GetDisplayNode().AutoWindowLevelOff()
    other.GetDisplayNode().SetWindowLevelMinMax(0, 250)
    a_slice_view.show(a_volume, other, 0.5)
    np.testing.assert_allclose(pixel(a_slice_view.render(), 30, 30), 102, atol=2)
    a_slice_view.show(a_volume, other, 0.0)
    np.testing.assert_allclose(pixel(a_slice_view.render(), 30, 30), 204, atol=2)


def test_points_are_drawn_in_their_slice(standalone, a_slice_view):
    points = add_points(standalone.scene, "Seeds", [(10.0, -40.0, 0.0)], (0.0, 1.0, 0.0))
    points.GetDisplayNode().SetPointLabelsVisibility(False)
    green, red, _ = np.array(pixel(a_slice_view.render(), 10, -40))[[1, 0, 2]]
    assert green > 200
    assert red < 60
    a_slice_view.move_to((0.0, 0.0, 30.0))
    np.testing.assert_allclose(pixel(a_slice_view.render(), 10, -40), 102, atol=2)


def test_view_without_volume_is_black(standalone):
    with SliceView(standalone.application_logic, "Green", (60, 40)) as view:
        picture = view.render()
    assert picture.shape == (40, 60, 3)
    assert picture.max() == 0


def test_view_is_the_scenes_own(standalone, a_slice_view, a_volume):
    count = standalone.scene.GetNumberOfNodes()
    with SliceView(standalone.application_logic, "Red", SIZE) as again:
        assert again.node is a_slice_view.node
        np.testing.assert_allclose(pixel(again.render(), 30, 30), 204, atol=2)
    assert standalone.scene.GetNumberOfNodes() == count


def test_scene_lives_on_after_its_views(standalone, a_volume, a_segmentation):
    with SliceView(standalone.application_logic, "Red", SIZE) as view:
        view.show(a_volume)
        view.render()
    a_segmentation.GetDisplayNode().SetVisibility(False)
    add_points(standalone.scene, "Later", [(0.0, 0.0, 0.0)])
    standalone.scene.RemoveNode(a_segmentation)
    standalone.scene.Clear(0)
    assert standalone.scene.GetNumberOfNodesByClass("vtkMRMLScalarVolumeNode") == 0


def is_reddish(picture):
    values = picture.astype(int)
    return (values[..., 0] > 60) & (values[..., 1] < 40) & (values[..., 2] < 40)


def test_threed_view_shows_the_surface(standalone, a_segmentation):
    with ThreeDView(standalone.application_logic, SIZE) as view:
        view.node.SetBoxVisible(False)
        view.node.SetAxisLabelsVisible(False)
        view.look_from((0.0, 1.0, 0.0))
        shown = is_reddish(view.render())
        assert shown[120, 120]
        assert 3_000 < shown.sum() < 40_000
        a_segmentation.GetDisplayNode().SetVisibility(False)
        assert not is_reddish(view.render()).any()
    camera = standalone.scene.GetFirstNodeByClass("vtkMRMLCameraNode")
    assert camera.GetLayoutName() == view.node.GetLayoutName()
    assert camera.GetPosition()[1] > 50


def test_looking_from_the_right_mirrors_looking_from_the_left(standalone, a_volume, a_segmentation):
    with ThreeDView(standalone.application_logic, SIZE) as view:
        view.node.SetBoxVisible(False)
        view.node.SetAxisLabelsVisible(False)
        add_points(standalone.scene, "Front", [(-20.0, 15.0, 0.0)], (0.0, 1.0, 0.0))
        columns = []
        for side in (1.0, -1.0):
            view.look_from((side, 0.0, 0.0))
            picture = view.render().astype(int)
            green = (picture[..., 1] > 120) & (picture[..., 0] < 60) & (picture[..., 2] < 60)
            columns.append(np.argwhere(green)[:, 1].mean())
    assert columns[0] > 130
    assert columns[1] < 110


def test_four_up_is_slicers_layout(standalone, a_volume, a_segmentation):
    width, height = 200, 160
    with FourUp(standalone.application_logic, (width, height)) as views:
        views.show(a_volume)
        views.move_to((-20.0, -20.0, 0.0))
        views.threed.look_from((0.0, 1.0, 0.0))
        picture = views.render()
        assert [slice_position(view.node) for view in views.slices] == ["S: 0.0 mm", "P: 20.0 mm", "L: 20.0 mm"]
    bar = BAR_HEIGHT
    assert picture.shape == (2 * (bar + height) + GAP, 2 * width + GAP, 3)
    bars = [picture[y + 1, x + width - 2] for y in (0, bar + height + GAP) for x in (0, width + GAP)]
    np.testing.assert_allclose(bars, [(243, 74, 51), (116, 131, 233), (110, 176, 75), (237, 213, 76)], atol=1)
    quarters = [
        picture[y + bar : y + bar + height, x : x + width] for y in (0, bar + height + GAP) for x in (0, width + GAP)
    ]
    redder = [(q[..., 0].astype(int) - q[..., 1] > 40).sum() for q in quarters]
    assert min(redder) > 300


def test_four_up_shows_the_views_of_an_application(a_host):
    need_opengl()
    import slicer

    logic, scene = slicer.app.applicationLogic(), slicer.mrmlScene
    add_sampled_volume(scene, "T1", GRID, lambda positions: positions[..., 0])
    with FourUp(logic, (80, 60)) as views:
        assert scene.GetNumberOfNodesByClass("vtkMRMLSliceNode") == 3
        assert views.render().shape == (2 * (BAR_HEIGHT + 60) + GAP, 2 * 80 + GAP, 3)


def test_grid_and_caption():
    one, other = np.full((4, 6, 3), 10, np.uint8), np.full((4, 3, 3), 20, np.uint8)
    picture = grid([[one, other], [other, one]], gap=2, color=(1.0, 1.0, 1.0))
    assert picture.shape == (10, 11, 3)
    assert picture[0, 0, 0] == 10
    assert picture[0, 7, 0] == 255
    assert picture[0, 8, 0] == 20
    assert picture[5, 0, 0] == 255
    bar = caption("Dice 0.93", 200, 30, color=(1.0, 1.0, 1.0), background=(0.0, 0.0, 0.0))
    written = np.argwhere(bar[..., 0] > 128)
    assert bar.shape == (30, 200, 3)
    assert len(written) > 100
    np.testing.assert_allclose(written.mean(0), (15, 100), atol=8)
    assert np.argwhere(caption("  Dice", 200, 30)[..., 0] > 128)[:, 1].max() < 100


def test_png_is_what_was_drawn(tmp_path):
    import SimpleITK as sitk

    pixels = np.arange(5 * 7 * 3, dtype=np.uint8).reshape(5, 7, 3)
    write_png(pixels, tmp_path / "picture.png")
    np.testing.assert_array_equal(sitk.GetArrayFromImage(sitk.ReadImage(str(tmp_path / "picture.png"))), pixels)
    with pytest.raises(ValueError, match="cannot be written"):
        write_png(pixels, tmp_path / "missing" / "picture.png")


def test_machine_without_opengl_gets_one_sentence():
    code = """
from MultiModalSegmentationLib.pictures.offscreen import OpenGLUnavailableError, SliceView
from MultiModalSegmentationLib.scene.standalone import StandaloneScene
try:
    SliceView(StandaloneScene().application_logic, "Red", (10, 10))
except OpenGLUnavailableError as error:
    print(error)
"""
    done = subprocess.run(
        [sys.executable, "-c", code], env={**os.environ, **WITHOUT_OPENGL}, capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 0, done.stderr
    if not done.stdout:
        pytest.skip("this machine has OSMesa, which needs no driver")
    assert done.stdout.startswith("This machine has no offscreen OpenGL")
    assert len(done.stdout.splitlines()) == 1
    assert done.stderr == ""
