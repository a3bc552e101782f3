"""What panel and browser decide alike: ranges, what is missing, facts of a result."""

from __future__ import annotations

import ast
import xml.etree.ElementTree as ElementTree
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from MultiModalSegmentationLib.controls.fields import FIELDS, changed, choices_of, shown_values
from MultiModalSegmentationLib.controls.missing import MissingKind
from MultiModalSegmentationLib.controls.results import ellipse_points
from MultiModalSegmentationLib.parameters.presets import PRESETS, Parameters
from MultiModalSegmentationLib.parameters.settings import BiasCorrection, SeedStatistics

MODULE = Path(__file__).parents[3] / "MultiModalSegmentation"
WIDGETS = {
    "smoothing_time_step": "timeStepSpinBox",
    "growing_multiplier": "multiplierSlider",
    "growing_iterations": "iterationsSpinBox",
    "growing_initial_neighborhood_radius": "seedRadiusSpinBox",
    "growing_max_volume_ml": "maximumVolumeSpinBox",
    "cleanup_closing_mm": "closingSpinBox",
    "cleanup_minimum_island_ml": "minimumIslandSpinBox",
}


def by_key(key):
    return next(field for field in FIELDS if field.key == key)


@pytest.mark.parametrize(("key", "widget"), WIDGETS.items())
def test_the_panel_offers_the_same_ranges(key, widget):
    tree = ElementTree.parse(MODULE / "Resources" / "UI" / "MultiModalSegmentation.ui")
    (element,) = [one for one in tree.iter("widget") if one.get("name") == widget]
    shown = {one.get("name"): "".join(one.itertext()).strip() for one in element.findall("property")}
    field = by_key(key)
    assert float(shown.get("minimum", 0)) == field.least
    assert float(shown["maximum"]) == field.most
    if field.unit not in ("", "voxels"):
        assert shown["suffix"].strip() == field.unit


def test_the_panel_says_the_same_sentences_of_what_is_missing():
    tree = ast.parse((MODULE / "MultiModalSegmentationPanel" / "choices" / "choices.py").read_text(encoding="utf-8"))
    (function,) = [one for one in ast.walk(tree) if isinstance(one, ast.FunctionDef) and one.name == "missingText"]
    (texts,) = [one for one in ast.walk(function) if isinstance(one, ast.Dict)]
    told = {key.attr: call.args[0].value for key, call in zip(texts.keys, texts.values)}
    assert told == {kind.name: kind.value for kind in MissingKind}


@pytest.mark.parametrize("name", PRESETS)
def test_what_is_shown_and_taken_again_is_the_same(name):
    parameters = PRESETS[name]
    assert changed(parameters, shown_values(parameters)) == parameters
    assert changed(replace(Parameters(), unimodal=parameters.unimodal), shown_values(parameters)) == parameters


def test_values_are_taken_as_controls_give_them():
    values = {
        "growing_multiplier": "2.5",
        "growing_max_volume_ml": "0",
        "growing_iterations": "2",
        "growing_seed_statistics": "itk",
        "cleanup_fill_holes": True,
        "preparation_bias": "n4",
    }
    taken = changed(Parameters(), values)
    assert (taken.growing.multiplier, taken.growing.iterations, taken.growing.max_volume_ml) == (2.5, 2, None)
    assert taken.growing.seed_statistics is SeedStatistics.ITK
    assert taken.cleanup.fill_holes is True
    assert taken.preparation.bias is BiasCorrection.N4
    assert changed(taken, {"growing_max_volume_ml": "12.5"}).growing.max_volume_ml == 12.5


def test_the_multiplier_is_left_to_the_program_and_taken_back():
    automatic = changed(Parameters(), {"growing_multiplier_automatic": True})
    assert automatic.growing.multiplier is None
    assert shown_values(automatic)["growing_multiplier"] == 3.5
    assert shown_values(automatic)["growing_multiplier_automatic"] is True
    assert changed(automatic, {"growing_multiplier_automatic": False}).growing.multiplier == 3.5
    with pytest.raises(ValueError, match="ITK statistics need a number"):
        changed(automatic, {"growing_seed_statistics": "itk"})


@pytest.mark.parametrize(
    ("key", "value", "sentence"),
    [
        ("growing_multiplier", "99", "Multiplier is 99: give 0.05 to 15."),
        ("growing_multiplier", "nan", "Multiplier is nan: give 0.05 to 15."),
        ("growing_multiplier", "", "Multiplier is '': give a number."),
        ("growing_iterations", "1.5", "Iterations is 1.5: give a whole number."),
        ("cleanup_closing_mm", "51", "Close gaps is 51 mm: give 0 to 50 mm."),
    ],
)
def test_a_value_that_is_not_offered_is_told(key, value, sentence):
    with pytest.raises(ValueError, match=r".") as raised:
        changed(Parameters(), {key: value})
    assert str(raised.value) == sentence


def test_choices_are_the_enumerations():
    assert choices_of(by_key("growing_seed_statistics")) == tuple(SeedStatistics)
    assert choices_of(by_key("growing_multiplier")) == ()


def test_the_ellipse_lies_at_the_multiplier():
    covariance = np.array([[4.0, 1.0], [1.0, 9.0]])
    points = ellipse_points([10.0, -3.0], covariance, 2.5) - [10.0, -3.0]
    distances = np.sqrt(np.einsum("ni,ij,nj->n", points, np.linalg.inv(covariance), points))
    assert distances == pytest.approx(np.full(len(points), 2.5))
