"""What the user takes home: each format as the bytes of one file, with its name."""

from __future__ import annotations

import json
import re
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from ....geometry.errors import EmptyRegionError
from ....recipes.recipe import Recipe
from ....scene.export import export_labelmap, write_scene, write_segmentation_file
from ....scene.segments import recipe_of
from ....workflow.command_line import command_line
from ....workflow.scripts import python_script
from .session import Session


@dataclass(frozen=True)
class Download:
    """A file: its name and its bytes."""

    name: str
    content: bytes


@dataclass(frozen=True)
class Format:
    """What can be downloaded: an ending, what it is, and what writes it."""

    ending: str
    title: str
    write: Callable[[Session, str, Path], None]


def _write_labels(session: Session, segment: str, path: Path) -> None:
    export_labelmap(session.segmentation, segment, path)


def _write_report(session: Session, segment: str, path: Path) -> None:
    text = json.dumps(dict(recipe(session, segment).content), indent=2, allow_nan=False)
    path.write_text(text + "\n", encoding="utf-8")


FORMATS = {
    "nii": Format(".nii.gz", "Label image (NIfTI)", _write_labels),
    "nrrd": Format(".nrrd", "Label image (NRRD)", _write_labels),
    "segmentation": Format(
        ".seg.nrrd",
        "All segments for Slicer",
        lambda session, _segment, path: write_segmentation_file(session.segmentation, path),
    ),
    "scene": Format(
        ".mrb", "The whole scene for Slicer", lambda session, _segment, path: write_scene(session.scene, path)
    ),
    "report": Format(".json", "Report", _write_report),
}
"""By a word for each."""


def download(session: Session, word: str, segment: str) -> Download:
    """A file with the segment of this name, or all of them.

    Raises ``ValueError`` where there is no such segment or format.
    """
    if word not in FORMATS:
        raise ValueError(f"'{word}' is no format of a download: choose one of {', '.join(FORMATS)}.")
    if segment not in session.segment_names():
        raise EmptyRegionError("There is no segment yet: apply first.")
    chosen = FORMATS[word]
    name = file_name("scene" if word == "scene" else segment) + chosen.ending
    with tempfile.TemporaryDirectory(prefix="download-") as folder:
        path = Path(folder) / name
        try:
            chosen.write(session, segment, path)
        except OSError as error:
            raise ValueError(
                f"The file '{name}' cannot be made ({error.strerror or error}): free disk space."
            ) from error
        content = path.read_bytes()
    if word in ("segmentation", "scene"):
        session.is_saved = True
    return Download(name, content)


def recipe(session: Session, segment: str) -> Recipe:
    """What a segment was made with. Raises ``ValueError`` where it was not made here."""
    found = recipe_of(session.segmentation, session.segmentation.GetSegmentation().GetSegmentIdBySegmentName(segment))
    if found is None:
        raise ValueError(f"The segment '{segment}' has no recipe of this tool: choose one that was made here.")
    return found


def as_text(session: Session, segment: str, kind: str) -> str:
    """The command line ("command") or the Python script ("python") that repeats a segment.

    Raises ``ValueError`` where it cannot be said so.
    """
    made_with = recipe(session, segment)
    return python_script(made_with) if kind == "python" else command_line(made_with, session.scene)


def file_name(name: str) -> str:
    """A segment's name as that of a file on any system."""
    return re.sub(r"[^\w .-]", "_", name).strip(" .") or "segment"
