"""The files that ``segment`` writes: their names, whether they can be written, and writing all of them or none."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import SimpleITK as sitk

from ...engine.model.result import GrowingResult
from ...engine.unimodal import UniModalResult
from ...files.atomic import (
    LABEL_IMAGE_ENDINGS,
    check_readable_name,
    check_writable,
    ending_of,
    replacing,
    stem_of,
    write_under_any_name,
)
from ...files.images import unique_names
from ...scene.packages import require_mrml

if TYPE_CHECKING:
    from .command import Run

SEGMENTATION_ENDING = ".seg.nrrd"
SURFACE_ENDINGS = (".stl", ".obj", ".vtp")
MAXIMUM_LABEL = 65535

Writer = Callable[[Path], None]


@dataclass(frozen=True)
class Outputs:
    """Where a run writes. ``compared`` and ``smoothed`` have one file a volume, or none."""

    output: Path
    label: int
    compared: tuple[Path, ...] = ()
    smoothed: tuple[Path, ...] = ()
    figure: Path | None = None
    surface: Path | None = None
    report: Path | None = None
    leak_curve: Path | None = None
    segmentation: Path | None = None
    """A segmentation for Slicer beside a label image."""

    @property
    def is_segmentation(self) -> bool:
        return ending_of(self.output, (SEGMENTATION_ENDING,)) is not None

    @property
    def paths(self) -> list[Path]:
        """All the files, the main one first."""
        single = (self.segmentation, self.figure, self.surface, self.report, self.leak_curve)
        return [self.output, *self.compared, *self.smoothed, *(path for path in single if path)]


def plan_outputs(options: argparse.Namespace) -> Outputs:
    """Name every file that a run will write, and check that it can be.

    Raises ``ValueError`` for an unknown ending, a file that cannot be written, is an input or is named twice, and
    where the packages that a format needs are not installed.
    """
    if options.output is None:
        raise ValueError("No output is given: name the file to write by --output FILE.")
    ending = _required_ending("--output", options.output, (SEGMENTATION_ENDING, *LABEL_IMAGE_ENDINGS))
    _required_ending("--figure", options.figure, (".png",))
    _required_ending("--surface", options.surface, SURFACE_ENDINGS)
    _required_ending("--report", options.report, (".json",))
    _required_ending("--leak-curve", options.leak_curve, (".csv",))
    names = unique_names(options.volumes)
    image_ending = ".nrrd" if ending == SEGMENTATION_ENDING else ending
    stem = stem_of(options.output, ending)
    outputs = Outputs(
        options.output,
        _label(options.label, ending),
        beside(options.output, stem, names, ending) if options.compare and ending != SEGMENTATION_ENDING else (),
        tuple(options.smoothed / f"{name}-smoothed{image_ending}" for name in names) if options.smoothed else (),
        options.figure,
        options.surface,
        options.report,
        options.leak_curve,
    )
    _check_paths(outputs, options)
    if outputs.figure:
        _require_drawing(outputs.figure)
    for path in (outputs.output if outputs.is_segmentation else None, outputs.surface):
        if path:
            require_mrml(f"The file '{path}'")
    return outputs


def write_outputs(outputs: Outputs, run: Run, slice_number: int) -> None:
    """Write all the files, or, on an error, none. Raises ``ValueError`` naming the file that cannot be written."""
    writers = list(_writers(outputs, run, slice_number))
    with ExitStack() as stack:
        if outputs.smoothed:
            stack.enter_context(_folder(outputs.smoothed[0].parent))
        # Files take their places when the stack unwinds, the last one first: the main output comes last.
        for path, write in writers:
            temporary = stack.enter_context(replacing(path))
            write(temporary)
            if not temporary.exists():
                raise ValueError(f"The file '{path}' could not be written: choose another name or folder.")


def _writers(outputs: Outputs, run: Run, slice_number: int) -> Iterator[tuple[Path, Writer]]:
    results = run.results
    recipes = []
    if outputs.report or outputs.segmentation or outputs.is_segmentation:
        from .report import recipes as make_recipes

        recipes = make_recipes(run)
    yield outputs.output, _region_writer(outputs, run, recipes)
    if outputs.segmentation:
        yield outputs.segmentation, _segmentation_writer(outputs.segmentation, run, recipes)
    for path, result in zip(outputs.compared, results.unimodal):
        yield path, _image_writer(lambda result=result: label_image(result, outputs.label))
    for number, path in enumerate(outputs.smoothed):
        yield path, _image_writer(lambda number=number: results.segmenter.smoothed(number))
    if outputs.figure:
        from ...pictures.raster import write_png
        from .figure import draw_figure

        yield outputs.figure, lambda path: write_png(draw_figure(run, slice_number), path)
    if outputs.surface:
        yield outputs.surface, _surface_writer(results.growing)
    if outputs.report:
        from .report import write_report

        yield outputs.report, lambda path: write_report(run, recipes, path)
    if outputs.leak_curve:
        from .report import write_leak_curve

        yield outputs.leak_curve, lambda path: write_leak_curve(results.curve, path)


def label_image(result: GrowingResult | UniModalResult, label: int) -> sitk.Image:
    """The region on the whole grid with this value."""
    pixel_type = np.uint8 if label <= 255 else np.uint16
    whole = np.zeros(result.grid.size[::-1], pixel_type)
    whole[result.box.slices] = result.mask.astype(pixel_type) * pixel_type(label)
    return result.grid.image(whole)


def _region_writer(outputs: Outputs, run: Run, recipes: list[dict]) -> Writer:
    if not outputs.is_segmentation:
        return _image_writer(lambda: label_image(run.results.growing, outputs.label))
    return _segmentation_writer(outputs.output, run, recipes)


def _segmentation_writer(target: Path, run: Run, recipes: list[dict]) -> Writer:
    from .segmentation_file import write_segmentation

    name = stem_of(target, SEGMENTATION_ENDING)
    return lambda path: write_segmentation(run, recipes, name, path)


def _surface_writer(result: GrowingResult) -> Writer:
    from ...scene.standalone import StandaloneScene
    from ...scene.surface import surface_of_region, write_surface

    # The converters from label map to surface are registered when the module logics start.
    StandaloneScene()
    surface = surface_of_region(result.mask, result.box, result.grid)
    return lambda path: write_surface(surface, path)


def _image_writer(make: Callable[[], sitk.Image]) -> Writer:
    return lambda path: write_under_any_name(make(), path)


def _required_ending(option: str, path: Path | None, endings: Sequence[str]) -> str | None:
    if path is None:
        return None
    ending = ending_of(path, tuple(endings))
    if ending is None:
        raise ValueError(f"The file '{path}' of {option} has an unknown ending: use {', '.join(endings)}.")
    return ending


def _require_drawing(path: Path) -> None:
    """Where Slicer's own Python runs the command line, nothing has installed them."""
    try:
        import_module("...pictures.raster", __package__)
    except ImportError as error:
        raise ValueError(
            f"The file '{path}' needs the packages Pillow and anyascii ({error}): "
            "install them by pip install Pillow anyascii, or leave out --figure."
        ) from error


