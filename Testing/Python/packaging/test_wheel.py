"""The wheel: built from the sources alone, holds all of the library, and segments with its own dependencies only."""

import contextlib
import importlib.metadata
import json
import re
import shutil
import subprocess
import sys
import sysconfig
import zipfile
from pathlib import Path

import numpy as np
import pytest
import SimpleITK as sitk

REPOSITORY = Path(__file__).parents[3]
LIBRARY = "MultiModalSegmentationLib"
SEED = (9, 8, 7)

RUN = """
import importlib.metadata, json, sys
sys.path[:0] = json.loads(sys.argv.pop(1))
import MultiModalSegmentationLib
from MultiModalSegmentationLib.command.main import main
status = main(sys.argv[1:])
owners = importlib.metadata.packages_distributions()
used = {owner.lower() for name in list(sys.modules) if "." not in name for owner in owners.get(name, ())}
print(json.dumps([status, MultiModalSegmentationLib.__file__, sorted(used)]))
"""


@pytest.fixture(scope="module")
def a_wheel(tmp_path_factory):
    folder = tmp_path_factory.mktemp("wheel")
    sources = folder / "sources"
    ignored = shutil.ignore_patterns("__pycache__", "*.egg-info", "Screenshots")
    shutil.copytree(REPOSITORY / "MultiModalSegmentation", sources / "MultiModalSegmentation", ignore=ignored)
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(REPOSITORY / name, sources)
    pip("wheel", "--no-deps", "--no-build-isolation", "--wheel-dir", folder, sources)
    (wheel,) = folder.glob("*.whl")
    return wheel


@pytest.fixture(scope="module")
def a_fresh_environment(a_wheel, tmp_path_factory):
    """Where the wheel alone is installed."""
    folder = tmp_path_factory.mktemp("fresh")
    pip("install", "--no-deps", "--no-index", "--target", folder, a_wheel)
    return folder


def pip(*arguments):
    command = [sys.executable, "-m", "pip", "--disable-pip-version-check", "-q", *map(str, arguments)]
    run = subprocess.run(command, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stdout + run.stderr


def requirements(wheel):
    """Names of what the wheel needs without any extra."""
    with zipfile.ZipFile(wheel) as archive:
        (name,) = (name for name in archive.namelist() if name.endswith(".dist-info/METADATA"))
        lines = archive.read(name).decode().splitlines()
    needed = (line.removeprefix("Requires-Dist: ") for line in lines if line.startswith("Requires-Dist: "))
    return {named(each) for each in needed if "extra ==" not in each}


def with_their_own(names):
    """These packages and what they need themselves."""
    found, left = set(), set(names)
    while left:
        name = left.pop()
        found.add(name)
        with contextlib.suppress(importlib.metadata.PackageNotFoundError):
            needed = importlib.metadata.requires(name) or []
            left |= {named(each) for each in needed if "extra ==" not in each} - found
    return found


def named(requirement):
    return re.match(r"[\w.-]+", requirement)[0].lower()


def write_volumes(folder):
    """Two volumes with a cube of 7 voxels a side that each of them alone mixes up with another part."""
    random = np.random.default_rng(3)
    paths = []
    for number, other in enumerate((slice(0, 4), slice(14, 18))):
        values = random.normal(100, 4, (16, 17, 18))
        values[4:11, 5:12, 6:13] += 80
        values[4:11, 5:12, other] += 80
        paths.append(folder / f"T{number + 1}.nrrd")
        sitk.WriteImage(sitk.GetImageFromArray(values.astype(np.float32)), str(paths[-1]))
    return paths


def test_it_holds_all_of_the_library_and_nothing_else(a_wheel):
    with zipfile.ZipFile(a_wheel) as archive:
        held = {name for name in archive.namelist() if ".dist-info/" not in name}
    folder = REPOSITORY / "MultiModalSegmentation"
    files = [file for file in (folder / LIBRARY).rglob("*") if file.is_file() and "__pycache__" not in file.parts]
    assert held == {file.relative_to(folder).as_posix() for file in files}
    assert len({file.suffix for file in files}) >= 3


def test_it_segments_with_its_own_dependencies_only(a_wheel, a_fresh_environment, tmp_path):
    """Without what is installed beside it by other ways: ``-I -S`` leaves out paths of the user and of the source."""
    installed = {sysconfig.get_path(kind) for kind in ("purelib", "platlib")}
    paths = json.dumps([str(a_fresh_environment), *sorted(installed)])
    options = ["segment", *write_volumes(tmp_path), f"--seed={','.join(map(str, SEED))}"]
    options += [
        "--output",
        tmp_path / "region.nrrd",
        "--figure",
        tmp_path / "figure.png",
        "--report",
        tmp_path / "r.json",
    ]
    command = [sys.executable, "-I", "-S", "-c", RUN, paths, *map(str, options)]
    run = subprocess.run(command, capture_output=True, text=True, check=False, cwd=tmp_path)
    assert run.returncode == 0, run.stderr
    status, file, used = json.loads(run.stdout.splitlines()[-1])
    region = sitk.GetArrayFromImage(sitk.ReadImage(str(tmp_path / "region.nrrd")))

    assert status == 0, run.stderr
    assert Path(file).is_relative_to(a_fresh_environment)
    assert region[4:11, 5:12, 6:13].mean() > 0.5
    assert region.sum() == region[4:11, 5:12, 6:13].sum()
    assert sitk.ReadImage(str(tmp_path / "figure.png")).GetNumberOfComponentsPerPixel() == 3
    used = set(used) - {"multimodal-segmentation"}
    assert {"numpy", "pillow", "simpleitk"} <= used <= with_their_own(requirements(a_wheel))


def test_it_installs_the_command(a_fresh_environment):
    scripts = [file.stem for file in a_fresh_environment.glob("*/multimodal-segmentation*") if file.is_file()]
    assert scripts == ["multimodal-segmentation"]
