import logging
import sys
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import slicer
import vtk
from slicer import vtkMRMLMarkupsFiducialNode, vtkMRMLScalarVolumeNode, vtkMRMLSegmentationNode
from slicer.i18n import tr as _
from slicer.i18n import translate
from slicer.ScriptedLoadableModule import (
    ScriptedLoadableModule,
    ScriptedLoadableModuleLogic,
    ScriptedLoadableModuleTest,
    ScriptedLoadableModuleWidget,
)
from slicer.util import VTKObservationMixin

from MultiModalSegmentationLib import (
    PRESETS,
    CleanupParameters,
    GrowingParameters,
    OverwriteMode,
    PreparationParameters,
    SmoothingParameters,
    UniModalParameters,
)
from MultiModalSegmentationPanel.choices.parameter_node import MultiModalSegmentationParameterNode
from MultiModalSegmentationPanel.choices.segmentation_logic import SegmentationResult
from MultiModalSegmentationPanel.inputs.sample_data import registerSampleData

if TYPE_CHECKING:
    from MultiModalSegmentationLib.workflow.cache import ChannelCache
    from MultiModalSegmentationLib.workflow.request import SceneSegmentation
    from MultiModalSegmentationLib.workflow.sample import SampleDataNodes
    from MultiModalSegmentationPanel.panel import Panel


class MultiModalSegmentation(ScriptedLoadableModule):
    """Registers the module with Slicer."""

    def __init__(self, parent: "slicer.qSlicerScriptedLoadableModule") -> None:
        ScriptedLoadableModule.__init__(self, parent)
        self.parent.title = _("Multi-modal Segmentation")
        self.parent.categories = [translate("qSlicerAbstractCoreModule", "Segmentation")]
        self.parent.dependencies = ["Markups", "Segmentations", "SubjectHierarchy", "Volumes"]
        self.parent.contributors = [_("The MultiModalSegmentation contributors")]
        self.parent.helpText = _(
            "Segments a tissue from a few points on two or more volumes of the same anatomy at once (T1 and T2, CT "
            "and MR, PET and CT): choose the volumes, place seeds into the tissue, apply. The region grows through "
            "every voxel whose combined intensities look like those at the seeds. Each volume alone leaks somewhere; "
            "together they do not leak in the same places. See the README of the extension for a tutorial."
        )
        self.parent.acknowledgementText = _(
            "Vector confidence-connected region growing and curvature flow follow the filters of that name in ITK, "
            "the Insight Toolkit."
        )
        loadSampleData = MultiModalSegmentationLogic().loadSampleData
        slicer.app.connect("startupCompleted()", lambda: registerSampleData(self.resourcePath, loadSampleData))


