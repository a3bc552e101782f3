"""The live preview: the newest choices, grown in short steps while the views stay fluid.

Observers only ask; the work runs from a timer, a few milliseconds at a time. While one preview is computed, only the
newest request waits.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import TYPE_CHECKING

import qt
import slicer

from MultiModalSegmentationLib.geometry.region import Region
from MultiModalSegmentationLib.parameters.colors import tissue_color
from MultiModalSegmentationLib.scene.segments import SegmentLook
from MultiModalSegmentationLib.workflow.preview import LOOK, PreviewNode
from MultiModalSegmentationLib.workflow.request import Request, SceneSegmentation
from MultiModalSegmentationLib.workflow.workflow import tissues_growing_steps

from .stepping import Stepping

if TYPE_CHECKING:
    from ..choices.segmentation_logic import SegmentationLogic


class Preview:
    """Keeps a preview node up to date with the request that ``makeRequest`` returns (``None``: nothing to show).

    ``onStarted`` is told when the region shown is about to be replaced.
    """

    def __init__(
        self,
        logic: SegmentationLogic,
        makeRequest: Callable[[], Request | None],
        onStarted: Callable[[], None],
        onGrown: Callable[[list[SceneSegmentation]], None],
        onFailed: Callable[[str], None],
    ) -> None:
        self._logic = logic
        self._makeRequest = makeRequest
        self._onStarted = onStarted
        self._onGrown = onGrown
        self._onFailed = onFailed
        self._isAsked = False
        self._in3d = False
        self._revision = 0
        self._shownKey: Hashable = None
        self._workKey: Hashable = None
        self._nodes: PreviewNode | None = None
        self._work = Stepping(self._onDone, self._fail)
        self._timer = qt.QTimer()
        self._timer.setSingleShot(True)
        self._timer.setInterval(0)
        self._timer.connect("timeout()", self._start)

    @property
    def isBusy(self) -> bool:
        """Whether something is being computed or waits for it."""
        return self._work.isBusy or self._isAsked

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
        if not self._work.isBusy:
            self._timer.start()

    def stop(self) -> None:
        """Forget what is being computed."""
        self._timer.stop()
        self._isAsked = False
        self._work.stop()

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

    def _start(self) -> None:
        self._isAsked = False
        request = self._makeRequest()
        if request is None:
            self.remove()
            return
        self._workKey = (self._revision, self._in3d, requestKey(request))
        if self._workKey != self._shownKey:
            self._onStarted()
            self._work.start(tissues_growing_steps(request, self._logic.cache))

    def _onDone(self, grown: list[SceneSegmentation]) -> None:
        try:
            self._show(grown)
        except ValueError as error:
            self._fail(str(error))
        else:
            self._goOn()

    def _show(self, grown: list[SceneSegmentation]) -> None:
        reference = grown[0].request.volumes[0]
        if reference.GetScene() is None:
            return
        if self._nodes is None:
            self._nodes = PreviewNode(slicer.mrmlScene)
        self._nodes.show_tissues(reference, [_shown(one, len(grown)) for one in grown], in_3d=self._in3d)
        self._shownKey = self._workKey
        self._onGrown(grown)

    def _fail(self, sentence: str) -> None:
        self._shownKey = None
        if self._nodes:
            self._nodes.hide()
        self._onFailed(sentence)
        self._goOn()

    def _goOn(self) -> None:
        if self._isAsked:
            self._timer.start()


def _shown(one: SceneSegmentation, count: int) -> tuple[SegmentLook, Region]:
    """A region in the preview's color, or in that of its tissue where there are more."""
    look = one.tissue.look
    shown = SegmentLook(look.name, look.color or tissue_color(one.number)) if count > 1 else LOOK
    return shown, Region(one.segmenter.grid, one.result.box, one.result.mask)


def requestKey(request: Request) -> Hashable:
    """What the preview depends on; of one tissue name, color and overlap rule are not part of it."""
    looks = [(tissue.look, tissue.seeds.GetID()) for tissue in request.tissues] if request.further else ()
    nodes = (*request.volumes, request.seeds, request.exclusion_seeds, request.roi)
    mask = request.mask and (request.mask[0].GetID(), request.mask[1])
    ids = tuple(node.GetID() if node else None for node in nodes)
    return ids, tuple(looks), mask, request.mask_inside, request.smoothing, request.growing, request.cleanup
