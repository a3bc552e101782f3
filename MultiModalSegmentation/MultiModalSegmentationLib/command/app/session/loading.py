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

FEWEST = 2
"""Places of the choice that uploaded volumes fill by themselves: a third one would change a region that is there."""

COMPANIONS = (".raw", ".zraw", ".raw.gz", ".img", ".img.gz")
"""Endings of data files that a header beside them names."""


def load_volume(session: Session, path: Path) -> str:
    """Read an image file or a DICOM folder into the scene; what was left out in words.

    It takes the next place of the choice. Raises ``ValueError`` naming the file that cannot be read.
    """
    notes = _add(session, read_volume(path, name_of(path)), MAXIMUM_CHANNELS)
    node = session.all_volumes()[-1]
    node.AddDefaultStorageNode()
    node.GetStorageNode().SetFileName(str(path.resolve()))
    return notes


def load_files(session: Session, paths: Sequence[Path]) -> list[str]:
    """Read what was given together: headers with the data files beside them. What was left out, a sentence each.

    Raises ``ValueError`` for the first file that cannot be read; none is added then.
    """
    headers = [path for path in paths if not path.name.lower().endswith(COMPANIONS)]
    if not headers:
        raise ValueError(f"'{paths[0].name}' is a data file without its header: give both together.")
    volumes = [read_volume(path, name_of(path)) for path in headers]
    return [notes for notes in (_add(session, volume, FEWEST) for volume in volumes) if notes]


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


def _add(session: Session, volume: VolumeFile, places: int) -> str:
    """Into the scene and, while fewer than so many places are taken, into the choice."""
    node = add_volume(session.scene, volume.image, session.scene.GenerateUniqueName(volume.name))
    if len(session.volumes) < places:
        session.volumes = [*session.volumes, node]
    return " ".join(volume.notes)