def _label(label: int | None, ending: str) -> int:
    if label is None:
        return 1
    if ending == SEGMENTATION_ENDING:
        raise ValueError("A label was given for a segmentation, which has names instead: leave out --label.")
    if not 1 <= label <= MAXIMUM_LABEL:
        raise ValueError(f"The label is {label}: it must be 1 to {MAXIMUM_LABEL}.")
    return label


def beside(output: Path, stem: str, names: Sequence[str], ending: str) -> tuple[Path, ...]:
    """The label images of the uni-modal regions, one a volume, beside the multi-modal one."""
    return tuple(output.parent / f"{stem}-{name}{ending}" for name in names)


def _check_paths(outputs: Outputs, options: argparse.Namespace) -> None:
    read = [*options.volumes, *(path for path in (options.seeds, options.exclude_seeds) if path)]
    taken = {path.resolve(): f"'{path}' is an input" for path in read}
    for path in outputs.paths:
        if path.resolve() in taken:
            raise ValueError(f"The file {taken[path.resolve()]} and cannot be written too: choose another name.")
        taken[path.resolve()] = f"'{path}' is written already"
        if path not in outputs.smoothed:
            check_writable(path)
    for path in (*(() if outputs.is_segmentation else (outputs.output,)), *outputs.compared, *outputs.smoothed):
        check_readable_name(path)
    if outputs.smoothed:
        folder = outputs.smoothed[0].parent
        for path in outputs.smoothed if folder.is_dir() else (folder,):
            check_writable(path)


@contextmanager
def _folder(folder: Path) -> Iterator[None]:
    """A folder that is made where it does not exist, and goes again on an error."""
    is_new = not folder.exists()
    folder.mkdir(exist_ok=True)
    try:
        yield
    except BaseException:
        if is_new:
            folder.rmdir()
        raise
