"""Align to reference: beside each further volume, with progress and Cancel, and taken back by the same button."""

from __future__ import annotations

from collections.abc import Callable, Generator
from typing import TYPE_CHECKING, Any, NamedTuple

from slicer.i18n import tr as _

from MultiModalSegmentationLib.scene.alignment import alignment_of, put_alignment, take_alignment, volumes_to_align

from .stepping import Stepping

if TYPE_CHECKING:
    import slicer

    from MultiModalSegmentationLib import Alignment

    from ..choices.parameter_node import MultiModalSegmentationParameterNode


class _Aligned(NamedTuple):
    """What was aligned to what."""

    reference: slicer.vtkMRMLScalarVolumeNode
    volume: slicer.vtkMRMLScalarVolumeNode
    alignment: Alignment


class Aligning:
    """One button a further volume; one alignment at a time."""

    def __init__(self, ui: Any, showMessage: Callable[[str], None], showError: Callable[[str], None]) -> None:
        self._buttons = {
            "secondVolume": ui.alignSecondButton,
            "thirdVolume": ui.alignThirdButton,
            "fourthVolume": ui.alignFourthButton,
        }
        self._showMessage = showMessage
        self._showError = showError
        self._parameters: MultiModalSegmentationParameterNode | None = None
        self._running = ""
        self._stepping = Stepping(self._onDone, self._onFailed)
        for name, button in self._buttons.items():
            button.connect("clicked()", lambda *_checked, name=name: self.onClicked(name))

    @property
    def isBusy(self) -> bool:
        """Whether a volume is being aligned."""
        return self._stepping.isBusy

    def setParameterNode(self, parameters: MultiModalSegmentationParameterNode | None) -> None:
        """Work on these parameters; what runs for others stops."""
        self._stop()
        self._parameters = parameters

    def update(self, *, isRunning: bool) -> None:
        """Show what each button does now."""
        if self._parameters is None:
            return
        for name, button in self._buttons.items():
            volume = self._chosen(name)
            isMine = name == self._running
            button.enabled = isMine or (volume is not None and not isRunning and not self._running)
            if isMine:
                continue
            isAligned = alignment_of(volume) is not None
            button.text = _("Undo") if isAligned else _("Align")
            button.toolTip = (
                _("Take the volume back to where it lay before it was aligned.")
                if isAligned
                else _("Turn and shift the volume onto the reference, by a transform above it.")
            )

    def onClicked(self, name: str) -> None:
        """Align the volume, stop that, or take it back."""
        if self._running:
            self._stop()
            self._showMessage(_("Cancelled; nothing was changed."))
            self.update(isRunning=False)
            return
        volume = self._chosen(name)
        if alignment_of(volume) is not None:
            take_alignment(volume)
            self._showMessage(_("{name} lies where it lay before.").format(name=volume.GetName()))
            self.update(isRunning=False)
            return
        self._running = name
        self._buttons[name].toolTip = _("Stop; nothing is changed then.")
        self._showProgress(0.0)
        self._showMessage("")
        self._stepping.start(self._steps(self._parameters.referenceVolume, volume))
        self.update(isRunning=False)

    def _chosen(self, name: str) -> slicer.vtkMRMLScalarVolumeNode | None:
        """The volume of a row, where there is a reference that it differs from."""
        volume, reference = getattr(self._parameters, name), self._parameters.referenceVolume
        return volume if reference is not None and volume is not reference else None

    def _steps(
        self, reference: slicer.vtkMRMLScalarVolumeNode, volume: slicer.vtkMRMLScalarVolumeNode
    ) -> Generator[float, None, _Aligned]:
        from MultiModalSegmentationLib.registration.rigid import align_steps

        work = align_steps(*volumes_to_align(reference, volume))
        try:
            while True:
                fraction = next(work)
                self._showProgress(fraction)
                yield fraction
        except StopIteration as end:
            return _Aligned(reference, volume, end.value)
        finally:
            work.close()

    def _showProgress(self, fraction: float) -> None:
        text = _("Cancel ({percent} %)").format(percent=round(100 * fraction))
        if self._buttons[self._running].text != text:
            self._buttons[self._running].text = text

    def _stop(self) -> None:
        self._stepping.stop()
        self._running = ""

    def _onDone(self, done: _Aligned) -> None:
        from MultiModalSegmentationLib.files.transforms import matrix_of

        self._running = ""
        if done.reference.GetScene() is None or done.volume.GetScene() is None:
            self.update(isRunning=False)
            return
        found = done.alignment
        if found.is_trusted and found.is_moved:
            put_alignment(done.reference, done.volume, matrix_of(found.transform))
        (self._showMessage if found.is_trusted else self._showError)(_sentence(found))
        self.update(isRunning=False)

    def _onFailed(self, sentence: str) -> None:
        self._running = ""
        self._showError(sentence)
        self.update(isRunning=False)


def _sentence(found: Alignment) -> str:
    fixed, moving = found.names
    if not found.is_trusted:
        text = _("{moving} was left where it is: its alignment to {fixed} cannot be trusted. Register it by hand.")
    elif not found.is_moved:
        text = _("{moving} already lies on {fixed}: no motion fits clearly better.")
    else:
        text = _("{moving} aligned to {fixed}: moved by up to {mm} mm, turned by {degrees} degrees.")
    return text.format(moving=moving, fixed=fixed, mm=f"{found.motion_mm:.1f}", degrees=f"{found.turn_degrees:.1f}")
