"""Volumes from files as channels: padding, before interpolation would blend it with the rest; sheared grids; links."""

from __future__ import annotations

import numpy as np
import pytest
import SimpleITK as sitk
from command_line_helpers import seed_options, segment, two_volumes

from MultiModalSegmentationLib.files.images import channels_from_files, read_volumes
from MultiModalSegmentationLib.geometry.errors import GeometryError


@pytest.mark.parametrize("value", [65535.0, -3.4028234663852886e38, -3024.0])
def test_a_volume_on_another_grid(tmp_path, value):
    first, second = two_volumes()
    array = sitk.GetArrayFromImage(second) * 20
    array[:, :3] = value
    padded = sitk.GetImageFromArray(array)
    padded.CopyInformation(second)
    padded.SetOrigin([o + 0.4 for o in second.GetOrigin()])
    sitk.WriteImage(first, str(tmp_path / "T1.nrrd"))
    sitk.WriteImage(padded, str(tmp_path / "T2.nrrd"))
    channel = channels_from_files(read_volumes([tmp_path / "T1.nrrd", tmp_path / "T2.nrrd"]))[1]
    measured = channel.array[np.isfinite(channel.array)]
    assert channel.padding == (value,)
    assert np.isnan(channel.array[:, :3]).all()
    assert np.abs(measured).max() < 200


def test_the_command_line_says_it(capfd, tmp_path):
    paths = []
    for name, image in zip(("T1", "T2"), two_volumes()):
        array = (sitk.GetArrayFromImage(image).clip(0) * 20).astype(np.uint16)
        array[:, :3] = 65535
        padded = sitk.GetImageFromArray(array)
        padded.CopyInformation(image)
        paths.append(tmp_path / f"{name}.nrrd")
        sitk.WriteImage(padded, str(paths[-1]))
    assert segment(paths, *seed_options(), "--output", tmp_path / "o.nrrd") == 0
    out = capfd.readouterr().out
    assert "T1 is padded with 65535" in out and "T2 is padded with 65535" in out
    region = sitk.GetArrayFromImage(sitk.ReadImage(str(tmp_path / "o.nrrd")))
    assert region.sum() > 100 and region[:, :3].sum() == 0


def test_a_region_of_the_seeds_alone_is_said(capfd, tmp_path):
    for name, image in zip(("T1", "T2"), two_volumes()):
        sitk.WriteImage(image, str(tmp_path / f"{name}.nrrd"))
    volumes = [tmp_path / "T1.nrrd", tmp_path / "T2.nrrd"]
    assert segment(volumes, *seed_options(), "--multiplier=0.01", "--output", tmp_path / "o.nrrd") == 0
    assert "hardly more than the voxels of the seeds" in capfd.readouterr().out


@pytest.mark.parametrize("name", ["T1.nrrd", "T2.nrrd"])
def test_sheared_volumes_are_refused_wherever_they_stand(tmp_path, name):
    for number, image in enumerate(two_volumes(), 1):
        sitk.WriteImage(image, str(tmp_path / f"T{number}.nrrd"), False)
    content = (tmp_path / name).read_bytes()
    directions = content[
        content.index(b"space directions:") : content.index(b"\n", content.index(b"space directions:"))
    ]
    sheared = b"space directions: (1.5,0,0) (0.4,1.25,0) (0,0,2)"
    (tmp_path / name).write_bytes(content.replace(directions, sheared))
    with pytest.raises(GeometryError, match=f"{name}.*sheared"):
        read_volumes([tmp_path / "T1.nrrd", tmp_path / "T2.nrrd"])


def test_a_link_to_nothing(tmp_path):
    (tmp_path / "T1.nii.gz").symlink_to(tmp_path / "annex" / "objects")
    with pytest.raises(ValueError, match=r"T1\.nii\.gz.*link.*git annex get"):
        read_volumes([tmp_path / "T1.nii.gz", tmp_path / "T2.nii.gz"])
