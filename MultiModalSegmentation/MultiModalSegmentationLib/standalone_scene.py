"""A scene of Slicer's own MRML classes without the Slicer application: for the command line, the demo and tests.

It needs the packages ``slicer-core`` and ``vtk`` (the extra ``[mrml]``).
"""

from __future__ import annotations

import slicer

LOGICS = {
    "Colors": "vtkMRMLColorLogic",
    "SubjectHierarchy": "vtkSlicerSubjectHierarchyModuleLogic",
    "Volumes": "vtkSlicerVolumesLogic",
    "Transforms": "vtkSlicerTransformLogic",
    "Markups": "vtkSlicerMarkupsLogic",
    "Segmentations": "vtkSlicerSegmentationsModuleLogic",
}
"""By the name of the module that brings each to Slicer."""


class StandaloneScene:
    """A scene with the module logics that have to exist before their nodes are used."""

    def __init__(self) -> None:
        self.scene = slicer.vtkMRMLScene()
        self.application_logic = slicer.vtkSlicerApplicationLogic()
        self.application_logic.SetMRMLScene(self.scene)
        self.logics = {module: self._start_logic(module) for module in LOGICS}

    def _start_logic(self, module: str) -> slicer.vtkMRMLAbstractLogic:
        logic = getattr(slicer, LOGICS[module])()
        logic.SetMRMLApplicationLogic(self.application_logic)
        logic.SetMRMLScene(self.scene)
        self.application_logic.SetModuleLogic(module, logic)
        return logic
