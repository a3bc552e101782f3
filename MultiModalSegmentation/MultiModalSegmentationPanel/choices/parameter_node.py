"""The parameter node: every choice of the user."""

from typing import Annotated

from slicer import (
    vtkMRMLMarkupsFiducialNode,
    vtkMRMLMarkupsROINode,
    vtkMRMLScalarVolumeNode,
    vtkMRMLSegmentationNode,
)
from slicer.parameterNodeWrapper import WithinRange, parameterNodeWrapper

from MultiModalSegmentationLib import Edge, OverwriteMode, SeedStatistics


@parameterNodeWrapper
class MultiModalSegmentationParameterNode:
    """What the user has chosen; saved with the scene.

    referenceVolume, secondVolume, thirdVolume, fourthVolume - the volumes; the first one's grid is used
    tissues, chosenTissue - several tissues as JSON (empty: one), and which of them seeds, segmentName ... hold
    seeds, exclusionSeeds - points inside the tissue, and points that must stay out
    biasCorrection - the coil's shading taken out first, by N4
    smoothingEnabled ... limitTimeStep - curvature flow
    multiplier ... edge - growing
    roi ... maximumVolume - where it may grow; a maximum volume of 0 mL means no limit
    fillHoles, closing, minimumIsland - cleanup, in mm and mL
    segmentation ... show3d - the output; an empty color or terminology keeps the segment's own, or the default
    compare, unimodalMultiplier, unimodalIterations - each volume alone
    livePreview, preview3d - what the views show before Apply
    """

    referenceVolume: vtkMRMLScalarVolumeNode
    secondVolume: vtkMRMLScalarVolumeNode
    thirdVolume: vtkMRMLScalarVolumeNode
    fourthVolume: vtkMRMLScalarVolumeNode
    seeds: vtkMRMLMarkupsFiducialNode
    exclusionSeeds: vtkMRMLMarkupsFiducialNode
    tissues: str = ""
    chosenTissue: Annotated[int, WithinRange(0, 8)] = 0
    biasCorrection: bool = False
    smoothingEnabled: bool = True
    smoothingIterations: Annotated[int, WithinRange(1, 50)] = 5
    timeStep: Annotated[float, WithinRange(0.0001, 10)] = 0.125
    limitTimeStep: bool = True
    multiplier: Annotated[float, WithinRange(0.05, 15)] = 3.5
    automaticMultiplier: bool = False
    iterations: Annotated[int, WithinRange(0, 50)] = 0
    seedRadius: Annotated[int, WithinRange(0, 10)] = 1
    seedStatistics: SeedStatistics = SeedStatistics.POOLED
    edge: Edge = Edge.HALF_WAY
    roi: vtkMRMLMarkupsROINode
    maskSegmentation: vtkMRMLSegmentationNode
    maskSegment: str = ""
    maskInside: bool = True
    maximumVolume: Annotated[float, WithinRange(0, 100000)] = 0.0
    fillHoles: bool = False
    closing: Annotated[float, WithinRange(0, 50)] = 0.0
    minimumIsland: Annotated[float, WithinRange(0, 1000)] = 0.0
    segmentation: vtkMRMLSegmentationNode
    segmentName: str = "Tissue"
    segmentColor: str = ""
    terminology: str = ""
    overwriteMode: OverwriteMode = OverwriteMode.ALLOW_OVERLAP
    show3d: bool = False
    compare: bool = False
    unimodalMultiplier: Annotated[float, WithinRange(0.05, 15)] = 2.5
    unimodalIterations: Annotated[int, WithinRange(0, 50)] = 1
    livePreview: bool = True
    preview3d: bool = False
