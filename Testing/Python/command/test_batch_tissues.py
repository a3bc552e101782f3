"""A cohort of several tissues: a row of measures and of the page for each."""

import csv
import json

import numpy as np
import pytest

pytest.importorskip("distributed", reason="needs the extra [batch]")

import SimpleITK as sitk
from batch_helpers import write_table, write_volumes
from command_line_helpers import SEED, ball, image, read_array

from MultiModalSegmentationLib.command.batch.cohort import reasons_to_look
from MultiModalSegmentationLib.command.batch.measures import Outcome
from MultiModalSegmentationLib.command.main import main

AROUND = "2,2,2; 23,21,17"


def case(folder, name, seed):
    row = write_volumes(folder, name, noise_seed=seed)
    truth = np.where(ball(SEED, 5), 1, 0)
    truth[:, :, :4] = 2
    sitk.WriteImage(image(truth.astype(np.uint8)), str(folder / row["truth"]))
    del row["seeds"]
    return {**row, "tissues": f"Ball=12,11,9; 13,11,9 | Around={AROUND}"}


def test_a_cohort_has_a_row_a_tissue(tmp_path):
    rows = [case(tmp_path, f"P{n}", n) for n in (1, 2)]
    table, output = write_table(tmp_path / "cases.csv", rows), tmp_path / "out"
    assert main(["batch", str(table), "--output", str(output), "--workers=1"]) == 0
    measured = list(csv.DictReader((output / "measures.csv").open(encoding="utf-8")))
    assert [(row["case"], row["tissue"]) for row in measured] == [
        (name, tissue) for name in ("P1", "P2") for tissue in ("Ball", "Around")
    ]
    for row in measured:
        labels = read_array(output / "cases" / row["case"] / f"{row['case']}.nii.gz")
        value, truth = (1, ball(SEED, 5)) if row["tissue"] == "Ball" else (2, None)
        assert int(row["voxels"]) == np.count_nonzero(labels == value)
        if truth is not None:
            region = labels == value
            dice = 2 * np.count_nonzero(region & truth) / (np.count_nonzero(region) + np.count_nonzero(truth))
            assert float(row["dice"]) == pytest.approx(dice, abs=1e-5)
            assert dice > 0.75
    page = (output / "index.html").read_text(encoding="utf-8")
    assert '"Around"' in page
    assert "All tissues" in page
    recipe = json.loads((output / "cases" / "P1" / "recipe.json").read_text())
    assert [one["segment"]["name"] for one in recipe["reports"]] == ["Ball", "Around"]
    before = (output / "measures.csv").read_text()
    assert main(["batch", str(table), "--output", str(output), "--workers=1", "--resume"]) == 0
    assert (output / "measures.csv").read_text() == before


@pytest.mark.parametrize(
    ("cells", "sentence"),
    [
        ({"tissues": "A=1,2"}, "in the column 'tissues': 'A=1,2' is no tissue"),
        ({"tissues": "A=12,11,9 | A=4,11,9"}, "in the column 'tissues': Two tissues are called 'A'"),
        ({"seeds": "12,11,9", "tissues": "A=12,11,9"}, "the columns 'seeds' and 'tissues' are both given"),
        ({"tissues": ""}, "the column 'seeds' is empty"),
    ],
)
def test_what_is_wrong_in_the_column_is_told_with_its_row(tmp_path, capsys, cells, sentence):
    row = write_volumes(tmp_path, "P1")
    del row["seeds"]
    table = write_table(tmp_path / "cases.csv", [{**row, **cells}])
    assert main(["batch", str(table), "--output", str(tmp_path / "out"), "--workers=1"]) == 2
    assert f"Row 2: {sentence}" in capsys.readouterr().err


def test_volumes_are_compared_with_those_of_the_same_tissue():
    plain = {"touchesBorder": False, "oddSeeds": [], "stoppedBy": None, "seconds": 1.0}
    outcomes = []
    for n in range(6):
        small, large = 10.0 + 0.1 * n, 1000.0 + n
        tissues = [{"tissue": "a", "volumeMl": small, **plain}, {"tissue": "b", "volumeMl": large, **plain}]
        outcomes += Outcome(f"P{n}", {"tissues": tissues, "seconds": 1.0}).each()
    assert [one.tissue for one in outcomes[:2]] == ["a", "b"]
    assert reasons_to_look(outcomes) == [[]] * 12
    outcomes[0].measures["volumeMl"] = 100.0
    assert reasons_to_look(outcomes)[0] == ["volume far over the cohort's"]
