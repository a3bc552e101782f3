"""The table of several tissues: color, name, points and mL; a click or a key chooses one, whose seeds clicks add to."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import qt
from slicer.i18n import tr as _

from MultiModalSegmentationLib.geometry.numbers import significant

from ..choices import tissues

if TYPE_CHECKING:
    from MultiModalSegmentationLib.workflow.request import SceneSegmentation

    from ..choices.parameter_node import MultiModalSegmentationParameterNode

COLOR_COLUMN, NAME_COLUMN, POINTS_COLUMN, VOLUME_COLUMN = range(4)
KEYS = tuple(str(number) for number in range(1, tissues.MOST + 1))


class Tissues:
    """Shown where there are several; of one there is only the button that adds another.

    ``onAdded`` is told when a tissue was added, to start placing its seeds.
    """

    def __init__(self, ui: Any, onAdded: Callable[[], None]) -> None:
        self._ui = ui
        self._onAdded = onAdded
        self._parameters: MultiModalSegmentationParameterNode | None = None
        self._volumes: dict[str, float] = {}
        table = ui.tissuesTable
        table.setColumnCount(VOLUME_COLUMN + 1)
        table.setHorizontalHeaderLabels(["", _("Tissue"), _("Points"), _("mL")])
        table.setSelectionBehavior(qt.QAbstractItemView.SelectRows)
        table.setSelectionMode(qt.QAbstractItemView.SingleSelection)
        table.setEditTriggers(qt.QAbstractItemView.NoEditTriggers)
        table.verticalHeader().setDefaultSectionSize(round(1.5 * table.fontMetrics().height()))
        header = table.horizontalHeader()
        header.setMinimumSectionSize(table.fontMetrics().height())
        for column in range(VOLUME_COLUMN + 1):
            isName = column == NAME_COLUMN
            header.setSectionResizeMode(column, qt.QHeaderView.Stretch if isName else qt.QHeaderView.ResizeToContents)
        table.connect("cellClicked(int,int)", lambda row, _column: self.choose(row))
        ui.addTissueButton.connect("clicked()", self.onAdd)
        ui.removeTissueButton.connect("clicked()", self.onRemove)

    def setParameterNode(self, parameters: MultiModalSegmentationParameterNode | None) -> None:
        """Show the tissues of these parameters, or none."""
        self._parameters = parameters
        self._volumes = {}
        if parameters is None:
            self._ui.tissuesTable.setRowCount(0)

    def showVolumes(self, grown: Sequence[SceneSegmentation]) -> None:
        """Show the volumes of regions, by the lists that they were grown from."""
        self._volumes = {one.tissue.seeds.GetID(): one.result.volume_ml for one in grown if one.tissue.seeds}
        if self._parameters is not None:
            self._fill(tissues.tissues(self._parameters))

    def update(self, *, isRunning: bool) -> None:
        """Show the tissues as they are."""
        known = tissues.tissues(self._parameters)
        self._fill(known)
        several = len(known) > 1
        self._ui.tissuesTable.setVisible(several)
        self._ui.removeTissueButton.setVisible(several)
        self._ui.removeTissueButton.enabled = not isRunning
        self._ui.addTissueButton.enabled = len(known) < tissues.MOST and not isRunning

    def choose(self, number: int) -> None:
        """Have the controls for seeds, name and color be those of a tissue, from 0; without it nothing changes."""
        if self._parameters is not None and number < len(tissues.tissues(self._parameters)):
            tissues.chooseTissue(self._parameters, number)

    def onAdd(self) -> None:
        """Add a tissue, and start placing its seeds."""
        if self._parameters is not None:
            tissues.addTissue(self._parameters)
            self._onAdded()

    def onRemove(self) -> None:
        """Leave out the chosen tissue; its points and its segment stay."""
        if self._parameters is not None:
            tissues.removeTissue(self._parameters)

    def _fill(self, known: Sequence[tissues.TissueChoice]) -> None:
        table = self._ui.tissuesTable
        table.setRowCount(len(known))
        for row, one in enumerate(known):
            volume = self._volumes.get(one.seeds.GetID()) if one.seeds else None
            texts = ["", one.name, str(one.pointCount), "" if volume is None else significant(volume)]
            for column, text in enumerate(texts):
                item = qt.QTableWidgetItem(text)
                item.setToolTip(_("{name}: key {number} chooses it.").format(name=one.name, number=row + 1))
                if column in (POINTS_COLUMN, VOLUME_COLUMN):
                    item.setTextAlignment(qt.Qt.AlignRight | qt.Qt.AlignVCenter)
                table.setItem(row, column, item)
            swatch = table.item(row, COLOR_COLUMN)
            swatch.setBackground(qt.QBrush(qt.QColor.fromRgbF(*one.shownColor(row))))
            swatch.setFlags(qt.Qt.ItemIsEnabled)  # The color of a selection would cover it.
        table.selectRow(self._parameters.chosenTissue)
        line = table.verticalHeader().defaultSectionSize
        table.horizontalHeader().setFixedHeight(line)
        table.setFixedHeight((1 + len(known)) * line + 2 * table.frameWidth)
