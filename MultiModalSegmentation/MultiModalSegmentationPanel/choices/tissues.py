"""Several tissues in the parameter node: its fields for seeds, name, color and terminology hold the chosen one.

A scene of one tissue has nothing but these fields. The seeds of several are node references, which keep their nodes
when a scene is loaded into another one.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import slicer
from slicer.i18n import tr as _

from MultiModalSegmentationLib.parameters.colors import TISSUE_COLORS, color_from_hex, color_to_hex, tissue_color

if TYPE_CHECKING:
    from .parameter_node import MultiModalSegmentationParameterNode

MOST = 9
"""As many as there are keys to choose them by."""


@dataclass(frozen=True)
class TissueChoice:
    """A tissue as the user has chosen it; an empty color or terminology is the segment's own, or the default."""

    name: str
    color: str = ""
    terminology: str = ""
    seeds: slicer.vtkMRMLMarkupsFiducialNode | None = None

    def shownColor(self, number: int) -> tuple[float, float, float]:
        """The color of its points and its row, as the ``number``-th, from 0."""
        return color_from_hex(self.color) if self.color else tissue_color(number)

    @property
    def pointCount(self) -> int:
        return self.seeds.GetNumberOfDefinedControlPoints() if self.seeds else 0


def tissues(parameters: MultiModalSegmentationParameterNode) -> list[TissueChoice]:
    """All the tissues, the chosen one as the fields have it."""
    chosen = TissueChoice(
        parameters.segmentName.strip(), parameters.segmentColor, parameters.terminology, parameters.seeds
    )
    if not parameters.tissues:
        return [chosen]
    node = parameters.parameterNode
    known = [TissueChoice(**look, seeds=node.GetNodeReference(_role(n))) for n, look in enumerate(_stored(parameters))]
    known[parameters.chosenTissue] = chosen
    return known


def chooseTissue(parameters: MultiModalSegmentationParameterNode, number: int) -> None:
    """Have the fields hold another tissue."""
    setTissues(parameters, tissues(parameters), number)


def addTissue(parameters: MultiModalSegmentationParameterNode) -> None:
    """Add a tissue without seeds, and choose it."""
    known = tissues(parameters)
    names = {one.name for one in known}
    number = next(n for n in range(len(known) + 1, MOST + len(known) + 1) if _newName(n) not in names)
    taken = [color_to_hex(one.shownColor(n)) for n, one in enumerate(known)]
    colors = map(color_to_hex, (*TISSUE_COLORS[1:], TISSUE_COLORS[0]))
    color = next((color for color in colors if color not in taken), "")
    setTissues(parameters, [*known, TissueChoice(_newName(number), color)], len(known))


def removeTissue(parameters: MultiModalSegmentationParameterNode) -> None:
    """Leave out the chosen tissue; its list and its segment stay in the scene."""
    known, number = tissues(parameters), parameters.chosenTissue
    if len(known) > 1:
        setTissues(parameters, known[:number] + known[number + 1 :], max(0, number - 1))


def setTissues(parameters: MultiModalSegmentationParameterNode, all: Sequence[TissueChoice], chosen: int) -> None:
    """Keep these tissues, with the fields for the ``chosen`` one."""
    node = parameters.parameterNode
    with slicer.util.NodeModify(node):
        parameters.tissues = json.dumps([_look(one) for one in all]) if len(all) > 1 else ""
        for number in range(MOST):
            seeds = all[number].seeds if len(all) > 1 and number < len(all) else None
            node.SetNodeReferenceID(_role(number), seeds.GetID() if seeds else None)
        one = all[chosen]
        parameters.chosenTissue = chosen
        parameters.segmentName, parameters.segmentColor = one.name, one.color
        parameters.terminology, parameters.seeds = one.terminology, one.seeds


def whatTissuesMiss(parameters: MultiModalSegmentationParameterNode) -> str:
    """What several tissues lack or have twice, as a sentence; empty where all is well, or there is only one."""
    known = tissues(parameters)
    if len(known) == 1:
        return ""
    for number, one in enumerate(known, 1):
        if not one.name:
            return _("Give tissue {number} a name.").format(number=number)
        if not one.pointCount:
            return _("Place at least one seed into the tissue '{name}', or remove it.").format(name=one.name)
        if [other.name for other in known].count(one.name) > 1:
            return _("Two tissues are called '{name}': give each a name of its own.").format(name=one.name)
        if [other.seeds for other in known].count(one.seeds) > 1:
            return _("Two tissues have the list '{name}': choose different lists.").format(name=one.seeds.GetName())
        if one.seeds is parameters.exclusionSeeds:
            return _("The same list is chosen for seeds and exclusion seeds: choose another one.")
    return ""


def _stored(parameters: MultiModalSegmentationParameterNode) -> list[dict[str, str]]:
    return json.loads(parameters.tissues)


def _look(one: TissueChoice) -> dict[str, str]:
    return {"name": one.name, "color": one.color, "terminology": one.terminology}


def _newName(number: int) -> str:
    return _("Tissue {number}").format(number=number)


def _role(number: int) -> str:
    return f"tissue{number}Seeds"
