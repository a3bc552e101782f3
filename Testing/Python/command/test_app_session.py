"""What the app does on its scene, without a browser: real MRML, files read back."""

from __future__ import annotations

import asyncio
import json
import shlex
import zipfile
from pathlib import Path

import numpy as np
import pytest
import SimpleITK as sitk
from command_line_helpers import SEED, main, read_array, write_two_volumes
from dicom_helpers import along_z, voxels, write_series

pytest.importorskip("slicer")

from MultiModalSegmentationLib.command.app.session.downloads import FORMATS, as_text, download
from MultiModalSegmentationLib.command.app.session.growing import LiveRegion, drained_kindly
from MultiModalSegmentationLib.command.app.session.loading import load_files, load_seeds, load_volume
from MultiModalSegmentationLib.command.app.session.session import Session
from MultiModalSegmentationLib.command.app.uploads import folders_with_files, unpack
from MultiModalSegmentationLib.controls.fields import changed
from MultiModalSegmentationLib.geometry.errors import Cancelled
from MultiModalSegmentationLib.scene.nodes import world_position


@pytest.fixture
def a_session(tmp_path) -> Session:
    session = Session()
    for path in write_two_volumes(tmp_path):
        load_volume(session, Path(path))
    return session


def place(session: Session, index=SEED, *, excluded: bool = False) -> None:
    points = session.exclusion_seeds if excluded else session.seeds
    points.node.AddControlPointWorld(*world_position(session.volumes[0], index))


def apply(session: Session):
    return asyncio.run(drained_kindly(session.apply_steps()))


def test_what_is_missing_is_told_one_by_one(a_session):
    empty = Session()
    assert empty.missing() == "Choose the reference volume."
    assert a_session.missing() == "Place at least one seed into the tissue that you want."
    place(a_session)
    assert a_session.missing() == ""
    a_session.segment_name = "  "
    assert a_session.missing() == "Give the segment a name."
    a_session.choose_volumes([a_session.volumes[0].GetID()] * 2)
    assert a_session.missing() == "The same volume is chosen twice: choose different volumes."


def test_points_tell_their_defined_points_only(a_session):
    heard = []
    a_session.seeds.on_changed = lambda: heard.append(len(a_session.seeds.points()))
    place(a_session)
    assert heard == [1]
    node = a_session.seeds.node
    preview = node.AddControlPointWorld(0, 0, 0)
    node.UnsetNthControlPointPosition(preview)
    assert heard[-1] == 1
    before = list(heard)
    node.SetNthControlPointPositionWorld(preview, 1, 1, 1, node.PositionPreview)
    node.SetNthControlPointPositionWorld(preview, 2, 2, 2, node.PositionPreview)
    assert heard == before
    a_session.seeds.rename(0, "Tumor")
    assert a_session.seeds.points()[0][0] == "Tumor"
    a_session.seeds.delete(0)
    assert a_session.seeds.points() == []


def test_apply_undo_redo_and_several_segments(a_session):
    place(a_session)
    first = apply(a_session).growing.voxel_count
    assert 300 < first < 700
    a_session.segment_name = "Other"
    a_session.parameters = changed(a_session.parameters, {"growing_multiplier": 2.0})
    second = apply(a_session).growing.voxel_count
    assert second < first
    assert a_session.segment_names() == ["Tissue", "Other"]
    assert a_session.undo()
    assert a_session.segment_names() == ["Tissue"]
    assert a_session.redo()
    assert a_session.segment_names() == ["Tissue", "Other"]
    assert not a_session.can_redo
    assert a_session.is_saved is False


def test_each_volume_alone_is_compared_where_wanted(a_session):
    place(a_session)
    a_session.compare(True)
    apply(a_session)
    assert a_session.segment_names() == ["Tissue", "Tissue (T1 only)", "Tissue (T2 only)"]


def test_a_segment_restores_what_it_was_made_with(a_session):
    place(a_session)
    place(a_session, (5, 11, 9), excluded=True)
    a_session.parameters = changed(a_session.parameters, {"growing_multiplier": 2.75, "cleanup_fill_holes": True})
    apply(a_session)
    chosen, points = a_session.parameters, a_session.seeds.points()
    a_session.parameters = changed(a_session.parameters, {"growing_multiplier": 5, "cleanup_fill_holes": False})
    a_session.seeds.delete(0)
    a_session.exclusion_seeds.delete(0)
    a_session.restore("Tissue")
    assert a_session.parameters == chosen
    assert [label for label, _ in a_session.seeds.points()] == [label for label, _ in points]
    assert np.allclose(a_session.seeds.position(0), points[0][1])
    assert len(a_session.exclusion_seeds.points()) == 1


