"""The app in a real browser, used as a person uses it: every step leaves a picture.

``MULTIMODAL_SEGMENTATION_PICTURES`` names a folder that keeps them.
"""

from __future__ import annotations

import json
import os
import shutil
import time
import zipfile
from pathlib import Path

import numpy as np
import pytest
import SimpleITK as sitk
from app_browser import BROWSER, DRIVER, AppPage
from app_helpers import App
from command_line_helpers import SPACING, image, two_volumes, write_two_volumes
from opengl_helpers import need_opengl

pytestmark = pytest.mark.skipif(not (BROWSER and DRIVER), reason="chromium or chromedriver is not installed")


@pytest.fixture(scope="module")
def pictures(tmp_path_factory) -> Path:
    kept = os.environ.get("MULTIMODAL_SEGMENTATION_PICTURES")
    folder = Path(kept) if kept else tmp_path_factory.mktemp("pictures")
    folder.mkdir(parents=True, exist_ok=True)
    return folder


@pytest.fixture(scope="module")
def an_app(tmp_path_factory):
    need_opengl()
    app = App(write_two_volumes(tmp_path_factory.mktemp("volumes")), tmp_path_factory.mktemp("temporary"))
    yield app
    app.stop()


@pytest.fixture(scope="module")
def a_page(an_app, pictures, tmp_path_factory):
    page = AppPage(pictures, tmp_path_factory.mktemp("downloads"))
    page.open(an_app.address)
    yield page
    page.close()


def test_01_it_opens_and_says_what_is_missing(a_page):
    a_page.until("!!get('missing')")
    assert a_page.get("missing") == "Place at least one seed into the tissue that you want."
    assert [one["title"] for one in a_page.get("volumes")] == ["T1", "T2"]
    assert not a_page.find("#apply").is_enabled()
    assert "secret" not in a_page.browser.current_url
    a_page.picture("opened")


def test_02_a_click_places_a_seed_and_the_region_appears(a_page):
    before = a_page.pixels("Red")
    a_page.mode("seed")
    a_page.click("Red")
    a_page.until("get('seed_rows').length === 1 && get('facts').length > 0")
    (row,) = a_page.get("seed_rows")
    assert row["label"] == "S-1"
    assert len(row["values"]) == 2
    a_page.until_pixels("Red", lambda now: now.shape == before.shape and (now != before).any(axis=-1).sum() > 500)
    volume = voxels(a_page)
    assert 300 < volume < 1500
    a_page.picture("seed")


def test_03_keys_switch_to_exclusion_seeds_and_leave_placing(a_page):
    a_page.key("x")
    a_page.until("get('mouse') === 'exclude'")
    a_page.click("Red", 0.30, 0.0)
    a_page.until("get('exclusion_rows').length === 1 && get('exclusion_rows')[0].distance")
    assert a_page.get("exclusion_rows")[0]["label"] == "X-1"
    a_page.escape()
    a_page.until("get('mouse') === 'look'")
    a_page.picture("exclusion")


def test_04_a_point_is_dragged_and_the_region_follows(a_page):
    before = a_page.get("seed_rows")[0]
    a_page.drag("Red", (0.0, 0.0), (0.04, 0.04))
    a_page.until(f"get('seed_rows')[0].position !== '{before['position']}' && get('seed_rows')[0].distance")
    assert len(a_page.get("seed_rows")) == 1
    assert a_page.get("seed_rows")[0]["values"] != before["values"]
    a_page.picture("dragged")


def test_05_points_are_renamed(a_page):
    name = a_page.find("[data-points=seeds] input")
    name.clear()
    name.send_keys("Tumor\n")
    a_page.until("get('seed_rows')[0].label === 'Tumor'")
    assert a_page.get("seed_rows")[0]["label"] == "Tumor"


def test_06_parameters_change_the_region_and_errors_stand_beside_them(a_page):
    a_page.write("growing_multiplier", "2.5")
    a_page.until("get('facts').some((fact) => fact.name === 'Effective multiplier' && fact.value === '2.5')")
    smaller = voxels(a_page)
    a_page.write("growing_multiplier", "99")
    a_page.until("get('field_errors').growing_multiplier")
    assert a_page.get("field_errors")["growing_multiplier"] == "Multiplier is 99: give 0.05 to 15."
    a_page.picture("error beside a parameter")
    a_page.write("growing_multiplier", "3")
    a_page.until("!get('field_errors').growing_multiplier && get('facts').some((fact) => fact.value === '3')")
    assert voxels(a_page) > smaller


