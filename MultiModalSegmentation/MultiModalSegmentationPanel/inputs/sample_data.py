"""The head phantom as sample data: offered in the Sample Data module, and shown as Slicer shows its own samples."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import slicer
from slicer.i18n import tr as _

if TYPE_CHECKING:
    from MultiModalSegmentationLib.workflow.sample import SampleDataNodes


def registerSampleData(resourcePath: Callable[[str], str], loadSampleData: Callable[[], SampleDataNodes]) -> None:
    """Offer the phantom in the Sample Data module; it is made on the spot, nothing is downloaded."""
    import SampleData

    category = "MultiModalSegmentation"
    if hasattr(SampleData.SampleDataLogic, "registerCustomSampleDataCategory"):
        SampleData.SampleDataLogic.registerCustomSampleDataCategory(category, title=_("Multi-modal Segmentation"))
    SampleData.SampleDataLogic.registerCustomSampleDataSource(
        category=category,
        sampleName="MultiModalHead",
        uris=[],
        fileNames=[],
        thumbnailFileName=resourcePath("Icons/MultiModalHead.png"),
        customDownloader=lambda _source: list(showSampleData(loadSampleData())),
    )


def showSampleData(sample: SampleDataNodes) -> SampleDataNodes:
    """The nodes, after showing both volumes, the first one in front, in all slice views."""
    slicer.util.setSliceViewerLayers(sample.t1, sample.t2, foregroundOpacity=0.0, fit=True)
    return sample
