"""A made bias field is taken out of the volume, as far as the tissue's own spread; nothing else changes."""

import numpy as np
import pytest
import SimpleITK as sitk
from engine_cases import array_of
from moved_pairs import bias_field
from scipy import ndimage

from MultiModalSegmentationLib import ArrayImage, Cancelled, Grid, bias_corrected
from MultiModalSegmentationLib.geometry.errors import VolumeTypeError
from MultiModalSegmentationLib.phantom.head import Tissue, make_phantom


@pytest.fixture(scope="module")
def phantom():
    return make_phantom((64, 76, 64))


def variation(values, labels, tissue):
    inside = ndimage.binary_erosion(labels == tissue)
    return values[inside].std() / values[inside].mean()


def test_a_made_field_is_taken_out_on_any_number_of_threads(phantom):
    clean, labels = array_of(phantom.t1), array_of(phantom.truth)
    field = bias_field(clean.shape, 0.3, np.random.default_rng(3))
    values = (clean * field).astype(np.float32)
    values[:6] = np.nan
    biased = ArrayImage(values, Grid.of(phantom.t1), "T1")
    before = sitk.ProcessObject.GetGlobalDefaultNumberOfThreads()
    corrected = bias_corrected(biased)
    sitk.ProcessObject.SetGlobalDefaultNumberOfThreads(before + 2)
    again = bias_corrected(biased)
    sitk.ProcessObject.SetGlobalDefaultNumberOfThreads(before)
    assert (corrected.name, corrected.array.dtype) == ("T1", np.float32) and corrected.grid is biased.grid
    assert np.array_equal(np.isnan(corrected.array), np.isnan(values))
    assert np.array_equal(corrected.array, again.array, equal_nan=True)
    labels[:6] = Tissue.BACKGROUND
    spreads = [variation(v, labels, Tissue.WHITE_MATTER) for v in (values, corrected.array, clean)]
    assert spreads[0] > 1.4 * spreads[2]
    assert spreads[1] < spreads[2] + 0.25 * (spreads[0] - spreads[2])
    white = labels == Tissue.WHITE_MATTER
    assert corrected.array[white].mean() == pytest.approx(clean[white].mean(), rel=0.1)


def test_progress_and_cancel(phantom):
    told = []
    with pytest.raises(Cancelled):
        bias_corrected(phantom.t1, on_progress=told.append, should_cancel=lambda: len(told) > 2)
    assert len(told) == 3 and told == sorted(told)


def test_negative_values_are_refused_by_name():
    values = np.random.default_rng(0).uniform(-1000, 1000, (12, 12, 12))
    with pytest.raises(VolumeTypeError, match="CT has negative values"):
        bias_corrected(ArrayImage(values, Grid((12, 12, 12), np.eye(4)), "CT"))