class MultiModalSegmentationWidget(ScriptedLoadableModuleWidget, VTKObservationMixin):
    """The module's panel: its life cycle. What the controls do is in MultiModalSegmentationPanel."""

    def __init__(self, parent: "slicer.qMRMLWidget | None" = None) -> None:
        ScriptedLoadableModuleWidget.__init__(self, parent)
        VTKObservationMixin.__init__(self)
        self.logic: MultiModalSegmentationLogic | None = None
        self._panel: Panel | None = None

    def setup(self) -> None:
        """Build the panel when the module is opened for the first time."""
        ScriptedLoadableModuleWidget.setup(self)
        self._uiWidget = slicer.util.loadUI(self.resourcePath("UI/MultiModalSegmentation.ui"))
        self.layout.addWidget(self._uiWidget)
        self.ui = slicer.util.childWidgetVariables(self._uiWidget)
        self._uiWidget.setMRMLScene(slicer.mrmlScene)

        from MultiModalSegmentationPanel.panel import Panel

        self.logic = MultiModalSegmentationLogic()
        self._panel = Panel(self.ui, self.logic)
        self.addObserver(slicer.mrmlScene, slicer.mrmlScene.StartCloseEvent, self.onSceneStartClose)
        self.addObserver(slicer.mrmlScene, slicer.mrmlScene.EndCloseEvent, self.onSceneReady)
        self.addObserver(slicer.mrmlScene, slicer.mrmlScene.EndImportEvent, self.onSceneReady)
        if self.parent.isEntered:  # The developer's Reload; otherwise enter() follows, or the panel stays closed.
            self.initializeParameterNode()

    def cleanup(self) -> None:
        """Let go of everything before the module is unloaded."""
        self.setParameterNode(None)
        self.removeObservers()
        if self._panel:
            self._panel.release()
            self._uiWidget.setMRMLScene(None)  # Reload only hides it: its selectors would go on observing the scene.

    def onReload(self) -> None:
        """The developer's Reload: the library's and the panel's files are loaded anew as well."""
        ours = ("MultiModalSegmentationLib", "MultiModalSegmentationPanel")
        for name in [name for name in sys.modules if name.split(".")[0] in ours]:
            del sys.modules[name]
        ScriptedLoadableModuleWidget.onReload(self)

    def enter(self) -> None:
        """Take up the scene's parameters whenever the module is opened."""
        self.initializeParameterNode()

    def exit(self) -> None:
        """Leave the scene alone while another module is open."""
        self.setParameterNode(None)

    def onSceneStartClose(self, caller: vtk.vtkObject, event: str) -> None:
        """Stop what runs and forget the nodes that are about to go."""
        self.setParameterNode(None)
        self.logic.forgetVolumes()

    def onSceneReady(self, caller: vtk.vtkObject, event: str) -> None:
        """Take up the parameters of a closed or loaded scene, now that all the nodes they name are there."""
        if self.parent.isEntered:
            self.initializeParameterNode()

    def initializeParameterNode(self) -> None:
        """Connect the panel to the scene's parameters."""
        self.setParameterNode(self.logic.getParameterNode())

    def setParameterNode(self, inputParameterNode: MultiModalSegmentationParameterNode | None) -> None:
        """Connect the panel to these parameters, or to none."""
        if self._panel:
            self._panel.setParameterNode(inputParameterNode)


