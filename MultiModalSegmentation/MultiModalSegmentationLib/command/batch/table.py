"""The table of a cohort: a row a case, checked as a whole before the first case runs."""

from __future__ import annotations

import argparse
import copy
import os
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from ...files.markups import POINT_ENDINGS
from ...files.restrictions import Places
from ...files.tables import read_rows
from ...geometry.box import Index
from ...parameters.presets import Parameters
from ...parameters.settings import MAXIMUM_CHANNELS
from ..common.options import parameter_parser, parameters_from
from ..common.tissues import VOXELS, TissueSource, tissue_sources, voxels_of
from ..segment.run import Sources

VOLUME_COLUMNS = tuple(f"volume{number}" for number in range(1, MAXIMUM_CHANNELS + 1))
PLACES = ("roi", "mask", "mask_outside", "mask_segment")
COLUMNS = ("case", *VOLUME_COLUMNS, "seeds", "tissues", "exclusion_seeds", "truth", *PLACES)
REQUIRED_COLUMNS = ("case", "volume1", "volume2")
BETWEEN_TISSUES = "|"
LONGEST_NAME = 100

_UNUSABLE_IN_NAMES = re.compile(r'[/\\:*?"<>|\x00-\x1f]|^\.|[. ]$|^(con|prn|aux|nul|com\d|lpt\d)(\.|$)', re.IGNORECASE)
PARAMETERS = {action.option_strings[0][2:]: action for action in parameter_parser()._actions}
_FLAGS = {name for name, action in PARAMETERS.items() if action.nargs == 0}
_YES_NO = {"yes": True, "true": True, "1": True, "no": False, "false": False, "0": False}


@dataclass(frozen=True)
class Case:
    """What one row asks for. Paths are absolute: they travel to the worker, the volumes do not."""

    name: str
    sources: Sources
    truth: Path | None
    parameters: Parameters

    @property
    def files(self) -> list[Path]:
        """All the files and folders that the case reads."""
        return [*self.sources.files, *([self.truth] if self.truth else [])]


