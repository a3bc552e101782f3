"""From the parameter node to the arguments of the logic, and what is still missing before it can run."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from slicer.i18n import tr as _

from MultiModalSegmentationLib import (
    BiasCorrection,
    CleanupParameters,
    GrowingParameters,
    Parameters,
    PreparationParameters,
    SmoothingParameters,
    UniModalParameters,
)
from MultiModalSegmentationLib.controls import missing
from MultiModalSegmentationLib.controls.missing import Missing, MissingKind
from MultiModalSegmentationLib.parameters.colors import color_from_hex, color_to_hex
from MultiModalSegmentationLib.workflow.request import Request

from .tissues import TissueChoice, setTissues, tissues, whatTissuesMiss

if TYPE_CHECKING:
    import slicer

    from MultiModalSegmentationLib.workflow.request import Request
    from MultiModalSegmentationLib.workflow.restore import Restored

    from .parameter_node import MultiModalSegmentationParameterNode


def inputVolumes(parameters: MultiModalSegmentationParameterNode) -> list[slicer.vtkMRMLScalarVolumeNode]:
    """The chosen volumes, the reference first."""
    chosen = (parameters.referenceVolume, parameters.secondVolume, parameters.thirdVolume, parameters.fourthVolume)
    return [volume for volume in chosen if volume]


def smoothing(parameters: MultiModalSegmentationParameterNode) -> SmoothingParameters:
    """The curvature flow chosen; none is 0 iterations."""
    return SmoothingParameters(
        time_step=parameters.timeStep,
        iterations=parameters.smoothingIterations if parameters.smoothingEnabled else 0,
        limit_time_step=parameters.limitTimeStep,
    )


def growing(parameters: MultiModalSegmentationParameterNode) -> GrowingParameters:
    """The growing chosen; a maximum volume of 0 mL means no limit."""
    return GrowingParameters(
        multiplier=None if parameters.automaticMultiplier else parameters.multiplier,
        iterations=parameters.iterations,
        initial_neighborhood_radius=parameters.seedRadius,
        seed_statistics=parameters.seedStatistics,
        max_volume_ml=parameters.maximumVolume or None,
        edge=parameters.edge,
    )


def unimodal(parameters: MultiModalSegmentationParameterNode) -> UniModalParameters | None:
    """How each volume alone is segmented, if it is."""
    return _chosenUnimodal(parameters) if parameters.compare else None


def _chosenUnimodal(parameters: MultiModalSegmentationParameterNode) -> UniModalParameters:
    return UniModalParameters(
        multiplier=parameters.unimodalMultiplier,
        iterations=parameters.unimodalIterations,
        initial_neighborhood_radius=parameters.seedRadius,
    )


def cleanup(parameters: MultiModalSegmentationParameterNode) -> CleanupParameters:
    """What is done to the region after it has grown."""
    return CleanupParameters(
        fill_holes=parameters.fillHoles,
        closing_mm=parameters.closing,
        minimum_island_ml=parameters.minimumIsland,
    )


def preparation(parameters: MultiModalSegmentationParameterNode) -> PreparationParameters:
    """What is done to the volumes before they are smoothed."""
    return PreparationParameters(bias=BiasCorrection.N4 if parameters.biasCorrection else BiasCorrection.NONE)


def mask(parameters: MultiModalSegmentationParameterNode) -> tuple[slicer.vtkMRMLSegmentationNode, str] | None:
    """The segment that the region stays inside, or outside."""
    if not parameters.maskSegmentation or not parameters.maskSegment:
        return None
    return parameters.maskSegmentation, parameters.maskSegment


def previewRequest(parameters: MultiModalSegmentationParameterNode) -> Request:
    """What to grow for the preview; nothing is written, and a tissue without points waits for its first one."""
    return Request.of_tissues(
        tissueArguments(parameters, placed=True),
        volumes=inputVolumes(parameters),
        segmentation=None,
        smoothing=smoothing(parameters),
        growing=growing(parameters),
        exclusion_seeds=parameters.exclusionSeeds,
        roi=parameters.roi,
        mask=mask(parameters),
        mask_inside=parameters.maskInside,
        cleanup=cleanup(parameters),
        preparation=preparation(parameters),
    )


def tissueArguments(parameters: MultiModalSegmentationParameterNode, *, placed: bool = False) -> list[tuple]:
    """The tissues as the logic's ``processTissues`` takes them; only those that have points where ``placed``."""
    known = tissues(parameters)
    return [
        (one.name, one.seeds, color_from_hex(one.color) if one.color else None, one.terminology or None)
        for one in known
        if one.pointCount or not placed
    ]


