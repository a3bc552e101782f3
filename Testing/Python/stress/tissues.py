"""Several tissues: added, chosen, left out."""

from __future__ import annotations

import vtk

from MultiModalSegmentationLib import SeedStatistics

from .registry import action
from .settings import set_only_tissue, set_out_anew
from .world import POINTS, World

MOST = 4
"""More would only make every run slow."""


@action(1, in_panel=True)
def add_tissue(world: World) -> str | None:
    """With a few points of its own, and statistics that can do with several, mostly."""
    if not world.ui.addTissueButton.enabled or len(world.tissues()) >= MOST:
        return None
    world.expect(POINTS)
    world.ui.addTissueButton.click()
    node = world.parameters.seeds
    if world.chance.random() < 0.8:
        world.parameters.seedStatistics = SeedStatistics.POOLED
    for _ in range(world.chance.choice((0, 1, 2, 2, 3))):
        node.AddControlPointWorld(vtk.vtkVector3d(*world.place_in_tissue(9.0)))
    return f"{world.parameters.segmentName} {node.GetID()}"


@action(3, in_panel=True)
def set_out_several(world: World) -> str:
    """Sound inputs with two or three tissues, each with points and a name: what a user does who wants them all."""
    text = set_out_anew(world)
    set_only_tissue(world)
    world.parameters.seedStatistics = SeedStatistics.POOLED
    world.parameters.automaticMultiplier = False
    for number in range(world.chance.randrange(1, 3)):
        world.expect(POINTS)
        world.ui.addTissueButton.click()
        node = world.parameters.seeds
        for _ in range(world.chance.randrange(1, 4)):
            node.AddControlPointWorld(vtk.vtkVector3d(*world.place_in_tissue(6.0)))
        world.parameters.segmentName = f"Part {number}"
    return f"{text} {[one.name for one in world.tissues()]}"


@action(1.5, in_panel=True)
def choose_tissue(world: World) -> str | None:
    """By a key or by a click, also one that there is not."""
    number, count = world.chance.randrange(9), len(world.tissues())
    if count < 2:
        return None
    if world.chance.random() < 0.5:
        world.host.press(str(number + 1))
    else:
        number %= count
        world.ui.tissuesTable.cellClicked.emit(number, 1)
    assert world.parameters.chosenTissue < count
    if number < count:
        assert world.parameters.chosenTissue == number
    assert len(world.tissues()) == count, "choosing a tissue added or removed one"
    return f"{number}"


@action(0.7, in_panel=True)
def remove_tissue(world: World) -> str | None:
    before = world.tissues()
    if len(before) < 2 or not world.ui.removeTissueButton.enabled:
        return None
    chosen = world.parameters.chosenTissue
    world.ui.removeTissueButton.click()
    left = [one.name for number, one in enumerate(before) if number != chosen]
    assert [one.name for one in world.tissues()] == left
    return f"{before[chosen].name}"
