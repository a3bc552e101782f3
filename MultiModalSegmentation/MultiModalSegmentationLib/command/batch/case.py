"""One case of a cohort, start to end: what a worker runs. Nothing here knows how it got there."""

from __future__ import annotations

import io
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import SimpleITK as sitk

from ...files.images import channels_from_files, unique_names
from ...parameters.settings import AlignmentMode
from ...pictures.raster import Canvas, write_png
from ...pictures.slices import SliceView, gray, overlay, whole_slice, window_of, windowed
from ..common.options import file_problem
from ..common.progress import Progress
from ..segment.figure import region_colors
from ..segment.names import beside, transforms_beside
from ..segment.outputs import SEGMENTATION_ENDING, Outputs, write_outputs
from ..segment.run import Run, compute, figure_slice, read_inputs
from .checksum import case_checksum
from .folder import OVERVIEW, RECIPE, THUMBNAIL, CohortFolder, write_record
from .measures import Outcome, measure_all
from .table import Case

LABEL_ENDING = ".nii.gz"
THUMBNAIL_PIXELS = 160


def run_case(case: Case, folder: CohortFolder, *, resume: bool, threads: int) -> Outcome:
    """Run a case and write its files, all or none. Whatever goes wrong is the outcome's error, never raised.

    With ``resume`` a case is kept that is there already, from the same inputs with the same parameters.
    """
    sitk.ProcessObject.SetGlobalWarningDisplay(False)
    sitk.ProcessObject.SetGlobalDefaultNumberOfThreads(threads)
    try:
        checksum = case_checksum(case)
        record = folder.record_of(case.name) if resume else None
        if record and record["checksum"] == checksum:
            return Outcome(case.name, record["measures"], is_kept=True)
        return Outcome(case.name, _finished(case, folder, checksum))
    except ValueError as error:
        return Outcome(case.name, error=" ".join(str(error).split()))
    except MemoryError:
        return Outcome(case.name, error="The memory of the worker was not enough: use fewer workers on this machine.")
    except OSError as error:
        return Outcome(case.name, error=file_problem(error))
    except Exception as error:  # one case must not stop the others, whatever its files do to the libraries below
        return Outcome(case.name, error=" ".join(f"{type(error).__name__}: {error}".split()))


def _finished(case: Case, folder: CohortFolder, checksum: str) -> dict[str, Any]:
    """The measures of a case whose files are all in their place."""
    started = time.perf_counter()
    inputs = read_inputs(case.sources)
    nowhere = Progress(io.StringIO())
    runs = compute(inputs, case.parameters, curve=False, on=nowhere)
    measures = measure_all(runs, case.truth)
    with folder.writing(case.name) as temporary:
        _write_case(runs, case, temporary)
        measures["seconds"] = time.perf_counter() - started
        write_record(temporary, checksum, measures)
    return measures


def _write_case(runs: Sequence[Run], case: Case, folder: Path) -> None:
    slice_number = figure_slice(None, runs[0].inputs)
    label = folder / f"{case.name}{LABEL_ENDING}"
    names = unique_names(case.sources.volumes)
    is_aligned = case.parameters.preparation.alignment is not AlignmentMode.NONE
    outputs = Outputs(
        label,
        1,
        beside(label, case.name, names, LABEL_ENDING, [run.tissue for run in runs] if len(runs) > 1 else [])
        if case.parameters.unimodal
        else (),
        figure=folder / OVERVIEW,
        report=folder / RECIPE,
        segmentation=folder / f"{case.name}{SEGMENTATION_ENDING}",
        transforms=transforms_beside(label, case.name, names) if is_aligned else (),
    )
    write_outputs(outputs, runs, slice_number)
    write_png(_thumbnail(runs, slice_number), folder / THUMBNAIL)


def _thumbnail(runs: Sequence[Run], slice_number: int) -> Canvas:
    """A slice of the first volume with the regions."""
    first = runs[0]
    view = SliceView.fitting(first.segmentation.segmenter.grid, slice_number, THUMBNAIL_PIXELS)
    volume = channels_from_files(first.inputs.volumes[:1])[0].array
    canvas = Canvas(*view.size, (0.0, 0.0, 0.0))
    canvas.paste(gray(windowed(view.pixels(volume), window_of(volume))), 0, 0)
    for run, color in zip(runs, region_colors(runs)):
        grown = run.segmentation.result
        inside = view.plane_pixels(whole_slice(grown.mask, grown.box, view.grid, view.number))
        canvas.blend(overlay(np.asarray(inside), line=1.5), color, 0, 0)
    return canvas
