"""``segment``: from image files and seeds to a region and everything that explains it.

All is computed first and written last, so that an error or Ctrl+C leaves every file as it was.
"""

from __future__ import annotations

import argparse
import sys

import SimpleITK as sitk

from ...files.restrictions import Places
from ...parameters.settings import AlignmentMode
from ..common.options import parameters_from
from ..common.progress import Progress
from ..common.tissues import tissue_sources
from .outputs import plan_outputs, write_outputs
from .run import Sources, compute, figure_slice, read_inputs
from .summary import summary


def run(options: argparse.Namespace) -> int:
    """Run ``segment``. Raises ``ValueError`` or a subclass, in one sentence, for what the user can put right."""
    sitk.ProcessObject.SetGlobalWarningDisplay(False)
    parameters = parameters_from(options)
    sources = _sources(options)
    outputs = plan_outputs(options, sources)
    inputs = read_inputs(sources)
    slice_number = figure_slice(options.slice, inputs)
    with Progress(sys.stderr) as progress:
        runs = compute(inputs, parameters, curve=bool(options.leak_curve), on=progress)
        progress.show("Writing")
        write_outputs(outputs, runs, slice_number)
    print(summary(runs, outputs.paths))
    return 0


def _sources(options: argparse.Namespace) -> Sources:
    if options.transform and options.align == AlignmentMode.RIGID.value:
        raise ValueError("--align rigid and --transform are both given: the volumes are aligned, or moved as given.")
    if options.mask and options.mask_outside:
        raise ValueError("--mask and --mask-outside are both given: the region stays inside one mask, or outside it.")
    places = Places(
        options.roi, options.mask or options.mask_outside, options.mask_outside is None, options.mask_segment
    )
    return Sources(
        tuple(options.volumes),
        tuple(map(tuple, options.seed)),
        options.seeds,
        tuple(map(tuple, options.exclude)),
        options.exclude_seeds,
        places,
        tuple(options.transform),
        tissue_sources(options.tissue),
    )
