"""The pictures of a run: size, proportions, what is drawn where, and text."""

from __future__ import annotations

import numpy as np
import pytest
import SimpleITK as sitk
from command_line_helpers import ORIGIN, SIZE, SPACING, image, seed_options, segment, write_two_volumes

from MultiModalSegmentationLib.command.segment.figure import EXCLUSION_SEED, PANEL, REGION, SEED
from MultiModalSegmentationLib.geometry.grid import Grid
from MultiModalSegmentationLib.parameters.colors import UNIMODAL_COLORS
from MultiModalSegmentationLib.pictures.raster import Canvas, shortened, text_width
from MultiModalSegmentationLib.pictures.slices import SliceView, overlay, window_of


def colored(picture: np.ndarray, color: tuple[float, float, float], tolerance: int = 12) -> int:
    """How many pixels have this color."""
    return int((np.abs(picture.astype(int) - np.rint(np.array(color) * 255)) <= tolerance).all(axis=2).sum())


def draw(tmp_path, *options) -> np.ndarray:
    volumes = write_two_volumes(tmp_path)
    outputs = ["--output", tmp_path / "region.nrrd", "--figure", tmp_path / "figure.png"]
    assert segment(volumes, *seed_options((12, 11, 9), (10, 11, 9), (14, 12, 8)), *options, *outputs) == 0
    picture = sitk.GetArrayFromImage(sitk.ReadImage(str(tmp_path / "figure.png")))
    assert picture.dtype == np.uint8
    assert picture.shape[2] == 3
    return picture


def test_three_rows_and_a_column_a_volume_and_one(tmp_path):
    height, width, _ = draw(tmp_path).shape
    panel_height = round(PANEL * SIZE[1] * SPACING[1] / (SIZE[0] * SPACING[0]))
    assert 3 * panel_height < height < 3 * panel_height + 200
    assert 3 * PANEL < width < 3 * PANEL + 120


def test_regions_and_seeds_have_their_colors(tmp_path):
    picture = draw(tmp_path, "--compare", "--exclude=5,11,9")
    for color in (REGION, *UNIMODAL_COLORS[:2]):
        assert colored(picture, color) > 200
    assert colored(picture, UNIMODAL_COLORS[2]) == 0
    one_seed = np.pi * 4.6**2
    assert colored(picture, SEED) == pytest.approx(19 * one_seed, rel=0.2)
    assert colored(picture, EXCLUSION_SEED) > 9 * 30


