"""The checksum of a case: equal for equal inputs and parameters, whatever their files are called."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

from ... import __version__
from ...files.formats.reading import files_of
from ...recipes.plain import plain
from .table import Case

_BLOCK = 1 << 20


def case_checksum(case: Case) -> str:
    """SHA-256 of all that the result depends on: every input's bytes, the parameters, this program's version.

    Raises ``OSError`` for a file that cannot be read.
    """
    sources, places = case.sources, case.sources.places
    content = {
        "version": __version__,
        "volumes": [_bytes_of(path) for path in case.sources.volumes],
        "seeds": [sources.seed_voxels, _bytes_of(sources.seeds_file)],
        "tissues": [[one.name, one.voxels, _bytes_of(one.file), one.list_number] for one in sources.tissues],
        "exclusionSeeds": [sources.exclusion_voxels, _bytes_of(sources.exclusion_file)],
        "places": [_bytes_of(places.roi), _bytes_of(places.mask), places.mask_inside, places.segment],
        "truth": _bytes_of(case.truth),
        "parameters": plain(case.parameters),
    }
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()


def _bytes_of(path: Path | None) -> str | None:
    """SHA-256 of a file with the voxels it refers to, or of all the files of a folder with their names."""
    if path is None:
        return None
    digest = hashlib.sha256()
    for part in files_of(path):
        if path.is_dir():
            digest.update(str(part.relative_to(path)).encode())
        _add(digest, part)
    return digest.hexdigest()


def _add(digest: hashlib._Hash, path: Path) -> None:
    with path.open("rb") as file:
        while block := file.read(_BLOCK):
            digest.update(block)
