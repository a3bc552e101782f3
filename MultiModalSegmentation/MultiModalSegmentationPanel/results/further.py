"""What to do with an applied segment next: copy the call, table, restore, Segment Editor, registration."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import slicer
from slicer.i18n import tr as _

from MultiModalSegmentationLib.scene.segments import recipe_of
from MultiModalSegmentationLib.workflow.command_line import command_line
from MultiModalSegmentationLib.workflow.restore import restore
from MultiModalSegmentationLib.workflow.scripts import python_script
from MultiModalSegmentationLib.workflow.table import update_table

from ..choices import choices

if TYPE_CHECKING:
    from ..choices.parameter_node import MultiModalSegmentationParameterNode


class Further:
    """The buttons below the results; they work on the segment that has the chosen name."""

    def __init__(
        self,
        ui: Any,
        showMessage: Callable[[str], None],
        showError: Callable[[str], None],
    ) -> None:
        self._ui = ui
        self._showMessage = showMessage
        self._showError = showError
        self._parameters: MultiModalSegmentationParameterNode | None = None
        slots = {
            ui.copyPythonButton: self.onCopyPython,
            ui.copyCommandButton: self.onCopyCommand,
            ui.tableButton: self.onTable,
            ui.restoreButton: self.onRestore,
            ui.segmentEditorButton: self.onSegmentEditor,
            ui.registrationButton: self.onRegistration,
        }
        for button, slot in slots.items():
            button.connect("clicked()", slot)

    def setParameterNode(self, parameters: MultiModalSegmentationParameterNode | None) -> None:
        """Work on these parameters, or on none."""
        self._parameters = parameters

    def update(self) -> None:
        """Enable what can be done with the chosen segment."""
        hasRecipe = self._recipe() is not None
        for button in (self._ui.copyPythonButton, self._ui.copyCommandButton, self._ui.restoreButton):
            button.enabled = hasRecipe
        hasSegmentation = self._parameters.segmentation is not None
        self._ui.tableButton.enabled = hasRecipe
        self._ui.segmentEditorButton.enabled = hasSegmentation and self._parameters.referenceVolume is not None

    def _segmentId(self) -> str:
        segmentation = self._parameters.segmentation if self._parameters else None
        name = self._parameters.segmentName.strip() if segmentation else ""
        return segmentation.GetSegmentation().GetSegmentIdBySegmentName(name) if name else ""

    def _recipe(self) -> dict[str, Any] | None:
        segmentId = self._segmentId()
        return recipe_of(self._parameters.segmentation, segmentId) if segmentId else None

    def onCopyPython(self) -> None:
        """Copy the call that makes the segment again."""
        self._copy(lambda: python_script(self._recipe()))

    def onCopyCommand(self) -> None:
        """Copy the command line that makes the segment again."""
        self._copy(lambda: command_line(self._recipe(), slicer.mrmlScene))

    def _copy(self, make: Callable[[], str]) -> None:
        try:
            slicer.app.clipboard().setText(make())
        except ValueError as error:
            self._showError(str(error))
        else:
            self._showMessage(_("Copied to the clipboard."))

    def onTable(self) -> None:
        """Write the numbers of every segment made here into a table."""
        table = update_table(self._parameters.segmentation)
        self._showMessage(_("Written to the table '{name}'.").format(name=table.GetName()))

    def onRestore(self) -> None:
        """Take over what the segment was made with."""
        recipe = self._recipe()
        try:
            restored = restore(recipe, slicer.mrmlScene)
        except ValueError as error:
            self._showError(str(error))
            return
        with slicer.util.NodeModify(self._parameters.parameterNode):
            choices.applyRestored(self._parameters, restored)
        text = _("Restored inputs, seeds and parameters.")
        if not recipe.is_repeated_exactly:
            text = _(
                "Restored inputs, seeds and parameters. Version {version} pooled seed statistics in another way: the "
                "region may differ."
            ).format(version=recipe["versions"]["MultiModalSegmentation"])
        self._showMessage(text)

    def onSegmentEditor(self) -> None:
        """Go on by hand, with the same segmentation and the reference volume."""
        # Leaving this module lets go of its parameters.
        segmentation, reference = self._parameters.segmentation, self._parameters.referenceVolume
        slicer.util.selectModule("SegmentEditor")
        editor = slicer.modules.segmenteditor.widgetRepresentation().self().editor
        editor.setSegmentationNode(segmentation)
        editor.setSourceVolumeNode(reference)

    def onRegistration(self) -> None:
        """Open General Registration with the first two volumes chosen."""
        import slicer.cli  # Slicer may be built without it, as without the module.

        fixed, moving = choices.inputVolumes(self._parameters)[:2]
        module = slicer.modules.brainsfit
        node = slicer.cli.createNode(module, {"fixedVolume": fixed.GetID(), "movingVolume": moving.GetID()})
        slicer.util.selectModule(module)
        module.widgetRepresentation().setCurrentCommandLineModuleNode(node)


def canRegister() -> bool:
    """Whether this Slicer was built with General Registration (BRAINS)."""
    return hasattr(slicer.modules, "brainsfit")