def test_without_a_comparison_every_result_is_the_multimodal_one(tmp_path):
    picture = draw(tmp_path)
    assert colored(picture, UNIMODAL_COLORS[0]) == 0
    columns = np.flatnonzero((np.abs(picture.astype(int) - np.rint(np.array(REGION) * 255)) <= 12).all(axis=2).any(0))
    assert len({int(column) // (PANEL + 12) for column in columns}) == 3


def test_another_slice_has_no_seed(tmp_path):
    with_seeds = draw(tmp_path)
    picture = draw(tmp_path, "--slice=3")
    assert picture.shape == with_seeds.shape
    assert colored(picture, SEED) < colored(with_seeds, SEED) / 10


def test_the_leak_curve_adds_a_diagram(tmp_path):
    plain = draw(tmp_path)
    with_curve = draw(tmp_path, "--leak-curve", tmp_path / "c.csv")
    assert with_curve.shape[0] > plain.shape[0] + 250
    assert colored(with_curve[plain.shape[0] - 20 :], REGION) > 300


def _grid(direction: tuple[float, ...]) -> Grid:
    volume = sitk.Image([20, 10, 8], sitk.sitkUInt8)
    volume.SetSpacing((1.0, 3.0, 2.0))
    volume.SetDirection(direction)
    return Grid.of(volume)


@pytest.mark.parametrize(
    ("direction", "plane", "letters", "size", "place"),
    [
        ((1, 0, 0, 0, 1, 0, 0, 0, 1), "Axial", ("R", "A"), (60, 90), (4.0, 13.0)),
        ((-1, 0, 0, 0, -1, 0, 0, 0, 1), "Axial", ("R", "A"), (60, 90), (55.0, 76.0)),
        ((0, 1, 0, 1, 0, 0, 0, 0, -1), "Axial", ("R", "A"), (90, 60), (13.0, 4.0)),
        ((1, 0, 0, 0, 0, 1, 0, -1, 0), "Coronal", ("R", "S"), (60, 90), (4.0, 13.0)),
        ((0, 0, 1, 1, 0, 0, 0, 1, 0), "Sagittal", ("A", "S"), (60, 90), (4.0, 76.0)),
    ],
)
def test_slices_are_turned_as_radiologists_expect_them(direction, plane, letters, size, place):
    view = SliceView(_grid(direction), 2, 3.0)
    assert view.plane == plane
    assert view.letters == letters
    assert view.size == size
    assert view.place((1, 1, 2)) == pytest.approx(place)


@pytest.mark.parametrize("direction", [(1, 0, 0, 0, 1, 0, 0, 0, 1), (0, -1, 0, 1, 0, 0, 0, 0, 1)])
def test_a_voxel_is_drawn_where_its_seed_is(direction):
    view = SliceView(_grid(direction), 2, 3.0)
    voxels = np.zeros((8, 10, 20), np.float32)
    voxels[2, 7, 4] = 1.0
    pixels = view.pixels(voxels)
    assert pixels.shape == view.size[::-1]
    row, column = np.unravel_index(pixels.argmax(), pixels.shape)
    assert (column, row) == pytest.approx(view.place((4, 7, 2)), abs=0.51)


def test_window_leaves_out_background_and_outliers():
    values = np.full((10, 40, 40), -1024.0, np.float32)
    values[2:8] = np.random.default_rng(1).normal(100, 10, (6, 40, 40))
    values[5, 5, :5] = 30000
    values[6, 6, :5] = np.nan
    low, high = window_of(values)
    assert 60 < low < 90
    assert 110 < high < 150
    assert window_of(np.zeros((2, 2, 2))) == (0.0, 1.0)


def test_overlay_fills_lightly_and_lines_the_border():
    column = np.clip((20 - np.abs(np.arange(60) - 29.5)) / 8 + 0.5, 0, 1).astype(np.float32)
    cover = overlay(np.outer(column, column))
    assert cover[30, 30] == pytest.approx(0.32)
    assert cover[30, 9:11].max() > 0.9
    assert cover[30, 18] == pytest.approx(0.32)
    assert cover[3, 3] == 0


def test_text_is_shortened_to_its_place():
    assert shortened("T1", 100, 10) == "T1"
    short = shortened("a-very-long-volume-name", 80, 10)
    assert text_width(short, 10) <= 80
    assert short.startswith("a") and short.endswith("e") and "…" in short


def test_drawing_is_cut_off_at_the_edge():
    canvas = Canvas(30, 20, (0, 0, 0))
    canvas.disc(0, 0, 5, (1, 1, 1))
    canvas.text("long text", 20, 15, (1, 0, 0), height=12)
    canvas.disc(100, 100, 5, (1, 1, 1))
    assert canvas.pixels[0, 0] == pytest.approx([255, 255, 255])
    assert canvas.pixels.shape == (20, 30, 3)
    assert canvas.pixels[15:, 20:, 0].max() > 230


def test_four_volumes_on_a_grid_of_thick_slices(tmp_path):
    random = np.random.default_rng(5)
    paths = []
    for number in range(4):
        values = random.normal(100 * number + 100, 5, (6, 50, 20)).astype(np.float32)
        paths.append(tmp_path / f"a volume with quite a long name {number}.nrrd")
        sitk.WriteImage(image(values, (1.0, 1.0, 9.0), ORIGIN), str(paths[-1]))
    outputs = ["--output", tmp_path / "region.nrrd", "--figure", tmp_path / "figure.png"]
    assert segment(paths, "--seed=10,20,3", *outputs) == 0
    picture = sitk.GetArrayFromImage(sitk.ReadImage(str(tmp_path / "figure.png")))
    assert picture.shape[1] > 5 * 300