class MultiModalSegmentationLogic(ScriptedLoadableModuleLogic):
    """Segmentation without the panel: for scripts, other modules and tests."""

    def __init__(self) -> None:
        ScriptedLoadableModuleLogic.__init__(self)
        self._cache = None
        self.lastTissues: list[SceneSegmentation] = []

    def getParameterNode(self) -> MultiModalSegmentationParameterNode:
        return MultiModalSegmentationParameterNode(super().getParameterNode())

    def process(
        self,
        inputVolumes: Sequence[vtkMRMLScalarVolumeNode],
        seeds: vtkMRMLMarkupsFiducialNode,
        outputSegmentation: vtkMRMLSegmentationNode,
        *,
        segmentName: str | None = None,
        segmentColor: tuple[float, float, float] | None = None,
        terminology: str | None = None,
        smoothing: SmoothingParameters | None = None,
        growing: GrowingParameters | None = None,
        unimodal: UniModalParameters | None = None,
        overwriteMode: OverwriteMode | None = None,
        exclusionSeeds: vtkMRMLMarkupsFiducialNode | None = None,
        roi: slicer.vtkMRMLMarkupsROINode | None = None,
        mask: tuple[vtkMRMLSegmentationNode, str] | vtkMRMLSegmentationNode | None = None,
        maskInside: bool = True,
        cleanup: CleanupParameters | None = None,
        preparation: PreparationParameters | None = None,
        onProgress: Callable[[float], None] | None = None,
        shouldCancel: Callable[[], bool] | None = None,
    ) -> SegmentationResult:
        """Grow a region on all the volumes at once and write it as a segment.

        :param inputVolumes: two to four scalar volumes; the first one's grid is used
        :param seeds: points inside the tissue
        :param outputSegmentation: an empty one takes over the first volume's geometry and transform
        :param segmentName: a segment of this name is replaced and keeps its ID; by default "Tissue"
        :param segmentColor: red, green, blue, 0 to 1; by default the segment's own, or that of a tissue
        :param terminology: a serialized terminology entry; by default the segment's own, or Tissue
        :param smoothing: curvature flow; SmoothingParameters(iterations=0) for none
        :param growing: multiplier, iterations, seed statistics
        :param unimodal: also write one segment for each volume alone, grown with these parameters
        :param overwriteMode: what happens to other segments where they overlap; by default nothing
        :param exclusionSeeds: points that must stay out of the region
        :param roi: the region stays within its planes, or outside them where it is inside out
        :param mask: a segmentation and the name or ID of a segment (needed where it has several)
        :param maskInside: whether the region stays inside the mask, or outside
        :param cleanup: close gaps, fill holes, drop islands
        :param preparation: take the bias field out of the volumes first (PreparationParameters(bias=BiasCorrection.N4))
        :param onProgress: called with the share done, 0 to 1
        :param shouldCancel: called often; True raises ``MultiModalSegmentationLib.Cancelled``
        :raises ValueError: names the volume, point or segmentation that is wrong; the scene is as it was
        """
        return self.processTissues(
            inputVolumes,
            [(segmentName or "Tissue", seeds, segmentColor, terminology)],
            outputSegmentation,
            smoothing=smoothing,
            growing=growing,
            unimodal=unimodal,
            overwriteMode=overwriteMode,
            exclusionSeeds=exclusionSeeds,
            roi=roi,
            mask=mask,
            maskInside=maskInside,
            cleanup=cleanup,
            preparation=preparation,
            onProgress=onProgress,
            shouldCancel=shouldCancel,
        )[0]

    def processTissues(
        self,
        inputVolumes: Sequence[vtkMRMLScalarVolumeNode],
        tissues: Sequence[tuple],
        outputSegmentation: vtkMRMLSegmentationNode,
        *,
        smoothing: SmoothingParameters | None = None,
        growing: GrowingParameters | None = None,
        unimodal: UniModalParameters | None = None,
        overwriteMode: OverwriteMode | None = None,
        exclusionSeeds: vtkMRMLMarkupsFiducialNode | None = None,
        roi: slicer.vtkMRMLMarkupsROINode | None = None,
        mask: tuple[vtkMRMLSegmentationNode, str] | vtkMRMLSegmentationNode | None = None,
        maskInside: bool = True,
        cleanup: CleanupParameters | None = None,
        preparation: PreparationParameters | None = None,
        onProgress: Callable[[float], None] | None = None,
        shouldCancel: Callable[[], bool] | None = None,
    ) -> list[SegmentationResult]:
        """Grow several tissues at once, so that no voxel belongs to two, and write a segment for each.

        :param tissues: for each its segment's name and its points; a color and a terminology may follow
        :param exclusionSeeds: points that must stay out of all the regions

        All the others, and the errors, are those of ``process``.
        """
        from MultiModalSegmentationLib.workflow.request import Request
        from MultiModalSegmentationLib.workflow.workflow import run_tissues

        request = Request.of_tissues(
            tissues,
            volumes=list(inputVolumes),
            segmentation=outputSegmentation,
            smoothing=smoothing or SmoothingParameters(),
            growing=growing or GrowingParameters(),
            unimodal=unimodal,
            exclusion_seeds=exclusionSeeds,
            overwrite=overwriteMode or OverwriteMode.ALLOW_OVERLAP,
            roi=roi,
            mask=mask,
            mask_inside=maskInside,
            cleanup=cleanup or CleanupParameters(),
            preparation=preparation or PreparationParameters(),
        )
        written = run_tissues(request, self.cache, on_progress=onProgress, should_cancel=shouldCancel)
        self.lastTissues = [one.segmentation for one in written]
        for one in written:
            logging.info("Segmented %d voxels, %.3g mL", one.growing.voxel_count, one.growing.volume_ml)
        return [SegmentationResult(one.segment_id, one.growing, one.unimodal) for one in written]

    @property
    def lastGrown(self) -> "SceneSegmentation | None":
        """What the last run found, with all that explains it; of several tissues the first."""
        return self.lastTissues[0] if self.lastTissues else None

    @property
    def cache(self) -> "ChannelCache":
        """The channels of the last run, so that the next one on the same volumes is quick."""
        if self._cache is None:
            from MultiModalSegmentationLib.workflow.cache import ChannelCache

            self._cache = ChannelCache()
        return self._cache

    def forgetVolumes(self) -> None:
        """Free the memory that smoothed volumes take."""
        self._cache = None
        self.lastTissues = []

    def exportLabelmap(self, segmentation: vtkMRMLSegmentationNode, segmentName: str, path: str) -> None:
        """Write a segment as .mhd, .mha, .nrrd, .nii.gz or .nii on the reference grid.

        :raises ValueError: for an unknown segment or ending, or a file that cannot be written
        """
        from MultiModalSegmentationLib.scene.export import export_labelmap

        export_labelmap(segmentation, segmentName, path)

    def addSmoothedVolumes(
        self, inputVolumes: Sequence[vtkMRMLScalarVolumeNode], smoothing: SmoothingParameters
    ) -> list[vtkMRMLScalarVolumeNode]:
        """Add the smoothed volumes, on the first one's grid, to the scene."""
        from MultiModalSegmentationLib.workflow.sample import add_smoothed_volumes

        return add_smoothed_volumes(list(inputVolumes), self.cache.segmenter(list(inputVolumes), smoothing))

    def loadSampleData(self, size: tuple[int, int, int] | None = None) -> "SampleDataNodes":
        """Make the head phantom: T1 and T2 volumes and four seeds in the gray matter.

        :param size: voxels along i, j, k; by default 181 x 217 x 181
        """
        from MultiModalSegmentationLib.workflow.sample import add_phantom

        return add_phantom(slicer.mrmlScene, size)


