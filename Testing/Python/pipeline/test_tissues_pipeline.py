"""Several tissues through the pipeline: regions, findings, cleanup, memory and recipe of each."""

from __future__ import annotations

import json

import numpy as np
import pytest
from engine_cases import image_of

from MultiModalSegmentationLib import (
    CleanupParameters,
    GrowingParameters,
    Parameters,
    Points,
    Segmenter,
    SmoothingParameters,
    Tissue,
    UniModalParameters,
    segment,
    segment_tissues,
)
from MultiModalSegmentationLib.geometry.points import point_from_voxel
from MultiModalSegmentationLib.pipeline.memory import memory_needed
from MultiModalSegmentationLib.pipeline.segmentation import tissues_steps
from MultiModalSegmentationLib.recipes.recipe import Recipe

PARAMETERS = Parameters(SmoothingParameters(iterations=0), GrowingParameters(), None)


@pytest.fixture
def case():
    """A cube in a cube, on two channels: a segmenter and the two tissues."""
    rng = np.random.default_rng(5)
    shape = (24, 24, 24)
    labels = np.zeros(shape, int)
    labels[3:21, 3:21, 3:21] = 1
    labels[9:15, 9:15, 9:15] = 2
    shades = np.array([(0.0, 0.0), (100.0, 200.0), (160.0, 120.0)])
    segmenter = Segmenter(
        [image_of(shades[labels, n] + rng.normal(0, 5, shape)) for n in range(2)], SmoothingParameters(iterations=0)
    )

    def points(*voxels):
        return [point_from_voxel(f"P-{n}", v, segmenter.grid, "T1") for n, v in enumerate(voxels, 1)]

    return (
        segmenter,
        [Tissue("Shell: a|b", points((5, 5, 5), (5, 12, 12))), Tissue("Core", points((12, 12, 12)))],
        points,
    )


def whole(segmentation):
    mask = np.zeros(segmentation.segmenter.grid.size[::-1], bool)
    mask[segmentation.result.box.slices] = segmentation.result.mask > 0
    return mask


def test_one_tissue_is_what_segment_answers(case):
    segmenter, (shell, _), points = case
    excluded = points((12, 12, 12))
    alone = segment(segmenter, Points(shell.seeds, excluded), PARAMETERS)
    (together,) = segment_tissues(segmenter, [shell], excluded, PARAMETERS)
    assert np.array_equal(together.result.mask, alone.result.mask)
    assert together.tissues == ()
    assert "tissues" not in Recipe.of(together, [{"name": "T1"}, {"name": "T2"}])
    assert [f.kind for f in together.findings()] == [f.kind for f in alone.findings()]


def test_filling_holes_takes_nothing_of_another_tissue(case):
    segmenter, tissues, _ = case
    filling = Parameters(
        PARAMETERS.smoothing, PARAMETERS.growing, None, CleanupParameters(fill_holes=True, closing_mm=3)
    )
    alone = segment(segmenter, Points(tissues[0].seeds), filling)
    shell, core = segment_tissues(segmenter, tissues, (), filling)
    assert whole(alone)[12, 12, 12]
    assert not (whole(shell) & whole(core)).any()
    assert whole(core)[10:14, 10:14, 10:14].all()
    assert shell.result.voxel_count > 0.9 * (18**3 - 6**3)


def test_each_tissue_has_its_own_comparison_and_findings(case):
    segmenter, tissues, _ = case
    compared = Parameters(PARAMETERS.smoothing, PARAMETERS.growing, UniModalParameters())
    steps = tissues_steps(segmenter, tissues, (), compared)
    fractions = []
    while True:
        try:
            fractions.append(next(steps))
        except StopIteration as end:
            shell, core = end.value
            break
    assert fractions == sorted(fractions)
    assert fractions[-1] <= 1
    assert [len(one.unimodal) for one in (shell, core)] == [2, 2]
    assert shell.unimodal[0].voxel_count > core.unimodal[0].voxel_count > 0
    assert len(shell.seconds) == 3
    assert shell.point_rows()[0][0].label == "P-1"


def test_any_recipe_tells_all_tissues_and_survives_its_tag(case):
    segmenter, tissues, points = case
    segmentations = segment_tissues(segmenter, tissues, points((1, 1, 1)), PARAMETERS)
    lists = [{"name": "S: list", "id": "a"}, {"name": "C", "id": "b"}]
    for number, segmentation in enumerate(segmentations):
        recipe = Recipe.of(segmentation, [{"name": "T1"}, {"name": "T2"}], tissue_lists=lists)
        tag = recipe.to_tag()
        assert "a|b" not in tag
        assert json.loads(tag)["tissues"][1]["name"] == "Core"
        read = Recipe.from_tag(tag)
        assert [t["name"] for t in read.tissues] == ["Shell: a|b", "Core"]
        assert [t["points"]["name"] for t in read.tissues] == ["S: list", "C"]
        assert read.tissues[1]["points"]["points"][0][2] == (12, 12, 12)
        assert read.points("seeds")["points"][0][2] == tissues[number].seeds[0].ijk
        assert len({tuple(t["color"]) for t in read.tissues}) == 2


def test_a_recipe_of_one_tissue_opens_as_one():
    point = {"label": "S-1", "ras": [0, 0, 0], "ijk": [1, 2, 3]}
    recipe = Recipe({"schemaVersion": 1, "seeds": [point], "segment": {"name": "White"}})
    assert recipe.tissues == [{"name": "White", "color": None, "terminology": None, "points": recipe.points("seeds")}]


def test_names_must_differ_and_points_are_called_by_their_labels(case):
    segmenter, tissues, points = case
    with pytest.raises(ValueError, match="Two tissues are called 'Core'"):
        segment_tissues(segmenter, [tissues[1], tissues[1]], (), PARAMETERS)
    with pytest.raises(ValueError, match="Tissue 2 has no name"):
        segment_tissues(segmenter, [tissues[1], Tissue("", tissues[0].seeds)], (), PARAMETERS)
    with pytest.raises(ValueError, match="'Other': P-1 lies in the same voxel as 'Core': P-1"):
        segment_tissues(segmenter, [tissues[1], Tissue("Other", points((12, 12, 12)))], (), PARAMETERS)


def test_more_tissues_need_more_memory():
    needed = [memory_needed(1000, 1000, PARAMETERS, channel_count=2, tissues=count) for count in (1, 2, 3)]
    assert needed[0] < needed[1] < needed[2]
    assert needed[0] == memory_needed(1000, 1000, PARAMETERS, channel_count=2)
