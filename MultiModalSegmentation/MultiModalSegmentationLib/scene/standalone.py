"""A scene of Slicer's own MRML classes without the Slicer application: for the command line, the demo and tests.

It needs the packages ``slicer-core`` and ``vtk`` (the extra ``[mrml]``).
"""

from __future__ import annotations

import tempfile

import slicer

LOGICS = (
    "vtkMRMLColorLogic",
    "vtkSlicerSubjectHierarchyModuleLogic",
    "vtkSlicerVolumesLogic",
    "vtkSlicerTransformLogic",
    "vtkSlicerMarkupsLogic",
    "vtkSlicerSegmentationsModuleLogic",
)
MODULES = {"vtkSlicerMarkupsLogic": "Markups"}
"""The logics that the views look up by their module's name."""


class StandaloneScene:
    """A scene with the module logics that have to exist before their nodes are used."""

    def __init__(self) -> None:
        self.scene = slicer.vtkMRMLScene()
        self._provide_file_access()
        self.application_logic = slicer.vtkSlicerApplicationLogic()
        self.application_logic.SetMRMLScene(self.scene)
        self.logics = {name: self._start_logic(name) for name in LOGICS}

    def _provide_file_access(self) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="scene-")
        self._cache_manager = slicer.vtkCacheManager()
        self._cache_manager.SetMRMLScene(self.scene)
        self._cache_manager.SetRemoteCacheDirectory(self._folder.name)
        self._data_io_manager = slicer.vtkDataIOManager()
        self._data_io_manager.SetCacheManager(self._cache_manager)
        self.scene.SetCacheManager(self._cache_manager)
        self.scene.SetDataIOManager(self._data_io_manager)

    def _start_logic(self, name: str) -> slicer.vtkMRMLAbstractLogic:
        logic = getattr(slicer, name)()
        logic.SetMRMLApplicationLogic(self.application_logic)
        logic.SetMRMLScene(self.scene)
        if name in MODULES:
            self.application_logic.SetModuleLogic(MODULES[name], logic)
        return logic