class MultiModalSegmentationTest(ScriptedLoadableModuleTest):
    """Self-tests on small phantoms, whose truth is known."""

    SIZE = (96, 112, 96)

    def setUp(self) -> None:
        slicer.mrmlScene.Clear()
        self.logic = MultiModalSegmentationLogic()

    def _segment(
        self, size: tuple[int, int, int] = SIZE, **keywords: object
    ) -> "tuple[SampleDataNodes, vtkMRMLSegmentationNode, SegmentationResult]":
        sample = self.logic.loadSampleData(size)
        segmentation = slicer.mrmlScene.AddNewNodeByClass("vtkMRMLSegmentationNode", "Test")
        result = self.logic.process([sample.t1, sample.t2], sample.seeds, segmentation, **keywords)
        return sample, segmentation, result

    def test_grayMatter(self) -> None:
        """The region on both volumes is the phantom's gray matter, at two sizes, and says what it is."""
        from MultiModalSegmentationLib.explaining.comparison import dice
        from MultiModalSegmentationLib.phantom.head import make_phantom

        self.delayDisplay("Segment gray matter on both volumes")
        for size, least in ((self.SIZE, 0.8), ((128, 152, 128), 0.85)):
            sample, segmentation, result = self._segment(size, segmentName="Gray matter")
            self.assertEqual(segmentation.GetSegmentation().GetSegmentIdBySegmentName("Gray matter"), result.segmentId)
            region = slicer.util.arrayFromSegmentBinaryLabelmap(segmentation, result.segmentId, sample.t1)
            self.assertGreater(dice(region, make_phantom(size).gray_matter), least)
            self.assertEqual(result.growing.effective_multiplier, 3.5)
            self.assertGreater(result.growing.coverage, 0.99)

    def test_compare(self) -> None:
        """Each volume alone gives another segment."""
        self.delayDisplay("Segment each volume alone")
        _sample, segmentation, result = self._segment(unimodal=PRESETS["tutorial"].unimodal)
        self.assertEqual(segmentation.GetSegmentation().GetNumberOfSegments(), 3)
        self.assertEqual(len(result.unimodal), 2)
        self.assertGreater(min(one.voxel_count for one in result.unimodal), 0)

    def test_replace(self) -> None:
        """A second run replaces the segment and keeps its ID."""
        self.delayDisplay("Replace a segment")
        sample, segmentation, first = self._segment()
        growing = GrowingParameters(multiplier=2.0)
        second = self.logic.process([sample.t1, sample.t2], sample.seeds, segmentation, growing=growing)
        self.assertEqual(second.segmentId, first.segmentId)
        self.assertEqual(segmentation.GetSegmentation().GetNumberOfSegments(), 1)
        self.assertLess(second.growing.voxel_count, first.growing.voxel_count)

    def test_seedOutside(self) -> None:
        """A seed outside is an error that names it, and nothing is written."""
        self.delayDisplay("Refuse a seed outside")
        sample = self.logic.loadSampleData(self.SIZE)
        sample.seeds.AddControlPointWorld(vtk.vtkVector3d(9999, 0, 0), "astray")
        segmentation = slicer.mrmlScene.AddNewNodeByClass("vtkMRMLSegmentationNode", "Test")
        with self.assertRaisesRegex(ValueError, "astray"):
            self.logic.process([sample.t1, sample.t2], sample.seeds, segmentation)
        self.assertEqual(segmentation.GetSegmentation().GetNumberOfSegments(), 0)
