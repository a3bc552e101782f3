"""A real MRML scene with the logics and slice views that Slicer has after start-up."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

import slicer
import vtk

from MultiModalSegmentationLib.scene.standalone import StandaloneScene

MODULE_LOGICS = {
    "Colors": "vtkMRMLColorLogic",
    "Units": "vtkSlicerUnitsLogic",
    "Terminologies": "vtkSlicerTerminologiesModuleLogic",
    "SubjectHierarchy": "vtkSlicerSubjectHierarchyModuleLogic",
    "Transforms": "vtkSlicerTransformLogic",
    "Volumes": "vtkSlicerVolumesLogic",
    "Models": "vtkSlicerModelsLogic",
    "Markups": "vtkSlicerMarkupsLogic",
    "Segmentations": "vtkSlicerSegmentationsModuleLogic",
    "Sequences": "vtkSlicerSequencesLogic",
    "Tables": "vtkSlicerTablesLogic",
    "Plots": "vtkSlicerPlotsLogic",
    "CropVolume": "vtkSlicerCropVolumeLogic",
}
"""The class of the logic that each of Slicer's own modules has."""

VIEW_ORIENTATIONS = {"Red": "Axial", "Yellow": "Sagittal", "Green": "Coronal"}


class ApplicationScene(StandaloneScene):
    """The scene of the command line and the demo, with more logics and three slice views."""

    def __init__(self) -> None:
        with _quiet():
            super().__init__()
            self.module_logics = {name: self._logic_of(class_name) for name, class_name in MODULE_LOGICS.items()}
        self.application_logic.SetColorLogic(self.module_logics["Colors"])
        self.application_logic.SetTemporaryPath(self._folder.name)
        for name, logic in self.module_logics.items():
            self.application_logic.SetModuleLogic(name, logic)
        self._add_slice_views()

    def _logic_of(self, class_name: str) -> slicer.vtkMRMLAbstractLogic:
        return self.logics.get(class_name) or self._start_logic(class_name)

    def _add_slice_views(self) -> None:
        """The slice and composite nodes: the layout manager's part in Slicer."""
        self.application_logic.SetSliceLogics(vtk.vtkCollection())
        slicer.vtkMRMLSliceNode.AddDefaultSliceOrientationPresets(self.scene)
        for name, orientation in VIEW_ORIENTATIONS.items():
            logic = self._start_logic("vtkMRMLSliceLogic")
            logic.AddSliceNode(name).SetOrientation(orientation)
            self.application_logic.GetSliceLogics().AddItem(logic)


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """The wheel ships no terminology files, and the logic complains about each of them."""
    verbosity = vtk.vtkLogger.GetCurrentVerbosityCutoff()
    vtk.vtkLogger.SetStderrVerbosity(vtk.vtkLogger.VERBOSITY_OFF)
    try:
        yield
    finally:
        vtk.vtkLogger.SetStderrVerbosity(verbosity)
