"""The summary of a run in plain text: a table, and what the user should know about the region."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from ...engine.model.result import BorderContact
from ...engine.model.statistics import coverage
from ...explaining.findings import FindingKind
from ...files.atomic import hidden_by_another
from ...geometry.numbers import significant
from ...parameters.settings import SeedStatistics
from .run import Run

HEADERS = ("run", "voxels", "mL", "multiplier", "coverage", "passes", "seconds")
_TOLD = (FindingKind.TOUCHES_EDGE, FindingKind.TOUCHES_FIELD_OF_VIEW, FindingKind.STOPPED)
"""What the notes say more exactly than the finding does."""

_BORDERS = {
    "grid": "the edge of the volume",
    "allowed": "the edge of the allowed voxels",
    "field of view": "the edge of a volume's field of view",
}


def summary(runs: Sequence[Run], written: Sequence[Path]) -> str:
    """Table, notes and files written, as the command line prints them; a note names its tissue where there are more."""
    headers = ("tissue", *HEADERS) if len(runs) > 1 else HEADERS
    rows = [row for run in runs for row in _rows(run)]
    lines = [*_aligned([headers, *rows], names=len(headers) - len(HEADERS) + 1), ""]
    told: dict[str, None] = {}
    for run in runs:
        of_volumes = set(_volume_notes(run))
        told |= dict.fromkeys(
            note if note in of_volumes or len(runs) == 1 else f"{run.tissue}: {note}" for note in notes(run)
        )
    hidden = [sentence for path in written if (sentence := hidden_by_another(path))]
    return "\n".join([*lines, *told, *hidden, "Written: " + ", ".join(str(path) for path in written)])


def _rows(run: Run) -> Iterator[tuple[str, ...]]:
    segmentation, seconds = run.segmentation, run.segmentation.seconds
    grown, alone = segmentation.result, segmentation.parameters.unimodal
    name = (run.tissue,) if run.is_one_of_several else ()
    yield (
        *name,
        *_row(
            " + ".join(segmentation.segmenter.names),
            (grown.voxel_count, grown.volume_ml, grown.effective_multiplier, grown.coverage),
            len(grown.passes),
            seconds[0],
        ),
    )
    for one, elapsed in zip(segmentation.unimodal, seconds[1:]):
        numbers = (one.voxel_count, one.volume_ml, alone.multiplier, coverage(alone.multiplier, 1))
        yield (*name, *_row(f"{one.name} alone", numbers, 1 + alone.iterations, elapsed))


def _row(name: str, numbers: tuple[int, float, float, float], passes: int, seconds: float) -> tuple[str, ...]:
    voxels, volume, multiplier, share = numbers
    return (
        name,
        f"{voxels:,}",
        significant(volume),
        f"{multiplier:.4g}",
        f"{100 * share:.1f} %",
        str(passes),
        f"{seconds:.2f}",
    )


def _aligned(rows: Sequence[tuple[str, ...]], names: int) -> list[str]:
    """The first columns, ``names`` of them, to the left, the others to the right."""
    widths = [max(map(len, column)) for column in zip(*rows)]
    return [
        "  ".join(
            cell.ljust(width) if n < names else cell.rjust(width) for n, (cell, width) in enumerate(zip(row, widths))
        )
        for row in rows
    ]


def notes(run: Run) -> Iterator[str]:
    """What the user should know about the region, a sentence each."""
    grown, parameters = run.segmentation.result, run.segmentation.parameters.growing
    yield from (note for volume in run.inputs.volumes for note in volume.notes)
    if grown.touches_border:
        yield f"The region reaches {_places(grown.border_contacts)}: it may have leaked."
    if grown.stopped_by == "max_volume":
        yield f"Growing stopped because the region got larger than {parameters.max_volume_ml:g} mL."
    yield from (finding.sentence() for finding in run.segmentation.findings() if finding.kind not in _TOLD)
    if parameters.seed_statistics is SeedStatistics.ITK and grown.effective_multiplier > parameters.multiplier:
        yield (
            f"The multiplier was raised from {parameters.multiplier:g} to {grown.effective_multiplier:.4g}, "
            "the farthest seed's distance, as ITK does."
        )
    yield from _smoothing_notes(run)
    if run.curve:
        yield _curve_note(run)


def _volume_notes(run: Run) -> Iterator[str]:
    """What the notes of all tissues have in common."""
    yield from (note for volume in run.inputs.volumes for note in volume.notes)
    yield from (finding.sentence() for finding in (*run.segmentation.known, *run.segmentation.volume_findings()))
    yield from _smoothing_notes(run)


def _places(contacts: Sequence[BorderContact]) -> str:
    places: dict[str, list[str]] = {}
    for contact in contacts:
        places.setdefault(_BORDERS[contact.border], []).append(f"{contact.direction} {contact.voxel_count:,}")
    return " and ".join(f"{place} ({', '.join(sides)} voxels)" for place, sides in places.items())


def _smoothing_notes(run: Run) -> Iterator[str]:
    smoothing, segmenter = run.segmentation.parameters.smoothing, run.segmentation.segmenter
    limit = segmenter.time_step_limit
    if not smoothing.iterations or smoothing.time_step <= limit:
        return
    if segmenter.time_step < smoothing.time_step:
        yield f"The time step was limited from {smoothing.time_step:g} to {segmenter.time_step:g}, for stability."
    else:
        yield f"The time step {smoothing.time_step:g} is over {limit:g}, where smoothing gets unstable at this spacing."


def _curve_note(run: Run) -> str:
    curve = run.curve
    if not curve.jumps:
        return f"The volume does not jump at any multiplier up to {curve.multipliers[-1]:.4g}."
    jumps = ", ".join(f"{multiplier:.4g}" for multiplier in curve.jumps)
    return f"The volume jumps at the multipliers {jumps}; the largest before that is {curve.suggested:.4g}."
