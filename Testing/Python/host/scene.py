"""A real MRML scene with the module logics that register its node classes, as Slicer has it after start-up."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path

import slicer
import vtk

LOGIC_CLASSES = {
    "Units": slicer.vtkSlicerUnitsLogic,
    "Terminologies": slicer.vtkSlicerTerminologiesModuleLogic,
    "SubjectHierarchy": slicer.vtkSlicerSubjectHierarchyModuleLogic,
    "Transforms": slicer.vtkSlicerTransformLogic,
    "Volumes": slicer.vtkSlicerVolumesLogic,
    "Models": slicer.vtkSlicerModelsLogic,
    "Markups": slicer.vtkSlicerMarkupsLogic,
    "Segmentations": slicer.vtkSlicerSegmentationsModuleLogic,
    "Sequences": slicer.vtkSlicerSequencesLogic,
    "Tables": slicer.vtkSlicerTablesLogic,
    "Plots": slicer.vtkSlicerPlotsLogic,
    "CropVolume": slicer.vtkSlicerCropVolumeLogic,
}

VIEW_NAMES = {"Red": "Axial", "Yellow": "Sagittal", "Green": "Coronal"}


class SceneWithLogics:
    """The scene and the logics that keep working on it; hold this as long as the scene is used."""

    def __init__(self, temporary_folder: Path) -> None:
        self.scene = slicer.vtkMRMLScene()
        self.scene.SetRootDirectory(str(temporary_folder))
        self.application_logic = slicer.vtkSlicerApplicationLogic()
        (temporary_folder / ".slicer-cache").touch()  # else the cache manager warns that it is not its folder
        (temporary_folder / "ColorFiles").mkdir(parents=True, exist_ok=True)
        self.application_logic.SetTemporaryPath(str(temporary_folder))
        self.application_logic.SetHomeDirectory(str(temporary_folder))
        self.application_logic.SetShareDirectory(str(temporary_folder))
        self.application_logic.SetSliceLogics(vtk.vtkCollection())
        self.application_logic.SetMRMLScene(self.scene)
        self._data_io = _connect_data_io(self.scene, temporary_folder)
        self.logics = {name: logic_class() for name, logic_class in LOGIC_CLASSES.items()}
        self._connect_logics()
        self.add_slice_views()

    def _connect_logics(self) -> None:
        color_logic = slicer.vtkSlicerColorLogic()
        color_logic.SetMRMLApplicationLogic(self.application_logic)
        self.application_logic.SetColorLogic(color_logic)
        self.logics = {"Colors": color_logic, **self.logics}
        for name, logic in self.logics.items():
            if logic is not color_logic:
                logic.SetMRMLApplicationLogic(self.application_logic)
            self.application_logic.SetModuleLogic(name, logic)
        with _quiet():
            for logic in self.logics.values():
                logic.SetMRMLScene(self.scene)

    def add_slice_views(self) -> None:
        """The slice and composite nodes of the three slice views: the layout manager's part in Slicer."""
        if self.application_logic.GetSliceLogics().GetNumberOfItems() > 0:
            return
        slicer.vtkMRMLSliceNode.AddDefaultSliceOrientationPresets(self.scene)
        for name, orientation in VIEW_NAMES.items():
            logic = slicer.vtkMRMLSliceLogic()
            logic.SetMRMLApplicationLogic(self.application_logic)
            logic.SetMRMLScene(self.scene)
            logic.AddSliceNode(name).SetOrientation(orientation)
            self.application_logic.GetSliceLogics().AddItem(logic)


def _connect_data_io(scene: slicer.vtkMRMLScene, temporary_folder: Path) -> slicer.vtkDataIOManager:
    """Reading a scene bundle needs a cache folder."""
    cache = slicer.vtkCacheManager()
    cache.SetRemoteCacheDirectory(str(temporary_folder))
    cache.SetMRMLScene(scene)
    manager = slicer.vtkDataIOManager()
    manager.SetCacheManager(cache)
    scene.SetCacheManager(cache)
    scene.SetDataIOManager(manager)
    return manager


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """The wheel ships no terminology files, and the logic complains about each of them."""
    verbosity = vtk.vtkLogger.GetCurrentVerbosityCutoff()
    vtk.vtkLogger.SetStderrVerbosity(vtk.vtkLogger.VERBOSITY_OFF)
    try:
        yield
    finally:
        vtk.vtkLogger.SetStderrVerbosity(verbosity)