def test_07_the_wheel_scrolls_and_the_slider_tells_where(a_page):
    before = a_page.get("offset_Red")
    a_page.wheel("Red", 120)
    a_page.until(f"Math.abs(get('offset_Red') - {before}) > 0.5")
    assert abs(abs(a_page.get("offset_Red") - before) - SPACING[2]) < 0.1
    a_page.wheel("Red", -120)
    a_page.until(f"Math.abs(get('offset_Red') - {before}) < 0.1")


def test_08_apply_undo_and_redo(a_page):
    expected = voxels(a_page)
    a_page.press("#apply")
    a_page.until("get('segments').length === 1 && get('can_undo') && !get('is_applying')")
    assert a_page.get("message").startswith("Tissue: ")
    assert f"{expected:,} voxels" in a_page.get("message")
    assert a_page.get("unsaved") is True
    a_page.picture("applied")
    a_page.press("#undo")
    a_page.until("get('segments').length === 0 && get('can_redo')")
    a_page.key("y")
    a_page.until("get('segments').length === 1 && get('can_undo')")


def test_09_charts(a_page):
    a_page.press("#leak")
    a_page.press("#scatter")
    a_page.until("get('leak_chart') && get('scatter_chart')")
    a_page.until("document.querySelector('#leak_chart .bk-Figure, #leak_chart > div')?.offsetHeight > 100")
    assert a_page.get("suggested") is None
    a_page.scroll_to("#leak_chart")
    a_page.picture("charts")


def test_09_a_click_into_the_leak_curve_sets_the_multiplier(a_page):
    a_page.click_on("#leak_chart", 0.6)
    a_page.until("get('growing_multiplier') > 3.5")
    assert 3.5 < a_page.get("growing_multiplier") < 6
    a_page.write("growing_multiplier", "3")
    a_page.until("get('facts').some((fact) => fact.name === 'Effective multiplier' && fact.value === '3')")


@pytest.mark.parametrize(
    ("word", "name"),
    [
        ("nii", "Tissue.nii.gz"),
        ("nrrd", "Tissue.nrrd"),
        ("segmentation", "Tissue.seg.nrrd"),
        ("scene", "scene.mrb"),
        ("report", "Tissue.json"),
    ],
)
def test_10_downloads_are_read_back(a_page, word, name):
    path = a_page.download(word, name)
    count = (
        int(a_page.get("message").split(" voxels")[0].split()[-1].replace(",", ""))
        if "voxels" in a_page.get("message")
        else voxels(a_page)
    )
    if word == "report":
        report = json.loads(path.read_text())
        assert report["result"]["voxelCount"] == count
        assert report["seeds"][0]["label"] == "Tumor"
    elif word == "scene":
        with zipfile.ZipFile(path) as archive:
            names = archive.namelist()
        assert any(one.endswith(".mrml") for one in names)
        assert any(one.endswith(".seg.nrrd") for one in names)
    else:
        read = sitk.ReadImage(str(path))
        assert int((sitk.GetArrayViewFromImage(read) > 0).sum()) == count
        assert read.GetSpacing() == pytest.approx(SPACING)


def test_11_saved_segments_no_longer_ask(a_page):
    a_page.until("get('unsaved') === false")
    assert a_page.get("unsaved") is False


def test_12_the_command_line_is_copied(a_page):
    a_page.press("[data-copy=command]")
    a_page.until("document.getElementById('copied').textContent")
    text = a_page.find("#copied").text
    assert text.startswith("multimodal-segmentation segment ")
    assert "--multiplier=3.0" in text
    assert "T1.nrrd" in text


def test_13_a_file_that_is_broken_is_told_beside_the_files(a_page, tmp_path):
    broken = tmp_path / "broken.nii.gz"
    broken.write_bytes(b"no image")
    a_page.upload(broken)
    a_page.until("get('load_error')")
    assert "broken.nii.gz" in a_page.get("load_error")
    assert str(tmp_path) not in a_page.get("load_error")
    assert len(a_page.get("volumes")) == 2
    a_page.picture("broken file")


