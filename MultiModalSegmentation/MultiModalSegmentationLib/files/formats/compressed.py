"""Bytes of a file, decompressed where they are compressed, and how many there are: missing ones are never made up."""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from .damage import cut_short, damaged

_GZIP_MAGIC = b"\x1f\x8b"
_BLOCK = 1 << 20
_MOST_ZLIB_MAKES_OF_A_BYTE = 1032
_GZIP, _GZIP_OR_ZLIB = zlib.MAX_WBITS | 16, zlib.MAX_WBITS | 32


def is_gzip(path: Path) -> bool:
    """Whether a file's content is compressed by gzip, whatever it is called."""
    with path.open("rb") as file:
        return file.read(2) == _GZIP_MAGIC


def first_bytes(path: Path, count: int) -> bytes:
    """A file's first bytes, or all where it has fewer, decompressed where gzip compressed it."""
    if not is_gzip(path):
        with path.open("rb") as file:
            return file.read(count)
    start = b""
    for block in _decompressed(path, _GZIP, 0):
        start += block
        if len(start) >= count:
            break
    return start[:count]


def read_voxels(path: Path, offset: int, needed: int) -> np.ndarray:
    """``needed`` bytes, as uint8, behind the first ``offset`` ones, both decompressed where gzip compressed the file.

    Raises ``VolumeTypeError`` for a file that has not so many, or whose compressed data are damaged.
    """
    if not is_gzip(path):
        check_length(path, offset, needed)
        return np.fromfile(path, np.uint8, needed, offset=offset)
    _check_claim(path, needed)
    voxels = np.empty(needed, np.uint8)
    position = -offset
    # To the end, past the voxels: only there the checksum of the whole is compared.
    for block in _decompressed(path, _GZIP, 0):
        start, stop = max(position, 0), min(position + len(block), needed)
        if start < stop:
            voxels[start:stop] = np.frombuffer(block, np.uint8)[start - position : stop - position]
        position += len(block)
    if position < needed:
        raise cut_short(path, max(position, 0), needed)
    return voxels


def check_length(path: Path, offset: int, needed: int) -> None:
    """Raise ``VolumeTypeError`` unless ``needed`` bytes follow the first ``offset`` ones, decompressed by gzip."""
    if is_gzip(path):
        _check_claim(path, needed)
        held = sum(map(len, _decompressed(path, _GZIP, 0))) - offset
    else:
        held = path.stat().st_size - offset
    if held < needed:
        raise cut_short(path, max(held, 0), needed)


def check_deflated(path: Path, offset: int, needed: int) -> None:
    """As :func:`check_length`, for data compressed by zlib or gzip from ``offset`` on."""
    _check_claim(path, needed)
    held = sum(map(len, _decompressed(path, _GZIP_OR_ZLIB, offset)))
    if held < needed:
        raise cut_short(path, held, needed)


def _check_claim(path: Path, needed: int) -> None:
    if path.stat().st_size * _MOST_ZLIB_MAKES_OF_A_BYTE < needed:
        raise cut_short(path, path.stat().st_size, needed)


def _decompressed(path: Path, window: int, offset: int) -> Iterator[bytes]:
    """A zlib or gzip stream, or several one after the other, block by block; what is there of one that is cut."""
    stream = zlib.decompressobj(window)
    try:
        with path.open("rb") as file:
            file.seek(offset)
            while block := file.read(_BLOCK):
                while block:
                    yield stream.decompress(block, _BLOCK)
                    block = stream.unconsumed_tail
                    if stream.eof:
                        block = stream.unused_data
                        if not block.startswith(_GZIP_MAGIC):
                            return
                        stream = zlib.decompressobj(window)
    except zlib.error as error:
        raise damaged(path) from error
