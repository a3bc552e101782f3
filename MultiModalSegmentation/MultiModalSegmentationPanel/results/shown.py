"""The regions of the preview or of the last Apply: all in the tissues' table, the chosen one explained."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from .explaining import pointRows

if TYPE_CHECKING:
    from MultiModalSegmentationLib.workflow.request import SceneSegmentation

    from ..choices.parameter_node import MultiModalSegmentationParameterNode
    from ..inputs.tissues import Tissues
    from .point_tables import PointTable
    from .results import Results


class Shown:
    """Hands the regions to whatever shows something of them; the ``tables`` are those of seeds and exclusion seeds."""

    def __init__(self, results: Results, tissues: Tissues, tables: tuple[PointTable, PointTable]) -> None:
        self._results = results
        self._tissues = tissues
        self._tables = tables
        self._grown: list[SceneSegmentation] = []

    @property
    def grown(self) -> Sequence[SceneSegmentation]:
        """All the regions."""
        return self._grown

    def show(self, parameters: MultiModalSegmentationParameterNode | None, grown: Sequence[SceneSegmentation]) -> None:
        """Show these regions, one a tissue, or none."""
        self._grown = list(grown)
        self._tissues.showVolumes(self._grown)
        self._explain(parameters, self._chosen(parameters))

    def choose(self, parameters: MultiModalSegmentationParameterNode) -> None:
        """Explain the region of the tissue that is chosen, where that is another one."""
        chosen = self._chosen(parameters)
        if chosen is not self._results.grown:
            self._explain(parameters, chosen)

    def _chosen(self, parameters: MultiModalSegmentationParameterNode | None) -> SceneSegmentation | None:
        if len(self._grown) == 1 and parameters and not parameters.tissues:
            return self._grown[0]
        seeds = parameters.seeds if parameters else None
        return next((one for one in self._grown if one.tissue.seeds is seeds), None)

    def _explain(
        self, parameters: MultiModalSegmentationParameterNode | None, chosen: SceneSegmentation | None
    ) -> None:
        self._results.show(chosen)
        for table, (node, names, rows) in zip(self._tables, pointRows(parameters, chosen)):
            table.show(node, names, rows)