def processArguments(parameters: MultiModalSegmentationParameterNode) -> dict[str, Any]:
    """The keywords of the logic's ``processTissues``."""
    return {
        "smoothing": smoothing(parameters),
        "growing": growing(parameters),
        "unimodal": unimodal(parameters),
        "overwriteMode": parameters.overwriteMode,
        "exclusionSeeds": parameters.exclusionSeeds,
        "roi": parameters.roi,
        "mask": mask(parameters),
        "maskInside": parameters.maskInside,
        "cleanup": cleanup(parameters),
        "preparation": preparation(parameters),
    }


def whatIsMissing(parameters: MultiModalSegmentationParameterNode) -> str:
    """Why Apply cannot run yet, as a sentence; empty where it can."""
    several = len(tissues(parameters)) > 1
    found = _whatVolumesMiss(parameters) or (whatTissuesMiss(parameters) if several else _whatSeedsMiss(parameters))
    return found or _whatRestrictsNothing(parameters) or _whatContradicts(parameters)


def whatPreviewMisses(parameters: MultiModalSegmentationParameterNode) -> str:
    """The same for the preview, which does without the tissues that have no point yet."""
    known = tissues(parameters)
    if len(known) == 1 or all(one.pointCount for one in known):
        return whatIsMissing(parameters)
    if not any(one.pointCount for one in known):
        return whatTissuesMiss(parameters)
    return _whatVolumesMiss(parameters) or _whatRestrictsNothing(parameters) or _whatContradicts(parameters)


def _whatVolumesMiss(parameters: MultiModalSegmentationParameterNode) -> str:
    return missingText(missing.in_volumes(parameters.referenceVolume, inputVolumes(parameters)))


def _whatSeedsMiss(parameters: MultiModalSegmentationParameterNode) -> str:
    return missingText(missing.in_seeds(parameters.seeds, parameters.segmentName))


def _whatRestrictsNothing(parameters: MultiModalSegmentationParameterNode) -> str:
    found = missing.in_restrictions(parameters.roi, parameters.maskSegmentation, parameters.maskSegment)
    return missingText(found)


def _whatContradicts(parameters: MultiModalSegmentationParameterNode) -> str:
    found = missing.in_statistics(
        parameters.seeds,
        parameters.exclusionSeeds,
        parameters.seedStatistics,
        is_automatic=parameters.automaticMultiplier,
        tissues=len(tissues(parameters)),
    )
    return missingText(found)


def missingText(found: Missing | None) -> str:
    """What is missing in the user's language; empty where nothing is."""
    texts = {
        MissingKind.REFERENCE: _("Choose the reference volume."),
        MissingKind.SECOND_VOLUME: _("Choose a second volume of the same anatomy."),
        MissingKind.SAME_VOLUME: _("The same volume is chosen twice: choose different volumes."),
        MissingKind.SEED_LIST: _("Choose or create a list of seeds."),
        MissingKind.SEED: _("Place at least one seed into the tissue that you want."),
        MissingKind.NAME: _("Give the segment a name."),
        MissingKind.ROI_SIZE: _(
            "The region of interest '{name}' has no size: draw it in the views, or create a new one."
        ),
        MissingKind.MASK_SEGMENT: _("The mask has no segment: choose one of '{name}', or no mask."),
        MissingKind.TISSUES_POOLED: _("Several tissues need pooled seed statistics: choose Pooled."),
        MissingKind.NUMBER: _("ITK statistics need a multiplier: uncheck Automatic, or choose Pooled."),
        MissingKind.SAME_LIST: _("The same list is chosen for seeds and exclusion seeds: choose another one."),
        MissingKind.POOLED: _("Exclusion seeds need pooled seed statistics: choose Pooled."),
    }
    return texts[found.kind].format(name=found.name) if found else ""