def test_every_download_is_read_back(a_session, tmp_path):
    place(a_session)
    count = apply(a_session).growing.voxel_count
    for word in FORMATS:
        made = download(a_session, word, "Tissue")
        path = tmp_path / made.name
        path.write_bytes(made.content)
        if word in ("nii", "nrrd", "segmentation"):
            assert int((read_array(path) > 0).sum()) == count
        elif word == "scene":
            with zipfile.ZipFile(path) as archive:
                assert {name.rsplit(".", 1)[-1] for name in archive.namelist()} >= {"mrml", "nrrd", "json"}
        else:
            assert json.loads(path.read_text())["result"]["voxelCount"] == count
    assert a_session.is_saved is True


def test_downloads_of_nothing_are_told(a_session):
    with pytest.raises(ValueError, match="There is no segment yet: apply first"):
        download(a_session, "nii", "Tissue")
    with pytest.raises(ValueError, match="no format of a download"):
        download(a_session, "exe", "Tissue")


def test_the_command_line_makes_the_same_segment_from_the_files(a_session, tmp_path, monkeypatch):
    place(a_session)
    count = apply(a_session).growing.voxel_count
    download(a_session, "scene", "Tissue")
    words = shlex.split(as_text(a_session, "Tissue", "command"))
    monkeypatch.chdir(tmp_path)
    assert main(words[1:]) == 0
    assert int((read_array(tmp_path / "Tissue.seg.nrrd") > 0).sum()) == count
    assert "process" in as_text(a_session, "Tissue", "python")


def test_the_live_region_grows_the_newest_choices_and_stops(a_session):
    place(a_session)
    grown, failed = [], []

    async def live() -> None:
        region = LiveRegion(a_session, lambda: None, grown.append, failed.append)
        region.ask()
        await asyncio.sleep(0)
        a_session.parameters = changed(a_session.parameters, {"growing_multiplier": 2.0})
        region.ask()
        while region.is_busy:
            await asyncio.sleep(0.01)
        a_session.seeds.delete(0)
        region.ask()
        while region.is_busy:
            await asyncio.sleep(0.01)

    asyncio.run(live())
    assert failed == []
    assert grown[-1] is None
    assert grown[-2].parameters.growing.multiplier == 2.0


def test_work_is_cancelled_between_steps(a_session, monkeypatch):
    monkeypatch.setattr("MultiModalSegmentationLib.command.app.session.growing.STEP_SECONDS", 0.0)
    place(a_session)
    with pytest.raises(Cancelled):
        asyncio.run(drained_kindly(a_session.apply_steps(), should_cancel=lambda: True))
    assert a_session.segment_names() == []
    assert not a_session.can_undo


def test_seeds_of_a_file(a_session, tmp_path):
    place(a_session)
    position = a_session.seeds.position(0)
    a_session.seeds.delete(0)
    lps = [-position[0], -position[1], position[2]]
    points = {"label": "center", "position": lps, "positionStatus": "defined"}
    markups = {"markups": [{"type": "Fiducial", "coordinateSystem": "LPS", "controlPoints": [points]}]}
    path = tmp_path / "seeds.mrk.json"
    path.write_text(json.dumps(markups))
    load_seeds(a_session, path)
    assert [label for label, _ in a_session.seeds.points()] == ["center"]
    assert np.allclose(a_session.seeds.position(0), position)


def test_a_header_comes_with_its_data_and_never_without(a_session, tmp_path):
    header, data = tmp_path / "pair.mhd", tmp_path / "pair.raw"
    sitk.WriteImage(sitk.GetImageFromArray(np.arange(60, dtype=np.int16).reshape(3, 4, 5)), str(header))
    assert load_files(a_session, [header, data]) == []
    assert [volume.GetName() for volume in a_session.all_volumes()] == ["T1", "T2", "pair"]
    assert len(a_session.volumes) == 2
    with pytest.raises(ValueError, match=r"'pair.raw' is a data file without its header"):
        load_files(a_session, [data])


def test_nothing_is_added_where_one_of_several_files_is_broken(a_session, tmp_path):
    good, broken = tmp_path / "good.nrrd", tmp_path / "broken.nii"
    sitk.WriteImage(sitk.GetImageFromArray(np.arange(60, dtype=np.int16).reshape(3, 4, 5)), str(good))
    broken.write_bytes(b"nothing")
    with pytest.raises(ValueError, match=r"broken\.nii"):
        load_files(a_session, [good, broken])
    assert len(a_session.all_volumes()) == 2


def test_an_archive_of_dicom_slices_is_one_volume(a_session, tmp_path):
    path = tmp_path / "series.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for file in write_series(tmp_path / "slices", voxels(5, 6, 8), along_z(5)).iterdir():
            archive.write(file, f"study/{file.name}")
    folder = tmp_path / "series"
    folder.mkdir()
    unpack(path, folder)
    load_files(a_session, folders_with_files(folder))
    volume = a_session.all_volumes()[-1]
    assert volume.GetImageData().GetDimensions() == (8, 6, 5)
    assert volume.GetSpacing() == pytest.approx((1.25, 1.5, 2.0))
