"""``batch``: a table of cases in, for each its segmentation, and for all of them a table of measures and a page out."""

from __future__ import annotations

import argparse
import importlib.util
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

import SimpleITK as sitk

from ...files.atomic import replacing
from ..common.options import EXIT_INTERRUPTED, EXIT_USER_ERROR
from ..common.progress import Progress
from .cohort import reasons_to_look
from .folder import CohortFolder
from .measures import Outcome, write_measures
from .progress import BatchProgress
from .table import Case, TableError, read_cases

if TYPE_CHECKING:
    from distributed import Client

EXIT_CASE_FAILED = 1
GIGABYTE = 2**30
PACKAGES = ("dask", "distributed", "bokeh", "slicer", "vtk")


def run(options: argparse.Namespace) -> int:
    """Run ``batch``; its exit status: 0, 1 where a case failed, 2 for a table that cannot be run, 130 on Ctrl+C."""
    _check(options)
    # What a format's library makes of a broken header is told in the case's row.
    sitk.ProcessObject.SetGlobalWarningDisplay(False)
    try:
        cases = read_cases(options.cases, options)
    except TableError as error:
        print(*error.problems, sep="\n", file=sys.stderr)
        return EXIT_USER_ERROR
    folder = CohortFolder(options.output.absolute())
    folder.prepare()
    try:
        with Progress(sys.stderr) as line:
            progress = BatchProgress(len(cases), line, sys.stderr.isatty())
            try:
                outcomes = _run_all(cases, folder, options, progress)
            except KeyboardInterrupt:
                line.show("")
                print(progress.interrupted(), file=sys.stderr)
                return EXIT_INTERRUPTED
            line.show("Writing")
            _write_cohort(folder, outcomes)
    finally:
        folder.discard_unfinished()
    print(f"{progress.summary()} Written: {folder.page}, {folder.measures}")
    return EXIT_CASE_FAILED if progress.failed else 0


def _check(options: argparse.Namespace) -> None:
    missing = [name for name in PACKAGES if not importlib.util.find_spec(name)]
    if missing:
        raise ValueError(
            f"The command 'batch' needs the package {missing[0]}: "
            "install what it needs by pip install 'multimodal-segmentation[batch]'."
        )
    if options.workers is not None and options.workers < 1:
        raise ValueError(f"The number of workers is {options.workers}: it must be at least 1.")
    if options.workers and options.scheduler:
        raise ValueError("A running cluster has its own workers: leave out --workers or --scheduler.")


def _run_all(
    cases: Sequence[Case], folder: CohortFolder, options: argparse.Namespace, progress: BatchProgress
) -> list[Outcome]:
    """The outcomes in the order of the table, each shown when it comes."""
    from .run import run_cases

    ended: dict[str, Outcome] = {}
    with _client(cases, options) as (client, threads):
        for outcome in run_cases(client, cases, folder, resume=options.resume, threads=threads):
            if outcome.error:
                folder.discard(outcome.name)
            ended[outcome.name] = outcome
            progress.add(outcome)
    return [ended[case.name] for case in cases]


@contextmanager
def _client(cases: Sequence[Case], options: argparse.Namespace) -> Iterator[tuple[Client, int]]:
    """A Dask client, and the threads that a case may use: one on a cluster, whose workers share their machines."""
    from .resources import crew_for
    from .run import local_client, remote_client

    if options.scheduler:
        with remote_client(options.scheduler) as client:
            yield client, 1
        return
    crew = crew_for(cases, options.workers)
    if crew.needed > crew.memory:
        print(
            f"The largest case needs about {crew.needed / GIGABYTE:.1f} GB, and each of {crew.workers} workers has "
            f"{crew.memory / GIGABYTE:.1f} GB: it may fail.",
            file=sys.stderr,
        )
    with local_client(crew) as client:
        yield client, crew.threads


def _write_cohort(folder: CohortFolder, outcomes: Sequence[Outcome]) -> None:
    from .page import write_page

    outcomes = [one for outcome in outcomes for one in outcome.each()]
    reasons = reasons_to_look(outcomes)
    with replacing(folder.measures) as temporary:
        write_measures(outcomes, reasons, temporary)
    with replacing(folder.page) as temporary:
        write_page(outcomes, reasons, temporary)
