"""The live preview: the newest choices, grown in short steps while the views stay fluid.

Observers only ask; the work runs from a timer, a few milliseconds at a time. While one preview is computed, only the
newest request waits.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Generator, Hashable
from typing import TYPE_CHECKING, Any

import qt
import slicer

if TYPE_CHECKING:
    from MultiModalSegmentationLib.workflow.workflow import Grown, Request

    from ..choices.segmentation_logic import SegmentationLogic

STEP_SECONDS = 0.015
"""How long the timer works before Qt's other events get their turn; one step of the engine may add to it."""


class Preview:
    """Keeps a preview node up to date with the request that ``makeRequest`` returns (``None``: nothing to show)."""

    def __init__(
        self,
        logic: SegmentationLogic,
        makeRequest: Callable[[], Request | None],
        onGrown: Callable[[Grown], None],
        onFailed: Callable[[str], None],
    ) -> None:
        self._logic = logic
        self._makeRequest = makeRequest
        self._onGrown = onGrown
        self._onFailed = onFailed
        self._work: Generator[float, None, Grown] | None = None
        self._isAsked = False
        self._in3d = False
        self._revision = 0
        self._shownKey: Hashable = None
        self._workKey: Hashable = None
        self._nodes: Any = None
        self._timer = qt.QTimer()
        self._timer.setSingleShot(True)
        self._timer.setInterval(0)
        self._timer.connect("timeout()", self._onTimer)

    @property
    def isBusy(self) -> bool:
        """Whether something is being computed or waits for it."""
        return self._work is not None or self._isAsked

    @property
    def isShown(self) -> bool:
        """Whether there is a preview, or one to come."""
        return self.isBusy or self.node is not None

    @property
    def node(self) -> slicer.vtkMRMLSegmentationNode | None:
        """The preview's segmentation node, while there is one."""
        return self._nodes.node if self._nodes else None

    def ask(self, *, changed: bool = False, in3d: bool = False) -> None:
        """Bring the preview up to date soon; ``changed``: voxels, points or transforms are not what they were."""
        self._revision += changed
        self._in3d = in3d
        self._isAsked = True
        self._timer.start()

    def stop(self) -> None:
        """Forget what is being computed."""
        self._timer.stop()
        self._isAsked = False
        if self._work is not None:
            self._work.close()
        self._work = None

    def hide(self) -> None:
        """Stop, and show nothing until the next change."""
        self.stop()
        if self._nodes:
            self._nodes.hide()

    def remove(self) -> None:
        """Stop, and take the preview out of the scene."""
        self.stop()
        self._shownKey = None
        if self._nodes:
            self._nodes.remove()
        self._nodes = None

    def _onTimer(self) -> None:
        try:
            self._advance()
        except ValueError as error:
            self._fail(str(error))
        if self.isBusy:
            self._timer.start()

    def _advance(self) -> None:
        if self._work is None and not self._start():
            return
        until = time.perf_counter() + STEP_SECONDS
        try:
            while time.perf_counter() < until:
                next(self._work)
        except StopIteration as end:
            self._work = None
            self._show(end.value)

    def _start(self) -> bool:
        self._isAsked = False
        request = self._makeRequest()
        if request is None:
            self.remove()
            return False
        self._workKey = (self._revision, self._in3d, requestKey(request))
        if self._workKey == self._shownKey:
            return False
        from MultiModalSegmentationLib.workflow.workflow import growing_steps

        self._work = growing_steps(request, self._logic.cache)
        return True

    def _show(self, grown: Grown) -> None:
        from MultiModalSegmentationLib.scene.segments import Region
        from MultiModalSegmentationLib.workflow.preview import PreviewNode

        reference = grown.request.volumes[0]
        if reference.GetScene() is None:
            return
        if self._nodes is None:
            self._nodes = PreviewNode(slicer.mrmlScene)
        region = Region(grown.segmenter.grid, grown.result.box, grown.result.mask)
        self._nodes.show(reference, region, in_3d=self._in3d)
        self._shownKey = self._workKey
        self._onGrown(grown)

    def _fail(self, sentence: str) -> None:
        self._work = None
        self._shownKey = None
        if self._nodes:
            self._nodes.hide()
        self._onFailed(sentence)


def requestKey(request: Request) -> Hashable:
    """What the region depends on; name, color and overlap rule are not part of it."""
    nodes = (*request.volumes, request.seeds, request.exclusion_seeds, request.roi)
    mask = request.mask and (request.mask[0].GetID(), request.mask[1])
    ids = tuple(node.GetID() if node else None for node in nodes)
    return ids, mask, request.mask_inside, request.smoothing, request.growing, request.cleanup
