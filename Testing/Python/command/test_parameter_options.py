"""Options that set parameters, on the command line and as columns of a table."""

import json

import numpy as np
import pytest
from batch_helpers import write_table, write_volumes
from command_line_helpers import SEED, ball, read_array, seed_options, segment, write_two_volumes

from MultiModalSegmentationLib import (
    CleanupParameters,
    Edge,
    GrowingParameters,
    SmoothingParameters,
    UniModalParameters,
)
from MultiModalSegmentationLib.command.batch.table import read_cases
from MultiModalSegmentationLib.command.common.options import parameters_from
from MultiModalSegmentationLib.command.main import parse


def parameters_of(*options):
    return parameters_from(parse(["segment", "a.nrrd", "b.nrrd", *options]))


def test_every_option_reaches_its_parameter():
    given = parameters_of(
        *("--multiplier=2", "--iterations=3", "--radius=2", "--max-volume=1,5", "--smoothing-iterations=4"),
        *("--time-step=0.5", "--no-time-step-limit", "--compare", "--fill-holes", "--close-gaps=2"),
        "--drop-islands=0.1",
        "--edge=threshold",
    )
    assert given.smoothing == SmoothingParameters(0.5, 4, limit_time_step=False)
    assert given.growing == GrowingParameters(2.0, 3, 2, max_volume_ml=1.5, edge=Edge.THRESHOLD)
    assert given.unimodal == UniModalParameters(2.0, 3, 2)
    assert given.cleanup == CleanupParameters(True, 2.0, 0.1)
    assert parameters_of("--multiplier", "auto").growing.multiplier is None
    assert parameters_of().unimodal is None
    assert parameters_of("--preset=tutorial", "--compare").unimodal.iterations == 3


def test_automatic_multiplier_is_told_with_its_reason(tmp_path, capsys):
    volumes = write_two_volumes(tmp_path)
    outputs = ["--output", tmp_path / "out.nrrd", "--report", tmp_path / "out.json"]
    assert segment(volumes, *seed_options(), "--multiplier=auto", *outputs) == 0
    region, truth = read_array(tmp_path / "out.nrrd") > 0, ball(SEED, 5)
    assert 2 * np.count_nonzero(region & truth) / (region.sum() + truth.sum()) > 0.9
    assert "was found where the volume is stable" in capsys.readouterr().out
    report = json.loads((tmp_path / "out.json").read_text())
    assert report["growing"]["multiplier"] is None
    assert report["result"]["automatic"]["low"] < report["result"]["effectiveMultiplier"]


def test_parameters_are_columns(tmp_path):
    row = write_volumes(tmp_path, "P1")
    row |= {"multiplier": "auto", "fill_holes": "yes", "close-gaps": "1.5", "no-time-step-limit": "no"}
    (case,) = read_cases(
        write_table(tmp_path / "cases.csv", [row]), parse(["batch", "c.csv", "--output=o", "--no-time-step-limit"])
    )
    assert case.parameters.growing.multiplier is None
    assert case.parameters.cleanup == CleanupParameters(True, 1.5)
    assert case.parameters.smoothing.limit_time_step


@pytest.mark.parametrize("text", ["automatic", "1e300", "-1", "nan", ""])
def test_multipliers_that_are_none(tmp_path, capsys, text):
    volumes = write_two_volumes(tmp_path)
    assert segment(volumes, *seed_options(), f"--multiplier={text}", "--output", tmp_path / "out.nrrd") == 2
    assert "multiplier" in capsys.readouterr().err
    assert not (tmp_path / "out.nrrd").exists()
