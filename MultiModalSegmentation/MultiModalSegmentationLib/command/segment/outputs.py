"""The files that ``segment`` writes: their names, whether they can be written, and writing all of them or none."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path

import SimpleITK as sitk

from ...files.atomic import (
    LABEL_IMAGE_ENDINGS,
    check_readable_name,
    check_writable,
    ending_of,
    replacing,
    stem_of,
    write_under_any_name,
)
from ...files.dicom_segmentation import (
    DICOM_ENDING,
    DicomSegment,
    require_dicom_output,
    write_dicom_segmentation,
)
from ...files.formats.reading import files_of
from ...files.images import unique_names
from ...files.labels import SEGMENTATION_ENDING
from ...files.transforms import write_transform
from ...geometry.region import Region, label_array
from ...parameters.colors import tissue_color
from ...parameters.settings import AlignmentMode
from ...recipes.recipe import Recipe
from ...scene.packages import require_mrml
from .names import beside, surfaces_of, transforms_beside
from .run import Run, Sources

OUTPUT_ENDINGS = (SEGMENTATION_ENDING, DICOM_ENDING, *LABEL_IMAGE_ENDINGS)
SURFACE_ENDINGS = (".stl", ".obj", ".vtp")
MAXIMUM_LABEL = 65535

Writer = Callable[[Path], None]


@dataclass(frozen=True)
class Outputs:
    """Where a run writes. ``compared`` and ``smoothed`` have one file a volume, or none; ``compared`` one a tissue and
    volume, and ``surfaces`` one a tissue."""

    output: Path
    label: int
    compared: tuple[Path, ...] = ()
    smoothed: tuple[Path, ...] = ()
    figure: Path | None = None
    surfaces: tuple[Path, ...] = ()
    report: Path | None = None
    leak_curve: Path | None = None
    segmentation: Path | None = None
    """A segmentation for Slicer beside a label image."""

    transforms: tuple[Path, ...] = ()
    """What aligned each further volume."""

    @property
    def is_segmentation(self) -> bool:
        return ending_of(self.output, (SEGMENTATION_ENDING,)) is not None

    @property
    def is_dicom(self) -> bool:
        return ending_of(self.output, (DICOM_ENDING,)) is not None

    @property
    def segment_name(self) -> str:
        """What the region is called in a segmentation."""
        return stem_of(self.output, ending_of(self.output, OUTPUT_ENDINGS))

    @property
    def paths(self) -> list[Path]:
        """All the files, the main one first."""
        single = (self.segmentation, self.figure, *self.surfaces, self.report, self.leak_curve)
        return [self.output, *self.compared, *self.smoothed, *self.transforms, *(path for path in single if path)]


def plan_outputs(options: argparse.Namespace, sources: Sources) -> Outputs:
    """Name every file that a run will write, and check that it can be.

    Raises ``ValueError`` for an unknown ending, a file that cannot be written, is an input or is named twice, and
    where the packages that a format needs are not installed.
    """
    if options.output is None:
        raise ValueError("No output is given: name the file to write by --output FILE.")
    ending = _required_ending("--output", options.output, OUTPUT_ENDINGS)
    _required_ending("--figure", options.figure, (".png",))
    surface_ending = _required_ending("--surface", options.surface, SURFACE_ENDINGS)
    _required_ending("--report", options.report, (".json",))
    _required_ending("--leak-curve", options.leak_curve, (".csv",))
    names = unique_names(sources.volumes)
    image_ending = ".nrrd" if ending in (SEGMENTATION_ENDING, DICOM_ENDING) else ending
    stem = stem_of(options.output, ending)
    tissues = [one.name for one in sources.tissues] if len(sources.tissues) > 1 else []
    is_compared = options.compare and ending != SEGMENTATION_ENDING
    outputs = Outputs(
        options.output,
        _label(options.label, ending, tissues),
        beside(options.output, stem, names, image_ending, tissues) if is_compared else (),
        tuple(options.smoothed / f"{name}-smoothed{image_ending}" for name in names) if options.smoothed else (),
        options.figure,
        surfaces_of(options.surface, surface_ending, tissues),
        options.report,
        options.leak_curve,
        transforms=transforms_beside(options.output, stem, names) if options.align == AlignmentMode.RIGID.value else (),
    )
    _check_paths(outputs, sources)
    if outputs.figure:
        _require_drawing(outputs.figure)
    if outputs.is_dicom:
        require_dicom_output(outputs.output, sources.volumes[0])
    for path in (outputs.output if outputs.is_segmentation else None, *outputs.surfaces):
        if path:
            require_mrml(f"The file '{path}'")
    return outputs


def write_outputs(outputs: Outputs, runs: Sequence[Run], slice_number: int) -> None:
    """Write all the files, of one tissue or several, or, on an error, none.

    Raises ``ValueError`` naming the file that cannot be written.
    """
    writers = list(_writers(outputs, runs, slice_number))
    with ExitStack() as stack:
        if outputs.smoothed:
            stack.enter_context(_folder(outputs.smoothed[0].parent))
        # Files take their places when the stack unwinds, the last one first: the main output comes last.
        for path, write in writers:
            temporary = stack.enter_context(replacing(path))
            write(temporary)
            if not temporary.exists():
                raise ValueError(f"The file '{path}' could not be written: choose another name or folder.")


def _writers(outputs: Outputs, runs: Sequence[Run], slice_number: int) -> Iterator[tuple[Path, Writer]]:
    segmentations = [run.segmentation for run in runs]
    recipes = []
    if outputs.report or outputs.segmentation or outputs.is_segmentation:
        from .report import recipes as make_recipes

        recipes = [make_recipes(run, outputs.segment_name) for run in runs]
    yield outputs.output, _region_writer(outputs, runs, recipes)
    if outputs.segmentation:
        yield outputs.segmentation, _segmentation_writer(runs, recipes)
    for path, volume in zip(outputs.transforms, runs[0].inputs.volumes[1:]):
        yield path, lambda path, moved=volume.transform: write_transform(moved or sitk.Transform(), path)
    alone = [(n, result) for n, one in enumerate(segmentations) for result in one.unimodal]
    for path, (number, result) in zip(outputs.compared, alone):
        yield path, _image_writer(lambda result=result, label=outputs.label + number: result.label_image(label))
    for number, path in enumerate(outputs.smoothed):
        yield path, _image_writer(lambda number=number: segmentations[0].segmenter.smoothed(number))
    if outputs.figure:
        from ...pictures.raster import write_png
        from .figure import draw_figure

        yield outputs.figure, lambda path: write_png(draw_figure(runs, slice_number), path)
    for path, one in zip(outputs.surfaces, segmentations):
        yield path, _surface_writer(one.result)
    if outputs.report:
        from .report import write_report

        yield outputs.report, lambda path: write_report(runs, recipes, path)
    if outputs.leak_curve:
        from .report import write_leak_curve

        yield outputs.leak_curve, lambda path: write_leak_curve(runs, path)


def _region_writer(outputs: Outputs, runs: Sequence[Run], recipes: list[list[Recipe]]) -> Writer:
    if outputs.is_segmentation:
        return _segmentation_writer(runs, recipes)
    results = [run.segmentation.result for run in runs]
    if outputs.is_dicom:
        names = [run.tissue if len(runs) > 1 else outputs.segment_name for run in runs]
        segments = {n: DicomSegment(name, tissue_color(n - 1)) for n, name in enumerate(names, 1)}
        volume = runs[0].inputs.volumes[0]
        return lambda path: write_dicom_segmentation(path, label_array(results), segments, volume)
    return _image_writer(lambda: results[0].grid.image(label_array(results, outputs.label)))


def _segmentation_writer(runs: Sequence[Run], recipes: list[list[Recipe]]) -> Writer:
    from .segmentation_file import write_segmentation

    segmentations = [run.segmentation for run in runs]
    return lambda path: write_segmentation(segmentations, runs[0].inputs.volumes[0], recipes, path)


def _surface_writer(result: Region) -> Writer:
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


def _label(label: int | None, ending: str, tissues: Sequence[str]) -> int:
    if label is None:
        return 1
    if tissues:
        raise ValueError("A label was given for several tissues, which have the values from 1 on: leave out --label.")
    if ending in (SEGMENTATION_ENDING, DICOM_ENDING):
        raise ValueError("A label was given for a segmentation, which has names instead: leave out --label.")
    if not 1 <= label <= MAXIMUM_LABEL:
        raise ValueError(f"The label is {label}: it must be 1 to {MAXIMUM_LABEL}.")
    return label


def _check_paths(outputs: Outputs, sources: Sources) -> None:
    read = [file for path in sources.files if path.is_file() for file in files_of(path)]
    taken = {path.resolve(): f"'{path}' is an input" for path in [*read, *sources.files]}
    for path in outputs.paths:
        # MetaImage keeps its voxels in a file of their own.
        beside_it = path.with_suffix(".zraw") if path.suffix == ".mhd" else path
        if beside_it.resolve() in taken:
            raise ValueError(
                f"The file '{path}' would be written over {taken[beside_it.resolve()]}: choose another name."
            )
        if path.resolve() in taken:
            raise ValueError(f"The file {taken[path.resolve()]} and cannot be written too: choose another name.")
        taken[path.resolve()] = f"'{path}' is written already"
        if path not in outputs.smoothed:
            check_writable(path)
    is_image = not (outputs.is_segmentation or outputs.is_dicom)
    for path in (*((outputs.output,) if is_image else ()), *outputs.compared, *outputs.smoothed):
        check_readable_name(path)
    if outputs.smoothed:
        folder = outputs.smoothed[0].parent
        if folder.exists() and not folder.is_dir():
            raise ValueError(f"The folder '{folder}' of --smoothed is a file: choose another name.")
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
