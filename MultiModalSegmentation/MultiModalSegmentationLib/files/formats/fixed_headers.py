"""Formats whose header stands at the start of one file: GIPL, VTK, MRC, TIFF, BioRad."""

from __future__ import annotations

import math
import re
import struct
from collections.abc import Callable
from pathlib import Path

from ...geometry.errors import VolumeTypeError
from .compressed import first_bytes
from .layout import Encoding, Layout, Part, no_header

_GIPL_BYTES = {1: 1, 7: 1, 8: 1, 15: 2, 16: 2, 31: 4, 32: 4, 64: 4, 65: 8}
_GIPL_HEADER, _MRC_HEADER, _BIORAD_HEADER = 256, 1024, 76
_MRC_BYTES = {0: 1, 1: 2, 2: 4, 3: 4, 4: 8, 6: 2}
_VTK_BYTES = {
    **dict.fromkeys(("char", "unsigned_char", "signed_char", "vtktypeint8", "vtktypeuint8"), 1),
    **dict.fromkeys(("short", "unsigned_short", "vtktypeint16", "vtktypeuint16"), 2),
    **dict.fromkeys(("int", "unsigned_int", "float", "vtktypeint32", "vtktypeuint32"), 4),
    **dict.fromkeys(("long", "unsigned_long", "double", "vtktypeint64", "vtktypeuint64"), 8),
}
_LONGEST_VTK_HEADER = 1 << 16
_BIG_TIFF = 43


def gipl_layout(path: Path) -> Layout:
    """Raises ``VolumeTypeError`` for a file without a GIPL header."""
    raw = first_bytes(path, _GIPL_HEADER)
    if len(raw) < _GIPL_HEADER:
        raise no_header(path, "GIPL")
    *sizes, kind = struct.unpack(">5H", raw[:10])
    if kind not in _GIPL_BYTES or min(sizes[:3]) < 1:
        raise no_header(path, "GIPL")
    return Layout(path, (Part(path, _GIPL_HEADER, math.prod(max(n, 1) for n in sizes) * _GIPL_BYTES[kind]),))


def mrc_layout(path: Path) -> Layout:
    """Raises ``VolumeTypeError`` for a file without an MRC header."""
    raw = first_bytes(path, _MRC_HEADER)
    if len(raw) < _MRC_HEADER:
        raise no_header(path, "MRC")
    for order in "<>":
        *sizes, mode = struct.unpack(f"{order}4i", raw[:16])
        (extended,) = struct.unpack(f"{order}i", raw[92:96])
        if mode in _MRC_BYTES and min(sizes) > 0 and max(sizes) < 1 << 20 and extended >= 0:
            return Layout(path, (Part(path, _MRC_HEADER + extended, math.prod(sizes) * _MRC_BYTES[mode]),))
    raise no_header(path, "MRC")


def biorad_layout(path: Path) -> Layout:
    """Raises ``VolumeTypeError`` for a file without a BioRad header."""
    raw = first_bytes(path, _BIORAD_HEADER)
    if len(raw) < _BIORAD_HEADER:
        raise no_header(path, "BioRad")
    sizes = struct.unpack("<3h", raw[:6])
    (one_byte,) = struct.unpack("<h", raw[14:16])
    if min(sizes) < 1:
        raise no_header(path, "BioRad")
    return Layout(path, (Part(path, _BIORAD_HEADER, math.prod(sizes) * (1 if one_byte else 2)),))


def vtk_layout(path: Path) -> Layout:
    """Legacy VTK files of structured points. Raises ``VolumeTypeError`` for others."""
    raw = first_bytes(path, _LONGEST_VTK_HEADER)
    sizes = re.search(rb"^\s*DIMENSIONS\s+(\d+)\s+(\d+)\s+(\d+)", raw, re.MULTILINE | re.IGNORECASE)
    kind = re.search(
        rb"^\s*(SCALARS|VECTORS|COLOR_SCALARS|TENSORS)[ \t]+(\S+)[ \t]*(\S*)[ \t]*(\S*)[ \t]*\r?\n",
        raw,
        re.MULTILINE | re.IGNORECASE,
    )
    is_text = re.search(rb"^\s*(ASCII|BINARY)\s", raw, re.MULTILINE | re.IGNORECASE)
    if not raw.startswith(b"# vtk") or not sizes or not kind or not is_text:
        raise no_header(path, "VTK image")
    count = math.prod(int(number) for number in sizes.groups())
    end, name = kind.end(), kind[3].decode("latin-1").lower()
    if kind[1].upper() == b"SCALARS":
        count *= int(kind[4]) if kind[4].isdigit() else 1
        table = re.compile(rb"\s*LOOKUP_TABLE[^\n]*\n", re.IGNORECASE).match(raw, end)
        end = table.end() if table else end
    elif kind[1].upper() in (b"VECTORS", b"TENSORS"):
        count *= 3 if kind[1].upper() == b"VECTORS" else 9
    if is_text[1].upper() == b"ASCII":
        return Layout(path, (Part(path, end, count),), Encoding.TEXT)
    if name not in _VTK_BYTES:
        return Layout(path, (Part(path, end, 0),), Encoding.UNCHECKED)
    return Layout(path, (Part(path, end, count * _VTK_BYTES[name]),))


def tiff_layout(path: Path) -> Layout:
    """Checks the chain of a TIFF's pages: libtiff reads those before the first that is missing, as if it were all."""
    data = first_bytes(path, path.stat().st_size)
    order = {b"II": "<", b"MM": ">"}.get(data[:2])
    if order is None:
        raise no_header(path, "TIFF")
    try:
        is_big = struct.unpack_from(f"{order}H", data, 2)[0] == _BIG_TIFF
        pointer, entry, counter = ("Q", 20, "Q") if is_big else ("I", 12, "H")
        (page,) = struct.unpack_from(f"{order}{pointer}", data, 8 if is_big else 4)
        seen: set[int] = set()
        while page and page not in seen:
            seen.add(page)
            (entries,) = struct.unpack_from(f"{order}{counter}", data, page)
            (page,) = struct.unpack_from(
                f"{order}{pointer}", data, page + struct.calcsize(f"{order}{counter}") + entries * entry
            )
    except struct.error:
        raise VolumeTypeError(
            f"The file '{path}' is cut short: not all of its pages are there; copy, download or export it again."
        ) from None
    return Layout(path, (), Encoding.UNCHECKED)


FIXED_LAYOUTS: dict[str, Callable[[Path], Layout]] = {
    ".gipl": gipl_layout,
    ".gipl.gz": gipl_layout,
    ".vtk": vtk_layout,
    ".mrc": mrc_layout,
    ".rec": mrc_layout,
    ".pic": biorad_layout,
    ".tif": tiff_layout,
    ".tiff": tiff_layout,
}
