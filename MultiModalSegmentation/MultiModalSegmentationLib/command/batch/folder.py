"""The folder of a cohort: a folder a case, which is there completely or not at all.

A case is written in a folder of its own under ``.unfinished``, which then takes its place under ``cases`` by one
renaming. Whatever kills the process that writes, no half of a case is ever seen there.
"""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

RECORD = "measures.json"
"""In each case's folder: its checksum, its files, and its row of ``measures.csv``."""

RECIPE = "recipe.json"
OVERVIEW = "overview.png"
THUMBNAIL = "thumbnail.png"


@dataclass(frozen=True)
class CohortFolder:
    """Where everything about a cohort lies. The page, the table and the cases refer to each other relatively."""

    path: Path

    @property
    def page(self) -> Path:
        return self.path / "index.html"

    @property
    def measures(self) -> Path:
        return self.path / "measures.csv"

    @property
    def _unfinished(self) -> Path:
        return self.path / ".unfinished"

    def of_case(self, name: str) -> Path:
        return self.path / "cases" / name

    def prepare(self) -> None:
        """Make the folder, without what a killed run left. Raises ``ValueError`` where that is impossible."""
        try:
            self.discard_unfinished()
            for folder in (self.path, self.path / "cases", self._unfinished):
                folder.mkdir(exist_ok=True)
            with tempfile.TemporaryDirectory(dir=self._unfinished):
                pass
        except OSError as error:
            raise ValueError(
                f"The folder '{self.path}' cannot be written ({error.strerror}): choose another."
            ) from error

    def discard_unfinished(self) -> None:
        """Remove what cases left that were not finished."""
        shutil.rmtree(self._unfinished, ignore_errors=True)

    def record_of(self, name: str) -> dict[str, Any] | None:
        """The record of a case that is there with all its files, otherwise None."""
        folder = self.of_case(name)
        try:
            record = json.loads((folder / RECORD).read_text(encoding="utf-8"))
            complete = all((folder / file).is_file() for file in record["files"])
        except (OSError, ValueError, KeyError, TypeError):
            return None
        return record if complete else None

    @contextmanager
    def writing(self, name: str) -> Iterator[Path]:
        """An empty folder to write a case's files to; at the end it takes the case's place, on an error it goes.

        Raises ``ValueError`` where this machine cannot write there.
        """
        try:
            temporary = Path(tempfile.mkdtemp(dir=self._unfinished, prefix=f"{name}-"))
        except OSError as error:
            raise ValueError(
                f"The folder '{self.path}' cannot be written ({error.strerror}): "
                "every worker must see it under this name."
            ) from error
        try:
            yield temporary
            self._put_in_place(temporary, name)
        finally:
            shutil.rmtree(temporary, ignore_errors=True)

    def discard(self, name: str) -> None:
        """Remove a case's results of an earlier run, by one renaming."""
        old = tempfile.mkdtemp(dir=self._unfinished, prefix=f"{name}-old-")
        if self.of_case(name).exists():
            self.of_case(name).rename(Path(old) / "case")
        shutil.rmtree(old, ignore_errors=True)

    def _put_in_place(self, temporary: Path, name: str) -> None:
        # mkdtemp lets only this user in; the other folders let in whom the user's umask does.
        temporary.chmod(self._unfinished.stat().st_mode & 0o777)
        self.discard(name)
        temporary.rename(self.of_case(name))


def write_record(folder: Path, checksum: str, measures: Mapping[str, Any]) -> None:
    """Write the record of a case beside its files."""
    files = sorted(path.name for path in folder.iterdir())
    record = {"checksum": checksum, "files": files, "measures": dict(measures)}
    (folder / RECORD).write_text(json.dumps(record, indent=2) + "\n", encoding="utf-8")
