"""NRRD files (``.nrrd``, ``.nhdr``): where their headers say that the voxels are."""

from __future__ import annotations

import math
from pathlib import Path

from .layout import Encoding, Layout, Part, formatted, no_header, pattern_numbers, too_few_files

_LONGEST_HEADER = 1 << 20
_NAMES = {
    1: "signed char|int8|int8_t|uchar|unsigned char|uint8|uint8_t",
    2: "short|short int|signed short|signed short int|int16|int16_t|"
    "ushort|unsigned short|unsigned short int|uint16|uint16_t",
    4: "int|signed int|int32|int32_t|uint|unsigned int|uint32|uint32_t|float",
    8: "longlong|long long|long long int|signed long long|signed long long int|int64|int64_t|ulonglong|"
    "unsigned long long|unsigned long long int|uint64|uint64_t|double",
}
_BYTES = {name: size for size, names in _NAMES.items() for name in names.split("|")}
_ENCODINGS = {
    "raw": Encoding.RAW,
    "gzip": Encoding.DEFLATED,
    "gz": Encoding.DEFLATED,
    "txt": Encoding.TEXT,
    "text": Encoding.TEXT,
    "ascii": Encoding.TEXT,
}


def nrrd_layout(path: Path) -> Layout:
    """Raises ``VolumeTypeError`` for a file without an NRRD header."""
    fields, end, rest = _fields(path)
    try:
        sizes = [int(number) for number in fields["sizes"].split()]
        voxel = _BYTES[fields["type"].lower()]
        skipped = int(fields.get("byteskip", "0"))
        lines = int(fields.get("lineskip", "0"))
        encoding = _ENCODINGS.get(fields["encoding"].lower(), Encoding.UNCHECKED)
    except (KeyError, ValueError):
        raise no_header(path, "NRRD") from None
    if not sizes or min(sizes) < 1:
        raise no_header(path, "NRRD")
    if lines:
        # Where lines end is a question of content, not of the header's numbers.
        encoding = Encoding.UNCHECKED
    whole = math.prod(sizes) * (1 if encoding is Encoding.TEXT else voxel)
    if "datafile" not in fields:
        return Layout(path, (Part(path, end + max(skipped, 0), whole),), encoding)
    names, count = _data_files(path, fields["datafile"], rest, sizes)
    if not names or len(names) < count:
        raise too_few_files(path, len(names), count)
    each = whole // count
    parts = []
    for name in names[:count]:
        file = path.parent / name
        offset = skipped if encoding is Encoding.RAW else 0
        if skipped == -1:
            offset = max(file.stat().st_size - each, 0) if encoding is Encoding.RAW and file.is_file() else 0
        parts.append(Part(file, offset, each))
    return Layout(path, tuple(parts), encoding)


def _fields(path: Path) -> tuple[dict[str, str], int, list[str]]:
    """The fields by their names in small letters without blanks, where the header ends, and the lines of a list."""
    with path.open("rb") as file:
        raw = file.read(_LONGEST_HEADER)
    if not raw.startswith(b"NRRD"):
        raise no_header(path, "NRRD")
    fields: dict[str, str] = {}
    rest: list[str] = []
    position = raw.find(b"\n") + 1
    while 0 < position < len(raw):
        end = raw.find(b"\n", position)
        end = len(raw) if end < 0 else end
        line = raw[position:end].decode("utf-8", "surrogateescape").strip()
        position = end + 1
        if not line:
            break
        if line.startswith("#"):
            continue
        if fields.get("datafile", "").upper().startswith("LIST"):
            rest.append(line)
            continue
        key, separator, value = line.partition(":")
        if separator and not value.startswith("="):
            fields[key.strip().lower().replace(" ", "")] = value.strip()
    return fields, position, rest


def _data_files(path: Path, data: str, rest: list[str], sizes: list[int]) -> tuple[list[str], int]:
    """The names of the data files, and how many of them the volume needs."""
    words = data.split()
    if words[:1] and words[0].upper() == "LIST":
        names, further = rest, words[1:]
    elif "%" in data and len(words) > 1 and not (path.parent / data).is_file():
        names = [formatted(path, words[0], number) for number in pattern_numbers(path, words[1:4])]
        further = words[4:]
    else:
        return [data], 1
    dimensions = int(further[0]) if further and further[0].isdigit() else len(sizes) - 1
    if dimensions >= len(sizes):
        # Slabs of the slowest axis: the files share it in equal parts.
        return names, len(names)
    return names, math.prod(sizes[dimensions:])
