"""What a user chooses in the panel."""

from __future__ import annotations

import vtk

from MultiModalSegmentationLib import OverwriteMode, SeedStatistics
from MultiModalSegmentationLib.scene.nodes import add_points

from .registry import action
from .scenery import add_plain_volume
from .world import POINTS, ROI, SEGMENTATION, VOLUME, VOLUME_FIELDS, World

SEGMENT_NAMES = ("Tissue", "Ball", "A|B: c", "Größe", " spaced ", "")


@action(5, in_panel=True)
def set_out_anew(world: World) -> str:
    """Two sound volumes, three seeds, nothing that restricts: what a user does who wants a result."""
    parameters = world.parameters
    sound = [v for v in world.nodes(VOLUME) if v.GetClassName() == VOLUME and v.GetName() in ("T1", "T2 'new'", "PD")]
    while len(sound) < 2:
        world.expect(VOLUME)
        sound.append(add_plain_volume(world.scene, world.chance))
    parameters.referenceVolume, parameters.secondVolume = world.chance.sample(sound, 2)
    parameters.thirdVolume = parameters.fourthVolume = None
    parameters.exclusionSeeds = parameters.roi = parameters.maskSegmentation = None
    parameters.fillHoles, parameters.closing, parameters.minimumIsland, parameters.maximumVolume = False, 0.0, 0.0, 0.0
    if world.chance.random() < 0.6:
        set_only_tissue(world)
    several = len(world.tissues()) > 1
    parameters.seedStatistics = SeedStatistics.POOLED if several else world.chance.choice(list(SeedStatistics))
    if not parameters.seeds:
        world.expect(POINTS)
        parameters.seeds = add_points(world.scene, "Seeds")
    parameters.seeds.RemoveAllControlPoints()
    for _ in range(world.chance.randrange(1, 5)):
        parameters.seeds.AddControlPointWorld(vtk.vtkVector3d(*world.place_in_tissue(2.0)))
    if not parameters.segmentName.strip():
        parameters.segmentName = "Tissue"
    return f"{[v.GetID() for v in world.volumes()]} {parameters.seeds.GetID()}"


def set_only_tissue(world: World) -> None:
    """Go back to one tissue."""
    from MultiModalSegmentationPanel.choices.tissues import setTissues

    setTissues(world.parameters, [world.tissues()[world.parameters.chosenTissue]], 0)


@action(2, in_panel=True)
def choose_volume(world: World) -> str:
    """Any volume in any place, the same twice among them; as a script would for what the selectors do not offer."""
    field = world.chance.choice(VOLUME_FIELDS)
    volume = world.chance.choice([*world.nodes(VOLUME), None])
    if volume is None or volume.GetClassName() == VOLUME:
        getattr(world.ui, f"{field}Selector").setCurrentNode(volume)
    else:
        setattr(world.parameters, field, volume)
    return f"{field} {volume and volume.GetID()}"


@action(2, in_panel=True)
def choose_points(world: World) -> str:
    selector = world.chance.choice(("seedsSelector", "exclusionSeedsSelector"))
    node = world.chance.choice([*world.nodes(POINTS), None])
    getattr(world.ui, selector).setCurrentNode(node)
    return f"{selector} {node and node.GetID()}"


@action(1, in_panel=True)
def new_points(world: World) -> str | None:
    if len(world.nodes(POINTS)) > 4:
        return None
    world.expect(POINTS)
    button = world.chance.choice(("newSeedsButton", "newExclusionSeedsButton"))
    getattr(world.ui, button).click()
    return button


@action(1, in_panel=True)
def press_x(world: World) -> str:
    """Switch between placing seeds and exclusion seeds; a list is made where there is none."""
    world.expected.may_be_added[POINTS] += 1
    world.host.press("X")
    return ""


