"""What the files beside the main output are called."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from ...files.atomic import stem_of
from ...files.transforms import TRANSFORM_ENDING


def beside(output: Path, stem: str, names: Sequence[str], ending: str, tissues: Sequence[str] = ()) -> tuple[Path, ...]:
    """The label images of the uni-modal regions, one a volume, beside the multi-modal one; of each tissue."""
    return tuple(
        output.parent / f"{stem}{tissue}-{name}{ending}"
        for tissue in [f"-{file_name(one)}" for one in tissues] or [""]
        for name in names
    )


def surfaces_of(path: Path | None, ending: str | None, tissues: Sequence[str]) -> tuple[Path, ...]:
    """A surface a tissue, beside the one asked for; that one where there is only one tissue."""
    if path is None or not tissues:
        return (path,) if path else ()
    stem = stem_of(path, ending)
    return tuple(path.parent / f"{stem}-{file_name(tissue)}{path.name[len(stem) :]}" for tissue in tissues)


def file_name(tissue: str) -> str:
    """A tissue's name as a part of a file's."""
    return "".join(c if c.isalnum() or c in " ._-" else "_" for c in tissue).strip(" .") or "tissue"


def transforms_beside(output: Path, stem: str, names: Sequence[str]) -> tuple[Path, ...]:
    """The transforms of the further volumes, beside the region."""
    return tuple(output.parent / f"{stem}-{name}{TRANSFORM_ENDING}" for name in names[1:])
