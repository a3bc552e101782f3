"""Which files hold a volume's voxels, and how many bytes each must have: what a format's header says.

ITK reads what is missing as 0 in some formats, and stops with words of its own in others.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum
from pathlib import Path

from ...geometry.errors import VolumeTypeError
from .compressed import check_deflated, check_length
from .damage import cut_short, refuse_stand_in

_TOKENS_AT_A_TIME = 1 << 22


class Encoding(Enum):
    """How voxels are stored."""

    RAW = "raw"
    DEFLATED = "zlib or gzip"
    TEXT = "numbers as text"
    UNCHECKED = "anything else: left to the format's reader"


@dataclass(frozen=True)
class Part:
    """A file with voxels: ``size`` bytes of them (or numbers, as text), after decompression, behind ``offset``."""

    path: Path
    offset: int
    size: int


@dataclass(frozen=True)
class Layout:
    """The parts of a volume in their order, beside its header or in it."""

    header: Path
    parts: tuple[Part, ...]
    encoding: Encoding = Encoding.RAW

    @property
    def files(self) -> tuple[Path, ...]:
        """The header and the files with voxels, each once."""
        return tuple(dict.fromkeys([self.header, *(part.path for part in self.parts)]))

    def check(self) -> None:
        """Raise ``VolumeTypeError`` naming the file that is missing, damaged or shorter than the header says."""
        for part in self.parts:
            if part.path != self.header:
                _check_present(self.header, part.path)
            if self.encoding is Encoding.RAW:
                check_length(part.path, part.offset, part.size)
            elif self.encoding is Encoding.DEFLATED:
                check_deflated(part.path, part.offset, part.size)
            elif self.encoding is Encoding.TEXT:
                _check_numbers(part)


def no_header(path: Path, kind: str) -> VolumeTypeError:
    """The error for a header that does not say what it must."""
    return VolumeTypeError(
        f"The volume '{path}' cannot be read as an image: its content is no valid {kind} header; export it again."
    )


def too_few_files(path: Path, count: int, needed: int) -> VolumeTypeError:
    """The error for a header that names fewer data files than its size needs."""
    return VolumeTypeError(
        f"The volume '{path}' is cut short: it names {count} of the {needed} data files that its size needs; "
        "complete the list, or export it again."
    )


def pattern_numbers(path: Path, words: list[str]) -> range:
    """The numbers of a pattern ``first last step``. Raises ``VolumeTypeError`` for one that names no file."""
    try:
        first, last, step = (int(float(word)) for word in words)
        numbers = range(first, last + (1 if step > 0 else -1), step)
    except (ValueError, OverflowError):
        numbers = range(0)
    if not 0 < len(numbers) <= 1_000_000:
        raise VolumeTypeError(
            f"The volume '{path}' names its data files by a pattern without first number, last number and step: "
            "write them behind it, such as 'slice%03d.raw 1 20 1'."
        )
    return numbers


def formatted(path: Path, pattern: str, number: int) -> str:
    """The file name of a pattern such as ``s%03d.raw`` for a number."""
    try:
        return pattern % number
    except (ValueError, TypeError, OverflowError, MemoryError):
        raise VolumeTypeError(
            f"The volume '{path}' names its data files by the pattern '{pattern}', which has no one place for a "
            "number: write it such as 'slice%03d.raw'."
        ) from None


def _check_present(header: Path, data: Path) -> None:
    if not data.is_file():
        raise VolumeTypeError(
            f"The volume '{header}' has voxels in a file '{data.name}', which is not there: put it beside it."
        )
    refuse_stand_in(data)


def _check_numbers(part: Part) -> None:
    held = sum(_token_counts(part))
    if held < part.size:
        raise cut_short(part.path, held, part.size)


def _token_counts(part: Part) -> Iterator[int]:
    with part.path.open("rb") as file:
        file.seek(part.offset)
        carried = b""
        while block := file.read(_TOKENS_AT_A_TIME):
            words = (carried + block).split()
            carried = words.pop() if words and not block[-1:].isspace() else b""
            yield len(words)
        yield len(carried.split())