def applyPreset(parameters: MultiModalSegmentationParameterNode, preset: Parameters) -> None:
    """Set smoothing, growing and comparison; inputs and output stay."""
    parameters.smoothingEnabled = preset.smoothing.iterations > 0
    parameters.smoothingIterations = max(preset.smoothing.iterations, 1)
    parameters.timeStep = preset.smoothing.time_step
    parameters.limitTimeStep = preset.smoothing.limit_time_step
    parameters.automaticMultiplier = preset.growing.multiplier is None
    if preset.growing.multiplier is not None:
        parameters.multiplier = preset.growing.multiplier
    parameters.iterations = preset.growing.iterations
    parameters.seedRadius = preset.growing.initial_neighborhood_radius
    parameters.seedStatistics = preset.growing.seed_statistics
    parameters.edge = preset.growing.edge
    parameters.maximumVolume = preset.growing.max_volume_ml or 0.0
    parameters.unimodalMultiplier = preset.unimodal.multiplier
    parameters.unimodalIterations = preset.unimodal.iterations


def applyRestored(parameters: MultiModalSegmentationParameterNode, restored: Restored) -> None:
    """Take over what a segment was made with."""
    chosen = restored.parameters
    applyPreset(parameters, replace(chosen, unimodal=_chosenUnimodal(parameters)))
    volumes = [*restored.volumes, None, None, None][:4]
    parameters.referenceVolume, parameters.secondVolume, parameters.thirdVolume, parameters.fourthVolume = volumes
    parameters.exclusionSeeds = restored.exclusion_seeds
    _applyTissues(parameters, restored)
    parameters.roi, parameters.maskInside = restored.roi, restored.mask_inside
    parameters.maskSegmentation, parameters.maskSegment = restored.mask or (None, "")
    parameters.fillHoles = chosen.cleanup.fill_holes
    parameters.closing = chosen.cleanup.closing_mm
    parameters.minimumIsland = chosen.cleanup.minimum_island_ml
    parameters.biasCorrection = chosen.preparation.bias is BiasCorrection.N4
    parameters.overwriteMode = restored.overwrite


def _applyTissues(parameters: MultiModalSegmentationParameterNode, restored: Restored) -> None:
    """Choose the tissue of the restored segment among all that it was grown with."""
    if len(restored.tissues) == 1:
        one = replace(tissues(parameters)[parameters.chosenTissue], seeds=restored.seeds)
        setTissues(parameters, [one], 0)
        return
    known = [
        TissueChoice(
            one.look.name,
            color_to_hex(one.look.color) if one.look.color else "",
            one.look.terminology or "",
            one.seeds,
        )
        for one in restored.tissues
    ]
    setTissues(parameters, known, [one.seeds for one in known].index(restored.seeds))


def plausibleVolumes(scene: slicer.vtkMRMLScene) -> list[slicer.vtkMRMLScalarVolumeNode]:
    """The scene's scalar volumes that could be inputs: no label maps, RGB or hidden ones."""
    name = "vtkMRMLScalarVolumeNode"
    return [node for node in _visibleNodes(scene, name) if node.GetClassName() == name and node.GetImageData()]


def onlyNode(scene: slicer.vtkMRMLScene, className: str) -> slicer.vtkMRMLNode | None:
    """The scene's node of a class, where there is just one to choose from."""
    nodes = _visibleNodes(scene, className)
    return nodes[0] if len(nodes) == 1 else None


def _visibleNodes(scene: slicer.vtkMRMLScene, className: str) -> list[slicer.vtkMRMLNode]:
    nodes = [scene.GetNthNodeByClass(n, className) for n in range(scene.GetNumberOfNodesByClass(className))]
    return [node for node in nodes if not node.GetHideFromEditors()]
