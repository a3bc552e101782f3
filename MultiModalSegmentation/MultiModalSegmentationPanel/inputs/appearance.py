"""Color and terminology of the segment: controls that the parameter node cannot be connected to."""

from __future__ import annotations

from typing import TYPE_CHECKING

import ctk
import qt
import slicer
from slicer.i18n import tr as _

from MultiModalSegmentationLib.parameters.colors import TISSUE_COLOR, TISSUE_TERMINOLOGY, color_from_hex, color_to_hex

if TYPE_CHECKING:
    from ..choices.parameter_node import MultiModalSegmentationParameterNode


class Appearance:
    """Keeps the color button and the terminology button in step with the parameters, both ways.

    An empty parameter stands for the color or terminology that the segment of that name has, or the default.
    """

    def __init__(self, colorButton: ctk.ctkColorPickerButton, terminologyButton: qt.QPushButton) -> None:
        self._parameters: MultiModalSegmentationParameterNode | None = None
        self._colorButton = colorButton
        self._terminologyButton = terminologyButton
        colorButton.connect("colorChanged(QColor)", self._onColorChanged)
        terminologyButton.connect("clicked(bool)", self._onTerminologyClicked)

    def setParameterNode(self, parameters: MultiModalSegmentationParameterNode | None) -> None:
        """Show these parameters, or none."""
        self._parameters = parameters

    def update(self) -> None:
        """Show what the segment will look like."""
        segment = self._existingSegment()
        color = color_from_hex(self._parameters.segmentColor) if self._parameters.segmentColor else None
        color = color or (segment.GetColor() if segment else TISSUE_COLOR)
        blocked = self._colorButton.blockSignals(True)
        self._colorButton.color = qt.QColor.fromRgbF(*color)
        self._colorButton.blockSignals(blocked)
        self._terminologyButton.text = terminologyName(self._terminology())

    def _existingSegment(self) -> slicer.vtkSegment | None:
        segmentation = self._parameters.segmentation
        if not segmentation:
            return None
        content = segmentation.GetSegmentation()
        return content.GetSegment(content.GetSegmentIdBySegmentName(self._parameters.segmentName.strip()))

    def _terminology(self) -> str:
        segment = self._existingSegment()
        return self._parameters.terminology or (segment.GetTerminology() if segment else "") or TISSUE_TERMINOLOGY

    def _onColorChanged(self, color: qt.QColor) -> None:
        if self._parameters:
            self._parameters.segmentColor = color_to_hex((color.redF(), color.greenF(), color.blueF()))

    def _onTerminologyClicked(self) -> None:
        terminology = self._parameters and askTerminology(self._terminology(), self._terminologyButton)
        if terminology and self._parameters:
            self._parameters.terminology = terminology


def terminologyName(terminology: str) -> str:
    """The type that a serialized terminology entry names, for people."""
    parts = terminology.split("~")
    meanings = [part.split("^")[2] for part in parts[2:4] if part.count("^") == 2]
    return ", ".join(meaning for meaning in meanings if meaning) or _("Choose...")


def askTerminology(terminology: str, parent: qt.QWidget) -> str:
    """Let the user choose from Slicer's terminologies; the serialized entry, or empty when cancelled."""
    logic = slicer.modules.terminologies.logic()
    entry = slicer.vtkSlicerTerminologyEntry()
    logic.DeserializeTerminologyEntry(terminology, entry)
    dialog = qt.QDialog(parent)
    dialog.windowTitle = _("Segment type")
    layout = qt.QVBoxLayout(dialog)
    navigator = slicer.qSlicerTerminologyNavigatorWidget()
    navigator.overrideSectionVisible = False
    navigator.setTerminologyEntry(entry)
    layout.addWidget(navigator)
    # Not in the constructor: there PythonQt takes an int for an orientation, and the box has no buttons.
    buttons = qt.QDialogButtonBox()
    buttons.setStandardButtons(qt.QDialogButtonBox.Ok | qt.QDialogButtonBox.Cancel)
    buttons.connect("accepted()", dialog.accept)
    buttons.connect("rejected()", dialog.reject)
    layout.addWidget(buttons)
    accepted = dialog.exec_() == qt.QDialog.Accepted and navigator.terminologyEntry(entry)
    dialog.deleteLater()
    return logic.SerializeTerminologyEntry(entry) if accepted else ""
