"""Several tissues on the command line and in a table: what ``NAME=SEEDS`` and files of several lists mean."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from ...files.markups import POINT_ENDINGS, list_names
from ...geometry.box import Index

_VOXEL = r"\s*[-+]?\d{1,9}\s*(,\s*[-+]?\d{1,9}\s*){2}"
VOXELS = re.compile(f"{_VOXEL}(;{_VOXEL})*;?\\s*")
"""Voxels as ``I,J,K; I,J,K``."""

_NAMED_VOXELS = re.compile(f"(?P<name>.*)=(?P<voxels>{VOXELS.pattern})", re.DOTALL)


@dataclass(frozen=True)
class TissueSource:
    """Where a tissue's seeds come from: voxels (i, j, k) of the first volume, or a file, or one of its lists."""

    name: str
    voxels: tuple[Index, ...] = ()
    file: Path | None = None
    list_number: int | None = None


def voxels_of(text: str) -> tuple[Index, ...]:
    """The voxels of a text that :data:`VOXELS` matches."""
    points = [point.split(",") for point in text.split(";") if point.strip()]
    return tuple((int(i), int(j), int(k)) for i, j, k in points)


def tissue_sources(texts: Sequence[str], folder: Path = Path()) -> tuple[TissueSource, ...]:
    """Each text is ``NAME=SEEDS``, seeds being voxels or a file, or a file alone, whose lists are a tissue each.

    Files are sought from ``folder``. Raises ``ValueError`` for a text that is none of these, for a file that has no
    list, and for a name that two have.
    """
    sources = [source for text in texts for source in _sources(text, folder)]
    names = [source.name for source in sources]
    for name in names:
        if names.count(name) > 1:
            raise ValueError(f"Two tissues are called '{name}': give each a name of its own.")
    return tuple(sources)


def _sources(text: str, folder: Path) -> list[TissueSource]:
    named = _NAMED_VOXELS.fullmatch(text)
    if named and named["name"].strip():
        return [TissueSource(named["name"].strip(), voxels_of(named["voxels"]))]
    is_file = text.lower().endswith(POINT_ENDINGS)
    if is_file and (folder / text).is_file():
        names = list_names(folder / text)
        if not names:
            raise ValueError(f"The file '{text}' has no point list: save a list for each tissue in it.")
        return [TissueSource(name, file=folder / text, list_number=n) for n, name in enumerate(names)]
    name, separator, file = text.partition("=")
    if not is_file or (separator and not name.strip()):
        raise ValueError(
            f"'{text}' is no tissue: give NAME=I,J,K;I,J,K, or NAME=FILE, or a .mrk.json file with a list a tissue."
        )
    if not separator or not (folder / file).is_file():
        raise ValueError(f"The file '{file or text}' of a tissue does not exist: check its name.")
    return [TissueSource(name.strip(), file=folder / file)]
