"""What a grown region tells about its points and its weaknesses."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING

from slicer.i18n import tr as _

from MultiModalSegmentationLib.explaining.findings import FindingKind

if TYPE_CHECKING:
    import slicer

    from MultiModalSegmentationLib.explaining.findings import Finding
    from MultiModalSegmentationLib.explaining.points import PointRow
    from MultiModalSegmentationLib.workflow.request import SceneSegmentation

    from ..choices.parameter_node import MultiModalSegmentationParameterNode

    PointRows = tuple[slicer.vtkMRMLMarkupsNode | None, Sequence[str], Sequence[PointRow]]


def pointRows(
    parameters: MultiModalSegmentationParameterNode | None, grown: SceneSegmentation | None
) -> list[PointRows]:
    """List, channel names and rows for the table of the seeds and for that of the exclusion seeds."""
    if parameters is None or grown is None:
        return [(None, (), ()), (None, (), ())]
    seeds, exclusionSeeds = grown.point_rows()
    names = grown.segmenter.names
    return [(parameters.seeds, names, seeds), (parameters.exclusionSeeds, names, exclusionSeeds)]


def findingText(finding: Finding) -> str:
    """A finding in the user's language."""
    texts = {
        FindingKind.TOUCHES_EDGE: _("The region touches the edge of the volume: probably a leak."),
        FindingKind.TOUCHES_FIELD_OF_VIEW: _("The region touches the edge of a volume's field of view."),
        FindingKind.STOPPED: _("Growing stopped at the maximum volume ({value:.4g} mL): probably a leak."),
        FindingKind.ODD_SEED: _("The seed {label} is unlike the others on {channel}."),
        FindingKind.CROSSES_BORDER: _("The box around the seed {label} crosses a border on {channel}: move it."),
        FindingKind.SAME_IMAGE: _("{channel} and {other} are nearly the same image: the second adds little."),
        FindingKind.ONLY_SEEDS: _(
            "The region is hardly more than the voxels of the seeds: raise the multiplier, or choose a smaller seed "
            "radius."
        ),
        FindingKind.PADDING: _(
            "{channel} is padded with {value:.6g} at its border: that counts as outside of its field of view."
        ),
        FindingKind.SHIFTED: _(
            "{channel} seems shifted by about {value:.0f} mm against {other}: register the volumes."
        ),
        FindingKind.SINGULAR: _(
            "ITK calls the covariance singular (its determinant is under 1e-6 in the volumes' units) and measures "
            "plain distances: scale the volumes up, or choose pooled seed statistics."
        ),
        FindingKind.BIAS_LEFT: _("{channel} has negative values, as CT has: its bias was left as it is."),
        FindingKind.NOT_RIGID: _("The transform of {channel} is not rigid: mL are those before it."),
        FindingKind.STABLE: _(
            "The multiplier {value:.2g} was found where the volume is stable: "
            "it changes by {change:.0f} % from {low:.1f} to {high:.1f}."
        ),
        FindingKind.NOT_STABLE: _("The volume is stable at no multiplier: {value:.2g}, the default, was used."),
    }
    return texts[finding.kind].format(**asdict(finding))
