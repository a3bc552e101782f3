"""Volumes and points from files into the session."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import slicer

from ....files.images import VolumeFile, name_of, read_volume
from ....files.markups import read_markups
from ....parameters.settings import MAXIMUM_CHANNELS
from ....scene.nodes import add_volume
from ....scene.volumes import grid_of_volume
from ....workflow.sample import add_phantom
from .session import Session

COMPANIONS = (".raw", ".zraw", ".raw.gz", ".img", ".img.gz")
"""Endings of data files that a header beside them names."""


def load_volume(session: Session, path: Path) -> str:
    """Read an image file or a DICOM folder into the scene; what was left out in words.

    It takes the first free place of the choice. Raises ``ValueError`` naming the file that cannot be read.
    """
    volume = read_volume(path, name_of(path))
    return _add(session, volume, path)


def load_files(session: Session, paths: Sequence[Path]) -> list[str]:
    """Read what was given together: headers with the data files beside them. What was left out, a sentence each.

    Raises ``ValueError`` for the first file that cannot be read; none is added then.
    """
    headers = [path for path in paths if not path.name.lower().endswith(COMPANIONS)]
    if not headers:
        raise ValueError(f"'{paths[0].name}' is a data file without its header: give both together.")
    volumes = [(read_volume(path, name_of(path)), path) for path in headers]
    return list(filter(None, (_add(session, volume, path) for volume, path in volumes)))


def load_sample(session: Session, size: tuple[int, int, int] | None = None) -> None:
    """The head phantom with its suggested seeds, in place of the volumes and points chosen before."""
    sample = add_phantom(session.scene, size)
    session.volumes = [sample.t1, sample.t2]
    session.seeds.take(sample.seeds)
    session.exclusion_seeds.take(None)


def load_seeds(session: Session, path: Path) -> None:
    """The points of a markups file as seeds, in place of those before. Raises ``ValueError`` naming the file."""
    reference = session.volumes[0]
    points = read_markups(path, grid_of_volume(reference), reference.GetName())
    node = session.seeds.node
    with slicer.util.NodeModify(node):
        node.RemoveAllControlPoints()
        for point in points:
            number = node.AddControlPointWorld(*point.ras)
            node.SetNthControlPointLabel(number, point.label)


def _add(session: Session, volume: VolumeFile, path: Path) -> str:
    node = add_volume(session.scene, volume.image, session.scene.GenerateUniqueName(volume.name))
    session.files[node.GetID()] = path
    session.volumes = [*session.volumes, node][:MAXIMUM_CHANNELS]
    return " ".join(volume.notes)
