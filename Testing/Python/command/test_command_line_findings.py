"""What the command line tells about seeds and volumes, in words and in its report."""

import json

import numpy as np
import SimpleITK as sitk
from command_line_helpers import SEED, image, read_array, seed_options, segment, write_two_volumes


def reported(folder):
    return json.loads((folder / "report.json").read_text())["findings"]


def test_an_odd_seed_is_named(tmp_path, capsys):
    volumes = write_two_volumes(tmp_path)
    i, j, k = SEED
    seeds = seed_options((i, j, k), (i + 1, j, k), (i, j + 1, k), (i, j, 2))
    out = ["--output", tmp_path / "region.nrrd", "--report", tmp_path / "report.json"]
    assert segment(volumes, *seeds, *out) == 0
    sentence = f"The seed {i},{j},2 is unlike the others on T1."
    assert sentence in capsys.readouterr().out.splitlines()
    assert {"kind": "odd seed", "label": f"{i},{j},2", "channel": "T1", "sentence": sentence} in reported(tmp_path)


def test_nearly_the_same_volumes_are_named(tmp_path, capsys):
    volumes = write_two_volumes(tmp_path)
    noise = np.random.default_rng(3).normal(0, 1, read_array(volumes[0]).shape)
    sitk.WriteImage(image((read_array(volumes[0]) + noise).astype(np.float32)), str(tmp_path / "copy.nrrd"))
    out = ["--output", tmp_path / "region.nrrd", "--report", tmp_path / "report.json"]
    assert segment([volumes[0], tmp_path / "copy.nrrd"], *seed_options(), *out) == 0
    assert "T1 and copy are nearly the same image: the second adds little." in capsys.readouterr().out
    assert [finding["kind"] for finding in reported(tmp_path)] == ["same image"]


def test_nothing_is_said_where_nothing_is_wrong(tmp_path, capsys):
    volumes = write_two_volumes(tmp_path)
    out = ["--output", tmp_path / "region.nrrd", "--report", tmp_path / "report.json"]
    assert segment(volumes, *seed_options(), *out) == 0
    assert "seed" not in capsys.readouterr().out
    assert reported(tmp_path) == []