@action(7, in_panel=True)
def change_number(world: World) -> str:
    chance, ui = world.chance, world.ui
    widget, value = chance.choice(
        (
            (ui.multiplierSlider, round(chance.uniform(0.5, 6), 2)),
            (ui.multiplierSlider, round(chance.uniform(0.5, 6), 2)),
            (ui.iterationsSpinBox, chance.randrange(4)),
            (ui.seedRadiusSpinBox, chance.randrange(4)),
            (ui.smoothingIterationsSpinBox, chance.randrange(1, 8)),
            (ui.timeStepSpinBox, round(chance.uniform(0.01, 0.125), 3)),
            (ui.maximumVolumeSpinBox, chance.choice((0.0, 0.0, 0.5, 2.0))),
            (ui.closingSpinBox, chance.choice((0.0, 0.0, 1.0, 2.5))),
            (ui.minimumIslandSpinBox, chance.choice((0.0, 0.0, 0.05))),
            (ui.unimodalMultiplierSpinBox, round(chance.uniform(0.5, 4), 2)),
            (ui.unimodalIterationsSpinBox, chance.randrange(4)),
        )
    )
    widget.value = value
    return f"{widget.objectName} {value}"


@action(4, in_panel=True)
def tick(world: World) -> str:
    ui = world.ui
    box = world.chance.choice(
        (ui.smoothingCheckBox, ui.limitTimeStepCheckBox, ui.maskInsideCheckBox, ui.fillHolesCheckBox)
        + (ui.compareCheckBox, ui.livePreviewCheckBox)
    )
    # Off more often than on, so that most runs are plain; but smoothing and preview are on by default.
    wanted = world.chance.random() < (0.85 if box in (ui.smoothingCheckBox, ui.livePreviewCheckBox) else 0.3)
    box.checked = wanted
    return f"{box.objectName} {wanted}"


@action(0.4, in_panel=True)
def tick_3d(world: World) -> str:
    box = world.chance.choice((world.ui.show3dCheckBox, world.ui.preview3dCheckBox))
    box.checked = world.chance.random() < 0.3
    return f"{box.objectName} {box.checked}"


@action(1.5, in_panel=True)
def choose_preset(world: World) -> str:
    button = world.chance.choice((world.ui.defaultPresetButton, world.ui.tutorialPresetButton))
    button.click()
    return button.objectName


@action(1.5, in_panel=True)
def choose_statistics(world: World) -> str:
    world.parameters.seedStatistics = statistics = world.chance.choice(list(SeedStatistics))
    return statistics.name


@action(1, in_panel=True)
def choose_overlap(world: World) -> str:
    index = world.chance.choice((0, 0, 0, 0, 1, 2))
    world.ui.overwriteModeComboBox.currentIndex = index
    return list(OverwriteMode)[index].name


@action(1, in_panel=True)
def choose_roi(world: World) -> str:
    roi = world.chance.choice([*world.nodes(ROI), None])
    world.ui.roiSelector.setCurrentNode(roi)
    return f"{roi and roi.GetID()}"


@action(1, in_panel=True)
def choose_mask(world: World) -> str:
    found = world.any_segment() if world.chance.random() < 0.5 else None
    world.ui.maskSelector.setCurrentNode(found and found[0])
    if found:
        world.ui.maskSelector.setCurrentSegmentID(found[1])
    return f"{found and (found[0].GetID(), found[1])}"


@action(2, in_panel=True)
def choose_output(world: World) -> str:
    segmentation = world.chance.choice([*world.nodes(SEGMENTATION), None])
    world.ui.segmentationSelector.setCurrentNode(segmentation)
    return f"{segmentation and segmentation.GetID()}"


@action(3, in_panel=True)
def name_segment(world: World) -> str:
    name = world.chance.choice(SEGMENT_NAMES)
    world.ui.segmentNameLineEdit.text = name
    return repr(name)


@action(0.7, in_panel=True)
def pick_color(world: World) -> str:
    import qt

    world.ui.segmentColorButton.color = qt.QColor(*(world.chance.randrange(256) for _ in range(3)))
    return ""


@action(0.5, in_panel=True)
def fade(world: World) -> str:
    world.ui.fadeSlider.value = world.chance.randrange(101)
    return ""


@action(0.5, in_panel=True)
def toggle_chart(world: World) -> str:
    button = world.chance.choice((world.ui.leakCurveButton, world.ui.scatterButton))
    button.checked = not button.checked
    return f"{button.objectName} {button.checked}"


@action(0.3, in_panel=True)
def use_suggested_multiplier(world: World) -> str | None:
    if not world.ui.suggestedButton.enabled:
        return None
    world.ui.suggestedButton.click()
    return ""


@action(0.5, in_panel=True)
def click_row(world: World) -> str:
    table = world.chance.choice((world.ui.seedsTable, world.ui.exclusionSeedsTable))
    table.cellClicked.emit(world.chance.randrange(6), 0)
    return table.objectName