def test_14_two_files_on_other_grids_are_uploaded_and_used(a_page, tmp_path):
    paths = [tmp_path / "CT.nii.gz", tmp_path / "PET.nii"]
    t1, t2 = two_volumes()
    sitk.WriteImage(t1, str(paths[0]))
    coarse = sitk.Resample(t2, [13, 12, 20], sitk.Transform(), sitk.sitkLinear, t2.GetOrigin(), (3.0, 2.5, 2.0))
    sitk.WriteImage(coarse, str(paths[1]))
    a_page.upload(*paths)
    a_page.until("get('volumes').length === 4")
    assert [one["title"] for one in a_page.get("volumes")] == ["T1", "T2", "CT", "PET"]
    assert a_page.get("load_error") == ""
    a_page.choose(0, "CT")
    a_page.choose(1, "PET")
    a_page.until("get('facts').some((fact) => fact.name === 'PET')")
    assert voxels(a_page) > 100
    a_page.picture("uploaded")


def test_15_volumes_that_do_not_overlap_are_told(a_page, tmp_path):
    far = tmp_path / "far.nrrd"
    sitk.WriteImage(
        image(np.arange(26 * 24 * 20, dtype=np.int16).reshape(20, 24, 26), origin=(900, 900, 900)), str(far)
    )
    a_page.upload(far)
    a_page.until("get('volumes').length === 5")
    a_page.choose(1, "far")
    a_page.until("get('error')")
    assert "no common field of view" in a_page.get("error")
    assert a_page.find("#error").is_displayed()
    assert abs(a_page.get("offset_Red") - 23.0) < 3.0
    assert a_page.pixels("Red").mean() > 10
    a_page.picture("no overlap")
    a_page.choose(1, "PET")
    a_page.until("!get('error') && get('facts').length")


def test_16_a_segment_is_restored(a_page):
    a_page.press("#restore")
    a_page.until("get('volume_0') === get('volumes')[0].value && get('volume_1') === get('volumes')[1].value")
    assert a_page.get("growing_multiplier") == 3
    a_page.until("get('facts').some((fact) => fact.name === 'T2')")


def test_17_the_page_loaded_anew_has_everything(a_page):
    before = {name: a_page.get(name) for name in ("seed_rows", "exclusion_rows", "segments", "growing_multiplier")}
    a_page.browser.refresh()
    a_page.ready()
    assert {name: a_page.get(name) for name in before} == before
    a_page.picture("loaded anew")


def test_18_another_window_is_told(a_page, an_app):
    first = a_page.browser.current_window_handle
    a_page.browser.switch_to.new_window("tab")
    a_page.browser.get(an_app.address)
    assert "open in another window" in a_page.browser.find_element("tag name", "body").text
    a_page.picture("second window")
    a_page.browser.close()
    a_page.browser.switch_to.window(first)
    assert a_page.get("segments") == ["Tissue"]


def test_19_dark_single_view_and_twice_the_size(a_page):
    a_page.press("[title='Light or dark']")
    a_page.until("get('dark') === true")
    a_page.press("[value=Green]")
    a_page.until("get('layout') === 'Green'")
    a_page.browser.set_window_size(1500, 1000)
    a_page.browser.execute_script("document.body.style.zoom = 1.5")
    time.sleep(1)
    a_page.picture("dark")
    a_page.browser.execute_script("document.body.style.zoom = 1")


def test_20_nothing_was_asked_of_the_internet_and_nothing_failed(a_page, an_app):
    assert a_page.foreign_requests() == []
    assert a_page.script_errors() == []
    assert "Traceback" not in an_app.errors()


def test_21_the_program_ends_and_is_started_again(a_page, an_app, tmp_path):
    assert an_app.stop() in (0, 130)
    a_page.until("document.querySelector('.lost')")
    assert "connection to the program is lost" in a_page.find(".lost").text
    a_page.picture("ended")
    again = App(write_two_volumes(tmp_path), tmp_path)
    try:
        assert again.key != an_app.key
        a_page.open(again.address)
        assert a_page.get("seed_rows") == []
    finally:
        again.stop()
    assert not list(again.uploads.glob("uploads-*"))
    shutil.rmtree(again.uploads)


def voxels(page) -> int:
    """The voxels that the results tell."""
    return int(page.get("facts")[0]["remark"].split()[0].replace(",", ""))
