"""A constant margin that can only be padding counts as outside of the field of view; nothing that was measured does."""

from __future__ import annotations

import numpy as np
import pytest
import SimpleITK as sitk

from MultiModalSegmentationLib.engine.bricks.channels import prepare, strided_sample
from MultiModalSegmentationLib.engine.bricks.padding import without_padding
from MultiModalSegmentationLib.engine.segmenter import Segmenter
from MultiModalSegmentationLib.explaining.findings import FindingKind, findings
from MultiModalSegmentationLib.geometry.grid import ArrayImage, Grid
from MultiModalSegmentationLib.geometry.points import SeedPoint

Z, Y, X = np.mgrid[:20, :30, :32]
BALL = (X - 16) ** 2 + (Y - 15) ** 2 + (Z - 10) ** 2 <= 36
ROUND = (X - 16) ** 2 + (Y - 15) ** 2 <= 14**2
"""A round field of view, as of a CT."""

SEEDS = [(16, 15, 10), (13, 15, 10)]
GRID = Grid((32, 30, 20), np.eye(4))
FLOAT_MAX = float(np.finfo(np.float32).max)


def volume(seed: int, tissue: float, other: float, noise: float) -> np.ndarray:
    random = np.random.default_rng(seed)
    return np.where(BALL, tissue, other) + random.normal(0, noise, BALL.shape)


def cut(array: np.ndarray) -> tuple[float, ...]:
    return without_padding(array, strided_sample(array))[1]


PADDED = [
    (65535, np.uint16, ROUND),
    (-FLOAT_MAX, np.float32, ROUND),
    (FLOAT_MAX, np.float32, ROUND),
    (-32768, np.int16, Y >= 4),
    (32767, np.int16, Y >= 4),
    (-9999, np.int32, (X > 1) & (Z < 18)),
    (1e10, np.float64, ROUND),
    (-3024, np.int16, ROUND),
]


@pytest.mark.parametrize(("value", "kind", "measured"), PADDED, ids=[str(case[0]) for case in PADDED])
def test_a_margin_is_as_nan(value, kind, measured):
    first, second = volume(1, 100, 50, 2), volume(2, 600, 480, 5)
    padded, as_nan = [], []
    for array in (first, second):
        typed = array.astype(kind)
        padded.append(ArrayImage(np.where(measured, typed, kind(value)), GRID, "T"))
        as_nan.append(ArrayImage(np.where(measured, typed, np.nan), GRID, "T"))
    ours = Segmenter(padded)
    expected = Segmenter(as_nan).grow(SEEDS)
    grown = ours.grow(SEEDS)
    assert ours.paddings == ((float(value),), (float(value),))
    assert np.array_equal(grown.mask, expected.mask) and grown.box == expected.box
    assert grown.voxel_count > 300


def test_ct_with_padding_and_metal():
    ct = volume(1, 60, -1000, 10).astype(np.int16)
    ct[BALL & (X == 20)] = 3071
    ct[~ROUND] = -3024
    assert cut(ct) == (-3024.0,)


def test_two_margins_at_once():
    array = volume(1, 100, 50, 2).astype(np.float32)
    array[:, :3], array[:, -3:] = -FLOAT_MAX, FLOAT_MAX
    clean, values = without_padding(array, strided_sample(array))
    assert values == (-FLOAT_MAX, FLOAT_MAX)
    assert np.isnan(clean[:, :3]).all() and np.isnan(clean[:, -3:]).all() and np.isfinite(clean[:, 3:-3]).all()


def test_the_same_value_inside_stays():
    array = volume(1, 100, 50, 2).astype(np.uint16)
    array[:, :4] = array[10, 15, 16] = 65535
    clean, _ = without_padding(array, strided_sample(array))
    assert clean[10, 15, 16] == 65535 and np.isnan(clean[:, :4]).all()


NO_PADDING = {
    "air of 0 around a stripped brain": np.where(BALL, volume(1, 900, 900, 30), 0).astype(np.uint16),
    "no noise": np.where(BALL, 100, 50).astype(np.float32),
    "noise in the tissue only": np.where(BALL, volume(1, 100, 100, 8), 50).astype(np.float32),
    "CT of -1024 around air of -1000": np.where(ROUND, volume(1, 60, -1000, 10), -1024).astype(np.int16),
    "bone that is clipped at the border": np.where(Z > 14, 255, volume(1, 100, 50, 2)).astype(np.uint8),
    "labels": np.where(BALL, 2, np.where(Y > 20, 1, 3)).astype(np.uint8),
    "metal inside": np.where(BALL & (X > 18), 65535, volume(1, 100, 50, 2)).astype(np.uint16),
    "one corner": np.where((X == 0) & (Y == 0) & (Z == 0), 65535, volume(1, 100, 50, 2)).astype(np.uint16),
    "constant": np.full(BALL.shape, 65535, np.uint16),
    "inverted scores": np.where(ROUND, volume(1, 0.9, 0.3, 0.1), -1).astype(np.float32),
}


@pytest.mark.parametrize("name", NO_PADDING)
def test_what_was_measured_is_never_cut(name):
    array = NO_PADDING[name]
    clean, values = without_padding(array, strided_sample(array))
    assert values == () and clean is array


def test_a_margin_is_said():
    arrays = [volume(1, 100, 50, 2).astype(np.uint16), volume(2, 600, 480, 5).astype(np.uint16)]
    arrays[1][:, :4] = 65535
    segmenter = Segmenter([ArrayImage(array, GRID, name) for array, name in zip(arrays, ("T1", "T2"))])
    seeds = [SeedPoint("A", (0, 0, 0), seed) for seed in SEEDS]
    found = findings(segmenter, segmenter.grow(SEEDS), seeds)
    (padding,) = [finding for finding in found if finding.kind is FindingKind.PADDING]
    assert (padding.channel, padding.value) == ("T2", 65535.0)
    assert "T2 is padded with 65535" in padding.sentence()


def test_simpleitk_images_too():
    array = volume(1, 100, 50, 2).astype(np.float32)
    array[:, :4] = -FLOAT_MAX
    (channel,) = prepare([sitk.GetImageFromArray(array)])
    assert channel.padding == (-FLOAT_MAX,)
    assert 40 < channel.center < 60 and channel.scale < 20