class TableError(ValueError):
    """A table that cannot be run: ``problems`` has a sentence for each thing to put right, with its row."""

    def __init__(self, problems: Sequence[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = tuple(problems)


def read_cases(table: Path, options: argparse.Namespace) -> list[Case]:
    """The cases of a CSV file, with the parameters in ``options`` where the row gives none of its own.

    Rows count as in a spreadsheet: the column names are row 1. Raises ``TableError`` with all that is wrong.
    """
    try:
        rows = read_rows(table)
    except ValueError as error:
        raise TableError([str(error)]) from error
    columns = _checked_columns(table, rows[0])
    cases: list[Case] = []
    problems: list[str] = []
    taken: dict[str, int] = {}
    for number, cells in enumerate(rows[1:], 2):
        if not any(cell.strip() for cell in cells):
            continue
        row = _Row(table.parent, dict(zip(columns, (cell.strip() for cell in cells))), options)
        found = list(_misfit(cells, columns)) or list(row.problems(taken))
        problems += [f"Row {number}: {problem}" for problem in found]
        taken.setdefault(row.cells.get("case", "").casefold(), number)
        if not problems:
            cases.append(row.case())
    if problems:
        raise TableError(problems)
    if not cases:
        raise TableError([f"The table '{table}' has no case: give each case a row below the column names."])
    return cases


class _Row:
    """One row: its cells by column, and what they mean."""

    def __init__(self, folder: Path, cells: Mapping[str, str], options: argparse.Namespace) -> None:
        self.cells = cells
        self._folder = folder
        self._options = options

    def problems(self, taken: Mapping[str, int]) -> Iterator[str]:
        """What is wrong with this row, a sentence each; ``taken`` are the rows of the names before."""
        name = self.cells["case"]
        yield from _name_problems(name, taken)
        yield from self._volume_problems()
        for column in ("seeds", "exclusion_seeds"):
            yield from self._seed_problems(column)
        yield from self._tissue_problems()
        for column in ("truth", *PLACES[:3]):
            path = self._path(column)
            if path and not path.exists():
                yield f"the {column.replace('_', ' ')} '{self.cells[column]}' does not exist: check its name."
        if self.cells.get("mask") and self.cells.get("mask_outside"):
            yield "the columns 'mask' and 'mask_outside' are both given: give one of them."
        yield from self._parameter_problems()

    def case(self) -> Case:
        """The case of a row without problems."""
        seed, seeds = self._points("seeds")
        exclude, exclude_seeds = self._points("exclusion_seeds")
        options = self._parsed()
        volumes = tuple(path for _, path in self._volumes())
        sources = Sources(volumes, seed, seeds, exclude, exclude_seeds, self._places(), tissues=self._tissues())
        return Case(self.cells["case"], sources, self._path("truth"), parameters_from(options))

    def _places(self) -> Places:
        mask, outside = self._path("mask"), self._path("mask_outside")
        return Places(self._path("roi"), mask or outside, outside is None, self.cells.get("mask_segment") or None)

    def _volumes(self) -> list[tuple[str, Path]]:
        return [(column, self._path(column)) for column in VOLUME_COLUMNS if self.cells.get(column)]

    def _volume_problems(self) -> Iterator[str]:
        volumes = self._volumes()
        for column in ("volume1", "volume2"):
            if not self.cells[column]:
                yield f"the column '{column}' is empty: give two or more volumes of the same anatomy."
        for number, (column, path) in enumerate(volumes):
            if not path.exists():
                yield f"the volume '{self.cells[column]}' does not exist: check its name."
            elif any(path.resolve() == other.resolve() for _, other in volumes[:number]):
                yield f"the volume '{self.cells[column]}' is given twice: give different volumes."

    def _seed_problems(self, column: str) -> Iterator[str]:
        text = self.cells.get(column, "")
        if not text:
            if column == "seeds" and not self.cells.get("tissues"):
                yield "the column 'seeds' is empty: name a .mrk.json or .fcsv file, or voxels as i,j,k; i,j,k."
        elif text.lower().endswith(POINT_ENDINGS):
            if not self._path(column).is_file():
                yield f"the file '{text}' of '{column}' does not exist: check its name."
        elif not VOXELS.fullmatch(text):
            yield f"'{text}' in '{column}' is no seed: name a .mrk.json or .fcsv file, or voxels as i,j,k; i,j,k."

    def _tissue_problems(self) -> Iterator[str]:
        if self.cells.get("tissues") and self.cells.get("seeds"):
            yield "the columns 'seeds' and 'tissues' are both given: give one of them."
        try:
            self._tissues()
        except ValueError as error:
            yield f"in the column 'tissues': {error}"

    def _parameter_problems(self) -> Iterator[str]:
        try:
            parameters_from(self._parsed())
        except argparse.ArgumentError as error:
            column = (error.argument_name or "").lstrip("-")
            yield f"in the column '{column}', {error.message}."
        except ValueError as error:
            yield str(error)[0].lower() + str(error)[1:]

    def _parsed(self) -> argparse.Namespace:
        """The command's options with those of the row in their place."""
        given = {column: text for column, text in self.cells.items() if text and column not in COLUMNS}
        options = copy.copy(self._options)
        for column in _FLAGS & set(given):
            answer = _YES_NO.get(given[column].lower())
            if answer is None:
                raise ValueError(f"In the column '{column}', '{given[column]}' is neither yes nor no.")
            setattr(options, column.replace("-", "_"), answer)
            del given[column]
        return parameter_parser().parse_args([f"--{column}={text}" for column, text in given.items()], options)

    def _points(self, column: str) -> tuple[tuple[Index, ...], Path | None]:
        text = self.cells.get(column, "")
        if text.lower().endswith(POINT_ENDINGS):
            return (), self._path(column)
        return voxels_of(text), None

    def _tissues(self) -> tuple[TissueSource, ...]:
        texts = [text.strip() for text in self.cells.get("tissues", "").split(BETWEEN_TISSUES)]
        folder = Path(os.path.abspath(self._folder))  # noqa: PTH100 - resolve() follows links
        return tissue_sources([text for text in texts if text], folder)

    def _path(self, column: str) -> Path | None:
        text = self.cells.get(column)
        return Path(os.path.abspath(self._folder / text)) if text else None  # noqa: PTH100 - resolve() follows links


def _checked_columns(table: Path, names: Sequence[str]) -> list[str]:
    columns = [_normalized(name) for name in names]
    known = [*COLUMNS, *PARAMETERS]
    problems = [
        f"Row 1: the column '{name}' is unknown: the columns are {', '.join(known)}."
        for name, column in zip(names, columns)
        if column not in known
    ]
    problems += [
        f"Row 1: the column '{name}' is there twice: remove one."
        for number, name in enumerate(columns)
        if name in columns[:number]
    ]
    required = [*REQUIRED_COLUMNS, *([] if "tissues" in columns else ["seeds"])]
    problems += [f"Row 1: the column '{name}' is missing." for name in required if name not in columns]
    if problems:
        raise TableError(problems)
    return columns


def _normalized(name: str) -> str:
    """Parameters may be written with underscores too, and all columns in capitals."""
    column = name.strip().lower()
    words = column.replace("-", "_")
    return words if words in COLUMNS else column.replace("_", "-")


def _misfit(cells: Sequence[str], columns: Sequence[str]) -> Iterator[str]:
    if len(cells) != len(columns):
        yield (
            f"there are {len(cells)} cells for {len(columns)} columns: put a cell that holds what separates the cells, "
            "such as voxels, in double quotes."
        )


def _name_problems(name: str, taken: Mapping[str, int]) -> Iterator[str]:
    if not name:
        yield "the column 'case' is empty: give each case a name."
    elif _UNUSABLE_IN_NAMES.search(name) or len(name) > LONGEST_NAME:
        yield f"the name '{name}' cannot name a folder: use letters, digits, '-' and '_'."
    elif name.casefold() in taken:
        yield f"the name '{name}' is that of row {taken[name.casefold()]} already: give each case its own."
