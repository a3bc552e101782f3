"""MetaImage files (``.mha``, ``.mhd``): where their headers say that the voxels are."""

from __future__ import annotations

import math
from pathlib import Path

from .layout import Encoding, Layout, Part, formatted, no_header, pattern_numbers, too_few_files

_LONGEST_HEADER = 1 << 20
_BYTES = {
    **dict.fromkeys(("MET_CHAR", "MET_UCHAR", "MET_ASCII_CHAR"), 1),
    **dict.fromkeys(("MET_SHORT", "MET_USHORT"), 2),
    **dict.fromkeys(("MET_INT", "MET_UINT", "MET_LONG", "MET_ULONG", "MET_FLOAT"), 4),
    **dict.fromkeys(("MET_LONG_LONG", "MET_ULONG_LONG", "MET_DOUBLE"), 8),
}


def metaimage_layout(path: Path) -> Layout:
    """Raises ``VolumeTypeError`` for a file without a MetaImage header."""
    fields, end, rest = _fields(path)
    try:
        sizes = [int(number) for number in fields["dimsize"].split()]
        voxel = _BYTES[fields["elementtype"].removesuffix("_ARRAY")] * int(fields.get("elementnumberofchannels", "1"))
        skipped = int(fields.get("headersize", "0"))
        data = fields["elementdatafile"]
    except (KeyError, ValueError):
        raise no_header(path, "MetaImage") from None
    if not sizes or min(sizes) < 1 or voxel < 1:
        raise no_header(path, "MetaImage")
    encoding = _encoding(fields)
    if encoding is Encoding.TEXT:
        voxel = int(fields.get("elementnumberofchannels", "1"))
    whole = math.prod(sizes) * voxel
    if data.upper() == "LOCAL":
        return Layout(path, (Part(path, end, whole),), encoding)
    names, dimensions = _data_files(path, data, rest, sizes)
    each = math.prod(sizes[:dimensions]) * voxel
    if len(names) * each < whole:
        raise too_few_files(path, len(names), whole // each)
    parts = []
    for name in names[: whole // each]:
        file = path.parent / name
        offset = max(file.stat().st_size - each, 0) if skipped == -1 and file.is_file() else max(skipped, 0)
        parts.append(Part(file, offset, each))
    return Layout(path, tuple(parts), encoding)


def _fields(path: Path) -> tuple[dict[str, str], int, list[str]]:
    """The fields by their names in small letters, where the header ends, and the lines behind it."""
    with path.open("rb") as file:
        raw = file.read(_LONGEST_HEADER)
    fields: dict[str, str] = {}
    position = 0
    while position < len(raw):
        end = raw.find(b"\n", position)
        end = len(raw) if end < 0 else end
        key, separator, value = raw[position:end].decode("utf-8", "surrogateescape").partition("=")
        position = end + 1
        if separator:
            fields[key.strip().lower()] = value.strip()
        if key.strip().lower() == "elementdatafile":
            lines = raw[position:].decode("utf-8", "surrogateescape").splitlines()
            return fields, position, [line.strip() for line in lines if line.strip()]
    raise no_header(path, "MetaImage")


def _encoding(fields: dict[str, str]) -> Encoding:
    if fields.get("compresseddata", "").lower() in ("true", "1"):
        return Encoding.DEFLATED
    if fields.get("binarydata", fields.get("binary", "true")).lower() in ("false", "0"):
        return Encoding.TEXT
    return Encoding.RAW


def _data_files(path: Path, data: str, rest: list[str], sizes: list[int]) -> tuple[list[str], int]:
    """The names of the data files, and how many of the volume's dimensions each one holds."""
    words = data.split()
    if words[:1] and words[0].upper() == "LIST":
        digits = words[1].rstrip("Dd") if len(words) > 1 else ""
        return rest, int(digits) if digits.isdigit() else max(len(sizes) - 1, 1)
    if "%" in data and len(words) > 1 and not (path.parent / data).is_file():
        numbers = pattern_numbers(path, words[1:4])
        return [formatted(path, words[0], number) for number in numbers], max(len(sizes) - 1, 1)
    if not data:
        raise no_header(path, "MetaImage")
    return [data], len(sizes)
