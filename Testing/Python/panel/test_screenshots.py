"""The command that makes the README's pictures."""

import os
import subprocess
import sys
from itertools import pairwise
from pathlib import Path

import pytest

pytest.importorskip("slicer", reason="needs the extra [mrml]")
pytest.importorskip("PIL", reason="needs the extra [test]")

import host
import numpy as np
from opengl_helpers import WITHOUT_OPENGL, need_opengl
from PIL import Image

COMMAND = [sys.executable, str(Path(__file__).parents[1] / "make_screenshots.py")]
README = Path(__file__).parents[3] / "README.md"
STEPS = ("step-1-inputs", "step-2-preview", "step-3-exclusion", "step-4-charts", "step-5-apply", "step-6-tissues")
NAMES = {f"{step}.png" for step in STEPS} | {"overlay.png", "surface.png", "MultiModalHead.png"}


def run(*arguments, **environment):
    return subprocess.run(
        [*COMMAND, *arguments],
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )


def test_each_step_of_the_tutorial_has_its_picture(tmp_path):
    need_opengl()
    reason = host.missing_qt()
    if reason:
        pytest.skip(reason)
    from screenshot_demo import OVERLAY_WIDTH, THUMBNAIL_SIZE
    from screenshot_pictures import SMALL

    done = run("--size", "small", "--output", str(tmp_path / "made"))
    assert done.returncode == 0, done.stderr
    assert "Traceback" not in done.stderr
    pictures = {file.name: Image.open(file).convert("RGB") for file in (tmp_path / "made").iterdir()}
    assert pictures.keys() == NAMES
    assert {pictures[f"{step}.png"].size for step in STEPS} == {SMALL.step}
    assert pictures["overlay.png"].width == OVERLAY_WIDTH
    assert pictures["MultiModalHead.png"].size == THUMBNAIL_SIZE
    for name, picture in pictures.items():
        assert np.asarray(picture).std() > 20, name
    shown = [np.asarray(pictures[f"{step}.png"]).astype(int) for step in STEPS]
    changes = [(np.abs(after - before).max(-1) > 40).mean() for before, after in pairwise(shown)]
    assert min(changes) > 0.005


def test_readme_shows_pictures_of_these_names():
    text = README.read_text(encoding="utf-8")
    assert [name for name in STEPS if f"Resources/Screenshots/{name}.png" not in text] == []


def test_without_opengl_one_sentence_and_nothing_written(tmp_path):
    done = run("--output", str(tmp_path / "made"), **WITHOUT_OPENGL)
    if done.returncode == 0:
        pytest.skip("this machine has OSMesa, which needs no driver")
    assert done.returncode == 1
    assert len(done.stderr.strip().splitlines()) == 1
    assert not (tmp_path / "made").exists()
